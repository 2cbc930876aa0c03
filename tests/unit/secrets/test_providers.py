"""Where secrets come from; HashiCorp Vault is a small server that speaks its documented API."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets, FirstOf, KeyringSecrets
from rollbook.adapters.secrets.vault import VaultSecrets
from rollbook.problems import StepFailed, Unreachable

CANARY = "canary-7f3a"
TOKEN = "vault-token"


class Vault(BaseHTTPRequestHandler):
    """KV version 2, “Read secret version”."""

    def do_GET(self) -> None:
        if self.headers["X-Vault-Token"] != TOKEN:
            self.answer(403, {"errors": ["permission denied"]})
        elif self.path == "/v1/kv/data/shop/prod":
            fields = {"JWT_SECRET": CANARY}
            self.answer(200, {"request_id": "1", "data": {"data": fields, "metadata": {"version": 3}}})
        elif self.path == "/v1/kv/data/sealed":
            self.answer(503, {"errors": ["Vault is sealed"]})
        else:
            self.answer(404, {"errors": []})

    def answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def vault() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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


async def test_vault(vault: str) -> None:
    secrets = VaultSecrets(vault, "shop/prod", "kv", token=lambda: TOKEN)
    assert (await secrets.get("JWT_SECRET")).reveal() == CANARY
    with pytest.raises(StepFailed, match="there is no secret OTHER"):
        await secrets.get("OTHER")


async def test_vault_without_the_path(vault: str) -> None:
    with pytest.raises(StepFailed, match="there is no secret JWT_SECRET"):
        await VaultSecrets(vault, "shop/none", "kv", token=lambda: TOKEN).get("JWT_SECRET")


async def test_vault_refuses_a_wrong_token_in_its_own_words_without_repeating_it(vault: str) -> None:
    with pytest.raises(StepFailed, match="refused the token") as told:
        await VaultSecrets(vault, "shop/prod", "kv", token=lambda: "wrong-canary").get("JWT_SECRET")
    assert told.value.output == ("permission denied",)
    assert "wrong-canary" not in repr(told.value) + str(told.value.words)


async def test_f06_a_vault_that_is_sealed_or_away_is_unknown_not_empty(vault: str) -> None:
    for address, path in ((vault, "sealed"), ("http://127.0.0.1:1", "shop/prod")):
        with pytest.raises(Unreachable, match="does not answer"):
            await VaultSecrets(address, path, "kv", token=lambda: TOKEN).get("JWT_SECRET")


async def test_the_first_provider_that_has_it_gives_it(tmp_path: Path) -> None:
    both = FirstOf([EnvironmentSecrets(environment={"A": "one"}), EnvironmentSecrets("X_", {"X_A": "two", "X_B": "b"})])
    assert [(await both.get(name)).reveal() for name in ("A", "B")] == ["one", "b"]
    with pytest.raises(StepFailed, match=r"looked in: the variable C, the variable X_C"):
        await both.get("C")


async def test_f06_a_provider_that_cannot_answer_is_not_passed_over(vault: str) -> None:
    sealed = VaultSecrets(vault, "sealed", "kv", token=lambda: TOKEN)
    with pytest.raises(Unreachable):
        await FirstOf([sealed, EnvironmentSecrets(environment={"A": "other"})]).get("A")
