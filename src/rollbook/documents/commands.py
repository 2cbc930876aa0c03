"""Fences as commands with roles (M27): what each command is for, by its program, its comment and its heading."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.documents.command_roles import chosen_cluster, guards, reached, role_of, section_of
from rollbook.documents.faults import fault
from rollbook.documents.shell import Statement, read_statements
from rollbook.documents.vocabulary import table
from rollbook.model.deployment import CommandFence, CommandRole, ShellCommand
from rollbook.problems import Problem
from rollbook.values import At

SHELLS = frozenset({"", "bash", "sh", "shell", "zsh", "ksh", "console", "terminal", "shell-session", "shellsession"})


def read_fence(
    section_title: str, language: str, text: str, at: At, file: str = "", above: Sequence[str] = ()
) -> tuple[CommandFence, tuple[Problem, ...]]:
    """A fence with its commands in order. `at` is the place of its first line of text, `section_title` the heading it
    stands under, `above` the headings over that one, outermost first, without the document's title. A fence of another
    language, or of comments only, has no commands (M3). Never raises: text that is not shell is a problem, and its
    fence then has no commands."""
    empty = CommandFence(section_title, language, text, (), at)
    if language.lower() not in SHELLS:
        return empty, ()
    statements, wrong = read_statements(text, at)
    section = section_of((*above, section_title))
    if wrong is not None:
        rule = "unreadable-operations-command" if section == "operations" else "unreadable-command"
        return empty, (fault(rule, file, wrong.at, text=wrong.text),)
    return CommandFence(section_title, language, text, _commands(statements, section), at, section), ()


def _commands(statements: Sequence[Statement], section: str) -> tuple[ShellCommand, ...]:
    """From the last to the first: what prepares belongs to the command that it prepares."""
    commands: list[ShellCommand] = []
    following: CommandRole = "other"
    for statement in reversed(statements):
        prepares = _prepares(statement)
        following = following if prepares and commands else role_of(statement, section)
        commands.append(
            ShellCommand(
                statement.text,
                following,
                statement.comment,
                guards(statement.comment),
                statement.at,
                statement.words,
                statement.operators,
                prepares,
                reached(statement),
                chosen_cluster(statement),
            )
        )
    return tuple(reversed(commands))


def _prepares(statement: Statement) -> bool:
    program = statement.words[0].text if statement.words else ""
    return statement.sets or program in table("commands", "leading")["prepares"]
