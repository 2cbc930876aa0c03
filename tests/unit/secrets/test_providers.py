"""Where secrets come from on this machine, and in which order places are asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked

from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets, FirstOf, KeyringSecrets
from rollbook.adapters.secrets.vault import VaultSecrets
from rollbook.ports.secrets import NoSecret
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


class OwnKeyring(KeyringBackend):
    """In memory, for the real library. Without `known` it is locked."""

    priority = 1

    def __init__(self, known: dict[tuple[str, str], str] | None) -> None:
        super().__init__()
        self.known = known

    def get_password(self, service: str, username: str) -> str | None:
        if self.known is None:
            raise KeyringLocked("canary: not unlocked")
        return self.known.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("nothing is ever written to a keyring")


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyringBackend], None]:
    return lambda backend: monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


async def test_m05_a_keyring(using: Callable[[KeyringBackend], None]) -> None:
    using(OwnKeyring({("rollbook", "JWT_SECRET"): CANARY}))
    secrets = KeyringSecrets("rollbook")
    assert (await secrets.get("JWT_SECRET")).reveal() == CANARY
    assert (secrets.has("JWT_SECRET"), secrets.has("OTHER")) == (True, False)
    with pytest.raises(NoSecret, match="keyring service rollbook"):
        await secrets.get("OTHER")


async def test_f06_a_keyring_that_is_locked_is_unknown_not_empty(using: Callable[[KeyringBackend], None]) -> None:
    using(OwnKeyring(None))
    with pytest.raises(Unreachable, match=r"the keyring does not answer \(KeyringLocked\)"):
        await KeyringSecrets("rollbook").get("JWT_SECRET")


async def test_m05_a_machine_without_any_keyring_says_what_else_there_is(
    using: Callable[[KeyringBackend], None],
) -> None:
    using(fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(StepFailed, match="no keyring that can be asked") as told:
        await KeyringSecrets("rollbook").get("JWT_SECRET")
    assert "0600 file or Vault" in told.value.hint.en


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


async def test_m05_a_file_that_is_no_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_bytes(b"JWT_SECRET=canary\xff\n")
    file.chmod(0o600)
    with pytest.raises(StepFailed, match="no UTF-8 text") as told:
        await FileSecrets(file).get("JWT_SECRET")
    assert told.value.__cause__ is None
    assert "canary" not in str(told.value)


async def test_m05_a_directory_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="cannot be read"):
        await FileSecrets(tmp_path).get("JWT_SECRET")
