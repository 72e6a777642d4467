"""Erasing: nothing of a customer stays in the ledger, and he stays away (RULES R22)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ConfigError
from sync.erase.act import Erased, erase
from sync.erase.answers import answer, let_in
from sync.erase.retention import expire
from sync.erase.target import find
from sync.errors import StalePlan
from sync.ledger import asked, audit, erasing, schema
from sync.ledger.holds import HoldRow
from sync.run import Session
from tests.engine import Side, World

NAME, MAIL, MOBILE = "上海宇润科技有限公司", "zhang.san@yurun.example", "13801774455"
OLD_MAIL, NOTE = "zs-former@yurun.example", "客户喜欢龙井茶叶"
PLANTED = (NAME, MAIL, MOBILE, OLD_MAIL, NOTE, "zs-loser@yurun.example", "宇润老名字")


def two(tmp_path: Path, **config: Any) -> World:
    fields = ("a", "b", "emails")
    return World(
        tmp_path,
        {"crm": Side(formal=True, fields=fields, phones=2, create=True), "book": Side(fields=fields, phones=1)},
        **config,
    )


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A customer with a history in both sources, and one that stays."""
    made = two(tmp_path)
    key = made.add("crm", NAME, "C-1", a=NOTE, emails=OLD_MAIL, p1=MOBILE)
    made.add("book", NAME, "C-1", a="另一个说法", b="宇润老名字", emails=MAIL)
    made.add("book", "北京方圆", "C-2", a="stays", emails="fang@yuan.example", p1="13911112222")
    made.run()
    made.edit("crm", key, emails="zs-loser@yurun.example", b="b1")
    made.run()
    made.edit("crm", key, emails=MAIL, b="b2")
    made.settles()
    return made


@contextmanager
def at(world: World) -> Iterator[Session]:
    world.tick()
    with world.session() as session:
        yield session


def gone(world: World, name: str = NAME, **options: Any) -> Erased:
    entity = world.entity(name)
    with at(world) as session:
        return erase(session, entity, by="王芳", **options)


def bytes_of(world: World) -> bytes:
    """Everything that the ledger's files hold on the disk."""
    return b"".join(path.read_bytes() for path in sorted(world.folder.glob("offbook.db*")))


def held(world: World) -> list[str]:
    found = bytes_of(world)
    return [text for text in PLANTED if text.encode() in found]


# ------------------------------------------------------------------------------ nothing stays


def test_no_byte_of_his_is_left_in_the_ledgers_file(world: World) -> None:
    assert set(held(world)) == set(PLANTED)
    done = gone(world)
    assert done.cleaned
    assert held(world) == []
    assert "北京方圆".encode() in bytes_of(world)


def test_who_stays_is_as_he_was(world: World) -> None:
    before = {e: v for e, v in world.entities().items() if v["name"] != NAME}
    gone(world)
    assert world.entities() == before


def test_every_table_of_the_ledger_is_thought_of() -> None:
    """A new table must say whether it holds values: then erasing has to empty it."""
    text = Path(erasing.__file__).read_text(encoding="utf-8")
    named = {name for name in schema.metadata.tables if f" {name}" in text or f'"{name}"' in text}
    assert set(schema.metadata.tables) == named | erasing.WITHOUT_VALUES


def test_the_audit_holds_and_its_entries_name_ids_only(world: World) -> None:
    entity = world.entity(NAME)
    gone(world)
    with at(world) as session, session.ledger.transaction() as c:
        assert audit.verify(session.ledger, c).broken == 0
        *_, last = audit.entries(session.ledger, c)
    assert f'"entity":"{entity}"' in last.what
    assert '"event":"erased"' in last.what


def test_a_plan_made_before_is_refused(world: World) -> None:
    world.edit("book", world.keys("book", "北京方圆")[0], a="new")
    plan = world.plan().plan
    gone(world)
    with pytest.raises(StalePlan):
        world.apply(plan)


def test_plans_stay_in_the_list_without_values(world: World) -> None:
    before = world.rows("SELECT id, digest FROM plan WHERE state <> 'making' ORDER BY id")
    gone(world)
    assert world.rows("SELECT id, digest FROM plan WHERE state <> 'making' ORDER BY id") == before
    wiped = world.rows("SELECT state, fields FROM plan_change")
    assert any(bytes(row[1]).startswith(erasing.WIPED) for row in wiped)


def test_aliases_go_with_him(tmp_path: Path) -> None:
    world = two(tmp_path, kinds={})
    one = world.add("crm", "宇润科技", "", emails=MAIL)
    world.add("book", "上海宇润", "", emails="other@yurun.example")
    world.run()
    first, second = world.entity("宇润科技"), world.entity("上海宇润")
    with at(world) as session, session.ledger.transaction() as c:
        kept, alias = sorted((first, second))
        session.ledger.do(c, "UPDATE link SET entity = ? WHERE entity = ?", (kept, alias))
        session.ledger.do(c, "UPDATE entity SET alias_of = ? WHERE id = ?", (kept, alias))
    del one
    with at(world) as session:
        target = find(session, entity=alias)
        assert (target.entity, target.aliases) == (kept, (alias,))
        erase(session, alias, by="王芳")
    assert world.rows("SELECT COUNT(*) FROM entity") == [(0,)]
    assert MAIL.encode() not in bytes_of(world)


# ------------------------------------------------------------------------------ he stays away


def test_erase_then_the_old_list_again(world: World) -> None:
    """History of RULES: the record is dropped and counted, whatever else it says."""
    gone(world)
    world.add("book", "宇润(旧表)", "", a="x", emails=OLD_MAIL)
    outcome = world.run()
    assert outcome.read["book"]["erased"] == 1
    assert [v["name"] for v in world.entities().values()] == ["北京方圆"]
    assert held(world) == []
    assert world.plan().header["changes"] == 0


def test_a_system_that_holds_him_under_its_own_key_does_not_bring_him_back(tmp_path: Path) -> None:
    world = two(tmp_path)
    world.add("crm", NAME, "", a=NOTE)
    world.run()
    gone(world)
    world.settles()
    assert world.entities() == {}
    assert held(world) == []


def test_another_customer_in_his_row_is_let_in(tmp_path: Path) -> None:
    world = two(tmp_path)
    key = world.add("crm", NAME, "", a=NOTE)
    world.run()
    gone(world)
    world.edit("crm", key, name="广州新客户", a="new")
    world.run()
    assert [v["name"] for v in world.entities().values()] == ["广州新客户"]


def test_a_mobile_alone_only_asks(world: World) -> None:
    gone(world)
    world.add("book", "深圳新人", "C-9", p1=MOBILE)
    world.run()
    assert "深圳新人" not in [v["name"] for v in world.entities().values()]
    with at(world) as session, session.ledger.transaction() as c:
        (question,) = asked.open_questions(session.ledger, c, ["erased"])
    assert MOBILE not in str(question.content)
    with at(world) as session:
        answer(session, question.id, same=False, by="王芳")
    world.run()
    assert "深圳新人" in [v["name"] for v in world.entities().values()]
    world.settles()


def test_a_mobile_that_is_his_stays_out_without_being_asked_again(world: World) -> None:
    gone(world)
    world.add("book", "深圳新人", "C-9", p1=MOBILE)
    world.run()
    with at(world) as session, session.ledger.transaction() as c:
        (question,) = asked.open_questions(session.ledger, c, ["erased"])
    with at(world) as session:
        answer(session, question.id, same=True, by="王芳")
    world.edit("book", world.keys("book", "深圳新人")[0], a="y")
    world.run()
    assert "深圳新人" not in [v["name"] for v in world.entities().values()]
    with at(world) as session, session.ledger.transaction() as c:
        assert asked.open_questions(session.ledger, c, ["erased"]) == []


def test_a_record_that_was_kept_out_is_let_in_by_a_person(world: World) -> None:
    gone(world)
    key = world.add("book", "深圳新人", "C-9", emails=MAIL)
    world.run()
    assert "深圳新人" not in [v["name"] for v in world.entities().values()]
    with at(world) as session:
        let_in(session, "book", key, by="王芳")
    world.run()
    assert "深圳新人" in [v["name"] for v in world.entities().values()]


def test_what_others_bear_too_drops_nobody(tmp_path: Path) -> None:
    """A colleague with the same mailbox stays, before and after."""
    world = two(tmp_path)
    world.add("crm", NAME, "C-1", emails=MAIL)
    world.add("crm", "宇润贸易", "C-2", emails=MAIL)
    world.run()
    with at(world) as session:
        target = find(session, source="crm", key=world.keys("crm", NAME)[0])
    assert target.others == (world.entity("宇润贸易"),)
    gone(world)
    world.edit("crm", world.keys("crm", "宇润贸易")[0], a="edited")
    world.run()
    assert world.golden("宇润贸易", "a") == "edited"


def test_when_the_time_is_over_he_may_come_back(world: World) -> None:
    gone(world, keep=timedelta(days=30))
    world.tick(days=31)
    world.add("book", "宇润(旧表)", "", emails=OLD_MAIL)
    world.run()
    assert "宇润(旧表)" in [v["name"] for v in world.entities().values()]


def test_tombstones_count_what_they_met(world: World) -> None:
    gone(world)
    world.add("book", "宇润(旧表)", "", emails=OLD_MAIL)
    world.run()
    assert sum(row[0] for row in world.rows("SELECT met FROM tombstone")) > 0


# ------------------------------------------------------------------------------ who still holds him


def test_sources_that_still_hold_him_are_listed(world: World) -> None:
    done = gone(world)
    assert {(one.table, one.removed) for one in done.still} == {("crm", False), ("book", False)}
    assert MAIL not in str(done.as_json())


def test_where_the_workspace_lets_records_go_a_hold_waits_to_remove_his(tmp_path: Path) -> None:
    sides = {"crm": Side(formal=True), "book": Side(extra={"on_leave": "remove"})}
    world = World(tmp_path, sides)
    world.add("crm", NAME, "C-1", a=NOTE)
    world.add("book", NAME, "C-1", a=NOTE)
    world.run()
    done = gone(world)
    assert [one.table for one in done.leaving] == ["book"]
    assert [one.table for one in done.still] == ["crm"]
    assert NAME.encode() not in bytes_of(world)
    ((row, *_),) = [[HoldRow(*r)] for r in world.rows("SELECT * FROM hold")]
    assert (row.why, row.state) == ("erased", "open")
    world.run()
    assert NAME.encode() not in bytes_of(world)
    assert world.entities() == {row.entity: {}}
    world.tick(days=8)
    world.edit("crm", world.keys("crm", NAME)[0], a="still edited there")
    world.run()
    world.run()
    assert world.keys("book", NAME) == []
    assert world.keys("crm", NAME) != []
    world.settles()
    assert NAME.encode() not in bytes_of(world)


def test_copies_of_the_ledger_are_named(world: World, tmp_path: Path) -> None:
    copy = world.folder / "offbook.before-0002.db"
    sqlite3.connect(copy).close()
    assert str(copy) in gone(world).copies


def test_there_must_be_somebody(world: World) -> None:
    with at(world) as session:
        with pytest.raises(ConfigError):
            find(session, entity="0" * 32)
        with pytest.raises(ConfigError):
            find(session, source="book", key="no such key")
        with pytest.raises(ConfigError):
            erase(session, "0" * 32, by="王芳")


# ------------------------------------------------------------------------------ retention


def test_customers_that_ended_long_ago_go_by_age(world: World) -> None:
    for source in ("crm", "book"):
        for key in world.keys(source, NAME):
            world.table(source).remove(key)
    world.run()
    world.run()
    world.tick(days=400)
    with at(world) as session:
        done = expire(session, timedelta(days=365), by="王芳")
    assert done.customers == 1
    assert held(world) == []
    assert [v["name"] for v in world.entities().values()] == ["北京方圆"]
    assert world.rows("SELECT COUNT(*) FROM tombstone") == [(0,)]


def test_former_values_of_those_who_stay_go_by_age(world: World) -> None:
    world.tick(days=400)
    with at(world) as session:
        done = expire(session, timedelta(days=365), by="王芳")
    assert done.customers == 0
    assert done.past > 0
    left = held(world)
    assert NAME in left
    assert "zs-loser@yurun.example" not in [t for t in left if world.rows("SELECT COUNT(*) FROM loser") != [(0,)]]
    world.settles()


def test_retention_is_not_for_last_week(world: World) -> None:
    with at(world) as session, pytest.raises(ConfigError):
        expire(session, timedelta(days=7), by="王芳")
