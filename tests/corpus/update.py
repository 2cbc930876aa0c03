"""Writes what every case reads to: python tests/corpus/update.py [NAME…]

`model.json` and `problems.json`; of a deployment document also `check.txt`, what the rules find in it, and `plan.txt`,
its plans for the first and the last of its environments on the embedded site.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rollbook.documents import read
from rollbook.linting import lint
from rollbook.model.deployment import Deployment
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.planning.plan import make_plan
from rollbook.problems import Problem, ProblemsFound, Refused
from rollbook.values import Server
from rollbook.views.plan_text import text_of

CORPUS = Path(__file__).parent
EXAMPLES = CORPUS.parent.parent / "examples"
FACTS: dict[str, Any] = {}
"""Plans of the corpus know of nothing outside the document: no file is there."""
FIGURES = re.compile(
    r"\d+(?= samples| 个样本| requests, about| 个请求，约| requests/s in all| 个请求以上)"
    r"|(?<=≈ )[\dhms.]+|(?<=requests, about )\d+(?= s)|(?<=个请求，约 )\d+(?= 秒)"
)
SERVERS = (Server("node-1"), Server("node-2"))


def cases() -> list[Path]:
    """Every directory of a case."""
    return sorted(path for path in CORPUS.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def outcome(case: Path) -> dict[str, bytes]:
    """What the case's document reads to, by file name: the model with its kind, and the problems in both languages, as
    JSON; and for a deployment document what the rules say and its plans, as text."""
    own = case / "document.md"
    path = own if own.exists() else EXAMPLES / f"{case.name}.md"
    reading = read(Source(path.name, path.read_text(encoding="utf-8"), "0" * 64))
    model = {"kind": reading.kind, **_sparse(msgspec.to_builtins(reading.document))}
    model.pop("source")
    problems = [{**problem.json("en"), "zh": problem.json("zh")["summary"]} for problem in reading.problems]
    goldens = {"model.json": _pretty(model), "problems.json": _pretty(problems)}
    if isinstance(reading.document, Deployment):
        found = lint([reading.document], found=reading.problems)
        goldens["check.txt"] = _lines(_problem(p, reading.document.language) for p in found)
        if not any(p.severity == "error" for p in reading.problems):
            goldens["plan.txt"] = _lines(_plans(reading.document))
    return goldens


def _plans(document: Deployment) -> Iterator[str]:
    """The plans for the first and the last environment. What stands in the way of one is said; where servers are not
    known or items are bound to nothing, then the plan follows as two servers and people at work make it."""
    rows = [e.name for e in document.environments] or [""]
    for name in dict.fromkeys((rows[0], rows[-1])):
        given = {"version": document.release_version.text or "v2.1.0", **({"environment": name} if name else {})}
        yield from _plan(document, given, Site.embedded(), manual=False)
        yield "=" * 8


def _plan(document: Deployment, given: dict[str, str], site: Site, manual: bool) -> Iterator[str]:
    try:
        plan = make_plan([document], given, site, FACTS, manual=manual)
    except ProblemsFound as found:
        yield from (_problem(p, document.language) for p in found.problems)
        rules = {p.rule for p in found.problems}
        if rules <= {"unbound", "no-servers"}:
            servers = SERVERS if "no-servers" in rules else site.servers
            yield from _plan(document, given, msgspec.structs.replace(site, servers=servers), "unbound" in rules)
    except Refused as refused:
        yield refused.words.said(document.language)
    else:
        yield from (_without_figures(line.rstrip()) for line in text_of(plan, "…", document.language))


def _problem(problem: Problem, language: str) -> str:
    summary = _without_figures(problem.json(language)["summary"])
    return f"{problem.at.line}:{problem.at.column} {problem.severity} {problem.rule}: {summary}"


def _without_figures(line: str) -> str:
    """Without what a statistical test works out: its sizes and times are its own tests' to hold."""
    return FIGURES.sub("…", line)


def _lines(lines: Iterator[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _sparse(value: Any) -> Any:
    """Without what is empty, so that a golden shows what is there."""
    if isinstance(value, dict):
        kept = {
            key: _place(inner) if key == "at" or key.endswith("_at") else _sparse(inner) for key, inner in value.items()
        }
        return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {}, "0:0")}
    return [_sparse(inner) for inner in value] if isinstance(value, list | tuple) else value


def _place(value: Any) -> Any:
    """A place as "line:column": one line of the golden each."""
    return ":".join(map(str, value)) if isinstance(value, list | tuple) else value


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


if __name__ == "__main__":
    for case in cases():
        if len(sys.argv) < 2 or case.name in sys.argv[1:]:
            for name, golden in outcome(case).items():
                (case / name).write_bytes(golden)
