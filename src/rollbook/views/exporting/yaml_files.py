"""YAML files with a comment at their head."""

from __future__ import annotations

from rollbook.values import Json
from rollbook.views.exporting import MARK


def yaml_file(head: str, content: Json) -> str:
    """`content` in the order given, characters as they are."""
    import yaml

    lines = (MARK, *head.splitlines())
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return "".join(f"# {line}\n" for line in lines) + body
