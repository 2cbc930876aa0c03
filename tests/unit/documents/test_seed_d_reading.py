"""The deployment document that the project was built for, read whole: every table, drawing and fence."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.documents import load, read
from rollbook.model.conditions import Compare, Quantity, TypedLiteral
from rollbook.model.deployment import Cell, Deployment, Downstream, Link, Migration, ProbeSpec, RunbookRow
from rollbook.values import At


@pytest.fixture(scope="module")
def model(seed_d: Path) -> Deployment:
    document = read(load(seed_d)).document
    assert isinstance(document, Deployment)
    return document


def texts(cells: dict[str, Cell]) -> list[str]:
    return [cell.text for cell in cells.values()]


def test_it_has_no_problem_and_nothing_is_left_unread(seed_d: Path) -> None:
    reading = read(load(seed_d))
    assert (reading.kind, reading.problems) == ("deployment", ())
    assert isinstance(reading.document, Deployment)
    assert (reading.document.unread, reading.document.unread_cells) == ((), ())
    assert (reading.document.title, reading.document.language) == ("部署文档", "zh")


def test_m03_front_matter_is_text_and_its_blanks_are_blank(model: Deployment) -> None:
    front = model.front
    assert (front.status, front.author, front.version) == ("draft", "DevOps", "0.1")
    assert (front.reviewers, front.created, front.updated) == ((), "", "")
    assert front.depends_on == ("ARCHITECTURE.md", "TEST-REPORT.md")
    assert front.lines["status"] == At(2, 9)


def test_m03_the_information_table_is_blank(model: Deployment) -> None:
    assert list(model.information) == ["项目名称", "部署版本", "关联架构文档", "关联测试报告"]
    assert all(cell.blank for cell in model.information.values())
    assert model.release_version == Cell(at=At(18, 10))


def test_the_architecture_drawing_is_kept(model: Deployment) -> None:
    assert "Load Balancer" in model.architecture
    assert model.architecture.count("\n") == 15


def test_environments_have_all_their_columns(model: Deployment) -> None:
    found = [(e.name, e.domain.text, e.cluster.text, e.configuration_file.text, e.at) for e in model.environments]
    assert found == [
        ("DEV", "dev.example.com", "dev-cluster", ".env.dev", At(53, 3)),
        ("QA", "qa.example.com", "qa-cluster", ".env.qa", At(54, 3)),
        ("STAGING", "staging.example.com", "prod-cluster", ".env.staging", At(55, 3)),
        ("PROD", "example.com", "prod-cluster", ".env.prod", At(56, 3)),
    ]


def test_m05_one_secret_cell_makes_the_variable_secret(model: Deployment) -> None:
    found = [(v.name, v.description, v.secret) for v in model.variables]
    assert found == [
        ("DATABASE_URL", "数据库连接", False),
        ("REDIS_URL", "Redis连接", False),
        ("JWT_SECRET", "JWT密钥", True),
    ]
    cells = [cell for variable in model.variables for cell in variable.values.values()]
    assert [cell.blank for cell in cells] == [True] * 11 + [False]
    assert cells[-1] == Cell("[Secret]", False, True, At(64, 30))


def test_resources_know_what_they_are_about(model: Deployment) -> None:
    found = [(r.name, r.kind, texts(r.values)) for r in model.resources]
    assert found == [
        ("App副本数", "replicas", ["1", "2", "2", "3"]),
        ("App CPU", "cpu", ["0.5", "0.5", "1", "2"]),
        ("App内存", "memory", ["512Mi", "512Mi", "1Gi", "2Gi"]),
        ("DB规格", "other", ["t3.micro", "t3.small", "t3.medium", "t3.large"]),
    ]
    assert list(model.resources[0].values) == ["DEV", "QA", "STAGING", "PROD"]


def test_marks_of_the_pipeline_belong_to_the_node_above_them(model: Deployment) -> None:
    assert [(n.text, n.kind, n.environment, n.mark) for n in model.pipeline] == [
        ("代码提交", "commit", "", "pull_request"),
        ("构建", "build", "", ""),
        ("单元测试", "unit_test", "", ""),
        ("构建镜像", "image", "", ""),
        ("部署DEV", "deploy", "DEV", "automatic"),
        ("集成测试", "integration_test", "", ""),
        ("部署QA", "deploy", "QA", "automatic"),
        ("部署PROD", "deploy", "PROD", "manual"),
    ]


def test_m27_every_command_has_the_role_of_its_comment(model: Deployment) -> None:
    found = [(f.section, [c.role for c in f.commands]) for f in model.fences]
    assert found == [
        ("Dockerfile", []),
        ("构建命令", ["build", "push"]),
        ("4.3 部署命令", ["deploy", "deploy", "verify"]),
        ("5.2 迁移执行", ["migrate_up", "migrate_down"]),
        ("6.3 回滚流程", ["rollback", "rollback", "rollback", "migrate_down"]),
        ("8.2 日常运维命令", ["operations"] * 4),
    ]
    assert [c.guarded for c in model.fences[4].commands] == [False, False, False, True]


def test_every_command_knows_its_line_and_column(seed_d: Path, model: Deployment) -> None:
    lines = seed_d.read_text(encoding="utf-8").split("\n")
    for command in (c for fence in model.fences for c in fence.commands):
        assert lines[command.at.line - 1][command.at.column - 1 :].startswith(command.text)


def test_migrations_are_reversible(model: Deployment) -> None:
    assert model.migrations == (
        Migration("V001", "migrations/V001_init.sql", "初始化表结构", True, at=At(117, 3)),
        Migration("V002", "migrations/V002_add_index.sql", "添加索引", True, at=At(118, 3)),
    )


def test_the_checklist_has_three_phases_of_open_items(model: Deployment) -> None:
    phases = [entry.phase for entry in model.checklist]
    assert phases == ["before"] * 6 + ["during"] * 5 + ["after"] * 4
    assert all(entry.item.checkbox is False for entry in model.checklist)
    assert [e.item.text for e in model.checklist[6:8]] == ["备份当前版本", "执行数据库迁移"]
    assert model.checklist[0].item.at == At(135, 7)


def test_canary_stages_have_shares_durations_and_conditions(model: Deployment) -> None:
    found = [(s.number, s.traffic, s.duration_s) for s in model.canary]
    assert found == [(1, 0.05, 1800.0), (2, 0.2, 3600.0), (3, 0.5, 7200.0), (4, 1.0, None)]
    limits = [(0.01, "1%"), (0.005, "0.5%"), (0.001, "0.1%"), (0.0005, "0.05%")]
    for stage, (limit, text) in zip(model.canary, limits, strict=True):
        assert stage.rollback_when is not None
        right = TypedLiteral("percent", limit, text)
        assert stage.rollback_when.expr == Compare(Quantity("错误率", "错误率"), ">", right)
        assert stage.promote_when is None
    last = model.canary[-1]
    assert (last.at, last.traffic_at, last.duration_at) == (At(162, 3), At(162, 7), At(162, 14))


def test_m11_probes_take_kubernetes_defaults(model: Deployment) -> None:
    assert model.probes == (
        ProbeSpec("liveness", "/health/live", 3000, (), 15.0, 20.0, 1.0, 1, 3, At(185, 1)),
        ProbeSpec("readiness", "/health/ready", 3000, (), 5.0, 10.0, 1.0, 1, 3, At(192, 1)),
    )


def test_alerts_have_conditions_severities_and_channels(model: Deployment) -> None:
    found = [(a.name, a.condition.text, a.severity, a.channels, a.for_s) for a in model.alerts]
    assert found == [
        ("高错误率", "error_rate > 1%", "Critical", ("电话", "钉钉"), None),
        ("高延迟", "p95 > 500ms", "Warning", ("钉钉",), None),
        ("服务不可用", "up == 0", "Critical", ("电话", "钉钉"), None),
    ]
    assert all(isinstance(a.condition.expr, Compare) for a in model.alerts)


def test_m03_links_without_an_address_are_blank(model: Deployment) -> None:
    assert model.links == (Link("Grafana Dashboard", "", At(209, 3)), Link("日志查询", "", At(210, 3)))


def test_m26_runbook_rows_have_their_numbered_steps(model: Deployment) -> None:
    assert model.runbook == (
        RunbookRow("OOM", "容器重启", ("查看日志", "增加内存限制"), At(218, 3)),
        RunbookRow("连接池耗尽", "请求超时", ("检查连接数", "重启服务"), At(219, 3)),
    )


def test_m25_sign_offs_keep_the_places_of_their_blanks(model: Deployment) -> None:
    found = [(s.role, s.name.at, s.date.at, s.status.text, s.status.at) for s in model.signoffs]
    assert found == [
        ("DevOps", At(242, 12), At(242, 14), "已创建", At(242, 16)),
        ("技术负责人", At(243, 11), At(243, 13), "待审核", At(243, 15)),
    ]
    assert all(s.name.blank and s.date.blank for s in model.signoffs)


def test_downstream_documents_are_read_with_their_boxes(model: Deployment) -> None:
    assert model.downstream == (
        Downstream("RUNBOOK.md", "运维手册详情", False, At(247, 7)),
        Downstream("MONITORING.md", "监控配置详情", False, At(248, 7)),
    )
