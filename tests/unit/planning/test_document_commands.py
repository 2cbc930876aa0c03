"""What becomes of a deployment document's commands: done by functions, run by the shell, asked about, or named."""

from __future__ import annotations

import msgspec
import pytest

from rollbook.documents import read
from rollbook.machine.state import run_state
from rollbook.model.deployment import Deployment
from rollbook.model.events import GateAnswered
from rollbook.model.plan import Plan, PlanItem
from rollbook.model.site import Site
from rollbook.model.workflow import Source
from rollbook.planning.plan import make_plan
from rollbook.problems import ProblemsFound
from walking import Walk

HEAD = """# Deployment document: shop

## Environments

| Environment | Domain | Cluster |
|---|---|---|
| DEV | dev.example.com | small |
| PROD | example.com | big |

## Resources

| Component | DEV | PROD |
|---|---|---|
| App replicas | 2 | 3 |

"""


def planned(body: str, environment: str = "DEV", site: Site | None = None) -> Plan:
    document = read(Source("shop.md", HEAD + body, "")).document
    assert isinstance(document, Deployment)
    return make_plan([document], {"environment": environment, "version": "v2"}, site or Site.embedded())


def section(title: str, *lines: str) -> str:
    return f"## {title}\n\n```bash\n" + "\n".join(lines) + "\n```\n\n"


def shells(plan: Plan) -> list[PlanItem]:
    return [i for s in plan.steps for i in s.items if i.kind == "shell"]


def repairs(plan: Plan) -> dict[int, str]:
    """Line → what, of the repairs about commands."""
    return {r.line: r.what for r in plan.repairs}


DEPLOY = ("kubectl apply -f k8s/app.yaml", "kubectl set image deployment/app app=app:${VERSION}")
WARM = ("# if needed, warm the cache", "./warm.sh ${VERSION}")


def test_m27_a_command_under_a_condition_is_asked_about_in_a_step_of_its_own() -> None:
    plan = planned(section("Deploy commands", *DEPLOY, *WARM))
    (item,) = shells(plan)
    assert (item.asks, item.guarded, item.effect) == (True, True, "once")
    assert item.code == "./warm.sh ${VERSION}\n"
    assert item.text == "if needed, warm the cache: `./warm.sh ${VERSION}`"
    assert [len(s.items) for s in plan.steps if item in s.items] == [1]


@pytest.mark.parametrize(("answer", "runs"), [("approve", True), ("reject", False)])
def test_m27_a_yes_runs_it_and_a_no_leaves_it_out_and_the_run_goes_on(answer: str, runs: bool) -> None:
    walk = Walk(planned(section("Build", "docker build -t app .") + section("Deploy commands", *DEPLOY, *WARM))).on()
    (gate,) = walk.state.gates
    assert gate.id.startswith("ask:")
    task = gate.id.removeprefix("ask:")
    assert task not in walk.tasks()
    walk.say(GateAnswered(gate.id, answer, "operator"))
    walk.on()
    assert run_state(walk.state) == "succeeded"
    assert (task in walk.tasks()) is runs


def test_m27_neighbours_under_one_condition_are_one_question_with_what_prepares_them() -> None:
    body = section("Migrations", "cd db", "# 执行迁移", "./migrate up", "", "# 如需初始化数据", "./seed a", "./seed b")
    (question,) = shells(planned(body + section("Deploy commands", *DEPLOY)))
    assert (question.code, question.guarded) == ("cd db\n./seed a\n./seed b\n", True)


def test_m27_a_migration_that_stands_only_under_a_condition_never_runs_by_itself() -> None:
    body = section("Migrations", "# if needed", "./migrate up") + section("Deploy commands", *DEPLOY)
    plan = planned(body + "## Checklist\n\n### During the release\n\n- [ ] run the database migrations\n")
    assert [i.guarded for i in shells(plan)] == [True]
    assert plan.deployment is not None
    from rollbook.steps.shelling import script_for

    assert script_for(plan.deployment, "migrate_up") == ""


def test_m27_operations_commands_never_enter_a_release() -> None:
    plan = planned(section("Deploy commands", *DEPLOY) + section("Daily operations commands", "./restart.sh", *WARM))
    assert shells(plan) == []
    assert not [r for r in plan.repairs if "restart" in r.what or "warm" in r.what]


def test_m27_several_roles_in_one_fence_with_comments_before_and_behind() -> None:
    body = section(
        "Commands",
        "docker build -t app:${VERSION} .   # build the image",
        "docker push app:${VERSION}",
        "# back up the database",
        "pg_dump shop > dump.sql",
        "./migrate up  # apply migrations",
        "# deploy",
        *DEPLOY,
        "# verify",
        "./smoke.sh",
        "# if needed, roll back the database",
        "./migrate down",
    )
    plan = planned(
        body + "## Checklist\n\n### During\n\n- [ ] back up what we have\n- [ ] schema change\n- [ ] deploy\n"
    )
    assert [i.code for i in shells(plan)] == ["pg_dump shop > dump.sql\n", "./smoke.sh\n"]
    bindings = [i.binding.partition("@")[0] for s in plan.steps for i in s.items]
    assert bindings[:2] == ["rollbook.steps.image:build", "rollbook.steps.image:push"]
    assert bindings[3] == "rollbook.steps.migrate:up"
    assert "./migrate down" not in "".join(i.code for i in shells(plan))


def test_m28_what_the_shell_alone_understands_is_run_whole_and_as_written() -> None:
    script = (
        "for n in 1 2; do",
        '  ./probe.sh "$n" \\',
        "    --version ${VERSION} | tee -a probe.log",
        "done",
        "(cd tests && ./smoke.sh) && ./report.sh <<EOF",
        "${VERSION} $(date)",
        "EOF",
    )
    (item,) = shells(planned(section("Deploy commands", *DEPLOY) + section("Verify", *script)))
    assert item.code == "\n".join(script) + "\n"
    assert item.effect == "once"


def test_m28_one_command_that_is_not_understood_and_none_of_the_fence_is_taken_for_the_sites_own() -> None:
    plan = planned(section("Deploy commands", *DEPLOY, "./purge-cdn.sh"))
    named = repairs(plan)
    lines = [line for line, what in named.items() if what.endswith("is not run")]
    assert len(lines) == 3
    assert "`./purge-cdn.sh` is not run" in named.values()
    assert not any("one change" in what for what in named.values())


def test_m28_apply_and_set_image_are_one_change_also_beside_a_command_under_a_condition() -> None:
    plan = planned(section("Deploy commands", *DEPLOY, *WARM))
    assert "`apply` and `set image` are made one change" in repairs(plan).values()


def test_m28_what_would_ask_other_machines_is_not_run_on_the_embedded_site_and_named() -> None:
    body = section("Deploy commands", *DEPLOY) + section("Verify", "./smoke.sh", "curl -fsS https://example.com/health")
    assert shells(planned(body)) == []
    assert "`curl -fsS https://example.com/health` is not run" in repairs(planned(body)).values()
    real = msgspec.structs.replace(Site.embedded(), kind="ssh", name="real")
    assert [i.code.split()[0] for i in shells(planned(body, site=real))] == ["./smoke.sh"]


def test_a_command_of_which_nothing_says_what_it_is_for_is_said_and_not_run() -> None:
    plan = planned(section("Deploy commands", *DEPLOY) + section("Odds and ends", "frobnicate --all"))
    assert shells(plan) == []
    assert any("not acted upon: `frobnicate --all`" in note for note in plan.notes)


def test_m22_what_is_built_is_pushed_though_the_document_pushes_nothing_and_the_plan_says_so() -> None:
    build = "docker build -t app:${VERSION} ."
    plan = planned(section("Build commands", build) + section("Deploy commands", *DEPLOY))
    bindings = [i.binding.partition("@")[0] for i in plan.steps[0].items]
    assert bindings == ["rollbook.steps.image:build", "rollbook.steps.image:push"]
    assert "the image that is built is pushed too" in repairs(plan).values()
    pushed = planned(
        section("Build commands", build, "docker push app:${VERSION}") + section("Deploy commands", *DEPLOY)
    )
    assert not any("pushed too" in what for what in repairs(pushed).values())
    assert len(pushed.steps[0].items) == 2


def test_m22_a_push_under_a_condition_is_asked_about_where_it_is_the_shells() -> None:
    body = section("Build", "docker build -t app .", "# if needed", "make publish") + section(
        "Deploy commands", *DEPLOY
    )
    assert [(i.code, i.guarded) for i in shells(planned(body))] == [("make publish\n", True)]


@pytest.mark.parametrize("title", ["构建与部署", "Build and deploy"])
def test_m27_below_a_heading_of_two_things_a_program_that_tells_nothing_deploys(title: str) -> None:
    plan = planned(section(title, "mvn -q package", "scp target/app.jar web-1:/srv/"))
    assert any(i.leaves for s in plan.steps for i in s.items)
    assert "`scp target/app.jar web-1:/srv/` is not run" in repairs(plan).values()


def test_m31_an_upgrade_script_is_a_migration_and_no_deployment() -> None:
    during = "## Checklist\n\n### During\n\n- [ ] run the database upgrade scripts\n- [ ] deploy the new version\n"
    plan = planned(section("Deploy commands", *DEPLOY) + section("Migrations", "./migrate up") + during)
    titles = [s.title for s in plan.steps]
    assert titles[0] == "run the database upgrade scripts"
    assert plan.steps[0].items[0].binding.startswith("rollbook.steps.migrate:up@")
    assert titles.index("deploy the new version") > 1


def test_a_document_that_only_gates_is_no_release() -> None:
    with pytest.raises(ProblemsFound) as found:
        planned("## Release window\n\nRelease window: Mondays\n", "PROD")
    assert [p.rule for p in found.value.problems] == ["no-steps"]


def test_without_servers_that_leave_traffic_there_are_no_waves() -> None:
    plan = planned(section("Migrations", "./migrate up"))
    assert plan.servers
    assert plan.waves == ()
