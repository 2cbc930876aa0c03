"""What a deployment document leans on is looked up before planning; secret values never enter the facts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rollbook.app.survey import survey
from rollbook.model.deployment import (
    Cell,
    Deployment,
    Environment,
    FrontMatter,
    Migration,
    Variable,
)
from rollbook.model.site import Site
from rollbook.model.workflow import Source

SITE = Site.embedded()
CANARY = "hunter2-canary"


def document(directory: Path) -> Deployment:
    return Deployment(
        Source(str(directory / "deploy.md"), "", ""), "en", "shop",
        front=FrontMatter(depends_on=("TEST.md", "../outside.md", "GONE.md")),
        environments=(Environment("test", configuration_file=Cell(".env.test", blank=False)),),
        variables=(
            Variable("TOKEN", values={"test": Cell()}, secret=True), Variable("URL", values={"test": Cell()}),
            Variable("NAME", values={"test": Cell()}),
        ),
        migrations=(Migration("V1", "migrations/v1.sql"),),
    )  # fmt: skip


def test_m24_files_are_known_by_status_and_checksum(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/TEST.md").write_text("---\nstatus: approved\n---\n# T\n", "utf-8")
    (tmp_path / "outside.md").write_text("x", "utf-8")
    (tmp_path / "project/migrations").mkdir(parents=True)
    (tmp_path / "project/migrations/v1.sql").write_text("select 1;", "utf-8")
    files = survey([document(tmp_path / "docs")], {"environment": "test"}, SITE, tmp_path / "project")["files"]
    assert files["TEST.md"]["status"] == "approved"
    assert files["GONE.md"] == files["../outside.md"] == {"exists": False}
    assert len(files["migrations/v1.sql"]["sha256"]) == 64


def test_m05_the_values_of_secrets_stay_in_their_file(tmp_path: Path) -> None:
    lines = f"TOKEN={CANARY}\nexport URL='postgres://u:{CANARY}@db/x'\nNAME=\"shop\"\nOTHER={CANARY}\n# NAME=no\n"
    (tmp_path / ".env.test").write_text(lines, "utf-8")
    facts = survey([document(tmp_path)], {"environment": "test"}, SITE, tmp_path)
    assert facts["configuration"] == {".env.test": {"TOKEN": "secret:TOKEN", "URL": "secret:URL", "NAME": "shop"}}
    assert CANARY.encode() not in msgspec.json.encode(facts)


def test_without_a_deployment_document_nothing_is_looked_at(tmp_path: Path) -> None:
    assert survey([], {}, SITE, tmp_path) == {}
