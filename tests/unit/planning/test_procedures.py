"""Any other Markdown is a guided run: bullets by hand, fences behind a yes (DESIGN §3, M18)."""

from __future__ import annotations

import pytest

from conftest import source_of
from rollbook.documents import read
from rollbook.model.plan import Plan
from rollbook.model.site import Site
from rollbook.model.workflow import Procedure
from rollbook.planning.plan import make_plan
from rollbook.problems import ProblemsFound

RESTART = """\
# Restart of the mail gateway

## Preparation
1. Tell the engineer on call
2. See that the backup of ${environment} is fresh

## Work
- [ ] Log in to the gateway

```bash
systemctl restart postfix
echo ${HOME}
```

1. Watch for five minutes
   - the queue
   - the log

## Afterwards
- Close ticket ${ticket}
"""
ZH = """\
# 邮件网关重启

## 准备
1. 通知值班工程师
2. 停止应用服务

## 收尾
- 关闭工单
"""


def guided(text: str, manual: bool = True, **parameters: str) -> Plan:
    document = read(source_of(text, "restart.md")).document
    assert isinstance(document, Procedure)
    return make_plan([document], parameters, Site.embedded(), manual=manual)


def test_every_bullet_is_an_item_in_document_order() -> None:
    plan = guided(RESTART)
    assert [s.title for s in plan.steps] == ["Preparation", "Work", "Afterwards"]
    assert [i.kind for i in plan.items().values()] == ["manual"] * 3 + ["shell"] + ["manual"] * 4
    assert all(i.binding for i in plan.items().values())


def test_m18_a_fence_asks_before_it_runs_and_its_names_belong_to_the_shell() -> None:
    shell = next(i for i in guided(RESTART).items().values() if i.kind == "shell")
    assert shell.asks
    assert shell.effect == "once"
    assert shell.code.splitlines() == ["systemctl restart postfix", "echo ${HOME}"]


def test_environment_and_version_are_optional_parameters() -> None:
    plan = guided(RESTART, environment="生产")
    assert "backup of 生产 is fresh" in list(plan.items().values())[1].text
    assert plan.site.environment == "production"
    assert plan.site.protected


def test_m04_by_hand_an_unknown_name_is_left_for_the_person() -> None:
    assert any("${ticket}" in i.text for i in guided(RESTART).items().values())


def test_without_manual_unbound_bullets_are_errors() -> None:
    with pytest.raises(ProblemsFound) as found:
        guided(RESTART, manual=False)
    rules = [p.rule for p in found.value.problems]
    assert rules.count("unbound") == 6
    assert "unknown-name" in rules


def test_a_phrase_that_needs_servers_is_a_persons_where_there_are_none() -> None:
    plan = guided(ZH)
    assert {i.kind for i in plan.items().values()} == {"manual"}
    assert plan.waves == ()


def test_an_unknown_parameter_of_a_procedure_is_refused() -> None:
    with pytest.raises(ProblemsFound) as found:
        guided(RESTART, server="a")
    assert found.value.problems[0].rule == "parameter-unknown"
