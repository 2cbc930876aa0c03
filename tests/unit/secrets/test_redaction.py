"""M5: no spelling of a secret comes through, wherever the stream is cut."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.drivers.redaction import KnownSecrets, Redactor
from rollbook.model import events as ev
from rollbook.ports.fakes import FakeSite
from rollbook.values import Secret

VALUE = 'p@ss/w"örd +1\\x'


def knowing(*values: str) -> Redactor:
    redactor = Redactor()
    for number, value in enumerate(values):
        redactor.add(Secret(f"S{number}", value))
    return redactor


@pytest.mark.parametrize(
    "spelled",
    [
        VALUE, quote(VALUE), quote(VALUE, safe=""), quote_plus(VALUE), quote_plus(VALUE).lower(), json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False), repr(VALUE), VALUE.encode().hex(), str(ValueError(VALUE)),
    ],
)  # fmt: skip
def test_m05_every_spelling_goes(spelled: str) -> None:
    assert spelled.strip("'\"") not in knowing(VALUE).text(f"before {spelled} after")
    assert "[secret S0]" in knowing(VALUE).text(spelled)


@pytest.mark.parametrize("before", ["", "u:", "us:", "user:", "some-user:"])
@pytest.mark.parametrize("after", ["", "!", "!!", "\n"])
def test_m05_base64_of_a_text_around_it_goes(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}canary-word-7{after}".encode()).decode()
    said = knowing("canary-word-7").text(f"Basic {encoded} sent")
    assert "[secret S0]" in said
    assert len(encoded.replace(said, "")) == len(encoded)


@given(st.integers(1, 9), st.text(max_size=30))
def test_m05_no_chunk_border_lets_one_through(size: int, around: str) -> None:
    text = f"{around}canary-word{around}canary-word-and-more{around}"
    stream = knowing("canary-word", "canary-word-and-more").stream()
    said = "".join(stream.feed(text[i : i + size]) for i in range(0, len(text), size)) + stream.end()
    assert said == f"{around}[secret S0]{around}[secret S1]{around}"


def test_m05_a_longer_secret_that_begins_like_a_shorter_one_goes_whole() -> None:
    assert knowing("abcd", "abcd-efgh").text("abcd-efgh abcd") == "[secret S1] [secret S0]"


def test_m05_a_password_in_a_url_goes_though_nobody_called_it_a_secret() -> None:
    said = Redactor().text("cannot reach postgresql://shop:hunter2@db:5432/shop")
    assert said == "cannot reach postgresql://shop:[secret]@db:5432/shop"


def test_m05_the_password_of_a_secret_url_goes_by_itself() -> None:
    said = knowing("postgresql://shop:canary%2Fword@db/shop").text("authentication failed: canary/word")
    assert "canary" not in said


def test_m05_lines_of_a_secret_of_many_lines_go_one_by_one() -> None:
    said = knowing("-----BEGIN-----\nMIIEcanary\n-----END-----").text("read MIIEcanary from the key")
    assert said == "read [secret S0] from the key"


def test_m05_every_text_of_an_event_is_redacted() -> None:
    event = ev.Failed("task", "no canary-word here", ("line", "canary-word"), "try canary-word")
    assert "canary" not in repr(knowing("canary-word").event(event))
    finished = ev.Finished("task", "", {"canary-word": ["canary-word", {"a": "canary-word"}, 3]})
    assert "canary" not in repr(knowing("canary-word").event(finished))


async def test_m05_what_a_provider_gives_is_known_at_once() -> None:
    redactor = Redactor()
    secret = await KnownSecrets(FakeSite.of(["a"]).secrets, redactor).get("JWT_SECRET")
    assert redactor.text(f"it is {secret.reveal()}") == "it is [secret JWT_SECRET]"


def test_m05_a_secret_does_not_print_itself() -> None:
    secret = Secret("JWT_SECRET", "canary-word")
    assert "canary" not in f"{secret} {secret!r} {[secret]} {{'a': {secret}}}"
