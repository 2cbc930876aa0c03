"""What one environment of a deployment has, by the site's word and its own: secrets, database, project directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rollbook.drivers.redaction import KnownSecrets, Redactor
from rollbook.model.facts import DATABASE_VARIABLES, DeploymentFacts, SecretOrigin, WorkloadTarget
from rollbook.model.secrecy import has_userinfo, is_named_secret
from rollbook.model.site import Site
from rollbook.ports import Database, Project, Secrets
from rollbook.ports.database import Applied
from rollbook.ports.secrets import referred
from rollbook.problems import StepFailed, Unreachable
from rollbook.values import Json, Secret, Words

if TYPE_CHECKING:
    from rollbook.adapters.secrets.local import FileSecrets

NOBODYS: Final = "ROLLBOOK_DOCTOR"
"""A secret that nobody keeps: to be asked for is enough to see whether a provider answers."""
OWN: Final = ("VAULT_TOKEN",)
"""Variables with which Rollbook itself asks for secrets: no command and no instance finds them."""


def secrets_for(site: Site, facts: DeploymentFacts | None, project: Path, redactor: Redactor) -> KnownSecrets:
    """Where this environment's secrets are looked for. `redactor` learns each that is asked for."""
    from rollbook.adapters.secrets.opening import ByOrigin, chains

    file = configuration_of(facts, project) if facts else None
    asked: dict[SecretOrigin, Secrets] = dict(chains(site, file))
    if facts is not None:
        asked["written"] = WrittenSecrets(facts, site)
    names = dict.fromkeys((*(facts.secrets if facts else ()), *secret_names(facts, site)))
    return KnownSecrets(ByOrigin(facts.secrets if facts else {}, asked), redactor, names, lambda: beside(site, file))


def look_for(
    site: Site, origins: Mapping[str, SecretOrigin], configuration: FileSecrets | None
) -> dict[str, dict[str, Json]]:
    """Each secret that is not written in the document → `found` (None: cannot be told), `where`, and `why` where a
    provider refused or was silent. No value is kept (M5)."""
    from rollbook.adapters.secrets.opening import chains

    asked = chains(site, configuration)
    found: dict[str, dict[str, Json]] = {}
    for name, origin in origins.items():
        chain = asked.get(origin)
        if chain is None:
            continue
        try:
            holder, there = chain.holder(name)
            found[name] = {"found": there, "where": holder.named(name) if holder else "", "looked": chain.named(name)}
        except (StepFailed, Unreachable) as error:
            why = {"en": _why(error, "en"), "zh": _why(error, "zh")}
            found[name] = {"found": None, "where": "", "looked": chain.named(name), "why": why}
    return found


def examined(site: Site) -> Iterator[tuple[str, StepFailed | Unreachable | None]]:
    """Each place that the site names for secrets, and why it cannot be asked; None where it can."""
    from rollbook.adapters.secrets.local import EnvironmentSecrets, FileSecrets
    from rollbook.adapters.secrets.opening import site_providers

    for provider in site_providers(site):
        wrong: StepFailed | Unreachable | None = None
        if isinstance(provider, EnvironmentSecrets):
            continue
        try:
            provider.has(NOBODYS)
            if isinstance(provider, FileSecrets) and not provider.exists:
                wrong = StepFailed(NO_FILE, (), NO_FILE_HINT.format(path=provider.place))
        except (StepFailed, Unreachable) as error:
            wrong = error
        yield provider.named("*"), wrong


def _why(error: StepFailed | Unreachable, language: str) -> str:
    hint = error.hint.said(language)
    return f"{error.words.said(language)} ({hint})" if hint else error.words.said(language)


def configuration_of(facts: DeploymentFacts, project: Path) -> FileSecrets | None:
    """The environment's named configuration file: in the project, else beside the document."""
    named = facts.environment.configuration_file
    return None if named.blank else configuration_file(named.text, (project, Path(facts.document).parent))


def configuration_file(named: str, places: Sequence[Path]) -> FileSecrets | None:
    """The file of that name in the first of `places` that has it, its path not leading out of there."""
    from rollbook.adapters.secrets.local import FileSecrets

    for place in places:
        file = (place / named).resolve()
        if file.is_relative_to(place.resolve()) and file.is_file():
            return FileSecrets(file, guarded=False, shown=named)
    return None


def beside(site: Site, configuration: FileSecrets | None) -> Iterator[Secret]:
    """Secrets that commands may come upon though no document names them: in the configuration file, by their names or
    for being URLs with a user in them; in addresses of the site; and Rollbook's own token."""
    try:
        lines = configuration.values() if configuration else {}
    except StepFailed:
        lines = {}
    for name, value in lines.items():
        if is_named_secret(name) or has_userinfo(value):
            yield Secret(name, value)
    addresses = {"state": site.state, **{f"databases.{k}": url for k, url in site.databases.items()},
                 **{f"channels.{k}": url for k, url in site.channels.items()}}  # fmt: skip
    for name, url in addresses.items():
        if has_userinfo(url):
            yield Secret(name, url)
    for name in OWN if site.secrets.vault else ():
        if token := os.environ.get(name):
            yield Secret(name, token)


class WrittenSecrets:
    """A secret that stands in the document itself: taken from its file, as it was when the plan was made."""

    def __init__(self, facts: DeploymentFacts, site: Site) -> None:
        self._facts = facts
        self._site = site

    async def get(self, name: str) -> Secret:
        from rollbook.documents import load, read
        from rollbook.model.deployment import Deployment
        from rollbook.planning.deployment.places import cell_of
        from rollbook.problems import RollbookError

        facts = self._facts
        try:
            source = load(facts.document)
        except RollbookError as error:
            raise StepFailed(GONE.format(name=name, path=facts.document), (), GONE_HINT) from error
        if source.sha256 != facts.sha256:
            raise StepFailed(GONE.format(name=name, path=facts.document), (), GONE_HINT)
        document = read(source).document
        assert isinstance(document, Deployment), "the plan was made of it"
        row = next(v for v in document.variables if v.name == name)
        return Secret(name, cell_of(facts.environment.name, row.values, self._site).text)


def database_for(site: Site, facts: DeploymentFacts | None, secrets: Secrets, project: Path) -> Database | None:
    """The environment's database: the site's word, else the document's variable; None where neither names one."""
    if facts is None:
        return None
    from rollbook.adapters.sql import NamedDatabase

    url = database_of(site, facts)
    return NamedDatabase(url, secrets, project) if url else None


def database_of(site: Site, facts: DeploymentFacts) -> str:
    """Its URL, or `secret:NAME`; "" where nothing says."""
    from rollbook.model.words import environment_identity

    wanted = environment_identity(facts.environment.name)
    told = (url for name, url in site.databases.items() if environment_identity(name) == wanted)
    return next(told, "") or next((facts.variables[n] for n in DATABASE_VARIABLES if n in facts.variables), "")


def applied_now(site: Site, facts: DeploymentFacts, project: Path) -> tuple[Applied, ...] | None:
    """Migrations that are applied now, asked without waiting long; None where nobody can say."""
    from rollbook.adapters.sql.dialects import peek

    url = database_of(site, facts)
    if name := referred(url):
        import asyncio

        try:
            url = asyncio.run(secrets_for(site, facts, project, Redactor()).get(name)).reveal()
        except (StepFailed, Unreachable):
            return None
    return peek(url, project) if url else None


def project_in(
    root: Path, scratch: Path, site: Site, facts: DeploymentFacts | None, secrets: KnownSecrets, redactor: Redactor,
    shell_environment: dict[str, str],
) -> Project:  # fmt: skip
    """The project's directory for one run. Tools find a secret in their environment only where it was given to them;
    what shell text finds (where the service is), they find too: integration tests are tools."""
    from rollbook.adapters.project import ProjectDirectory

    names = {site.secrets.environment + name for name in secret_names(facts, site)} | set(OWN)
    inherited = {name: value for name, value in os.environ.items() if name not in names} | shell_environment
    own = kubeconfig_of(site, facts)
    return ProjectDirectory(root, scratch, redactor.output, inherited, shell_environment, secrets, own)


def kubeconfig_of(site: Site, facts: DeploymentFacts | None) -> dict[str, Json] | None:
    """The kubeconfig of shell commands: it knows the environment's cluster and namespace alone (M29). On the embedded
    site no network leads there: without it a `kubectl` would act on whatever cluster this person's own names."""
    from rollbook.commands.kubectl import kubeconfig

    if site.kind != "embedded":
        return None
    target = facts.targets[0] if facts and facts.targets else WorkloadTarget("embedded", "default", "")
    return kubeconfig(target.cluster, target.namespace, {"server": NOWHERE}, {})


def secret_names(facts: DeploymentFacts | None, site: Site) -> frozenset[str]:
    """The secrets that a deployment's variables and its database refer to."""
    values = [*facts.variables.values(), database_of(site, facts)] if facts else []
    return frozenset({*(n for v in values if (n := referred(v))), *(facts.secrets if facts else ())})


NOWHERE = "https://embedded.invalid"
"""An address that no name server will ever know (RFC 2606)."""
NO_FILE = Words("there is no such file", "没有这个文件")
NO_FILE_HINT = Words(
    "write lines NAME=value into {path}, then chmod 600 {path}", "请在 {path} 中写 名称=值，然后 chmod 600 {path}"
)
GONE = Words(
    "{name} stands in {path} in clear, and that file is not what the plan was made of",
    "{name} 以明文写在 {path} 中，而该文件已与生成计划时不同",
)
GONE_HINT = Words(
    "write [Secret] in its cell and keep the value where the site's [secrets] say",
    "请在单元格中写 [Secret]，并把值放到站点 [secrets] 所指的地方",
)
