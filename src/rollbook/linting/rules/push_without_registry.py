"""push-without-registry: the image pushed is none that was built or tagged."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.containers import Named, named
from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "The image that is pushed is none that was built or tagged.",
        "推送的镜像不是构建或打标签得到的任何一个。",
    ),
    why=Words(
        "`docker push` publishes an image by its name on this machine. A name that no command gave exists only "
        "by chance, from an earlier build: then something else goes out than was tested. Rollbook publishes what "
        "it built and names the repair in the plan; a person at a shell is stopped, or worse, is not.",
        "`docker push` 按本机上的名字发布镜像。没有任何命令给出的名字，只可能是以前构建时碰巧留下的：发"
        "布出去的就不是测试过的那个。Rollbook 会发布它所构建的镜像并在计划中写明；在命"
        "令行手工执行的人会被拦住，更糟的是没有被拦住。",
    ),
    bad=Words(
        """\
# Deployment plan

## Build commands

```bash
docker build -t shop:${VERSION} .
docker push hub.example.org/shop:${VERSION}
```
""",
        """\
# 部署文档

## 构建命令

```bash
docker build -t shop:${VERSION} .
docker push hub.example.org/shop:${VERSION}
```
""",
    ),
    good=Words(
        """\
# Deployment plan

## Build commands

```bash
docker build -t hub.example.org/shop:${VERSION} .
docker push hub.example.org/shop:${VERSION}
```
""",
        """\
# 部署文档

## 构建命令

```bash
docker build -t hub.example.org/shop:${VERSION} .
docker push hub.example.org/shop:${VERSION}
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Pushes of a name that no build or tag above gave, where something is built at all."""
    given: dict[str, Named] = {}
    for image in named(context.deployment) if context.deployment else ():
        if image.act != "push":
            given[image.image] = image
        elif given and image.image not in given:
            yield _finding(image, list(given.values())[-1])


def _finding(pushed: Named, built: Named) -> Finding:
    return Finding(
        pushed.at,
        Words(
            f"{pushed.image} is pushed, but {built.image} was built",
            f"推送的是 {pushed.image}，构建的却是 {built.image}",
        ),
        Words(
            f"build it as {pushed.image}, or add `docker tag {built.image} {pushed.image}` before the push",
            f"构建时就用 {pushed.image}，或在推送前加上 `docker tag {built.image} {pushed.image}`",
        ),
        (Related(built.at, Words(f"{built.image} is named here", f"这里命名了 {built.image}")),),
    )


RULE = Rule("push-without-registry", "RB231", "warning", PAGE, check)
