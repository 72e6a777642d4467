"""Which fixtures does every test have, and which examples does Hypothesis try?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import postgres_server, postgres_url

# The same examples in every run, so that a change is judged by what it changed; `make test-long` draws new ones.
settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile("fixed")

__all__ = ["postgres_server", "postgres_url"]

HEAVY = ("machine", "histories", "failures", "oracle")
HEAVY_FILES = (
    "test_engine_model.py",
    "test_rules_model.py",
    "test_first_day.py",
    "test_config_damage.py",
    "test_matching_bad_data.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs by the hundred show nothing that lighter tests do not touch; measured, they take twice as long."""
    here = Path(__file__).parent
    for item in items:
        file = item.path.relative_to(here)
        if file.parts[0] in HEAVY or file.name in HEAVY_FILES or file.name.endswith("_contract.py"):
            item.add_marker(pytest.mark.no_cover)
