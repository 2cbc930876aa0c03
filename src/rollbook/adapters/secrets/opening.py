"""From the site's word about secrets to the providers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets, FirstOf, KeyringSecrets
from rollbook.model.facts import SecretOrigin
from rollbook.model.site import Site
from rollbook.ports.secrets import Provider, Secrets
from rollbook.values import Secret


def chains(site: Site, configuration: Provider | None = None) -> dict[SecretOrigin, FirstOf]:
    """How a cell reads → who is asked for its secret. `[Secret]`: the site's providers, then the environment's own
    configuration file; a blank cell: that file first (M3). The site's plain parameters come last."""
    providers, file = tuple(site_providers(site)), (configuration,) if configuration else ()
    last = (SettingSecrets(site),) if site.parameters else ()
    return {"marked": FirstOf((*providers, *file, *last)), "blank": FirstOf((*file, *providers, *last))}


def site_providers(site: Site) -> Iterator[Provider]:
    """Vault, keyring, file, environment variables, as far as the site names them."""
    sources, directory = site.secrets, Path(site.directory).resolve()
    if sources.vault:
        from rollbook.adapters.secrets.vault import VaultSecrets

        yield VaultSecrets(sources.vault, sources.vault_path, sources.vault_mount, sources.vault_namespace)
    if sources.keyring:
        yield KeyringSecrets(sources.keyring)
    if sources.file:
        yield FileSecrets(directory / sources.file, shown=sources.file)
    yield EnvironmentSecrets(sources.environment)


class SettingSecrets:
    """`[parameters]` of the site file, for a value there that turns out to be a secret: a URL with a user in it."""

    def __init__(self, site: Site) -> None:
        self._settings = EnvironmentSecrets(environment={k: str(v) for k, v in site.parameters.items()})
        self._place = site.path or site.name

    async def get(self, name: str) -> Secret:
        return await self._settings.get(name)

    def has(self, name: str) -> bool:
        return self._settings.has(name)

    def named(self, _: str) -> str:
        return self._place


class ByOrigin:
    """The secrets of one environment, each from the chain that its cell asks for; others as `[Secret]` is."""

    def __init__(self, origins: Mapping[str, SecretOrigin], chains: Mapping[SecretOrigin, Secrets]) -> None:
        self._origins = origins
        self._chains = chains

    async def get(self, name: str) -> Secret:
        return await self._chains[self._origins.get(name, "marked")].get(name)
