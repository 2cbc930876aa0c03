"""HashiCorp Vault, secrets engine KV version 2, by its HTTP API.

GET /v1/MOUNT/data/PATH with X-Vault-Token answers {"data": {"data": {NAME: value, …}, "metadata": …}}
(developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, “Read secret version”).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec

from rollbook.adapters.secrets.local import missing
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Json, Secret, Words

LIMIT_S = 10.0
NOT_FOUND = 404
REFUSALS = (400, 401, 403)


class VaultSecrets:
    """The secret `name` is the field `name` of the secret at `path`. `token` is asked each time: it may be renewed."""

    def __init__(
        self,
        address: str,
        path: str,
        mount: str = "secret",
        namespace: str = "",
        token: Callable[[], str] | None = None,
    ) -> None:
        self._url = f"{address.rstrip('/')}/v1/{quote(mount.strip('/'))}/data/{quote(path.strip('/'))}"
        self._namespace = namespace
        self._token = token or token_here

    async def get(self, name: str) -> Secret:
        fields = await self._read()
        value = fields.get(name)
        if not isinstance(value, str) or not value:
            raise missing(name, Words(self._url, self._url))
        return Secret(name, value)

    async def _read(self) -> dict[str, Json]:
        import httpx

        token = self._token()
        if not token:
            raise StepFailed(NO_TOKEN.format(url=self._url), (), NO_TOKEN_HINT)
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        headers |= {"X-Vault-Namespace": self._namespace} if self._namespace else {}
        try:
            async with httpx.AsyncClient(timeout=LIMIT_S, verify=_authorities()) as client:
                answer = await client.get(self._url, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(SILENT.format(url=self._url, why=type(error).__name__)) from error
        return self._fields(answer.status_code, answer.content)

    def _fields(self, status: int, content: bytes) -> dict[str, Json]:
        """Vault's own error texts are shown, never the rest of an answer."""
        if status == NOT_FOUND:
            return {}
        if status in REFUSALS:
            raise StepFailed(REFUSED.format(url=self._url, status=status), _errors(content), REFUSED_HINT)
        if status != 200:
            raise Unreachable(SILENT.format(url=self._url, why=f"HTTP {status}"))
        try:
            return msgspec.json.decode(content, type=Answer).data.data or {}
        except msgspec.MsgspecError as error:
            raise Unreachable(SILENT.format(url=self._url, why="?")) from error.with_traceback(None)


class Data(msgspec.Struct, frozen=True):
    data: dict[str, Json] | None


class Answer(msgspec.Struct, frozen=True):
    data: Data


class Errors(msgspec.Struct, frozen=True):
    errors: tuple[str, ...] = ()


def token_here() -> str:
    """The token as Vault's own client finds it: VAULT_TOKEN, else the file `.vault-token` of the user's home."""
    if given := os.environ.get("VAULT_TOKEN"):
        return given
    try:
        return (Path.home() / ".vault-token").read_text().strip()
    except OSError:
        return ""


def _authorities() -> str | bool:
    return os.environ.get("VAULT_CACERT") or True


def _errors(content: bytes) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(content, type=Errors).errors
    except msgspec.MsgspecError:
        return ()


NO_TOKEN = Words("no token for {url}", "没有访问 {url} 的令牌")
NO_TOKEN_HINT = Words("set VAULT_TOKEN, or log in with `vault login`", "请设置 VAULT_TOKEN，或用 `vault login` 登录")
SILENT = Words("{url} does not answer: {why}", "{url} 没有应答：{why}")
REFUSED = Words("{url} refused the token (HTTP {status})", "{url} 拒绝了令牌（HTTP {status}）")
REFUSED_HINT = Words("the token needs `read` on this path", "令牌需要对该路径有 `read` 权限")
