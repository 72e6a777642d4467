"""The audit: entries only ever follow each other, and hold no value (RULES R22)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.ledger import audit
from sync.ledger.store import Ledger, open_ledger

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PHONE = b'{"value":"+8613800138000"}'


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    where = "offbook.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = open_ledger(where, tmp_path)
    yield made
    made.close()


def _three(ledger: Ledger) -> None:
    for n in range(3):
        with ledger.transaction() as c:
            ids = {"entity": f"e{n}", "by": "王芳", "changes": n}
            audit.append(ledger, c, run=n + 1, at=NOW, event="decision", ids=ids, content=PHONE)


def test_entries_follow_each_other(ledger: Ledger) -> None:
    _three(ledger)
    with ledger.transaction() as c:
        assert audit.verify(ledger, c) == audit.Verified(3)
        said = [one.what for one in audit.entries(ledger, c)]
    assert said[0] == '{"event":"decision","entity":"e0","by":"王芳","changes":0}'


def test_an_empty_audit_is_whole(ledger: Ledger) -> None:
    with ledger.transaction() as c:
        assert audit.verify(ledger, c) == audit.Verified(0)


@pytest.mark.parametrize(
    ("harm", "broken"),
    [
        ("UPDATE audit SET what = '{}' WHERE id = 2", 2),
        ("UPDATE audit SET at = '2020-01-01' WHERE id = 1", 1),
        ("UPDATE audit SET digest = 'x' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit", 1),
    ],
)
def test_what_was_changed_or_cut_off_is_noticed(ledger: Ledger, harm: str, broken: int) -> None:
    _three(ledger)
    with ledger.transaction() as c:
        ledger.do(c, harm)
    with ledger.transaction() as c:
        found = audit.verify(ledger, c)
    assert found.broken == broken
    assert found.why


def test_content_is_known_again_until_its_salt_is_forgotten(ledger: Ledger) -> None:
    _three(ledger)
    with ledger.transaction() as c:
        first, second, _ = audit.entries(ledger, c)
        assert audit.holds(ledger, c, first, PHONE) is True
        assert audit.holds(ledger, c, first, b"another") is False
        assert first.digest != second.digest  # one value, two salts
        assert audit.forget(ledger, c, ["e0"]) == 1
        assert audit.holds(ledger, c, first, PHONE) is None
        assert audit.holds(ledger, c, second, PHONE) is True
        assert audit.verify(ledger, c) == audit.Verified(3)


def test_an_entry_without_content_has_no_digest(ledger: Ledger) -> None:
    with ledger.transaction() as c:
        audit.append(ledger, c, run=1, at=NOW, event="plan", ids={"plan": 7})
        (entry,) = audit.entries(ledger, c)
        assert entry.digest == ""
        assert audit.holds(ledger, c, entry, b"") is None
