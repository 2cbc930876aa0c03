"""People and records are told, last and whatever the outcome (M17); a failure here never rolls back."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.binding.markers import idempotent, step
from rollbook.ports import Message, Notifier, Records, Reports
from rollbook.steps.saying import said
from rollbook.values import Json, RunInfo, Words

SUBJECTS = {
    "succeeded": Words("{version} deployed to {environment}", "{version} 已部署到 {environment}"),
    "rolled_back": Words("{version} rolled back from {environment}", "{version} 已从 {environment} 回滚"),
    "failed": Words("{version} was not deployed to {environment}", "{version} 未能部署到 {environment}"),
    "aborted": Words("deployment of {version} to {environment} aborted", "{version} 到 {environment} 的部署已中止"),
}
OTHERWISE = Words("deployment of {version} to {environment}: {status}", "{version} 到 {environment} 的部署：{status}")
CAUSES = {
    "failed_step": Words("Failed step", "失败步骤"),
    "failed_server": Words("Server", "服务器"),
    "cause": Words("Cause", "原因"),
    "output": Words("Last lines", "最后输出"),
}
TOLD_LINES = 5
"""Last lines of output that a message quotes; the report has all that were kept."""


@step(
    "生成部署报告",
    "生成报告",
    "编写部署报告",
    "generate the deployment report",
    effect=idempotent,
    reports=True,
)
async def report(reports: Reports) -> dict[str, Json]:
    """Write the run's report from its journal. Facts: report.path."""
    path = await reports.write()
    return {"report.path": path, "detail": path}


@step(
    "发送成功/失败通知",
    "发送部署结果通知",
    "发送部署通知",
    "发送通知",
    "发布通知发送",
    "发送发布通知",
    "发送上线通知",
    "上线通知发送",
    "通知相关方",
    "通知干系人",
    "send the release notification",
    "通知相关人员",
    "通知团队",
    "send success/failure notifications",
    "send success or failure notifications",
    "send the deployment result notification",
    "send a notification",
    "notify the team",
    "notify stakeholders",
    effect=idempotent,
    reports=True,
)
async def notify(notifier: Notifier, run: RunInfo) -> str:
    """Tell each role on each channel once, with the document's own lines as the body; a failure says its cause."""
    subject, body = subject_of(run), body_of(run)
    sent = 0
    for role, channel, people in recipients(run):
        key = f"{run.id}/step-{run.step}/{role}/{channel}"
        await notifier.send(Message(key, channel, people, subject, body))
        sent += 1
    return said(run, f"{sent} messages", f"{sent} 条通知")


@step(
    "更新部署记录",
    "记录部署结果",
    "更新部署日志",
    "记录部署",
    "update the deployment record",
    "record the deployment",
    effect=idempotent,
    reports=True,
)
async def record(records: Records, run: RunInfo) -> str:
    """Append this run to the deployment-record file, once."""
    lines = [f"## {run.id}: {subject_of(run)}", "", *(f"- {line}" for line in _told(run))]
    await records.append(f"{run.id}/record", "\n".join(lines) + "\n")
    return said(run, "recorded", "已记录")


def subject_of(run: RunInfo) -> str:
    """One line that says what became of the run."""
    status = str(run.variables.get("status", ""))
    words = SUBJECTS.get(str(run.variables.get("outcome", "")), OTHERWISE)
    return words.said(run.language).format(version=run.version, environment=run.environment, status=status)


def body_of(run: RunInfo) -> str:
    return "\n".join(_told(run))


def recipients(run: RunInfo) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Role, channel and people, each pair once; the initiator where the site knows no roles."""
    roles: dict[str, tuple[str, ...]] = {r: tuple(p) for r, p in dict(run.settings.get("roles") or {}).items()}
    channels = list(dict(run.settings.get("channels") or {})) or [""]
    for role, people in (roles or {run.initiator: (run.initiator,)}).items():
        for channel in channels:
            yield role, channel, people


def _told(run: RunInfo) -> list[str]:
    """The document's own lines; where it has none, what everybody wants to know. Failures name their cause."""
    plain = (
        said(run, "Version", "部署版本") + f": {run.version}",
        said(run, "Environment", "目标环境") + f": {run.environment}",
        said(run, "Status", "部署状态") + f": {run.variables.get('status', '')}",
    )
    lines = list(run.notices or plain)
    return [*lines, *_causes(run)]


def _causes(run: RunInfo) -> Iterator[str]:
    """Why it failed: step, server, cause and the last lines of output; nothing where nothing failed."""
    for name, words in CAUSES.items():
        value = run.variables.get(name)
        if not value:
            continue
        text = "".join(f"\n    {line}" for line in value[-TOLD_LINES:]) if isinstance(value, list) else f" {value}"
        yield f"{words.said(run.language)}:{text}"
