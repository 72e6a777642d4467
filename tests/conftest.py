"""Which fixtures does every test have, and which examples does Hypothesis try?"""

from __future__ import annotations

from hypothesis import settings

from tests.postgres import postgres_server, postgres_url

# The same examples in every run, so that a change is judged by what it changed; `make test-long` draws new ones.
settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile("fixed")

__all__ = ["postgres_server", "postgres_url"]
