"""The image of a run: one name, from the template's own condition about its tag (M21)."""

from __future__ import annotations

import re
from pathlib import Path

from rollbook.model.plan import PlanImage
from rollbook.model.workflow import Workflow
from rollbook.planning.context import Context
from rollbook.planning.scope import fill, is_late
from rollbook.planning.words import words
from rollbook.values import At

DEFAULT_REPOSITORY = "app"


def image_of(context: Context, version: str) -> PlanImage | None:
    """Repository and tag. Without a condition about the tag it is the version; without a version there is no image."""
    stated = _stated(context.workflow)
    if not stated and not version:
        return None
    template, at = stated or (version, At())
    name = fill(template, context.scope, at, context.findings).strip()
    repository, colon, tag = name.rpartition(":")
    if "/" in tag or not colon:
        repository, tag = ("", name) if "/" not in name else (name, version)
    return PlanImage(repository or repository_of(context), as_tag(tag), at.line)


def repository_of(context: Context) -> str:
    """The site's name for the image, else what the deployment document's commands call it, else the project
    directory's."""
    if context.ground is not None and not context.site.repository:
        from rollbook.planning.deployment.image import image_name

        named = image_name(context.ground.deployment, "")
        if named is not None:
            return named.repository
    return context.site.repository or _slug(Path(context.site.project).name) or DEFAULT_REPOSITORY


def as_tag(text: str) -> str:
    """A tag that registries take: other characters become "-"."""
    return re.sub(r"[^\w.-]", "-", text, flags=re.ASCII).lstrip(".-")[:128] or "latest"


def _stated(workflow: Workflow) -> tuple[str, At] | None:
    """The text behind `镜像标签:` or `image tag:` in a success condition."""
    for step in workflow.steps:
        for condition in step.success:
            head, separator, rest = _split(condition.text)
            label = head.strip(" *_`").casefold()
            if separator and any(label == w for w in words("image_tag")) and _names(rest):
                return rest.strip(" `\"'"), condition.at
    return None


def _split(text: str) -> tuple[str, str, str]:
    found = re.match(r"(.+?)\s*(?:==|[:：=]|为|是|\bis\b)\s*(.+)$", text)
    return (found.group(1), ":", found.group(2)) if found else (text, "", "")


def _names(text: str) -> bool:
    """Whether the text can be a tag once its placeholders are filled."""
    plain = re.sub(r"\$\{[^}]*\}", "x", text.strip(" `\"'"))
    return bool(re.fullmatch(r"[\w./:-]+", plain)) and not is_late(plain)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.casefold()).strip("-.")
