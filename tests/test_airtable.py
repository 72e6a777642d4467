"""What is special about Airtable: refused batches, lost answers, listings that are forgotten, rates, rights, types?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from connectors.airtable import Airtable, Options
from connectors.contract import (
    AuthError,
    Change,
    Context,
    CursorExpired,
    LookUp,
    Op,
    Outcome,
    Query,
    Receipt,
    RetryLater,
    SourceError,
    SourceRefused,
    Stopped,
)
from connectors.gate import RunGate, VirtualClock
from connectors.shared.airtable.wire import judge
from connectors.shared.web.answers import Answer, Fate
from sandbox.airtable import Airtable as Fake
from sandbox.airtable import error
from sandbox.server import Trouble
from tests.airtable_rig import TOKEN, AirtableRig
from tests.contract_help import create, pull, update, write, write_one
from tests.contract_write import collect

RECORDS = r"^/v0/app\w+/tbl\w+$"


@pytest.fixture
def rig() -> Iterator[AirtableRig]:
    rig = AirtableRig()
    yield rig
    rig.close()


def creates(rig: AirtableRig, count: int) -> list[Change]:
    return [create(rig, f"new {n}") for n in range(count)]


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


# ------------------------------------------------------------------------------ batches


def test_ten_changes_are_one_request(rig: AirtableRig) -> None:
    assert outcomes(write(rig, *creates(rig, 23))) == [Outcome.DONE] * 23
    assert rig.fake.count("PATCH") == 3


def test_a_refused_batch_is_halved_until_the_culprit_is_alone(rig: AirtableRig) -> None:
    changes = creates(rig, 10)
    field, value = rig.bad()
    changes[6] = create(rig, "bad", {field: value})
    found = {receipt.change: receipt for receipt in write(rig, *changes)}
    assert [found[c.id].outcome for c in changes] == [Outcome.DONE] * 6 + [Outcome.REJECTED] + [Outcome.DONE] * 3
    assert list(found[changes[6].id].apart) == [field]
    assert len(rig.rows()) == 9
    assert rig.fake.count("PATCH") <= 9


def test_a_link_to_nobody_is_named_though_the_answer_names_no_field(rig: AirtableRig) -> None:
    company = rig.id("Company")
    changes = [create(rig, "a", {company: rig.link()}), create(rig, "b", {company: LookUp(rig.companies.id, "recX")})]
    good, bad = write(rig, *changes)
    assert (good.outcome, bad.outcome, list(bad.apart)) == (Outcome.DONE, Outcome.REJECTED, [company])


def test_a_system_that_is_down_after_the_first_request_ends_the_write(rig: AirtableRig) -> None:
    for number in range(35):
        rig.add({rig.text[0]: f"r{number}", rig.text[1]: "old"})
    changes = [update(record, {rig.text[1]: "new"}) for record in pull(rig).live]
    rig.break_whole_write()
    receipts: list[Receipt] = []
    with pytest.raises(SourceError):
        collect(rig, changes, receipts)
    assert outcomes(receipts) == [Outcome.DONE] * 10 + [Outcome.UNKNOWN] * 20
    assert sum(row[rig.text[1]] == "new" for row in rig.rows()) == 10


# ------------------------------------------------------------------------------ lost answers


def test_a_lost_create_is_found_and_nothing_is_written_over(rig: AirtableRig) -> None:
    rig.lose_answer(Op.CREATE)
    receipts = write(rig, *creates(rig, 10))
    assert outcomes(receipts) == [Outcome.DONE] * 10
    assert {r.key for r in receipts} == set(rig.sheet.records)
    assert rig.fake.count("PATCH") == 1, "what had landed was sent again"


def test_a_create_that_never_arrived_is_sent_again(rig: AirtableRig) -> None:
    rig.fake.order(Trouble.DROPPED, "PATCH", RECORDS)
    assert outcomes(write(rig, *creates(rig, 3))) == [Outcome.DONE] * 3
    assert len(rig.rows()) == 3


def test_a_create_whose_answers_are_always_lost_is_in_doubt(rig: AirtableRig) -> None:
    rig.fake.order(Trouble.DROPPED, "PATCH", RECORDS, times=20)
    receipts: list[Receipt] = []
    with pytest.raises(RetryLater):
        collect(rig, creates(rig, 2), receipts)
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 2
    assert rig.fake.count("PATCH") == 3


def test_a_stop_while_a_lost_create_is_looked_for_leaves_it_in_doubt(rig: AirtableRig) -> None:
    changes, before = creates(rig, 2), rig.gate.entered
    rig.open().describe(rig.table)
    described = rig.gate.entered - before
    rig.lose_answer(Op.CREATE)
    rig.gate.stop_after = rig.gate.entered + described + 1
    receipts: list[Receipt] = []
    with pytest.raises(Stopped):
        collect(rig, changes, receipts)
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 2


def test_an_id_that_people_copied_is_a_duplicate_without_a_key(rig: AirtableRig) -> None:
    change = create(rig, "x")
    write(rig, change)
    copied = dict(next(iter(rig.sheet.records.values())).cells)
    rig.fake.add(rig.sheet, copied)
    receipt = write_one(rig, change)
    assert (receipt.outcome, receipt.key) == (Outcome.DUPLICATE, None)
    assert len(rig.rows()) == 2


def test_without_a_field_for_our_id_a_lost_create_is_sent_once() -> None:
    rig = AirtableRig("")
    rig.lose_answer(Op.CREATE)
    assert outcomes(write(rig, *creates(rig, 2))) == [Outcome.UNKNOWN] * 2
    assert len(rig.rows()) == 2
    rig.close()


def test_a_service_that_was_unavailable_may_have_done_it() -> None:
    answer = Answer(503, {}, json.dumps({"error": {"type": "RETRIABLE_ERROR"}}).encode())
    assert judge(answer).fate is Fate.BROKEN


# ------------------------------------------------------------------------------ rates


def test_after_a_429_everybody_is_silent_for_thirty_seconds_and_nothing_is_lost(rig: AirtableRig) -> None:
    rig.fake.order(Trouble.TOO_FAST_MUTE, "PATCH", RECORDS, times=3)
    assert outcomes(write(rig, *creates(rig, 25))) == [Outcome.DONE] * 25
    assert len(rig.rows()) == 25
    assert {seconds for _, seconds in rig.gate.pauses} == {30.0}


def test_a_month_that_is_used_up_waits_for_another_run(rig: AirtableRig, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = rig.open()
    connector.describe(rig.table)
    monkeypatch.setattr(rig.fake, "allow", lambda call: error(429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED"))
    assert outcomes(list(connector.write(rig.table, creates(rig, 2)))) == [Outcome.DEFERRED] * 2
    assert rig.fake.count("PATCH") == 1


def test_the_published_rate_is_used_and_never_exceeded(rig: AirtableRig) -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    rig.fake.now, rig.fake.rates = clock.now, Fake.rates
    options = Options.model_validate(rig.options())
    connector = Airtable(options, Context(gate, rig.vault, {rig.table: rig.facts}))
    rig.fill(4000)
    list(connector.pull(Query(rig.table, rig.facts.fields)))
    list(connector.write(rig.table, creates(rig, 400)))
    assert rig.fake.refused == 0
    assert rig.fake.received / 5 - 1 <= clock.monotonic() <= rig.fake.received / 5 / 0.95 + 1


# ------------------------------------------------------------------------------ listings


def test_a_listing_that_was_forgotten_starts_again(rig: AirtableRig) -> None:
    rig.fill(250)
    pages = rig.open().pull(Query(rig.table, rig.facts.fields))
    first = next(pages)
    rig.fake.expire()
    rest = list(pages)
    assert rest[-1].end is not None
    assert rest[-1].end.complete
    assert len({r.key for page in rest for r in page.records}) == 250
    assert len(first.records) == 100


def test_a_listing_forgotten_between_two_processes_starts_again(rig: AirtableRig) -> None:
    rig.fill(250)
    first = next(iter(rig.open().pull(Query(rig.table, rig.facts.fields))))
    rig.fake.expire()
    assert len({r.key for r in pull(rig, resume=first.resume).records}) == 250


def test_a_listing_that_is_always_forgotten_is_tried_another_time(
    rig: AirtableRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.fill(250)
    monkeypatch.setattr(rig.fake, "_kept", lambda keys, start, ask: "itrGone/100")
    with pytest.raises(RetryLater):
        pull(rig)


def test_changes_alone_are_asked_for(rig: AirtableRig) -> None:
    rig.fill(150)
    cursor = pull(rig).cursor
    rig.gate.wait(1000.0)
    key = rig.add({rig.text[0]: "young"})
    rig.gate.wait(1000.0)
    cursor = pull(rig, since=cursor).cursor
    rig.edit(key, {rig.text[1]: "edited"})
    changed = pull(rig, since=cursor)
    assert [record.key for record in changed.records] == [key]
    assert not changed.end.full


def test_a_page_to_go_on_from_is_bound_to_its_fields(rig: AirtableRig) -> None:
    rig.fill(150)
    first = next(iter(rig.open().pull(Query(rig.table, rig.facts.fields))))
    with pytest.raises(CursorExpired):
        pull(rig, fields=rig.text[:1], resume=first.resume)
    with pytest.raises(CursorExpired):
        pull(rig, resume="not ours")


def test_what_left_the_view_is_still_there_by_its_key(rig: AirtableRig) -> None:
    keys = [rig.add({rig.text[0]: text}) for text in "xy"]
    other = rig.other_scope()
    assert [r.key for r in pull(rig, other).records] == keys[1:]
    assert [r.key for r in other.fetch(rig.table, keys, rig.text)] == keys


def test_a_search_too_long_for_an_address_goes_as_a_body(rig: AirtableRig) -> None:
    values = [f'{n} {"长" * 200} it\'s "quoted" \\ and\nbroken' for n in range(40)]
    for value in values[::2]:
        rig.add({rig.text[1]: value})
    found = list(rig.open().find(rig.table, values, rig.text, rig.text[1]))
    assert sorted(value for value, _ in found) == sorted(values[::2])
    assert rig.fake.count("POST", "/listRecords$") == 1


def test_a_token_that_ends_in_the_middle_stops_the_source(rig: AirtableRig) -> None:
    rig.fill(150)
    connector = rig.open()
    pages = connector.pull(Query(rig.table, rig.facts.fields))
    next(pages)
    rig.fake.token = "patAnother"
    with pytest.raises(AuthError) as told:
        list(pages)
    assert TOKEN not in str(told.value)


def test_a_token_that_ends_between_two_batches_leaves_receipts_of_the_first(rig: AirtableRig) -> None:
    answers = rig.open().write(rig.table, creates(rig, 15))
    receipts = [next(answers) for _ in range(10)]
    rig.fake.token = "patAnother"
    with pytest.raises(AuthError):
        next(answers)
    assert outcomes(receipts) == [Outcome.DONE] * 10
    assert len(rig.rows()) == 10


# ------------------------------------------------------------------------------ check


def levels(rig: AirtableRig) -> list[tuple[str, str]]:
    return [(finding.level, finding.code) for finding in rig.open().check()]


def test_check_names_the_scope_that_is_missing(rig: AirtableRig) -> None:
    assert levels(rig) == []
    rig.fake.scopes = ["data.records:read", "schema.bases:read"]
    assert levels(rig) == [("note", "rights")]
    rig.fake.scopes = ["schema.bases:read"]
    assert "data.records:read" in rig.open().check()[0].text
    rig.fake.scopes = []
    (found,) = rig.open().check()
    assert (found.level, "schema.bases:read" in found.text) == ("error", True)


def test_who_may_only_read_gets_a_table_that_is_only_read(rig: AirtableRig) -> None:
    rig._base.level = "read"
    assert rig.open().describe(rig.table).can.ops == frozenset()
    assert levels(rig) == [("note", "rights")]
    with pytest.raises(SourceRefused):
        write(rig, create(rig, "x"))


def test_names_are_answered_with_the_id_to_write(rig: AirtableRig) -> None:
    with pytest.raises(SourceRefused, match=rig.table):
        rig.open().describe("Customers")
    rig.sheet.fields[0]["id"] = "fldRenamed00000001"
    errors = [finding.text for finding in rig.open().check() if finding.level == "error"]
    assert errors == [f"`{rig.table}` has no field {rig.text[0]} that this token sees"]


def test_an_id_that_no_upsert_goes_by_is_a_warning() -> None:
    rig = AirtableRig("phoneNumber")
    assert levels(rig) == [("warning", "token")]
    rig.close()
