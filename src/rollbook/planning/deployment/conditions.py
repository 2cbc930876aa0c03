"""Checklist items behind the release are conditions: read as such, or by what they mean (M6)."""

from __future__ import annotations

from rollbook.model.conditions import And, Compare, Condition, Expr, Not, Quantity
from rollbook.model.deployment import Deployment
from rollbook.model.literals import normalised
from rollbook.model.phrases import phrase_of
from rollbook.model.workflow import Item
from rollbook.planning.words import words


def condition_of(item: Item, deployment: Deployment) -> Condition:
    """The item as a condition. That monitoring is normal means that no alert rule is firing (M6)."""
    if deployment.alerts and any(w in item.phrase for w in words("alerts_quiet")):
        return Condition(item.text, quiet(deployment), item.at)
    text = normalised(item.text).rstrip("。.；;")
    for ending in sorted(words("within_limit"), key=len, reverse=True):
        if text.casefold().endswith(ending) and len(text) > len(ending):
            name = _named(text[: -len(ending)])
            limit = words("limit_word")[0]
            left = Quantity(name, phrase_of(name)[0])
            return Condition(item.text, Compare(left, "<=", Quantity(limit, limit)), item.at)
    from rollbook.documents.conditions import read_condition

    return read_condition(item.text, item.at)


def _named(text: str) -> str:
    """The measure without the verb behind it: “error rate stays” within the limit."""
    head, _, last = text.strip().rpartition(" ")
    return head if head and last.casefold() in words("being") else text.strip()


def quiet(deployment: Deployment) -> Expr:
    """None of the alert rules holds."""
    return And(tuple(Not(rule.condition.expr) for rule in deployment.alerts))
