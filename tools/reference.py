"""Write docs/reference from the code: commands, phrases, words of documents, rules, the site file, verbs.

python tools/reference.py            write the pages
python tools/reference.py --check    exit 1 and name the pages that are not what the code says
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from rollbook.app.explain import write_pages
from rollbook.binding.library import Found, Library
from rollbook.cli import main as rollbook
from rollbook.cli.help import EXIT_CODES, GROUPS
from rollbook.cli.verbs import LATER
from rollbook.cli.verbs import VERBS as COMMANDS
from rollbook.documents import vocabulary
from rollbook.machine.verbs import VERBS
from rollbook.model import site as site_model
from rollbook.planning import site_secrets, sites

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
GENERATED = "<!-- Written by `make docs` from the code. Edit the code. -->\n"


def commands() -> str:
    """Every command's own help."""
    lines = ["# Commands", "", EXIT_CODES.en + ".", ""]
    for title, names in GROUPS:
        lines += [f"## {title.en}", ""]
        for name in names:
            lines += [f"### {name}", "", "```text", _help(name), "```", ""]
    later = [f"`{verb.name}` ({verb.summary.en})" for verb in COMMANDS if verb.module == LATER]
    lines += ["## Not in this version", "", "They say so and touch nothing: " + ", ".join(later) + ".", ""]
    return "\n".join(lines)


def _help(name: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        rollbook([name, "--help"])
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


def phrases() -> str:
    """The built-in library: one row per function, all its phrases in it."""
    found = Library.built_in().all()
    lines = [
        "# Phrases", "",
        "What a bullet may say, and what then runs. Case, width, blanks beside Chinese characters, articles and",
        "emphasis do not count; `{name}` stands for a value. English phrases are also known by other words of the same",
        "meaning (`binding/wordings.toml`). `rollbook steps` lists these and the project's own.", "",
        "**step** acts, **check** answers yes or no, **measure** counts and is compared with the document's number.",
        "*pure* changes nothing, *idempotent* may be repeated after a crash, *once* may not.", "",
    ]  # fmt: skip
    by_module: dict[str, dict[str, list[Found]]] = {}
    for phrase in found:
        module, _, function = phrase.binding.partition("@")[0].partition(":")
        by_module.setdefault(module, {}).setdefault(function, []).append(phrase)
    for module, functions in sorted(by_module.items()):
        lines += _topic(module, functions)
    return "\n".join(lines)


def _topic(module: str, functions: Mapping[str, list[Found]]) -> list[str]:
    loaded = import_module(module)
    lines = [f"## {module}", "", _first_sentence(loaded), "", "| phrases | function | what it does |", "|---|---|---|"]
    for name, group in functions.items():
        said = "<br>".join(_cell(found.pattern) for found in group)
        mark = group[0].mark
        nature = f"{mark.kind}, {mark.effect}" if mark.kind == "step" else mark.kind
        turns = [
            w for w, on in (("leaves rotation", mark.leaves_rotation), ("returns", mark.returns_to_rotation)) if on
        ]
        lines.append(
            f"| {said} | `{name}`<br>{', '.join([nature, *turns])} | {_cell(_first_sentence(getattr(loaded, name)))} |"
        )
    return [*lines, ""]


def words() -> str:
    """The headings, labels and words that are recognised in documents."""
    lines = [
        "# Words of documents", "",
        "Headings and labels are recognised in any case and width, with or without numbers. They are data:",
        "adding a spelling is adding a word to one line of a file in `src/rollbook/documents/vocabulary/`.", "",
    ]  # fmt: skip
    for file in sorted(Path(inspect.getfile(vocabulary)).parent.glob("*.toml")):
        lines += [f"## {file.name}", ""]
        for section, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if isinstance(entries, dict):
                lines += [f"### {section}", "", "| meaning | spellings |", "|---|---|"]
                lines += [f"| {_cell(name)} | {_cell(_spelled(value))} |" for name, value in entries.items()]
                lines.append("")
    return "\n".join(lines)


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_spelled(v)}" for k, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def site_file() -> str:
    """Every key of `rollbook.toml`: what it must be, its default, its meaning."""
    documented = _field_docs(site_model)
    lines = [
        "# Site file", "",
        "`rollbook.toml` holds the facts that prose does not carry. It is found in the current directory or named by",
        "`--site`; without one, the embedded site is used. An unknown key is an error with its line.", "",
        "## At the head", "", "| key | is | default | meaning |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [_key(name, read, site_model.Site, name, documented) for name, read in sites.HEAD.items()]
    lines += ["", "## [limits]", "", "| key | is | default | meaning |", "|---|---|---|---|"]
    lines += [_key(key, read, site_model.Limits, field, documented) for key, (field, read) in sites.LIMITS.items()]
    lines += ["", "## [secrets]", "", documented.get(("Site", "secrets"), ""), ""]
    lines += ["| key | is | default | meaning |", "|---|---|---|---|"]
    lines += [_key(key, read, site_model.SecretSources, key, documented) for key, read in site_secrets.SECRETS.items()]
    for table, read in sites.TABLES.items():
        if table not in ("limits", "secrets"):
            meaning = documented.get(("Site", table), "")
            lines += ["", f"## [{table}]", "", "  ".join(filter(None, (meaning, inspect.getdoc(read) or "")))]
    return "\n".join([*lines, ""])


def _key(
    key: str, read: Callable[[Any], Any], owner: type, field: str, documented: Mapping[tuple[str, str], str]
) -> str:
    default = getattr(owner(), field)
    shown = "" if default in ("", (), None) else f"`{default}`"
    return f"| `{key}` | {_cell(_wanted(read))} | {shown} | {_cell(documented.get((owner.__name__, field), ''))} |"


def _wanted(read: Callable[[Any], Any]) -> str:
    """What a value must be, in the reader's own words: it says them when it is given something else."""
    try:
        read(object())
    except ValueError as error:
        return str(error.args[0].en)
    raise AssertionError(f"{read} takes anything")


def _field_docs(module: Any) -> dict[tuple[str, str], str]:
    """(class, field) → the docstring under the field."""
    docs = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            for field, below in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
                    docs[(node.name, ast.unparse(field.target))] = " ".join(ast.literal_eval(below.value).split())
    return docs


def verbs() -> str:
    """The table verb × state (M40)."""
    states = list(dict.fromkeys(state for row in VERBS.values() for state in row))
    lines = [
        "# Verbs", "",
        "What a person may ask of a run, by the state it is in (rule M40). An empty cell: the run has ended.", "",
        "| | " + " | ".join(states) + " |", "|---|" + "---|" * len(states),
    ]  # fmt: skip
    for verb, row in VERBS.items():
        cells = [("yes" if row[s] is None else f"no: {row[s].en}") if s in row else "" for s in states]  # type: ignore[union-attr]
        lines.append(f"| **{verb}** | " + " | ".join(map(_cell, cells)) + " |")
    lines += [
        "",
        "`retry` needs something held, lost or frozen. `skip` needs a step that has not begun and that, inside the",
        "rotation, does not act on servers; skipping an approval, a rejoin or a judge needs the approval's quorum.",
        "Once the release is decided and only reporting is left, `retry` alone is taken.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _first_sentence(thing: object) -> str:
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(paragraph.split())


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "phrases.md": phrases,
    "site-file.md": site_file,
    "verbs.md": verbs,
    "words.md": words,
}


def write(directory: Path) -> None:
    """All pages into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (directory / name).write_text(GENERATED + "\n" + page().rstrip() + "\n", encoding="utf-8")
    for page in (directory / "rules").glob("*.md"):
        page.unlink()
    write_pages(directory / "rules")


def differing(ours: Path, theirs: Path) -> Iterable[str]:
    """Names of pages that only one side has or that differ."""
    names = {str(p.relative_to(side)) for side in (ours, theirs) for p in side.rglob("*.md")}
    for name in sorted(names):
        pair = [(side / name).read_bytes() if (side / name).exists() else b"" for side in (ours, theirs)]
        if pair[0] != pair[1]:
            yield name


def main(arguments: list[str]) -> int:
    """Write, or check what is written."""
    os.environ["ROLLBOOK_LANG"] = "en"
    if "--check" not in arguments:
        write(REFERENCE)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        write(Path(directory))
        stale = list(differing(REFERENCE, Path(directory)))
    sys.stderr.write("".join(f"docs/reference/{name} is not what the code says: make docs\n" for name in stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
