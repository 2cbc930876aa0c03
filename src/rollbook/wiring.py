"""From a site to what runs on it: the only place that knows adapters.

Site ──> its state directory ──> journal, locks, queues
     └─> ports for one run, and the library of step functions
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollbook import clusters
from rollbook.drivers.approving import void
from rollbook.drivers.carrying import Equipment
from rollbook.drivers.journal import SqlJournal
from rollbook.drivers.notices import gate_messages
from rollbook.drivers.progress import ProgressFile, progress_path
from rollbook.drivers.redaction import DiscreetNotifier, DiscreetRecords, Redactor, discreet, redacting
from rollbook.drivers.tables import open_engine
from rollbook.machine.program import Program
from rollbook.model.facts import DeploymentFacts
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.planning.codec import plan_hash
from rollbook.ports import Database, Endpoint, Journal, Ports, Project, Reports
from rollbook.problems import Refused, RollbookError
from rollbook.providing import database_for, project_in, secrets_for
from rollbook.values import Json, Words

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rollbook.adapters.embedded import EmbeddedSite
    from rollbook.binding.library import Library
    from rollbook.ports.cluster import Cluster, Workload

STATE = ".rollbook"


def state_directory(site: Site) -> Path:
    """Where journal, locks, logs and the embedded fleet live: `.rollbook` beside the site file."""
    return Path(site.directory).resolve() / STATE


def open_journal(site: Site) -> SqlJournal:
    """The site's journal, made if there is none. Raises Refused when its database cannot be opened."""
    from sqlalchemy.exc import SQLAlchemyError

    file = state_directory(site) / "journal.db"
    try:
        return SqlJournal(open_engine(site.state or f"sqlite:///{file}"))
    except (SQLAlchemyError, OSError) as error:
        # The address of a database may hold a password: it is named by its place in the site file.
        where = f"state ({site.path})" if site.state else str(file)
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Refused(NO_DATABASE.format(where=where, why=why), NO_DATABASE_HINT) from error


def has_journal(site: Site) -> bool:
    """Whether a run was ever started here; asking makes nothing."""
    return bool(site.state) or (state_directory(site) / "journal.db").exists()


def queue_engine(site: Site) -> sa.Engine:
    """The database of the queues: a file of its own on SQLite, the journal's database (own schema) on PostgreSQL."""
    return open_engine(site.state or f"sqlite:///{state_directory(site)}/queues.db", durable=False)


def locks_directory(site: Site) -> Path:
    return state_directory(site) / "locks"


def embedded_site(site: Site) -> EmbeddedSite:
    """The embedded site of this directory. Raises Refused for any other kind of site: no adapter, no run."""
    if site.kind != "embedded":
        raise Refused(NO_ADAPTER.format(kind=site.kind), NO_ADAPTER_HINT)
    from rollbook.adapters.embedded import EmbeddedSite

    return EmbeddedSite(Path(site.directory).resolve())


def ports_for(
    site: Site, run: str, reports: Reports, facts: DeploymentFacts | None = None, redactor: Redactor | None = None
) -> Ports:
    """Everything run `run` may touch. `redactor` learns every secret that is asked for."""
    redactor = redactor or Redactor()
    root = project_directory(site)
    secrets = secrets_for(site, facts, root, redactor)
    made = embedded_site(site).ports(run, secrets=secrets)
    return Ports(
        host=made.host,
        balancer=made.balancer,
        registry=made.registry,
        project=project_for(site, run, facts, redactor),
        notifier=DiscreetNotifier(made.notifier, redactor),
        records=DiscreetRecords(made.records, redactor),
        reports=reports,
        clock=made.clock,
        cluster=made.cluster,
        database=database_for(site, facts, secrets, root),
    )


async def live_cluster(site: Site, workload: Workload, environment: str = "") -> Cluster:
    """The site's cluster for acts outside any run, telling what the environment's servers run now. Raises Refused where
    the site is down, or its servers run another environment's release."""
    return await clusters.live(embedded_site(site), workload, environment)


def project_for(
    site: Site, run: str, facts: DeploymentFacts | None = None, redactor: Redactor | None = None
) -> Project:
    """The project under test: the site's, else the one that the embedded site brings. Tool output goes to the run's
    own folder."""
    root, redactor = project_directory(site), redactor or Redactor()
    secrets = secrets_for(site, facts, root, redactor)
    scratch = state_directory(site) / "runs" / run
    return project_in(root, scratch, site, facts, secrets, redactor, service_of(site, facts))


async def serving(site: Site) -> tuple[Endpoint, ...]:
    """What the site's balancer sends requests to now; nothing where the site is not up."""
    if site.kind != "embedded" or not (await embedded_site(site).look()).up:
        return ()
    pool = await embedded_site(site).ports().balancer.pool()
    return tuple(e for e in pool if e.state == "in" and e.weight > 0)


def schema_ports(site: Site, facts: DeploymentFacts, root: Path) -> tuple[Project, Database | None]:
    """The project and the database of one environment, for acts on its schema outside any run. Touches nothing."""
    redactor = Redactor()
    secrets = secrets_for(site, facts, root, redactor)
    scratch = state_directory(site) / "runs" / "migrate"
    project = project_in(root, scratch, site, facts, secrets, redactor, {})
    return project, database_for(site, facts, secrets, root)


def service_of(site: Site, facts: DeploymentFacts | None) -> dict[str, str]:
    """SERVICE_URL: where the environment's service is reached: the embedded site's own address, never the document's
    there; else its domain."""
    if site.kind == "embedded":
        address = embedded_site(site).address()
        return {"SERVICE_URL": f"http://{address}"} if address else {}
    domain = facts.environment.domain.text if facts else ""
    return {"SERVICE_URL": domain if "://" in domain else f"https://{domain}"} if domain else {}


def project_directory(site: Site) -> Path:
    return (Path(site.project) if site.project else embedded_site(site).layout.project).resolve()


def equip(site: Site, plan: Plan, run: str, journal: Journal, reports: Reports, time_scale: float) -> Equipment:
    """What carrying `run` needs."""
    program, library, redactor = Program(plan), library_of(site, plan), Redactor()
    code, key = hashes_of(library, plan), plan_hash(plan)
    return Equipment(
        program=program,
        ports=ports_for(site, run, reports, plan.deployment, redactor),
        functions=library,
        journal=journal,
        locks=locks_directory(site),
        requests=lambda: pending_request(plan, journal),
        announce=announcing(program, run, journal),
        changed=lambda entries: void(entries, key, plan, code),
        time_scale=time_scale,
        redact=redacting(secrets_for(site, plan.deployment, project_directory(site), redactor), redactor),
        discreet=lambda work: discreet(work, redactor),
        ended=lambda: clusters.mirror_run(embedded_site(site), plan),
        tell=ProgressFile(progress_path(state_directory(site), run)).tell,
    )


def code_hashes(site: Site, plan: Plan) -> dict[str, str]:
    """The step code that this plan would run now: binding → hash of its code as it is (M44)."""
    return hashes_of(library_of(site, plan), plan)


def hashes_of(library: Library, plan: Plan) -> dict[str, str]:
    bindings = {bound.binding for item in plan.items().values() for bound in item.bound}
    return {binding: library.current_hash(binding) for binding in sorted(bindings)}


def library_of(site: Site, plan: Plan) -> Library:
    """The step functions that the plan's documents see."""
    from rollbook.binding.library import library_for

    return library_for([d.path for d in plan.documents], site.steps, site.directory, site.path)


def announcing(program: Program, run: str, journal: Journal) -> Callable[[Ports, str], Coroutine[Any, Any, None]]:
    """How the people of a gate are told. The gate is open whether or not a message arrives, so one that cannot be sent
    is not the run's failure: `show` names the gate."""

    async def announce(ports: Ports, gate: str) -> None:
        head = next((row.head for row in journal.runs() if row.run == run), "")
        for message in gate_messages(program, run, gate, head):
            try:
                await ports.notifier.send(message)
            except (RollbookError, OSError) as error:
                print_undelivered(message.channel, error)

    return announce


def print_undelivered(channel: str, error: Exception) -> None:
    """Said on standard error, which a worker has in its log."""
    import sys

    sys.stderr.write(f"rollbook: no message through {channel}: {error}\n")


def publish_metrics(metrics: Mapping[str, Json], attributes: Mapping[str, str]) -> None:
    """Tell a run's metrics to OpenTelemetry, where this process has a provider."""
    from rollbook.adapters.metrics import record

    record(metrics, attributes)


def pending_request(plan: Plan, journal: Journal) -> str:
    """The id of an open request for this environment and version that the initiator or an approver opened (M14)."""
    allowed = {plan.site.initiator, *(p for gate in plan.gates for a in gate.approvers for p in a.people)}
    found = (r.id for r in journal.requests(plan.site.environment, plan.version) if r.person in allowed)
    return next(found, "")


NO_DATABASE = Words("the journal's database cannot be opened: {where}: {why}", "无法打开日志数据库：{where}：{why}")
NO_DATABASE_HINT = Words(
    "`state` in the site file is a SQLAlchemy URL; without it the journal is .rollbook/journal.db",
    "站点文件中的 `state` 是 SQLAlchemy 的 URL；不写时日志在 .rollbook/journal.db",
)
NO_ADAPTER = Words("this version has no adapter for sites of kind {kind}", "本版本还没有 {kind} 类站点的适配器")
NO_ADAPTER_HINT = Words("try the plan on the embedded site: --site embedded", "可先在内嵌站点上试运行：--site embedded")
