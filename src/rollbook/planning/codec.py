"""The plan as bytes: canonical JSON behind its hash. An edited file, or one whose documents changed, is refused."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from rollbook.model.plan import Plan
from rollbook.model.workflow import Source
from rollbook.problems import Refused
from rollbook.values import Words


class PlanFile(msgspec.Struct, frozen=True):
    """The file of `plan --out`. `hash` is over the canonical JSON of `plan`."""

    rollbook_plan: int
    hash: str
    plan: msgspec.Raw


def canonical(plan: Plan) -> bytes:
    """One spelling for one plan: keys sorted, no blanks."""
    return msgspec.json.encode(plan, order="sorted")


def plan_hash(plan: Plan) -> str:
    """The plan's identity, 64 hexadecimal digits. Approvals and runs refer to it (M44)."""
    return sha256(canonical(plan)).hexdigest()


def encode(plan: Plan) -> bytes:
    """The plan file's content."""
    body = canonical(plan)
    return msgspec.json.encode(PlanFile(plan.version_, sha256(body).hexdigest(), msgspec.Raw(body)))


def decode(data: bytes) -> Plan:
    """The plan of a file made by `encode`. Raises Refused for anything else, edited files included."""
    try:
        file = msgspec.json.decode(data, type=PlanFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(
            Words(f"this is not a plan file: {error}", f"这不是计划文件：{error}"),
            Words("make one with `rollbook plan … --out FILE`", "请用 `rollbook plan … --out 文件` 生成"),
        ) from error
    again = Words("make a new one with `rollbook plan … --out FILE`", "请用 `rollbook plan … --out 文件` 重新生成")
    if sha256(bytes(file.plan)).hexdigest() != file.hash:
        raise Refused(
            Words("the plan file was edited: its hash is not its content's", "计划文件被改动过：哈希与内容不符"), again
        )
    try:
        return msgspec.json.decode(file.plan, type=Plan)
    except msgspec.DecodeError as error:
        raise Refused(
            Words(f"the plan file is of another version: {error}", f"计划文件的版本不符：{error}"), again
        ) from error


def changed_documents(plan: Plan) -> tuple[Source, ...]:
    """Documents of the plan that are not on disk as the plan read them."""
    return tuple(s for s in plan.documents if _digest(s.path) != s.sha256)


def refuse_changed(plan: Plan) -> None:
    """Raise Refused when a document of a plan file changed since, or is gone."""
    if changed := changed_documents(plan):
        names = ", ".join(s.path for s in changed)
        raise Refused(
            Words(f"changed since the plan was made: {names}", f"计划生成后文档有改动：{names}"),
            Words("read the change and make a new plan", "请查看改动并重新生成计划"),
        )


def _digest(path: str) -> str:
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
