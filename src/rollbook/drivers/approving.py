"""What an approval is given for, and whether that still stands (M44)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from rollbook.machine.ledger import fold
from rollbook.model.events import Entry, GateAnswered
from rollbook.model.plan import Plan

DIGEST = "image.digest"


def approval_hash(plan_hash: str, plan: Plan, digest: str, code: Mapping[str, str]) -> str:
    """What an approval is given for: the plan (which holds the site), the step code as it is now (binding → hash), the
    image's digest ("" while it is unknown), and the servers. Any change gives another hash."""
    servers = [server.name for server in plan.servers]
    bound = {"plan": plan_hash, "code": dict(code), "digest": digest, "servers": servers}
    return hashlib.sha256(msgspec.json.encode(bound, order="deterministic")).hexdigest()


def digest_of(entries: Iterable[Entry]) -> str:
    """The image's digest as far as the run knows it."""
    return str(fold(entry.event for entry in entries).facts.get(DIGEST, ""))


def void(entries: tuple[Entry, ...], plan_hash: str, plan: Plan, code: Mapping[str, str]) -> tuple[str, ...]:
    """What changed since the last approval that was given: bindings whose code is another now, or the digest. Without
    an approval, since the plan. A digest that became known after the approval is no change."""
    changed = tuple(sorted(b for b, now in code.items() if "@" in b and now != b.partition("@")[2]))
    binds = [e.event.binds for e in entries if isinstance(e.event, GateAnswered) and e.event.answer == "approve"]
    given = next((b for b in reversed(binds) if b), None)
    if given is None:
        return changed
    digest = digest_of(entries)
    if given in {approval_hash(plan_hash, plan, known, code) for known in (digest, "")}:
        return ()
    return changed or (DIGEST,)
