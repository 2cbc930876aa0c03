"""What must be so before a protected environment is touched, each with its line; elsewhere it is said and waived.

Status, signatures, documents it depends on, values (M3, M24, M25); two environments on one workload stop every run
(M29).
"""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.deployment import SignOff
from rollbook.model.plan import Blocker
from rollbook.planning.deployment.evidence import is_approved, known, open_items
from rollbook.planning.deployment.lacking import HINTS as LACKING_HINTS
from rollbook.planning.deployment.lacking import lacking
from rollbook.planning.deployment.needs import HINTS as NEEDED_HINTS
from rollbook.planning.deployment.needs import is_needed, needed
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.shelled import is_shelled
from rollbook.planning.deployment.targets import targets_of
from rollbook.planning.deployment.variables import resolved
from rollbook.planning.words import words
from rollbook.values import At, Words


def unready(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    """(rule, place, text) of everything that a protected environment needs and the document does not have."""
    yield from _status(ground)
    yield from _signatures(ground)
    yield from _dependencies(ground)
    yield from _values(ground)


def shared(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    """Environments that resolve to this one's workload; plain servers are their own targets (M29)."""
    mine = ground.row
    if mine is None or ground.site.kind == "ssh":
        return
    own = targets_of(mine, ground.deployment, ground.site)
    for other in ground.deployment.environments:
        theirs = targets_of(other, ground.deployment, ground.site)
        common = next((t for t in own if t in theirs), None)
        if other.name != mine.name and common is not None and common.cluster:
            yield (
                "shared-workload",
                other.at,
                SHARED.format(
                    other=other.name, mine=mine.name, target=str(common), line=other.at.line, own=mine.at.line
                ),
            )


def escaping(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    """Commands that a run would give to the shell and that choose a cluster by themselves (M29)."""
    commands = (c for f in ground.deployment.fences for c in f.commands if c.chooses and is_shelled(c, ground))
    for command in commands:
        yield "own-cluster", command.at, ESCAPING.format(option=command.chooses, environment=ground.environment)


def blockers(ground: Ground, said: str) -> tuple[Blocker, ...]:
    """Why the plan may not run yet, in the language `said`."""
    always = (*shared(ground), *escaping(ground), *needed(ground), *lacking(ground))
    found = [*always, *(unready(ground) if ground.protected else ())]
    path = ground.deployment.source.path
    return tuple(
        Blocker(rule, text.said(said), HINTS[rule].said(said), path, at.line, at.column) for rule, at, text in found
    )


def waived(ground: Ground) -> Iterator[Words]:
    """What is open and does not stop this environment: recorded as waived, with a warning (M24)."""
    if ground.protected:
        return
    for _, at, text in unready(ground):
        yield Words(WAIVED.en.format(line=at.line, text=text.en), WAIVED.zh.format(line=at.line, text=text.zh))
    for item in open_items(ground):
        yield WAIVED_ITEM.format(line=item.at.line, text=item.text)


def is_signed(row: SignOff, author: str) -> bool:
    """Name, date and an approving status; 已创建 suffices in the author's own row (M25)."""
    status = row.status.text.strip().casefold()
    own = author.casefold() in (row.role.casefold(), row.name.text.casefold()) if author else False
    fits = status in words("approved") or (own and status in words("created"))
    return fits and not row.name.blank and not row.date.blank


def _status(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    front = ground.deployment.front
    if not is_approved(front.status):
        yield "not-approved", front.lines.get("status", At(1, 1)), STATUS.format(status=front.status or "—")


def _signatures(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    for row in ground.deployment.signoffs:
        if not is_signed(row, ground.deployment.front.author):
            yield "signature-missing", row.at, SIGNATURE.format(role=row.role)


def _dependencies(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    front = ground.deployment.front
    for path in front.depends_on:
        at = front.lines.get("depends_on", At(1, 1))
        found = known(path, ground)
        if not found.get("exists"):
            yield "dependency-missing", at, MISSING.format(path=path)
        elif not is_approved(str(found.get("status", ""))):
            yield "dependency-unapproved", at, UNAPPROVED.format(path=path, status=found.get("status") or "—")


def _values(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    for found in resolved(ground):
        if not found.value and not is_needed(found, ground):
            name = found.variable.name
            yield "value-missing", found.at, BLANK.format(name=name, environment=ground.environment)


STATUS = Words("the document's status is {status}, not approved", "文档状态为 {status}，尚未批准")
SIGNATURE = Words("{role} has not signed", "{role} 尚未签署")
MISSING = Words("{path}, on which the document depends, is not there", "文档依赖的 {path} 不存在")
UNAPPROVED = Words(
    "{path}, on which the document depends, has status {status}", "文档依赖的 {path} 状态为 {status}，尚未批准"
)
BLANK = Words("{name} has no value in {environment}", "{name} 在 {environment} 没有取值")
SHARED = Words(
    "{other} (line {line}) and {mine} (line {own}) are one workload: {target}",
    "{other}（第 {line} 行）与 {mine}（第 {own} 行）指向同一工作负载：{target}",
)
ESCAPING = Words(
    "the command chooses its cluster by {option}, and not the environment {environment}",
    "命令用 {option} 自行选择集群，而不是由环境 {environment} 决定",
)
WAIVED_ITEM = Words("waived, because the environment is not protected: “{text}” (line {line})",
                    "非受保护环境，已豁免：“{text}”（第 {line} 行）")  # fmt: skip
WAIVED = WAIVED_ITEM
HINTS = {
    **NEEDED_HINTS,
    **LACKING_HINTS,
    "not-approved": Words(
        "let it be signed: rollbook doc sign DOC --as PERSON", "请完成签署：rollbook doc sign 文档 --as 姓名"
    ),
    "signature-missing": Words("rollbook doc sign DOC --as PERSON", "rollbook doc sign 文档 --as 姓名"),
    "dependency-missing": Words("put it beside the document", "请将它放在文档旁边"),
    "dependency-unapproved": Words("let it be approved first", "请先完成它的审批"),
    "value-missing": Words("fill the cell, or the environment's configuration file", "请填写单元格，或环境的配置文件"),
    "own-cluster": Words(
        "leave it out: the command gets a kubeconfig that holds its environment's cluster and namespace alone",
        "请去掉它：命令会得到只含该环境集群与命名空间的 kubeconfig",
    ),
    "shared-workload": Words(
        "give each environment a cluster or a namespace of its own", "请为每个环境使用各自的集群或命名空间"
    ),
}
