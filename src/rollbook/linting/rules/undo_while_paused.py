"""undo-while-paused: `kubectl rollout undo` of a deployment that is paused: Kubernetes refuses it (F1)."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import CommandFence, ShellCommand
from rollbook.problems import Related
from rollbook.values import At, Words

PAGE = Page(
    summary=Words(
        "`kubectl rollout undo` follows `rollout pause`: Kubernetes refuses it.",
        "`kubectl rollout pause` 之后执行 `undo`：Kubernetes 会拒绝。",
    ),
    why=Words(
        "A paused deployment cannot be rolled back: the command fails in the very moment in which it is needed. "
        "Resume before undoing, or leave the pause out. Rollbook reads the fence as what is meant, and names the "
        "repair in the plan.",
        "暂停的 Deployment 不能回滚：恰恰在最需要的时候命令会失败。请先 resume 再 undo，或者去掉 pause。Rollbook 按其"
        "意图执行，并在计划中说明这一修正。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Rollback
```bash
kubectl rollout pause deployment/app
kubectl rollout undo deployment/app
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 回滚流程
```bash
kubectl rollout pause deployment/app
kubectl rollout undo deployment/app
```
""",
    ),
    good=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Rollback
```bash
kubectl rollout pause deployment/app
kubectl rollout resume deployment/app
kubectl rollout undo deployment/app
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 回滚流程
```bash
kubectl rollout pause deployment/app
kubectl rollout resume deployment/app
kubectl rollout undo deployment/app
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """In each fence: an undo of a target that an earlier line paused and none resumed."""
    for fence in context.deployment.fences if context.deployment else ():
        yield from _undone_while_paused(fence)


def _undone_while_paused(fence: CommandFence) -> Iterator[Finding]:
    paused: dict[str, At] = {}
    for command in fence.commands:
        verb, target = _rollout(command)
        if verb == "pause":
            paused[target] = command.at
        elif verb == "resume":
            paused.pop(target, None)
        elif verb == "undo" and target in paused:
            yield _finding(command.at, target, paused[target])


def _rollout(command: ShellCommand) -> tuple[str, str]:
    """The verb of `kubectl rollout VERB TARGET` and its target, `deployment/app` and `deployment app` alike."""
    words = [word.text for word in command.words if not word.text.startswith("-")]
    if words[:2] != ["kubectl", "rollout"] or len(words) < 4:
        return "", ""
    return words[2], "/".join(words[3:])


def _finding(at: At, target: str, paused_at: At) -> Finding:
    resume = f"kubectl rollout resume {target}"
    return Finding(
        at,
        Words(
            f"{target} is paused, and Kubernetes refuses to undo it then",
            f"{target} 已暂停，此时 Kubernetes 拒绝回滚",
        ),
        Words(f"run `{resume}` before, or leave the pause out", f"先执行 `{resume}`，或去掉暂停"),
        (Related(paused_at, Words("paused here", "在这里暂停")),),
    )


RULE = Rule("undo-while-paused", "RB234", "warning", PAGE, check)
