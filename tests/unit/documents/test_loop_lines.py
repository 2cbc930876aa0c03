"""Lines that open a loop over an array parameter, and lines that only look like one."""

from __future__ import annotations

import pytest

from rollbook.documents.items import loop_variable


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("对每个 server 执行:", "server"),
        ("对每个 server 依次执行:", "server"),
        ("对每个 server 执行（每次一台）:", "server"),
        ("逐台对每个 host 执行：", "host"),
        ("对每台服务器逐台执行：", "服务器"),
        ("For each server:", "server"),
        ("for each server, one at a time:", "server"),
        ("For each server (in turn):", "server"),
        ("For each server in parallel:", "server"),
        ("per region:", "region"),
        ("per `region`:", "region"),
    ],
)
def test_a_loop_names_its_variable_however_it_goes_round(line: str, variable: str) -> None:
    assert loop_variable(line) == variable


@pytest.mark.parametrize("line", ["Performance:", "Personnel checks:", "Foreach:", "数据库:", "Consistency:"])
def test_a_word_that_begins_alike_opens_no_loop(line: str) -> None:
    assert loop_variable(line) is None
