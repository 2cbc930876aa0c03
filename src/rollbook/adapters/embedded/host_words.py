"""What a server of the embedded site says when it cannot."""

from __future__ import annotations

from rollbook.problems import StepFailed
from rollbook.values import Image, Server, Words


def did_not_start(server: Server, image: Image) -> Words:
    return Words(f"{server.name}: {image.tag} did not start", f"{server.name}：{image.tag} 未能启动")


def stays_silent(server: Server, image: Image) -> Words:
    return Words(f"{server.name}: {image.tag} does not listen", f"{server.name}：{image.tag} 没有监听端口")


def not_retrievable(server: Server, image: str, error: StepFailed) -> Words:
    tag = image.rpartition(":")[2]
    return Words(
        f"{server.name} could not go back to {tag}: {error.words.en}",
        f"{server.name} 无法恢复到 {tag}：{error.words.zh}",
    )


KEEP_IT = Words(
    "keep what the running release needs where the site's [secrets] say until it is replaced",
    "在替换之前，请将当前运行版本所需的密钥保留在站点 [secrets] 所指的地方",
)


def not_configured(server: Server, generation: str) -> Words:
    return Words(f"{server.name} has no configuration of {generation}", f"{server.name} 上没有 {generation} 的配置")


NO_IMAGE_HINT = Words(
    "on this site a run's own build puts it there: give the document its build and push commands",
    "在此站点上，镜像由运行自身构建并推送：请在文档中写明构建与推送命令",
)
