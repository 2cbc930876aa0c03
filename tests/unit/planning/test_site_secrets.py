"""`[secrets]` and `[databases]` of the site file: every key read, every wrong one named with its line (M5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.model.site import SecretSources
from rollbook.planning.sites import load_site
from rollbook.problems import Problem, ProblemsFound

FULL = """\
[secrets]
environment = "SHOP_"
file = "secrets.env"
keyring = "shop"
vault = "https://vault.example.com:8200"
vault_mount = "kv"
vault_path = "shop/prod"
vault_namespace = "team"

[databases]
QA = "secret:QA_DATABASE"
PROD = "postgresql://db.example.com/shop"
"""


def problems(text: str, directory: Path) -> tuple[Problem, ...]:
    (directory / "rollbook.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        load_site(str(directory / "rollbook.toml"))
    return tuple(found.value.problems)


def test_m05_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "rollbook.toml").write_text(FULL)
    site = load_site(str(tmp_path))
    assert site.secrets == SecretSources(
        "SHOP_", "secrets.env", "shop", "https://vault.example.com:8200", "kv", "shop/prod", "team"
    )
    assert site.databases == {"QA": "secret:QA_DATABASE", "PROD": "postgresql://db.example.com/shop"}


def test_m05_without_the_table_only_variables_of_the_same_name_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "rollbook.toml").write_text('kind = "embedded"\n')
    assert load_site(str(tmp_path)).secrets == SecretSources()


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ('vaults = "x"', "unknown key vaults in [secrets]", "did you mean vault?"),
        ('enviroment = "x"', "unknown key enviroment", "did you mean environment?"),
        ('password = "x"', "unknown key password", "known are environment, file, keyring, vault"),
        ("file = 5", "file must be text, not 5", ""),
        ('file = ["a"]', "file must be text", ""),
        ("keyring = true", "keyring must be text, not True", ""),
        ('environment = "9-"', "environment must be the beginning of a variable's name", ""),
        ('vault = "vault.example.com"\nvault_path = "shop"', "vault must be an address such as https://", ""),
        ('vault = "https://vault.example.com"', "vault wants vault_path", ""),
        ('vault_path = "shop"', "vault_path says nothing without vault", ""),
        ('vault_mount = "kv"', "vault_mount says nothing without vault", ""),
    ],
)
def test_m05_a_wrong_line_is_named(line: str, said: str, hint: str, tmp_path: Path) -> None:
    found = problems(f'kind = "embedded"\n[secrets]\n{line}\n', tmp_path)
    assert [p.at.line for p in found] == [3]
    assert said in found[0].summary.en
    assert hint in found[0].hint.en


def test_m05_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    assert len(problems('[secrets]\nfile = 1\nkeyring = 2\nvualt = "x"\n[databases]\nQA = 3\n', tmp_path)) == 4


@pytest.mark.parametrize("name", ["secret", "secerts"])
def test_m05_a_table_of_nearly_that_name_is_asked_about(name: str, tmp_path: Path) -> None:
    (found,) = problems(f'[{name}]\nfile = "x"\n', tmp_path)
    assert found.hint.en == "did you mean secrets?"


def test_m05_a_value_in_the_place_of_the_table_is_told_how_to_write_it(tmp_path: Path) -> None:
    (found,) = problems('secrets = "secrets.env"\n', tmp_path)
    assert found.summary.en == "secrets is a table"
    assert "[secrets]" in found.hint.en


@pytest.mark.parametrize("value", ["3", "[]", '"shop"', '"secret:"', '"secret:two words"', '{ url = "x" }'])
def test_m05_a_database_is_a_url_or_the_name_of_a_secret(value: str, tmp_path: Path) -> None:
    (found,) = problems(f"[databases]\nQA = {value}\n", tmp_path)
    assert "QA must be a database's URL, or secret:NAME" in found.summary.en


def test_m05_what_is_wrong_is_said_without_the_password_in_it(tmp_path: Path) -> None:
    (found,) = problems('[databases]\nQA = ["postgresql://shop:canary-pw@db/shop"]\n', tmp_path)
    assert "canary" not in found.summary.en + found.summary.zh
    assert "postgresql://shop:[secret]@db/shop" in found.summary.en
