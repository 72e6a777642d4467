"""A few new parts are compared with their likes only, by an index that an earlier run kept; the outcome is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.linking import nearby
from tests.engine import Side, World

TRADES = ("科技", "贸易", "食品", "物流")
BRANDS = ("宇恒", "通瑞", "丰泰", "佳华", "鼎盛", "安信", "达联", "创远", "明德", "博文")


def _name(number: int) -> str:
    return f"上海{BRANDS[number % 10]}{BRANDS[number // 10 % 10]}{TRADES[number % 4]}有限公司"


def _world(folder: Path) -> World:
    folder.mkdir()
    return World(folder, {"crm": Side(formal=True, phones=1), "book": Side(phones=1)})


def _first(world: World, count: int = 12) -> None:
    for number in range(count):
        world.add("crm", _name(number * 7), f"K{number}", p1=f"0215888{number:04d}")
    world.run()


def _later(world: World) -> None:
    """The same companies once more: by number, by name and telephone, by a part of the name; and a stranger."""
    world.add("book", _name(7), "K1")
    world.add("book", _name(14), p1="02158880002")
    world.add("book", "宇恒通瑞", p1="02158880010")
    world.add("book", "北京蓝天印刷厂", p1="01062345678")
    world.run()


def _groups(world: World) -> set[frozenset[tuple[str, str]]]:
    rows = world.rows(
        "SELECT l.entity, s.name, r.key FROM link l JOIN record r ON r.id = l.record_id "
        "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source WHERE l.state = 'live'"
    )
    keys = {
        (name, key): at for name in ("crm", "book") for at, key in enumerate(sorted(k for _, s, k in rows if s == name))
    }
    found: dict[str, set[tuple[str, str]]] = {}
    for entity, source, key in rows:
        found.setdefault(entity, set()).add((source, str(keys[source, key])))
    return {frozenset(one) for one in found.values()}


def _entities(world: World) -> set[str]:
    return {row[0] for row in world.rows("SELECT entity FROM link WHERE state = 'live'")}


def test_an_index_gives_what_comparing_all_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _world(tmp_path / "whole")
    _first(whole)
    _later(whole)
    assert not whole.rows("SELECT 1 FROM key_index")
    monkeypatch.setattr(nearby, "FEW", 5)
    indexed = _world(tmp_path / "indexed")
    _first(indexed)
    _later(indexed)
    assert _groups(indexed) == _groups(whole)


def test_the_run_that_compares_all_keeps_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "FEW", 5)
    world = _world(tmp_path / "world")
    _first(world)
    assert {row[0] for row in world.rows("SELECT DISTINCT record_id FROM key_index")} == {
        row[0] for row in world.rows("SELECT DISTINCT record_id FROM link")
    }
    before = _entities(world)
    built = []
    monkeypatch.setattr(nearby, "BUILD", 0)  # to build the index anew would fail
    monkeypatch.setattr(nearby, "learn_all", lambda *_: built.append(1))
    _later(world)
    assert not built
    assert before < _entities(world)  # nobody who was known has another id


def test_who_changed_is_found_by_what_he_says_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "FEW", 5)
    world = _world(tmp_path / "world")
    _first(world)
    (key,) = world.keys("crm", _name(21))
    world.edit("crm", key, p1="02166660000")
    world.add("book", _name(21), p1="02166660000")
    world.run()
    assert any({"crm", "book"} <= {source for source, _ in group} for group in _groups(world))
