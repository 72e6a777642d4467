"""What is special about writing to Salesforce: conditions by 25, collections by 200, external ids, locks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.contract import (
    Change,
    Check,
    Context,
    LookUp,
    Op,
    Outcome,
    Receipt,
    RetryLater,
    SourceRefused,
    Stopped,
    TableFacts,
    Value,
)
from connectors.gate import RunGate, VirtualClock
from connectors.salesforce import SPEC
from connectors.vault import MemoryVault
from sandbox.salesforce import SalesforceFake
from sandbox.salesforce_org import errors
from sandbox.server import Reply, Trouble
from tests.salesforce_help import NAMES, collect, creating, held, listed, loosen, outcomes, updating, written
from tests.salesforce_rig import PERSON, SalesforceRig


@pytest.fixture
def rig() -> Iterator[SalesforceRig]:
    made = SalesforceRig(together=True)
    yield made
    made.close()


# ------------------------------------------------------------------------------ how many in a request


def test_creates_and_deletions_go_by_two_hundred_and_updates_by_twenty_five(rig: SalesforceRig) -> None:
    assert set(outcomes(written(rig, creating(*(f"n{n}" for n in range(250)))))) == {Outcome.DONE}
    rig.pass_time()
    assert set(outcomes(written(rig, updating(listed(rig)[:60])))) == {Outcome.DONE}
    assert held(rig, "FirstName").count("new") == 60
    ends = [Change(f"d{one.key}", Op.DELETE, one.key) for one in listed(rig)]
    assert set(outcomes(written(rig, ends))) == {Outcome.DONE}
    assert held(rig) == []
    paths = (("POST", r"/composite/sobjects$"), ("POST", r"/composite$"), ("DELETE", r"/composite/sobjects$"))
    assert [rig.fake.count(*one) for one in paths] == [2, 3, 2]


def test_a_single_update_has_an_address_of_its_own(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "x"})
    assert outcomes(written(rig, updating(listed(rig)))) == [Outcome.DONE]
    (call,) = [one for one in rig.fake.calls if one.method == "PATCH"]
    assert call.path.endswith(f"/sobjects/Contact/{key}")
    assert call.headers["if-unmodified-since"] == "Sun, 01 Mar 2026 00:00:00 GMT"


def test_without_conditions_updates_go_by_two_hundred_and_none_is_declared(rig: SalesforceRig) -> None:
    rig.more["checked"] = 0
    rig.fill(250)
    assert set(outcomes(written(rig, updating(listed(rig))))) == {Outcome.DONE}
    assert rig.fake.count("PATCH", r"/composite/sobjects$") == 2
    can = rig.open().describe("Contact").can
    assert can.checks.get(Op.UPDATE, Check.NONE) is Check.NONE
    assert can.batch[Op.UPDATE] == 200


# ------------------------------------------------------------------------------ what moved meanwhile


def test_one_that_moved_is_refused_alone(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "abc"]
    changes = updating(listed(rig))
    rig.edit(keys[1], {"Description": "theirs"})
    assert outcomes(written(rig, changes)) == [Outcome.DONE, Outcome.CONFLICT, Outcome.DONE]
    assert held(rig, "FirstName") == ["new", None, "new"]


def test_one_that_is_gone_is_a_conflict_and_stops_no_other(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "abc"]
    changes = updating(listed(rig))
    rig.remove(keys[0])
    rig.contacts.purge(keys[1])
    assert outcomes(written(rig, changes)) == [Outcome.CONFLICT, Outcome.CONFLICT, Outcome.DONE]


def test_what_only_the_system_touched_is_written_all_the_same(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "x"})
    changes = updating(listed(rig))
    rig.contacts.touch(key)
    rig.pass_time()
    assert outcomes(written(rig, changes)) == [Outcome.DONE]


def test_a_record_edited_just_now_is_waited_for_and_compared(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "ab"]
    for key in keys:
        rig.contacts.touch(key)
        rig.contacts.rows[key]["LastModifiedDate"] = rig.contacts.stamp()
    records = listed(rig)
    assert [one.version for one in records] == [None, None]
    changes = updating(records)
    rig.contacts.rows[keys[1]]["FirstName"] = "theirs"
    receipts = {one.change: one.outcome for one in written(rig, changes)}
    assert [receipts[one.id] for one in changes] == [Outcome.DONE, Outcome.CONFLICT]
    assert rig.gate.waits == [2.0]


def test_an_edit_while_it_waits_for_the_second_is_seen(rig: SalesforceRig) -> None:
    key = rig.add({"LastName": "a"})
    rig.contacts.rows[key].update(SystemModstamp=rig.contacts.stamp(), LastModifiedDate=rig.contacts.stamp())
    changes = updating(listed(rig))
    wait = rig.gate.wait

    def typed(seconds: float) -> None:
        rig.contacts.rows[key]["FirstName"] = "theirs"
        wait(seconds)

    rig.gate.wait = typed  # type: ignore[method-assign]
    assert outcomes(written(rig, changes)) == [Outcome.CONFLICT]
    assert held(rig, "FirstName") == ["theirs"]


# ------------------------------------------------------------------------------ no create twice


def test_a_lost_create_is_sent_again_under_its_token_and_makes_one(rig: SalesforceRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", r"/composite/sobjects$", times=2)
    receipts = written(rig, creating("a", "b"))
    assert outcomes(receipts) == [Outcome.DUPLICATE] * 2
    assert [one.key for one in receipts] == list(rig.contacts.rows)


def test_a_second_attempt_leaves_what_people_typed_meanwhile(rig: SalesforceRig) -> None:
    (first,) = written(rig, creating("ours"))
    assert first.key is not None
    rig.edit(first.key, {"LastName": "theirs"})
    (again,) = written(rig, creating("ours"))
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, first.key)
    assert held(rig) == ["theirs"]


def test_a_lost_create_without_a_field_for_our_id_is_in_doubt(rig: SalesforceRig) -> None:
    rig.facts = TableFacts(NAMES)
    rig.fake.order(Trouble.LOST, "POST", r"/composite/sobjects$")
    assert outcomes(written(rig, creating("a"))) == [Outcome.UNKNOWN]
    assert (held(rig), rig.fake.count("POST", r"/composite/sobjects$")) == (["a"], 1)


@pytest.mark.parametrize("count", [1, 3])
def test_an_external_id_that_is_not_unique_is_upserted(rig: SalesforceRig, count: int) -> None:
    loosen(rig)
    path = r"/sobjects/Contact/Offbook_ID__c"
    rig.fake.order(Trouble.LOST, "PATCH", path)
    names = [f"n{n}" for n in range(count)]
    receipts = written(rig, creating(*names))
    assert outcomes(receipts) == [Outcome.DUPLICATE] * count
    assert [one.key for one in receipts] == list(rig.contacts.rows)
    fresh = [Change("new", Op.CREATE, after={"LastName": "z"}, token="z" * 15)]
    assert outcomes(written(rig, fresh)) == [Outcome.DONE]
    assert held(rig) == [*names, "z"]


@pytest.mark.parametrize("count", [1, 2])
def test_an_external_id_that_several_bear_already_is_a_duplicate_and_writes_nothing(
    rig: SalesforceRig, count: int
) -> None:
    loosen(rig)
    for _ in range(2):
        rig.add({"LastName": "there", "Offbook_ID__c": f"{0:015d}"})
    receipts = written(rig, creating(*(f"n{n}" for n in range(count))))
    assert outcomes(receipts) == [Outcome.DUPLICATE, *[Outcome.DONE] * (count - 1)]
    assert receipts[0].key is None
    assert held(rig).count("there") == 2


def test_a_lost_update_is_in_doubt_and_what_follows_is_still_sent(rig: SalesforceRig) -> None:
    rig.fill(30)
    changes = updating(listed(rig))
    rig.fake.order(Trouble.LOST, "POST", r"/composite$")
    assert outcomes(written(rig, changes)) == [Outcome.UNKNOWN] * 25 + [Outcome.DONE] * 5
    assert held(rig, "FirstName") == ["new"] * 30


def test_two_lost_answers_in_a_row_end_the_push_and_the_rest_is_not_sent(rig: SalesforceRig) -> None:
    rig.fill(80)
    changes = updating(listed(rig))
    rig.fake.order(Trouble.LOST, "POST", r"/composite$", times=2)
    receipts: list[Receipt] = []
    with pytest.raises(RetryLater):
        collect(rig.open(), changes, receipts)
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 50
    assert held(rig, "FirstName").count("new") == 50


# ------------------------------------------------------------------------------ refusals


def test_a_request_that_is_refused_as_one_is_halved(rig: SalesforceRig) -> None:
    rig.fake.poison = "n4"
    receipts = {one.change: one.outcome for one in written(rig, creating(*(f"n{n}" for n in range(9))))}
    assert [name for name, outcome in receipts.items() if outcome is Outcome.REJECTED] == ["c4"]
    assert sorted(held(rig)) == [f"n{n}" for n in range(9) if n != 4]


def test_each_record_has_a_fate_and_fields_of_its_own(rig: SalesforceRig) -> None:
    changes = creating("a", "b", "c", "d")
    bad: dict[str, Value] = {"LastName": "b", "Email": "no address", "MobilePhone": "1" * 41}
    changes[1] = Change("c1", Op.CREATE, after=bad, token="b" * 15)
    changes[2] = Change("c2", Op.CREATE, after={"FirstName": "nameless"}, token="c" * 15)
    receipts = written(rig, changes)
    assert outcomes(receipts) == [Outcome.DONE, Outcome.REJECTED, Outcome.REJECTED, Outcome.DONE]
    assert [list(one.apart) for one in receipts] == [[], ["Email"], ["LastName"], []]
    assert "no address" not in receipts[1].detail


def test_a_duplicate_in_another_field_is_a_refusal_that_names_it(rig: SalesforceRig) -> None:
    rig.contacts.field("Email")["unique"] = True
    rig.add({"LastName": "first", "Email": "info@example.cn"})
    change = Change("c", Op.CREATE, after={"LastName": "second", "Email": "info@example.cn"}, token="a" * 15)
    (receipt,) = written(rig, [change])
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.REJECTED, ["Email"])
    assert "info@example.cn" not in receipt.detail


def test_what_a_duplicate_rule_stops_is_refused_unless_the_options_allow_it(rig: SalesforceRig) -> None:
    rig.fake.matching = ("Email",)
    rig.add({"LastName": "first", "Email": "info@example.cn"})
    change = Change("c", Op.CREATE, after={"LastName": "second", "Email": "info@example.cn"}, token="a" * 15)
    (receipt,) = written(rig, [change])
    assert (receipt.outcome, receipt.key) == (Outcome.REJECTED, None)
    assert "DUPLICATES_DETECTED" in receipt.detail
    rig.more["duplicates"] = "allow"
    assert outcomes(written(rig, [change])) == [Outcome.DONE]


def test_a_locked_row_is_tried_again_and_holds_up_no_other(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "abc"]
    changes = updating(listed(rig))
    rig.fake.locked = {keys[0]: 1, keys[1]: 99}
    receipts = {one.change: one.outcome for one in written(rig, changes)}
    assert [receipts[one.id] for one in changes] == [Outcome.DONE, Outcome.DEFERRED, Outcome.DONE]
    assert rig.gate.waits == [1.0, 2.0]


@pytest.mark.parametrize("count", [1, 3])
def test_a_record_that_is_only_shared_to_be_read_is_refused_alone(rig: SalesforceRig, count: int) -> None:
    keys = [rig.add({"LastName": name}) for name in "abc"[:count]]
    changes = updating(listed(rig))
    rig.fake.readonly.add(keys[0])
    assert outcomes(written(rig, changes)) == [Outcome.REJECTED, *[Outcome.DONE] * (count - 1)]


def test_an_object_that_may_not_be_written_any_more_stops_the_push(
    rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = rig.open()
    connector.describe("Contact")
    monkeypatch.setattr(rig.fake, "too_fast", lambda wait: errors(403, "API_DISABLED_FOR_ORG", "disabled"))
    rig.fake.order(Trouble.TOO_FAST, "POST", r"/composite/sobjects$")
    with pytest.raises(SourceRefused, match="API_DISABLED_FOR_ORG"):
        list(connector.write("Contact", creating("a")))


def test_another_number_of_answers_than_records_is_a_doubt(rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.fake.order(Trouble.TOO_FAST, "POST", r"/composite/sobjects$")
    monkeypatch.setattr(rig.fake, "too_fast", lambda wait: Reply(200, [{"id": "x", "success": True, "errors": []}]))
    assert outcomes(written(rig, creating("a", "b"))) == [Outcome.UNKNOWN] * 2


def test_a_stop_while_locked_rows_are_waited_for_tells_that_they_were_not_written(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "ab"]
    changes = updating(listed(rig))
    connector = rig.open()
    connector.describe("Contact")
    rig.fake.locked = {keys[0]: 99}
    rig.gate.stop_after = rig.gate.entered + 1
    receipts: list[Receipt] = []
    with pytest.raises(Stopped):
        collect(connector, changes, receipts)
    assert {one.change: one.outcome for one in receipts} == {
        f"u{keys[0]}": Outcome.DEFERRED,
        f"u{keys[1]}": Outcome.DONE,
    }


def test_read_only_and_unknown_fields_are_refused_before_anything_is_sent(rig: SalesforceRig) -> None:
    after: dict[str, Value] = {"LastName": "x", "Name": "x", "MailingAddress": "x", "Nothing__c": 1, "Score__c": "many"}
    (receipt,) = written(rig, [Change("c", Op.CREATE, after=after, token="a" * 15)])
    assert set(receipt.apart) == {"Name", "MailingAddress", "Nothing__c", "Score__c"}
    assert not rig.fake.count("POST", r"/composite")


def test_choices_owner_and_account_go_by_id(rig: SalesforceRig) -> None:
    account = next(iter(rig.fake.objects["Account"].rows))
    after: dict[str, Value] = {
        "LastName": "x",
        "LeadSource": "Partner",
        "Interests__c": ("Tea", "Go"),
        "AccountId": LookUp("Account", account),
        "OwnerId": LookUp("@staff", PERSON),
        "HasOptedOutOfEmail": True,
    }
    (receipt,) = written(rig, [Change("c", Op.CREATE, after=after, token="a" * 15)])
    assert receipt.key is not None
    (record,) = rig.open().fetch("Contact", [receipt.key], tuple(after))
    assert dict(record.fields) == after


def test_assignment_rules_give_nothing_to_others(rig: SalesforceRig) -> None:
    rig.fake.assigns = list(rig.fake.objects["User"].rows)[1]
    after: dict[str, Value] = {"LastName": "x", "OwnerId": LookUp("@staff", PERSON)}
    assert outcomes(written(rig, [Change("c", Op.CREATE, after=after, token="a" * 15)])) == [Outcome.DONE]
    assert held(rig, "OwnerId") == [PERSON]


def test_a_record_that_was_deleted_already_counts_as_deleted(rig: SalesforceRig) -> None:
    keys = [rig.add({"LastName": name}) for name in "ab"]
    rig.remove(keys[0])
    ends = [Change(f"d{key}", Op.DELETE, key) for key in keys]
    assert outcomes(written(rig, ends)) == [Outcome.DONE] * 2


# ------------------------------------------------------------------------------ limits


def test_a_session_that_ends_is_renewed_in_the_middle_of_a_push(rig: SalesforceRig) -> None:
    receipts = []
    for n, one in enumerate(rig.open().write("Contact", creating(*(f"n{n}" for n in range(450))))):
        receipts.append(one)
        if n in (10, 210):
            rig.fake.signin.expire()
    assert set(outcomes(receipts)) == {Outcome.DONE}
    assert len(held(rig)) == 450
    assert len(rig.fake.signin.grants) == 3


def test_a_day_that_is_used_up_stops_the_push(rig: SalesforceRig) -> None:
    connector = rig.open()
    connector.describe("Contact")
    rig.fake.a_day = 0
    with pytest.raises(RetryLater):
        list(connector.write("Contact", creating("a")))
    assert (held(rig), rig.gate.waits) == ([], [])


def test_a_short_storm_of_refusals_loses_nothing(rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many long requests at once: the same code as for the day, with other words."""
    said = errors(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
    monkeypatch.setattr(rig.fake, "too_fast", lambda wait: said)
    rig.fake.order(Trouble.TOO_FAST, "POST", r"/composite/sobjects$", times=3)
    assert set(outcomes(written(rig, creating(*(f"n{n}" for n in range(30)))))) == {Outcome.DONE}
    assert len(held(rig)) == 30
    assert [seconds for _, seconds in rig.gate.pauses] == [20.0] * 3


def test_the_requests_of_a_day_are_never_exceeded() -> None:
    """A run of several days under a clock that only moves by waiting."""
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    with SalesforceFake(gate.now, a_day=100) as fake:
        signs = {"client_id": fake.signin.client_id, "client_secret": fake.signin.client_secret}
        options = {**signs, "base_url": fake.base, "requests": 100, "batch": 10, "bulk": 0}
        facts = {"Contact": TableFacts(NAMES, None, "Offbook_ID__c")}
        connector = SPEC.connect(SPEC.options.model_validate(options), Context(gate, MemoryVault(), facts))
        changes = [Change(f"{n}", Op.CREATE, after={"LastName": "x"}, token=f"{n:015d}") for n in range(2_500)]
        assert set(outcomes(list(connector.write("Contact", changes)))) == {Outcome.DONE}
        connector.close()
        assert (fake.refused, len(fake.objects["Contact"].rows)) == (0, 2_500)
        assert 2 * 86_400 <= clock.monotonic() < 3 * 86_400
