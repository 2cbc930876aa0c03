"""Loading step functions: the built-in modules, a project's file, a site's targets. Loading registers and validates.

User files are imported under a name of their own, never as top-level modules, so two projects in one process do not
meet; what they import from their own directory is forgotten again after the import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from rollbook.binding.findings import problem
from rollbook.binding.markers import MARK, Kind, Mark
from rollbook.model.site import StepBinding
from rollbook.problems import ProblemsFound
from rollbook.values import Words

BUILT_IN = "rollbook.steps"


class Loaded(msgspec.Struct, frozen=True):
    """One marked function. `name` is "module:function" as plans write it; `annotations` by argument, as text."""

    name: str
    function: Callable[..., Any]
    mark: Mark
    hash: str
    file: str
    line: int
    annotations: dict[str, str]
    phrases: tuple[str, ...] = ()


def load_built_in() -> tuple[Loaded, ...]:
    """Every marked function of `rollbook.steps`; the package's own tests validate them."""
    package = import_module(BUILT_IN)
    names = sorted(p.stem for root in package.__path__ for p in Path(root).glob("*.py") if not p.stem.startswith("_"))
    modules = [import_module(f"{BUILT_IN}.{name}") for name in names]
    return tuple(f for m in modules for f in _marked(UserModule(m, Path(str(m.__file__)).read_bytes()), m.__name__))


def load_file(path: Path) -> tuple[Loaded, ...]:
    """The marked functions of a project's file. Raises ProblemsFound: file and line of what is wrong."""
    from rollbook.binding.validation import redefined, validate

    functions = tuple(_marked(_import_file(path), path.stem))
    problems = [*redefined(path), *(p for f in functions for p in validate(f))]
    if problems:
        raise ProblemsFound(problems)
    return functions


def load_target(step: StepBinding, directory: Path, site_file: str) -> Loaded:
    """The function that a line of `[steps]` names, known by that line's phrase beside its own."""
    from rollbook.binding.validation import validate

    module_name, _, function_name = step.target.partition(":")
    file = directory / (module_name.replace(".", "/") + ".py")
    try:
        loaded_from = _import_file(file) if file.is_file() else _installed(module_name)
        function = getattr(loaded_from.module, function_name)
    except (ImportError, AttributeError) as error:
        raise ProblemsFound([_no_target(step, site_file, error)]) from error
    mark = getattr(function, MARK, None) or _assumed(function, step)
    loaded = msgspec.structs.replace(_loaded(loaded_from, module_name, function, mark), phrases=(step.phrase,))
    if problems := list(validate(loaded)):
        raise ProblemsFound(problems)
    return loaded


def _assumed(function: Callable[..., Any], step: StepBinding) -> Mark:
    """What an unmarked function is: by what it returns, a check, a measure or a step that may not be repeated."""
    returned = function.__annotations__.get("return", "")
    name = returned if isinstance(returned, str) else _spelling(returned)
    kinds: dict[str, Kind] = {"Verdict": "check", "Counts": "measure"}
    return Mark(kinds.get(name.rpartition(".")[2], "step"), (step.phrase,), "once")


def _installed(name: str) -> UserModule:
    module = import_module(name)
    return UserModule(module, Path(str(module.__file__)).read_bytes() if module.__file__ else b"")


def _marked(user: UserModule, name: str) -> Iterator[Loaded]:
    """Functions defined in the module itself, in order; imported ones belong to their own module."""
    for value in vars(user.module).values():
        mark = getattr(value, MARK, None)
        if isinstance(mark, Mark) and value.__module__ == user.module.__name__:
            yield _loaded(user, name, value, mark)


def _loaded(user: UserModule, name: str, function: Callable[..., Any], mark: Mark) -> Loaded:
    code, file = function.__code__, str(user.module.__file__)
    kinds = {key: value if isinstance(value, str) else _spelling(value) for key, value in
             function.__annotations__.items()}  # fmt: skip
    digest = _hash(user.content, function.__qualname__)
    line = code.co_firstlineno
    return Loaded(f"{name}:{function.__name__}", function, mark, digest, file, line, kinds, mark.phrases)


def _spelling(annotation: object) -> str:
    """An annotation as its author would write it: `Duration`, `list[Server]`."""
    return annotation.__name__ if isinstance(annotation, type) and "[" not in repr(annotation) else _bare(annotation)


def _bare(annotation: object) -> str:
    import re

    return re.sub(r"[\w.]+\.(\w+)", r"\1", repr(annotation))


def _hash(content: bytes, qualified_name: str) -> str:
    """First eight digits of the hash over a function's file and its name: helpers count as its code."""
    return sha256(content + b"\0" + qualified_name.encode()).hexdigest()[:8]


class UserModule(msgspec.Struct, frozen=True):
    """An imported user file, and the bytes of it and of what it imported from its own directory."""

    module: ModuleType
    content: bytes


def _import_file(path: Path) -> UserModule:
    """Import `path` under a name made from its place. Problems of the file become Problems with its line."""
    from importlib.util import module_from_spec, spec_from_file_location

    name = f"rollbook_user_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProblemsFound([_does_not_load(path, 0, "not a Python file")])
    module = module_from_spec(spec)
    with _own_imports(path.parent) as own:
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except SyntaxError as error:
            raise ProblemsFound(
                [_does_not_load(Path(error.filename or path), error.lineno or 0, str(error.msg))]
            ) from error
        except Exception as error:  # whatever a user's file raises while it is imported is its problem, with its line
            raise ProblemsFound(
                [_does_not_load(path, _line_in(path, error), f"{type(error).__name__}: {error}")]
            ) from error
        finally:
            del sys.modules[name]
    return UserModule(module, b"\0".join(file.read_bytes() for file in [path, *own]))


@contextmanager
def _own_imports(directory: Path) -> Iterator[list[Path]]:
    """`directory` first on the path. Modules imported from it are forgotten afterwards; the list then holds their
    files."""
    place = str(directory.resolve())
    before, own = set(sys.modules), list[Path]()
    sys.path.insert(0, place)
    try:
        yield own
    finally:
        sys.path.remove(place)
        for name in sorted(set(sys.modules) - before):
            if _comes_from(name, sys.modules[name], place):
                own.append(Path(str(sys.modules.pop(name).__file__)))


def _comes_from(name: str, module: ModuleType, place: str) -> bool:
    """Whether a module was found at `place` itself, not in a virtual environment or source tree below it."""
    file = str(getattr(module, "__file__", None) or "")
    top = name.partition(".")[0]
    return file in (f"{place}/{top}.py", f"{place}/{top}/__init__.py") or file.startswith(f"{place}/{top}/")


def _line_in(path: Path, error: BaseException) -> int:
    """The last line of `path` itself in the traceback."""
    lines, step = [0], error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            lines.append(step.tb_lineno)
        step = step.tb_next
    return lines[-1]


def _does_not_load(path: Path, line: int, why: str) -> Any:
    return problem(
        "step-does-not-load", str(path), line,
        Words(f"the step file does not load: {why}", f"步骤文件无法加载：{why}"),
        Words("`python -m py_compile FILE` shows the same", "可用 `python -m py_compile 文件` 查看"),
    )  # fmt: skip


def _no_target(step: StepBinding, file: str, error: Exception) -> Any:
    return problem(
        "step-does-not-load", file, step.line,
        Words(f"[steps] “{step.phrase}” names {step.target}, which does not load: {error}",
              f"[steps] 中“{step.phrase}”指向的 {step.target} 无法加载：{error}"),
        Words('write "module:function" of a file beside the site file', '请写成站点文件旁的 "模块:函数"'),
    )  # fmt: skip
