"""Secrets are taken out of whatever is kept or shown (M5): journal, messages, reports, output, whatever their spelling.

A redactor knows the secrets that were asked for so far, and looks for each as it is, quoted for shells, URLs, JSON,
HTML and Python, as hexadecimal digits, and for pieces of its base64 at each of the three alignments. Independently of
them, a password in a URL goes.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

import msgspec

from rollbook.hiding import Hiding, Stream
from rollbook.model import events as ev
from rollbook.ports import Message, Notifier, Records, Secrets
from rollbook.ports.secrets import NoSecret
from rollbook.problems import RollbookError, StepFailed, Unreachable
from rollbook.spellings import marks_of
from rollbook.values import Secret, Words

FREE_TEXT: Final = ("detail", "error", "output", "hint", "data", "why")
"""The fields of events that hold what the outside said. The others are names of the plan, by which a run finds its
way: a secret that is spelled like a server must not rename it."""
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
AGAIN_S: Final = 30.0
"""After a provider was silent it is not asked again for so long just to know what to hide: a way back must not wait."""
T = TypeVar("T")


class Redactor:
    """`blind`: names of secrets that could not be asked for, and that no text can be searched for."""

    def __init__(self) -> None:
        self._hiding = Hiding()
        self.blind: tuple[str, ...] = ()

    def add(self, secret: Secret) -> None:
        self._hiding.add(*marks_of([secret]))

    @property
    def hiding(self) -> Hiding:
        return self._hiding

    def text(self, text: str) -> str:
        return self._hiding.text(text)

    def output(self, line: str) -> str:
        """A line of what a process or a server says; nothing of it while a secret is not known that it may hold."""
        return WITHHELD.format(names=", ".join(self.blind)).en if self.blind else self.text(line)

    def event(self, event: ev.Event) -> ev.Event:
        """The event, what the outside said in it redacted."""
        told = {name: getattr(event, name) for name in FREE_TEXT if hasattr(event, name)}
        if self.blind and told.get("output"):
            told["output"] = (self.output(""),)
        return msgspec.structs.replace(event, **{name: self.value(said) for name, said in told.items()})

    def value(self, value: Any) -> Any:
        """Every text in it redacted; a tuple stays one."""
        if isinstance(value, str):
            return value if DIGEST.fullmatch(value) else self.text(value)
        if isinstance(value, list | tuple):
            return type(value)(self.value(v) for v in value)
        if isinstance(value, dict):
            return {self.value(k): self.value(v) for k, v in value.items()}
        return value

    def stream(self) -> Stream:
        return self._hiding.stream()

    def beginning(self, text: str) -> str:
        """A text that was cut off: what may be the beginning of a secret at its end goes."""
        return self.stream().feed(text)


class KnownSecrets:
    """A provider whose answers the redactor learns before anybody else sees them. `names` are those that the run may
    meet, `beside` gives more that lie about where commands look."""

    def __init__(
        self,
        provider: Secrets,
        redactor: Redactor,
        names: Iterable[str] = (),
        beside: Callable[[], Iterable[Secret]] = tuple,
    ) -> None:
        self._provider = provider
        self._redactor = redactor
        self._names = tuple(names)
        self._beside = beside
        self._known: set[str] = set()
        self._failed_at = -AGAIN_S

    async def get(self, name: str) -> Secret:
        secret = await self._provider.get(name)
        self._redactor.add(secret)
        self._known.add(name)
        return secret

    async def learn(self) -> None:
        """Know every secret ahead of what commands say: one may print what it was not given, a file's for example.
        A secret that nobody has cannot be printed; one that cannot be asked for leaves the redactor blind."""
        import asyncio

        for secret in self._beside():
            self._redactor.add(secret)
        unknown = [name for name in self._names if name not in self._known]
        if not unknown or time.monotonic() - self._failed_at < AGAIN_S:
            return

        self._redactor.blind = tuple(n for n in await asyncio.gather(*map(self._learnt, unknown)) if n)
        self._failed_at = time.monotonic() if self._redactor.blind else -AGAIN_S

    async def _learnt(self, name: str) -> str:
        """ "" once the secret is known, or known not to be; else its name."""
        try:
            await self.get(name)
        except NoSecret:
            return ""
        except (Unreachable, StepFailed):
            return name
        return ""


def redacting(secrets: KnownSecrets, redactor: Redactor) -> Callable[[ev.Event], Coroutine[Any, Any, ev.Event]]:
    """How events lose what they must not tell. What the outside said is looked through for every secret of the run."""

    async def redacted(event: ev.Event) -> ev.Event:
        if any(getattr(event, name, None) for name in ("output", "error")):
            await secrets.learn()
        return redactor.event(event)

    return redacted


class DiscreetNotifier:
    """Messages leave without secrets."""

    def __init__(self, notifier: Notifier, redactor: Redactor) -> None:
        self._notifier, self._redactor = notifier, redactor

    async def send(self, message: Message) -> None:
        subject, body = self._redactor.text(message.subject), self._redactor.text(message.body)
        await self._notifier.send(msgspec.structs.replace(message, subject=subject, body=body))


class DiscreetRecords:
    """So do the lines of the deployment record."""

    def __init__(self, records: Records, redactor: Redactor) -> None:
        self._records, self._redactor = records, redactor

    async def append(self, key: str, text: str) -> None:
        await self._records.append(key, self._redactor.text(text))


class Failure(Exception):
    """An unexpected exception told without secrets: its type, text and trace are in the message."""


def told(redactor: Redactor, error: BaseException) -> Failure:
    """`error`, its cause and its trace as text that may be shown and kept."""
    return Failure(redactor.text("".join(traceback.format_exception(error))))


async def discreet(work: Coroutine[Any, Any, T], redactor: Redactor) -> T:
    """The result of `work`. What it raises unexpectedly is raised as `Failure`."""
    try:
        return await work
    except RollbookError:
        raise
    except Exception as error:
        raise told(redactor, error) from None


WITHHELD = Words(
    "[withheld: {names} could not be asked for, so it cannot be told from other text]",
    "[不予显示：无法取得 {names}，因此无法将其遮盖]",
)
