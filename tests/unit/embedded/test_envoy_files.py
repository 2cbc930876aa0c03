"""The pool survives its way through Envoy's endpoint file, whatever the names."""

from __future__ import annotations

import json
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from rollbook.adapters.embedded.envoy_files import Pool, PoolEntry, bootstrap, endpoint_file, log_counts, pool_of
from rollbook.adapters.embedded.layout import Layout, folder_of

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
ENTRIES = st.builds(
    PoolEntry, NAMES, NAMES, st.floats(0, 1), st.sampled_from(["in", "draining"]), st.integers(1, 65535)
)


def endpoints(pool: Pool) -> list:
    return endpoint_file(pool)["resources"][0]["endpoints"][0]["lb_endpoints"]


@given(st.integers(0, 10**6), st.lists(ENTRIES, max_size=6))
def test_a_pool_reads_back_as_it_was_written(version, entries):
    pool = Pool(version)
    for entry in entries:
        pool = pool.having(entry)
    assert pool_of(json.loads(json.dumps(endpoint_file(pool)))) == pool


@given(NAMES, NAMES)
def test_an_endpoint_is_one_word_in_the_access_log(server, generation):
    key = PoolEntry(server, generation, 1.0, "in", 1).key
    assert len(key.split()) == 1
    assert tuple(unquote(part) for part in key.split("/")) == (server, generation)
    assert list(log_counts([f"{key} 503 17".encode()])) == [(key, 503, 17)]


@given(NAMES, NAMES)
def test_names_become_folders_that_stay_inside_and_differ(one, other):
    for name in (one, other):
        assert "/" not in folder_of(name)
        assert folder_of(name) not in ("", ".", "..")
    assert (folder_of(one) == folder_of(other)) == (one == other)


def test_only_what_is_in_with_a_weight_takes_new_requests():
    pool = Pool()
    for name, weight, state in (("a", 1.0, "in"), ("b", 0.0, "in"), ("c", 1.0, "draining")):
        pool = pool.having(PoolEntry(name, "g", weight, state, 1000))
    assert [e["health_status"] for e in endpoints(pool)] == ["HEALTHY", "DRAINING", "DRAINING"]


def test_weights_keep_their_proportion():
    pool = Pool().having(PoolEntry("a", "g", 0.05, "in", 1)).having(PoolEntry("b", "g", 0.95, "in", 2))
    assert [e["load_balancing_weight"] for e in endpoints(pool)] == [500, 9500]


def test_every_request_is_tried_once_and_draining_endpoints_never_panic(tmp_path):
    layout = Layout(tmp_path)
    (cluster,) = bootstrap(layout.envoy, layout.endpoints, layout.access_log)["static_resources"]["clusters"]
    assert cluster["circuit_breakers"]["thresholds"][0]["max_retries"] == 0
    assert cluster["common_lb_config"]["healthy_panic_threshold"]["value"] == 0
