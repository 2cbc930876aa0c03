"""The running service, as a client sees it: at SERVICE_URL, with VERSION deployed."""

import json
import os
from urllib.request import urlopen

import pytest

ASKED = 20
SERVICE = os.environ.get("SERVICE_URL", "")
pytestmark = pytest.mark.skipif(not SERVICE, reason="SERVICE_URL says where the service runs")


def answer(path: str) -> dict[str, object]:
    with urlopen(SERVICE + path, timeout=10) as response:
        assert response.status == 200
        return dict(json.load(response))


def test_the_service_runs_what_was_deployed() -> None:
    """Servers of other environments stand behind the same address here, and run what they ran."""
    assert os.environ["VERSION"] in {answer("/version")["version"] for _ in range(ASKED)}


@pytest.mark.critical
@pytest.mark.parametrize("feature", ["search", "cart", "checkout", "login"])
def test_every_feature_answers(feature: str) -> None:
    assert answer(f"/features/{feature}")["status"] == "ok"
