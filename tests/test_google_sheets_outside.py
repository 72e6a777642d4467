"""Is the pretended Google Sheets like the real one? Asked of gspread, of its recordings, and of Google's own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import gspread
import pytest
import requests
import vcr

from connectors.contract import Change, Context, Op, Query, SourceRefused, TableFacts
from connectors.google_sheets import SPEC, GoogleSheets
from connectors.shared.google import look
from connectors.shared.google.wire import judge
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.web.tokens import Token
from connectors.vault import MemoryVault
from sandbox.google_grid import Sheet
from sandbox.google_sheets import GoogleSheets as Fake
from sandbox.google_sheets import Spreadsheet
from sandbox.server import Call, Reply
from tests.google_sheets_rig import ACCOUNT, FILE, SHEET, GoogleSheetsRig, service
from tests.rig import CountingGate

CONTRACTS = Path(__file__).resolve().parents[1].parent / "shared" / "contracts"
RECORDED = CONTRACTS / "gspread" / "tests" / "cassettes"
DISCOVERY = CONTRACTS / "google-discovery" / "sheets.v4.json"
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="gspread's recordings are not here")
needs_discovery = pytest.mark.skipif(not DISCOVERY.is_file(), reason="Google's discovery document is not here")


@pytest.fixture
def rig() -> Iterator[GoogleSheetsRig]:
    rig = GoogleSheetsRig()
    yield rig
    rig.close()


# ------------------------------------------------------------------------------ gspread itself


class _Elsewhere(requests.Session):
    """gspread has no option for another address."""

    def __init__(self, fake: Fake) -> None:
        super().__init__()
        self._base = fake.base
        form = {"grant_type": "refresh_token", "refresh_token": "r1"}
        fake.people["r1"] = ACCOUNT
        token = requests.post(f"{self._base}/token", data=form, timeout=10).json()["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        address = str(url).replace("https://sheets.googleapis.com", self._base)
        return super().request(method, address, *args, **kwargs)


@pytest.fixture
def client(rig: GoogleSheetsRig) -> Iterator[gspread.Client]:
    with _Elsewhere(rig.fake) as session:
        yield gspread.Client(auth=None, session=session)  # type: ignore[arg-type]  # with a session it needs no account


def test_gspread_reads_and_writes_it(client: gspread.Client, rig: GoogleSheetsRig) -> None:
    rig.add({"公司": "a", "电话": "013800138000"})
    sheet = client.open_by_key(FILE).worksheet(SHEET)
    assert sheet.acell("C3").value == "013800138000"
    sheet.append_row(["K2", "b", "+8613800138000"])
    sheet.update([["=1+1"]], "D4")
    assert sheet.get("A4:D4") == [["K2", "b", "+8613800138000", "=1+1"]]
    sheet.sort((2, "des"), range="A3:G4")
    assert sheet.col_values(2)[2:] == ["b", "a"]
    sheet.delete_rows(3)
    assert sheet.col_values(2)[2:] == ["a"]


def test_typed_as_by_a_person_a_phone_loses_its_zero(client: gspread.Client, rig: GoogleSheetsRig) -> None:
    """The trap that the connector avoids is there."""
    rig.add({"公司": "a"})
    sheet = client.open_by_key(FILE).worksheet(SHEET)
    sheet.update([["013800138000", "=6/4"]], "C3", value_input_option=gspread.utils.ValueInputOption.user_entered)
    unformatted = gspread.utils.ValueRenderOption.unformatted
    assert sheet.get("C3:D3", value_render_option=unformatted) == [[13800138000, 1.5]]


def test_gspread_hears_the_errors_of_google(client: gspread.Client, rig: GoogleSheetsRig) -> None:
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client.open_by_key("nobody")
    rig.file.editors.clear()
    with pytest.raises(PermissionError):
        client.open_by_key(FILE)


# ------------------------------------------------------------------------------ Google's schemas


def _faults(schemas: Mapping[str, Any], told: Any, schema: Mapping[str, Any], way: str) -> Iterator[str]:
    """What does not fit a schema of the discovery document; a key that it does not know is a fault too."""
    if "$ref" in schema:
        yield from _faults(schemas, told, schemas[schema["$ref"]], way)
        return
    kind = schema.get("type", "any")
    types: Mapping[str, Any] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if kind == "number":
        if isinstance(told, bool) or not isinstance(told, int | float | Decimal):
            yield f"{way}: {type(told).__name__} is no number"
    elif kind in types and (not isinstance(told, types[kind]) or (kind == "integer" and isinstance(told, bool))):
        yield f"{way}: {type(told).__name__} is no {kind}"
    elif kind == "object" and "properties" in schema:
        for name, one in told.items():
            if name not in schema["properties"]:
                yield f"{way}.{name}: is unknown"
            else:
                yield from _faults(schemas, one, schema["properties"][name], f"{way}.{name}")
    elif kind == "array":
        for one in told:
            yield from _faults(schemas, one, schema["items"], f"{way}[]")
    if "enum" in schema and told not in schema["enum"]:
        yield f"{way}: {told} is none of the values"


def _schema_of(call: Call) -> tuple[str | None, str]:
    """The schemas of what is sent and of what is answered."""
    if call.path.endswith(":batchUpdate") and "/values" not in call.path:
        return "BatchUpdateSpreadsheetRequest", "BatchUpdateSpreadsheetResponse"
    if call.path.endswith("values:batchGet"):
        return None, "BatchGetValuesResponse"
    return None, "ValueRange" if "/values/" in call.path else "Spreadsheet"


@needs_discovery
def test_all_that_is_sent_and_answered_fits_the_schemas_of_google(rig: GoogleSheetsRig) -> None:
    schemas = json.loads(DISCOVERY.read_text("utf-8"))["schemas"]
    heard: list[tuple[Call, Reply]] = []
    handle = rig.fake.handle

    def listening(call: Call) -> Any:
        found = handle(call)
        heard.append((call, found[0]))
        return found

    rig.fake.handle = listening  # type: ignore[method-assign]
    key = rig.add({"公司": "a", "生日": datetime(2026, 1, 1).date(), "备注": "alt"})  # noqa: DTZ001
    rig.damage(rig.add({"公司": "b"}))
    rig.now.merges.append(
        {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 3}
    )
    rig.now.protected.append({"protectedRangeId": 1, "range": {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 1}})
    connector = rig.open()
    born = datetime(2020, 2, 29).date()  # noqa: DTZ001
    list(connector.pull(Query(SHEET, rig.facts.fields)))
    list(connector.write(SHEET, [Change("1", Op.CREATE, after={"公司": "c", "生日": born, "备注": 5}, token="a" * 15)]))
    list(connector.write(SHEET, [Change("2", Op.UPDATE, key, {"公司": "z", "生日": born, "备注": None})]))
    list(connector.write(SHEET, [Change("3", Op.DELETE, key)]))
    connector.close()
    apis = [(call, reply) for call, reply in heard if call.path.startswith("/v4/")]
    assert len([call for call, _ in apis if call.method == "POST"]) == 3
    for call, reply in apis:
        sent, answered = _schema_of(call)
        if sent:
            assert list(_faults(schemas, call.json, schemas[sent], sent)) == []
        assert list(_faults(schemas, json.loads(reply.raw()), schemas[answered], answered)) == []


# ------------------------------------------------------------------------------ recordings


def _recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))["interactions"]
    return found


ALIKE = """
    acell append_row append_row_with_empty_value_and_table_range batch_get batch_update cell cell_return_first
    clear delete_row find findall get_all_records get_all_records_different_header get_all_records_duplicate_keys
    get_all_records_numericise_unformatted get_all_records_pad_more_than_one_key get_all_records_pad_one_key
    get_all_records_pad_values get_all_records_value_render_options get_all_records_with_all_values_blank
    get_all_records_with_blank_final_headers get_all_records_with_keys_blank
    get_all_records_with_some_values_blank get_all_values get_all_values_date_time_render_options
    get_all_values_title_is_a1_notation get_returns_ValueRange_with_metadata get_values_and_maintain_size
    get_values_can_emulate_get_with_kwargs get_values_returns_padded_get_as_listoflists
    get_values_with_args_or_kwargs range range_get_all_values range_reversed range_unbounded sort update_acell
    update_and_get update_cell update_cell_multiline update_cell_objects update_cell_unicode update_cells
    update_cells_noncontiguous update_cells_unicode
"""
"""Recordings of WorksheetTest whose every request is pretended here."""


def _reply(fake: Fake, one: Mapping[str, Any]) -> Reply:
    request = one["request"]
    parts = urlsplit(request["uri"])
    body = (request["body"] or "").encode()
    query = parse_qs(parts.query, keep_blank_values=True)
    call = Call(request["method"], parts.path, query, {"authorization": "Bearer t"}, body)
    return fake.handle(call)[0]


@needs_recordings
@pytest.mark.parametrize("name", ALIKE.split())
def test_the_fake_answers_as_google_did(name: str) -> None:
    """Every recorded call is made again; values must come as they did then."""
    fake = Fake()
    fake.rates = ()
    fake._tokens["t"] = (ACCOUNT, datetime.now(UTC) + timedelta(hours=1))
    compared = 0
    for one in _recorded(f"WorksheetTest.test_{name}"):
        if "/drive/v3/" in one["request"]["uri"]:
            told = json.loads(one["response"]["body"]["string"] or "{}")
            if one["request"]["method"] == "POST":
                sheet = Sheet(0, "Sheet1")
                fake.add(Spreadsheet(told["id"], told["name"], "Etc/GMT", [sheet], {ACCOUNT}))
            continue
        reply = _reply(fake, one)
        assert reply.status == one["response"]["status"]["code"], (one["request"], reply.body)
        if one["request"]["method"] == "GET" and "/values" in one["request"]["uri"]:
            mine, theirs = json.loads(reply.raw()), json.loads(one["response"]["body"]["string"])
            assert _values(mine) == _values(theirs), one["request"]["uri"]
            compared += 1
    assert compared


def _values(told: Mapping[str, Any]) -> list[Any]:
    return [part.get("values", []) for part in told.get("valueRanges", [told])]


def _opened(spreadsheet: str, **facts: TableFacts) -> GoogleSheets:
    """The connector at Google's own address, signed in already."""
    gate, vault = CountingGate(), MemoryVault()
    options = {"spreadsheet": spreadsheet, "credentials": service("https://oauth2.googleapis.com"), "headings": False}
    connector = SPEC.connect(SPEC.options.model_validate(options), Context(gate, vault, facts))
    assert isinstance(connector, GoogleSheets)
    connector._tokens._vault.set(connector._tokens._name, Token("scrubbed").dump())
    return connector


def _cassette(name: str) -> Any:
    match = ["method", "scheme", "host", "path", "query"]
    tape = vcr.VCR(record_mode="none", serializer="json", match_on=match)
    return tape.use_cassette(str(RECORDED / f"{name}.json"), allow_playback_repeats=True)


@needs_recordings
def test_a_recorded_sheet_is_read_as_it_was(rig: GoogleSheetsRig) -> None:
    """The looks of its cells were not recorded: without them a date is its number."""
    connector = _opened("1VYZV6IRnymjtcrTiKitjSdyIpBjiKTnzjBT-J87QLjI")
    with (
        _cassette("WorksheetTest.test_get_all_values_date_time_render_options"),
        patch.object(look, "_cells", lambda *_: []),
    ):
        assert connector.tables() == {"Sheet1": "Sheet1"}
        (page,) = connector.pull(Query("Sheet1", ("@A", "@B", "@C", "@D")))
    assert [tuple(record.fields.values()) for record in page.records] == [
        (2, 43831, "string", 53),
        (Decimal("1.5"), Decimal("0.12"), 36162, None),
    ]
    connector.close()


@needs_recordings
@pytest.mark.parametrize(
    ("name", "spreadsheet"),
    [
        ("ClientTest.test_access_private_spreadsheet", "1jIKzPs8LsiZZdLdeMEP-5ZIHw6RkjiOmj1LrJN706Yc"),
        ("ClientTest.test_access_non_existing_spreadsheet", "test"),
    ],
)
def test_a_recorded_refusal_says_whom_to_share_it_with(name: str, spreadsheet: str) -> None:
    connector = _opened(spreadsheet)
    with _cassette(name):
        (finding,) = connector.check()
        with pytest.raises(SourceRefused):
            connector.tables()
    assert finding.level == "error"
    assert ACCOUNT in finding.text
    connector.close()


@needs_recordings
def test_every_recorded_spreadsheet_and_error_is_understood() -> None:
    """651 lists of sheets were recorded, some with merged, protected and hidden ones."""
    fates, sheets = set[tuple[int, Fate]](), 0
    for path in sorted(RECORDED.glob("*.json")):
        for one in json.loads(path.read_text("utf-8"))["interactions"]:
            body, status = one["response"]["body"].get("string") or "", one["response"]["status"]["code"]
            if "sheets.googleapis.com" not in one["request"]["uri"]:
                continue
            if status >= 400:
                fates.add((status, judge(Answer(status, {}, body.encode())).fate))
            elif one["request"]["uri"].endswith("includeGridData=false"):
                sheets += len([look._info(sheet) for sheet in json.loads(body)["sheets"]])
    assert fates == {(400, Fate.CONFIG), (403, Fate.FORBIDDEN), (404, Fate.GONE)}
    assert sheets > 600
