"""M5, from end to end: secrets are planted everywhere, everything is done with them, and every byte is searched that
Rollbook wrote, printed, or gave to a process as an argument.

The one place where a secret is: the environment of the processes that were given it. Files in which people put
secrets themselves are named one by one (`write_shop`).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from canary_shop import CANARIES, PASSWORDS, write_shop
from rollbook.adapters.embedded import EmbeddedSite
from secret_search import Watcher, leaks, needles, written
from vaults import OwnVault, own_vault

pytestmark = [pytest.mark.site, pytest.mark.slow]
LIMIT_S = 300.0
GIVEN = ("deploy.md", "-p", "environment=QA")


class Shop(NamedTuple):
    """`said`: what every command printed. `kept`: files that hold secrets because people put them there."""

    directory: Path
    variables: dict[str, str]
    kept: frozenset[Path]
    said: list[tuple[str, bytes]]
    watcher: Watcher

    def __call__(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        ended = subprocess.run(
            [sys.executable, "-m", "rollbook", *words], cwd=self.directory, stdin=subprocess.DEVNULL, check=False,
            capture_output=True, timeout=LIMIT_S,
            env={**os.environ, **self.variables, "ROLLBOOK_LANG": "en", "PYTHONUTF8": "1"},
        )  # fmt: skip
        self.said.append((" ".join(words), ended.stdout + ended.stderr))
        return ended


class CanaryVault(OwnVault):
    def token(self, kind: str) -> str:
        return CANARIES["VAULT_TOKEN"] if kind == "reader" else "no token"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    with own_vault(CanaryVault) as vault, Watcher() as watcher:
        vault.put("shop", {"FROM_VAULT": CANARIES["FROM_VAULT"]})
        variables, kept = write_shop(directory, vault.address)
        made = Shop(directory, variables, kept, [], watcher)
        try:
            everything(made)
            yield made
        finally:
            EmbeddedSite(directory).down()


def everything(shop: Shop) -> None:
    """A day with secrets: what looks, runs that end well and badly, what tells of them."""
    for form in ("text", "sarif"):
        shop("check", "deploy.md", "--format", form)
    for form in ("text", "json", "mermaid"):
        shop("plan", *GIVEN, "-p", "version=v2.1.0", "--format", form)
    shop("plan", *GIVEN, "-p", "version=v2.1.0", "--out", "plan.json")
    shop("rehearse", *GIVEN, "-p", "version=v2.1.0")
    shop("run", "--plan", "plan.json")
    shop("run", *GIVEN, "-p", "version=v2.2.0-nomigration")
    shop("run", *GIVEN, "-p", "version=v2.3.0-tells")
    shop("run", *GIVEN, "-p", "version=v2.4.0-crash")
    shop("run", *GIVEN, "-p", "version=v2.5.0", "--detach")
    shop("show", "last", "--follow")
    telling(shop)


def telling(shop: Shop) -> None:
    """Whatever tells of runs afterwards; of the one that said most, in every form."""
    shop("runs")
    *others, told = [run for run, state in states(shop).items() if state == "rolled_back"]
    for run in others:
        shop("show", run)
        shop("report", run)
    for words in (
        ("show",),
        ("show", "--format", "json"),
        ("report", "--format", "html"),
        ("report", "--format", "json"),
    ):
        shop(words[0], told, *words[1:])
    for words in (("report", "last", "--write"), ("eject", told), ("audit",), ("doctor",), ("site", "status"),
                  ("doc", "status", "deploy.md")):  # fmt: skip
        shop(*words)
    for command in ("settings", "the key", "logs"):
        shop("ops", "deploy.md", command, "-p", "environment=QA")
    for what in ("monitoring", "runbook"):
        shop("export", what, "deploy.md", "--out", "out")


def states(shop: Shop) -> dict[str, str]:
    """Run → state, in the order in which they began."""
    rows = json.loads(shop("runs", "--format", "json").stdout)["runs"]
    return {row["id"]: row["state"] for row in rows}


def secrets() -> dict[str, str]:
    """What must not be found. Of URLs it is the password: that there is a PostgreSQL is no secret."""
    whole = {name: text for name, text in CANARIES.items() if "://" not in text}
    return {**whole, **{f"password {number}": text for number, text in enumerate(PASSWORDS)}}


def test_the_day_was_as_it_was_meant_to_be(shop: Shop) -> None:
    """Nothing is proved by searching the traces of what did not happen."""
    assert list(states(shop).values()) == ["succeeded", "rolled_back", "rolled_back", "rolled_back", "succeeded"]
    said = b"".join(text for _, text in shop.said).decode()
    told = b"".join(data for _, data in written(shop.directory / ".rollbook", shop.kept)).decode("utf-8", "replace")
    assert "cannot connect with [secret FROM_FILE]" in said
    assert "FROM_KEYRING=[secret FROM_KEYRING]" in said
    assert "not [secret FROM_PROCESS]" in said
    for name in CANARIES.keys() - {"CHANNEL", "VAULT_TOKEN", "NOT_IN_THE_MATRIX_TOKEN"}:
        assert f"[secret {name}]" in told, name
    assert "[secret SMTP_TOKEN]" in told
    assert "environment: {" in told


def test_m05_nothing_that_was_written_holds_a_secret(shop: Shop) -> None:
    assert leaks(written(shop.directory, shop.kept), needles(secrets())) == []


def test_m05_nothing_that_was_printed_holds_a_secret(shop: Shop) -> None:
    assert leaks(iter(shop.said), needles(secrets())) == []


def test_m05_no_process_was_given_a_secret_as_an_argument(shop: Shop) -> None:
    assert any(b"application.py" in seen for seen in shop.watcher.seen)
    assert leaks(((repr(s[:80]), s) for s in shop.watcher.seen), needles(secrets())) == []


def test_the_search_finds_a_secret_where_people_put_it_and_under_every_spelling(shop: Shop) -> None:
    wanted = needles(secrets())
    put = leaks(((path.name, path.read_bytes()) for path in shop.kept), wanted)
    assert {line.split(": ")[0] for line in put} == {path.name for path in shop.kept}
    value = CANARIES["FROM_VAULT"]
    for spelled in (value, quote(value), json.dumps(value), repr(value), value.encode().hex(), encoded(value)):
        assert leaks([("", f"before {spelled[3:-3]} after".encode())], wanted), spelled


def encoded(value: str) -> str:
    return base64.b64encode(f"user:{value}!".encode()).decode()
