"""What a release would call or read and the survey did not find: programs and scripts. Each stops the plan, with its
line: found in the middle of a run, it would be an outage."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.model.deployment import Migration, ShellCommand
from rollbook.planning.deployment.evidence import known
from rollbook.planning.deployment.files import program_of
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.shelled import is_shelled
from rollbook.planning.words import word_set, words
from rollbook.values import At, Json, Words


def called(ground: Ground) -> Iterator[tuple[str, ShellCommand]]:
    """The programs that a run may give to the shell, with the command; none behind a change of directory or behind a
    question that a person answers."""
    for fence in ground.deployment.fences:
        moved = False
        for command in fence.commands:
            program = program_of(command)
            moved = moved or program in ("cd", "pushd")
            known_here = program and program not in word_set("shell_builtin") and not command.prepares
            if known_here and is_shelled(command, ground) and not command.guarded and not (moved and "/" in program):
                yield program, command


def lacking(ground: Ground) -> Iterator[tuple[str, At, Words]]:
    """(rule, place, text) of each. Nothing where no survey was made."""
    found: Json = ground.facts.get("programs") or {}
    told: set[str] = set()
    for program, command in called(ground):
        state = found.get(program)
        if state in STATES and program not in told:
            told.add(program)
            yield "program-missing", command.at, STATES[state].format(program=program)
    for row in ground.deployment.migrations:
        yield from _script(row, ground)


def _script(row: Migration, ground: Ground) -> Iterator[tuple[str, At, Words]]:
    there = known(row.script, ground) if row.script else {}
    if _runs_scripts(ground) and not row.script:
        yield "script-missing", row.at, UNNAMED.format(version=row.version)
    elif _runs_scripts(ground) and there.get("exists") is False:
        yield "script-missing", row.at, NO_SCRIPT.format(path=row.script)


def _runs_scripts(ground: Ground) -> bool:
    """Whether migrating runs the table's scripts: no command does it, and the checklist says that it is done."""
    commands = any(not c.guarded and not c.prepares for c in ground.deployment.commands("migrate_up"))
    items = (entry.item.phrase for entry in ground.deployment.checklist if entry.phase == "during")
    return not commands and any(word in phrase for phrase in items for word in words("migrate_item"))


STATES = {
    "missing": Words("there is no program {program} here, and a command of the release calls it",
                     "此处没有程序 {program}，而发布命令要执行它"),
    "not executable": Words("{program} is there and may not be executed", "{program} 存在，但没有执行权限"),
}  # fmt: skip
"""What a survey may find of a program → what to say; "" is fine."""
NO_SCRIPT = Words("the migration script {path} is not in the project", "项目中没有迁移脚本 {path}")
UNNAMED = Words("migration {version} names no script", "迁移 {version} 没有写明脚本")
HINTS = {
    "program-missing": Words(
        "install it, add it to the project, or `chmod +x` it; `rollbook check` lists every file that is named",
        "请安装、加入项目，或执行 `chmod +x`；`rollbook check` 会列出所有提到的文件",
    ),
    "script-missing": Words("add it to the project's directory, or correct its path", "请加入项目目录，或更正路径"),
}
