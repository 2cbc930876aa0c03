"""One word of a command: quotes removed, variables kept as `${NAME}`, and whether that is all there is to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from rollbook.model.deployment import ShellWord

if TYPE_CHECKING:
    from tree_sitter import Node


def plain_word(node: Node, source: Source) -> ShellWord:
    """The word that a node of the parser is. Whatever is not plain text, quotes and `$NAME` makes it unknown, and is
    kept as it is written. `source`: the document's own bytes of a node."""
    parts = [_part(node, source) for node in (node.children if node.type == "concatenation" else [node])]
    text = "".join(part.text for part in parts)
    known = all(part.known for part in parts) and not _BRACES.search(_text(node, source))
    return ShellWord(text, tuple(dict.fromkeys(v for part in parts for v in part.variables)), known)


Source: TypeAlias = "Callable[[Node], bytes]"


def _part(node: Node, source: Source) -> ShellWord:
    if node.type in ("word", "number"):
        text = _text(node, source)
        unescaped = re.sub(r"\\(\n|.)", lambda found: found[1].strip("\n"), text, flags=re.DOTALL)
        return _literal(unescaped, not (_PATTERN.search(text) or text.startswith("~")))
    if node.type == "raw_string":
        return _literal(_text(node, source)[1:-1])
    if node.type == "string":
        return _quoted(node, source)
    return _reference(node, source)


def _quoted(node: Node, source: Source) -> ShellWord:
    """A text in double quotes. What the parser leaves out between its children is text too, and so are the blanks that
    it takes for a part of a reference."""
    whole, start = source(node), node.start_byte
    parts, position = [], 1
    for child in node.children[1:-1]:
        if child.type not in ("string_content", '"'):
            blanks = len(source(child)) - len(source(child).lstrip())
            parts.append(_literal(_unquoted(whole[position : child.start_byte - start + blanks])))
            parts.append(_reference(child, source))
            position = child.end_byte - start
    parts.append(_literal(_unquoted(whole[position:-1])))
    variables = tuple(dict.fromkeys(v for part in parts for v in part.variables))
    return ShellWord("".join(part.text for part in parts), variables, all(part.known for part in parts))


def _reference(node: Node, source: Source) -> ShellWord:
    """`$NAME` or `${NAME}`; anything else of the shell is unknown."""
    name = _NAME.fullmatch(_text(node, source).lstrip())
    if node.type in ("simple_expansion", "expansion") and name is not None:
        return ShellWord("${" + name[1] + "}", (name[1],))
    return ShellWord(_text(node, source), (), known=False)


def _literal(text: str, known: bool = True) -> ShellWord:
    """Text as it stands. A dollar sign in it could be taken for a reference later: such a word is unknown."""
    return ShellWord(text, (), known and "$" not in text)


def _unquoted(inside: bytes) -> str:
    text = inside.decode("utf-8", "replace")
    return re.sub(r'\\(["$`\\\n])', lambda found: found[1].strip("\n"), text)


def _text(node: Node, source: Source) -> str:
    return source(node).decode("utf-8", "replace")


_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_PATTERN = re.compile(r"(?<!\\)[*?\[]")
_BRACES = re.compile(r"(?<![\\$])\{[^}]*(,|\.\.)[^}]*\}")
