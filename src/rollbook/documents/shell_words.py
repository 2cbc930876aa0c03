"""One word of a command: quotes removed, variables kept as `${NAME}`, and whether that is all there is to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rollbook.model.deployment import ShellWord

if TYPE_CHECKING:
    from tree_sitter import Node


def plain_word(node: Node) -> ShellWord:
    """The word that a node of the parser is. Whatever is not plain text, quotes and `$NAME` makes it unknown, and is
    kept as it is written."""
    parts = [_part(node) for node in (node.children if node.type == "concatenation" else [node])]
    text = "".join(part.text for part in parts)
    known = all(part.known for part in parts) and not _BRACES.search(_source(node))
    return ShellWord(text, tuple(dict.fromkeys(v for part in parts for v in part.variables)), known)


def _part(node: Node) -> ShellWord:
    if node.type in ("word", "number"):
        source = _source(node)
        unescaped = re.sub(r"\\(\n|.)", lambda found: found[1].strip("\n"), source, flags=re.DOTALL)
        return _literal(unescaped, not (_PATTERN.search(source) or source.startswith("~")))
    if node.type == "raw_string":
        return _literal(_source(node)[1:-1])
    if node.type == "string":
        return _quoted(node)
    return _reference(node)


def _quoted(node: Node) -> ShellWord:
    """A text in double quotes. What the parser leaves out between its children is text too, and so are the blanks that
    it takes for a part of a reference."""
    source, start = node.text or b"", node.start_byte
    parts, position = [], 1
    for child in node.children[1:-1]:
        if child.type not in ("string_content", '"'):
            blanks = len(child.text or b"") - len((child.text or b"").lstrip())
            parts.append(_literal(_unquoted(source[position : child.start_byte - start + blanks])))
            parts.append(_reference(child))
            position = child.end_byte - start
    parts.append(_literal(_unquoted(source[position:-1])))
    variables = tuple(dict.fromkeys(v for part in parts for v in part.variables))
    return ShellWord("".join(part.text for part in parts), variables, all(part.known for part in parts))


def _reference(node: Node) -> ShellWord:
    """`$NAME` or `${NAME}`; anything else of the shell is unknown."""
    name = _NAME.fullmatch(_source(node).lstrip())
    if node.type in ("simple_expansion", "expansion") and name is not None:
        return ShellWord("${" + name[1] + "}", (name[1],))
    return ShellWord(_source(node), (), known=False)


def _literal(text: str, known: bool = True) -> ShellWord:
    """Text as it stands. A dollar sign in it could be taken for a reference later: such a word is unknown."""
    return ShellWord(text, (), known and "$" not in text)


def _unquoted(inside: bytes) -> str:
    text = inside.decode("utf-8", "replace")
    return re.sub(r'\\(["$`\\\n])', lambda found: found[1].strip("\n"), text)


def _source(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_PATTERN = re.compile(r"(?<!\\)[*?\[]")
_BRACES = re.compile(r"(?<![\\$])\{[^}]*(,|\.\.)[^}]*\}")
