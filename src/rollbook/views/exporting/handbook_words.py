"""What the handbooks say, in both languages."""

from __future__ import annotations

from rollbook.values import Words

RUNBOOK = Words("Runbook", "运维手册")
MONITORING = Words("Monitoring", "监控配置")
PROBLEMS = Words("Known problems", "常见问题处理")
ALERTS = Words("Alerts", "告警规则")
OPERATIONS = Words("Daily commands", "日常运维命令")
GOING_BACK = Words("Going back by hand", "手工回滚命令")
LINKS = Words("Dashboards and logs", "面板与日志")
EXPRESSIONS = Words("Expressions", "表达式")
PROBES = Words("Health checks", "健康检查")
BY_HAND = Words("Left to a person", "需要人工完成")
FILES = Words("Files beside this one", "配套文件")
ALERTS_FILE = Words("`alerts.yml`: below `rule_files` of Prometheus", "`alerts.yml`：列入 Prometheus 的 `rule_files`")
TESTS_FILE = Words(
    "`alerts_test.yml`: `promtool test rules alerts_test.yml` fires each of them and keeps it silent",
    "`alerts_test.yml`：`promtool test rules alerts_test.yml` 逐条验证告警的触发与不触发",
)
ROUTES_FILE = Words(
    "`alertmanager.yml`: routes and receivers of Alertmanager (`amtool check-config alertmanager.yml`)",
    "`alertmanager.yml`：Alertmanager 的路由与接收方（`amtool check-config alertmanager.yml`）",
)
DASHBOARD_FILE = Words("`dashboard.json`: imported into Grafana", "`dashboard.json`：导入 Grafana")
PROBES_FILE = Words("`probes.yaml`: fields of the Deployment's container", "`probes.yaml`：Deployment 中容器的字段")
ENVIRONMENTS = Words("Where it runs", "环境")
PEOPLE = Words("Whom to ask", "联系人")
AT_ONCE = Words("at once", "立即")
BRIDGED = ("phone", "sms", "dingtalk", "wecom", "feishu")
BRIDGE = Words(
    "Alertmanager's webhook speaks its own JSON; put a bridge that turns it into theirs before: {channels}",
    "Alertmanager 的 webhook 使用自己的 JSON：{channels} 需要转换网关",
)
UNSELECTED = Words(
    "nothing says which series are this service's: {alerts} would fire for every target; write selector = 'job=\"…\"' "
    "below [metrics] in the site file",
    "没有说明哪些序列属于本服务：{alerts} 会对所有采集目标触发；请在站点文件 [metrics] 下写 selector = 'job=\"…\"'",
)
UNLINKED = Words("fill in the links of the document: {labels}", "补全文档中的链接：{labels}")
PAUSED = Words(
    "**Do not type these in this order.** Kubernetes refuses `undo` while the Deployment is paused: leave `pause` out, "
    "or type `kubectl rollout resume {target}` before it.",
    "**不要按此顺序输入。** Deployment 暂停时 Kubernetes 拒绝 `undo`：请不要执行 `pause`，或先执行 "
    "`kubectl rollout resume {target}`。",
)
TWICE = Words(
    "A second `undo` returns to the bad version: look at `kubectl rollout history {target}` and name the revision with "
    "`--to-revision=N`.",
    "再次 `undo` 会回到有问题的版本：请先查看 `kubectl rollout history {target}`，并用 `--to-revision=N` 指定版本。",
)
CONSEQUENCES = {
    "liveness": Words("the container is restarted", "重启容器"),
    "readiness": Words("no more traffic", "停止接收流量"),
    "startup": Words("the container is restarted", "重启容器"),
}
SYMPTOM = Words("Symptom: {symptom}", "症状：{symptom}")
UNSAID = Words(
    "“{name}” is in no alert rule: `{text}` cannot be said in PromQL",
    "“{name}” 没有对应的告警规则：`{text}` 无法写成 PromQL",
)
ADDRESSES = Words(
    "replace the addresses of {host} in alertmanager.yml: {channels}",
    "替换 alertmanager.yml 中 {host} 的地址：{channels}",
)
ALERT_HEADS = (
    Words("Alert", "告警名称"),
    Words("Condition", "条件"),
    Words("For", "持续时间"),
    Words("Severity", "严重级别"),
    Words("Channels", "通知渠道"),
)
PROBE_HEADS = (
    Words("Probe", "探针"),
    Words("Asks", "检查"),
    Words("First after", "初始延迟"),
    Words("Every", "间隔"),
    Words("Time limit", "超时"),
    Words("Failures", "失败阈值"),
    Words("Noticed within", "最迟发现"),
    Words("Then", "后果"),
)
PROBLEM_HEAD = Words("Known problem", "对应问题")
ENVIRONMENT_HEADS = (
    Words("Environment", "环境"),
    Words("Address", "域名"),
    Words("Cluster", "集群"),
    Words("Namespace", "命名空间"),
)
