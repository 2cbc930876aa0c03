"""Which source a pipeline works on."""

from __future__ import annotations

from rollbook.binding.markers import pure, step
from rollbook.ports import Completed, Project
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.values import Json, RunInfo, Words

LIMIT_S = 60.0


@step(
    "确认提交的代码",
    "确认源代码版本",
    "confirm the committed source",
    "look which commit is checked out",
    effect=pure,
)
async def committed(project: Project, run: RunInfo) -> dict[str, Json]:
    """Look which commit of the project is checked out. Where the run was started for a commit (parameter `commit`), it
    must be that one, without changes beside it. A directory that is no Git checkout has no commit to compare.

    Facts: source.commit, source.changed (files that differ from the commit)."""
    wanted = str(run.parameters.get("commit") or "")
    head, files = await _git(project, "rev-parse", "--verify", "HEAD"), await _git(project, "ls-files", "--", ".")
    if head.code != 0 or not head.lines or not files.lines:
        if wanted:
            raise StepFailed(NO_CHECKOUT.format(commit=wanted[:12]), head.lines)
        return {"source.commit": "", "detail": said(run, "the project is no Git checkout", "项目不是 Git 检出目录")}
    commit = head.lines[-1].strip()
    changed = len((await _git(project, "status", "--porcelain", "--untracked-files=no", ".")).lines)
    if wanted and (not commit.startswith(wanted) or changed):
        raise StepFailed(OTHER.format(commit=commit[:12], wanted=wanted[:12], changed=changed), hint=OTHER_HINT)
    beside = said(run, f", {changed} files changed", f"，另有 {changed} 个文件有改动") if changed else ""
    return {"source.commit": commit, "source.changed": changed, "detail": commit[:12] + beside}


async def _git(project: Project, *words: str) -> Completed:
    return await project.run(["git", "-C", str(project.root), *words], LIMIT_S)


NO_CHECKOUT = Words("the project is no Git checkout of {commit}", "项目不是 {commit} 的 Git 检出目录")
OTHER = Words(
    "checked out is {commit} with {changed} files changed, not {wanted}",
    "检出的是 {commit}（{changed} 个文件有改动），而不是 {wanted}",
)
OTHER_HINT = Words("check that commit out in the project's directory", "请在项目目录中检出该提交")
