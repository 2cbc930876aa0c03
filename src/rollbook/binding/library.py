"""The library: every phrase that something can do, from the project, the site and the built-in steps, in that order.

A binding is text, "module:function@hash": the hash is over the whole file the function lives in, so a changed helper
counts as changed code (M44). Shell bindings of the site are "shell".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from rollbook.binding.loading import Loaded, load_built_in, load_file, load_target
from rollbook.binding.markers import Kind, Mark
from rollbook.model.phrases import phrase_of
from rollbook.model.site import StepBinding
from rollbook.problems import Problem, ProblemsFound, Refused
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.binding.wordings import Slot

Origin: TypeAlias = Literal["project", "site", "built-in"]
USER_STEPS = "rollbook_steps.py"


class Found(msgspec.Struct, frozen=True):
    """One phrase's meaning. `pattern` is the phrase as its author wrote it, with named braces; `annotations` are the
    function's, by argument, as text."""

    phrase: str
    pattern: str
    binding: str
    origin: Origin
    mark: Mark
    annotations: dict[str, str] = {}
    shell: str = ""
    file: str = ""
    line: int = 0

    @property
    def kind(self) -> Literal["step", "check", "measure", "shell"]:
        return "shell" if self.shell else self.mark.kind


class Source(msgspec.Struct, frozen=True):
    """Phrases of one origin. The same phrase may name a step and a check; twice for one kind is a problem."""

    origin: Origin
    by_phrase: dict[str, tuple[Found, ...]]
    functions: dict[str, Loaded]
    """By "module:function"."""


class Library:
    """Immutable; `with_…` gives a new one."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)

    @staticmethod
    def built_in() -> Library:
        """The library that ships with the package."""
        return Library((_source("built-in", load_built_in()),))

    def with_project(self, directory: Path | str) -> Library:
        """With the phrases of `rollbook_steps.py` in `directory`, if there is one. Raises ProblemsFound."""
        file = Path(directory) / USER_STEPS
        if not file.is_file():
            return self
        return Library((_source("project", load_file(file)), *self._sources))

    def with_site(self, steps: Sequence[StepBinding], directory: Path | str = ".", file: str = "") -> Library:
        """With the `[steps]` of the site file. Raises ProblemsFound for a target that does not load."""
        if not steps:
            return self
        shells = [s for s in steps if s.shell]
        targets = [load_target(s, Path(directory), file) for s in steps if s.target]
        site = _source("site", targets, [_shell(s, file) for s in shells])
        rank = {"project": 0, "site": 1, "built-in": 2}
        return Library(sorted((*self._sources, site), key=lambda source: rank[source.origin]))

    def find(self, phrase: str, kinds: Iterable[Kind] = ("step",)) -> Found | None:
        """The first binding of `phrase` for one of `kinds`. A site's shell command counts as a step."""
        wanted = {"shell" if k == "step" else k for k in kinds} | set(kinds)
        for source in self._sources:
            for found in source.by_phrase.get(phrase, ()):
                if found.kind in wanted:
                    return found
        return self._reworded(phrase, wanted)

    def _reworded(self, phrase: str, wanted: Iterable[str]) -> Found | None:
        """The built-in step that says the same in other English words, if exactly one does."""
        if not phrase.isascii():
            return None
        from rollbook.binding.wordings import meaning, slot_of

        words, slots = meaning(phrase), {slot_of(kind) for kind in wanted}
        found = (self._meanings[slot].get(words) for slot in slots)
        return next((f for f in found if f is not None and f.kind in wanted), None)

    @cached_property
    def _meanings(self) -> dict[Slot, dict[tuple[str, ...], Found | None]]:
        from rollbook.binding.wordings import by_meaning

        return by_meaning(f for s in self._sources if s.origin == "built-in" for g in s.by_phrase.values() for f in g)

    def all(self) -> tuple[Found, ...]:
        """Every phrase, in look-up order: what `rollbook steps` lists."""
        return tuple(f for s in self._sources for group in s.by_phrase.values() for f in group)

    def nearest(self, phrase: str, kinds: Iterable[Kind] = (), count: int = 3) -> tuple[str, ...]:
        """Patterns of the most similar phrases, best first."""
        wanted, mine = set(kinds), pairs(phrase)
        scores = {
            f.phrase: (likeness(mine, pairs(f.phrase)), f.pattern) for f in self.all() if not wanted or f.kind in wanted
        }
        best = sorted(scores.values(), key=lambda scored: -scored[0])[:count]
        return tuple(pattern for score, pattern in best if score >= ALIKE)

    def load(self, binding: str) -> Callable[..., Any]:
        """The function behind a binding. Raises Refused when the library no longer has it."""
        return self._loaded(binding).function

    def mark(self, binding: str) -> Mark:
        """What its author declared about it."""
        return self._loaded(binding).mark

    def current_hash(self, binding: str) -> str:
        """The hash of the code behind `binding` as it is now; "" when it is gone or has none (shell, manual)."""
        name = binding.partition("@")[0]
        loaded = next((s.functions[name] for s in self._sources if name in s.functions), None)
        return loaded.hash if loaded else ""

    def changed(self, bindings: Iterable[str]) -> tuple[str, ...]:
        """Those of `bindings` whose code is not what they name (M44)."""
        return tuple(sorted({b for b in bindings if "@" in b and self.current_hash(b) != b.partition("@")[2]}))

    def _loaded(self, binding: str) -> Loaded:
        name = binding.partition("@")[0]
        for source in self._sources:
            if name in source.functions:
                return source.functions[name]
        raise Refused(
            Words(f"the plan needs {name}, which is not in the library", f"计划需要 {name}，但步骤库中没有"),
            Words("restore the step function or make a new plan", "请恢复该步骤函数，或重新生成计划"),
        )


ALIKE = 0.4
"""From this likeness on a phrase is worth naming."""


@cache
def pairs(phrase: str) -> frozenset[str]:
    """The phrase's pairs of neighbouring characters: fit for both languages."""
    return frozenset(a + b for a, b in zip(f" {phrase}", f"{phrase} ", strict=True))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared pairs of all pairs (Dice's coefficient): 0 nothing in common, 1 the same."""
    return 2 * len(one & other) / max(1, len(one) + len(other))


def library_for(document_paths: Sequence[str], steps: Sequence[StepBinding], directory: str, file: str) -> Library:
    """The library for documents at a site: `rollbook_steps.py` beside the first document, else beside the site file,
    else in the current directory; then `[steps]`; then the built-in ones. Raises ProblemsFound."""
    places = [*(str(Path(p).parent) for p in document_paths), directory, "."]
    project = next((place for place in places if (Path(place) / USER_STEPS).is_file()), "")
    library = Library.built_in().with_site(steps, directory, file)
    return library.with_project(project) if project else library


def _source(origin: Origin, functions: Iterable[Loaded], shells: Iterable[Found] = ()) -> Source:
    """Index functions by phrase. Two functions for one phrase and kind: every such problem at once."""
    index: dict[str, tuple[Found, ...]] = {}
    by_name: dict[str, Loaded] = {}
    problems: list[Problem] = []
    for found in [*_founds(origin, functions, by_name), *shells]:
        known = index.get(found.phrase, ())
        twin = next((f for f in known if _same_slot(f, found)), None)
        if twin is not None:
            problems.append(_doubled(twin, found))
        else:
            index[found.phrase] = (*known, found)
    if problems:
        raise ProblemsFound(problems)
    return Source(origin, index, by_name)


def _founds(origin: Origin, functions: Iterable[Loaded], by_name: dict[str, Loaded]) -> Iterable[Found]:
    for loaded in functions:
        by_name[loaded.name] = loaded
        seen: set[str] = set()
        for pattern in loaded.phrases:
            phrase = phrase_of(pattern)[0]
            if phrase in seen:
                continue
            seen.add(phrase)
            yield Found(phrase, pattern, f"{loaded.name}@{loaded.hash}", origin, loaded.mark, dict(loaded.annotations),
                        file=loaded.file, line=loaded.line)  # fmt: skip


def _same_slot(one: Found, other: Found) -> bool:
    """Items look for steps; conditions for checks and measures: a phrase may be in both places, once in each."""
    both = (one.kind in ("step", "shell")) == (other.kind in ("step", "shell"))
    return both and (one.binding, one.shell) != (other.binding, other.shell)


def _shell(step: StepBinding, file: str) -> Found:
    mark = Mark("step", (step.phrase,), "once")
    return Found(phrase_of(step.phrase)[0], step.phrase, "shell", "site", mark, {}, step.shell, file, step.line)


def _doubled(one: Found, other: Found) -> Problem:
    from rollbook.binding.findings import problem

    return problem(
        "two-bindings", other.file, other.line,
        Words(f"two bindings for the phrase “{other.pattern}”: {_where(one)} and {_where(other)}",
              f"短语“{other.pattern}”有两个绑定：{_where(one)} 与 {_where(other)}"),
        Words("keep one of them, or word one phrase differently", "请保留其中一个，或改写其中一个短语"),
    )  # fmt: skip


def _where(found: Found) -> str:
    return f"{found.binding.partition('@')[0]} ({found.file}:{found.line})"


def bindings_of(items: Iterable[Any]) -> Mapping[str, str]:
    """Binding name → hash named by a plan's items, for approvals (M44)."""
    pairs = (b.binding.partition("@") for item in items for b in item.bound)
    return {name: digest for name, at, digest in pairs if at}
