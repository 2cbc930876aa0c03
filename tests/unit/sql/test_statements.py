"""Statements are told apart by SQL's lexical rules, in PostgreSQL's and SQLite's spelling."""

from __future__ import annotations

import pytest

from rollbook.ports.statements import statements


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        ("", []),
        ("-- nothing\n/* at all; */ ;;", []),
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("INSERT INTO a VALUES ('it''s; so'); SELECT 2;", ["INSERT INTO a VALUES ('it''s; so')", "SELECT 2"]),
        ("SELECT E'a\\';b'; SELECT 2", ["SELECT E'a\\';b'", "SELECT 2"]),
        ('SELECT "a;b"; SELECT 2', ['SELECT "a;b"', "SELECT 2"]),
        ("/* a /* b; */ c; */ SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", ["DO $$ BEGIN PERFORM 1; END $$", "SELECT 2"]),
        ("SELECT $a$ ; $$ ; $a$; SELECT 2", ["SELECT $a$ ; $$ ; $a$", "SELECT 2"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END; SELECT 2",
            [
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END",
                "SELECT 2",
            ],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
        ),
    ],
)
def test_statements(script: str, texts: list[str]) -> None:
    assert [s.text for s in statements(script)] == texts


def test_a_statement_knows_its_number_and_line() -> None:
    found = statements("-- head\nSELECT 1;\n\n/* two\nlines */\nSELECT\n2;")
    assert [(s.number, s.line) for s in found] == [(1, 2), (2, 6)]


def test_what_ends_a_transaction_is_known_from_what_only_names_it() -> None:
    found = statements("commit; CREATE TABLE commits (id INTEGER); SELECT 'commit'; savepoint a")
    assert [s.controls_transactions for s in found] == [True, False, False, True]
