"""What is a secret, by its value and by its name (M5): one place for readers, planner and linter."""

from __future__ import annotations

import re

USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s@]+@", re.IGNORECASE)
NAMED = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY(?:_BASE)?|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)$"
    r"|_PWD$",
    re.IGNORECASE,
)
"""`JWT_SECRET`, `DB_PASSWORD`; neither `TOKEN_TTL`, which is a number, nor `PWD`, which is a directory."""


def has_userinfo(text: str) -> bool:
    """Whether a URL in the text has a user in it: with a password, or a token in the user's place."""
    return USERINFO.search(text) is not None


def is_named_secret(name: str) -> bool:
    """Whether a variable is called what secrets are called."""
    return NAMED.search(name) is not None
