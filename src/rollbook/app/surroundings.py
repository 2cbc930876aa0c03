"""Use case: what a check knows beside the documents: the site's figures, the project's files, what scripts lock."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rollbook.problems import StepFailed
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.linting.context import Lock, Outside
    from rollbook.model.deployment import Deployment
    from rollbook.model.site import Site
    from rollbook.model.workflow import Document

POSTGRES = re.compile(r"postgres|\bpsql\b|\bpg_\w+|pgbouncer", re.IGNORECASE)
"""What a document about a PostgreSQL database says somewhere."""


def outside_of(documents: Sequence[Document], site: Site, named: str) -> Outside:
    """What is known around the documents. `named` is the site as it was asked for: the embedded site's traffic is known
    only where it was meant. Reads files; asks no network."""
    from rollbook.linting.context import Outside
    from rollbook.model.deployment import Deployment

    limits = site.limits
    stated = "traffic_rate" in limits.stated or named == "embedded"
    deployments = [document for document in documents if isinstance(document, Deployment)]
    project = project_of(site) if deployments else None
    locks, unlooked = _locks(deployments, site, project) if project else ((), Words("", ""))
    return Outside(
        traffic_rate=limits.traffic_rate if stated else None,
        traffic_samples=limits.traffic_samples,
        alpha=limits.alpha,
        present=_present(deployments, project) if project else None,
        locks=locks,
        unlooked=unlooked,
        today=datetime.date.today(),
    )


def project_of(site: Site) -> Path | None:
    """The project that a site file names or lies in; None without one: nobody knows what the documents are about."""
    if site.project:
        return Path(site.project) if Path(site.project).is_dir() else None
    return Path(site.directory) if site.path and site.kind != "embedded" else None


def _present(deployments: Sequence[Deployment], project: Path) -> frozenset[str]:
    """The files that are there, of those that the documents name; configuration files may lie beside a document."""
    from rollbook.planning.deployment.files import named_files

    found = set()
    for deployment in deployments:
        beside = Path(deployment.source.path).parent
        for name in named_files(deployment):
            places = (project, beside) if name.kind == "configuration" else (project,)
            if any((place / name.path).exists() for place in places):
                found.add(name.path)
    return frozenset(found)


def _locks(deployments: Sequence[Deployment], site: Site, project: Path) -> tuple[tuple[Lock, ...], Words]:
    """What the scripts of documents about PostgreSQL lock, and why nobody looked, where nobody could."""
    scripts = [
        script
        for deployment in deployments
        if _is_postgres(deployment, site)
        for row in deployment.migrations
        for script in (row.script, row.down_script)
        if script.endswith(".sql") and _lies_in(project, script)
    ]
    if not scripts:
        return (), Words("", "")
    from rollbook.adapters.squawk import findings
    from rollbook.linting.context import Lock
    from rollbook.linting.locks import LOCKS

    try:
        found = findings(list(dict.fromkeys(scripts)), project, LOCKS)
    except StepFailed as failure:
        return (), failure.words
    return tuple(Lock(each.file, each.line + 1, each.rule_name) for each in found), Words("", "")


def _lies_in(project: Path, script: str) -> bool:
    path = (project / script).resolve()
    return path.is_file() and path.is_relative_to(project.resolve())


def _is_postgres(deployment: Deployment, site: Site) -> bool:
    addresses = [*site.databases.values(), *(str(value) for value in site.parameters.values())]
    return any(POSTGRES.match(address) for address in addresses) or bool(POSTGRES.search(deployment.source.text))
