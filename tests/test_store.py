"""Can a memory store be told to do what real systems do to us?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.contract import (
    AuthError,
    Change,
    ConfigError,
    Connector,
    Context,
    CursorExpired,
    Damaged,
    Field,
    Identity,
    Listing,
    LookUp,
    Op,
    Outcome,
    Query,
    Receipt,
    Record,
    RetryLater,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.memory import BEST, SPEC, Died, Fault, Store, TableStore
from connectors.shared.store.file import load, save
from connectors.shared.values import as_text, from_json, to_json
from connectors.vault import MemoryVault
from tests.rig import CountingGate

FIELDS = ("name", "phone")


@pytest.fixture
def store() -> Store:
    return Store("crm")


@pytest.fixture
def people(store: Store) -> TableStore:
    return store.table("people", *FIELDS)


def connect(store: Store, gate: CountingGate | None = None, **facts: TableFacts) -> Connector:
    context = Context(gate or CountingGate(), MemoryVault(), facts)
    return SPEC.connect(SPEC.options.model_validate({"store": store.name}), context)


def pulled(connector: Connector, table: str = "people", since: str | None = None) -> list[Record]:
    return [r for page in connector.pull(Query(table, FIELDS, since)) for r in page.records]


def put(connector: Connector, record: Record, after: Mapping[str, Value]) -> Receipt:
    change = Change("c", Op.UPDATE, record.key, after, {k: record.fields.get(k) for k in after}, record.version)
    (receipt,) = connector.write(record.table, [change])
    return receipt


def new(connector: Connector, after: Mapping[str, Value], token: str = "t" * 15, table: str = "people") -> Receipt:
    (receipt,) = connector.write(table, [Change("c", Op.CREATE, after=after, token=token)])
    return receipt


# ------------------------------------------------------------------------------ ordered faults


@pytest.mark.parametrize(
    ("fault", "outcome", "written"),
    [
        (Fault.CONFLICT, Outcome.CONFLICT, False),
        (Fault.REJECTED, Outcome.REJECTED, False),
        (Fault.DEFERRED, Outcome.DEFERRED, False),
        (Fault.LOST_REQUEST, Outcome.UNKNOWN, False),
        (Fault.LOST_ANSWER, Outcome.UNKNOWN, True),
        (Fault.IGNORED, Outcome.DONE, False),
    ],
)
@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE])
def test_a_fault_happens_once_to_the_call_it_is_meant_for(
    store: Store, people: TableStore, fault: Fault, outcome: Outcome, written: bool, op: Op
) -> None:
    people.add({"name": "x", "phone": "1"})
    connector = connect(store)
    (record,) = pulled(connector)
    other = Op.CREATE if op is Op.UPDATE else Op.UPDATE
    store.fault(fault, table="people", op=op)
    store.fault(fault, table="elsewhere")
    store.fault(fault, table="people", op=other, key="nobody")
    receipt = put(connector, record, {"phone": "2"}) if op is Op.UPDATE else new(connector, {"name": "y", "phone": "2"})
    assert receipt.outcome is outcome
    assert any(row["phone"] == "2" for row in people.all().values()) is written
    assert len(store.troubles) == 2, "a fault that was meant for another call was taken"


@pytest.mark.parametrize(("fault", "phone"), [(Fault.DIES_BEFORE, "1"), (Fault.DIES, "2")])
def test_the_process_dies_before_or_after_the_write(store: Store, people: TableStore, fault: Fault, phone: str) -> None:
    key = people.add({"name": "x", "phone": "1"})
    connector = connect(store)
    (record,) = pulled(connector)
    store.fault(fault)
    with pytest.raises(Died):
        put(connector, record, {"phone": "2"})
    assert people.values(key)["phone"] == phone
    assert not issubclass(Died, Exception), "no handler of errors may catch a death"


def test_somebody_edits_or_deletes_between_our_pull_and_our_write(store: Store, people: TableStore) -> None:
    key = people.add({"name": "x", "phone": "1"})
    connector = connect(store)
    (record,) = pulled(connector)
    store.fault(Fault.BEFORE, do=lambda: people.edit(key, {"phone": "theirs"}))
    assert put(connector, record, {"phone": "2"}).outcome is Outcome.CONFLICT
    assert people.values(key)["phone"] == "theirs"
    (record,) = pulled(connector)
    store.fault(Fault.BEFORE, do=lambda: people.remove(key))
    assert put(connector, record, {"phone": "2"}).outcome is Outcome.CONFLICT
    assert not people.all()


@pytest.mark.parametrize("answers", [True, False])
def test_somebody_edits_between_our_write_and_the_read_back(store: Store, people: TableStore, answers: bool) -> None:
    key = people.add({"name": "x", "phone": "1"})
    people.answers = answers
    connector = connect(store)
    (record,) = pulled(connector)
    store.fault(Fault.AFTER, do=lambda: people.edit(key, {"phone": "theirs"}, by="wang"))
    receipt = put(connector, record, {"phone": "2"})
    assert (receipt.record.fields["phone"] if receipt.record else None) == ("2" if answers else None)
    (back,) = connector.fetch("people", [key], FIELDS)
    assert (back.fields["phone"], back.editor) == ("theirs", "wang")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_workflow_rewrites_what_we_wrote(store: Store, people: TableStore, moment: str) -> None:
    key = people.add({"name": "x", "phone": "1"})
    people.workflow(moment, lambda values: {"phone": f"+86 {values['phone']}"} if values["phone"] == "2" else {})
    assert not people.can.quiet
    connector = connect(store)
    (record,) = pulled(connector)
    receipt = put(connector, record, {"phone": "2"})
    assert receipt.record is not None
    assert receipt.record.fields["phone"] == "2", "the answer is of the moment of the write"
    assert people.values(key)["phone"] == ("+86 2" if moment == "before" else "2")
    (shown,) = pulled(connector)
    assert (shown.fields["phone"], shown.editor) == ("+86 2", "workflow")
    assert people.fired == 1


def test_a_part_of_a_write_can_be_ignored_or_refused(store: Store, people: TableStore) -> None:
    key = people.add({"name": "x", "phone": "1"})
    connector = connect(store)
    (record,) = pulled(connector)
    store.fault(Fault.IGNORED, fields=["phone"])
    receipt = put(connector, record, {"name": "y", "phone": "2"})
    assert (receipt.outcome, dict(receipt.apart), people.values(key)) == (Outcome.DONE, {}, {"name": "y", "phone": "1"})
    (record,) = pulled(connector)
    store.fault(Fault.REJECTED, fields=["phone"])
    receipt = put(connector, record, {"name": "z", "phone": "2"})
    assert (receipt.outcome, set(receipt.apart)) == (Outcome.DONE, {"phone"})
    assert people.values(key) == {"name": "z", "phone": "1"}
    people.partial = False
    (record,) = pulled(connector)
    store.fault(Fault.REJECTED, fields=["phone"])
    receipt = put(connector, record, {"name": "w", "phone": "2"})
    assert (receipt.outcome, set(receipt.apart)) == (Outcome.REJECTED, {"phone"})
    assert people.values(key)["name"] == "z"


def test_a_blind_account_sees_success_with_nothing_in_it(store: Store, people: TableStore) -> None:
    key = people.add({"name": "x"})
    connector = connect(store)
    people.denied = True
    (page,) = connector.pull(Query("people", FIELDS))
    assert page.end is not None
    assert (page.records, page.end.complete) == ((), True)
    assert not list(connector.fetch("people", [key], FIELDS))
    assert not list(connector.find("people", ["x"], FIELDS, "name"))


def test_a_drifting_listing_misses_a_record_when_one_before_it_goes(store: Store) -> None:
    people = store.table("people", *FIELDS, can=replace(BEST, listing=Listing.DRIFTING, page=2))
    keys = [people.add({"name": str(n)}) for n in range(5)]
    store.fault(Fault.BETWEEN_PAGES, do=lambda: people.remove(keys[0]))
    seen = [r.fields["name"] for r in pulled(connect(store)) if r.state is State.LIVE]
    assert "2" not in seen
    assert "3" in seen


def test_a_refused_account_is_told(store: Store, people: TableStore) -> None:
    store.fault(Fault.LOGGED_OUT, times=2)
    connector = connect(store)
    with pytest.raises(AuthError, match="sign it in again"):
        pulled(connector)
    (finding,) = connector.check()
    assert finding.level == "error"


def test_expired_cursors(store: Store, people: TableStore) -> None:
    people.add({"name": "x"})
    connector = connect(store)
    *_, last = connector.pull(Query("people", FIELDS))
    assert last.end is not None
    store.expire_cursors()
    with pytest.raises(CursorExpired):
        pulled(connector, since=last.end.cursor)


def test_the_first_page_comes_before_the_source_breaks(store: Store) -> None:
    people = store.table("people", *FIELDS, can=replace(BEST, page=1))
    for n in range(3):
        people.add({"name": str(n)})
    store.fault(Fault.BREAKS)
    pages = connect(store).pull(Query("people", FIELDS))
    assert len(next(pages).records) == 1
    with pytest.raises(RetryLater):
        next(pages)


# ------------------------------------------------------------------------------ what a table is like


def described(**more: Any) -> list[Field]:
    return [replace(Field("name", "Name", findable=True), **more), Field("phone", "Phone")]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ({"max_length": 3}, "four", "holds 3 letters"),
        ({"on_create": False}, "x", "read-only"),
        ({"required": True}, None, "cannot be empty"),
        ({"options": (("1", "VIP"),), "kind": "choice"}, "VIP", "no such option"),
        ({"kind": "lookup", "refers": ("firms",)}, LookUp("firms", "nobody"), "not there"),
        ({"kind": "lookup", "refers": ("firms",)}, LookUp("people", "people-1"), "not there"),
        ({}, Damaged("scientific", "1E+10"), "no such value"),
        ({}, ("a", "b"), "holds one value"),
        ({"unique": True}, "taken", "must be unique"),
    ],
)
def test_what_a_field_does_not_take_is_refused_and_named(
    store: Store, field: dict[str, Any], value: Value, why: str
) -> None:
    store.table("firms", "name")
    people = store.table("people", *described(**field))
    people.add({"name": "taken"})
    receipt = new(connect(store), {"name": value, "phone": "1"})
    assert why in receipt.apart["name"][1]
    assert receipt.apart["name"][0] is Outcome.REJECTED
    assert all(row["name"] in ("taken", None) for row in people.all().values())


def test_a_system_cuts_and_folds_without_a_word(store: Store) -> None:
    people = store.table("people", *described(max_length=3))
    people.cut.add("name")
    people.upper.add("phone")
    receipt = new(connect(store), {"name": "abcdef", "phone": "ab"})
    assert receipt.record is not None
    assert dict(receipt.record.fields) == {"name": "abc", "phone": "AB"}


def test_a_locked_field_of_one_record(store: Store, people: TableStore) -> None:
    key = people.add({"name": "x", "phone": "1"})
    people.lock(key, "phone")
    connector = connect(store)
    (record,) = pulled(connector)
    assert record.locked == {"phone"}
    receipt = put(connector, record, {"name": "y", "phone": "2"})
    assert "locked" in receipt.apart["phone"][1]
    assert people.values(key) == {"name": "y", "phone": "1"}


def test_lookups_and_choices_are_written_by_id(store: Store) -> None:
    firms = store.table("firms", "name")
    key = firms.add({"name": "宇润"})
    people = store.table(
        "people",
        "name",
        Field("phone", "Level", "choice", options=(("1", "VIP"),)),
        Field("firm", "Firm", "lookup", refers=("firms",)),
    )
    receipt = new(connect(store), {"name": "x", "phone": "1", "firm": LookUp("firms", key)})
    assert (receipt.outcome, dict(receipt.apart)) == (Outcome.DONE, {})
    (row,) = people.all().values()
    assert (row["phone"], row["firm"]) == ("1", LookUp("firms", key))


def test_a_filler_is_shown_for_what_was_never_filled(store: Store) -> None:
    people = store.table("people", *described(kind="bool", blank=False))
    people.add({"phone": "1"})
    assert pulled(connect(store))[0].fields["name"] is False


def test_times_and_authors(store: Store, people: TableStore) -> None:
    people.field_times = True
    key = people.add({"name": "x", "phone": "1"}, by="wang")
    people.edit(key, {"phone": "2"}, by="li")
    (record,) = pulled(connect(store))
    assert record.times["phone"] > record.times["name"]
    assert (record.modified, record.editor) == (record.times["phone"], "li")


def test_merge_renumber_archive_and_restore(store: Store, people: TableStore) -> None:
    a, b, c = (people.add({"name": name}) for name in "abc")
    people.merge(a, b)
    people.renumber(c, "new")
    people.archive("new")
    connector = connect(store)
    told = {r.key: (r.state, r.into) for r in pulled(connector)}
    assert told == {a: (State.MOVED, b), b: (State.LIVE, None), c: (State.MOVED, "new"), "new": (State.ARCHIVED, None)}
    assert set(people.all()) == {b}
    people.restore("new")
    assert set(people.all()) == {b, "new"}


def test_our_own_merge_archive_restore_and_delete(store: Store, people: TableStore) -> None:
    a, b = (people.add({"name": name}) for name in "ab")
    connector = connect(store)

    def do(op: Op, key: str, **more: Any) -> Receipt:
        (shown,) = connector.fetch("people", [key], FIELDS)
        (receipt,) = connector.write("people", [Change("c", op, key, expect=shown.version, **more)])
        return receipt

    assert do(Op.ARCHIVE, a).outcome is Outcome.DONE
    assert people.row(a).state is State.ARCHIVED
    assert do(Op.RESTORE, a).outcome is Outcome.DONE
    assert do(Op.MERGE, b, losers=(a,)).outcome is Outcome.DONE
    assert [(r.state, r.into) for r in connector.fetch("people", [a], FIELDS)] == [(State.MOVED, b)]
    assert do(Op.MERGE, b, losers=("nobody",)).outcome is Outcome.CONFLICT
    assert do(Op.DELETE, b).outcome is Outcome.DONE
    assert not people.all()


def test_a_number_that_the_source_declares(store: Store) -> None:
    people = store.table("people", *FIELDS, can=replace(BEST, page=2))
    people.declares = True
    for n in range(3):
        people.add({"name": str(n)})
    *_, last = connect(store).pull(Query("people", FIELDS))
    assert last.end is not None
    assert last.end.declared == 3


def test_find_waits_for_the_index(store: Store) -> None:
    store.table("people", *FIELDS, can=replace(BEST, lag=30.0))
    gate = CountingGate()
    connector = connect(store, gate)
    new(connector, {"name": "x"})
    assert not list(connector.find("people", ["t" * 15], FIELDS))
    gate.wait(30.0)
    assert len(list(connector.find("people", ["t" * 15], FIELDS))) == 1


def test_only_a_findable_field_is_searched(store: Store) -> None:
    store.table("people", *described(findable=False))
    with pytest.raises(SourceRefused, match="cannot be searched"):
        list(connect(store).find("people", ["x"], FIELDS, "name"))


def test_rows_of_a_sheet_are_dragged_and_sorted(store: Store) -> None:
    people = store.table("people", *FIELDS, can=replace(BEST, identity=Identity.NONE, absence=False))
    for name in "bca":
        people.add({"name": name})
    people.sort("name")
    people.move("#3", 0)
    assert [r.fields["name"] for r in pulled(connect(store))] == ["c", "a", "b"]
    assert [r.key for r in pulled(connect(store))] == ["#1", "#2", "#3"]


# ------------------------------------------------------------------------------ names, options, files


def test_a_store_is_found_by_its_name() -> None:
    with pytest.raises(SourceRefused, match="no store is called `nowhere`"):
        Store.named("nowhere")
    first, second = Store("again"), Store("again")
    assert Store.named("again") is second is not first


@pytest.mark.parametrize("options", [{}, {"store": "a", "file": "b"}, {"sotre": "a"}])
def test_wrong_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SPEC.options.model_validate(options)


def opened(path: Path) -> Connector:
    context = Context(CountingGate(), MemoryVault(), folder=str(path.parent))
    return SPEC.connect(SPEC.options.model_validate({"file": path.name}), context)


def test_a_store_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"tables": {"people": {"fields": ["name", "phone"], "rows": [{"name": "张三"}]}}}))
    connector = opened(path)
    assert [dict(r.fields) for r in pulled(connector)] == [{"name": "张三", "phone": None}]
    assert new(connector, {"name": "李四"}).outcome is Outcome.DONE
    assert [r.fields["name"] for r in pulled(opened(path))] == ["张三", "李四"]


def test_a_store_in_a_file_goes_on_where_it_was(tmp_path: Path) -> None:
    path, store = tmp_path / "s.json", Store("s")
    people = store.table("people", *described(options=(("1", "a"),), blank=False), can=replace(BEST, page=7))
    people.upper.add("name")
    keys = [people.add({"name": n, "phone": v}) for n, v in (("a", Decimal("1.50")), ("b", date(2026, 1, 2)), ("c", 7))]
    people.edit(keys[0], {"name": LookUp("firms", "1", "宇润")})
    people.merge(keys[1], keys[2])
    people.lock(keys[0], "phone")
    before = connect(store)
    *_, last = before.pull(Query("people", FIELDS))
    told = pulled(before)
    save(store, path)
    again = load(path)
    assert again["people"].can == people.can
    assert again["people"].fields == people.fields
    assert again["people"].all() == people.all()
    assert pulled(connect(again)) == told
    assert last.end is not None
    assert not pulled(connect(again), since=last.end.cursor)
    key = again["people"].add({"name": "d"})
    assert key not in keys


@pytest.mark.parametrize(
    "content", ["", "[]", '{"tables": []}', '{"tables": {"a": {"fields": [{"x": 1}]}}}', '{"a": 1}']
)
def test_a_broken_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match="holds no store"):
        load(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="there is no file"):
        opened(tmp_path / "none.json")


values = st.recursive(
    st.none()
    | st.text(max_size=5)
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(LookUp, st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
    | st.builds(Damaged, st.text(max_size=3), st.text(max_size=3)),
    lambda one: st.lists(one, max_size=3).map(tuple),
    max_leaves=5,
)


@given(values)
def test_every_value_survives_its_json(value: Value) -> None:
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize("found", [{"$odd": 1}, {}, 1.5, {"$number": 1}])
def test_what_is_no_value_is_refused(found: object) -> None:
    with pytest.raises(ValueError, match="no value of a record"):
        from_json(found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"),
        (LookUp("t", "k"), "k"),
        (("a", "b"), "a\nb"),
        (7, "7"),
    ],
)
def test_a_value_as_text(value: Value, text: str) -> None:
    assert as_text(value) == text
