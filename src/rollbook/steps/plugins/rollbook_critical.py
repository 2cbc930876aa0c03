"""A pytest plugin of few lines, so that it runs in any project's environment: notes in JUnit which tests are critical.

The markers that make a test critical come from the variable ROLLBOOK_CRITICAL, separated by commas.
"""

import os
from typing import Any


def pytest_configure(config: Any) -> None:
    for name in _markers():
        config.addinivalue_line("markers", f"{name}: a test of a feature that must work")


def pytest_collection_modifyitems(items: Any) -> None:
    for item in items:
        if any(item.get_closest_marker(name) for name in _markers()):
            item.user_properties.append(("rollbook.critical", "true"))


def _markers() -> list[str]:
    return [name for name in os.environ.get("ROLLBOOK_CRITICAL", "critical").split(",") if name]
