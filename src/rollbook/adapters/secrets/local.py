"""Secrets of this machine: environment variables, a file that only its owner reads, the keyring."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rollbook.ports.secrets import Secrets
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Secret, Words


class NoSecret(StepFailed):
    """This provider does not have it; another may."""


class EnvironmentSecrets:
    """The variable of the secret's name behind `prefix`."""

    def __init__(self, prefix: str = "", environment: Mapping[str, str] | None = None) -> None:
        self._prefix = prefix
        self._environment = os.environ if environment is None else environment

    async def get(self, name: str) -> Secret:
        value = self._environment.get(self._prefix + name)
        if not value:
            raise missing(name, Words(f"the variable {self._prefix}{name}", f"环境变量 {self._prefix}{name}"))
        return Secret(name, value)


class FileSecrets:
    """Lines `NAME=value`; `#` begins a comment line. `guarded`: only its owner may read it (0600)."""

    def __init__(self, path: Path, *, guarded: bool = True) -> None:
        self._path = path
        self._guarded = guarded

    async def get(self, name: str) -> Secret:
        value = self._values().get(name)
        if not value:
            raise missing(name, Words(str(self._path), str(self._path)))
        return Secret(name, value)

    def _values(self) -> dict[str, str]:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StepFailed(UNREADABLE.format(path=self._path, why=error.strerror)) from error
        with os.fdopen(descriptor, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if self._guarded and mode & 0o077:
                raise StepFailed(
                    OPEN_TO_OTHERS.format(path=self._path, mode=f"{mode:04o}"), (), CLOSE_IT.format(path=self._path)
                )
            return dict(_assignments(file.read()))


class KeyringSecrets:
    """The desktop's keyring, by the library `keyring` where it is installed."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def get(self, name: str) -> Secret:
        value = await asyncio.to_thread(self._asked, name)
        if not value:
            raise missing(name, Words(f"keyring service {self._service}", f"密钥环服务 {self._service}"))
        return Secret(name, value)

    def _asked(self, name: str) -> str | None:
        try:
            keyring: Any = import_module("keyring")
        except ImportError as error:
            raise StepFailed(NO_KEYRING, (), NO_KEYRING_HINT) from error
        try:
            found: str | None = keyring.get_password(self._service, name)
        except keyring.errors.KeyringError as error:
            raise Unreachable(KEYRING_SILENT.format(why=type(error).__name__)) from error
        return found


class FirstOf:
    """Providers in order: the first that has the secret gives it. One that cannot answer is not passed over."""

    def __init__(self, providers: Sequence[Secrets]) -> None:
        self._providers = tuple(providers)

    async def get(self, name: str) -> Secret:
        places = []
        for provider in self._providers:
            try:
                return await provider.get(name)
            except NoSecret as error:
                places.append(error.hint)
        raise missing(name, Words(", ".join(p.en for p in places), "、".join(p.zh for p in places)))


def missing(name: str, place: Words) -> NoSecret:
    return NoSecret(
        Words(f"there is no secret {name} (looked in: {place.en})", f"没有密钥 {name}（已查找：{place.zh}）"), (), place
    )


def _assignments(text: str) -> list[tuple[str, str]]:
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.removeprefix("export ").partition("=") for line in lines if line and not line.startswith("#"))
    return [(name.strip(), _unquoted(value.strip())) for name, mark, value in pairs if mark]


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


UNREADABLE = Words("{path} cannot be read: {why}", "无法读取 {path}：{why}")
OPEN_TO_OTHERS = Words(
    "{path} holds secrets, and others may read it (mode {mode})", "{path} 中有密钥，但他人也能读取（权限 {mode}）"
)
CLOSE_IT = Words("chmod 600 {path}", "chmod 600 {path}")
NO_KEYRING = Words("the library keyring is not installed", "未安装 keyring 库")
NO_KEYRING_HINT = Words("pip install keyring", "pip install keyring")
KEYRING_SILENT = Words("the keyring does not answer ({why})", "密钥环没有应答（{why}）")
