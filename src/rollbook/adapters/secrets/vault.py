"""HashiCorp Vault (and OpenBao, which speaks the same), secrets engine KV version 2, by its HTTP API.

GET /v1/MOUNT/data/PATH answers {"data": {"data": {NAME: value, …}, "metadata": …}}; GET /v1/MOUNT/subkeys/PATH
answers the names alone, each value null: a plan asks for these
(developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, “Read secret version”, “Read secret subkeys”).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from rollbook.adapters.secrets.local import missing
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Json, Secret, Words

if TYPE_CHECKING:
    import ssl

    import httpx

LIMIT_S = 10.0
NOT_FOUND = 404
FORBIDDEN = 403
REFUSALS = (400, 401, FORBIDDEN)
MAY_READ = {"read", "root", "sudo"}


class VaultSecrets:
    """The secret `name` is the field `name` of the secret at `path`. `token` is asked each time: it may be renewed."""

    def __init__(
        self,
        address: str,
        path: str,
        mount: str = "secret",
        namespace: str = "",
        token: Callable[[], str] | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._address = f"{address.rstrip('/')}/v1"
        self._mount, self._path = quote(mount.strip("/")), quote(path.strip("/"))
        self._url = f"{self._address}/{self._mount}/data/{self._path}"
        self._namespace = namespace
        self._token = token or token_here
        self._limit_s = limit_s

    def named(self, _: str) -> str:
        return self._url

    async def get(self, name: str) -> Secret:
        value = (await self._read()).get(name)
        if not isinstance(value, str | int | float) or value == "":
            raise missing(name, Words(self._url, self._url))
        return Secret(name, value if isinstance(value, str) else msgspec.json.encode(value).decode())

    def has(self, name: str) -> bool | None:
        """By the names alone. A token that may read the secret and not its names cannot tell: None."""
        answer = self._asked("GET", f"{self._address}/{self._mount}/subkeys/{self._path}")
        if answer.status_code == FORBIDDEN and self._may_read():
            return None
        return name in (self._fields(answer.status_code, answer.content, Subkeys))

    def _may_read(self) -> bool:
        """Whether the token may read the secret itself."""
        wanted = f"{self._mount}/data/{self._path}"
        answer = self._asked("POST", f"{self._address}/sys/capabilities-self", {"paths": [wanted]})
        if answer.status_code != 200:
            return False
        try:
            found = msgspec.json.decode(answer.content, type=Capabilities).capabilities
        except msgspec.MsgspecError:
            return False
        return bool(MAY_READ & set(found))

    async def _read(self) -> dict[str, Json]:
        import httpx

        headers, url = self._headers(), self._url
        try:
            async with httpx.AsyncClient(timeout=self._limit_s, verify=_authorities()) as client:
                answer = await client.get(url, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise self._silent(type(error).__name__) from error
        return self._fields(answer.status_code, answer.content, Answer)

    def _asked(self, method: str, url: str, body: Json = None) -> httpx.Response:
        import httpx

        headers = self._headers()
        try:
            with httpx.Client(timeout=self._limit_s, verify=_authorities()) as client:
                return client.request(method, url, headers=headers, json=body)
        except (httpx.HTTPError, OSError) as error:
            raise self._silent(type(error).__name__) from error

    def _headers(self) -> dict[str, str]:
        token = self._token()
        if not token:
            raise StepFailed(NO_TOKEN.format(url=self._url), (), NO_TOKEN_HINT)
        named = {"X-Vault-Namespace": self._namespace} if self._namespace else {}
        return {"X-Vault-Token": token, "X-Vault-Request": "true", **named}

    def _fields(self, status: int, content: bytes, kind: type[Answer]) -> dict[str, Json]:
        """Name → value, or null. Vault's own error texts are shown, never the rest of an answer."""
        if status == NOT_FOUND and (wrong := _errors(content)):
            raise StepFailed(NO_MOUNT.format(url=self._url), wrong, NO_MOUNT_HINT)
        if status == NOT_FOUND:
            return {}
        if status in REFUSALS:
            raise StepFailed(REFUSED.format(url=self._url, status=status), _errors(content), REFUSED_HINT)
        if status != 200:
            raise self._silent("; ".join([f"HTTP {status}", *_errors(content)]))
        try:
            return msgspec.json.decode(content, type=kind).fields
        except msgspec.MsgspecError:
            raise self._silent("?") from None

    def _silent(self, why: str) -> Unreachable:
        return Unreachable(SILENT.format(url=self._url, why=why))


class Data(msgspec.Struct, frozen=True):
    """One version of a secret: null where it was deleted."""

    data: dict[str, Json] | None = None
    subkeys: dict[str, Json] | None = None


class Answer(msgspec.Struct, frozen=True):
    data: Data

    @property
    def fields(self) -> dict[str, Json]:
        return self.data.data or {}


class Subkeys(Answer, frozen=True):
    @property
    def fields(self) -> dict[str, Json]:
        return self.data.subkeys or {}


class Capabilities(msgspec.Struct, frozen=True):
    capabilities: tuple[str, ...] = ()


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


def _authorities() -> ssl.SSLContext | bool:
    """Whom to believe: the file of VAULT_CACERT, as Vault's own client does, else everybody that this machine does."""
    file = os.environ.get("VAULT_CACERT")
    if not file:
        return True
    import ssl

    return ssl.create_default_context(cafile=file)


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
NO_MOUNT = Words("{url}: there is no such secrets engine", "{url}：没有这个密钥引擎")
NO_MOUNT_HINT = Words(
    "vault_mount in the site file names an engine of KV version 2", "站点文件的 vault_mount 应为 KV 第 2 版引擎"
)
