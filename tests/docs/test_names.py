"""What the documents name in the code is there: modules, functions, files, links."""

from __future__ import annotations

import re
from importlib import import_module, util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {p.name for p in (ROOT / "src" / "rollbook").iterdir() if p.is_dir()}
FOLDERS = (ROOT, ROOT / "docs", ROOT / "docs" / "adr", ROOT / "docs" / "deployment")
PAGES = [page for folder in FOLDERS for page in folder.glob("*.md")]


def spans(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))


def resolves(name: str) -> bool:
    """Whether `machine.decide.decide` or `drivers.loop.Loop.begin` is a module or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        module = "rollbook." + ".".join(parts[:cut])
        try:
            found = util.find_spec(module)
        except ModuleNotFoundError:
            continue
        if found is None:
            continue
        thing: object = import_module(module)
        for part in parts[cut:]:
            fields = getattr(thing, "__annotations__", {})
            if part in fields:
                return True
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_and_function_that_a_page_names_exists(page: Path) -> None:
    dotted = re.compile(rf"(?:rollbook\.)?((?:{'|'.join(sorted(PACKAGES))})(?:\.\w+)+)")
    names = [found.group(1) for span in spans(page) if (found := dotted.fullmatch(span))]
    assert [name for name in names if not resolves(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_that_a_page_names_or_links_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (page.parent / link).exists()]
    files = [
        span for span in spans(page) if re.fullmatch(r"(?:src|tests|docs|tools|examples|benchmarks)/[\w./-]+", span)
    ]
    inside = [span for span in spans(page) if re.fullmatch(rf"(?:{'|'.join(sorted(PACKAGES))})/[\w/]+\.\w+", span)]
    missing += [name for name in files if not (ROOT / name).exists() and not name.startswith("benchmarks/out")]
    missing += [name for name in inside if not (ROOT / "src" / "rollbook" / name).exists()]
    assert [name for name in missing if "NAME" not in name and "*" not in name and "benchmarks/.venv" not in name] == []
