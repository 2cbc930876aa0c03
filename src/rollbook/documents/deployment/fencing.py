"""Fences: commands, probes, drawings. Those of other languages are kept as they are, without commands."""

from __future__ import annotations

import re

from rollbook.documents.blocks import Block
from rollbook.documents.commands import SHELLS, read_fence
from rollbook.documents.deployment.drawing import is_drawing
from rollbook.documents.deployment.found import Found
from rollbook.documents.deployment.pipeline import is_pipeline, read_pipeline
from rollbook.documents.deployment.probes import holds_probes, read_probes
from rollbook.documents.deployment.sections import Section
from rollbook.documents.items import is_command
from rollbook.values import At


def take_fence(block: Block, section: Section, found: Found) -> None:
    """One fence, by what it holds. One without an end holds the rest of the document: that has been said."""
    if not block.closed:
        found.keep_block(section, block)
    elif block.info not in SHELLS - {""} and is_pipeline(block, section):
        read_pipeline(block, found)
    elif holds_probes(block):
        read_probes(block, found)
    elif block.info == "mermaid" or (block.info in _DRAWN and is_drawing(block.text)):
        _take_drawing(block, section, found)
    elif not block.text.strip() or re.fullmatch(r"(?s)\s*<!--(?:(?!-->).)*-->\s*", block.text):
        return
    else:
        _take_commands(block, section, found)


_DRAWN = ("", "text", "txt", "plain", "plaintext", "ascii", "diagram")


def _take_drawing(block: Block, section: Section, found: Found) -> None:
    drawn = block.info == "mermaid" or re.search("[┌┐▼▲→←▶]", block.text)
    if {"architecture", "overview"} & set(section.topics) or (drawn and not found.architecture):
        found.architecture.append(block.text)
    else:
        found.keep_block(section, block)


def _take_commands(block: Block, section: Section, found: Found) -> None:
    """A fence with the commands that it holds. One that names no language is text unless its lines call programs."""
    if block.info in _DRAWN and not _calls_programs(block):
        found.keep_block(section, block)
        return
    first = block.lines[0]
    at = At(first.at.line, first.at.column - (len(first.text) - len(first.text.lstrip())))
    fence, problems = read_fence(section.title, block.info, block.text, at, found.notes.file, section.above)
    if problems and not block.info:
        found.keep_block(section, block)
        return
    found.notes.problems += problems
    found.fences.append(fence)


def _calls_programs(block: Block) -> bool:
    """Whether every line that is no comment begins with what could be a program, and one of them surely does."""
    if block.info or not is_command(block):
        return False
    lines = [line.text.strip() for line in block.lines]
    said = [line for line in lines if line and not line.startswith("#")]
    return all(_PROGRAM.match(line) for line in said) and any(_CALL.match(line) for line in said)


_PROGRAM = re.compile(r"[A-Za-z0-9./~$\"'{}()\[\]<>|&;:%_-]")
_CALL = re.compile(
    r"(?:[$%] )?(?:sudo )?(?:\.{0,2}/\S+|docker|podman|kubectl|helm|npm|yarn|pnpm|make|git|curl|wget|ssh|scp|rsync"
    r"|ansible\S*|terraform|psql|mysql\S*|flyway|alembic|liquibase|python3?|pip3?|go|cargo|mvn|gradle|systemctl|bash|sh"
    r"|aws|gcloud|az|cd|export|oc|argocd|skaffold|kustomize|redis-cli|pg_dump|echo|cp|mv|tar|cat|grep|tail|nginx|java"
    r"|node)(?:\s|$)"
)
