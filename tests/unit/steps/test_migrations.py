"""Backup and migrations as steps: which way they run, what they note, what they refuse (M31)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rollbook.adapters.project import ProjectDirectory
from rollbook.adapters.sql import open_database
from rollbook.model.deployment import Environment, Migration, ShellCommand
from rollbook.ports import Completed
from rollbook.ports.database import Applied
from rollbook.ports.deployment import DeploymentFacts
from rollbook.ports.fakes import BASELINE, FakeSite
from rollbook.ports.fakes.tooling import ToolRun
from rollbook.problems import StepFailed, Unreachable
from rollbook.steps import backup, migrate
from rollbook.values import RunInfo, Server

RUN = RunInfo("r1", "qa", "v2", "operator", "en", {}, {}, {})
ROWS = (
    Migration("V001", "migrations/V001_init.sql", reversible=True),
    Migration("V002", "migrations/V002_x.sql", reversible=True),
)
TABLE = DeploymentFacts("d.md", Environment("QA"), migrations=ROWS)
BY_COMMAND = msgspec.structs.replace(
    TABLE,
    commands={
        "migrate_up": (ShellCommand("./scripts/migrate.sh up", "migrate_up"),),
        "migrate_down": (
            ShellCommand("./scripts/migrate.sh down", "migrate_down"),
            ShellCommand("./scripts/migrate.sh down", "migrate_down", guarded=True),
        ),
    },
)


@pytest.fixture
def site() -> FakeSite:
    return FakeSite.of(["app-1"])


def migrated(facts: dict[str, Any]) -> RunInfo:
    return msgspec.structs.replace(RUN, facts=facts)


async def up(site: FakeSite, facts: DeploymentFacts = TABLE) -> dict[str, Any]:
    return await migrate.up(facts, site.project, RUN, site.database)


async def down(site: FakeSite, run: RunInfo, facts: DeploymentFacts = TABLE) -> dict[str, Any]:
    return await migrate.down(facts, site.project, site.balancer, run, site.database)


def commanding(site: FakeSite, *, takes: int = 1) -> list[str]:
    """The document's command moves versions of the simulated database; `takes` at once on the way down."""
    said: list[str] = []

    def act(argv: Any) -> ToolRun:
        said.append(argv[-2])
        schema = site.world.schema
        new = tuple(Applied(m.version) for m in ROWS) if argv[-2].endswith("up") else schema[: len(schema) - takes]
        site.world = msgspec.structs.replace(site.world, schema=new)
        return ToolRun(Completed(0), {})

    site.project.tools["-c"] = act
    return said


async def test_m31_the_table_is_applied_where_the_document_has_no_command(site: FakeSite) -> None:
    facts = await up(site)
    assert (facts["migrations.before"], facts["migrations.after"]) == ([], ["V001", "V002"])
    assert facts["migrations.applied"] == ["V001", "V002"]


async def test_m19_applying_again_after_a_crash_still_knows_what_this_run_applied(site: FakeSite) -> None:
    await up(site)
    assert (await up(site))["migrations.applied"] == ["V001", "V002"]


async def test_m31_the_documents_command_wins_over_the_table(site: FakeSite) -> None:
    said = commanding(site)
    facts = await up(site, BY_COMMAND)
    assert said == ["./scripts/migrate.sh up"]
    assert facts["migrations.applied"] == ["V001", "V002"]


async def test_m31_a_schema_that_cannot_be_read_stops_before_anything_runs(site: FakeSite) -> None:
    said = commanding(site)
    site.world = site.world.cutting("database")
    with pytest.raises(Unreachable):
        await up(site, BY_COMMAND)
    assert said == []


async def test_m31_down_by_table_takes_back_what_this_run_applied(site: FakeSite) -> None:
    facts = await up(site)
    assert (await down(site, migrated(facts)))["migrations.reversed"] == ["V002", "V001"]
    assert site.world.schema == ()


async def test_m31_nothing_goes_down_in_a_protected_environment(site: FakeSite) -> None:
    facts = await up(site)
    run = msgspec.structs.replace(migrated(facts), settings={"protected": True})
    with pytest.raises(StepFailed):
        await down(site, run)


async def test_m31_down_by_command_runs_once_for_each_version(site: FakeSite) -> None:
    said = commanding(site)
    facts = await up(site, BY_COMMAND)
    assert (await down(site, migrated(facts), BY_COMMAND))["migrations.after"] == []
    assert said == ["./scripts/migrate.sh up", *["./scripts/migrate.sh down"] * 2]


async def test_m31_a_command_that_takes_away_more_than_ours_is_not_called_again(site: FakeSite) -> None:
    said = commanding(site, takes=2)
    site.world = msgspec.structs.replace(site.world, schema=(Applied("V000"), Applied("V002")))
    with pytest.raises(StepFailed, match="took away V000, V002"):
        await down(site, migrated({"migrations.applied": ["V002"]}), BY_COMMAND)
    assert len(said) == 1


async def test_m31_nothing_is_reversed_that_this_run_did_not_apply(site: FakeSite) -> None:
    await up(site)
    assert (await down(site, RUN))["detail"] == "this run applied nothing"
    assert len(site.world.schema) == 2


@pytest.mark.parametrize("mark", [None, False])
async def test_m31_all_of_it_must_be_marked_reversible(site: FakeSite, mark: bool | None) -> None:
    facts = await up(site)
    rows = (msgspec.structs.replace(ROWS[0], reversible=mark), ROWS[1])
    with pytest.raises(StepFailed, match="not marked reversible: V001"):
        await down(site, migrated(facts), msgspec.structs.replace(TABLE, migrations=rows))
    assert len(site.world.schema) == 2


async def test_m31_servers_come_first(site: FakeSite) -> None:
    serving = msgspec.structs.replace(migrated(await up(site)), id=BASELINE)
    with pytest.raises(StepFailed, match="app-1 still serve"):
        await down(site, serving)


async def test_a_stated_checksum_must_be_the_scripts(site: FakeSite) -> None:
    rows = (msgspec.structs.replace(ROWS[0], checksum="sha256:" + "0" * 64),)
    with pytest.raises(StepFailed, match="is not the script that the document states"):
        await up(site, msgspec.structs.replace(TABLE, migrations=rows))


async def test_a_backup_is_proved_by_restoring_it(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V001_init.sql").write_text("CREATE TABLE a (i INTEGER); INSERT INTO a VALUES (1), (2);")
    site, project = FakeSite.of(["app-1"]), ProjectDirectory(tmp_path, tmp_path / "scratch")
    database = open_database("sqlite:///shop.db", tmp_path)
    await migrate.up(msgspec.structs.replace(TABLE, migrations=ROWS[:1]), project, RUN, database)
    facts = await backup.back_up([Server("app-1")], site.host, project, TABLE, RUN, database)
    assert facts["backup.tables"] == {"a": 2, "rollbook_migrations": 1}
    assert Path(facts["backup.database"]).stat().st_mode & 0o777 == 0o600


async def test_a_backup_without_a_database_says_so(site: FakeSite) -> None:
    facts = await backup.back_up([Server("app-1")], site.host, site.project, TABLE, RUN)
    assert facts["detail"] == "1 releases written down; no database"
