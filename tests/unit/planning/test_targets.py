"""Where an environment's workload lives, what a run claims, and what stands in the way (M29)."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.documents import read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.planning.deployment.targets import database_of, targets_of
from rollbook.planning.plan import make_plan

DOCUMENT = """# Deployment document: shop

## Environments

| Environment | Cluster | Namespace |
|---|---|---|
| DEV | small | |
| STAGING | big | {staging} |
| PROD | big | shop |

### Variables

| Variable | DEV | STAGING | PROD |
|---|---|---|---|
| DATABASE_URL | sqlite:///dev.db | {staging_url} | {prod_url} |

### Resources

| Component | DEV | STAGING | PROD |
|---|---|---|---|
| Replicas | 1 | 2 | 3 |

## Deploy commands

```bash
{deploy}
```

## Migrations

```bash
{migrate}
```
"""
SET_IMAGE = "kubectl{options} set image deployment/web web=shop:${{VERSION}}"
KUBERNETES = msgspec.structs.replace(Site.embedded(), kind="kubernetes", name="real")


def document(
    staging: str = "",
    options: str = "",
    more: str = "",
    migrate: str = "./migrate up",
    staging_url: str = "",
    prod_url: str = "",
) -> Deployment:
    deploy = SET_IMAGE.format(options=options) + more
    text = DOCUMENT.format(staging=staging, deploy=deploy, migrate=migrate, staging_url=staging_url, prod_url=prod_url)
    found = read(Source("shop.md", text, "")).document
    assert isinstance(found, Deployment)
    return found


def places(deployment: Deployment, site: Site) -> list[str]:
    return [str(targets_of(row, deployment, site)[0]) for row in deployment.environments]


def planned(environment: str, site: Site = KUBERNETES, **what: str) -> Plan:
    return make_plan([document(**what)], {"environment": environment, "version": "v2"}, site)


def blockers(plan: Plan, rule: str) -> list[tuple[int, str]]:
    return [(b.line, b.text) for b in plan.blockers if b.rule == rule]


def test_m29_a_namespace_is_the_rows_own_else_the_commands_else_the_default_one() -> None:
    assert places(document(), KUBERNETES) == ["small/default/web", "big/default/web", "big/shop/web"]
    named = document(options=" -n market")
    assert places(named, KUBERNETES) == ["small/market/web", "big/market/web", "big/shop/web"]
    by_variable = document(options=" -n $NS")
    assert places(by_variable, KUBERNETES)[0] == "small/default/web"


def test_m29_on_the_embedded_site_every_row_has_a_namespace_of_its_own() -> None:
    for deployment in (document(), document(staging="shop"), document(options=" -n market")):
        found = places(deployment, Site.embedded())
        assert len(set(found)) == 3
    assert places(document(), Site.embedded()) == ["small/development/web", "big/staging/web", "big/shop/web"]
    assert places(document(staging="shop"), Site.embedded())[1:] == ["big/shop-staging/web", "big/shop-production/web"]


def test_m29_every_deployment_that_the_commands_change_is_a_target() -> None:
    deployment = document(more="\nkubectl set image deployment/worker worker=shop:${VERSION}")
    assert [t.name for t in targets_of(deployment.environments[0], deployment, KUBERNETES)] == ["web", "worker"]


def test_m29_two_environments_on_one_workload_are_a_blocker_with_both_lines() -> None:
    ((line, text),) = blockers(planned("STAGING", staging="shop"), "shared-workload")
    assert line == 9
    assert "PROD (line 9) and STAGING (line 8) are one workload: big/shop/web" in text
    assert blockers(planned("DEV", staging="shop"), "shared-workload") == []
    assert blockers(planned("PROD"), "shared-workload") == []
    assert blockers(planned("STAGING", Site.embedded(), staging="shop"), "shared-workload") == []


@pytest.mark.parametrize(
    "command",
    [
        "kubectl --context=big exec deploy/web -- ./migrate up",
        "KUBECONFIG=~/.kube/big kubectl exec deploy/web -- ./migrate up",
        "export KUBECONFIG=/etc/big\n./migrate up",
        "./migrate up | kubectl --kubeconfig /etc/big apply -f -",
    ],
)
def test_m29_a_command_for_the_shell_that_chooses_its_own_cluster_is_a_blocker(command: str) -> None:
    for site in (Site.embedded(), KUBERNETES):
        assert [line for line, _ in blockers(planned("DEV", site, migrate=command), "own-cluster")] == [32]
    assert blockers(planned("DEV"), "own-cluster") == []


def test_m29_a_run_claims_its_servers_its_workloads_and_its_database() -> None:
    embedded = Site.embedded()
    assert planned("DEV", embedded).targets == (
        "embedded/web-1", "embedded/small/development/web", "embedded/database/sqlite:///dev.db",
    )  # fmt: skip
    assert planned("PROD", embedded, prod_url="[Secret]").targets[-2:] == (
        "embedded/big/shop/web", "embedded/database/DATABASE_URL (production)",
    )  # fmt: skip


def test_m29_two_environments_of_one_database_keep_each_others_runs_apart() -> None:
    shared = {"staging_url": "sqlite:///dev.db"}
    mine, theirs = (planned(name, Site.embedded(), **shared).targets for name in ("DEV", "STAGING"))
    assert "embedded/database/sqlite:///dev.db" in set(mine) & set(theirs)


def test_m05_a_claim_on_a_database_names_no_user_and_no_password() -> None:
    site = msgspec.structs.replace(Site.embedded(), databases={"DEV": "postgresql://shop:hunter2@db/dev"})
    assert database_of("development", {}, site) == "postgresql://db/dev"
    assert database_of("DEV", {"DATABASE_URL": "secret:DATABASE_URL"}, Site.embedded()) == "DATABASE_URL (development)"
    assert database_of("DEV", {}, Site.embedded()) == ""
