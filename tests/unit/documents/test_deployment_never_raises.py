"""Reading a deployment document never raises, whatever it holds, and costs what its length costs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.documents import Reading, read
from rollbook.model.deployment import Deployment
from rollbook.problems import source_lines
from shapes import source_of

pytestmark = pytest.mark.slow

HEADS = st.sampled_from(
    [
        "环境",
        "域名",
        "集群",
        "变量名",
        "DEV",
        "PROD",
        "生产环境",
        "流量比例",
        "持续时间(分钟)",
        "回滚条件",
        "通过条件",
        "脚本",
        "可回滚",
        "告警名称",
        "条件",
        "阈值",
        "指标",
        "通知渠道",
        "问题",
        "处理步骤",
        "角色",
        "姓名",
        "日期",
        "状态",
        "探针",
        "路径",
        "检查项",
        "阶段",
        "Traffic",
        "Duration",
        "Abort if",
        "Env",
        "Host",
        "Name",
        "Value",
        "Item",
        "Link",
        "Default",
        "#",
        "",
        "x",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "-",
            "—",
            "5%",
            "150%",
            "-3%",
            "1/0",
            "1/10",
            "全量",
            "0.05",
            "30分钟",
            "-5m",
            "1h",
            "一小时",
            "soon",
            "YYYY-MM-DD",
            "2025-02-30",
            "昨天",
            "[Secret]",
            "***",
            "DEV",
            "生产",
            "错误率 > 1% 或 P99 > 2s",
            "a < b <",
            "`a | b`",
            "`",
            "**x**",
            "是",
            "✅",
            "1. a 2. b",
            "① a ② b",
            "<br>",
            "1<br>2",
            "电话+钉钉",
            "up == 0",
            "https://x.example/y",
            "[链接]",
            "[a](b)",
            "/h",
            "GET :80/h",
            "http://u:p@h",
            "持续 5 分钟",
            "错误率 > 1% 持续 5 分钟",
            "V1",
            "a.sql",
            "-1",
            "99999999999999999999",
            "½",
            "\\|",
            "|",
        ]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12),
)
TITLES = st.sampled_from(
    [
        "# 部署文档",
        "## 环境列表",
        "## 环境变量",
        "## 资源配置",
        "## 流水线",
        "### 生产环境",
        "## 灰度策略",
        "## 数据库变更",
        "## 发布检查清单",
        "#### 发布前",
        "**发布中**",
        "After the release:",
        "## 健康检查",
        "## 告警规则",
        "## 监控面板",
        "## 常见问题",
        "### OOM",
        "## 文档审批",
        "## 下游文档",
        "## 发布窗口",
        "## Document information",
        "## Rollback",
        "## Daily operations",
        "## 1. Weather",
        "---",
        "> quote",
    ]
)
LINES = st.sampled_from(
    [
        "- [ ] a",
        "- [x] b.md (c)",
        "  - d",
        "1. e",
        "- label: value",
        "- Grafana: [链接]",
        "**部署版本**: v1",
        "发布窗口：周六",
        "a → b → 部署PROD",
        "```",
        "```bash",
        "```yaml",
        "```mermaid",
        "livenessProbe:",
        "  httpGet: {path: /x, port: y}",
        "  periodSeconds: no",
        "readinessProbe: &a",
        "---",
        "提交 → 构建 → 部署DEV",
        "  │        └─ 自动",
        "   ^",
        "graph LR",
        "A[提交] -->|手动| B",
        "echo 'x",
        "kubectl apply -f x",
        "# 如需",
        "<!-- c -->",
        "prose",
        "",
        "",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    heads = draw(st.lists(HEADS, min_size=1, max_size=6))
    rows = draw(st.lists(st.lists(CELLS, max_size=7), max_size=4))
    body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *body, ""])


DOCUMENTS = st.lists(st.one_of(TITLES, tables(), LINES, LINES), max_size=24).map("\n".join)
START = "# 部署文档\n\n## 环境列表\n\n## 灰度策略\n\n## 告警规则\n\n"
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_safely(text: str) -> Reading:
    reading = read(source_of(text))
    lines = source_lines(text)
    assert reading.document is not None
    for problem in reading.problems:
        assert 0 <= problem.at.line <= len(lines), problem
        assert problem.at.column >= (1 if problem.at.line else 0), problem
        assert all((*problem.summary, *problem.hint)), problem
    return reading


@MANY
@given(DOCUMENTS)
def test_any_deployment_document_reads_to_a_model_and_problems(text: str) -> None:
    reading = read_safely(START + text)
    assert isinstance(reading.document, Deployment)


@MANY
@given(st.data())
def test_any_damage_to_the_seed_gives_problems_only(seed_d: Path, data: st.DataObject) -> None:
    lines = seed_d.read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + data.draw(st.integers(0, 3))] = [data.draw(st.one_of(TITLES, tables(), LINES, CELLS))]
    read_safely("\n".join(lines))


@MANY
@given(st.data())
def test_any_damage_within_a_line_of_the_seed_gives_problems_only(seed_d: Path, data: st.DataObject) -> None:
    text = seed_d.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(CELLS) + text[at + data.draw(st.integers(0, 5)) :]
    read_safely(text)


LONG = {
    "environments": lambda n: "| 环境 | 域名 |\n|---|---|\n" + "".join(f"| e{i} | h{i} |\n" for i in range(n)),
    "variables": lambda n: (
        "| 变量名 | DEV | PROD |\n|---|---|---|\n" + "".join(f"| V_{i} | a | b |\n" for i in range(n))
    ),
    "migrations": lambda n: (
        "| 版本 | 脚本 | 可回滚 |\n|---|---|---|\n" + "".join(f"| {i} | {i}.sql | 是 |\n" for i in range(n))
    ),
    "tables": lambda n: "| 组件 | DEV | PROD |\n|---|---|---|\n| 副本 | 1 | 2 |\n\n" * (n // 4),
    "tasks": lambda n: "## 发布前\n" + "- [ ] a\n" * n,
    "one row": lambda n: "| 变量名 | DEV |\n|---|---|\n| `" + "|" * n + "` | x |\n",
    "code marks": lambda n: "| 变量名 | DEV |\n|---|---|\n| " + "`a" * n + " | x |\n",
    "a pipeline": lambda n: "## 流水线\n```\n" + "构建 → " * n + "部署DEV\n" + "  ^  " * n + "\n```\n",
    "steps of one cell": lambda n: (
        "| 问题 | 处理步骤 |\n|---|---|\n| a | " + " ".join(f"{i}. x" for i in range(1, n)) + " |\n"
    ),
    "blanks": lambda n: "| 变量名 | DEV |\n|---|---|\n| a |" + " " * n + "b |\n\n" + "**" + "x " * n + "\n",
}


def calls(text: str) -> int:
    """Function calls, Python's and C's, that reading `text` makes."""
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        read(source_of(text))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", LONG)
def test_twice_the_deployment_document_costs_twice_the_calls(name: str) -> None:
    make = LONG[name]
    calls(START + make(10))
    small, large = calls(START + make(400)), calls(START + make(800))
    assert large < 2.3 * small
