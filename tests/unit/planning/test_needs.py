"""What stops a plan for want of a value, what it shows of variables, and what it keeps of documents (M3, M5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rollbook.app.survey import survey
from rollbook.documents import load, read
from rollbook.model.deployment import Deployment
from rollbook.model.plan import Plan
from rollbook.model.site import SecretSources, Site
from rollbook.planning.plan import make_plan
from rollbook.values import Json
from rollbook.views.plan import render
from rollbook.views.plan_variables import PlannedVariable, variables_of
from vaults import VALUES_ONLY, own_vault

CLEAR, URL = "canary-clear-9", "redis://cache:canary-pw-7@cache/0"
DOCUMENT = """\
# Deployment of the shop

## Environments

| Environment | Domain | Cluster | Config file | Broker |
|---|---|---|---|---|
| test | t.example.com | small | .env.test | amqp://u:canary-broker@mq |
| staging | s.example.com | small | .env.staging | |

## Variables

| Variable | Description | test | staging |
|---|---|---|---|
| MARKED_KEY | marked here | [Secret] | |
| BLANK_KEY | marked elsewhere | | [Secret] |
| CACHE | a URL | redis://cache:canary-pw-7@cache/0 | |
| DB_PASSWORD | by its name | canary-clear-9 | |
| PIN_CODE | in clear, short | a7 | [Secret] |
| LEVEL | plain | info | |
| FROM_FILE | blank | | |
| USED | in a command | | |
| OPTIONAL | with a default | | |
| NOWHERE | nothing gives it | | |

## Resources

| Component | test | staging |
|---|---|---|
| App replicas | 2 | 2 |

## Commands

### Build commands

```bash
# build the image
docker build -t shop:${VERSION} --build-arg x="$USED" .
echo "${OPTIONAL:-none}"
```

## Release checklist

### During the release

- [ ] deploy the new version
"""


def planned(directory: Path, site: Site | None = None, text: str = DOCUMENT) -> Plan:
    path = directory / "deploy.md"
    path.write_text(text, encoding="utf-8")
    document = read(load(str(path))).document
    assert isinstance(document, Deployment)
    given: dict[str, Json] = {"environment": "test", "version": "v2.0.0"}
    site = site or Site(directory=str(directory), secrets=SecretSources(environment="SHOP_"))
    return make_plan([document], given, site, survey([document], given, site, directory), manual=True)


def blockers(plan: Plan, text: str = DOCUMENT) -> dict[str, str]:
    """The variable whose row each blocker points to → its rule."""
    lines = text.splitlines()
    return {lines[b.line - 1].split("|")[1].strip(): b.rule for b in plan.blockers}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / ".env.test").write_text("FROM_FILE=from-the-file\nBLANK_KEY=canary-file-3\n")
    return tmp_path


def test_m03_needed_and_absent_stops_the_plan_with_its_line(settings: Path) -> None:
    assert blockers(planned(settings)) == {"MARKED_KEY": "secret-missing", "USED": "value-missing"}


def test_m03_not_needed_and_absent_is_waived_where_nothing_is_protected(settings: Path) -> None:
    said = " ".join(planned(settings).notes)
    assert "NOWHERE has no value in test" in said
    assert "OPTIONAL has no value in test" in said
    assert "USED" not in said


def test_m05_a_secret_that_is_there_stops_nothing(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_MARKED_KEY", "canary-env-5")
    plan = planned(settings)
    assert blockers(plan) == {"USED": "value-missing"}
    assert b"canary-env-5" not in msgspec.json.encode(plan)


def test_m05_a_provider_that_refuses_stops_the_plan_and_says_why(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_vault() as vault:
        site = Site(directory=str(settings), secrets=SecretSources(vault=vault.address, vault_path="shop"))
        monkeypatch.setenv("VAULT_TOKEN", "wrong")
        found = [b for b in planned(settings, site).blockers if b.rule == "secret-unasked"]
        assert "refused the token (HTTP 403)" in found[0].text
        vault.put("shop", {"MARKED_KEY": "x", "BLANK_KEY": "y"})
        monkeypatch.setenv("VAULT_TOKEN", vault.token(VALUES_ONLY))
        assert blockers(planned(settings, site)) == {"USED": "value-missing"}
        assert not [path for path in vault.asked if "/data/" in path]


def test_m03_every_variable_is_shown_with_its_source_and_no_secret_with_its_value(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_MARKED_KEY", "canary-env-5")
    plan = planned(settings)
    found = {v.name: v for v in variables_of(plan)}
    rows = {line.split("|")[1].strip(): number for number, line in enumerate(DOCUMENT.splitlines(), 1) if "|" in line}
    line = f"{settings / 'deploy.md'}:"
    assert found["MARKED_KEY"] == PlannedVariable("MARKED_KEY", None, True, "$SHOP_MARKED_KEY")
    assert found["BLANK_KEY"] == PlannedVariable("BLANK_KEY", None, True, ".env.test")
    assert found["CACHE"] == PlannedVariable("CACHE", None, True, f"{line}{rows['CACHE']}")
    assert found["LEVEL"] == PlannedVariable("LEVEL", "info", False, f"{line}{rows['LEVEL']}")
    assert found["FROM_FILE"] == PlannedVariable("FROM_FILE", "from-the-file", False, ".env.test")
    assert found["NOWHERE"] == PlannedVariable("NOWHERE", None, False, "")
    assert "CACHE        (secret)" in render(plan, "", "text", "en")


def test_m03_the_cell_goes_before_the_file_and_the_file_before_the_site(settings: Path) -> None:
    (settings / ".env.test").write_text("LEVEL=debug\nFROM_FILE=from-the-file\n")
    site = Site(directory=str(settings), parameters={"FROM_FILE": "site", "NOWHERE": "site", "LEVEL": "site"})
    plan = planned(settings, site)
    assert plan.deployment is not None
    given = plan.deployment.variables
    assert (given["LEVEL"], given["FROM_FILE"], given["NOWHERE"]) == ("info", "from-the-file", "site")


def everything_shown(plan: Plan) -> str:
    shown = [render(plan, "", form, language) for form in ("text", "json", "mermaid") for language in ("en", "zh")]
    return msgspec.json.encode(plan).decode() + "".join(shown)


def test_m05_no_secret_that_stands_in_the_document_is_in_the_plan(settings: Path) -> None:
    plan = planned(settings)
    assert "canary-" not in everything_shown(plan)
    (kept,) = plan.documents
    assert len(kept.text.splitlines()) == len(DOCUMENT.splitlines())
    assert "| CACHE | a URL | [secret CACHE] | |" in kept.text
    assert "| PIN_CODE | in clear, short | [secret PIN_CODE] | [Secret] |" in kept.text


@pytest.mark.parametrize(
    "cell", ["`canary-odd-1`", "**canary-odd-1**", "canary\\|odd-1", "canary\\_odd-1", "a7", "a|7"]
)
def test_m05_however_its_cell_is_written(cell: str, settings: Path) -> None:
    text = DOCUMENT.replace(CLEAR, cell)
    plan = planned(settings, text=text)
    row = next(line for line in plan.documents[0].text.splitlines() if "DB_PASSWORD" in line)
    assert "odd" not in row
    assert "a7" not in row


def test_m05_channels_of_the_site_are_in_the_plan_by_name(settings: Path) -> None:
    site = Site(directory=str(settings), channels={"mail": "smtp://robot:canary-ch@mail"})
    plan = planned(settings, site)
    assert plan.site.channels == {"mail": ""}
    assert "canary-" not in everything_shown(plan)


def test_m05_check_shows_the_line_without_what_stands_there(settings: Path) -> None:
    from rollbook.app.check import check
    from rollbook.views.problems import render as render_problems

    (settings / "deploy.md").write_text(DOCUMENT, encoding="utf-8")
    found = check([str(settings / "deploy.md")])
    shown: Any = "".join(render_problems(found, form, "en") for form in ("text", "json", "sarif", "github"))
    assert CLEAR not in shown
    assert json.dumps(URL)[1:-1] not in shown
    assert "| DB_PASSWORD | by its name | [secret DB_PASSWORD] | |" in shown


def test_m05_a_password_in_a_command_is_warned_about_and_not_shown(settings: Path) -> None:
    from rollbook.app.check import check
    from rollbook.views.problems import render as render_problems

    text = DOCUMENT.replace('echo "${OPTIONAL:-none}"', "curl https://robot:canary-fence-1@api.example.com/ping")
    (settings / "deploy.md").write_text(text, encoding="utf-8")
    found = check([str(settings / "deploy.md")])
    at = next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith("curl"))
    assert [p.at.line for p in found.problems if "this command" in p.summary.en] == [at]
    assert "canary-fence" not in "".join(render_problems(found, form, "en") for form in ("text", "json", "sarif"))


def test_m05_a_parameter_is_no_place_for_a_password() -> None:
    from rollbook.app.plan import given_parameters
    from rollbook.problems import Refused

    with pytest.raises(Refused, match="the value of cache is a URL with a password") as told:
        given_parameters(["version=v1", "cache=redis://u:canary-pw@h/0"])
    assert "canary" not in str(told.value)
    assert given_parameters(["repository=ssh://git@example.com/shop"]) == {"repository": "ssh://git@example.com/shop"}
