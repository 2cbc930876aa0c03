"""What one environment of a deployment has, by the site's word and its own: secrets, database, project directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from rollbook.drivers.redaction import Redactor
from rollbook.model.facts import DeploymentFacts
from rollbook.model.site import Site
from rollbook.ports import Database, Project, Secrets
from rollbook.ports.secrets import referred

DATABASE_VARIABLES: Final = ("DATABASE_URL", "DB_URL", "DATABASE_URI", "DATABASE_DSN", "POSTGRES_URL", "POSTGRESQL_URL")
"""What variables that name a database are called, in the order in which they are looked for."""


def secrets_for(site: Site, facts: DeploymentFacts | None, project: Path) -> Secrets:
    """Where this environment's secrets are looked for."""
    from rollbook.adapters.secrets.opening import open_secrets

    named = facts.environment.configuration_file if facts else None
    file = project / named.text if named and not named.blank else None
    return open_secrets(site.secrets, Path(site.directory).resolve(), file)


def database_for(site: Site, facts: DeploymentFacts | None, secrets: Secrets, project: Path) -> Database | None:
    """The environment's database: the site's word, else the document's variable; None where neither names one."""
    if facts is None:
        return None
    from rollbook.adapters.sql import NamedDatabase
    from rollbook.model.words import environment_identity

    wanted = environment_identity(facts.environment.name)
    told = (url for name, url in site.databases.items() if environment_identity(name) == wanted)
    url = next(told, "") or next((facts.variables[n] for n in DATABASE_VARIABLES if n in facts.variables), "")
    return NamedDatabase(url, secrets, project) if url else None


def project_in(
    root: Path, scratch: Path, site: Site, facts: DeploymentFacts | None, secrets: Secrets, redactor: Redactor,
    shell_environment: dict[str, str],
) -> Project:  # fmt: skip
    """The project's directory for one run. Tools find a secret in their environment only where it was given to them."""
    from rollbook.adapters.project import ProjectDirectory

    names = {site.secrets.environment + name for name in secret_names(facts)}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    if url := shell_environment.get("SERVICE_URL"):
        inherited["SERVICE_URL"] = url
    return ProjectDirectory(root, scratch, redactor.text, inherited, shell_environment, secrets)


def secret_names(facts: DeploymentFacts | None) -> frozenset[str]:
    """The secrets that a deployment's variables refer to."""
    return frozenset(name for v in (facts.variables.values() if facts else ()) if (name := referred(v)))
