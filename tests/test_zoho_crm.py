"""What is special about Zoho CRM: page tokens and windows, one header for a hundred updates, tokens, scopes, merges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import (
    AuthError,
    Change,
    Connector,
    Context,
    LookUp,
    Op,
    Outcome,
    Query,
    Receipt,
    Record,
    RetryLater,
    SourceError,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.gate import RunGate, VirtualClock
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.zoho.account import HOSTS, judge
from connectors.vault import MemoryVault
from connectors.zoho_crm import SPEC
from sandbox.server import Trouble
from sandbox.zoho_crm import ZohoFake
from sandbox.zoho_modules import text
from tests.zoho_rig import ZohoRig

NAMES = ("Last_Name", "First_Name")


@pytest.fixture
def rig() -> Iterator[ZohoRig]:
    made = ZohoRig(batch=100)
    yield made
    made.close()


def listed(connector: Connector, table: str = "Contacts", fields: tuple[str, ...] = NAMES) -> list[Record]:
    return [record for page in connector.pull(Query(table, fields)) for record in page.records]


def creating(*names: str) -> list[Change]:
    return [Change(f"c{n}", Op.CREATE, after={"Last_Name": name}, token=f"{n:015d}") for n, name in enumerate(names)]


def updating(records: list[Record], value: str = "new") -> list[Change]:
    return [
        Change(f"u{record.key}", Op.UPDATE, record.key, {"First_Name": value}, {"First_Name": None}, record.version)
        for record in records
    ]


def outcomes(receipts: list[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def held(rig: ZohoRig, field: str = "Last_Name") -> list[Any]:
    return [row[field] for row in rig.contacts.rows.values()]


# ------------------------------------------------------------------------------ pages


def test_page_tokens_reach_beyond_two_thousand(rig: ZohoRig) -> None:
    rig.fill(2_450)
    assert len(listed(rig.open())) == 2_450
    pages = [call for call in rig.fake.calls if call.path.endswith("/Contacts")]
    assert not any("page" in call.query for call in pages)
    assert sum("page_token" in call.query for call in pages) == 12


def test_beyond_what_one_token_lists_windows_of_edit_time_go_on(rig: ZohoRig) -> None:
    for _ in range(5):
        rig.fill(300)
    rig.fake.listed = 800
    found = listed(rig.open())
    assert {record.key for record in found} == set(rig.contacts.rows)


def test_more_of_one_moment_than_can_be_listed_is_said(rig: ZohoRig) -> None:
    rig.fill(900)
    rig.fake.listed = 400
    with pytest.raises(SourceRefused, match="one edit time"):
        listed(rig.open())


def test_more_than_fifty_fields_come_in_several_requests(rig: ZohoRig) -> None:
    more = tuple(f"More_{n}" for n in range(120))
    rig.contacts.fields += [text(name, name) for name in more]
    key = rig.add({"Last_Name": "x", "More_0": "first", "More_119": "last"})
    (record,) = listed(rig.open(), fields=(*NAMES, *more))
    assert (record.key, record.fields["More_0"], record.fields["More_119"]) == (key, "first", "last")
    assert set(record.fields) == {*NAMES, *more}


def test_a_page_token_that_died_means_reading_anew(rig: ZohoRig) -> None:
    rig.fill(410)
    pages = rig.open().pull(Query("Contacts", NAMES))
    next(pages)
    rig.pass_time(25 * 3600)
    with pytest.raises(SourceError, match="read anew"):
        list(pages)


def test_converted_leads_stay_listed_and_are_locked(rig: ZohoRig) -> None:
    leads = rig.fake.modules["Leads"]
    for name in ("open", "converted"):
        leads.insert({"Last_Name": name}, 0, rig.fake.acting)
    next(row for row in leads.rows.values() if row["Last_Name"] == "converted")["Converted__s"] = True
    connector = rig.open()
    found = {record.fields["Last_Name"]: record.locked for record in listed(connector, "Leads")}
    assert found == {"open": frozenset(), "converted": frozenset("*")}
    assert len(list(connector.fetch("Leads", list(leads.rows), NAMES))) == 2


def test_an_edit_within_the_second_of_the_last_pull_is_not_missed(rig: ZohoRig) -> None:
    key = rig.add({"Last_Name": "x"})
    rig.contacts.rows[key]["Modified_Time"] = rig.contacts.stamp()
    *_, last = rig.open().pull(Query("Contacts", NAMES))
    rig.contacts.rows[key]["First_Name"] = "same second"
    assert last.end is not None
    again = [r for page in rig.open().pull(Query("Contacts", NAMES, last.end.cursor)) for r in page.records]
    assert [record.fields["First_Name"] for record in again] == ["same second"]


def test_a_recycled_record_is_an_end_and_one_hidden_by_rights_is_not(rig: ZohoRig) -> None:
    gone, there = rig.add({"Last_Name": "gone"}), rig.add({"Last_Name": "there"})
    rig.contacts.delete(gone, 0, rig.fake.acting)
    rig.fake.blind.add("Accounts")
    connector = rig.open()
    found = {record.key: record.state for record in connector.fetch("Contacts", [gone, there], NAMES)}
    assert found == {gone: State.DELETED, there: State.LIVE}
    assert list(connector.fetch("Accounts", list(rig.fake.modules["Accounts"].rows), ("Account_Name",))) == []


# ------------------------------------------------------------------------------ writing


def test_a_hundred_are_one_request_and_none_starts_a_workflow(rig: ZohoRig) -> None:
    connector = rig.open()
    made = list(connector.write("Contacts", creating(*(f"n{n}" for n in range(250)))))
    assert set(outcomes(made)) == {Outcome.DONE}
    rig.pass_time()
    assert set(outcomes(list(connector.write("Contacts", updating(listed(connector)))))) == {Outcome.DONE}
    rig.pass_time()
    ends = [Change(f"d{r.key}", Op.DELETE, r.key) for r in listed(connector)]
    assert set(outcomes(list(connector.write("Contacts", ends)))) == {Outcome.DONE}
    counts = [rig.fake.count(method, r"/Contacts$") for method in ("POST", "PUT", "DELETE")]
    assert (counts, rig.fake.fired, held(rig)) == ([3, 3, 3], 0, [])


def test_one_that_moved_between_reading_and_writing_is_refused_alone(
    rig: ZohoRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [rig.add({"Last_Name": name}) for name in ("a", "b", "c")]
    connector = rig.open()
    changes = updating(listed(connector))
    inner = rig.contacts.update
    meddled: list[bool] = []

    def update(*args: Any) -> Any:
        """Somebody types while our request is on its way."""
        if not meddled:
            meddled.append(True)
            rig.edit(keys[1], {"First_Name": "theirs"})
        return inner(*args)

    monkeypatch.setattr(rig.contacts, "update", update)
    receipts = list(connector.write("Contacts", changes))
    assert outcomes(receipts) == [Outcome.DONE, Outcome.CONFLICT, Outcome.DONE]
    assert held(rig, "First_Name") == ["new", "theirs", "new"]


def test_a_record_edited_just_now_is_waited_for(rig: ZohoRig) -> None:
    key = rig.add({"Last_Name": "x"})
    rig.contacts.rows[key]["Modified_Time"] = rig.contacts.stamp()
    connector = rig.open()
    (record,) = listed(connector)
    assert record.version is None
    assert outcomes(list(connector.write("Contacts", updating([record])))) == [Outcome.DONE]
    assert rig.gate.waits == [2.0]


def test_a_batch_that_is_refused_as_one_is_halved(rig: ZohoRig) -> None:
    rig.fake.refuses_whole = True
    changes = creating(*(f"n{n}" for n in range(9)))
    changes[4] = Change("bad", Op.CREATE, after={"Last_Name": "n4", "Email": "no address"}, token="b" * 15)
    receipts = {one.change: one for one in rig.open().write("Contacts", changes)}
    assert receipts["bad"].outcome is Outcome.REJECTED
    assert list(receipts["bad"].apart) == ["Email"]
    assert "no address" not in receipts["bad"].detail
    assert held(rig) == [f"n{n}" for n in range(9) if n != 4]


def test_a_lost_create_is_sent_again_under_its_token_and_makes_one(rig: ZohoRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", r"/Contacts$", times=2)
    receipts = list(rig.open().write("Contacts", creating("a", "b")))
    assert outcomes(receipts) == [Outcome.DUPLICATE] * 2
    assert [one.key for one in receipts] == list(rig.contacts.rows)


def test_a_lost_create_without_a_field_for_our_id_is_in_doubt(rig: ZohoRig) -> None:
    rig.facts = TableFacts(NAMES)
    rig.fake.order(Trouble.LOST, "POST", r"/Contacts$")
    assert outcomes(list(rig.open().write("Contacts", creating("a")))) == [Outcome.UNKNOWN]
    assert (held(rig), rig.fake.count("POST", r"/Contacts$")) == (["a"], 1)


def test_a_lost_update_is_in_doubt_and_what_follows_is_still_sent(rig: ZohoRig) -> None:
    rig.batch = 1
    for name in ("a", "b"):
        rig.add({"Last_Name": name})
    connector = rig.open()
    changes = updating(listed(connector))
    rig.fake.order(Trouble.LOST, "PUT", r"/Contacts$")
    assert outcomes(list(connector.write("Contacts", changes))) == [Outcome.UNKNOWN, Outcome.DONE]


def test_a_duplicate_in_another_field_is_a_refusal_that_names_it(rig: ZohoRig) -> None:
    next(one for one in rig.contacts.fields if one["api_name"] == "Email")["unique"] = {"casesensitive": "false"}
    rig.add({"Last_Name": "first", "Email": "info@example.cn"})
    change = Change("c", Op.CREATE, after={"Last_Name": "second", "Email": "info@example.cn"}, token="a" * 15)
    (receipt,) = rig.open().write("Contacts", [change])
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.REJECTED, ["Email"])
    assert "info@example.cn" not in receipt.detail


def test_an_external_id_serves_as_well(rig: ZohoRig) -> None:
    field = next(one for one in rig.contacts.fields if one["api_name"] == "Offbook_ID")
    field |= {"unique": {}, "external": {"type": "org", "show": True}}
    connector = rig.open()
    (first,) = connector.write("Contacts", creating("a"))
    (again,) = connector.write("Contacts", creating("a"))
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, first.key)
    found = list(connector.find("Contacts", [f"{0:015d}", "nobody"], NAMES))
    assert [(value, record.key) for value, record in found] == [(f"{0:015d}", first.key)]
    assert not rig.fake.count("POST", "/coql$")


def test_searching_takes_quotes_as_they_are(rig: ZohoRig) -> None:
    names = ["O'Brien", "back\\slash", "张三", "o'brien"]
    for name in names:
        rig.add({"Last_Name": name})
    found = list(rig.open().find("Contacts", names[:3], NAMES, "Last_Name"))
    assert sorted(value for value, _ in found) == sorted(names[:3])


def test_a_choice_owner_and_account_go_by_id(rig: ZohoRig) -> None:
    account = next(iter(rig.fake.modules["Accounts"].rows))
    after: dict[str, Value] = {
        "Last_Name": "x",
        "Lead_Source": "Trade Show",
        "Interests": ("Pumps", "Valves"),
        "Account_Name": LookUp("Accounts", account),
        "Owner": LookUp("@staff", "487687600000022502"),
    }
    connector = rig.open()
    (receipt,) = connector.write("Contacts", [Change("c", Op.CREATE, after=after, token="a" * 15)])
    assert receipt.key is not None
    (record,) = connector.fetch("Contacts", [receipt.key], tuple(after))
    assert record.fields["Account_Name"] == LookUp("Accounts", account, "宇润")
    assert record.fields["Owner"] == LookUp("@staff", "487687600000022502", "李雷")
    assert record.fields["Interests"] == ("Pumps", "Valves")


def test_three_losers_are_two_jobs(rig: ZohoRig) -> None:
    master, *losers = [rig.add({"Last_Name": name}) for name in ("master", "a", "b", "c")]
    rig.fake.merge_takes = 5.0
    connector = rig.open()
    (receipt,) = connector.write("Contacts", [Change("m", Op.MERGE, master, losers=tuple(losers))])
    assert (receipt.outcome, list(rig.contacts.rows)) == (Outcome.DONE, [master])
    assert rig.fake.count("POST", "/actions/merge$") == 2
    assert {one.state for one in connector.fetch("Contacts", losers, NAMES)} == {State.DELETED}


# ------------------------------------------------------------------------------ tokens, rates, rights


def test_a_token_that_ends_is_renewed_in_the_middle_of_a_pull_and_of_a_push(rig: ZohoRig) -> None:
    rig.fill(410)
    connector = rig.open()
    pages = connector.pull(Query("Contacts", NAMES))
    first = next(pages)
    rig.fake.expire_tokens()
    assert sum(len(page.records) for page in (first, *pages)) == 410
    rig.fake.expire_tokens()
    made = list(connector.write("Contacts", creating(*(f"n{n}" for n in range(150)))))
    assert set(outcomes(made)) == {Outcome.DONE}
    assert rig.fake.count("POST", "/oauth/v2/token") == 3


def test_one_token_is_shared_by_all_and_by_the_next_run(rig: ZohoRig) -> None:
    for _ in range(15):
        listed(rig.open())
    assert rig.fake.count("POST", "/oauth/v2/token") == 1


def test_a_refresh_token_that_was_revoked_is_told_without_it(rig: ZohoRig) -> None:
    connector = rig.open()
    rig.fake.refresh_token = "another"
    with pytest.raises(AuthError, match="invalid_code") as told:
        connector.tables()
    assert not any(secret in str(told.value) for secret in rig.secrets)


def test_too_many_tokens_are_waited_for_in_another_run(rig: ZohoRig) -> None:
    rig.fake._asked.extend([rig.now()] * 10)
    with pytest.raises(RetryLater, match="no more access tokens"):
        rig.open().tables()


def test_a_storm_of_refusals_loses_nothing(rig: ZohoRig) -> None:
    for trouble in (Trouble.TOO_FAST_MUTE, Trouble.TOO_FAST_MUTE, Trouble.TOO_FAST):
        rig.fake.order(trouble, "POST", r"/Contacts$")
    receipts = list(rig.open().write("Contacts", creating(*(f"n{n}" for n in range(30)))))
    assert (set(outcomes(receipts)), len(held(rig))) == ({Outcome.DONE}, 30)
    assert [seconds for _, seconds in rig.gate.pauses] == [60.0, 60.0, 1.0]


def test_a_day_without_credits_is_left_for_another_run(rig: ZohoRig) -> None:
    connector = rig.open()
    listed(connector)
    rig.fake.credits = 0
    with pytest.raises(RetryLater):
        list(connector.write("Contacts", creating("a")))
    assert not rig.gate.waits


def test_the_credits_of_a_day_are_never_exceeded() -> None:
    """A run of several days under a clock that only moves by waiting; a credit covers ten records written."""
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    with ZohoFake(gate.now, credits_a_day=100) as fake:
        signs = {"client_id": fake.client_id, "client_secret": fake.client_secret, "refresh_token": fake.refresh_token}
        options = {**signs, "base_url": fake.base, "accounts_url": fake.base, "credits": 100}
        facts = {"Contacts": TableFacts(NAMES, None, "Offbook_ID")}
        connector = SPEC.connect(SPEC.options.model_validate(options), Context(gate, MemoryVault(), facts))
        for day in range(3):
            changes = [
                Change(f"{day}.{n}", Op.CREATE, after={"Last_Name": "x"}, token=f"{day}{n:014d}") for n in range(1_000)
            ]
            assert set(outcomes(list(connector.write("Contacts", changes)))) == {Outcome.DONE}
        assert fake.refused == 0
        assert len(fake.modules["Contacts"].rows) == 3_000
        assert clock.monotonic() > 86_400 * 2


@pytest.mark.parametrize(
    ("scope", "level"),
    [
        ("ZohoCRM.settings.modules.READ", "error"),
        ("ZohoCRM.settings.fields.READ", "error"),
        ("ZohoCRM.modules.ALL", "error"),
        ("ZohoCRM.coql.READ", "warning"),
        ("ZohoCRM.users.READ", "note"),
    ],
)
def test_check_names_the_scope_that_is_missing(rig: ZohoRig, scope: str, level: str) -> None:
    assert not rig.open().check()
    rig.fake.scopes.discard(scope)
    found = rig.open().check()
    named = scope.replace("modules.ALL", "modules.Contacts.READ")
    assert [one.level for one in found if named in str(one.text)] == [level]
    assert rig.fake.count("POST", "/oauth/v2/token") == 1, "a missing scope is no bad token"


def test_check_names_a_field_that_is_hidden_and_one_that_takes_our_id_twice(rig: ZohoRig) -> None:
    rig.hide("Mobile")
    next(one for one in rig.contacts.fields if one["api_name"] == "Offbook_ID")["unique"] = {}
    found = {one.code: one for one in rig.open().check()}
    assert set(found) == {"field", "token"}
    assert "Mobile" in found["field"].text


def test_every_data_centre_has_its_own_addresses() -> None:
    secrets = {"client_id": "c", "client_secret": "s" * 9, "refresh_token": "r" * 9}
    for dc, (host, accounts) in HOSTS.items():
        signing = SPEC.options.model_validate({**secrets, "dc": dc}).signing()  # type: ignore[attr-defined]
        assert (signing.base, signing.accounts, signing.moves) == (f"https://{host}", f"https://{accounts}", True)
    sandbox = SPEC.options.model_validate({**secrets, "dc": "cn", "environment": "sandbox"}).signing()  # type: ignore[attr-defined]
    assert (sandbox.base, sandbox.moves) == ("https://sandbox.zohoapis.com.cn", False)


def test_the_data_are_read_where_the_token_says_and_nowhere_else(rig: ZohoRig) -> None:
    connector: Any = rig.open()
    account = connector._account
    object.__setattr__(account._signing, "moves", True)
    for elsewhere in (
        "https://zohoapis.example.com",
        "http://www.zohoapis.com.cn",
        "https://www.zohoapis.com.cn@example.com",
    ):
        with pytest.raises(SourceRefused, match="not Zoho's"):
            account._move(elsewhere)
    assert account.client.base == rig.fake.base
    account._move("https://www.zohoapis.com.cn")
    assert account.client.base == "https://www.zohoapis.com.cn"


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (401, b'{"code":"INVALID_TOKEN","status":"error"}', Fate.AUTH),
        (401, b'{"code":"OAUTH_SCOPE_MISMATCH","status":"error"}', Fate.FORBIDDEN),
        (403, b'{"code":"NO_PERMISSION","status":"error"}', Fate.FORBIDDEN),
        (400, b'{"code":"EXPIRED_VALUE","status":"error"}', Fate.EXPIRED),
        (400, b'{"code":"TOKEN_BOUND_DATA_MISMATCH","status":"error"}', Fate.EXPIRED),
        (429, b'{"code":"TOO_MANY_REQUESTS","status":"error"}', Fate.LATER),
        (200, b'{"code":"INTERNAL_ERROR","status":"error"}', Fate.BROKEN),
        (200, b'{"code":"SOMETHING_NEW","status":"error"}', Fate.CONFIG),
        (200, b"<html>", Fate.BROKEN),
        (204, b"", Fate.FINE),
        (304, b"", Fate.FINE),
        (207, b'{"data":[]}', Fate.FINE),
        (412, b'{"data":[{"code":"ALREADY_MODIFIED","status":"error"}]}', Fate.FINE),
        (500, b"<html>", Fate.BROKEN),
    ],
)
def test_what_answers_mean(status: int, body: bytes, fate: Fate) -> None:
    assert judge(Answer(status, {}, body)).fate is fate


def test_a_hidden_field_is_missing_and_not_empty(rig: ZohoRig) -> None:
    rig.add({"Last_Name": "x", "First_Name": "secret"})
    connector = rig.open()
    connector.describe("Contacts")
    rig.hide("First_Name")
    pages = list(connector.pull(Query("Contacts", NAMES)))
    assert pages[-1].end is not None
    assert pages[-1].end.visible == {"Last_Name"}
    assert [set(record.fields) for page in pages for record in page.records] == [{"Last_Name"}]


def test_a_cursor_that_is_older_than_what_zoho_tells_of_the_deleted_is_given_up(rig: ZohoRig) -> None:
    rig.add({"Last_Name": "x"})
    *_, last = rig.open().pull(Query("Contacts", NAMES))
    rig.gate._passed = timedelta(days=61).total_seconds()
    rig.gate.limit(3600)
    assert last.end is not None
    with pytest.raises(SourceError, match="in full"):
        list(rig.open().pull(Query("Contacts", NAMES, last.end.cursor)))
