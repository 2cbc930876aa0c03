"""What a rollback does to the database (M31): nothing, unless the document's rollback says so.

A rollback's way down under a condition (如需 …, if needed) is a person's to take afterwards, with `rollbook migrate
down`, in any environment: a release that is back on its old servers waits for nobody, unless the site wants it to ask.
Without a condition it is a question where the environment is protected. In a template the words of a rollback range
are always a question.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rollbook.binding.matching import match
from rollbook.model.deployment import Migration, ShellCommand
from rollbook.model.plan import PlanItem
from rollbook.planning.context import Context, items_of
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.targets import database_of
from rollbook.planning.deployment.variables import configuration_of
from rollbook.planning.rollback import own_item
from rollbook.planning.words import words
from rollbook.values import At, Json, Words

LOOK = "rollbook.steps.reversing:look"
DOWN = "rollbook.steps.reversing:down"
UP = "rollbook.steps.migrate:up"
SHOWN = 12
"""Of a checksum, in a message."""


def take_back(context: Context) -> tuple[PlanItem, ...]:
    """See what would be lost, then take it back. None where neither document speaks of it, or nothing migrates."""
    ground = context.ground
    if ground is None or not migrates(ground):
        return ()
    commands = way_down(ground)
    ranged = next((r for r in context.workflow.rollback if _speaks_of_it(r.text)), None)
    if ranged is None and (not commands or offered(ground, commands)):
        return ()
    guarded = all(c.guarded for c in commands)
    down = own_item("schema.2", DOWN, context, {"agreed": True})
    text, at = _named(commands) if commands else (f"{down.text}: {ranged.text}" if ranged else down.text, At())
    return (
        own_item("schema.1", LOOK, context),
        msgspec.structs.replace(
            down, text=text, line=at.line, document=ground.deployment.source.path, guarded=guarded,
            asks=guarded or ground.protected,
        ),
    )  # fmt: skip


def way_down(ground: Ground, prepared: bool = False) -> tuple[ShellCommand, ...]:
    """The migrations' way down in the document's own rollback, `prepared`: with what sets it up; elsewhere a way down
    only says how, not when."""
    fences = (f for f in ground.deployment.fences if f.about == "rollback")
    found = tuple(c for f in fences for c in f.commands if c.role == "migrate_down")
    return found if prepared and any(not c.prepares for c in found) else tuple(c for c in found if not c.prepares)


def offered(ground: Ground, commands: tuple[ShellCommand, ...]) -> bool:
    """Whether the way down is only named for later."""
    return all(c.guarded for c in commands) and not ground.site.limits.ask_schema


def migrates(ground: Ground) -> bool:
    return bool(ground.deployment.migrations or ground.deployment.commands("migrate_up"))


def is_migrated(context: Context) -> bool:
    """Whether any item of the run applies the migrations."""
    items = (item for step in context.workflow.steps for _, _, item in items_of(step))
    known = (match(context.library, item.phrase, item.literals, ("step",)) for item in items)
    return any(found is not None and found.binding.startswith(f"{UP}@") for found in known)


def is_proved(ground: Ground) -> bool:
    """Whether a database is named that can say what is applied."""
    return bool(database_of(ground.environment, configuration_of(ground), ground.site))


def edited(ground: Ground) -> Iterator[tuple[Migration, Words, Words]]:
    """Scripts that the survey found to be other than they were: (row, what is wrong, what to do)."""
    found: Json = ground.facts.get("edited") or {}
    for row in ground.deployment.migrations:
        if was := found.get(row.version):
            words = STATED if was["stated"] else EDITED
            said = words.format(path=row.script, was=was["was"][:SHOWN], now=was["now"][:SHOWN])
            yield row, said, (STATED_HINT if was["stated"] else EDITED_HINT)


def tell_schema(ground: Ground, context: Context) -> None:
    """What a reader must know of the schema while servers change and when they go back."""
    if not migrates(ground):
        return
    commands = ground.deployment.commands("migrate_up")
    if not is_migrated(context) and not (commands and all(c.guarded for c in commands)):
        context.notes[NOT_RUN] = None
        return
    if context.servers:
        context.notes[BOTH] = None
    back = take_back(context)
    if not is_proved(ground):
        context.notes[UNPROVED] = None
    elif not back:
        down = way_down(ground)
        context.notes[OFFERED.format(text=_named(down)[0]) if down else STAYS] = None
    else:
        context.notes[(ASKED if back[-1].asks else GOES_BACK).format(text=back[-1].text)] = None


def _named(commands: tuple[ShellCommand, ...]) -> tuple[str, At]:
    first = commands[0]
    said = f"`{first.text.splitlines()[0]}`"
    return (f"{first.comment}: {said}" if first.comment else said), first.at


def _speaks_of_it(text: str) -> bool:
    plain = text.casefold()
    return any(w in plain for w in words("schema_back")) and not any(w in plain for w in words("schema_stays"))


EDITED = Words(
    "{path} was edited after it was applied (SHA-256 {was}… then, {now}… now)",
    "{path} 在执行之后被修改过（当时 SHA-256 为 {was}…，现在为 {now}…）",
)
EDITED_HINT = Words(
    "put the applied text back and write the change as a new migration", "请恢复原文，并把改动写成新的迁移脚本"
)
STATED = Words(
    "{path} is not the script that the document states (SHA-256 {was}… there, {now}… here)",
    "{path} 与文档所述不一致（文档为 SHA-256 {was}…，实际为 {now}…）",
)
STATED_HINT = Words("put that script there, or correct the checksum", "请放回该脚本，或更正校验和")
BOTH = Words(
    "while waves run and after a rollback, both releases work on the migrated schema",
    "分批发布期间以及回滚之后，新旧版本都在迁移后的数据库结构上运行",
)
NOT_RUN = Words(
    "not acted upon: the document's migrations; no item of its checklist or of the template says when to run them",
    "未执行：文档中的迁移；检查清单与模板中没有任何一项说明何时执行",
)
STAYS = Words("a rollback leaves the schema as it is", "回滚不改变数据库结构")
OFFERED = Words(
    "a rollback leaves the schema as it is; “{text}” is for a person to decide afterwards: rollbook migrate down",
    "回滚不改变数据库结构；“{text}”由人员事后决定：rollbook migrate down",
)
ASKED = Words(
    "once a rollback has every server back, a person is asked whether the schema goes back too, with a list of what is "
    "lost: “{text}”",
    "回滚使所有服务器恢复之后，会列出将失去的内容并询问是否也回滚数据库：“{text}”",
)
GOES_BACK = Words(
    "once a rollback has every server back, the schema goes back too: “{text}”",
    "回滚使所有服务器恢复之后，也会回滚数据库：“{text}”",
)
UNPROVED = Words(
    "nothing says which database the migrations change: what they apply cannot be proved, and a rollback leaves it",
    "未说明迁移所针对的数据库：无法证明执行了什么，回滚时保持不变",
)
