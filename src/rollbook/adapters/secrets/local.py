"""Secrets of this machine: environment variables, a file that only its owner reads, the keyring."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rollbook.ports.secrets import NoSecret, Provider
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Secret, Words


class EnvironmentSecrets:
    """The variable of the secret's name behind `prefix`."""

    def __init__(self, prefix: str = "", environment: Mapping[str, str] | None = None) -> None:
        self._prefix = prefix
        self._environment = os.environ if environment is None else environment

    def named(self, name: str) -> str:
        return f"${self._prefix}{name}"

    async def get(self, name: str) -> Secret:
        value = self._environment.get(self._prefix + name)
        if not value:
            raise missing(name, Words(f"the variable {self._prefix}{name}", f"环境变量 {self._prefix}{name}"))
        return Secret(name, value)

    def has(self, name: str) -> bool:
        return bool(self._environment.get(self._prefix + name))


class FileSecrets:
    """Lines `NAME=value`; `#` begins a comment line. `guarded`: only its owner may read it (0600). `shown` is what
    people call it."""

    def __init__(self, path: Path, *, guarded: bool = True, shown: str = "") -> None:
        self._path = path
        self._guarded = guarded
        self.place = shown or str(path)

    async def get(self, name: str) -> Secret:
        value = self.values().get(name)
        if not value:
            raise missing(name, Words(self.place, self.place))
        return Secret(name, value)

    def has(self, name: str) -> bool:
        return bool(self.values().get(name))

    def named(self, _: str) -> str:
        return self.place

    @property
    def exists(self) -> bool:
        return self._path.is_file()

    def values(self) -> dict[str, str]:
        """Everything in it; nothing where there is no such file. Raises StepFailed for one that may not be used."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StepFailed(UNREADABLE.format(path=self.place, why=error.strerror)) from error
        with file:
            self._refuse_open(stat.S_IMODE(os.fstat(file.fileno()).st_mode))
            try:
                return dict(assignments(file.read().decode("utf-8-sig")))
            except UnicodeDecodeError:
                # without its cause, which holds the bytes
                raise StepFailed(NOT_TEXT.format(path=self.place), (), NOT_TEXT_HINT) from None

    def _refuse_open(self, mode: int) -> None:
        if self._guarded and mode & 0o077:
            raise StepFailed(
                OPEN_TO_OTHERS.format(path=self.place, mode=f"{mode:04o}"), (), CLOSE_IT.format(path=self.place)
            )


class KeyringSecrets:
    """The desktop's keyring, by the library `keyring` where it is installed."""

    def __init__(self, service: str) -> None:
        self._service = service

    def named(self, _: str) -> str:
        return f"keyring:{self._service}"

    async def get(self, name: str) -> Secret:
        import asyncio

        value = await asyncio.to_thread(self._asked, name)
        if not value:
            raise missing(name, Words(f"keyring service {self._service}", f"密钥环服务 {self._service}"))
        return Secret(name, value)

    def has(self, name: str) -> bool:
        """A keyring tells no other way: the value is let go at once."""
        return bool(self._asked(name))

    def _asked(self, name: str) -> str | None:
        try:
            keyring: Any = import_module("keyring")
        except ImportError as error:
            raise StepFailed(NO_KEYRING, (), NO_KEYRING_HINT) from error
        try:
            found: str | None = keyring.get_password(self._service, name)
        except keyring.errors.NoKeyringError as error:
            raise StepFailed(NO_BACKEND, (), NO_BACKEND_HINT) from error
        except keyring.errors.KeyringError as error:
            raise Unreachable(KEYRING_SILENT.format(why=type(error).__name__)) from error
        return found


class FirstOf:
    """Providers in order: the first that has the secret gives it. One that cannot answer is not passed over."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.providers = tuple(providers)

    def named(self, name: str) -> str:
        return ", ".join(p.named(name) for p in self.providers)

    async def get(self, name: str) -> Secret:
        places = []
        for provider in self.providers:
            try:
                return await provider.get(name)
            except NoSecret as error:
                places.append(error.hint)
        raise missing(name, Words(", ".join(p.en for p in places), "、".join(p.zh for p in places)))

    def holder(self, name: str) -> tuple[Provider | None, bool | None]:
        """The first provider that has it, and whether that is sure; (None, False) where none has it."""
        for provider in self.providers:
            if (there := provider.has(name)) is not False:
                return provider, there
        return None, False

    def has(self, name: str) -> bool | None:
        return self.holder(name)[1]


def missing(name: str, place: Words) -> NoSecret:
    return NoSecret(
        Words(f"there is no secret {name} (looked in: {place.en})", f"没有密钥 {name}（已查找：{place.zh}）"), (), place
    )


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """NAME and value of each line `NAME=value`, `export` and quotes taken off."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.removeprefix("export ").partition("=") for line in lines if line and not line.startswith("#"))
    yield from ((name.strip(), _unquoted(value.strip())) for name, mark, value in pairs if mark)


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


UNREADABLE = Words("{path} cannot be read: {why}", "无法读取 {path}：{why}")
NOT_TEXT = Words("{path} is no UTF-8 text", "{path} 不是 UTF-8 文本")
NOT_TEXT_HINT = Words("write lines NAME=value", "请写成 名称=值 的行")
OPEN_TO_OTHERS = Words(
    "{path} holds secrets, and others may read it (mode {mode})", "{path} 中有密钥，但他人也能读取（权限 {mode}）"
)
CLOSE_IT = Words("chmod 600 {path}", "chmod 600 {path}")
NO_KEYRING = Words("the library keyring is not installed", "未安装 keyring 库")
NO_KEYRING_HINT = Words("pip install 'rollbook[keyring]'", "pip install 'rollbook[keyring]'")
NO_BACKEND = Words("this machine has no keyring that can be asked", "本机没有可用的密钥环")
NO_BACKEND_HINT = Words(
    "unlock or install one (on a server without a desktop: a 0600 file or Vault)",
    "请解锁或安装密钥环（没有桌面的服务器可用 0600 文件或 Vault）",
)
KEYRING_SILENT = Words("the keyring does not answer ({why})", "密钥环没有应答（{why}）")
