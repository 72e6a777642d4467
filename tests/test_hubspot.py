"""What is special about HubSpot: the search's window and lag, ends and merges, batches, associations, the day's limit."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import (
    Certificate,
    Change,
    Connector,
    Context,
    CursorExpired,
    Damaged,
    LookUp,
    Op,
    Outcome,
    Query,
    Receipt,
    Record,
    Repeat,
    RetryLater,
    SourceRefused,
    State,
    Stopped,
    TableFacts,
    Value,
)
from connectors.gate import RunGate, VirtualClock
from connectors.hubspot import SPEC
from connectors.shared.hubspot.account import judge
from connectors.shared.web.answers import Answer, Fate
from connectors.vault import MemoryVault
from sandbox import hubspot_search
from sandbox.hubspot import HubSpotFake
from sandbox.hubspot_account import OWNERS
from sandbox.hubspot_objects import Row
from sandbox.server import Trouble
from tests.contract_write import collect
from tests.hubspot_rig import FIELDS, HubSpotRig

NAMES = ("lastname", "firstname")


@pytest.fixture
def rig() -> Iterator[HubSpotRig]:
    made = HubSpotRig(batch=100)
    made.gate.limit(10_000_000.0)
    yield made
    made.close()


def pulled(connector: Connector, since: str | None = None, table: str = "contacts") -> tuple[list[Record], Certificate]:
    pages = list(connector.pull(Query(table, FIELDS if table == "contacts" else ("name",), since)))
    assert pages[-1].end is not None
    return [record for page in pages for record in page.records], pages[-1].end


def states(records: Sequence[Record]) -> dict[str, State]:
    return {record.key: record.state for record in records}


def creating(*names: str, **more: Value) -> list[Change]:
    return [
        Change(f"c{n}", Op.CREATE, after={"lastname": name, **more}, token=f"{n:015d}") for n, name in enumerate(names)
    ]


def updating(key: str, change: str = "u1", **after: Value) -> Change:
    return Change(change, Op.UPDATE, key, after, dict.fromkeys(after))


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in sorted(receipts, key=lambda one: one.change)]


def alone(receipts: Iterator[Receipt]) -> Receipt:
    (receipt,) = receipts
    return receipt


def row(rig: HubSpotRig, name: str) -> Row:
    (found,) = [one for one in rig.contacts.rows.values() if one.values.get("lastname") == name and not one.archived]
    assert isinstance(found, Row)
    return found


# ------------------------------------------------------------------------------ the search


def test_changes_beyond_the_window_of_the_search_all_arrive(rig: HubSpotRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubspot_search, "WINDOW", 400)
    _, end = pulled(rig.open())
    rig.fill(1_050)
    records, again = pulled(rig.open(), end.cursor)
    assert len({record.key for record in records}) == 1_050
    assert (again.full, again.complete) == (False, True)


def test_what_the_index_does_not_know_yet_comes_later_and_what_it_shows_is_never_old(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x", "firstname": "a"})
    rig.fake.lag = 30.0
    rig.gate.wait(3_600.0)
    _, end = pulled(rig.open())
    rig.gate.wait(400.0)
    rig.edit(key, {"firstname": "b"})
    unseen, end = pulled(rig.open(), end.cursor)
    assert unseen == []
    rig.gate.wait(40.0)
    rig.edit(key, {"firstname": "c"})
    (seen,), _ = pulled(rig.open(), end.cursor)
    assert seen.fields["firstname"] == "c", "the index still shows b"


def test_a_cursor_that_is_older_than_the_archive_is_given_up(rig: HubSpotRig) -> None:
    _, end = pulled(rig.open())
    rig.gate.wait(86 * 86_400.0)
    with pytest.raises(CursorExpired):
        pulled(rig.open(), end.cursor)


def test_more_properties_than_an_address_holds_are_asked_for_by_id(rig: HubSpotRig) -> None:
    from sandbox.hubspot_objects import prop

    more = tuple(f"a_property_with_a_rather_long_name_{n}" for n in range(150))
    rig.contacts.properties += [prop(name, name) for name in more]
    rig.add({"lastname": "x", more[0]: "first", more[-1]: "last"})
    (page,) = rig.open().pull(Query("contacts", (*NAMES, *more)))
    (record,) = page.records
    assert (record.fields[more[0]], record.fields[more[-1]]) == ("first", "last")
    assert set(record.fields) == {*NAMES, *more}


def test_phones_are_found_with_and_without_their_country(rig: HubSpotRig) -> None:
    rig.add({"lastname": "x", "mobilephone": "+8613800138000"})
    rig.add({"lastname": "y", "mobilephone": "13800138000"})
    wanted = ["+8613800138000", "13800138000", "13900139000"]
    found = {
        value: record.fields["lastname"] for value, record in rig.open().find("contacts", wanted, NAMES, "mobilephone")
    }
    assert found == {"+8613800138000": "x", "13800138000": "y"}


def test_many_values_are_searched_in_bodies_that_the_search_takes(rig: HubSpotRig) -> None:
    names = [f"{'long' * 12} {n}" for n in range(180)]
    for name in names:
        rig.contacts.create({"lastname": "x", "jobtitle": name})
    found = list(rig.open().find("contacts", [name.upper() for name in names] + names, NAMES, "jobtitle"))
    assert sorted(value for value, _ in found) == sorted(names)
    assert all(len(call.body) <= 3_000 for call in rig.fake.calls if call.path.endswith("/search"))


# ------------------------------------------------------------------------------ ends


def test_archived_is_gone_and_comes_back_when_a_person_restores_it(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x"})
    rig.add({"lastname": "stays"})
    _, end = pulled(rig.open())
    rig.remove(key)
    records, end = pulled(rig.open(), end.cursor)
    assert states(records)[key] is State.DELETED
    assert states(list(rig.open().fetch("contacts", [key], NAMES))) == {key: State.DELETED}
    back = rig.contacts.rows[key]
    back.archived = None
    rig.contacts.touch(back)
    records, _ = pulled(rig.open(), end.cursor)
    assert states(records) == {key: State.LIVE}


def test_forgotten_for_good_is_proved_by_asking_and_not_where_nothing_is_shown(rig: HubSpotRig) -> None:
    gone, _ = rig.add({"lastname": "gone"}), rig.add({"lastname": "stays"})
    rig.contacts.forget(gone)
    assert states(list(rig.open().fetch("contacts", [gone], NAMES))) == {gone: State.DELETED}
    rig.fake.blind.add("contacts")
    assert list(rig.open().fetch("contacts", [gone, row(rig, "stays").id], NAMES)) == []


def test_a_merge_makes_a_new_record_and_both_old_ones_are_followed(rig: HubSpotRig) -> None:
    rig.fake.renews = True
    one, two = rig.add({"lastname": "one"}), rig.add({"lastname": "two"})
    _, end = pulled(rig.open())
    made = rig.contacts.merge(rig.contacts.rows[one], rig.contacts.rows[two], renews=True).id
    fetched = {r.key: (r.state, r.into) for r in rig.open().fetch("contacts", [one, two, made], NAMES)}
    assert fetched == {one: (State.MOVED, made), two: (State.MOVED, made), made: (State.LIVE, None)}
    records, _ = pulled(rig.open(), end.cursor)
    assert {r.key: (r.state, r.into) for r in records} == fetched


def test_contacts_that_were_merged_years_ago_are_followed_too(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x"})
    rig.contacts.rows[key].values["hs_calculated_merged_vids"] = (
        f"{key}:1588000000000;11:1588000000000;12:1589000000000"
    )
    records, _ = pulled(rig.open())
    moved = {r.key: r.into for r in records if r.state is State.MOVED}
    assert moved == {"11": key, "12": key}


def test_our_own_merge_goes_on_with_the_new_record(rig: HubSpotRig) -> None:
    rig.fake.renews = True
    keys = [rig.add({"lastname": name}) for name in ("winner", "loser", "other")]
    change = Change("m", Op.MERGE, keys[0], losers=tuple(keys[1:]))
    receipt = alone(rig.open().write("contacts", [change]))
    (left,) = rig.contacts.rows
    assert (receipt.outcome, receipt.key) == (Outcome.DONE, left)
    assert {r.into for r in rig.open().fetch("contacts", keys, NAMES)} == {left}


def test_erasing_is_for_good_and_for_contacts_only(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x"})
    connector = rig.open()
    assert Op.DELETE not in connector.describe("companies").can.ops
    assert alone(connector.write("contacts", [Change("d", Op.DELETE, key)])).outcome is Outcome.DONE
    assert key not in rig.contacts.rows
    with pytest.raises(SourceRefused):
        list(connector.write("companies", [Change("d", Op.DELETE, rig.company)]))


# ------------------------------------------------------------------------------ batches


def test_a_hundred_are_one_request_each_with_a_trace_of_its_own(rig: HubSpotRig) -> None:
    receipts = list(rig.open().write("contacts", creating(*(f"n{n}" for n in range(250)))))
    assert set(outcomes(receipts)) == {Outcome.DONE}
    calls = [call.json["inputs"] for call in rig.fake.calls if call.path.endswith("/batch/upsert")]
    assert [len(inputs) for inputs in calls] == [100, 100, 50]
    assert all(len({one["objectWriteTraceId"] for one in inputs}) == len(inputs) for inputs in calls)
    named = {rig.contacts.rows[r.key].values["lastname"] for r in receipts if r.key}
    assert named == {f"n{n}" for n in range(250)}


@pytest.mark.parametrize("version", ["2026-03", "2026-09", "v3"])
@pytest.mark.parametrize("how", ["traced", "bare", "whole"])
def test_one_bad_of_seven_stops_no_other_however_hubspot_says_it(rig: HubSpotRig, version: str, how: str) -> None:
    rig.fake.bare, rig.fake.multi = how == "bare", how != "whole"
    changes = creating("a", "b", "c", "d", "e", "f", "g")
    changes[2] = Change("c2", Op.CREATE, after={"lastname": "c", "score": "many"}, token="2" * 15)
    changes[4] = Change("c4", Op.CREATE, after={"lastname": "e", "email": "no address"}, token="4" * 15)
    options = SPEC.options.model_validate({**rig.options(), "api_version": version})
    connector = SPEC.connect(options, Context(rig.gate, rig.vault, {"contacts": rig.facts}))
    receipts = sorted(connector.write("contacts", changes), key=lambda one: one.change)
    bad = {"c2", "c4"}
    assert {r.change for r in receipts if r.outcome is not Outcome.DONE} == bad
    assert sorted(str(one["lastname"]) for one in rig.rows()) == ["a", "b", "d", "f", "g"]
    assert {name for r in receipts if r.change in bad for name in r.apart} == {"score", "email"}


def test_an_answer_that_says_nothing_of_a_change_leaves_it_in_doubt(rig: HubSpotRig) -> None:
    from connectors.shared.hubspot.answered import Sending, sort_out

    keys = [Sending(updating(key, f"u{key}"), {"id": key, "properties": {}}) for key in ("1", "2", "3")]
    body = b'{"status":"COMPLETE","results":[{"id":"1"}],"errors":[{"message":"no","context":{"ids":["3"]}}]}'
    found = sort_out(keys, Answer(207, {}, body), "")
    assert (list(found.results), list(found.errors)) == (["u1"], ["u3"])
    assert [one.change.id for one in found.open] == ["u2"]
    assert found.told == 0


def test_an_address_that_another_contact_has_is_refused_by_name(rig: HubSpotRig) -> None:
    rig.add({"lastname": "there", "email": "a@b.example"})
    receipt = alone(rig.open().write("contacts", creating("new", email="A@B.example")))
    assert receipt.outcome is Outcome.REJECTED
    assert list(receipt.apart) == ["email"]
    assert "b.example" not in receipt.detail.lower()
    assert len(rig.rows()) == 1


def test_a_record_that_went_meanwhile_is_a_conflict_and_the_others_are_written(rig: HubSpotRig) -> None:
    keys = [rig.add({"lastname": name}) for name in ("a", "b", "c")]
    rig.remove(keys[1])
    receipts = list(rig.open().write("contacts", [updating(k, f"u{n}", firstname="new") for n, k in enumerate(keys)]))
    assert outcomes(receipts) == [Outcome.DONE, Outcome.CONFLICT, Outcome.DONE]


# ------------------------------------------------------------------------------ answers that are lost


def test_creates_whose_answer_is_lost_are_there_once_and_what_was_typed_meanwhile_stays(rig: HubSpotRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", r"/batch/upsert$")
    connector = rig.open()
    inner = rig.fake.handle

    def handle(call: Any) -> Any:
        """Before our ids are asked for, a person corrects what landed."""
        if call.path.endswith("/batch/read") and len(rig.contacts.rows) == 3:
            rig.contacts.update(row(rig, "b"), {"firstname": "typed"})
        return inner(call)

    rig.fake.handle = handle  # type: ignore[method-assign]
    receipts = list(connector.write("contacts", creating("a", "b", "c", firstname="ours")))
    assert outcomes(receipts) == [Outcome.DONE] * 3
    assert {r.key for r in receipts} == set(rig.contacts.rows)
    assert row(rig, "b").values["firstname"] == "typed"


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.SLOW])
def test_whatever_becomes_of_a_create_it_is_there_once(rig: HubSpotRig, trouble: Trouble) -> None:
    rig.fake.order(trouble, "POST", r"/batch/upsert$")
    receipts = list(rig.open().write("contacts", creating("a", "b")))
    assert outcomes(receipts) == [Outcome.DONE] * 2
    assert {receipt.key for receipt in receipts} == set(rig.contacts.rows)
    assert len(rig.contacts.rows) == 2


def test_a_system_that_is_down_is_not_asked_for_ever(rig: HubSpotRig) -> None:
    rig.batch = 10
    rig.fake.order(Trouble.BROKEN, "POST", r"/batch/", times=1_000)
    done: list[Receipt] = []
    with pytest.raises(RetryLater):
        collect(rig, creating(*(f"n{n}" for n in range(100))), done)
    assert {receipt.outcome for receipt in done} == {Outcome.UNKNOWN}
    assert len(done) < 100
    assert rig.fake.received < 40


def test_without_the_right_to_write_nothing_is_written_and_the_scope_is_named(rig: HubSpotRig) -> None:
    rig.fake.scopes.discard("crm.objects.contacts.write")
    key = rig.add({"lastname": "x"})
    for change in (updating(key, firstname="new"), *creating("y"), Change("a", Op.ARCHIVE, key)):
        with pytest.raises(SourceRefused, match=r"crm\.objects\.contacts\.write"):
            list(rig.open().write("contacts", [change]))
    assert [one["firstname"] for one in rig.rows()] == [None]


def test_an_update_whose_answer_is_lost_is_in_doubt_and_is_not_sent_again(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x"})
    rig.fake.order(Trouble.LOST, "POST", r"/batch/update$")
    assert alone(rig.open().write("contacts", [updating(key, firstname="new")])).outcome is Outcome.UNKNOWN
    assert rig.fake.count("POST", "/batch/update$") == 1


def test_a_storm_of_refusals_ends_with_none_lost(rig: HubSpotRig) -> None:
    rig.batch = 10
    rig.fake.order(Trouble.TOO_FAST, times=4, seconds=3)
    rig.fake.order(Trouble.TOO_FAST_MUTE, "POST", r"/batch/upsert$", times=3)
    receipts = list(rig.open().write("contacts", creating(*(f"n{n}" for n in range(35)))))
    assert outcomes(receipts) == [Outcome.DONE] * 35
    assert len(rig.contacts.rows) == 35


# ------------------------------------------------------------------------------ limits


def test_the_end_of_the_day_stops_at_once_for_everybody_of_the_run(rig: HubSpotRig) -> None:
    rig.batch = 10
    rig.fake.day = 4
    done: list[Receipt] = []
    with pytest.raises(RetryLater, match="in a day"):
        collect(rig, creating(*(f"n{n}" for n in range(50))), done)
    assert {r.outcome for r in done} == {Outcome.DONE}
    assert len(done) == len(rig.contacts.rows) == 20, "account and properties are asked for, then two batches go"
    asked = rig.fake.received
    with pytest.raises(RetryLater, match="in a day"):
        rig.open().describe("contacts")
    assert rig.fake.received == asked, "somebody of the same run asked again"
    assert sum(rig.gate.waits) == 0


def test_the_published_rates_are_never_exceeded() -> None:
    clock = VirtualClock()
    fake = HubSpotFake(clock.now)
    with fake:
        for n in range(1_200):
            fake.objects["contacts"].create({"lastname": f"n{n}"})
        gate = RunGate(clock=clock)
        facts = {"contacts": TableFacts(NAMES, None, "offbook_id")}
        options = SPEC.options.model_validate({"token": fake.token, "base_url": fake.base, "page": 10, "batch": 5})
        first, second = (SPEC.connect(options, Context(gate, MemoryVault(), facts)) for _ in range(2))
        records, end = pulled(first)
        assert len(records) == 1_200
        assert end.cursor is not None
        list(second.find("contacts", [f"n{n}" for n in range(600)], NAMES, "lastname"))
        changes = [updating(r.key, f"u{n}", firstname="new") for n, r in enumerate(records[:600])]
        assert set(outcomes(list(second.write("contacts", changes)))) == {Outcome.DONE}
    assert fake.refused == 0
    waited = clock.monotonic()
    assert waited < 1.3 * (fake.received / 100) * 10.5, "slower than the rate allows"


@pytest.mark.parametrize(
    ("status", "headers", "body", "fate", "wait"),
    [
        (429, {"retry-after": "7"}, b'{"policyName":"TEN_SECONDLY_ROLLING"}', Fate.LATER, 7.0),
        (429, {"retry-after": "5000"}, b'{"policyName":"SECONDLY"}', Fate.LATER, 5.0),
        (429, {}, b'{"policyName":"SECONDLY"}', Fate.LATER, 1.0),
        (429, {}, b'{"policyName":"TEN_SECONDLY_ROLLING"}', Fate.LATER, 10.0),
        (200, {}, b'{"status":"error","category":"VALIDATION_ERROR","message":"no"}', Fate.REJECTED, None),
        (200, {}, b"<html></html>", Fate.BROKEN, None),
        (404, {}, b"<html></html>", Fate.GONE, None),
        (503, {}, b"{}", Fate.BROKEN, None),
        (502, {}, b"<html></html>", Fate.BROKEN, None),
        (401, {}, b'{"category":"INVALID_AUTHENTICATION"}', Fate.AUTH, None),
        (403, {}, b'{"category":"MISSING_SCOPES"}', Fate.FORBIDDEN, None),
        (409, {}, b'{"category":"CONFLICT"}', Fate.REJECTED, None),
        (207, {}, b'{"status":"COMPLETE","results":[],"errors":[{}]}', Fate.FINE, None),
        (204, {}, b"", Fate.FINE, None),
    ],
)
def test_the_error_table(status: int, headers: Mapping[str, str], body: bytes, fate: Fate, wait: float | None) -> None:
    found = judge(Answer(status, headers, body))
    assert (found.fate, found.wait) == (fate, wait)


# ------------------------------------------------------------------------------ values


def test_properties_are_described_as_what_they_hold(rig: HubSpotRig) -> None:
    fields = {field.id: field for field in rig.open().describe("contacts").fields}
    kinds = {
        name: fields[name].kind for name in ("lastname", "score", "date_of_birth", "last_seen", "newsletter_consent")
    }
    assert kinds == dict(zip(kinds, ("text", "number", "date", "datetime", "bool")))
    assert (fields["interests"].kind, fields["interests"].many) == ("choice", True)
    assert fields["interests"].options == (("drill", "Drills"), ("saw", "Saws"))
    assert fields["hubspot_owner_id"].kind == "staff"
    company = fields["associatedcompanyid"]
    assert (company.kind, company.refers, company.own_call, company.on_update) == ("lookup", ("companies",), True, True)
    assert (fields["email"].unique, fields["offbook_id"].unique, fields["jobtitle"].unique) == (True, True, False)
    closed = ("hs_email_optout", "hs_additional_emails", "lastmodifieddate", "hs_searchable_calculated_phone_number")
    assert not any(fields[name].on_update or fields[name].on_create for name in closed)


@pytest.mark.parametrize(
    ("field", "value", "held"),
    [
        ("score", 12, "12"),
        ("score", Decimal("0.10"), "0.10"),
        ("score", Decimal("-12345678901234567.125"), "-12345678901234567.125"),
        ("score", 320102199001011234, "320102199001011234"),
        ("newsletter_consent", True, "true"),
        ("newsletter_consent", False, "false"),
        ("date_of_birth", date(1985, 3, 5), "1985-03-05"),
        ("last_seen", datetime(2026, 3, 1, 9, 30, 0, 250_000, UTC), "2026-03-01T09:30:00.250Z"),
        ("interests", ("drill", "saw"), "drill;saw"),
        ("interests", ("saw",), "saw"),
        ("hubspot_owner_id", LookUp("@staff", "31871817"), "31871817"),
        ("phone", "+86 138 0013 8000", "+86 138 0013 8000"),
    ],
)
def test_values_go_and_come_without_loss(rig: HubSpotRig, field: str, value: Value, held: str) -> None:
    connector = rig.open()
    receipt = alone(connector.write("contacts", creating("x", **{field: value})))
    assert receipt.outcome is Outcome.DONE, receipt
    assert row(rig, "x").values[field] == held
    (shown,) = connector.fetch("contacts", [str(receipt.key)], [field])
    found = shown.fields[field]
    assert found == value or (isinstance(found, LookUp) and isinstance(value, LookUp) and found.key == value.key)
    clearing = Change("u", Op.UPDATE, receipt.key, {field: None}, {field: value})
    cleared = alone(connector.write("contacts", [clearing]))
    assert cleared.outcome is Outcome.DONE
    (empty,) = connector.fetch("contacts", [str(receipt.key)], [field])
    assert empty.fields == {field: None}


@pytest.mark.parametrize(
    ("field", "told", "value"),
    [
        ("date_of_birth", "478828800000", date(1985, 3, 5)),
        ("date_of_birth", "478828800001", Damaged("unreadable", "478828800001")),
        ("last_seen", "1772357400250", datetime(2026, 3, 1, 9, 30, 0, 250_000, UTC)),
        ("score", "1e3", 1000),
        ("score", "many", Damaged("unreadable", "many")),
        ("newsletter_consent", "perhaps", Damaged("unreadable", "perhaps")),
        ("hubspot_owner_id", "", None),
    ],
)
def test_older_and_odd_forms_of_values_are_read(rig: HubSpotRig, field: str, told: str, value: Value) -> None:
    key = rig.add({"lastname": "x"})
    rig.contacts.rows[key].values[field] = told
    (shown,) = rig.open().fetch("contacts", [key], [field])
    assert shown.fields[field] == value


def test_owners_are_staff_by_id_with_their_names_where_those_may_be_read(rig: HubSpotRig) -> None:
    key, owner = rig.add({"lastname": "x", "hubspot_owner_id": "31871817"}), next(iter(OWNERS))
    (shown,) = rig.open().fetch("contacts", [key], ["hubspot_owner_id"])
    assert shown.fields["hubspot_owner_id"] == LookUp("@staff", owner, "Fang Wang")
    rig.fake.scopes.discard("crm.objects.owners.read")
    (shown,) = rig.open().fetch("contacts", [key], ["hubspot_owner_id"])
    assert shown.fields["hubspot_owner_id"] == LookUp("@staff", owner, "")


def test_what_hubspot_stores_otherwise_is_what_the_next_reading_shows(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x", "lifecyclestage": "customer"})
    change = updating(key, lifecyclestage="lead", email="Zhang@Example.COM")
    assert alone(rig.open().write("contacts", [change])).outcome is Outcome.DONE
    (shown,) = rig.open().fetch("contacts", [key], ["lifecyclestage", "email"])
    assert shown.fields == {"lifecyclestage": "customer", "email": "zhang@example.com"}


# ------------------------------------------------------------------------------ the company of a contact


def firm(key: str) -> LookUp:
    return LookUp("companies", key)


def test_a_contact_is_created_with_its_company_moved_and_taken_out(rig: HubSpotRig) -> None:
    other = rig.fake.objects["companies"].create({"name": "天合"}).id
    connector = rig.open()
    made = alone(connector.write("contacts", creating("x", associatedcompanyid=firm(rig.company))))
    assert (made.outcome, dict(made.apart)) == (Outcome.DONE, {})
    key = str(made.key)
    assert row(rig, "x").values["associatedcompanyid"] == rig.company
    moved = alone(connector.write("contacts", [updating(key, firstname="new", associatedcompanyid=firm(other))]))
    assert (moved.outcome, dict(moved.apart)) == (Outcome.DONE, {})
    assert row(rig, "x").values["associatedcompanyid"] == other
    assert set(rig.fake.links.held[key]) == {rig.company, other}, "the company before stays one of its companies"
    out = alone(connector.write("contacts", [updating(key, associatedcompanyid=None)]))
    assert (out.outcome, dict(out.apart)) == (Outcome.DONE, {})
    assert row(rig, "x").values["associatedcompanyid"] is None
    assert set(rig.fake.links.held[key]) == {rig.company}
    (shown,) = connector.fetch("contacts", [key], ["associatedcompanyid"])
    assert shown.fields == {"associatedcompanyid": None}


def test_another_company_is_another_version_even_where_no_time_moves(rig: HubSpotRig) -> None:
    key = rig.add({"lastname": "x", "associatedcompanyid": firm(rig.company)})
    (before,) = rig.open().fetch("contacts", [key], NAMES)
    rig.contacts.rows[key].values["associatedcompanyid"] = "99"
    (after,) = rig.open().fetch("contacts", [key], NAMES)
    assert before.modified == after.modified
    assert before.version != after.version


def test_a_hundred_contacts_get_their_companies_in_one_request_and_a_wrong_one_spoils_only_its_own(
    rig: HubSpotRig,
) -> None:
    changes = creating(*(f"n{n}" for n in range(40)), associatedcompanyid=firm(rig.company))
    for n in (7, 23):
        changes[n] = Change(
            f"c{n}", Op.CREATE, after={"lastname": f"n{n}", "associatedcompanyid": firm("99")}, token=f"{n:015d}"
        )
    receipts = {r.change: r for r in rig.open().write("contacts", changes)}
    assert {r.outcome for r in receipts.values()} == {Outcome.DONE}
    wrong = {name: r.apart["associatedcompanyid"][0] for name, r in receipts.items() if r.apart}
    assert wrong == {"c7": Outcome.REJECTED, "c23": Outcome.REJECTED}
    linked = [one for one in rig.contacts.rows.values() if one.values.get("associatedcompanyid") == rig.company]
    assert len(linked) == 38
    assert rig.fake.count("POST", r"/associations/2026-03/contacts/companies/batch/create$") == 3


def test_records_that_were_written_are_told_where_their_companies_could_not_be(rig: HubSpotRig) -> None:
    rig.gate.stop_after = rig.gate.entered + 3  # account, properties, the record
    receipts: list[Receipt] = []
    with pytest.raises(Stopped):
        collect(rig, creating("x", associatedcompanyid=firm(rig.company)), receipts)
    assert [(r.outcome, r.apart["associatedcompanyid"][0]) for r in receipts] == [(Outcome.DONE, Outcome.DEFERRED)]


# ------------------------------------------------------------------------------ check


def test_check_names_the_scopes_that_are_missing(rig: HubSpotRig) -> None:
    assert rig.open().check() == []
    for scope in ("crm.objects.contacts.write", "crm.objects.owners.read"):
        rig.fake.scopes.discard(scope)
    assert {(f.level, f.code) for f in rig.open().check()} == {("note", "rights"), ("note", "owners")}
    rig.fake.scopes.discard("crm.schemas.contacts.read")
    (error,) = [f for f in rig.open().check() if f.level == "error"]
    assert "crm.schemas.contacts.read" in error.text
    options = SPEC.options.model_validate({"token": "pat-wrong", "base_url": rig.fake.base})
    (error,) = SPEC.connect(options, Context(rig.gate, rig.vault, {"contacts": rig.facts})).check()
    assert (error.level, error.code) == ("error", "open")


def test_check_names_properties_that_are_missing_and_ids_that_are_not_unique(rig: HubSpotRig) -> None:
    rig.facts = TableFacts((*NAMES, "no_such"), None, "jobtitle")
    found = {(f.level, f.code): f.text for f in rig.open().check()}
    assert set(found) == {("error", "field"), ("warning", "token")}
    assert "no_such" in found["error", "field"]
    assert rig.open().describe("contacts").can.repeat is Repeat.FIND
    rig.facts = TableFacts(NAMES, None, "nowhere")
    with pytest.raises(SourceRefused, match="nowhere"):
        list(rig.open().write("contacts", creating("x")))
    assert not rig.contacts.rows


def test_the_token_is_in_nothing_that_is_said(rig: HubSpotRig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        connector = rig.open()
        connector.check()
        pulled(connector)
    assert rig.fake.token not in caplog.text + repr(connector)


def test_a_window_of_edits_within_the_overlap_is_not_said_again_and_again(rig: HubSpotRig) -> None:
    rig.fill(250)
    _, end = pulled(rig.open())
    first, end = pulled(rig.open(), end.cursor)
    second, end = pulled(rig.open(), end.cursor)
    assert (len(first), second) == (250, [])
    rig.gate.wait(timedelta(hours=1).total_seconds())
    third, _ = pulled(rig.open(), end.cursor)
    assert third == []
