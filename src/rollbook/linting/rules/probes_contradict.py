"""probes-contradict: the liveness probe gives up before the readiness probe can pass."""

from __future__ import annotations

from collections.abc import Iterator

from rollbook.linting.context import Context
from rollbook.linting.rule import Finding, Page, Rule
from rollbook.model.deployment import ProbeSpec
from rollbook.problems import Related
from rollbook.values import Words

PAGE = Page(
    summary=Words(
        "The liveness probe gives up before the readiness probe first looks.",
        "存活探针在就绪探针第一次检查之前就已放弃。",
    ),
    why=Words(
        "A container that fails its liveness probe is killed and started again. When that happens before the "
        "readiness probe has looked once, a slow start is killed for ever and never becomes ready.",
        "未通过存活探针的容器会被杀掉并重启。如果就绪探针一次都还没有检查，启动较慢的容器就会不断被杀，永远不会就绪。",
    ),
    bad=Words(
        """\
# Deployment document
## Environments
| Environment | Domain | Cluster | Config file |
|---|---|---|---|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## Health checks
```yaml
livenessProbe:
  httpGet:
    path: /live
    port: 80
  initialDelaySeconds: 1
  periodSeconds: 2
readinessProbe:
  httpGet:
    path: /ready
    port: 80
  initialDelaySeconds: 30
  periodSeconds: 10
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 健康检查
```yaml
livenessProbe:
  httpGet:
    path: /live
    port: 80
  initialDelaySeconds: 1
  periodSeconds: 2
readinessProbe:
  httpGet:
    path: /ready
    port: 80
  initialDelaySeconds: 30
  periodSeconds: 10
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

## Health checks
```yaml
livenessProbe:
  httpGet:
    path: /live
    port: 80
  initialDelaySeconds: 30
  periodSeconds: 10
readinessProbe:
  httpGet:
    path: /ready
    port: 80
  initialDelaySeconds: 5
  periodSeconds: 10
```
""",
        """\
# 部署文档
## 环境列表
| 环境 | 域名 | 集群 | 配置文件 |
|------|------|------|------|
| DEV | dev.example.com | dev-cluster | .env.dev |
| PROD | example.com | prod-cluster | .env.prod |

## 健康检查
```yaml
livenessProbe:
  httpGet:
    path: /live
    port: 80
  initialDelaySeconds: 30
  periodSeconds: 10
readinessProbe:
  httpGet:
    path: /ready
    port: 80
  initialDelaySeconds: 5
  periodSeconds: 10
```
""",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Liveness without a startup probe before it, whose last failure comes before the first look of readiness."""
    probes = {probe.kind: probe for probe in (context.deployment.probes if context.deployment else ())}
    liveness, readiness = probes.get("liveness"), probes.get("readiness")
    if liveness and readiness and "startup" not in probes and _gives_up_s(liveness) < readiness.initial_delay_s:
        yield Finding(
            liveness.at,
            Words(
                f"a container is killed after {_gives_up_s(liveness):g} s, and readiness first looks at "
                f"{readiness.initial_delay_s:g} s",
                f"容器在 {_gives_up_s(liveness):g} 秒后被杀，而就绪探针第 {readiness.initial_delay_s:g} 秒才第一次检查",
            ),
            Words(
                "give liveness more time than readiness, or add a startup probe",
                "让存活探针比就绪探针更宽松，或增加启动探针",
            ),
            (Related(readiness.at, Words("readiness", "就绪探针")),),
        )


def _gives_up_s(probe: ProbeSpec) -> float:
    """Seconds from the start to the failure that kills."""
    return probe.initial_delay_s + probe.period_s * (probe.failure_threshold - 1) + probe.timeout_s


RULE = Rule("probes-contradict", "RB240", "warning", PAGE, check)
