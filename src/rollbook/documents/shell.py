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


class Fault(NamedTuple):
    """The first place that is not shell, and what stands there."""

    at: At
    text: str


def read_statements(text: str, at: At = At(1, 1)) -> tuple[tuple[Statement, ...], Fault | None]:
    """The statements of a shell text whose first line stands at `at`. Never raises; a text with a fault has none."""
    source = without_prompts(text).encode("utf-8", "replace")
    root = _parser().parse(_in_ascii(source)).root_node
    if root.has_error:
        return (), _fault(root, Code(source, at))
    return tuple(_statements(root, Code(source, at))), None


def _in_ascii(source: bytes) -> bytes:
    """The text as the parser gets it: in place of every character beyond ASCII one of as many bytes that is part of a
    word and of no name, as such characters are to bash. The grammar's scanner asks C's `isdigit` about whole code
    points, which reads outside of its table and has crashed."""
    return source if source.isascii() else _WIDE.sub(lambda found: b".xxx"[: len(found[0])], source)


_WIDE = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,3}|[\x80-\xbf]")


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


class Code:
    """From the parser's bytes to the document's own text, its lines and columns."""

    def __init__(self, source: bytes, at: At) -> None:
        self._source = source
        self._lines = source.split(b"\n")
        self._at = at

    def bytes_of(self, node: Node) -> bytes:
        """What stands at a node; the node's own text is what the parser was given."""
        return self._source[node.start_byte : node.end_byte]

    def text(self, node: Node) -> str:
        return self.bytes_of(node).decode("utf-8", "replace")

    def at(self, node: Node) -> At:
        row, column = node.start_point
        before = self._lines[row][:column].decode("utf-8", "replace") if row < len(self._lines) else ""
        return At(self._at.line + row, self._at.column + len(before))

    def blank_between(self, first: int, last: int) -> bool:
        """Whether an empty line stands between two rows."""
        return any(not self._lines[row].strip() for row in range(first + 1, last))


def _statements(root: Node, code: Code) -> Iterator[Statement]:
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
            comments = [*([] if acted or code.blank_between(last, row) else comments), _said(node, code)]
            acted, last = False, row
        elif node.is_named:
            if acted and code.blank_between(last, row):
                comments = []
            behind = _behind(nodes[index + 1 :], node.end_point[0], code)
            comment = " ".join(c for c in (*comments, behind) if c)
            follows = nodes[index + 1] if index + 1 < len(nodes) else None
            if follows is not None and follows.type == "&":
                yield _in_background(_statement(node, comment, code))
            else:
                yield from (_statement(part, comment, code) for part in _parted(node))
            acted, last = True, node.end_point[0]


def _behind(following: list[Node], row: int, code: Code) -> str:
    """The comment on the same line, behind a statement."""
    for node in following:
        if node.type == "comment" and node.start_point[0] == row:
            return _said(node, code)
        if node.is_named or node.start_point[0] != row:
            return ""
    return ""


def _said(comment: Node, code: Code) -> str:
    text = code.text(comment)
    return "" if text.startswith("#!") else text.lstrip("#").strip()


def _parted(node: Node) -> list[Node]:
    """The sides of a `&&` list; of anything else, itself."""
    parts: list[Node] = []
    while node.type == "list" and len(node.children) == 3 and node.children[1].type == "&&":
        parts.append(node.children[2])
        node = node.children[0]
    return [node, *reversed(parts)]


def _statement(node: Node, comment: str, code: Code) -> Statement:
    calls = tuple(_words(call, code) for call in _walk(node) if call.type == "command")
    operators = tuple(dict.fromkeys(op for part in _walk(node) if (op := _operator(part))))
    plain = _plain_call(node)
    words = _words(plain, code) if plain else ()
    return Statement(code.text(node), words, calls, operators, comment, code.at(node), node.type in _DECLARING)


def _in_background(statement: Statement) -> Statement:
    return statement._replace(text=f"{statement.text} &", operators=(*statement.operators, "&"))


def _plain_call(node: Node) -> Node | None:
    """The one program call that a statement is, redirected or not."""
    if node.type == "redirected_statement" and node.children:
        node = node.children[0]
    return node if node.type == "command" else None


def _words(command: Node, code: Code) -> tuple[ShellWord, ...]:
    found = (child for child in command.children if child.is_named and child.type not in _NO_WORDS)
    words = (child.children[0] if child.type == "command_name" else child for child in found)
    return tuple(plain_word(word, code.bytes_of) for word in words)


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


def _fault(root: Node, code: Code) -> Fault:
    """Where what is left open begins, else where the parser noticed."""
    wrong = next((n for n in _walk(root) if n.is_error or n.is_missing), root)
    if wrong.is_missing and wrong.parent is not None:
        begins = wrong.parent
    else:
        begins = next((child for child in wrong.children if not child.is_named), wrong)
    behind = code.bytes_of(root)[begins.start_byte - root.start_byte :].decode("utf-8", "replace")
    at, blanks = code.at(begins), len(behind) - len(behind.lstrip(" \t"))
    return Fault(At(at.line, at.column + blanks), " ".join(behind.split())[:60] or wrong.type)


def _text(node: Node) -> str:
    """What an operator is: always ASCII."""
    return (node.text or b"").decode("ascii", "replace")


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
