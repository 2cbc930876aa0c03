"""Writes `model.json` and `problems.json` of every case: python tests/corpus/update.py [NAME…]"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from rollbook.documents import read
from rollbook.model.workflow import Source

CORPUS = Path(__file__).parent
EXAMPLES = CORPUS.parent.parent / "examples"


def cases() -> list[Path]:
    """Every directory of a case."""
    return sorted(path for path in CORPUS.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))


def outcome(case: Path) -> tuple[bytes, bytes]:
    """What the case's document reads to: the model with its kind, and the problems in both languages, as JSON."""
    own = case / "document.md"
    path = own if own.exists() else EXAMPLES / f"{case.name}.md"
    text = path.read_text(encoding="utf-8")
    reading = read(Source(path.name, text, ""))
    model = {"kind": reading.kind, **_sparse(msgspec.to_builtins(reading.document))}
    model.pop("source")
    problems = [{**problem.json("en"), "zh": problem.json("zh")["summary"]} for problem in reading.problems]
    return _pretty(model), _pretty(problems)


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
            model, problems = outcome(case)
            (case / "model.json").write_bytes(model)
            (case / "problems.json").write_bytes(problems)
