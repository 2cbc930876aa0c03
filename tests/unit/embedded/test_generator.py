"""The client counts what it was not answered well, ends by itself, and its record is read whole."""

from __future__ import annotations

import os
import time

from rollbook.adapters.embedded.access_log import AccessLog
from rollbook.adapters.embedded.exchange import Answer
from rollbook.adapters.embedded.generator import IDLE_LIMIT_S, LIFE_LIMIT_S, Client, append, seconds_in, wanted


def test_no_answer_and_server_errors_are_failures_and_nothing_else(tmp_path):
    client = Client(tmp_path / "address")
    for status in (200, 404, 500, 503, 0):
        client.count(Answer(status, b"", 0.01))
    line = client.second(7.0)
    assert (line["at"], line["sent"], line["failed"]) == (7.0, 5, 3)
    assert client.second(8.0)["sent"] == 0, "a second counts only what came since the last"


def test_the_load_ends_when_its_site_is_gone_nobody_uses_it_or_it_is_old(tmp_path):
    used = tmp_path / "used"
    assert not wanted(tmp_path, used, 0.0)
    used.touch()
    assert wanted(tmp_path, used, 0.0)
    assert not wanted(tmp_path / "gone", used, 0.0)
    assert not wanted(tmp_path, used, LIFE_LIMIT_S)
    long_ago = time.time() - IDLE_LIMIT_S - 1
    os.utime(used, (long_ago, long_ago))
    assert not wanted(tmp_path, used, 0.0)


def test_the_record_is_read_between_two_times_without_its_unfinished_line(tmp_path):
    record = tmp_path / "client.jsonl"
    assert seconds_in(record, 0, 10) == ()
    for at in (1.0, 2.0, 3.0, 4.0):
        append(record, {"at": at, "sent": 1, "failed": 0})
    with record.open("ab") as file:
        file.write(b'{"at": 4.5')
    assert [s["at"] for s in seconds_in(record, 2.0, 3.5)] == [2.0, 3.0]
    assert [s["at"] for s in seconds_in(record, 0.0, float("inf"))] == [1.0, 2.0, 3.0, 4.0]


def test_the_access_log_is_counted_once_though_lines_come_in_pieces(tmp_path):
    path = tmp_path / "access.log"
    log = AccessLog(path)
    assert log.counts((0.5,)) == {}
    path.write_bytes(b"a/g 200 3\na/g 500 700\nb/g 20")
    first = log.counts((0.5,))
    assert {k: (t.requests, t.errors, t.slow) for k, t in first.items()} == {"a/g": (2, 1, {"0.5": 1})}
    with path.open("ab") as file:
        file.write(b"0 501\n- 503 0\n")
    again = log.counts((0.5, 0.001))
    assert {k: (t.requests, t.errors, t.slow["0.5"]) for k, t in again.items()} == {
        "a/g": (2, 1, 1), "b/g": (1, 0, 1), "-": (1, 1, 0),
    }  # fmt: skip
    assert log.counts(())["a/g"].requests == 2
