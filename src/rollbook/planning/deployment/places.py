"""Which environment of the document the run is for: its row, its servers, whether it is protected (M1, M2, M23)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rollbook.model.deployment import Cell, Deployment, Environment
from rollbook.model.literals import normalised
from rollbook.model.site import Site
from rollbook.model.words import environment_identity
from rollbook.planning.deployment.targets import workloads_of
from rollbook.planning.parameters import counterpart
from rollbook.values import Json

MANY = 1000
"""More replicas than this are a slip of the pen."""


_COUNT = re.compile(r"[<>=≥≤~≈约]* ?(\d{1,4}) ?(?:[^\W\d_]{1,10})?(?: ?\(.*\))?")
"""`3`, `3 台`, `≥ 2`, `2 pods (HPA)`; a range says no number."""


class Ground(msgspec.Struct, frozen=True):
    """Where a deployment document puts the run. `row` is None where it has no such environment."""

    deployment: Deployment
    site: Site
    asked: str = ""
    """The environment as the user spells it."""
    row: Environment | None = None
    facts: Mapping[str, Json] = {}
    """What the survey found: `files` (path → what is known of it), `configuration` (file → variable → value)."""

    @property
    def environment(self) -> str:
        return self.row.name if self.row else self.asked

    @property
    def protected(self) -> bool:
        """Production by alias, behind a manual mark of the pipeline, or as the site says (M2)."""
        if not self.asked:
            return False
        identities = {environment_identity(self.asked), environment_identity(self.environment)}
        named = {environment_identity(e) for e in self.site.protected}
        return bool(identities & {"production", *named}) or self.is_marked

    @property
    def is_marked(self) -> bool:
        """Whether the pipeline drawing puts a manual mark before this environment."""
        wanted = environment_identity(self.environment)
        nodes = self.deployment.pipeline
        return any(
            n.mark == "manual" and n.environment and environment_identity(n.environment) == wanted for n in nodes
        )

    def cell(self, values: Mapping[str, Cell]) -> Cell:
        """This environment's cell of a matrix row; a blank one where no column is meant for it."""
        return cell_of(self.environment, values, self.site)

    @property
    def replicas(self) -> int | None:
        """Instances that the resource table gives the environment; None when it does not say (M23)."""
        for resource in self.deployment.resources:
            text = self.cell(resource.values).text if resource.kind == "replicas" else ""
            number = _COUNT.fullmatch(normalised(text))
            if number and 0 < int(number[1]) <= MANY:
                return int(number[1])
        return None

    @property
    def said_of_replicas(self) -> Cell | None:
        """The cell that should say how many; None where no table has one for the environment."""
        cells = (self.cell(r.values) for r in self.deployment.resources if r.kind == "replicas")
        return next((cell for cell in cells if not cell.blank), None)

    @property
    def ready_within_s(self) -> float | None:
        """Seconds until the document's probes would give an instance up; None without a probe that says when it is
        ready. A startup probe comes before the others (M11)."""
        waits = {p.kind: p.initial_delay_s + p.period_s * p.failure_threshold for p in self.deployment.probes}
        if "readiness" not in waits and "startup" not in waits:
            return None
        return waits.get("startup", 0.0) + waits.get("readiness", 0.0)

    @property
    def servers(self) -> tuple[str, ...]:
        """The site's servers; where it names none, one instance of the workload for each replica (`app-1` …)."""
        known = tuple(s.name for s in self.site.servers)
        name = workloads_of(self.deployment)[0]
        return known or tuple(f"{name}-{n}" for n in range(1, (self.replicas or 0) + 1))


def ground_of(deployment: Deployment, asked: Json, site: Site, facts: Mapping[str, Json]) -> Ground:
    """The environment that `asked` names: by identity, else by the site's map (M1)."""
    name = str(asked or "").strip()
    found = counterpart(name, [e.name for e in deployment.environments], site.environments) if name else None
    return Ground(deployment, site, name, next((e for e in deployment.environments if e.name == found), None), facts)


def cell_of(environment: str, values: Mapping[str, Cell], site: Site) -> Cell:
    column = counterpart(environment, list(values), site.environments)
    return values[column] if column is not None else Cell()
