"""`[secrets]` of the site file: where secrets are looked for (M5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rollbook.model.site import SecretSources
from rollbook.planning.site_values import prefix, text, web_address
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.planning.sites import Reading

SECRETS: Final[dict[str, Callable[[Any], Any]]] = {
    "environment": prefix, "file": text, "keyring": text, "vault": web_address, "vault_mount": text,
    "vault_path": text, "vault_namespace": text,
}  # fmt: skip


def secret_sources(table: dict[str, Any], reading: Reading) -> SecretSources:
    """Vault first, then the keyring, the file, environment variables."""
    taken = reading.take("secrets", table, SECRETS)
    if taken.get("vault") and not taken.get("vault_path"):
        reading.wrong("secrets", "vault", Words("vault wants vault_path", "使用 vault 时须写明 vault_path"))
    for key in [k for k in taken if k.startswith("vault_")] if "vault" not in table else ():
        reading.wrong("secrets", key, Words(f"{key} says nothing without vault", f"没有 vault 时 {key} 不起作用"))
    return SecretSources(**taken)
