"""undo-while-paused: a rollout is undone while it is paused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import ShellCommand
from rollbook.problems import Related
from rollbook.values import Words

KINDS = {
    "deploy": "deployment",
    "deployments": "deployment",
    "deployment.apps": "deployment",
    "sts": "statefulset",
    "ds": "daemonset",
}

PAGE = Page(
    summary=Words(
        "A rollout is undone while it is paused.",
        "在暂停状态下撤销发布。",
    ),
    why=Words(
        "Kubernetes refuses `rollout undo` on a paused Deployment: “you cannot rollback a paused deployment; "
        "resume it first”. Followed to the letter, the rollback stops at this line while the bad release serves. "
        "Rollbook reads the commands as what they mean and names the repair in the plan.",
        "Kubernetes 拒绝对已暂停的 Deployment 执行 `rollout undo`（“you cannot rollback a paused deployment; "
        "resume it first”）。按字面执行，回滚会停在这一行，而有问题的版本仍在服务。Rollbook "
        "按命令的意图执行，并在计划中写明修正。",
    ),
    bad=Words(
        """\
# Deployment plan

## Rollback procedure

```bash
kubectl rollout pause deployment/shop
kubectl rollout undo deployment/shop
```
""",
        """\
# 部署文档

## 回滚流程

```bash
kubectl rollout pause deployment/shop
kubectl rollout undo deployment/shop
```
""",
    ),
    good=Words(
        """\
# Deployment plan

## Rollback procedure

```bash
kubectl rollout undo deployment/shop
kubectl rollout status deployment/shop
```
""",
        """\
# 部署文档

## 回滚流程

```bash
kubectl rollout undo deployment/shop
kubectl rollout status deployment/shop
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Within one fence: undo of what was paused above and not resumed since."""
    for fence in context.deployment.fences if context.deployment else ():
        paused: dict[str, ShellCommand] = {}
        for command in fence.commands:
            verb, target = _rollout(command)
            if verb == "pause":
                paused[target] = command
            elif verb == "resume":
                paused.pop(target, None)
            elif verb == "undo" and target in paused:
                yield _finding(command, paused[target], target)


def _rollout(command: ShellCommand) -> tuple[str, str]:
    """The verb and the object of `kubectl rollout VERB OBJECT`; empty for anything else."""
    words = [w.text for w in command.words]
    if len(words) < 2 or PurePosixPath(words[0]).name not in ("kubectl", "oc") or "rollout" not in words:
        return "", ""
    rest = words[words.index("rollout") + 1 :]
    plain = [word for word in rest if not word.startswith("-")]
    return (plain[0], _object(plain[1:])) if plain else ("", "")


def _object(words: Sequence[str]) -> str:
    """ "deployment/shop", "deploy/shop" and "deployment shop" are one object."""
    if not words:
        return ""
    kind, slash, name = words[0].partition("/")
    name = name if slash else "".join(words[1:2])
    return f"{KINDS.get(kind.casefold(), kind.casefold())}/{name}"


def _finding(undo: ShellCommand, pause: ShellCommand, target: str) -> Finding:
    return Finding(
        undo.at,
        Words(
            f"{target} is paused above: Kubernetes refuses to undo it", f"{target} 在上面已暂停：Kubernetes 会拒绝撤销"
        ),
        Words(
            f"put `kubectl rollout resume {target}` before it, or leave the pause out",
            f"在前面加上 `kubectl rollout resume {target}`，或去掉暂停",
        ),
        (Related(pause.at, Words("paused here", "在这里暂停")),),
    )


RULE = Rule("undo-while-paused", "RB233", "warning", PAGE, check)
