"""The site file: every key read, every wrong one named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.model.site import Site
from rollbook.planning.sites import load_site
from rollbook.problems import ProblemsFound, Refused
from rollbook.values import Server

FULL = """\
name = "shop"
kind = "ssh"
project = "app"
repository = "registry.example/shop"
initiator = "mia"
state = "postgresql://db/rollbook"
strategy = "rolling:50%"
protected = ["staging"]

[environments]
QA = "staging"

[people.mia]
roles = ["release manager"]
user = "m.meier"

[people]
olaf = ["operations lead"]

[channels]
email = "mailto:ops@example.org"

[servers]
web-1 = "10.0.0.1"

[servers.web-2]
address = "10.0.0.2"
labels = ["blue"]

[limits]
max_out = 2
max_failures = 0
command_limit = "10 min"
ready_limit = 45
drain_limit = "1分钟"
cut_open_requests = true
probe_samples = 100
traffic_samples = 500
alpha = 0.005
usable_share = "40%"
canary_soak = "2m"
short_stage = "wait"

[steps]
"count the money" = "money:count"
"ring the bell {count} times" = { shell = "bell" }

[parameters]
version = "v1"
retries = 3
"""


def site_of(tmp_path: Path, text: str) -> Site:
    (tmp_path / "rollbook.toml").write_text(text, encoding="utf-8")
    return load_site(str(tmp_path / "rollbook.toml"))


def line(part: str) -> int:
    return next(n for n, text in enumerate(FULL.splitlines(), 1) if part in text)


def problems(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ProblemsFound) as found:
        site_of(tmp_path, text)
    assert {p.rule for p in found.value.problems} == {"site-file"}
    return [(p.at.line, p.summary.en) for p in found.value.problems]


def test_every_key_is_read(tmp_path: Path) -> None:
    site = site_of(tmp_path, FULL)
    assert (site.name, site.kind, site.initiator, site.strategy) == ("shop", "ssh", "mia", "rolling:50%")
    assert site.project == str(tmp_path / "app")
    assert site.environments == {"QA": "staging"}
    assert site.people_of("Release Manager") == ("mia",)
    assert site.roles_of("olaf") == ("operations lead",)
    assert site.servers == (Server("web-1", "10.0.0.1"), Server("web-2", "10.0.0.2", ("blue",)))
    limits = site.limits
    assert (limits.max_out, limits.max_failures, limits.command_limit_s) == (2, 0, 600.0)
    assert (limits.ready_limit_s, limits.drain_limit_s, limits.canary_soak_s) == (45.0, 60.0, 120.0)
    assert limits.short_stage == "wait"
    assert (limits.cut_open_requests, limits.alpha, limits.usable_share) == (True, 0.005, 0.4)
    assert [(s.phrase, s.target, s.shell, s.line) for s in site.steps] == [
        ("count the money", "money:count", "", line("count the money")),
        ("ring the bell {count} times", "", "bell", line("ring the bell")),
    ]  # fmt: skip
    assert site.parameters == {"version": "v1", "retries": 3}


def test_all_wrong_keys_and_values_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        'nme = "x"\nkind = "cloud"\n[limits]\nmax_out = 0\nready_limit = "soon"\nspeed = 3\n[people.mia]\nrole = "x"\n'
    )
    found = problems(tmp_path, text + '[steps]\n"do it" = 3\n[stpes]\na = 1\n')
    assert [line for line, _ in found] == [1, 2, 4, 5, 6, 8, 10, 11]
    assert "embedded, ssh, kubernetes" in found[1][1]


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        site_of(tmp_path, "[limits]\nmax_fails = 1\n")
    assert "max_failures" in found.value.hint.en
    assert "max_failures" in found.value.hint.zh


def test_broken_toml_is_one_problem_with_its_place(tmp_path: Path) -> None:
    assert problems(tmp_path, 'name = "x"\nkind = = 3\n')[0][0] == 2


@pytest.mark.parametrize("name", ["moon", "nowhere/rollbook.toml", "kubernetes"])
def test_an_unknown_site_is_one_clear_refusal(name: str) -> None:
    with pytest.raises(Refused) as refused:
        load_site(name)
    assert name in refused.value.words.en
    assert "embedded" in refused.value.hint.zh


def test_without_a_flag_the_file_here_is_the_site_else_the_embedded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_site() == Site.embedded()
    (tmp_path / "rollbook.toml").write_text('name = "here"\n')
    assert load_site().name == "here"
    assert load_site("embedded") == Site.embedded()
    assert load_site(str(tmp_path)).name == "here"


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rollbook.toml").write_bytes("name = '商店'".encode("gbk"))
    with pytest.raises(Refused):
        load_site(str(tmp_path))


def test_the_embedded_site_has_one_person_for_each_role() -> None:
    site = Site.embedded()
    assert site.people_of("运维负责人") == ("运维负责人",)
    assert site.roles_of("运维负责人") == ("运维负责人",)
    assert (site.initiator, site.environments) == ("operator", {"QA": "staging"})
    assert Site(kind="ssh").people_of("运维负责人") == ()
