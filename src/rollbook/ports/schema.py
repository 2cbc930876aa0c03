"""What the applied versions allow to be done next: the rules of every database, real or simulated (M31)."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.ports.database import Applied, Script
from rollbook.problems import StepFailed
from rollbook.values import Words


def pending(scripts: Sequence[Script], applied: Sequence[Applied]) -> tuple[Script, ...]:
    """What is to be applied. Raises StepFailed for a script edited since it was applied, and for one that would come
    behind a later one."""
    known = {a.version: a for a in applied}
    for script in scripts:
        refuse_edited(script, known.get(script.version))
    open_ = tuple(s for s in scripts if s.version not in known)
    if open_:
        first = next(i for i, s in enumerate(scripts) if s.version == open_[0].version)
        later = next((s for s in scripts[first:] if s.version in known), None)
        if later is not None:
            raise StepFailed(BEHIND.format(version=open_[0].version, later=later.version), (), BEHIND_HINT)
    return open_


def reversible(scripts: Sequence[Script], applied: Sequence[Applied], run: str) -> tuple[Script, ...]:
    """The scripts to reverse, newest first. Raises StepFailed where one may not be reversed."""
    wanted = {s.version: s for s in scripts}
    newest = applied[len(applied) - len(wanted) :] if wanted else ()
    for script in scripts:
        row = next((a for a in applied if a.version == script.version), None)
        if row is None:
            raise StepFailed(NOT_APPLIED.format(version=script.version))
        if not run or row.run != run:
            raise StepFailed(NOT_OURS.format(version=script.version, run=row.run or "?"))
        if script.undo is None:
            raise StepFailed(NO_WAY_BACK.format(version=script.version))
        refuse_edited(script, row)
    stays = next((a.version for a in newest if a.version not in wanted), "")
    if stays:
        raise StepFailed(BELOW.format(version=stays))
    return tuple(wanted[a.version] for a in reversed(newest))


def refuse_edited(script: Script, applied: Applied | None) -> None:
    if applied is not None and applied.checksum and applied.checksum != script.checksum:
        raise StepFailed(
            EDITED.format(path=script.path, was=applied.checksum[:12], now=script.checksum[:12]), (), EDITED_HINT
        )


EDITED = Words(
    "{path} was edited after it was applied (SHA-256 {was}… then, {now}… now)",
    "{path} 在执行之后被修改过（当时 SHA-256 为 {was}…，现在为 {now}…）",
)
EDITED_HINT = Words(
    "put the applied text back and write the change as a new migration", "请恢复原文，并把改动写成新的迁移脚本"
)
BEHIND = Words("{version} is not applied, but {later} behind it is", "{version} 尚未执行，而其后的 {later} 已执行")
BEHIND_HINT = Words("give it a version behind the newest one", "请给它一个排在最新版本之后的版本号")
NOT_APPLIED = Words("{version} is not applied", "{version} 并未执行")
NOT_OURS = Words(
    "{version} was not applied by this run (but by {run}), so it is not reversed",
    "{version} 不是本次运行执行的（而是 {run}），因此不回滚",
)
NO_WAY_BACK = Words("{version} has no script that reverses it", "{version} 没有回滚脚本")
BELOW = Words(
    "{version} was applied later and stays, so nothing below it is reversed",
    "{version} 执行在后且保留，因此其前的版本不能回滚",
)
