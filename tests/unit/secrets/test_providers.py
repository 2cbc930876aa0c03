"""Where secrets come from on this machine, and in which order places are asked."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets, FirstOf, KeyringSecrets
from rollbook.adapters.secrets.vault import VaultSecrets
from rollbook.problems import StepFailed, Unreachable
from vaults import READER, own_vault

CANARY = "canary-7f3a"


async def test_a_variable_of_the_environment() -> None:
    secrets = EnvironmentSecrets("SHOP_", {"SHOP_JWT_SECRET": CANARY})
    assert (await secrets.get("JWT_SECRET")).reveal() == CANARY
    with pytest.raises(StepFailed, match=r"there is no secret OTHER \(looked in: the variable SHOP_OTHER\)"):
        await secrets.get("OTHER")


async def test_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text(f"# ours\nJWT_SECRET='{CANARY}'\nexport B=c=d\n")
    file.chmod(0o600)
    assert (await FileSecrets(file).get("JWT_SECRET")).reveal() == CANARY
    assert (await FileSecrets(file).get("B")).reveal() == "c=d"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
async def test_m05_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secrets.env"
    file.write_text(f"JWT_SECRET={CANARY}\n")
    file.chmod(mode)
    with pytest.raises(StepFailed, match="others may read it") as told:
        await FileSecrets(file).get("JWT_SECRET")
    assert CANARY not in str(told.value.words)


async def test_a_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {("rollbook", "JWT_SECRET"): CANARY}
    keyring = ModuleType("keyring")
    keyring.__dict__["get_password"] = lambda service, name: known.get((service, name))
    keyring.__dict__["errors"] = SimpleNamespace(KeyringError=RuntimeError)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert (await KeyringSecrets("rollbook").get("JWT_SECRET")).reveal() == CANARY
    with pytest.raises(StepFailed, match="keyring service rollbook"):
        await KeyringSecrets("rollbook").get("OTHER")


async def test_without_the_library_the_keyring_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(StepFailed, match="not installed") as told:
        await KeyringSecrets("rollbook").get("JWT_SECRET")
    assert "rollbook[keyring]" in told.value.hint.en


async def test_the_first_provider_that_has_it_gives_it(tmp_path: Path) -> None:
    both = FirstOf([EnvironmentSecrets(environment={"A": "one"}), EnvironmentSecrets("X_", {"X_A": "two", "X_B": "b"})])
    assert [(await both.get(name)).reveal() for name in ("A", "B")] == ["one", "b"]
    with pytest.raises(StepFailed, match=r"looked in: the variable C, the variable X_C"):
        await both.get("C")


async def test_f06_a_provider_that_cannot_answer_is_not_passed_over() -> None:
    with own_vault() as vault:
        vault.state = "sealed"
        sealed = VaultSecrets(vault.address, "shop/prod", token=lambda: vault.token(READER))
        both = FirstOf([sealed, EnvironmentSecrets(environment={"A": "other"})])
        with pytest.raises(Unreachable):
            await both.get("A")
        with pytest.raises(Unreachable):
            both.has("A")
