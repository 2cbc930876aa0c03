"""Use case: what a deployment document says about monitoring and operations, written as files, or compared with the
files that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from rollbook.model.deployment import Deployment
from rollbook.model.site import Site
from rollbook.problems import ProblemsFound, Refused
from rollbook.values import Words
from rollbook.views.exporting import MARK

if TYPE_CHECKING:
    from rollbook.views.exporting.promql import Tables

EMBEDDED = Site.embedded()
"""Without a site file: usual names of metrics, no addresses."""
Topic: TypeAlias = Literal["monitoring", "runbook"]


class Exported(msgspec.Struct, frozen=True):
    """File names by what became of them. `by_hand`: what the files leave to a person, in the document's language."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        return bool(self.missing or self.differing)


def deployment_among(paths: Sequence[str]) -> Deployment:
    """The one deployment document of those given. Raises ProblemsFound where any has errors, Refused where none or
    several are about a deployment."""
    from rollbook.documents import load, read

    readings = [read(load(path)) for path in paths]
    problems = [problem for reading in readings for problem in reading.problems]
    if any(problem.severity == "error" for problem in problems):
        raise ProblemsFound(problems)
    found = [reading.document for reading in readings if isinstance(reading.document, Deployment)]
    if len(found) != 1:
        raise Refused(NONE if not found else SEVERAL, ONE_HINT)
    return found[0]


def files_of(topic: Topic, document: Deployment, directory: Path, site: Site = EMBEDDED) -> dict[str, str]:
    """Texts by file name; addresses filled in at `directory` are kept. Raises Refused where the document says nothing
    about the topic."""
    from rollbook.views.exporting.handbooks import monitoring_md, runbook_md
    from rollbook.views.exporting.promql import tables

    if topic == "runbook":
        if not (document.runbook or document.alerts or document.commands("operations", "rollback")):
            raise Refused(NO_RUNBOOK.format(path=document.source.path))
        return {"RUNBOOK.md": runbook_md(document)}
    if not (document.alerts or document.probes):
        raise Refused(NO_MONITORING.format(path=document.source.path))
    known, addresses = tables(site.metrics), addresses_at(directory, site)
    files = {"MONITORING.md": monitoring_md(document, known, addresses)}
    if document.alerts:
        files |= _alerting(document, known, addresses)
    if document.probes:
        from rollbook.views.exporting.probes import probes_yaml

        files["probes.yaml"] = probes_yaml(document)
    return files


def _alerting(document: Deployment, known: Tables, addresses: Mapping[str, str]) -> dict[str, str]:
    """What Prometheus, Alertmanager and Grafana read; tests where any rule can be tested."""
    from rollbook.views.exporting.dashboard import dashboard_json
    from rollbook.views.exporting.rules import alertmanager_yml, alerts_yml
    from rollbook.views.exporting.unit_tests import alerts_test_yml

    files = {
        "alerts.yml": alerts_yml(document, known),
        "alertmanager.yml": alertmanager_yml(document, known, addresses),
        "dashboard.json": dashboard_json(document, known),
        "alerts_test.yml": alerts_test_yml(document, known),
    }
    return {name: text for name, text in files.items() if text}


def export(topic: Topic, document: Deployment, directory: Path, site: Site = EMBEDDED) -> Exported:
    """Write what is missing or differs. Raises Refused, before anything is written, for a file that somebody wrote."""
    files = files_of(topic, document, directory, site)
    compared = compare(files, directory)
    own = next((name for name in compared.differing if MARK not in _text(directory / name)), None)
    if own:
        raise Refused(NOT_OURS.format(file=directory / own), NOT_OURS_HINT)
    directory.mkdir(parents=True, exist_ok=True)
    written = tuple(name for name in files if name not in compared.unchanged)
    for name in written:
        (directory / name).write_text(files[name], encoding="utf-8", newline="\n")
    return Exported(written, compared.unchanged, by_hand=left_by_hand(topic, document, directory, site))


def addresses_at(directory: Path, site: Site) -> dict[str, str]:
    """Channel by its standard name → address: the site's, else what was filled in by hand."""
    from rollbook.views.exporting.promql import named, tables

    known = tables().channels
    return {**filled_in(directory), **{named(channel, known): address for channel, address in site.receivers.items()}}


def filled_in(directory: Path) -> dict[str, str]:
    """Channel → address that somebody put into the exported alertmanager.yml."""
    from rollbook.views.exporting.rules import addresses_in

    path = directory / "alertmanager.yml"
    return addresses_in(_text(path)) if path.exists() else {}


def compare(files: dict[str, str], directory: Path) -> Exported:
    """Which files of `directory` are what the document says; touches nothing."""
    missing = tuple(name for name in files if not (directory / name).exists())
    same = tuple(name for name in files if name not in missing and _text(directory / name) == files[name])
    return Exported((), same, missing, tuple(name for name in files if name not in missing and name not in same))


def left_by_hand(topic: Topic, document: Deployment, directory: Path, site: Site) -> tuple[str, ...]:
    """What the exported files do not do by themselves."""
    from rollbook.views.exporting.handbooks import by_hand
    from rollbook.views.exporting.promql import tables

    if topic == "runbook":
        return ()
    return tuple(by_hand(document, tables(site.metrics), addresses_at(directory, site)))


def _text(path: Path) -> str:
    """The file's text; raises Refused for what cannot be read as a file."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise Refused(UNREADABLE.format(path=path, reason=error.strerror)) from error


NONE = Words("none of the documents is a deployment document", "给出的文档都不是部署文档")
SEVERAL = Words("several deployment documents would share these files", "多个部署文档会写到同样的文件")
ONE_HINT = Words("name one deployment document per directory", "每个目录请只指定一个部署文档")
NO_MONITORING = Words("{path} has neither alerts nor probes", "{path} 既没有告警规则也没有探针")
NO_RUNBOOK = Words("{path} has no known problems, alerts or commands", "{path} 没有常见问题、告警规则或命令")
NOT_OURS = Words("{file} was not written by `rollbook export`", "{file} 不是由 `rollbook export` 写出的")
NOT_OURS_HINT = Words("choose another directory, or move the file away", "请选择其他目录，或移走该文件")
UNREADABLE = Words("{path} cannot be read: {reason}", "无法读取 {path}：{reason}")
