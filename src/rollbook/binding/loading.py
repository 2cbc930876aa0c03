"""Loading step functions: the built-in modules, a project's file, a site's targets. Loading registers and validates.

User files are imported under a name of their own, never as top-level modules, so two projects in one process do not
meet; what they import from their own directory is forgotten again after the import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from rollbook.binding.findings import problem
from rollbook.binding.markers import MARK, Mark
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
    return tuple(f for name in names for f in _marked(import_module(f"{BUILT_IN}.{name}"), f"{BUILT_IN}.{name}"))


def load_file(path: Path) -> tuple[Loaded, ...]:
    """The marked functions of a project's file. Raises ProblemsFound: file and line of what is wrong."""
    from rollbook.binding.validation import validate

    functions = tuple(_marked(_import_file(path), path.stem))
    problems = [p for f in functions for p in validate(f)]
    if problems:
        raise ProblemsFound(problems)
    return functions


def load_target(step: StepBinding, directory: Path, site_file: str) -> Loaded:
    """The function that a line of `[steps]` names, known by that line's phrase beside its own."""
    from rollbook.binding.validation import validate

    module_name, _, function_name = step.target.partition(":")
    file = directory / (module_name.replace(".", "/") + ".py")
    try:
        module = _import_file(file) if file.is_file() else import_module(module_name)
        function = getattr(module, function_name)
    except (ImportError, AttributeError) as error:
        raise ProblemsFound([_no_target(step, site_file, error)]) from error
    mark = getattr(function, MARK, None) or Mark("step", (step.phrase,), "once")
    loaded = msgspec.structs.replace(_loaded(module, module_name, function, mark), phrases=(step.phrase,))
    if problems := list(validate(loaded)):
        raise ProblemsFound(problems)
    return loaded


def _marked(module: ModuleType, name: str) -> Iterator[Loaded]:
    """Functions defined in `module` itself, in order; imported ones belong to their own module."""
    for value in vars(module).values():
        mark = getattr(value, MARK, None)
        if isinstance(mark, Mark) and value.__module__ == module.__name__:
            yield _loaded(module, name, value, mark)


def _loaded(module: ModuleType, name: str, function: Callable[..., Any], mark: Mark) -> Loaded:
    code, file = function.__code__, str(module.__file__)
    kinds = {key: value if isinstance(value, str) else _spelling(value) for key, value in
             function.__annotations__.items()}  # fmt: skip
    digest = _file_hash(file, function.__qualname__)
    line = code.co_firstlineno
    return Loaded(f"{name}:{function.__name__}", function, mark, digest, file, line, kinds, mark.phrases)


def _spelling(annotation: object) -> str:
    """An annotation as its author would write it: `Duration`, `list[Server]`."""
    return annotation.__name__ if isinstance(annotation, type) and "[" not in repr(annotation) else _bare(annotation)


def _bare(annotation: object) -> str:
    import re

    return re.sub(r"[\w.]+\.(\w+)", r"\1", repr(annotation))


@cache
def _file_bytes(file: str) -> bytes:
    return Path(file).read_bytes()


def _file_hash(file: str, qualified_name: str) -> str:
    """First eight digits of the hash over the file and the function's name: helpers count as its code."""
    return sha256(_file_bytes(file) + b"\0" + qualified_name.encode()).hexdigest()[:8]


def _import_file(path: Path) -> ModuleType:
    """Import `path` under a name made from its place. Problems of the file become Problems with its line."""
    from importlib.util import module_from_spec, spec_from_file_location

    name = f"rollbook_user_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProblemsFound([_does_not_load(path, 0, "not a Python file")])
    module = module_from_spec(spec)
    with _own_imports(path.parent):
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
    return module


@contextmanager
def _own_imports(directory: Path) -> Iterator[None]:
    """`directory` first on the path; modules imported from it are forgotten afterwards."""
    place = str(directory.resolve())
    before = set(sys.modules)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)
        for name in set(sys.modules) - before:
            if _comes_from(sys.modules[name], place):
                del sys.modules[name]


def _comes_from(module: ModuleType, place: str) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and str(Path(str(file)).resolve()).startswith(place + "/")


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
        Words(f"the step file does not load: {why}", f"步骤文件无法加载:{why}"),
        Words("`python -m py_compile FILE` shows the same", "可用 `python -m py_compile 文件` 查看"),
    )  # fmt: skip


def _no_target(step: StepBinding, file: str, error: Exception) -> Any:
    return problem(
        "step-does-not-load", file, step.line,
        Words(f"[steps] “{step.phrase}” names {step.target}, which does not load: {error}",
              f"[steps] 中“{step.phrase}”指向的 {step.target} 无法加载:{error}"),
        Words('write "module:function" of a file beside the site file', '请写成站点文件旁的 "模块:函数"'),
    )  # fmt: skip
