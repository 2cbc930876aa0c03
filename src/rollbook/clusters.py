"""The embedded site's cluster, telling what its servers run: for acts outside any run, and after each run (M23)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rollbook.model.words import environment_identity
from rollbook.ports.cluster import Namespace
from rollbook.problems import Refused, RollbookError
from rollbook.values import Words

if TYPE_CHECKING:
    from rollbook.adapters.embedded import EmbeddedSite
    from rollbook.model.plan import Plan
    from rollbook.ports.cluster import Cluster, Workload


async def live(embedded: EmbeddedSite, workload: Workload, environment: str = "") -> Cluster:
    """The cluster with `workload` in it, whose nodes are the servers that run the environment's release; "" means any.
    Raises Refused where the site is down, or its servers run another environment's release."""
    status = await embedded.look()
    if not status.up:
        raise Refused(DOWN, DOWN_HINT)
    servers = embedded.running(status, environment_identity(environment)) if environment else status.servers
    if status.servers and not servers:
        raise Refused(RUNS_OTHER.format(environment=environment), RUNS_OTHER_HINT)
    return await embedded.mirror(workload, servers)


async def mirror_run(embedded: EmbeddedSite, plan: Plan) -> None:
    """After a run: the Deployment that its servers stand for has their image and their number. A run has ended whether
    or not this can be written; the next look writes it."""
    targets = plan.deployment.targets if plan.deployment else ()
    if not targets:
        return
    try:
        status = await embedded.look()
        if status.up:
            servers = embedded.running(status, environment_identity(plan.environment))
            place = Namespace(targets[0].cluster, targets[0].namespace)
            await embedded.mirror(place.workload(targets[0].name), servers, resize=True)
    except (RollbookError, OSError) as error:
        sys.stderr.write(f"rollbook: the cluster's record of {targets[0]} was not written: {error}\n")


DOWN = Words("the embedded site is down", "内嵌站点未启动")
DOWN_HINT = Words("bring it up with `rollbook site up`", "请用 `rollbook site up` 启动")
RUNS_OTHER = Words(
    "nothing of {environment} runs here: the servers run another environment's release",
    "{environment} 没有任何实例在此运行：服务器上是其他环境的版本",
)
RUNS_OTHER_HINT = Words(
    "release to it first: rollbook run DOC -p environment=NAME", "请先向它发布：rollbook run 文档 -p environment=名称"
)
