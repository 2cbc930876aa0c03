"""M5 as properties: whatever the secret, its spelling and the borders of chunks, nothing of it comes through; whatever
holds no secret comes through as it is."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollbook.drivers.redaction import Redactor
from rollbook.spellings import SHORTEST
from rollbook.values import Secret

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": lambda s: quote(s, safe=""),
    "path": quote,
    "form": quote_plus,
    "url lower": lambda s: quote(s, safe="").lower() if s.islower() else quote(s),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON text": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "repr": lambda s: repr(s)[1:-1],
    "HTML": html.escape,
    "shell": lambda s: shlex.quote(s).removeprefix("'").removesuffix("'"),
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
}
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"))
SECRETS = st.text(LETTERS, min_size=8, max_size=60).filter(lambda s: s == s.strip() and len(set(s)) > 3)
AROUND = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for number, secret in enumerate(secrets):
        redactor.add(Secret(f"S{number}", secret))
    return redactor


def said_in_chunks(redactor: Redactor, text: str, borders: list[int]) -> str:
    stream, at, said = redactor.stream(), 0, []
    for border in [*sorted(b % (len(text) + 1) for b in borders), len(text)]:
        said.append(stream.feed(text[at:border]))
        at = border
    return "".join(said) + stream.end()


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(secret=SECRETS, before=AROUND, after=AROUND, borders=st.lists(st.integers(0, 500), max_size=12))
def test_m05_no_spelling_leaks_wherever_the_text_is_cut(
    spelling: str, secret: str, before: str, after: str, borders: list[int]
) -> None:
    spelled = SPELLINGS[spelling](secret)
    assume(spelled not in before + after)
    redactor = knowing(secret)
    text = before + spelled + after
    whole = redactor.text(text)
    assert spelled not in whole
    assert "[secret S0]" in whole
    assert said_in_chunks(redactor, text, borders) == whole


@given(
    secret=SECRETS, before=st.binary(max_size=40), after=st.binary(max_size=40), width=st.sampled_from([0, 20, 64, 76]),
    borders=st.lists(st.integers(0, 500), max_size=12), urlsafe=st.booleans(),
)  # fmt: skip
def test_m05_base64_leaks_no_piece_of_it_wherever_it_starts_and_is_wrapped(
    secret: str, before: bytes, after: bytes, width: int, borders: list[int], urlsafe: bool
) -> None:
    raw = secret.encode()
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    digits = encode(before + raw + after).decode()
    first, last = -(-len(before) * 8 // 6), (len(before) + len(raw)) * 8 // 6
    wrapped = "\n".join(digits[i : i + width] for i in range(0, len(digits), width)) if width else digits
    redactor = knowing(secret)
    said = redactor.text(wrapped)
    assert said_in_chunks(redactor, wrapped, borders) == said
    telling = {digits[i : i + 12] for i in range(first, last - 11)}
    assert not [piece for piece in telling if piece in said]


@given(secrets=st.lists(SECRETS, min_size=1, max_size=4), text=AROUND, borders=st.lists(st.integers(0, 60), max_size=9))
def test_m05_what_holds_no_secret_is_unchanged(secrets: list[str], text: str, borders: list[int]) -> None:
    redactor = knowing(*secrets)
    assume("@" not in text)
    assume(not any(form in text for form in redactor.hiding.marks))
    assert redactor.text(text) == text
    assert said_in_chunks(redactor, text, borders) == text


@given(st.lists(st.text("ab1", min_size=SHORTEST, max_size=9), min_size=2, max_size=5), st.text("ab1 ", max_size=60))
def test_m05_secrets_that_overlap_hide_each_other_and_themselves(secrets: list[str], text: str) -> None:
    said = knowing(*secrets).text(text)
    left = said
    for number in range(len(secrets)):
        left = left.replace(f"[secret S{number}]", "\0")
    assert not [s for s in secrets if s in left]
    covered = [any(s in text[max(0, i - len(s) + 1) : i + len(s)] for s in secrets) for i in range(len(text))]
    assert left.replace("\0", "") == "".join(c for c, hidden in zip(text, covered, strict=True) if not hidden)


@given(
    scheme=st.sampled_from(["postgresql", "redis", "amqp+tls", "https"]), user=st.text("abz09-", max_size=6),
    password=st.text(LETTERS, min_size=1, max_size=30).filter(lambda p: not set(p) & set("/@ ") and not p.isspace()),
    borders=st.lists(st.integers(0, 90), max_size=9),
)  # fmt: skip
def test_m05_a_password_in_a_url_goes_though_nobody_knows_it(
    scheme: str, user: str, password: str, borders: list[int]
) -> None:
    assume(not any(c.isspace() for c in password))
    redactor = Redactor()
    text = f"cannot reach {scheme}://{user}:{password}@db:5432/shop now"
    said = redactor.text(text)
    assert said == f"cannot reach {scheme}://{user}:[secret]@db:5432/shop now"
    assert said_in_chunks(redactor, text, borders) == said


def test_m05_a_line_is_said_as_soon_as_it_ends() -> None:
    stream = knowing("canary-word").stream()
    assert stream.feed("a whole line\n") == "a whole line\n"
    assert stream.feed("and canary") == "and "
    assert stream.feed("-word\n") == "[secret S0]\n"
