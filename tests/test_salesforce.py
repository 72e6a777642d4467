"""What is special about Salesforce's reading: SOQL pages and locators, Bulk queries, the recycle bin, merges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import (
    Connector,
    CursorExpired,
    LookUp,
    Query,
    Record,
    RetryLater,
    SourceRefused,
    State,
)
from connectors.shared.salesforce.records import quoted, whole_id
from sandbox.salesforce_org import id18
from sandbox.salesforce_soql import parsed
from tests.salesforce_rig import PERSON, SalesforceRig

NAMES = ("LastName", "FirstName")


@pytest.fixture
def rig() -> Iterator[SalesforceRig]:
    made = SalesforceRig(together=True)
    yield made
    made.close()


def listed(connector: Connector, fields: tuple[str, ...] = NAMES, since: str | None = None) -> list[Record]:
    return [record for page in connector.pull(Query("Contact", fields, since)) for record in page.records]


def cursor(connector: Connector, fields: tuple[str, ...] = NAMES) -> str:
    *_, last = connector.pull(Query("Contact", fields))
    assert last.end is not None
    assert last.end.cursor is not None, last.end.why
    return last.end.cursor


# ------------------------------------------------------------------------------ pages


def test_a_page_that_comes_in_parts_is_followed(rig: SalesforceRig) -> None:
    rig.fill(410)
    rig.fake.part = 70
    found = listed(rig.open())
    assert sorted(record.key for record in found) == sorted(rig.contacts.rows)
    assert rig.fake.count("GET", r"/query/0r8") == 4


def test_a_locator_that_died_is_asked_anew_from_the_last_record(rig: SalesforceRig) -> None:
    rig.fill(410)
    rig.fake.part = 70
    pages = rig.open().pull(Query("Contact", NAMES))
    first = next(pages)
    rig.fake._rest.clear()
    rest = list(pages)
    keys = [record.key for page in (first, *rest) for record in page.records]
    assert sorted(keys) == sorted(rig.contacts.rows)
    assert rest[-1].end is not None
    assert rest[-1].end.complete


def test_what_a_person_deletes_meanwhile_leaves_the_rest_complete(rig: SalesforceRig) -> None:
    rig.fill(410)
    keys = list(rig.contacts.rows)
    pages = rig.open().pull(Query("Contact", NAMES))
    first = next(pages)
    for key in (keys[0], keys[300]):
        rig.remove(key)
    rest = list(pages)
    assert {r.key for page in (first, *rest) for r in page.records} == set(keys) - {keys[300]}
    assert rest[-1].end is not None
    assert rest[-1].end.complete


def test_what_only_the_system_touched_arrives_without_a_new_edit_time(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "x"})
    connector = rig.open()
    (before,) = listed(connector)
    mark = cursor(connector)
    rig.pass_time(600)
    rig.contacts.touch(key)
    (after,) = listed(connector, since=mark)
    assert after.modified == before.modified
    assert after.version != before.version


def test_a_clock_of_ours_that_is_ahead_hides_nothing(rig: SalesforceRig) -> None:
    rig.pass_time(-1000)
    connector = rig.open()
    mark = cursor(connector)
    key = rig.add({"LastName": "x"})
    assert [record.key for record in listed(connector, since=mark)] == [key]


def test_a_cursor_older_than_the_recycle_bin_is_given_up(rig: SalesforceRig) -> None:
    rig.add({"LastName": "x"})
    mark = cursor(rig.open())
    rig.gate._passed = timedelta(days=16).total_seconds()
    rig.gate.limit(3600)
    with pytest.raises(CursorExpired, match="in full"):
        listed(rig.open(), since=mark)


def test_what_sharing_hides_is_not_called_deleted(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "x"})
    rig.fake.blind.add("Contact")
    assert listed(rig.open()) == []
    assert list(rig.open().fetch("Contact", [key], NAMES)) == []


# ------------------------------------------------------------------------------ the recycle bin, merges


def test_ends_and_merges_come_with_the_changes(rig: SalesforceRig) -> None:
    gone, loser, winner = (rig.add({"LastName": name}) for name in ("gone", "loser", "winner"))
    connector = rig.open()
    mark = cursor(connector)
    rig.pass_time(600)
    rig.remove(gone)
    rig.merge(loser, winner)
    found = {record.key: (record.state, record.into) for record in listed(connector, since=mark)}
    moved = {gone: (State.DELETED, None), loser: (State.MOVED, winner), winner: (State.LIVE, None)}
    assert found == moved
    assert {one.key: (one.state, one.into) for one in connector.fetch("Contact", list(moved), NAMES)} == moved


def test_what_left_the_recycle_bin_cannot_be_told(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "x"})
    rig.contacts.purge(key)
    assert list(rig.open().fetch("Contact", [key], NAMES)) == []


def test_a_converted_lead_is_locked(rig: SalesforceRig) -> None:
    leads = rig.fake.objects["Lead"]
    for name in ("open", "converted"):
        leads.insert({"LastName": name, "Company": "x"}, PERSON, rig.fake.objects)
    next(row for row in leads.rows.values() if row["LastName"] == "converted")["IsConverted"] = True
    pages = rig.open().pull(Query("Lead", ("LastName",)))
    locked = {r.fields["LastName"]: r.locked for page in pages for r in page.records}
    assert locked == {"open": frozenset(), "converted": frozenset("*")}


# ------------------------------------------------------------------------------ Bulk queries

_TEXTS = ('say "so", twice', "two\nlines", "cr\r\nlf", "=1+1", "007", "张三 😀", "#N/A", "null", "a,b;c", "'", "\\")
_ALL = (
    "LastName",
    "Description",
    "Score__c",
    "HasOptedOutOfEmail",
    "Birthdate",
    "Last_Seen__c",
    "Interests__c",
    "Email",
)


def test_above_two_thousand_a_job_reads_the_rest_just_as_pages_would(rig: SalesforceRig) -> None:
    rig.fill(2_300)
    for n, (key, text) in enumerate(zip(list(rig.contacts.rows)[-len(_TEXTS) :], _TEXTS)):
        more = {"Description": text, "Score__c": Decimal("12.50"), "HasOptedOutOfEmail": n % 2 == 0}
        rig.contacts.rows[key].update(more, Birthdate="1985-03-05", Interests__c="Tea;Go")
        rig.contacts.rows[key]["Last_Seen__c"] = "2026-02-01T09:30:00.000+0000"
    in_bulk = {record.key: record for record in listed(rig.open(), _ALL)}
    assert rig.fake.count("POST", "/jobs/query$") == 1
    assert rig.fake.count("GET", r"/results$") == 3, "a thousand at a time"
    rig.more["bulk"] = 0
    by_pages = {record.key: record for record in listed(rig.open(), _ALL)}
    assert rig.fake.count("POST", "/jobs/query$") == 1
    assert in_bulk == by_pages
    assert {record.fields["Description"] for record in in_bulk.values()} == {None, *_TEXTS}


def test_a_job_that_reads_goes_on_in_a_new_object(rig: SalesforceRig) -> None:
    rig.fill(4_300)
    pages = rig.open().pull(Query("Contact", NAMES))
    first, second = next(pages), next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert second.resume is not None
    assert second.end is None
    rest = list(rig.open().pull(Query("Contact", NAMES, resume=second.resume)))
    keys = [r.key for page in (first, second, *rest) for r in page.records]
    assert sorted(keys) == sorted(rig.contacts.rows)
    assert rest[-1].end is not None
    assert rest[-1].end.complete
    assert rig.fake.count("POST", "/jobs/query$") == 1


def test_a_job_whose_results_are_gone_means_reading_anew(rig: SalesforceRig) -> None:
    rig.fill(4_300)
    pages = rig.open().pull(Query("Contact", NAMES))
    next(pages)
    second = next(pages)
    rig.fake.jobs.jobs.clear()
    with pytest.raises(CursorExpired, match="read anew"):
        list(rig.open().pull(Query("Contact", NAMES, resume=second.resume)))


def test_a_result_that_lacks_a_record_is_not_complete(rig: SalesforceRig) -> None:
    rig.fill(2_300)
    rig.fake.jobs.short = True
    *_, last = rig.open().pull(Query("Contact", NAMES))
    assert last.end is not None
    assert (last.end.complete, last.end.cursor) == (False, None)
    assert "fewer" in last.end.why


def test_where_jobs_are_refused_or_cannot_read_a_field_pages_do(rig: SalesforceRig) -> None:
    rig.fill(2_300)
    rig.fake.jobs.refuses = True
    assert len(listed(rig.open())) == 2_300
    rig.fake.jobs.refuses = False
    assert len(listed(rig.open(), (*NAMES, "MailingAddress"))) == 2_300
    assert not rig.fake.jobs.jobs


def test_a_job_that_outlasts_the_run_is_left_for_another(rig: SalesforceRig) -> None:
    rig.fill(2_300)
    rig.fake.jobs.takes = 10_000.0
    rig.gate.limit(120)
    with pytest.raises(RetryLater, match="Bulk job"):
        listed(rig.open())


def test_thousands_of_changes_come_in_bulk_with_the_ends(rig: SalesforceRig) -> None:
    rig.fill(2_400)
    connector = rig.open()
    mark = cursor(connector)
    rig.pass_time(600)
    for n, key in enumerate(list(rig.contacts.rows)):
        if n % 100:
            rig.contacts.update(key, {"FirstName": "new"}, PERSON, rig.fake.objects)
        else:
            rig.contacts.delete(key, PERSON)
    found = listed(connector, since=mark)
    assert len({record.key for record in found}) == len(found) == 2_400
    assert sum(record.state is State.DELETED for record in found) == 24
    assert rig.fake.count("POST", "/jobs/query$") == 2


# ------------------------------------------------------------------------------ fields, look-ups, people


def test_a_look_up_to_several_objects_is_told_by_its_id(rig: SalesforceRig) -> None:
    objects = rig.fake.objects
    lead = objects["Lead"].insert({"LastName": "x", "Company": "y"}, PERSON, objects)
    contact = rig.add({"LastName": "z"})
    for key in (lead, contact):
        objects["Task"].insert({"Subject": "call", "WhoId": key}, PERSON, objects)
    pages = rig.open().pull(Query("Task", ("WhoId",)))
    assert [r.fields["WhoId"] for page in pages for r in page.records] == [
        LookUp("Lead", lead),
        LookUp("Contact", contact),
    ]


def test_describe_tells_what_may_be_written_and_who_may_own(rig: SalesforceRig) -> None:
    fields = {field.id: field for field in rig.open().describe("Contact").fields}
    assert (fields["Name"].on_create, fields["Name"].on_update) == (False, False)
    assert (fields["MailingAddress"].kind, fields["MailingAddress"].on_update) == ("other", False)
    assert (fields["LastName"].required, fields["LastName"].clearable) == (True, False)
    assert (fields["AccountId"].kind, fields["AccountId"].refers) == ("lookup", ("Account",))
    assert fields["OwnerId"].kind == "staff"
    assert (PERSON, "王芳 <wangfang@example.cn>") in fields["OwnerId"].options
    assert [option for option, _ in fields["Interests__c"].options] == ["Tea", "Coffee", "Go"]
    assert not fields["Description"].findable
    assert fields["MobilePhone"].max_length == 40


def test_who_may_not_see_users_still_reads_customers(rig: SalesforceRig) -> None:
    rig.fake.denied.add("User")
    described = rig.open().describe("Contact")
    assert all(field.options == () for field in described.fields if field.kind == "staff")


def test_a_hidden_field_is_missing_and_not_empty(rig: SalesforceRig) -> None:
    rig.add({"LastName": "x", "FirstName": "secret"})
    rig.hide("FirstName")
    pages = list(rig.open().pull(Query("Contact", NAMES)))
    assert pages[-1].end is not None
    assert pages[-1].end.visible == {"LastName"}
    assert [set(record.fields) for page in pages for record in page.records] == [{"LastName"}]


def test_a_field_that_is_hidden_in_the_middle_stops_the_pull(rig: SalesforceRig) -> None:
    rig.fill(410)
    pages = rig.open().pull(Query("Contact", NAMES))
    next(pages)
    rig.hide("FirstName")
    with pytest.raises(SourceRefused):
        list(pages)


# ------------------------------------------------------------------------------ SOQL


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_breaks_out_of_a_query(text: str) -> None:
    query = parsed(f"SELECT Id FROM Contact WHERE LastName IN ({quoted(text)}, 'other')", lambda _: _TYPES)
    assert query.test({"LastName": text})
    assert query.test({"LastName": f"{text}x"}) is (f"{text}x".casefold() == "other")


_TYPES = {"Id": "id", "LastName": "string"}


def test_searching_takes_quotes_as_they_are_and_only_the_same(rig: SalesforceRig) -> None:
    names = ["O'Brien", "back\\slash", "张三", "' OR Id != '", "o'brien"]
    for name in names:
        rig.add({"LastName": name})
    found = list(rig.open().find("Contact", names[:4], NAMES, "LastName"))
    assert sorted(value for value, _ in found) == sorted(names[:4])


def test_many_long_values_are_searched_in_several_addresses(rig: SalesforceRig) -> None:
    names = [f"{n:03d}{'张' * 70}" for n in range(60)]
    for name in names:
        rig.add({"LastName": name})
    assert sorted(value for value, _ in rig.open().find("Contact", names, NAMES, "LastName")) == names
    longest = max(len(call.arg("q").encode()) * 3 for call in rig.fake.calls if call.path.endswith("/query"))
    assert longest < 3 * 16_384


def test_an_id_that_salesforce_shows_as_an_example_is_made_whole() -> None:
    assert whole_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"


@given(st.integers(min_value=0, max_value=62**8 - 1))
def test_fifteen_letters_of_an_id_are_made_whole(number: int) -> None:
    key = id18("003", number)
    assert whole_id(key[:15]) == key
    assert whole_id(key) == key
