"""Backup and migrations as steps: which way they run, what they note, what they refuse (M31)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from databases import postgresql
from rollbook.adapters.project import ProjectDirectory
from rollbook.adapters.sql import open_database
from rollbook.model.deployment import Environment, Migration, ShellCommand
from rollbook.ports import Completed
from rollbook.ports.database import Applied, Holder, Part
from rollbook.ports.deployment import DeploymentFacts
from rollbook.ports.fakes import BASELINE, FakeSite
from rollbook.ports.fakes.tooling import ToolRun
from rollbook.problems import StepFailed, Unreachable
from rollbook.steps import backup, migrate, reversing
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
    return await reversing.down(facts, site.project, site.balancer, run, site.database)


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


async def test_m31_without_a_known_database_nothing_is_claimed_to_be_applied(site: FakeSite) -> None:
    commanding(site)
    facts = await migrate.up(BY_COMMAND, site.project, RUN, None)
    assert facts["migrations.applied"] == []
    assert "not known" in facts["detail"]


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
    with pytest.raises(StepFailed, match="only after a person's yes"):
        await down(site, run)
    assert len(site.world.schema) == 2


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
    assert (await down(site, RUN))["detail"] == "nothing of this run is applied"
    assert len(site.world.schema) == 2


@pytest.mark.parametrize("mark", [None, False])
async def test_m31_all_of_it_must_be_marked_reversible(site: FakeSite, mark: bool | None) -> None:
    facts = await up(site)
    rows = (msgspec.structs.replace(ROWS[0], reversible=mark), ROWS[1])
    with pytest.raises(StepFailed, match="not marked reversible: V001"):
        await down(site, migrated(facts), msgspec.structs.replace(TABLE, migrations=rows))
    assert len(site.world.schema) == 2


async def test_m19_a_crash_between_the_command_and_its_record_loses_nothing(site: FakeSite) -> None:
    """The journal has what was applied before: what is applied now and was not then is this run's."""
    said = commanding(site)
    site.world = msgspec.structs.replace(site.world, schema=(Applied("V000"),))
    begun = msgspec.structs.replace(RUN, schema=("V000",))
    await migrate.up(BY_COMMAND, site.project, begun, site.database)
    again = await migrate.up(BY_COMMAND, site.project, begun, site.database)
    assert len(said) == 1
    assert again["migrations.applied"] == ["V001", "V002"]


async def test_f09_a_command_that_died_half_way_is_begun_again_only_for_what_is_missing(site: FakeSite) -> None:
    said = commanding(site)
    site.world = msgspec.structs.replace(site.world, schema=(Applied("V001"),))
    facts = await migrate.up(BY_COMMAND, site.project, msgspec.structs.replace(RUN, schema=()), site.database)
    assert len(said) == 1
    assert facts["migrations.applied"] == ["V001", "V002"]


async def test_f09_a_lock_that_is_a_row_stops_the_command_before_it_begins(site: FakeSite) -> None:
    said = commanding(site)
    site.database.held = Holder("process 4711", "yoyo_lock", "yoyo break-lock")
    with pytest.raises(StepFailed, match="yoyo_lock says that somebody is migrating: process 4711") as told:
        await up(site, BY_COMMAND)
    assert "yoyo break-lock" in told.value.hint.en
    assert said == []


async def test_a_command_that_fails_half_way_is_told_exactly(site: FakeSite) -> None:
    def half(argv: Any) -> ToolRun:
        site.world = msgspec.structs.replace(site.world, schema=(Applied("V001"),))
        return ToolRun(Completed(1, ("ERROR: relation exists",)), {})

    site.project.tools["-c"] = half
    with pytest.raises(StepFailed, match="newly applied: V001; not applied: V002") as told:
        await up(site, BY_COMMAND)
    assert told.value.output == ("ERROR: relation exists",)
    assert "rollbook migrate status d.md -p environment=qa" in told.value.hint.en


async def test_a_command_that_ends_well_and_leaves_something_out_has_not_succeeded(site: FakeSite) -> None:
    def one(argv: Any) -> ToolRun:
        site.world = msgspec.structs.replace(site.world, schema=(Applied("V001"),))
        return ToolRun(Completed(0), {})

    site.project.tools["-c"] = one
    with pytest.raises(StepFailed, match="ended well, but V002 is not applied"):
        await up(site, BY_COMMAND)


async def test_m31_what_is_lost_is_listed_before_anybody_says_yes(site: FakeSite) -> None:
    facts = await up(site)
    site.project.texts["migrations/V001_init.down.sql"] = "DROP TABLE orders;\nALTER TABLE users DROP COLUMN phone;"
    site.project.texts["migrations/V002_x.down.sql"] = "DROP INDEX by_day;"
    site.database.sizes = {Part("orders"): 12, Part("users", "phone"): 3}
    told = await reversing.look(TABLE, site.project, migrated(facts), site.database)
    assert told["migrations.reversible"] == ["V002", "V001"]
    assert told["migrations.lost"] == [
        "V002: no table, column or row", "V001: table orders with 12 rows", "V001: column users.phone with 3 values",
    ]  # fmt: skip
    assert told["detail"].startswith("takes back V002, V001. Lost: V002: no table")


async def test_m31_a_newer_version_of_somebody_elses_keeps_the_schema(site: FakeSite) -> None:
    facts = await up(site)
    site.world = msgspec.structs.replace(site.world, schema=(*site.world.schema, Applied("V003")))
    told = await reversing.look(TABLE, site.project, migrated(facts), site.database)
    assert told["migrations.reversible"] == []
    assert told["detail"] == "the schema stays: V003 is newer and was not applied by this run"


async def test_m31_without_a_record_of_before_nothing_is_provably_ours(site: FakeSite) -> None:
    await up(site)
    told = await reversing.look(TABLE, site.project, RUN, site.database)
    assert told["migrations.reversible"] == []


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


async def test_a_backup_of_a_postgresql_is_proved_by_restoring_it_too(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V001_init.sql").write_text(
        "CREATE TABLE a (i INTEGER PRIMARY KEY); CREATE VIEW b AS SELECT i FROM a; INSERT INTO a VALUES (1), (2), (3);"
    )
    site, project = FakeSite.of(["app-1"]), ProjectDirectory(tmp_path, tmp_path / "scratch")
    with postgresql() as url:
        database = open_database(url, tmp_path)
        await migrate.up(msgspec.structs.replace(TABLE, migrations=ROWS[:1]), project, RUN, database)
        facts = await backup.back_up([Server("app-1")], site.host, project, TABLE, RUN, database)
    kept = facts["backup.servers"]["app-1"]
    assert (kept["image"], kept["digest"]) == ("v1.0.0", "sha256:baseline")
    assert len(kept["configuration_sha256"]) == 64
    assert facts["backup.tables"] == {"a": 3, "rollbook_migrations": 1}
    assert Path(facts["backup.database"]).stat().st_mode & 0o777 == 0o600
