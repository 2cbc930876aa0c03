"""Each contradiction of the seed can be settled in several ways: then its rule is silent, and there is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.app.check import check

LISTED, NEED = "技术负责人 + 运维负责人", "至少一人批准"
STOP, PROMISE = "优雅停止现有服务", "，保持服务可用"
RATE = "- 响应时间 < 500ms\n- 错误率 < 1%\n"
LAST = "3. 如果在步骤8-9失败 → 切换回旧版本，保持服务可用"
SETS = ("= true", "= optional", "= false", "为 false")
WAYS = (
    *(("approval-count", ((NEED, need),)) for need in ("全部批准", "所有审批人批准", "两人均需批准", "至少两人批准")),
    *(
        ("approval-count", ((LISTED, listed),))
        for listed in ("技术负责人 或 运维负责人", "技术负责人、运维负责人", "技术负责人")
    ),
    *(
        ("outage", ((STOP, how),))
        for how in (
            "分批停止",
            "逐台停止",
            "滚动停止",
            "每次最多停止一台",
            "同时最多一台离开",
            "一次只处理一台",
            "分组轮换",
        )
    ),
    ("outage", ((PROMISE, ""),)),
    ("outage", (("对每个 server 执行:\n- 从", "对每个 server 依次执行:\n- 从"),)),
    ("outage", (("对每个 server 执行:\n- 从", "对每个 server 执行（每次一台）:\n- 从"),)),
    ("judged-without-traffic", ((RATE, "- 响应时间 < 500ms\n"),)),
    ("judged-without-traffic", ((RATE, "- 响应时间 < 500ms\n- 探测错误率 < 1%\n"),)),
    *(
        ("rollback-gap", ((LAST, line),))
        for line in (
            LAST.replace("8-9", "8-10"),
            LAST.replace("8-9", "8～10"),
            LAST.replace("步骤8-9", "步骤8及之后"),
            LAST + "\n4. 如果在步骤10失败 → 仅记录，不回滚",
            LAST + "\n4. 其他步骤失败 → 不回滚",
        )
    ),
    ("boolean-not-boolean", ((SETS[1], "= true"),)),
    ("boolean-not-boolean", (("require_approval = optional", "approval_optional = true"),)),
    ("boolean-not-boolean", tuple(zip(SETS, ("= required", "= optional", "= none", "为 none"), strict=True))),
)


@pytest.mark.parametrize(("rule", "edits"), WAYS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_way_of_mending_settles_the_contradiction(
    seed_w: Path, tmp_path: Path, rule: str, edits: tuple[tuple[str, str], ...]
) -> None:
    text = seed_w.read_text(encoding="utf-8")
    for bad, good in edits:
        assert bad in text
        text = text.replace(bad, good)
    copy = tmp_path / "copy.md"
    copy.write_text(text, encoding="utf-8")
    result = check([str(copy)])
    assert rule not in {p.rule for p in result.problems}
    assert result.exit_code == 0
