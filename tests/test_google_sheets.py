"""What is special about Google Sheets: rows that move under a write, cells that nobody typed, tokens, its rate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives import serialization
from google.auth import jwt

from connectors.contract import (
    AuthError,
    Change,
    ConfigError,
    Context,
    Damaged,
    Op,
    Outcome,
    Query,
    Receipt,
    Record,
    SourceRefused,
    Stopped,
    TableFacts,
    Value,
)
from connectors.gate import RunGate, VirtualClock
from connectors.google_sheets import SPEC
from connectors.shared.google.signin import account
from connectors.shared.google.values import form_of, moment, number
from connectors.shared.google.wire import judge
from connectors.shared.web.answers import Answer, Fate
from connectors.vault import MemoryVault
from sandbox.google_grid import Cell, typed
from sandbox.google_sheets import example
from sandbox.server import Call, Trouble
from tests.google_sheets_rig import ACCOUNT, FILE, HEADINGS, SHEET, GoogleSheetsRig, private_key, service

ZONE = ZoneInfo("Asia/Shanghai")
COLUMN = {name: at for at, name in enumerate(HEADINGS)}


@pytest.fixture
def rig() -> Iterator[GoogleSheetsRig]:
    rig = GoogleSheetsRig()
    yield rig
    rig.close()


def pulled(rig: GoogleSheetsRig) -> dict[str, Record]:
    pages = list(rig.open().pull(Query(SHEET, rig.facts.fields)))
    return {record.key: record for page in pages for record in page.records}


def update(record: Record, **after: Value) -> Change:
    before = {name: record.fields[name] for name in after}
    return Change(f"u {record.key}", Op.UPDATE, record.key, after, before, record.version)


def write(rig: GoogleSheetsRig, *changes: Change) -> list[Receipt]:
    return list(rig.open().write(SHEET, changes))


def posts(rig: GoogleSheetsRig) -> int:
    return rig.fake.count("POST", ":batchUpdate$")


def meanwhile(rig: GoogleSheetsRig, path: str, do: Callable[[], object], times: int = 1) -> None:
    """`do` happens right before the next `times` requests whose path holds this."""
    handle, left = rig.fake.handle, [times]

    def handled(call: Call) -> Any:
        if path in call.path and left[0]:
            left[0] -= 1
            do()
        return handle(call)

    rig.fake.handle = handled  # type: ignore[method-assign]


# ------------------------------------------------------------------------------ rows that move


def test_a_row_that_is_inserted_before_the_batch_moves_no_write(rig: GoogleSheetsRig) -> None:
    keys = [rig.add({"公司": f"x{n}", "电话": "old"}) for n in range(3)]
    change = update(pulled(rig)[keys[1]], 电话="new")
    meanwhile(rig, "values:batchGet", lambda: rig.now.lines.insert(2, {0: typed("K9"), 1: typed("first")}))
    (receipt,) = write(rig, change)
    assert receipt.outcome is Outcome.DONE
    assert {row["公司"]: row["电话"] for row in rig.rows()} == {"first": None, "x0": "old", "x1": "new", "x2": "old"}


def test_rows_that_move_all_the_time_wait(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    change = update(pulled(rig)[key], 电话="new")
    meanwhile(rig, "values:batchGet", lambda: rig.now.lines.insert(2, {1: typed("another")}), times=9)
    (receipt,) = write(rig, change)
    assert receipt.outcome is Outcome.DEFERRED
    assert posts(rig) == 0


@pytest.mark.parametrize("all_of_them", [False, True])
def test_rows_that_move_in_the_moment_of_the_batch_get_their_own_back(rig: GoogleSheetsRig, all_of_them: bool) -> None:
    keys = [rig.add({"公司": f"x{n}", "电话": f"old {n}"}) for n in range(5)]
    records = pulled(rig)
    meant = keys[1:] if all_of_them else keys[2:3]
    meanwhile(rig, ":batchUpdate", lambda: rig.now.lines.insert(2, {0: typed("K9"), 1: typed("inserted")}))
    receipts = write(rig, *[update(records[key], 电话=f"new {key}") for key in meant])
    assert {one.outcome for one in receipts} == {Outcome.DONE}
    assert [one.record.fields["电话"] for one in receipts if one.record] == [f"new {key}" for key in meant]
    expected = {f"x{n}": f"new {key}" if key in meant else f"old {n}" for n, key in enumerate(keys)}
    assert {row["公司"]: row["电话"] for row in rig.rows()} == {"inserted": None, **expected}
    assert posts(rig) == 2


def test_a_heading_that_is_renamed_stops_reads_and_writes(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    change = update(pulled(rig)[key], 电话="new")
    rename = lambda: rig.now.put(1, COLUMN["电话"], typed("手机"))  # noqa: E731
    meanwhile(rig, "values:batchGet", rename)
    with pytest.raises(SourceRefused, match="电话"):
        write(rig, change)
    assert posts(rig) == 0
    (finding,) = [one for one in rig.open().check() if one.level == "error"]
    assert "电话" in finding.text


def test_columns_that_change_places_are_followed(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    change = update(pulled(rig)[key], 电话="new")
    for line in rig.now.lines[1:]:
        line[1], line[2] = line.get(2, Cell()), line.get(1, Cell())
    write(rig, change)
    assert (rig.rows()[0]["公司"], rig.rows()[0]["电话"]) == ("x", "new")


def test_five_hundred_changes_are_one_batch(rig: GoogleSheetsRig) -> None:
    rig.fill(500)
    records = pulled(rig)
    receipts = write(rig, *[update(one, 电话=f"+86{n}") for n, one in enumerate(records.values())])
    assert {one.outcome for one in receipts} == {Outcome.DONE}
    assert posts(rig) == 1
    write(rig, *[Change(f"d{key}", Op.DELETE, key) for key in list(records)[::2]])
    assert posts(rig) == 2
    assert [row["编号"] for row in rig.rows()] == list(records)[1::2]


def test_a_deletion_that_met_another_row_is_in_doubt(rig: GoogleSheetsRig) -> None:
    keys = [rig.add({"公司": f"x{n}"}) for n in range(3)]
    meanwhile(rig, ":batchUpdate", lambda: rig.now.lines.insert(2, {0: typed("K9"), 1: typed("inserted")}))
    (receipt,) = write(rig, Change("d", Op.DELETE, keys[1]))
    assert receipt.outcome is Outcome.UNKNOWN
    assert "version history" in receipt.detail


def test_a_row_with_something_beside_it_is_emptied(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x"})
    rig.now.put(2, 12, typed("somebody's sums"))
    (receipt,) = write(rig, Change("d", Op.DELETE, key))
    assert receipt.outcome is Outcome.DONE
    assert "emptied" in receipt.detail
    assert rig.now.lines[2][12].plain() == "somebody's sums"
    assert not pulled(rig)


def test_a_new_row_never_writes_over_one_that_is_typed_meanwhile(rig: GoogleSheetsRig) -> None:
    rig.add({"公司": "x"})
    meanwhile(rig, ":batchUpdate", lambda: rig.add({"公司": "typed meanwhile"}))
    change = Change("c", Op.CREATE, after={"公司": "ours"}, token="a" * 15)
    (receipt,) = write(rig, change)
    assert [row["公司"] for row in rig.rows()] == ["x", "typed meanwhile", "ours"]
    assert receipt.key == "a" * 15


# ------------------------------------------------------------------------------ our column


def test_our_column_is_added_with_the_first_write_also_where_the_sheet_ends() -> None:
    rig = GoogleSheetsRig(key=None)
    try:
        for line in rig.now.lines:
            line.pop(6, None)
        rig.now.columns = 6
        rig._type(2, {"公司": "x"})
        (record,) = pulled(rig).values()
        assert record.place
        (receipt,) = write(rig, update(record, 电话="new"))
        assert rig.now.columns == 7
        assert rig.now.lines[1][6].plain() == "offbook_id"
        assert rig.now.lines[2][6].plain() == receipt.key
        assert list(pulled(rig)) == [receipt.key]
    finally:
        rig.close()


def test_our_column_is_not_put_where_a_sort_would_leave_it_behind() -> None:
    rig = GoogleSheetsRig(key=None)
    try:
        for line in rig.now.lines:
            line.pop(6, None)
        rig._type(2, {"公司": "x"})
        rig.now.put(2, 8, typed("beside"))
        with pytest.raises(SourceRefused, match="offbook_id"):
            write(rig, update(next(iter(pulled(rig).values())), 电话="new"))
        assert posts(rig) == 0
    finally:
        rig.close()


# ------------------------------------------------------------------------------ cells


def test_formulas_and_what_they_fill_are_shown_and_never_written(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x"})
    rig.now.put(2, COLUMN["电话"], Cell({"formulaValue": "=ARRAYFORMULA(A1:B1)"}, {"stringValue": "1"}))
    rig.now.put(2, COLUMN["备注"], Cell({}, {"stringValue": "filled"}))
    record = pulled(rig)[key]
    assert (record.fields["电话"], record.fields["备注"]) == ("1", "filled")
    assert record.locked == {"电话", "备注"}
    (receipt,) = write(rig, update(record, 公司="y", 备注="ours"))
    assert receipt.outcome is Outcome.DONE
    assert set(receipt.apart) == {"备注"}
    assert rig.now.lines[2][COLUMN["备注"]].plain() == "filled"
    assert rig.rows()[0]["公司"] == "y"


def test_merged_and_protected_cells_are_closed(rig: GoogleSheetsRig) -> None:
    first, second = rig.add({"公司": "x", "备注": "both"}), rig.add({"公司": "y"})
    rows = {"sheetId": 7, "startRowIndex": 2, "endRowIndex": 4}
    rig.now.merges.append({**rows, "startColumnIndex": 3, "endColumnIndex": 4})
    rig.now.protected.append({"protectedRangeId": 1, "range": {**rows, "startColumnIndex": 1, "endColumnIndex": 2}})
    records = pulled(rig)
    assert [records[key].fields["备注"] for key in (first, second)] == ["both", "both"]
    assert [records[key].locked for key in (first, second)] == [{"公司", "备注"}] * 2
    assert "protected" in {finding.code for finding in rig.open().check()}


def test_a_sheet_that_is_wholly_protected_is_only_read(rig: GoogleSheetsRig) -> None:
    rig.add({"公司": "x"})
    rig.now.protected.append({"protectedRangeId": 1, "range": {"sheetId": 7}})
    assert not rig.open().describe(SHEET).can.ops


def test_one_cell_that_google_refuses_stops_no_other(rig: GoogleSheetsRig) -> None:
    """A range is protected so that the list of sheets does not tell it: the batch falls as one."""
    keys = [rig.add({"公司": f"x{n}", "电话": "old"}) for n in range(5)]
    records = pulled(rig)
    rows = {"sheetId": 7, "startRowIndex": 4, "endRowIndex": 5}
    rig.now.protected.append({"range": rows, "unprotectedRanges": [{"sheetId": 7, "startRowIndex": 900}]})
    receipts = write(rig, *[update(records[key], 电话="new") for key in keys])
    assert [one.outcome for one in receipts].count(Outcome.DONE) == 4
    assert receipts[2].outcome is Outcome.REJECTED
    assert "protected" in receipts[2].apart["电话"][1]
    assert [row["电话"] for row in rig.rows()] == ["new", "new", "old", "new", "new"]


def test_numbers_and_dates_are_what_their_format_says(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": 13800138000, "电话": "013800138000"})
    rig.now.put(2, COLUMN["生日"], typed(Decimal(43831)))
    rig.now.put(2, COLUMN["备注"], typed(Decimal(6225881234567890123)))
    rig.now.put(2, COLUMN["时间"], typed(datetime(2026, 3, 1, 9, 30)))  # noqa: DTZ001
    fields = pulled(rig)[key].fields
    assert fields["公司"] == 13800138000
    assert fields["电话"] == "013800138000"
    assert fields["生日"] == 43831, "no format of a date, no date"
    assert isinstance(fields["备注"], Damaged)
    assert fields["时间"] == datetime(2026, 3, 1, 9, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("kind", "pattern", "serial", "shown"),
    [
        ("DATE", "", Decimal(1), date(1899, 12, 31)),
        ("DATE", "yyyy-mm-dd", 60, date(1900, 2, 28)),
        ("DATE", "yyyy-mm-dd", 61, date(1900, 3, 1)),
        ("DATE", 'm"月"d"日"', 43956, "5月5日"),
        ("DATE_TIME", "", Decimal("43831.5"), datetime(2020, 1, 1, 12, tzinfo=ZONE)),
        ("TIME", "hh:mm", Decimal("0.40625"), "09:45"),
        ("NUMBER", "00000", 42, "00042"),
        ("PERCENT", "0%", Decimal("0.5"), Decimal("0.5")),
        ("TEXT", "@", 42, 42),
        ("NUMBER", "", Decimal("1.1000000000000001"), Decimal("1.1")),
        ("NUMBER", "", Decimal("1.38E+25"), Damaged("long_number", "1.38E+25")),
    ],
)
def test_a_number_under_each_format(kind: str, pattern: str, serial: int | Decimal, shown: Value) -> None:
    assert number(serial, form_of(kind, pattern), ZONE) == shown


def test_no_day_is_outside_the_calendar() -> None:
    assert moment(3_000_000) is None
    assert moment(-700_000) is None


def test_a_sheet_edited_between_its_two_reads_is_read_again(rig: GoogleSheetsRig) -> None:
    """Formats belong to rows: were the rows sorted in between, dates would be numbers and numbers dates."""
    first = rig.add({"公司": "x", "生日": date(2026, 1, 1)})
    second = rig.add({"公司": "y"})
    rig.now.put(3, COLUMN["生日"], typed(Decimal(7)))
    handle = rig.fake.handle
    turned: list[bool] = []

    def handled(call: Call) -> Any:
        if call.arg("fields") and not turned:
            turned.append(True)
            rig.now.lines[2], rig.now.lines[3] = rig.now.lines[3], rig.now.lines[2]
        return handle(call)

    rig.fake.handle = handled  # type: ignore[method-assign]
    records = pulled(rig)
    assert turned
    assert records[first].fields["生日"] == date(2026, 1, 1)
    assert records[second].fields["生日"] == 7


# ------------------------------------------------------------------------------ trouble on the way


def test_a_create_whose_answer_is_lost_is_found_by_its_token(rig: GoogleSheetsRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", ":batchUpdate")
    change = Change("c", Op.CREATE, after={"公司": "x"}, token="b" * 15)
    (receipt,) = write(rig, change)
    assert (receipt.outcome, receipt.key) == (Outcome.DONE, "b" * 15)
    (again,) = write(rig, change)
    assert again.outcome is Outcome.DUPLICATE
    assert len(rig.rows()) == 1


def test_an_update_whose_answer_is_lost_is_in_doubt(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    change = update(pulled(rig)[key], 电话="new")
    rig.fake.order(Trouble.BROKEN, "POST", ":batchUpdate")
    (receipt,) = write(rig, change)
    assert receipt.outcome is Outcome.UNKNOWN
    assert posts(rig) == 1


@pytest.mark.parametrize("trouble", [Trouble.TOO_FAST, Trouble.TOO_FAST_MUTE])
def test_a_storm_of_refusals_for_the_rate_loses_nothing(rig: GoogleSheetsRig, trouble: Trouble) -> None:
    connector = rig.open()
    for n in range(3):
        rig.fake.order(trouble, "POST", ":batchUpdate", times=2)
        rig.fake.order(trouble, "GET", times=3)
        change = Change("c", Op.CREATE, after={"公司": f"x{n}"}, token=f"{n:015d}")
        assert [one.outcome for one in connector.write(SHEET, [change])] == [Outcome.DONE]
    assert [row["公司"] for row in rig.rows()] == ["x0", "x1", "x2"]
    assert rig.gate.pauses


def test_a_token_that_ends_is_renewed_while_reading_and_while_writing(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    connector = rig.open()
    meanwhile(rig, "/values/", rig.fake.expire)
    (page,) = connector.pull(Query(SHEET, rig.facts.fields))
    meanwhile(rig, ":batchUpdate", rig.fake.expire)
    (receipt,) = connector.write(SHEET, [update(page.records[0], 电话="new")])
    assert (receipt.outcome, receipt.key) == (Outcome.DONE, key)
    assert rig.fake.count("POST", "/token") == 3


def test_two_connectors_of_one_account_share_their_token(rig: GoogleSheetsRig) -> None:
    rig.open().tables()
    rig.open().tables()
    assert rig.fake.count("POST", "/token") == 1


def test_the_assertion_is_signed_with_the_key(rig: GoogleSheetsRig) -> None:
    key = serialization.load_pem_private_key(private_key().encode(), None)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    seen: list[dict[str, Any]] = []

    def check(assertion: str) -> str:
        claims = jwt.decode(assertion, certs=public, verify=False)  # type: ignore[no-untyped-call]
        from google.auth import crypt

        signed, _, mark = assertion.rpartition(".")
        import base64

        assert crypt.verify_signature(signed, base64.urlsafe_b64decode(mark + "=="), public)  # type: ignore[no-untyped-call]
        seen.append(claims)
        return str(claims["iss"])

    rig.fake.check = check
    rig.open().tables()
    assert seen[0]["aud"] == f"{rig.fake.base}/token"
    assert seen[0]["scope"] == "https://www.googleapis.com/auth/spreadsheets"
    assert seen[0]["exp"] - seen[0]["iat"] == 3600


def _person(rig: GoogleSheetsRig, refresh: str) -> str:
    told = {"type": "authorized_user", "client_id": "c1", "client_secret": "very-secret", "refresh_token": refresh}
    return json.dumps({**told, "token_uri": f"{rig.fake.base}/token"})


def _opened(rig: GoogleSheetsRig, credentials: str) -> Any:
    options = {**rig.options(), "credentials": credentials}
    return SPEC.connect(SPEC.options.model_validate(options), Context(rig.gate, rig.vault, {SHEET: rig.facts}))


def test_a_person_signs_in_with_a_refresh_token(rig: GoogleSheetsRig) -> None:
    rig.fake.people["good"] = ACCOUNT
    assert _opened(rig, _person(rig, "good")).tables() == {SHEET: SHEET}


def test_a_sign_in_that_was_taken_back_says_so_and_keeps_its_secrets(rig: GoogleSheetsRig) -> None:
    with pytest.raises(AuthError, match="invalid_grant") as told:
        _opened(rig, _person(rig, "taken-back")).tables()
    assert "taken-back" not in str(told.value)
    assert "very-secret" not in str(told.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"type": "external_account"}', '{"type": "service_account"}', "path.json"]
)
def test_a_file_that_is_no_credential_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="credentials"):
        account(text)


def test_a_token_is_asked_for_at_a_safe_address_only() -> None:
    told = {"type": "service_account", "client_email": "a", "private_key": "b", "token_uri": "http://example.com/t"}
    with pytest.raises(ConfigError, match="https"):
        account(json.dumps(told))


def test_an_address_of_the_browser_is_as_good_as_an_id() -> None:
    address = "https://docs.google.com/spreadsheets/d/1Zr8kq0bXy-Pm/edit#gid=0"
    options = SPEC.options.model_validate({"spreadsheet": address, "credentials": "{}"})
    assert options.model_dump()["spreadsheet"] == "1Zr8kq0bXy-Pm"


@pytest.mark.parametrize(
    ("status", "told", "fate"),
    [
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded"}, Fate.LATER),
        (403, {"errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}, Fate.LATER),
        (403, {"status": "PERMISSION_DENIED"}, Fate.FORBIDDEN),
        (401, {"status": "UNAUTHENTICATED"}, Fate.AUTH),
        (400, {"status": "INVALID_ARGUMENT"}, Fate.CONFIG),
        (404, {"status": "NOT_FOUND"}, Fate.GONE),
        (503, {"status": "UNAVAILABLE"}, Fate.BROKEN),
    ],
)
def test_what_google_s_errors_mean(status: int, told: dict[str, Any], fate: Fate) -> None:
    assert judge(Answer(status, {}, json.dumps({"error": told}).encode())).fate is fate


def test_a_page_of_a_proxy_is_no_answer() -> None:
    assert judge(Answer(200, {}, b"<html>")).fate is Fate.BROKEN


# ------------------------------------------------------------------------------ rate, time


def test_the_published_rate_is_reached_and_never_exceeded() -> None:
    clock = VirtualClock(datetime(2026, 3, 1, tzinfo=UTC))
    with example(clock.now) as fake:
        options = {"spreadsheet": "example-customers", "credentials": service(fake.base), "base_url": fake.base}
        facts = {SHEET: TableFacts(("公司", "电话"), "编号")}
        connector = SPEC.connect(
            SPEC.options.model_validate(options), Context(RunGate(clock=clock), MemoryVault(), facts)
        )
        for _ in range(100):
            list(connector.pull(Query(SHEET, ("公司", "电话"))))
        connector.close()
        asked = fake.count("GET")
        assert fake.refused == 0
        assert clock.monotonic() <= (asked / 60) * 60 * 1.05


def test_a_stop_after_the_batch_still_tells_what_was_sent(rig: GoogleSheetsRig) -> None:
    key = rig.add({"公司": "x", "电话": "old"})
    change = update(pulled(rig)[key], 电话="new")
    receipts: list[Receipt] = []
    connector = rig.open()

    def stop() -> None:
        rig.gate.stop_after = rig.gate.entered

    meanwhile(rig, ":batchUpdate", stop)
    with pytest.raises(Stopped):
        receipts.extend(_each(connector.write(SHEET, [change]), receipts))
    assert [one.outcome for one in receipts] == [Outcome.DONE]


def _each(found: Iterator[Receipt], kept: list[Receipt]) -> Iterator[Receipt]:
    """As they come, so that those before an error are not lost."""
    for one in found:
        kept.append(one)
        yield from ()


def test_the_example_is_shared_with_the_account_of_its_page() -> None:
    assert example().files["example-customers"].editors == {ACCOUNT}
    assert FILE
