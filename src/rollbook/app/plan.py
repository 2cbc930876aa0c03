"""Use case: from documents and options to a plan. Reads files, touches nothing."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rollbook.hiding import PASSWORD
from rollbook.model.plan import Plan
from rollbook.problems import Problem, ProblemsFound, Refused
from rollbook.values import Json, Words

if TYPE_CHECKING:
    from rollbook.binding.library import Library
    from rollbook.model.site import Site
    from rollbook.model.workflow import Document
    from rollbook.planning.requests import Request

STANDARD_INPUT = "-"


class PlanRequest(msgspec.Struct, frozen=True):
    """RUN-OPTIONS as typed. `parameters` are NAME=VALUE texts; `request` is a file or "-" (standard input)."""

    documents: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    request: str = ""
    example: str = ""
    strategy: str = ""
    manual: bool = False
    site: str = ""
    time_scale: float = 1.0


class Planned(msgspec.Struct, frozen=True):
    """A plan, and the site and library that it was made with."""

    plan: Plan
    site: Site
    library: Library


def plan_documents(request: PlanRequest) -> Planned:
    """The plan for `request`. Raises ProblemsFound with every problem of documents, parameters and request, Refused
    for options that make no sense."""
    from rollbook.binding.library import library_for
    from rollbook.planning.plan import make_plan

    site, documents = _site_and_documents(request)
    library = library_for(request.documents, site.steps, site.directory, site.path)
    given = given_parameters(request.parameters)
    plan = make_plan(
        documents,
        given,
        site,
        facts_of(documents, given, site),
        request=asked_for(request, documents),
        strategy=request.strategy,
        manual=request.manual,
        library=library,
    )
    return Planned(plan, site, library)


def _site_and_documents(request: PlanRequest) -> tuple[Site, tuple[Document, ...]]:
    """Both, or what is wrong with both."""
    from rollbook.planning.sites import load_site

    if not request.documents:
        raise Refused(NO_DOCUMENT, NO_DOCUMENT_HINT)
    problems: list[Problem] = []
    try:
        site = load_site(request.site)
        refuse_options(request, site)
    except ProblemsFound as found:
        problems += found.problems
    try:
        documents = read_documents(request.documents)
    except ProblemsFound as found:
        problems += found.problems
    if problems:
        raise ProblemsFound(problems)
    return site, documents


def facts_of(documents: Sequence[Document], given: Mapping[str, str], site: Site) -> dict[str, Json]:
    """What the documents lean on outside themselves; nothing where no deployment document is among them."""
    from rollbook.model.deployment import Deployment

    if not any(isinstance(document, Deployment) for document in documents):
        return {}
    from rollbook.app.edited import edited
    from rollbook.app.survey import project_root, survey

    root = project_root(site)
    found = survey(documents, given, site, root)
    return {**found, **edited(documents, given, site, root, found)}


def read_plan(path: str) -> Plan:
    """The plan of a plan file. Raises Refused when it was edited, when its documents changed since, or is no plan."""
    from rollbook.planning.plan import decode, refuse_changed

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Refused(NO_FILE.format(path=path, why=error.strerror or error)) from error
    plan = decode(data)
    refuse_changed(plan)
    return plan


def write_plan(plan: Plan, path: str) -> None:
    """Write the plan file that `run --plan` obeys. Raises Refused when it cannot be written."""
    from rollbook.planning.plan import encode

    try:
        Path(path).write_bytes(encode(plan))
    except OSError as error:
        raise Refused(NOT_WRITTEN.format(path=path, why=error.strerror or error)) from error


def hash_of(plan: Plan) -> str:
    from rollbook.planning.plan import plan_hash

    return plan_hash(plan)


def refuse_options(request: PlanRequest, site: Site) -> None:
    """Raise Refused for options that contradict each other or the site."""
    if not request.documents:
        raise Refused(NO_DOCUMENT, NO_DOCUMENT_HINT)
    if request.request and request.example:
        raise Refused(REQUEST_OR_EXAMPLE)
    refuse_time_scale(request.time_scale, site)


def refuse_time_scale(scale: float, site: Site) -> None:
    """Raise Refused unless `scale` is 1, or above 0 on the embedded site, whose clock alone can be scaled."""
    if not 0 < scale < float("inf"):
        raise Refused(SCALE_POSITIVE.format(scale=scale))
    if scale != 1.0 and site.kind != "embedded":
        raise Refused(SCALE_EMBEDDED)


def read_documents(paths: Sequence[str]) -> tuple[Document, ...]:
    """Every document, in the order given. Raises ProblemsFound with the errors of all of them."""
    from rollbook import documents

    problems: list[Problem] = []
    read: list[Document] = []
    for path in dict.fromkeys(paths):
        try:
            reading = documents.read(documents.load(path))
        except ProblemsFound as found:
            problems += found.problems
            continue
        problems += [problem for problem in reading.problems if problem.severity == "error"]
        problems += _signed_ahead(reading.document)
        if reading.document is not None:
            read.append(reading.document)
    if problems:
        raise ProblemsFound(problems)
    return tuple(read)


def _signed_ahead(document: Document | None) -> Sequence[Problem]:
    """Signatures of days that have not come, by this machine's calendar."""
    from rollbook.model.deployment import Deployment

    if not isinstance(document, Deployment) or all(row.date.blank for row in document.signoffs):
        return ()
    from rollbook.linting.rules.impossible_date import AHEAD, AHEAD_HINT, RULE
    from rollbook.planning.deployment.dating import signed_ahead

    path, today = document.source.path, datetime.date.today()
    return [
        Problem(RULE.name, RULE.code, "error", path, cell.at, AHEAD.format(date=date), AHEAD_HINT)
        for cell, date in signed_ahead(document, today)
    ]


def given_parameters(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE texts as a mapping; values stay text until the document says their type. Raises Refused."""
    pairs = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, pairs, strict=True):
        if not equals or not name.strip():
            raise Refused(NOT_A_PAIR.format(text=text), NOT_A_PAIR_HINT)
    for name, _, value in pairs:
        if PASSWORD.search(value):
            raise Refused(SECRET_PARAMETER.format(name=name), SECRET_PARAMETER_HINT)
    return {name.strip(): value for name, _, value in pairs}


def asked_for(request: PlanRequest, documents: Sequence[Document]) -> Request | None:
    """The request of `--request` or `--example`; None when there is neither."""
    from rollbook.model.workflow import Workflow
    from rollbook.planning.requests import example_request, read_request

    if request.request == STANDARD_INPUT:
        return read_request(sys.stdin.read(), "<stdin>")
    if request.request:
        from rollbook.documents import load

        return read_request(load(request.request).text, request.request)
    if not request.example:
        return None
    template = next((document for document in documents if isinstance(document, Workflow)), None)
    if template is None:
        raise Refused(NO_EXAMPLES)
    return example_request(template, request.example)


NO_DOCUMENT = Words("name a document", "请给出文档")
NO_DOCUMENT_HINT = Words("rollbook plan DOC… -p NAME=VALUE", "rollbook plan 文档… -p 名称=值")
NO_FILE = Words("{path}: {why}", "{path}：{why}")
NOT_WRITTEN = Words("cannot write {path}: {why}", "无法写入 {path}：{why}")
REQUEST_OR_EXAMPLE = Words("either --request or --example, not both", "--request 与 --example 只能二选一")
SCALE_POSITIVE = Words("--time-scale must be above 0, not {scale}", "--time-scale 必须大于 0，而不是 {scale}")
SCALE_EMBEDDED = Words("--time-scale is for the embedded site only", "--time-scale 只能用于内嵌站点")
NOT_A_PAIR = Words("-p wants NAME=VALUE, not {text}", "-p 需要 名称=值，而不是 {text}")
SECRET_PARAMETER = Words(
    "the value of {name} is a URL with a password, and parameters are kept in plan and journal",
    "{name} 的值是带密码的 URL，而参数会保存在计划和日志中",
)
SECRET_PARAMETER_HINT = Words(
    "give it as a variable of the deployment document that says [Secret]", "请作为部署文档中标为 [Secret] 的变量给出"
)
NOT_A_PAIR_HINT = Words("such as -p version=v2.1.0", "例如 -p version=v2.1.0")
NO_EXAMPLES = Words("only templates have usage examples", "只有模板才有使用示例")
