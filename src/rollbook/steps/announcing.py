"""People are told ahead of a release (M24): the item is closed by the record of the delivery."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.binding.markers import idempotent, step
from rollbook.ports import Message, Notifier
from rollbook.ports.deployment import DeploymentFacts
from rollbook.steps.reporting import recipients
from rollbook.steps.saying import said
from rollbook.values import Json, RunInfo, Words

SUBJECT = Words("{version} is about to be released to {environment}", "{version} 即将发布到 {environment}")
BODY = Words(
    "Run {run}, started by {initiator}. Follow it with: rollbook show {run}",
    "运行 {run}，发起人 {initiator}。查看：rollbook show {run}",
)


@step(
    "相关方已通知",
    "已通知相关方",
    "干系人已通知",
    "stakeholders notified",
    "stakeholders informed",
    "stakeholders have been notified",
    "announce the release",
    effect=idempotent,
)
async def announce(notifier: Notifier, run: RunInfo, facts: DeploymentFacts) -> dict[str, Json]:
    """Tell every stakeholder on every channel, once. Fails where a message cannot be delivered: nothing is touched yet.
    Facts: announced (role@channel, as delivered)."""
    subject = SUBJECT.said(run.language).format(version=run.version, environment=run.environment)
    body = BODY.said(run.language).format(run=run.id, initiator=run.initiator)
    told = []
    for role, channel, people in told_ahead(run, facts):
        await notifier.send(Message(f"{run.id}/ahead/{role}/{channel}", channel, people, subject, body))
        told.append(f"{role}@{channel}" if channel else role)
    listed = ", ".join(told)
    return {"announced": told, "detail": said(run, f"delivered: {listed}", f"已送达：{listed}")}


def told_ahead(run: RunInfo, facts: DeploymentFacts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Role, channel and people: the document's stakeholders beside whoever is told how the run ends."""
    ends = list(recipients(run))
    channels = dict.fromkeys(channel for _, channel, _ in ends)
    ours = ((role, channel, people) for role, people in facts.stakeholders.items() for channel in channels)
    found = {(role, channel): (role, channel, people) for role, channel, people in (*ours, *ends)}
    yield from found.values()
