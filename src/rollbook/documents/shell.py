"""Shell text as statements: every command with its words, what else of the shell it uses, the comment it stands under.

Read by tree-sitter with its grammar of bash (ADR 0022), imported only when a document holds a command. A statement is a
command, or several joined by anything but `&&`: those parted by line ends, `;` or `&&` each stop the rest by failing,
so they are statements of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from rollbook.documents.shell_words import plain_word
from rollbook.model.deployment import ShellWord
from rollbook.values import At

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

PROMPT = re.compile(r"^(\s*)([$%]|[\w.-]+@[\w.-]+:?\S*[$#%]) ")
"""What a terminal shows ahead of a command."""


class Statement(NamedTuple):
    """One statement. `words` is empty unless it is one program call; `calls` are the words of every call in it."""

    text: str
    words: tuple[ShellWord, ...]
    calls: tuple[tuple[ShellWord, ...], ...]
    operators: tuple[str, ...]
    comment: str
    at: At
    sets: bool
    """It only declares: assignments, `export`, a function."""


UNASSIGNED = re.compile("[\U00040000-\U0010ffff]")
"""Characters that nobody writes, and on which the parser's native code has crashed: refused before it sees them."""


class Fault(NamedTuple):
    """The first place that is not shell, and what stands there."""

    at: At
    text: str


def read_statements(text: str, at: At = At(1, 1)) -> tuple[tuple[Statement, ...], Fault | None]:
    """The statements of a shell text whose first line stands at `at`. Never raises; a text with a fault has none."""
    code = without_prompts(text)
    if strange := UNASSIGNED.search(code):
        return (), Fault(_place(code, strange.start(), at), repr(strange.group()))
    root = _parser().parse(code.encode("utf-8", "replace")).root_node
    if root.has_error:
        return (), _fault(root, Places(code, at))
    return tuple(_statements(root, Places(code, at))), None


def without_prompts(text: str) -> str:
    """The commands of a terminal's record, each where it stood; a text without prompts is unchanged."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    if not PROMPT.match(first):
        return text
    kept, goes_on = [], False
    for line in lines:
        prompt = PROMPT.match(line)
        is_code = prompt is not None or goes_on or line.lstrip().startswith("#")
        kept.append("" if not is_code else " " * prompt.end() + line[prompt.end() :] if prompt else line)
        goes_on = is_code and line.rstrip().endswith("\\")
    return "\n".join(kept)


def _place(code: str, offset: int, at: At) -> At:
    before = code[:offset]
    return At(at.line + before.count("\n"), at.column + offset - (before.rfind("\n") + 1))


class Places:
    """From the parser's bytes to lines and columns of the document."""

    def __init__(self, code: str, at: At) -> None:
        self._lines = code.encode("utf-8", "replace").split(b"\n")
        self._at = at

    def at(self, node: Node) -> At:
        row, column = node.start_point
        before = self._lines[row][:column].decode("utf-8", "replace") if row < len(self._lines) else ""
        return At(self._at.line + row, self._at.column + len(before))

    def blank_between(self, first: int, last: int) -> bool:
        """Whether an empty line stands between two rows."""
        return any(not self._lines[row].strip() for row in range(first + 1, last))


def _statements(root: Node, places: Places) -> Iterator[Statement]:
    """Statements with their comments. A comment holds for the commands below it, up to an empty line after one of
    them; a comment behind a command is the command's own."""
    comments: list[str] = []
    acted, last = False, -1
    nodes = root.children
    for index, node in enumerate(nodes):
        row = node.start_point[0]
        if node.type == "comment":
            if row == last and acted:
                continue
            comments = [*([] if acted or places.blank_between(last, row) else comments), _said(node)]
            acted, last = False, row
        elif node.is_named:
            if acted and places.blank_between(last, row):
                comments = []
            behind = _behind(nodes[index + 1 :], node.end_point[0])
            comment = " ".join(c for c in (*comments, behind) if c)
            follows = nodes[index + 1] if index + 1 < len(nodes) else None
            if follows is not None and follows.type == "&":
                yield _in_background(_statement(node, comment, places))
            else:
                yield from (_statement(part, comment, places) for part in _parted(node))
            acted, last = True, node.end_point[0]


def _behind(following: list[Node], row: int) -> str:
    """The comment on the same line, behind a statement."""
    for node in following:
        if node.type == "comment" and node.start_point[0] == row:
            return _said(node)
        if node.is_named or node.start_point[0] != row:
            return ""
    return ""


def _said(comment: Node) -> str:
    text = _text(comment)
    return "" if text.startswith("#!") else text.lstrip("#").strip()


def _parted(node: Node) -> list[Node]:
    """The sides of a `&&` list; of anything else, itself."""
    parts: list[Node] = []
    while node.type == "list" and len(node.children) == 3 and node.children[1].type == "&&":
        parts.append(node.children[2])
        node = node.children[0]
    return [node, *reversed(parts)]


def _statement(node: Node, comment: str, places: Places) -> Statement:
    calls = tuple(_words(call) for call in _walk(node) if call.type == "command")
    operators = tuple(dict.fromkeys(op for part in _walk(node) if (op := _operator(part))))
    plain = _plain_call(node)
    words = _words(plain) if plain else ()
    return Statement(_text(node), words, calls, operators, comment, places.at(node), node.type in _DECLARING)


def _in_background(statement: Statement) -> Statement:
    return statement._replace(text=f"{statement.text} &", operators=(*statement.operators, "&"))


def _plain_call(node: Node) -> Node | None:
    """The one program call that a statement is, redirected or not."""
    if node.type == "redirected_statement" and node.children:
        node = node.children[0]
    return node if node.type == "command" else None


def _words(command: Node) -> tuple[ShellWord, ...]:
    found = (child for child in command.children if child.is_named and child.type not in _NO_WORDS)
    return tuple(plain_word(child.children[0] if child.type == "command_name" else child) for child in found)


def _operator(node: Node) -> str:
    """What of the shell a node is, beyond a program and its words; "" for those."""
    if node.type == "variable_assignment":
        return "NAME=" if node.parent is not None and node.parent.type == "command" else ""
    if node.type in ("file_redirect", "heredoc_redirect", "herestring_redirect"):
        return next((_text(child) for child in node.children if not child.is_named), ">")
    if node.type == "list":
        return _text(node.children[1]) if len(node.children) > 1 else ""
    return _OPERATORS.get(node.type, "")


def _walk(node: Node) -> Iterator[Node]:
    """The node and everything in it, in order, however deep."""
    left = [node]
    while left:
        current = left.pop()
        yield current
        left.extend(reversed(current.children))


def _fault(root: Node, places: Places) -> Fault:
    """Where what is left open begins, else where the parser noticed."""
    wrong = next((n for n in _walk(root) if n.is_error or n.is_missing), root)
    if wrong.is_missing and wrong.parent is not None:
        begins = wrong.parent
    else:
        begins = next((child for child in wrong.children if not child.is_named), wrong)
    behind = (root.text or b"")[begins.start_byte - root.start_byte :].decode("utf-8", "replace")
    at, blanks = places.at(begins), len(behind) - len(behind.lstrip(" \t"))
    return Fault(At(at.line, at.column + blanks), " ".join(behind.split())[:60] or wrong.type)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


_NO_WORDS = {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect", "comment"}
_DECLARING = {"variable_assignment", "variable_assignments", "declaration_command", "unset_command",
              "function_definition"}  # fmt: skip
_OPERATORS = {
    "pipeline": "|", "subshell": "()", "compound_statement": "{}", "negated_command": "!", "if_statement": "if",
    "for_statement": "for", "c_style_for_statement": "for", "while_statement": "while", "case_statement": "case",
    "function_definition": "function", "test_command": "[[", "command_substitution": "$()",
    "process_substitution": "<()", "arithmetic_expansion": "$(())",
}  # fmt: skip
