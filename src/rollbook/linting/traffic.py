"""How much traffic a document says there is."""

from __future__ import annotations

from rollbook.linting.meanings import Meanings
from rollbook.model.deployment import Deployment
from rollbook.model.literals import find_literals, normalised
from rollbook.model.words import units


def stated_rate(deployment: Deployment, meanings: Meanings) -> float | None:
    """Requests per second, from the facts of the document (`Expected traffic: 200 QPS`); None where none says. Of
    several the smallest: a stage is judged at any hour."""
    told = (normalised(cell.text) for label, cell in deployment.information.items() if meanings.says("traffic", label))
    rates = (float(f.literal.value) for text in told for f in find_literals(text) if f.literal.unit in units("rate"))
    return min((rate for rate in rates if rate > 0), default=None)
