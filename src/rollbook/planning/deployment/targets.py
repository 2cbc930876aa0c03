"""What a run acts on, resolved: cluster, namespace and workload of an environment, and its database (M29).

The one place that says where an environment's workload lives: claims, commands, operations and blockers follow it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rollbook.binding.lifting import commands_of, understood
from rollbook.model.deployment import Deployment, Environment
from rollbook.model.facts import DATABASE_VARIABLES, WorkloadTarget
from rollbook.model.operations import Change, Rollout
from rollbook.model.site import Site
from rollbook.model.words import environment_identity

EMBEDDED = "embedded"
"""The embedded site's cluster, where a row names none."""
KUBERNETES_DEFAULT = "default"
WORKLOAD = "app"
USER = re.compile(r"(?<=://)[^/\s@]*@")


def targets_of(row: Environment, deployment: Deployment, site: Site) -> tuple[WorkloadTarget, ...]:
    """The workloads of an environment, the one that its servers run first.

    The namespace is the row's own, else what the commands name, else Kubernetes' default one. On the embedded site each
    row has a namespace of its own: one that rows share is told apart by the environment's name."""
    place = _place(row, deployment, site)
    if site.kind == "embedded":
        others = [_place(r, deployment, site) for r in deployment.environments if r.name != row.name]
        if place in others or not place[1]:
            own = environment_identity(row.name) or KUBERNETES_DEFAULT
            place = (place[0], f"{place[1]}-{own}" if place[1] else own)
    cluster, namespace = place[0], place[1] or KUBERNETES_DEFAULT
    return tuple(WorkloadTarget(cluster, namespace, name) for name in workloads_of(deployment))


def workloads_of(deployment: Deployment) -> tuple[str, ...]:
    """The Deployments that the commands change, else watch, else a plain name."""
    names = dict.fromkeys(op.deployment for op in _operations(deployment) if isinstance(op, Change) and op.deployment)
    watched = next((op.deployment for op in _operations(deployment) if op.deployment), WORKLOAD)
    return tuple(names) or (watched,)


def database_of(environment: str, variables: Mapping[str, str], site: Site) -> str:
    """What names the environment's database for a claim: never user or password (M5)."""
    wanted = environment_identity(environment)
    told = (url for name, url in site.databases.items() if environment_identity(name) == wanted)
    found = next(told, "") or next((variables[n] for n in DATABASE_VARIABLES if n in variables), "")
    secret = found.removeprefix("secret:")
    return f"{secret} ({wanted})" if secret != found else USER.sub("", found)


def _place(row: Environment, deployment: Deployment, site: Site) -> tuple[str, str]:
    """(cluster, namespace) as far as the document says."""
    cluster = "" if row.cluster.blank else row.cluster.text
    if site.kind == "embedded":
        cluster = cluster or EMBEDDED
    return cluster, _named(deployment) if row.namespace.blank else row.namespace.text


def _named(deployment: Deployment) -> str:
    """The namespace that the commands name for every environment alike; "" where it hangs on a variable."""
    return next((op.namespace for op in _operations(deployment) if op.namespace and "$" not in op.namespace), "")


def _operations(deployment: Deployment) -> tuple[Change | Rollout, ...]:
    """The understood deploy and verify commands of a cluster, changes first."""
    found = [
        op
        for role in ("deploy", "verify")
        for fence in deployment.fences
        for op, _ in understood(commands_of(fence, role))
        if isinstance(op, Change | Rollout)
    ]
    return tuple(sorted(found, key=lambda op: not isinstance(op, Change)))
