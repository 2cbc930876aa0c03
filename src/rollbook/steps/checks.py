"""Success conditions about code, tests and image: statements that the facts of earlier steps answer (M12)."""

from __future__ import annotations

from rollbook.binding.markers import check
from rollbook.ports import Registry
from rollbook.steps.release import image_of
from rollbook.steps.saying import count_of, said
from rollbook.values import Percent, Release, RunInfo, Verdict


@check(
    "无严重代码问题",
    "没有严重代码问题",
    "无严重问题",
    "no serious code issues",
    "no critical code issues",
)
async def no_serious_findings(run: RunInfo) -> Verdict:
    """No finding of the levels that the analysis tool's data calls serious; no data where no analysis ran."""
    return _none_of(run, "lint.serious", ("serious findings", "个严重问题"))


@check(
    "无高危安全漏洞",
    "没有高危安全漏洞",
    "无高危漏洞",
    "no high-risk security vulnerabilities",
    "no high-risk vulnerabilities",
)
async def no_high_vulnerabilities(run: RunInfo) -> Verdict:
    """No finding of high severity in the security scan; no data where no scan ran."""
    return _none_of(run, "security.high", ("findings of high severity", "个高危漏洞"))


@check(
    "依赖版本无冲突",
    "无依赖冲突",
    "依赖版本符合要求",
    "no dependency conflicts",
    "dependency versions match",
    "dependencies are up to date with their declarations",
)
async def no_conflicts(run: RunInfo) -> Verdict:
    """Everything declared is installed in a version that the declaration allows."""
    return _none_of(run, "dependencies.conflicts", ("conflicts", "个冲突"))


@check("代码规范检查通过", "符合代码规范", "code style checks pass", "no style violations")
async def style_clean(run: RunInfo) -> Verdict:
    """No style finding, and nothing that the formatter would change."""
    first = _none_of(run, "style.total", ("style findings", "个规范问题"))
    return first if not first.passed else _none_of(run, "style.unformatted", ("unformatted files", "个未格式化文件"))


@check(
    "无已知漏洞依赖", "依赖无已知漏洞", "no known vulnerable dependencies", "no dependencies with known vulnerabilities"
)
async def no_advisories(run: RunInfo) -> Verdict:
    """Advisories need a service that Rollbook does not ask: always no data, never a pass (M12)."""
    return Verdict.unknown(said(run, "no advisory service was asked", "未查询漏洞公告服务"))


@check(
    "所有测试通过", "所有单元测试通过", "单元测试全部通过", "all tests pass", "all unit tests pass", "all tests passed"
)
async def all_tests_pass(run: RunInfo) -> Verdict:
    """Every test that was not skipped passed; no tests is no data."""
    counted = [count_of(run, f"tests.{name}") or 0 for name in ("passed", "failed", "errors")]
    return _share(run, counted[0], sum(counted), 1.0)


@check(
    "关键功能测试{share}通过",
    "关键测试{share}通过",
    "关键功能测试全部通过",
    "{share} of critical feature tests pass",
    "{share} of critical tests pass",
    "all critical tests pass",
)
async def critical_tests(run: RunInfo, share: Percent = Percent(1.0)) -> Verdict:
    """At least this share of the tests marked critical passed; no test marked critical is no data (M12)."""
    passed, total = count_of(run, "tests.critical_passed") or 0, count_of(run, "tests.critical_total") or 0
    return _share(run, passed, total, share.fraction)


@check(
    "镜像构建成功",
    "镜像成功构建",
    "the image is built",
    "image build succeeds",
)
async def image_built(run: RunInfo) -> Verdict:
    """This run built an image and knows its digest."""
    digest = str(run.facts.get("image.digest", ""))
    return Verdict.ok(digest) if digest else Verdict.unknown(said(run, "no image was built", "没有构建镜像"))


@check(
    "镜像成功推送到 registry",
    "镜像推送成功",
    "镜像已推送到 registry",
    "image pushed to the registry",
    "image push succeeded",
    "the image is in the registry",
)
async def image_pushed(registry: Registry, release: Release, run: RunInfo) -> Verdict:
    """The registry answers with this run's digest under the run's tag."""
    wanted = image_of(release, run)
    found = await registry.resolve(wanted.tag)
    if found is None:
        return Verdict.bad(said(run, f"the registry has no {wanted.tag}", f"仓库中没有 {wanted.tag}"))
    if wanted.digest and found.digest != wanted.digest:
        return Verdict.bad(said(run, f"{wanted.tag} is {found.digest}", f"{wanted.tag} 为 {found.digest}"))
    return Verdict.ok(f"{found.tag} {found.digest[:19]}")


@check(
    "镜像标签: {tag}",
    "镜像标签为{tag}",
    "镜像 tag: {tag}",
    "image tag: {tag}",
    "the image is tagged {tag}",
)
async def image_tag(tag: str, run: RunInfo) -> Verdict:
    """The image that this run built has this tag (M21); a repository in front of it does not count."""
    built = str(run.facts.get("image.tag", ""))
    if not built:
        return Verdict.unknown(said(run, "no image was built", "没有构建镜像"))
    same = built in (tag, tag.strip("`")) or built.endswith((f":{tag}", f"/{tag}"))
    return Verdict.ok(built) if same else Verdict.bad(said(run, f"the tag is {built}", f"标签为 {built}"))


@check(
    "所有必要步骤执行完成",
    "所有步骤执行完成",
    "所有必要步骤已完成",
    "all necessary steps completed",
    "all steps completed",
)
async def all_steps_done(run: RunInfo) -> Verdict:
    """Every step that was not validly skipped is done, reporting excepted (M16)."""
    left = ", ".join(map(str, run.unfinished))
    if left:
        return Verdict.bad(said(run, f"not done: step {left}", f"未完成：步骤 {left}"))
    return Verdict.ok(said(run, "all steps are done or validly skipped", "所有步骤已完成或有效跳过"))


def _none_of(run: RunInfo, fact: str, named: tuple[str, str]) -> Verdict:
    """Passes when an earlier step counted zero; no data when none counted."""
    found = count_of(run, fact)
    if found is None:
        return Verdict.unknown(said(run, "nothing was counted", "没有统计数据"))
    detail = said(run, f"{found} {named[0]}", f"{found} {named[1]}")
    return Verdict("fail" if found else "pass", detail, {"value": float(found), "limit": 0.0})


def _share(run: RunInfo, passed: int, total: int, least: float) -> Verdict:
    if total == 0:
        return Verdict.unknown(said(run, "there are no such tests", "没有这类测试"), n=0)
    detail = said(run, f"{passed} of {total} passed", f"{total} 个中 {passed} 个通过")
    numbers = {"n": float(total), "events": float(passed), "value": passed / total, "limit": least}
    return Verdict("pass" if passed >= least * total else "fail", detail, numbers)
