"""From source to one published image per run, one digest from build to start (M21)."""

from __future__ import annotations

from rollbook.binding.markers import idempotent, pure, step
from rollbook.ports import Project, Registry
from rollbook.problems import StepFailed
from rollbook.steps.saying import said
from rollbook.steps.toolchain import own_command, require_sources, run_own, run_tool
from rollbook.values import Image, Json, Release, RunInfo, Words

NOT_PACKAGED = {"tests", "test", "build", "dist", "node_modules", "__pycache__"}


@step(
    "编译源代码",
    "编译代码",
    "编译项目",
    "compile the source code",
    "compile the sources",
    "build the source code",
    effect=pure,
)
async def compile_sources(project: Project, run: RunInfo) -> str:
    """Compile the project: by its own `[tool.rollbook] compile` command, else every module to byte code."""
    require_sources(project)
    if own := own_command(project, "compile"):
        await run_own(project, own)
        return said(run, "compiled by the project's own command", "已用项目自己的命令编译")
    cache = {"PYTHONPYCACHEPREFIX": str(project.scratch("bytecode"))}
    await run_tool(
        project, "compileall", ["-q", "-x", r"[/\\](\.venv|node_modules|\.git|\.rollbook)[/\\]", "."], (0,), cache
    )
    return said(run, "compiled to byte code", "已编译为字节码")


@step(
    "打包应用程序",
    "打包应用",
    "打包",
    "package the application",
    effect=pure,
)
async def package(project: Project, run: RunInfo) -> dict[str, Json]:
    """Package the project: by its own `[tool.rollbook] package` command, else its files without tests as an archive.

    Facts: package.path."""
    require_sources(project)
    if own := own_command(project, "package"):
        await run_own(project, own)
        return {"detail": said(run, "packaged by the project's own command", "已用项目自己的命令打包")}
    out = project.scratch("package.tar.gz")
    await run_tool(project, "tarfile", ["-c", str(out), *_packaged(project)], (0,))
    return {"package.path": str(out), "detail": out.name}


@step(
    "构建 Docker 镜像",
    "构建镜像",
    "构建容器镜像",
    "构建 Docker image",
    "build the Docker image",
    "build the image",
    "build the container image",
    effect=idempotent,
)
async def build(project: Project, registry: Registry, release: Release) -> dict[str, Json]:
    """Build the run's image from the project under its final name. Facts: image.tag, image.digest."""
    require_sources(project)
    labels = {
        "org.opencontainers.image.version": release.version,
        "rollbook.environment": release.environment,
    }
    built = await registry.build(project.root, Image(release.image.tag), labels)
    if not built.digest:
        raise StepFailed(Words(f"the build of {built.tag} gave no digest", f"{built.tag} 的构建没有给出摘要"))
    return {"image.tag": built.tag, "image.digest": built.digest, "detail": f"{built.tag} {built.digest[:19]}"}


@step(
    "取用已构建的镜像",
    "取用流水线构建的镜像",
    "take the image that was built",
    "take the pipeline's image",
    effect=idempotent,
)
async def take(registry: Registry, release: Release) -> dict[str, Json]:
    """Take the image that a promotion gives this run, under the run's own name; nothing is built (M21).

    Facts: image.tag, image.digest."""
    given = release.image
    if not given.digest:
        raise StepFailed(
            Words("no image was given to this run", "没有给本次运行指定镜像"),
            hint=Words("only `rollbook promote` gives one", "只有 `rollbook promote` 会指定"),
        )
    taken = await registry.adopt(given)
    return {"image.tag": taken.tag, "image.digest": taken.digest, "detail": f"{taken.tag} {taken.digest[:19]}"}


@step(
    "推送镜像到 registry",
    "推送镜像",
    "推送镜像到仓库",
    "推送镜像到镜像仓库",
    "推送到 registry",
    "push the image to the registry",
    "push the image",
    "push to the registry",
    "push the Docker image to the registry",
    effect=idempotent,
)
async def push(registry: Registry, release: Release, run: RunInfo) -> dict[str, Json]:
    """Publish what this run built, under the same name, and read it back (M22). Facts: image.pushed."""
    digest = str(run.facts.get("image.digest", ""))
    if not digest:
        raise StepFailed(
            Words("this run has built no image to push", "本次运行没有构建可推送的镜像"),
            hint=Words("name the build before the push in the document", "请在文档中先构建再推送"),
        )
    pushed = await registry.push(Image(release.image.tag, digest))
    if pushed.digest != digest:
        raise StepFailed(
            Words(
                f"{pushed.tag} reads back as {pushed.digest}, not as {digest}",
                f"{pushed.tag} 读回为 {pushed.digest}，而不是 {digest}",
            )
        )
    return {"image.pushed": pushed.digest, "detail": f"{pushed.tag} {pushed.digest[:19]}"}


def _packaged(project: Project) -> list[str]:
    """Top-level names that belong to the application, in a stable order."""
    names = sorted(p.name for p in project.root.iterdir()) if project.root.is_dir() else []
    return [n for n in names if not n.startswith(".") and n not in NOT_PACKAGED and not n.endswith(".egg-info")]
