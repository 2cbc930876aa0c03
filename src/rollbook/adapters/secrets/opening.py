"""From the site's word about secrets to the providers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets, FirstOf, KeyringSecrets
from rollbook.adapters.secrets.vault import VaultSecrets
from rollbook.model.site import SecretSources
from rollbook.ports.secrets import Secrets


def open_secrets(sources: SecretSources, directory: Path, configuration_file: Path | None = None) -> Secrets:
    """Vault, keyring, file, environment variables, as far as the site names them; last the environment's own
    configuration file, from which a blank variable takes its value (M3)."""
    return FirstOf(tuple(_providers(sources, directory, configuration_file)))


def _providers(sources: SecretSources, directory: Path, configuration_file: Path | None) -> Iterator[Secrets]:
    if sources.vault:
        yield VaultSecrets(sources.vault, sources.vault_path, sources.vault_mount, sources.vault_namespace)
    if sources.keyring:
        yield KeyringSecrets(sources.keyring)
    if sources.file:
        yield FileSecrets(directory / sources.file)
    yield EnvironmentSecrets(sources.environment)
    if configuration_file is not None:
        yield FileSecrets(configuration_file, guarded=False)
