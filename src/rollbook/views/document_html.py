"""A document as HTML: what Markdown makes of it, raw HTML shown as text, comments left out, boxes as boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
BOX = re.compile(r"\A\[([ xX])\]\s+")


def document_html(text: str) -> str:
    """Safe to put into a page: no markup of the document itself gets through."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(front_matter_plugin)
    tokens = list(_shown(parser.parse(_without_comments(text))))
    return str(parser.renderer.render(tokens, parser.options, {}))


def _without_comments(text: str) -> str:
    """Comments outside of fences say nothing to a reader."""
    parts = re.split(r"(?ms)(^[ \t]*(?:```|~~~).*?^[ \t]*(?:```|~~~)[ \t]*$)", text)
    return "".join(part if i % 2 else COMMENT.sub("", part) for i, part in enumerate(parts))


def _shown(tokens: list[Token]) -> Iterator[Token]:
    """Front matter as a block of code, boxes as signs."""
    for token in tokens:
        if token.type == "front_matter":
            token.type, token.tag, token.info = "fence", "code", ""
        for child in token.children or ():
            if child.type == "text":
                child.content = BOX.sub(lambda box: "☐ " if box.group(1) == " " else "☑ ", child.content, count=1)
        yield token
