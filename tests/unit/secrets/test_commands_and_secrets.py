"""M5: which secrets a command needs, which it is merely given, and what becomes of its output while one is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.drivers.redaction import KnownSecrets, Redactor, redacting, told
from rollbook.model import events as ev
from rollbook.model.deployment import Cell, Environment
from rollbook.model.facts import DeploymentFacts
from rollbook.model.site import SecretSources, Site
from rollbook.ports import Project
from rollbook.problems import StepFailed, Unreachable
from rollbook.providing import project_in, secrets_for
from rollbook.values import Secret
from vaults import READER, own_vault

VARIABLES = {"HAVE": "secret:HAVE", "LACK": "secret:LACK", "PLAIN": "plain"}
FACTS = DeploymentFacts("deploy.md", Environment("QA"), VARIABLES, secrets={"HAVE": "marked", "LACK": "marked"})


def project_of(directory: Path, site: Site, facts: DeploymentFacts = FACTS) -> Project:
    redactor = Redactor()
    secrets = secrets_for(site, facts, directory, redactor)
    return project_in(directory, directory / ".rollbook", site, facts, secrets, redactor, {})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "secrets.env").write_text("HAVE=canary-have-12\n")
    (tmp_path / "secrets.env").chmod(0o600)
    return project_of(tmp_path, Site(directory=str(tmp_path), secrets=SecretSources(file="secrets.env")))


async def test_m05_a_missing_secret_does_not_fail_a_command_that_does_not_mention_it(project: Project) -> None:
    ended = await project.shell('echo "${PLAIN}"; env | grep -c ^LAC || true', 60.0, VARIABLES)
    assert (ended.code, ended.lines) == (0, ("plain", "0"))


@pytest.mark.parametrize("script", ['echo "$LACK"', "printenv LACK", "python3 -c 'import os; os.environ[\"LACK\"]'"])
async def test_m05_it_fails_one_that_does_before_it_begins(project: Project, script: str, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"there is no secret LACK \(looked in: secrets.env, the variable LACK\)"):
        await project.shell(f"touch begun; {script}", 60.0, VARIABLES)
    assert not (tmp_path / "begun").exists()


async def test_m05_and_one_whose_script_in_the_project_does(project: Project, tmp_path: Path) -> None:
    (tmp_path / "migrate.sh").write_text('psql "$LACK"\n')
    with pytest.raises(StepFailed, match="there is no secret LACK"):
        await project.shell("bash ./migrate.sh up", 60.0, VARIABLES)
    (tmp_path / "migrate.sh").write_text('echo "$LACKING"\n')
    assert (await project.shell("LACKING=1 bash ./migrate.sh up", 60.0, VARIABLES)).lines == ("1",)


async def test_m05_a_command_is_given_what_it_does_not_mention(project: Project) -> None:
    assert (await project.shell("env | grep ^HAVE=", 60.0, VARIABLES)).lines == ("HAVE=[secret HAVE]",)


async def test_m05_while_a_secret_cannot_be_asked_for_output_is_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_vault() as vault:
        vault.put("shop", {"HAVE": "canary-have-12"})
        monkeypatch.setenv("VAULT_TOKEN", vault.token(READER))
        site = Site(directory=str(tmp_path), secrets=SecretSources(vault=vault.address, vault_path="shop"))
        vault.state = "sealed"
        heard: list[str] = []
        ended = await project_of(tmp_path, site).shell("echo canary-have-12", 60.0, {}, told=heard.append)
        assert ended.code == 0
        assert "canary" not in " ".join([*ended.lines, *heard])
        assert heard[0].startswith("[withheld: HAVE, LACK could not be asked for")
        with pytest.raises(StepFailed, match="does not answer"):
            await project_of(tmp_path, site).shell("echo $HAVE", 60.0, VARIABLES)
        vault.state = ""
        assert (await project_of(tmp_path, site).shell("echo canary-have-12", 60.0)).lines == ("[secret HAVE]",)


async def test_m05_rollbooks_own_token_is_given_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "canary-token")
    project = project_of(tmp_path, Site(directory=str(tmp_path)), DeploymentFacts("", Environment("QA")))
    assert (await project.shell("echo ${VAULT_TOKEN:-none}", 60.0)).lines == ("none",)


async def test_m05_secrets_of_the_configuration_file_are_known_though_nobody_names_them(tmp_path: Path) -> None:
    (tmp_path / ".env.qa").write_text("SMTP_PASSWORD=canary-mail-1\nCACHE=redis://u:canary-pw-2@h/0\nLEVEL=info\n")
    facts = DeploymentFacts("", Environment("QA", configuration_file=Cell(".env.qa", blank=False)))
    ended = await project_of(tmp_path, Site(directory=str(tmp_path)), facts).shell("cat .env.qa", 60.0)
    assert ended.lines == ("SMTP_PASSWORD=[secret SMTP_PASSWORD]", "CACHE=[secret CACHE]", "LEVEL=info")


class Silent:
    async def get(self, name: str) -> Secret:
        raise Unreachable(f"nobody answers for {name}")


async def test_m05_events_lose_the_output_that_cannot_be_searched_and_keep_their_names() -> None:
    redactor = Redactor()
    redact = redacting(KnownSecrets(Silent(), redactor, ["A"]), redactor)
    failed = await redact(ev.Failed("s1/run/1.1", "exit code 1", ("canary",)))
    assert isinstance(failed, ev.Failed)
    assert (failed.task, failed.error) == ("s1/run/1.1", "exit code 1")
    assert failed.output == ("[withheld: A could not be asked for, so it cannot be told from other text]",)


def test_m05_a_secret_that_is_spelled_like_a_server_or_in_a_digest_renames_nothing() -> None:
    redactor = Redactor()
    redactor.add(Secret("A", "app-1"))
    redactor.add(Secret("B", "beef"))
    digest = "sha256:" + "beef" * 16
    event = redactor.event(ev.Finished("w1.s6/app-1/6.1", "app-1 took beef", {"image.digest": digest}))
    assert event == ev.Finished("w1.s6/app-1/6.1", "[secret A] took [secret B]", {"image.digest": digest})


def test_m05_an_unexpected_exception_is_told_without_secrets_and_with_its_trace() -> None:
    redactor = Redactor()
    redactor.add(Secret("A", "canary-word"))
    try:
        try:
            {}["canary-word"]
        except KeyError as cause:
            raise ValueError("not canary-word") from cause
    except ValueError as error:
        text = str(told(redactor, error))
    assert "canary" not in text.replace('{}["canary-word"]', "").replace('"not canary-word"', "")
    assert "ValueError: not [secret A]" in text
    assert "KeyError: '[secret A]'" in text
