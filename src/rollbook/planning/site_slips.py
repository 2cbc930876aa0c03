"""Slips in the site file that only its documents show: a default in [parameters] for a name that none of them has, and
that comes near one which they have. Defaults for other documents are no slips: a site serves many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from rollbook.model.deployment import Deployment
from rollbook.model.site import Site
from rollbook.model.workflow import Document, Workflow
from rollbook.planning.findings import CODES
from rollbook.problems import Problem
from rollbook.values import At, Words

NEAR = 0.8
DEPLOYMENT = ("environment", "version")
"""Parameters of every deployment document."""


def slips(site: Site, documents: Iterable[Document]) -> tuple[tuple[str, str], ...]:
    """(name in the site file, the name that it comes near) of each."""
    known = {name.casefold(): name for document in documents for name in _names(document)}
    given = {name.casefold() for name in site.parameters}
    found = []
    for name in site.parameters:
        free = [each for each in known if each not in given]
        if name.casefold() not in known and (near := get_close_matches(name.casefold(), free, n=1, cutoff=NEAR)):
            found.append((name, known[near[0]]))
    return tuple(found)


def problems_of(site: Site, documents: Sequence[Document], content: str) -> tuple[Problem, ...]:
    """The same as warnings at their lines of the site file, whose text is `content`."""
    return tuple(
        Problem("site-file", CODES["site-file"], "warning", site.path, _place(name, content), said(name), hint(near))
        for name, near in slips(site, documents)
    )


def said(name: str) -> Words:
    return Words(f"no document here has a parameter “{name}”", f"这些文档都没有参数“{name}”")


def hint(near: str) -> Words:
    return Words(f"did you mean {near}?", f"是否想写 {near}？")


def _names(document: Document) -> tuple[str, ...]:
    if isinstance(document, Workflow):
        return tuple(parameter.name for parameter in document.parameters)
    if isinstance(document, Deployment):
        return (*DEPLOYMENT, *(variable.name for variable in document.variables))
    return DEPLOYMENT


def _place(name: str, content: str) -> At:
    """The line of the key below [parameters]; its column is that of the key."""
    inside = False
    for number, line in enumerate(content.splitlines(), 1):
        if head := re.match(r"\s*\[([^\]]+)\]", line):
            inside = head[1].strip() == "parameters"
        key = re.match(r"(\s*)[\"']?([^\"'=]+?)[\"']?\s*=", line)
        if inside and key and key[2] == name:
            return At(number, len(key[1]) + 1)
    return At(1, 1)
