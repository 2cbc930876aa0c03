"""What a script that reverses another takes away, as far as its words tell."""

from __future__ import annotations

import pytest

from rollbook.ports.database import Part
from rollbook.steps.losing import read


@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("DROP TABLE orders", [Part("orders")]),
        ('DROP TABLE IF EXISTS "Orders", shop.items CASCADE', [Part("Orders"), Part("shop.items")]),
        ("ALTER TABLE Orders DROP COLUMN paid, DROP note", [Part("orders", "paid"), Part("orders", "note")]),
        ("alter table only a drop column if exists b cascade", [Part("a", "b")]),
        (
            "ALTER TABLE a DROP CONSTRAINT a_b; DELETE FROM b WHERE c = 1; TRUNCATE TABLE d",
            [None, Part("b"), Part("d")],
        ),
        ("DROP INDEX by_day; -- DROP TABLE orders\nDROP VIEW v", [None]),
        ("UPDATE a SET b = 1", [None]),
        ("", [None]),
    ],
)
def test_losses(script: str, parts: list[Part | None]) -> None:
    assert [loss.part for loss in read("V1", script)] == parts


def test_what_cannot_be_read_is_never_called_harmless() -> None:
    called, unread = read("V1", "SELECT purge(); UPDATE accounts SET balance = 0")
    assert called.told("en") == "V1: cannot be told from “SELECT purge()”"
    assert unread.told("en") == "V1: cannot be told from “UPDATE accounts SET balance = 0”"


def test_a_version_without_a_script_says_so() -> None:
    (unread,) = read("V1", None)
    assert unread.told("zh") == "V1: 无法从“?”得知"
