"""The release checklist as steps: the spine of a deployment document alone (DESIGN §3).

before   gates that evidence or a person closes · approval, where the environment is protected
build    the image, from the document's build commands (M21)
during   in the document's order; “deploy” becomes the rotation, and servers rejoin once the rest is verified
after    conditions behind the last wave · what tells people last (M17)
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollbook.binding.library import Library
from rollbook.binding.lifting import commands_of
from rollbook.binding.matching import match
from rollbook.model.deployment import CommandRole
from rollbook.model.workflow import Approval, Approvers, Item, Parameter, Step, Workflow
from rollbook.planning.deployment.asking import before_items
from rollbook.planning.deployment.conditions import condition_of
from rollbook.planning.deployment.during import ahead, is_about, is_deploy, is_rotation
from rollbook.planning.deployment.during import items_in as _items
from rollbook.planning.deployment.during import step_of as _step
from rollbook.planning.deployment.functions import deploying, item_for, leaving, returning, shell_item
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.shelled import asked, pushes_unasked, verifying
from rollbook.values import At, Words


class Parts(msgspec.Struct, frozen=True):
    """The checklist's steps by where they belong, numbers still 0. `by_hand`: a person closes what nothing is bound
    to."""

    before: tuple[Step, ...] = ()
    approval: tuple[Step, ...] = ()
    build: tuple[Step, ...] = ()
    prepare: tuple[Step, ...] = ()
    release: tuple[Step, ...] = ()
    verified: tuple[Step, ...] = ()
    """What the shell verifies behind the rotation, and what people are asked about there (M27)."""
    after: tuple[Step, ...] = ()
    reporting: tuple[Step, ...] = ()

    @property
    def all(self) -> tuple[Step, ...]:
        return (
            *self.before, *self.approval, *self.build, *self.prepare, *self.release, *self.verified, *self.after,
            *self.reporting,
        )  # fmt: skip

    @property
    def acts(self) -> bool:
        """Whether anything is done, or judged: gates alone are no release."""
        return self.all != (*self.before, *self.approval)


def parts_of(ground: Ground, library: Library) -> Parts:
    """All steps that the document gives by itself."""
    during = _items(ground, "during")
    prepared = ahead(during, library) if during else _default(ground)
    released = [i for i in during if i not in prepared and not is_deploy(i, library)]
    after, told = _after(ground, library)
    return Parts(
        _before(ground, library), _approval(ground), (*_build(ground, library), *_asked(ground, "build", "push")),
        (*(_step(i.text, (_prepared(i, ground, library),), i.at) for i in prepared),
         *_asked(ground, "backup", "migrate_up")),
        _release(released, ground, library), _verified(ground), after, told,
    )  # fmt: skip


def alone(ground: Ground, library: Library) -> Workflow:
    """The document as a workflow of its own: `environment` and `version` are its parameters (M3)."""
    deployment = ground.deployment
    parts = _pushed(parts_of(ground, library), ground, library)
    steps = numbered(parts.all if parts.acts else (), 1)
    return Workflow(
        deployment.source, deployment.language, deployment.title, parameters=parameters_of(ground), steps=steps
    )


def parameters_of(ground: Ground) -> tuple[Parameter, ...]:
    deployment = ground.deployment
    rows = tuple(e.name for e in deployment.environments)
    filled = deployment.release_version
    at = deployment.environments[0].at if rows else At()
    return (
        Parameter("environment", "string", required=True, enum=rows, example=rows[0] if rows else None, at=at),
        Parameter("version", "string", not filled.text, "", (), filled.text or None, not filled.blank, "v1.0.0",
                  at=filled.at),
    )  # fmt: skip


def numbered(steps: Sequence[Step], first: int) -> tuple[Step, ...]:
    return tuple(msgspec.structs.replace(s, number=n) for n, s in enumerate(steps, first))


def _said(text: Words, ground: Ground) -> str:
    return text.said(ground.deployment.language)


def _before(ground: Ground, library: Library) -> tuple[Step, ...]:
    """What the run does ahead of the release, and what a person closes in a protected environment (M24)."""
    items = before_items(ground, library)
    return (_step(_said(BEFORE, ground), items, items[0].at),) if items else ()


def _approval(ground: Ground) -> tuple[Step, ...]:
    """The gate of a protected environment: the sign-off roles other than the author's (M2)."""
    if not ground.protected:
        return ()
    roles = sign_off_roles(ground)
    at = ground.deployment.signoffs[0].at if ground.deployment.signoffs else At()
    approval = Approval(approvers=(Approvers("", roles, at),) if roles else (), at=at)
    return (Step(0, _said(APPROVAL, ground), "approval", approval=approval, at=at),)


def sign_off_roles(ground: Ground) -> tuple[str, ...]:
    author = ground.deployment.front.author.casefold()
    rows = ground.deployment.signoffs
    return tuple(dict.fromkeys(r.role for r in rows if author not in (r.role.casefold(), r.name.text.casefold())))


def _build(ground: Ground, library: Library) -> tuple[Step, ...]:
    """Build and push by the run's own functions, which keep one digest (M21, M22)."""
    roles: tuple[CommandRole, ...] = ("build", "push")
    places = {r: c[0].at for r in roles if (c := [c for f in ground.deployment.fences for c in commands_of(f, r)])}
    if not places:
        return ()
    items = [item_for(f"rollbook.steps.image:{r}", ground.deployment.language, library, places[r]) for r in places]
    return (_step(_said(BUILD, ground), items, min(places.values(), key=lambda at: at.line)),)


def _pushed(parts: Parts, ground: Ground, library: Library) -> Parts:
    """With a push behind a build that has none: servers have only what is published (M22)."""
    if not pushes_unasked(ground) or not parts.build or not parts.release:
        return parts
    first, *others = parts.build
    push = item_for("rollbook.steps.image:push", ground.deployment.language, library, first.at)
    group = msgspec.structs.replace(first.groups[0], items=(*first.groups[0].items, push))
    return msgspec.structs.replace(parts, build=(msgspec.structs.replace(first, groups=(group,)), *others))


def _default(ground: Ground) -> list[Item]:
    """Without a checklist: back up and migrate where the document has commands for it, then deploy."""
    roles: tuple[tuple[CommandRole, Words], ...] = (("backup", BACK_UP), ("migrate_up", MIGRATE))
    found = (
        (_said(text, ground), [c for f in ground.deployment.fences for c in commands_of(f, role)])
        for role, text in roles
    )
    return [Item(text, text.casefold(), at=commands[0].at) for text, commands in found if commands]


def _prepared(item: Item, ground: Ground, library: Library) -> Item:
    """A backup or migration: what is bound, else the document's own commands for it. What migrates keeps track of what
    it applied, whatever the document calls it (M31)."""
    about = is_about("backup", item) or is_about("migrate", item)
    if not about or item.code or match(library, item.phrase, item.literals, ("step",)) is not None:
        return item
    if is_about("backup", item):
        return shell_item(item, ground, "backup")
    if not (ground.deployment.migrations or ground.deployment.commands("migrate_up")):
        return item
    own = item_for("rollbook.steps.migrate:up", ground.deployment.language, library, item.at)
    return msgspec.structs.replace(item, phrase=own.phrase, literals=own.literals)


def _release(verified: Sequence[Item], ground: Ground, library: Library) -> tuple[Step, ...]:
    """The rotation: out of traffic, the new release, the document's own verification, back into traffic. None for a
    document that speaks of no deployment."""
    language = ground.deployment.language
    deploy = next((i for i in _items(ground, "during") if is_deploy(i, library)), None)
    if deploy is None and not ground.deployment.commands("deploy"):
        return tuple(_step(i.text, (i,), i.at) for i in verified)
    verifying = tuple(_step(i.text, (i,), i.at) for i in verified if not is_rotation(i, library))
    at = deploy.at if deploy else next((c.at for c in ground.deployment.commands("deploy")), At())
    title = deploy.text if deploy else _said(DEPLOY, ground)
    return (
        _step(_said(LEAVE, ground), leaving(language, library, at), at),
        _step(title, deploying(language, library, at), at),
        *verifying,
        _step(_said(RETURN, ground), returning(language, library, at), at),
    )


def _verified(ground: Ground) -> tuple[Step, ...]:
    items = verifying(ground)
    own = (_step(_said(VERIFY, ground), items, items[0].at),) if items else ()
    return (*own, *_asked(ground, "deploy", "verify", "other"))


def _asked(ground: Ground, *roles: CommandRole) -> tuple[Step, ...]:
    """Commands under a condition: a step of its own for each, so that no other step waits for the answer (M27)."""
    return tuple(_step(i.guard, (i,), i.at) for i in asked(ground, *roles))


def _after(ground: Ground, library: Library) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Conditions as one step, judged behind the last wave; what tells people as another, at the very end (M17)."""
    items = _items(ground, "after")
    known = {id(i): match(library, i.phrase, i.literals, ("step",)) for i in items}
    acts = [i for i in items if known[id(i)] is not None]
    told = [i for i in acts if (f := known[id(i)]) is not None and f.mark.reports]
    done = [i for i in acts if i not in told]
    conditions = tuple(condition_of(i, ground.deployment) for i in items if i not in acts)
    title = _said(AFTER, ground)
    checks = (
        (msgspec.structs.replace(_step(title, done, items[0].at), success=conditions),) if done or conditions else ()
    )
    return checks, ((_step(_said(REPORT, ground), told, told[0].at),) if told else ())


BEFORE = Words("Before the release", "发布前检查")
APPROVAL = Words("Release approval", "发布审批")
BUILD = Words("Build the image", "构建镜像")
BACK_UP = Words("back up the current version", "备份当前版本")
MIGRATE = Words("run the database migrations", "执行数据库迁移")
LEAVE = Words("Take the servers out of traffic", "将服务器移出流量")
DEPLOY = Words("Deploy the new version", "部署新版本")
RETURN = Words("Return the servers to traffic", "恢复服务器流量")
VERIFY = Words("Verify with the document's commands", "执行文档中的验证命令")
AFTER = Words("After the release", "发布后检查")
REPORT = Words("Tell people", "通知与记录")
