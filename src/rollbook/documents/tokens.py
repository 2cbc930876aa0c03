"""Cuts the text of a condition into tokens for the grammar.

Signs (`<`, `>=`, `==`) are always operators. Words (`低于`, `is`, `and`) are operators only where a value or a name
follows, so that ordinary statements (`服务是健康的`, `build and push`) stay whole.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from rollbook.documents.operators import Word, operand_ends, operator_words
from rollbook.documents.vocabulary import meaning
from rollbook.model.conditions import TypedLiteral
from rollbook.model.literals import Found, find_literals
from rollbook.model.words import boolean, is_empty_word, is_environment

PieceKind: TypeAlias = Literal["words", "value", "name", "code"]


class Piece(msgspec.Struct, frozen=True):
    """Part of a phrase: free words, a literal, a known name, or `code` that may be either."""

    kind: PieceKind
    text: str
    start: int
    end: int
    literal: TypedLiteral | None = None


class Token(NamedTuple):
    terminal: str
    value: Piece | str


def tokenise(text: str, names: frozenset[str]) -> list[Token]:
    """The tokens of `text`, which must be `normalised`."""
    return _without_roles(_Cutter(text, names).cut())


class _Cutter:
    """One pass over the text from left to right."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.text, self.names = text, names
        self.literals: dict[int, Found] = {found.start: found for found in find_literals(text)}
        self.tokens: list[Token] = []
        self.begun: int | None = None
        self.open = 0

    def cut(self) -> list[Token]:
        i = 0
        while i < len(self.text):
            taken = self._value(i) or self._bracket(i) or self._name(i) or self._word(i)
            if taken:
                i = taken
                continue
            if self.begun is None and not self.text[i].isspace():
                self.begun = i
            i += 1
        self._flush(len(self.text))
        return self.tokens

    def _flush(self, end: int) -> None:
        if self.begun is not None and (said := self.text[self.begun : end].strip()):
            self.tokens.append(Token("PIECE", Piece("words", said, self.begun, self.begun + len(said))))
        self.begun = None

    def _put(self, start: int, token: Token) -> None:
        self._flush(start)
        self.tokens.append(token)

    def _value(self, i: int) -> int:
        """A literal, `code` or a quoted text at `i`; gives where it ends, 0 for none."""
        if found := self.literals.get(i):
            self._put(
                i, Token("PIECE", Piece(self._kind(found.literal), found.literal.text, i, found.end, found.literal))
            )
            return found.end
        sign = self.text[i]
        if sign not in "\"'" or (sign == "'" and i and self.text[i - 1].isalnum()):
            return 0
        end = self.text.find(sign, i + 1)
        if end < 0:
            return 0
        quoted = self.text[i : end + 1]
        self._put(i, Token("PIECE", Piece("value", quoted, i, end + 1, TypedLiteral("text", quoted[1:-1], quoted))))
        return end + 1

    def _kind(self, literal: TypedLiteral) -> PieceKind:
        if literal.kind == "param" or (literal.kind == "code" and self._known(str(literal.value))):
            return "name"
        return "code" if literal.kind == "code" and IDENTIFIER.fullmatch(str(literal.value)) else "value"

    def _known(self, name: str) -> bool:
        return name in self.names or bool(re.fullmatch(r"variables\.[\w.]+", name))

    def _bracket(self, i: int) -> int:
        """Brackets group only where an operand could begin; elsewhere they belong to the words."""
        sign, last = self.text[i], self.tokens[-1].terminal if self.tokens else ""
        if sign == "[" and self.begun is None and last in ("IN", "NOTIN"):
            return self._sign(i, "LB")
        if sign == "]" and any(token.terminal == "LB" for token in self.tokens):
            return self._sign(i, "RB")
        if sign == "(" and self.begun is None and last in ("", "AND", "OR", "NOT", "LP", "COMMA", "IN", "NOTIN"):
            self.open += 1
            return self._sign(i, "LP")
        if sign == ")" and self.open:
            self.open -= 1
            return self._sign(i, "RP")
        if sign == "(" and (end := self.text.find(")", i)) > 0:
            self.begun = i if self.begun is None else self.begun
            return end + 1
        return 0

    def _sign(self, i: int, terminal: str) -> int:
        self._put(i, Token(terminal, self.text[i]))
        return i + 1

    def _name(self, i: int) -> int:
        """A known parameter or `variables.x` standing bare."""
        if i and (self.text[i - 1].isalnum() or self.text[i - 1] in "_."):
            return 0
        found = IDENTIFIER.match(self.text, i)
        if not found or not self._known(found.group()):
            return 0
        literal = TypedLiteral("param", found.group(), found.group())
        self._put(i, Token("PIECE", Piece("name", found.group(), i, found.end(), literal)))
        return found.end()

    def _word(self, i: int) -> int:
        """An operator, connective or comma at `i`, where it can be one."""
        for word in operator_words().get(self.text[i].lower(), ()):
            end = i + len(word.text)
            if self.text[i:end].lower() == word.text and self._apart(word.text, i, end) and self._fits(word, end):
                self._put(i, Token(word.terminal, word.value))
                if [token.terminal for token in self.tokens[-2:-1]] == ["COMMA"]:
                    del self.tokens[-2]  # `, and` is one connective
                return end
        return 0

    def _apart(self, word: str, start: int, end: int) -> bool:
        """A Latin word stands alone."""
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        left = not (word[0].isascii() and word[0].isalnum()) or not (
            before.isascii() and (before.isalnum() or before == "_")
        )
        right = not (word[-1].isascii() and word[-1].isalnum()) or not (
            after.isascii() and (after.isalnum() or after == "_")
        )
        return left and right

    def _fits(self, word: Word, end: int) -> bool:
        last = self.tokens[-1] if self.tokens and self.begun is None else None
        named = last is not None and self._names_alone(end)
        said = self.begun is not None or (last is not None and last.terminal == "PIECE")
        match word.terminal:
            case "OP":
                return _is_sign(word.text) or (
                    said and (self._value_follows(end) or (named and word.value in ("==", "!=")))
                )
            case "POST":
                value = last is not None and isinstance(last.value, Piece) and last.value.kind == "value"
                return value and self._ends(end)
            case "IN" | "NOTIN":
                return said and (_is_name(last) or self._ahead(end).lstrip()[:1] in ("[", "(", '"', "'", "`"))
            case "NOT":
                return not said and bool(re.match(r"\s*[`($(]", self._ahead(end)) or self._name_follows(end))
            case _:
                return said or (last is not None and last.terminal in ("RP", "RB", "POST", "COMMA"))

    def _names_alone(self, end: int) -> bool:
        """Whether the operand so far is one name, so that a bare word may follow as its value. After a name without
        `code` marks or `参数` before it, only an environment's name is taken for one."""
        tokens = [token.value for token in self.tokens[-2:]]
        name = tokens[-1]
        if not isinstance(name, Piece) or name.kind not in ("name", "code"):
            return False
        before = tokens[0] if len(tokens) > 1 else None
        role = isinstance(before, Piece) and before.kind == "words" and is_role(before.text)
        if isinstance(before, Piece) and not role:
            return False
        return role or name.text != (name.literal and name.literal.value) or is_environment(self._ahead(end).strip())

    def _value_follows(self, end: int) -> bool:
        """Whether a value that ends its operand, or the name of a limit, stands at `end`."""
        start = end + len(ahead := self._ahead(end)) - len(ahead.lstrip())
        if found := self.literals.get(start):
            after = self._ahead(found.end).lstrip()
            return self._ends(found.end) or bool(re.match(r"[^\s\d,;]{1,3}$|[A-Za-z/]{1,10}$", after))
        if self.text[start : start + 1] in ('"', "'"):
            return True
        operand = operand_ends().split(self._ahead(start), maxsplit=1)[0].strip()
        return is_value_word(operand) or operand.strip("的 ") in self.names or is_limit(operand)

    def _name_follows(self, end: int) -> bool:
        found = IDENTIFIER.match(self._ahead(end).lstrip())
        return bool(found and self._known(found.group()))

    def _ahead(self, start: int) -> str:
        """As much of the text from `start` on as a value may take."""
        return self.text[start : start + _AHEAD]

    def _ends(self, end: int) -> bool:
        """Whether an operand may end here: at the end, a comma, a bracket or a connective."""
        rest = self._ahead(end).lstrip()
        if not rest or rest[0] in ",;、)]":
            return True
        return any(
            rest.lower().startswith(word.text) and word.terminal in ("AND", "OR", "POST", "COMMA")
            for word in operator_words().get(rest[0].lower(), ())
        )


_AHEAD = 80  # characters in which the value of an operator word begins and ends
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:[.-]\w+)*")


def is_value_word(text: str) -> bool:
    """A word for true, false or nothing."""
    return boolean(text) is not None or is_empty_word(text)


def is_limit(text: str) -> bool:
    """The name of a limit without its number (M6)."""
    return meaning("conditions", "limit", re.sub(r"^(?:the|its|their|设定的|规定的|预设的) ?", "", text)) is not None


def _is_name(token: Token | None) -> bool:
    return token is not None and isinstance(token.value, Piece) and token.value.kind in ("name", "code")


def _is_sign(word: str) -> bool:
    return not any(sign.isalnum() for sign in word)


def _without_roles(tokens: list[Token]) -> list[Token]:
    """`参数` before a name says only what the name is."""
    kept = []
    for i, token in enumerate(tokens):
        follows = tokens[i + 1].value if i + 1 < len(tokens) else None
        role = isinstance(token.value, Piece) and token.value.kind == "words" and is_role(token.value.text)
        if not (role and isinstance(follows, Piece) and follows.kind in ("name", "code")):
            kept.append(token)
    return kept


def is_role(text: str) -> bool:
    """`参数`, `parameter`, with or without an article."""
    return meaning("conditions", "role", re.sub(r"^the ", "", text.lower())) == "parameter"
