"""What the plan carries of a deployment document, and what it tells the reader about it."""

from __future__ import annotations

import msgspec

from rollbook.binding.lifting import Lifted, commands_of, lift, prepared
from rollbook.binding.matching import match
from rollbook.binding.rollback_intent import rollback_intent
from rollbook.model.deployment import CommandRole, Deployment, Environment, ShellCommand
from rollbook.model.facts import DeploymentFacts
from rollbook.model.plan import Repair
from rollbook.planning.context import Context, items_of
from rollbook.planning.deployment.hiding import without_userinfo
from rollbook.planning.deployment.image import image_name
from rollbook.planning.deployment.places import Ground
from rollbook.planning.deployment.schema import tell_schema, way_down
from rollbook.planning.deployment.settling import tell_settled
from rollbook.planning.deployment.shelled import not_acted_upon, pushes_unasked, repairs
from rollbook.planning.deployment.targets import database_of, targets_of
from rollbook.planning.deployment.variables import configuration_of, origins_of, sources_of
from rollbook.planning.image import image_of
from rollbook.planning.spine import version_of
from rollbook.values import Words

ROLES: tuple[CommandRole, ...] = (
    "build", "push", "deploy", "verify", "migrate_up", "migrate_down", "migrate_status", "rollback", "backup",
)  # fmt: skip


def facts_for(ground: Ground) -> DeploymentFacts:
    """The environment's part of the document; operations commands never enter a release (M27)."""
    deployment = ground.deployment
    commands = {role: _commands(role, deployment) for role in ROLES}
    commands["migrate_down"] = way_down(ground, prepared=True) or commands["migrate_down"]
    row, variables = without_userinfo(ground.row or Environment(ground.environment)), configuration_of(ground)
    return DeploymentFacts(
        deployment.source.path, row, variables,
        deployment.migrations, {role: found for role, found in commands.items() if found}, deployment.alerts,
        deployment.probes, deployment.runbook, ground.site.project,
        sha256=deployment.source.sha256, secrets=origins_of(ground), sources=sources_of(ground),
        targets=targets_of(row, deployment, ground.site), database=database_of(row.name, variables, ground.site),
    )  # fmt: skip


def _commands(role: CommandRole, deployment: Deployment) -> tuple[ShellCommand, ...]:
    """The commands of a role, each with what prepares it in its fence (`cd`, `export`)."""
    return tuple(c for f in deployment.fences for c in prepared(f, [c for c in f.commands if c.role == role]))


def tell(ground: Ground, context: Context) -> None:
    """Notes: what is waived, what is proved, what this site cannot enforce (M23, M24)."""
    tell_settled(ground, context)
    _not_enforced(ground, context)
    for command in not_acted_upon(ground):
        code, line = command.text.split("\n")[0], command.at.line
        context.note(f"not acted upon: `{code}`, of which nothing says what it is for (line {line})",
                     f"未执行：`{code}`，文档没有说明它的用途（第 {line} 行）")  # fmt: skip
    _size(ground, context)
    tell_schema(ground, context)


def repairs_of(ground: Ground, context: Context) -> tuple[Repair, ...]:
    """Where the plan does otherwise than the commands say (M28, M30), and which image name counts (M21)."""
    found = [r for f in ground.deployment.fences for r in getattr(lift(commands_of(f, "deploy")), "repairs", ())]
    found += rollback_intent(ground.deployment.commands("rollback")).repairs
    said = context.said
    listed = tuple(dict.fromkeys(Repair(said(r.what), said(r.why), r.at.line) for r in found))
    left = repairs(ground, context.workflow.language)
    found_all = (
        *listed,
        *_by_rotation(ground, context),
        *left,
        *_unasked_push(ground, context),
        *_image(ground, context),
    )
    return tuple(msgspec.structs.replace(r, document=ground.deployment.source.path) for r in found_all)


def _by_rotation(ground: Ground, context: Context) -> tuple[Repair, ...]:
    """On a site of plain servers the deploy commands become the rotation over them."""
    commands = ground.deployment.commands("deploy")
    parts = (commands_of(f, "deploy") for f in ground.deployment.fences)
    if not any(part and isinstance(lift(part), Lifted) for part in parts) or ground.site.kind == "kubernetes":
        return ()
    what = Words("the deploy commands are carried out server by server", "部署命令按服务器逐台执行")
    why = Words("this site has servers, each with an instance of the workload", "此站点由服务器组成，每台运行一个实例")
    return (Repair(context.said(what), context.said(why), commands[0].at.line),)


def _unasked_push(ground: Ground, context: Context) -> tuple[Repair, ...]:
    """A document alone that builds and pushes nothing: its image is pushed all the same (M22)."""
    if context.workflow.source != ground.deployment.source or not pushes_unasked(ground):
        return ()
    items = (item for step in context.workflow.steps for _, _, item in items_of(step))
    known = ((item, match(context.library, item.phrase, item.literals, ("step",))) for item in items)
    push = next((item for item, found in known if found and found.binding.startswith(PUSH)), None)
    return (Repair(context.said(PUSHED), context.said(PUSHED_WHY), push.at.line),) if push else ()


def _image(ground: Ground, context: Context) -> tuple[Repair, ...]:
    """Both names of the image, where they differ: the run has one (M21); and whose registry it is (M22)."""
    version = version_of(context.scope, context.workflow)
    named, image = image_name(ground.deployment, version), image_of(context, version)
    if named is None or image is None:
        return ()
    theirs, mine = f"{named.repository}:{named.tag}", f"{image.repository}:{image.tag}"
    found = []
    if theirs != mine:
        found.append((Words(f"the image is {mine}, not {theirs}", f"镜像为 {mine}，而不是 {theirs}"), ONE_IMAGE))
    if named.host and ground.site.kind == "embedded":
        what = Words(f"{named.host} is this site's own registry", f"{named.host} 由本站点自己的镜像仓库代替")
        found.append((what, OWN_REGISTRY))
    return tuple(Repair(context.said(what), context.said(why), named.at.line) for what, why in found)


def _not_enforced(ground: Ground, context: Context) -> None:
    """What the resource table asks for and this site cannot give (M23)."""
    for resource in ground.deployment.resources:
        cell = ground.cell(resource.values)
        if resource.kind != "replicas" and not cell.blank and ground.site.kind != "kubernetes":
            text = f"{resource.name}: {cell.text}"
            context.note(f"not acted upon: {text} (line {cell.at.line})", f"未执行：{text}（第 {cell.at.line} 行）")


def _size(ground: Ground, context: Context) -> None:
    """Another number of servers than of replicas is a warning (M23)."""
    wanted, count = ground.replicas, len(context.servers)
    if wanted is not None and wanted != count:
        context.note(f"the document gives {ground.environment} {wanted} replicas, and the run has {count} servers",
                     f"文档中 {ground.environment} 的副本数为 {wanted}，而本次运行有 {count} 台服务器")  # fmt: skip


ONE_IMAGE = Words(
    "a run has one image, and the template's condition about its tag comes first",
    "一次运行只有一个镜像，以模板中关于标签的条件为准",
)
PUSH = "rollbook.steps.image:push@"
PUSHED = Words("the image that is built is pushed too", "构建的镜像也会推送")
PUSHED_WHY = Words("the document pushes nothing, and servers have only what is published",
                   "文档没有推送命令，而服务器只能取得已发布的镜像")  # fmt: skip
OWN_REGISTRY = Words("the site maps it there, and nothing else is contacted", "站点将其映射到此处，不会联系其他仓库")
