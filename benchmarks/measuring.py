"""How every benchmark measures and what it leaves: cold processes in turn, medians, ratios, one JSON file each."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ROLLBOOK = ROOT / ".venv" / "bin" / "rollbook"
SEED = ROOT.parent / "shared" / "seeds" / "004_5916c0e87279538b.txt"
EXAMPLE = ROOT / "examples" / "release.en.md"


def document() -> Path:
    """The template that is measured: the seed where it is at hand, else the example book's release."""
    return SEED if SEED.exists() else EXAMPLE


def cold_medians(commands: Mapping[str, Sequence[str | Path]], rounds: int) -> dict[str, float]:
    """Median wall milliseconds of each command as a new process; the commands take turns, so all meet the same machine.

    The first turn is not counted: it writes the compiled modules that every later start of an installed program finds.
    Raises RuntimeError with the output of a command that fails: a failed run is no measurement.
    """
    for command in commands.values():
        _cold_ms(command)
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            samples[name].append(_cold_ms(command))
    return {name: round(statistics.median(values), 2) for name, values in samples.items()}


def _cold_ms(command: Sequence[str | Path]) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, cwd=ROOT, env=environment,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    elapsed = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} exited {done.returncode}: {done.stderr or done.stdout}")
    return elapsed


def publish(
    name: str, figures: Mapping[str, object], limits: Mapping[str, tuple[float, float]], table: str = ""
) -> int:
    """Print the figures and write them to benchmarks/out/NAME.json; 1 when a figure is over its limit, else 0.

    `limits` gives for each guarded figure what was measured and what is allowed; `table` is printed in the figures'
    place where there are too many for a list.
    """
    over = {what: pair for what, pair in limits.items() if pair[0] > pair[1]}
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.machine()}
    kept = {"benchmark": name, "machine": machine, "figures": dict(figures), "over": sorted(over)}
    (out / f"{name}.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    width = max(len(figure) for figure in figures)
    sys.stdout.write(f"{name}\n" + (table or "".join(f"  {k:<{width}}  {v}\n" for k, v in figures.items())))
    for what, (measured, allowed) in over.items():
        sys.stdout.write(f"  OVER: {what} is {measured}, allowed {allowed}\n")
    return 1 if over else 0
