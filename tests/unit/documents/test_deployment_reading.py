"""Tables of deployment documents by shape, never by position; problems with their places; blanks, secrets, marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.documents import Reading, read
from rollbook.model.conditions import And, Compare, Or
from rollbook.model.deployment import Deployment
from shapes import source_of

START = "# 部署文档\n\n## 环境列表\n\n## 灰度策略\n\n## 告警规则\n\n"
STARTS = START.count("\n")


def reading_of(text: str) -> Reading:
    return read(source_of(START + text))


def model_of(text: str) -> Deployment:
    document = reading_of(text).document
    assert isinstance(document, Deployment)
    return document


def table(*rows: list[str]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:], ""])


CANARY = [
    ["阶段", "流量比例", "持续时间", "回滚条件"],
    ["1", "5%", "30分钟", "错误率 > 1% 或 P99 > 2s"],
    ["2", "100%", "-", "错误率 > 0.5%"],
]


@settings(max_examples=24, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_columns_does_not_matter(order: list[int]) -> None:
    stages = model_of("## 灰度策略\n\n" + table(*([row[i] for i in order] for row in CANARY))).canary
    assert [(s.number, s.traffic, s.duration_s) for s in stages] == [(1, 0.05, 1800.0), (2, 1.0, None)]
    assert all(s.rollback_when is not None for s in stages)


def test_a_table_is_known_by_its_heads_under_any_heading() -> None:
    document = model_of("## 天气\n\n" + table(*CANARY))
    assert len(document.canary) == 2


def test_two_tables_of_one_section_are_each_what_they_are() -> None:
    resources = table(["组件", "DEV", "PROD"], ["副本", "1", "2"])
    variables = table(["变量名", "DEV", "PROD"], ["A_URL", "x", "y"])
    document = model_of("## 配置\n\n" + resources + "\n" + variables)
    assert [r.name for r in document.resources] == ["副本"]
    assert [v.name for v in document.variables] == ["A_URL"]


def test_extra_columns_are_listed_as_unread() -> None:
    document = model_of(table([*CANARY[0], "天气"], [*CANARY[1], "晴"], [*CANARY[2], "-"]))
    assert [(c.column, c.text, c.at.line) for c in document.unread_cells] == [("天气", "晴", STARTS + 3)]


def test_bold_cells_code_and_raw_pipes_are_plain_text() -> None:
    rows = [["**变量名**", "`DEV`", "PROD"], ["**A**", "`a | b`", "a \\| b"]]
    variable = model_of("## 环境变量\n\n" + table(*rows)).variables[0]
    assert (variable.name, [cell.text for cell in variable.values.values()]) == ("A", ["a | b", "a | b"])


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("5%", 0.05),
        ("5 ％", 0.05),
        ("0.05", 0.05),
        ("1～5%", 0.05),
        ("**5%**", 0.05),
        ("1/20", 0.05),
        ("5% (1台)", 0.05),
    ],
)
def test_a_share_of_traffic_is_read_in_any_spelling(text: str, share: float) -> None:
    stages = model_of(table(CANARY[0], ["1", text, "1h", "错误率 > 1%"], CANARY[2])).canary
    assert stages[0].traffic == share


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30分钟", 1800), ("0.5h", 1800), ("半小时", 1800), ("1h30m", 5400), ("一小时", 3600), ("30-60 min", 3600),
     ("—", None),
     ("N/A", None), ("持续观察", None)],
)  # fmt: skip
def test_a_duration_is_read_in_any_spelling(text: str, seconds: float | None) -> None:
    stages = model_of(table(CANARY[0], ["1", "5%", text, "错误率 > 1%"], CANARY[2])).canary
    assert stages[0].duration_s == seconds


def test_a_duration_takes_the_unit_of_its_head() -> None:
    heads = ["阶段", "流量比例(%)", "持续时间（分钟）", "回滚条件"]
    stages = model_of(table(heads, ["1", "1", "10", "错误率 > 1%"], ["2", "50", "60", ""])).canary
    assert [(s.traffic, s.duration_s) for s in stages] == [(0.01, 600.0), (0.5, 3600.0)]


@pytest.mark.parametrize("text", [
    "错误率 > 1% 或 P99 > 2s", "错误率 > 1%、P99 > 2s", "错误率 > 1%，P99 > 2s",
    "错误率 ＞ 1％；P99 ＞ 2s",
                                  "错误率 > 1% / P99 > 2s", "错误率 > 1%<br>P99 > 2s",
    "1. 错误率 > 1%；2. P99 > 2s",
])  # fmt: skip
def test_a_separator_in_a_rollback_column_means_or(text: str) -> None:
    stage = model_of(table(CANARY[0], ["1", "5%", "1h", text], CANARY[2])).canary[0]
    assert stage.rollback_when is not None
    assert isinstance(stage.rollback_when.expr, Or)
    assert len(stage.rollback_when.expr.terms) == 2


@pytest.mark.parametrize("text", ["错误率 < 1% 且 P99 < 2s", "错误率 < 1%、P99 < 2s", "错误率 < 1%；P99 < 2s"])
def test_a_separator_in_a_promotion_column_means_and(text: str) -> None:
    stage = model_of(table([*CANARY[0], "通过条件"], [*CANARY[1], text], [*CANARY[2], "-"])).canary[0]
    assert stage.promote_when is not None
    assert isinstance(stage.promote_when.expr, And)


def test_what_must_last_before_it_counts_is_kept_apart() -> None:
    stage = model_of(table(CANARY[0], ["1", "5%", "1h", "错误率 > 1% 持续 5 分钟"], CANARY[2])).canary[0]
    assert stage.rollback_when is not None
    assert isinstance(stage.rollback_when.expr, Compare)
    assert stage.rollback_for_s == 300.0


@pytest.mark.parametrize("cell", ["", "-", "—", "YYYY-MM-DD", "[链接]", "TBD", "<link>", "待定", "<!-- x -->"])
def test_m03_a_blank_is_never_a_value(cell: str) -> None:
    document = model_of("## 环境变量\n\n" + table(["变量名", "DEV", "PROD"], ["A", cell, "x"]))
    assert [c.blank for c in document.variables[0].values.values()] == [True, False]


@pytest.mark.parametrize("cell", ["[Secret]", "`[SECRET]`", "【密钥】", "***", "<secret>", "postgres://u:p@h/d"])
def test_m05_a_secret_in_any_column_makes_the_variable_secret(cell: str) -> None:
    document = model_of("## 环境变量\n\n" + table(["变量名", "DEV", "PROD"], ["A", "", cell], ["B", "x", "y"]))
    assert [v.secret for v in document.variables] == [True, False]


def test_m07_a_mark_in_a_cell_is_a_boolean() -> None:
    rows = [["版本", "脚本", "可回滚"], ["1", "a.sql", "✅"], ["2", "b.sql", "❌"], ["3", "c.sql", "?"]]
    assert [m.reversible for m in model_of(table(*rows)).migrations] == [True, False, None]


def test_m01_environments_keep_the_spelling_of_the_document() -> None:
    environments = table(["环境", "域名"], ["开发", "a"], ["生产环境", "b"])
    document = model_of(environments + "\n## 环境变量\n\n" + table(["变量名", "dev", "PROD"], ["A", "x", "y"]))
    assert [e.name for e in document.environments] == ["开发", "生产环境"]
    assert list(document.variables[0].values) == ["dev", "PROD"]


def test_a_further_list_of_environments_adds_what_the_first_does_not_say() -> None:
    first, second = table(*ENVIRONMENTS), table(["环境", "集群", "值班"], ["生产", "c", "王"], ["dev", "d", ""])
    reading = reading_of(first + "\n" + second)
    assert isinstance(reading.document, Deployment)
    assert reading.problems == ()
    found = [(e.name, e.domain.text, e.cluster.text) for e in reading.document.environments]
    assert found == [("DEV", "a", "d"), ("PROD", "b", "c")]


def test_numbered_steps_without_a_phase_are_the_release_itself() -> None:
    document = model_of("## 发布步骤\n\n1. 备份\n2. 部署\n\n## 检查清单\n\n- [ ] 已通知\n")
    assert [(c.phase, c.item.text) for c in document.checklist] == [
        ("during", "备份"),
        ("during", "部署"),
        ("before", "已通知"),
    ]


def test_a_matrix_may_stand_turned_round() -> None:
    rows = [["环境", "副本数", "内存"], ["DEV", "1", "1Gi"], ["PROD", "3", "2Gi"]]
    resources = model_of("## 资源配置\n\n" + table(*rows)).resources
    assert [(r.kind, {n: c.text for n, c in r.values.items()}) for r in resources] == [
        ("replicas", {"DEV": "1", "PROD": "3"}),
        ("memory", {"DEV": "1Gi", "PROD": "2Gi"}),
    ]


@pytest.mark.parametrize(
    "drawing",
    [
        "```\n提交 → 部署DEV → 部署PROD\n │                  │\n └─ PR触发          └─ 手动审批\n```\n",
        "```\n提交 -> 部署DEV -> 部署PROD\n  ^                   ^\n  PR              手动审批\n```\n",
        "1. 提交（PR触发）\n2. 部署DEV\n3. 部署PROD（手动审批）\n",
        "提交（PR触发） → 部署DEV → 部署PROD（手动审批）\n",
        "```\n提交 (PR)\n  ↓\n部署DEV\n  ↓\n部署PROD (手动审批)\n```\n",
        "```mermaid\ngraph LR\n a[提交 PR触发] --> b[部署DEV] -->|手动审批| c[部署PROD]\n```\n",
        "| 阶段 | 触发方式 |\n|---|---|\n| 提交 | PR触发 |\n| 部署DEV | |\n| 部署PROD | 手动审批 |\n",
    ],
    ids=["drawing", "carets", "list", "line", "downward", "mermaid", "table"],
)
def test_a_pipeline_reads_the_same_however_it_is_shown(drawing: str) -> None:
    nodes = model_of("## 流水线\n\n" + drawing).pipeline
    assert [(n.kind, n.environment) for n in nodes] == [("commit", ""), ("deploy", "DEV"), ("deploy", "PROD")]
    assert [n.mark for n in nodes][1:] == ["", "manual"]


@pytest.mark.parametrize("text", ["1. a 2. b", "1. a<br>2. b", "① a ② b", "1、a 2、b", "(1) a (2) b", "a；b", "a → b"])
def test_m26_steps_of_a_cell_come_apart(text: str) -> None:
    rows = [["问题", "症状", "处理步骤"], ["OOM", "重启", text]]
    assert model_of(table(*rows)).runbook[0].steps == ("a", "b")


PROBES = """\
```yaml
spec:
  containers:
    - livenessProbe:
        httpGet: {path: /l, port: http}
        periodSeconds: 3
```
"""


def test_m11_probes_are_found_inside_a_container() -> None:
    probe = model_of("## 健康检查\n\n" + PROBES).probes[0]
    assert (probe.path, probe.port, probe.period_s, probe.timeout_s, probe.failure_threshold) == ("/l", "http", 3, 1, 3)


ENVIRONMENTS = [["环境", "域名"], ["DEV", "a"], ["PROD", "b"]]
PROBLEMS: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "a share over 100": (table(CANARY[0], ["1", "101%", "1h", ""]), [("percent-over-100", 3, 7)]),
    "a share that falls": (table(*CANARY[:2], ["2", "4%", "1h", ""]), [("canary-falls", 4, 7)]),
    "a share that repeats": (table(*CANARY[:2], ["2", "5%", "1h", ""]), [("canary-repeats", 4, 7)]),
    "a share that falls in a further table": (
        table(*CANARY) + "\n" + table(*CANARY[:2]),
        [("canary-falls", 8, 7)],
    ),
    "a share that is none": (table(CANARY[0], ["1", "some", "1h", ""]), [("unreadable-percent", 3, 7)]),
    "a duration that is none": (table(CANARY[0], ["1", "100%", "soon", ""]), [("unread-duration", 3, 14)]),
    "a duration below zero": (table(CANARY[0], ["1", "100%", "-1h", ""]), [("unread-duration", 3, 14)]),
    "replicas below zero": (table(["组件", "DEV", "PROD"], ["副本数", "-1", "3"]), [("bad-replicas", 3, 9)]),
    "replicas that are no number": (table(["组件", "DEV", "PROD"], ["副本数", "1", "many"]), [("bad-replicas", 3, 13)]),
    "two columns of one name": (table(["环境", "域名", "域名"], ["DEV", "a", "b"]), [("duplicate-column", 1, 13)]),
    "an environment twice": (table(*ENVIRONMENTS, ["生产", "c"]), [("duplicate-environment", 5, 3)]),
    "a column of no environment": (
        table(*ENVIRONMENTS) + "\n" + table(["变量名", "DEV", "QA"], ["A_B", "x", "y"]),
        [("unknown-environment-column", 6, 15)],
    ),
    "a variable twice": (
        table(["变量名", "DEV", "PROD"], ["A", "x", "y"], ["A", "", ""]),
        [("duplicate-variable", 4, 3)],
    ),
    "a migration twice": (
        table(["版本", "脚本", "可回滚"], ["1", "a.sql", "是"], ["1", "b.sql", "是"]),
        [("duplicate-migration", 4, 3)],
    ),
    "a date that is none": (
        table(["角色", "姓名", "日期", "状态"], ["A", "B", "soon", ""]),
        [("unreadable-date", 3, 11)],
    ),
    "a probe without numbers": (PROBES.replace("3", "x"), [("bad-probe", 6, 24)]),
    "an alert that lasts no time": (
        table(["告警名称", "条件", "级别", "持续时间"], ["A", "b > 1", "P1", "long"]),
        [("unread-duration", 3, 20)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_named_and_placed_at_its_cell(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = [(p.rule, p.at.line - STARTS, p.at.column) for p in reading_of(text).problems]
    assert found == expected


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("---\nstatus: [a\n---\n", "broken-yaml"),
        ("---\nstatus: draft\n\n", "unclosed-front-matter"),
        ("---\n- a\n---\n", "bad-front-matter"),
        ("---\nstatus: !!python/name:x y\n---\n", "yaml-tag"),
        ("---\na: &a x\nb: *a\n---\n", "yaml-alias"),
        ("---\ncreated: soon\n---\n", "unreadable-date"),
    ],
)
def test_broken_front_matter_is_a_problem(front: str, expected: str) -> None:
    assert [p.rule for p in read(source_of(front + START)).problems] == [expected]


def test_a_procedure_with_a_checklist_stays_a_procedure() -> None:
    text = "# Restart\n\n## Before\n\n- [ ] a\n\n## Steps\n\n1. b\n\n## Rollback\n\n1. c\n"
    assert read(source_of(text)).kind == "procedure"
