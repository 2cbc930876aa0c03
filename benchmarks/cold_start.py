"""How long a person waits for `check` and `plan` of one template: a new process each time.

Beside it, in the same turns: Python doing nothing, and `ansible-playbook --syntax-check` of a playbook that says the
same release (benchmarks/data/release.yml). Limit: 250 ms above Python doing nothing.
"""

from __future__ import annotations

import sys

from measuring import HERE, ROLLBOOK, cold_medians, document, publish

ROUNDS = 15
ALLOWED_MS = 250
ANSIBLE = HERE / ".venv" / "bin" / "ansible-playbook"
PARAMETERS = ("-p", "environment=production", "-p", "version=v2.1.0", "-p", "servers=[app-1, app-2, app-3]")


def main() -> int:
    """Measure, print, write; 1 when over the limit."""
    python = [sys.executable, "-c", "pass"]
    commands = {
        "python": python,
        "check": [ROLLBOOK, "check", document()],
        "plan": [ROLLBOOK, "plan", document(), "--site", "embedded", *PARAMETERS],
    }
    if ANSIBLE.exists():
        commands["ansible"] = [ANSIBLE, "--syntax-check", HERE / "data" / "release.yml"]
    ms = cold_medians(commands, ROUNDS)
    figures: dict[str, object] = {f"{name} (ms)": value for name, value in ms.items()}
    above = {name: round(ms[name] - ms["python"], 2) for name in ("check", "plan")}
    for name, extra in above.items():
        figures[f"{name} above python (ms)"] = extra
        figures[f"{name} : python"] = round(ms[name] / ms["python"], 2)
        if "ansible" in ms:
            figures[f"{name} : ansible-playbook --syntax-check"] = round(ms[name] / ms["ansible"], 3)
    return publish("cold_start", figures, {f"{n} above python": (extra, ALLOWED_MS) for n, extra in above.items()})


if __name__ == "__main__":
    sys.exit(main())
