"""Are Airtable's cells read and written by their types, and do published samples and the public client agree with us?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Damaged, LookUp, Outcome
from connectors.shared.airtable.shape import column_of, shape_of
from tests.airtable_rig import TOKEN, AirtableRig
from tests.contract_help import create, one, update, write_one

SAMPLES = Path(__file__).resolve().parents[1].parent / "shared" / "contracts"


@pytest.fixture
def rig() -> Iterator[AirtableRig]:
    rig = AirtableRig()
    yield rig
    rig.close()


# ------------------------------------------------------------------------------ values


def test_every_type_that_may_be_written_comes_back(rig: AirtableRig) -> None:
    level = next(f for f in rig.open().describe(rig.table).fields if f.name == "Level")
    values: dict[str, Any] = {
        rig.id("Level"): level.options[0][0],
        rig.id("Company"): rig.link(),
        rig.id("Born"): date(1985, 3, 5),
        rig.id("Next call"): datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        rig.id("Stars"): 4,
        rig.id("Active"): True,
    }
    receipt = write_one(rig, create(rig, "x", values))
    assert receipt.outcome is Outcome.DONE, receipt
    shown = one(rig, "x").fields
    assert {name: shown[name] for name in values} == values
    cleared = update(one(rig, "x"), dict.fromkeys(values))
    assert write_one(rig, cleared).outcome is Outcome.DONE
    assert {name: one(rig, "x").fields[name] for name in values} == {**dict.fromkeys(values), rig.id("Active"): False}


@pytest.mark.parametrize(
    ("kind", "options", "raw", "value"),
    [
        ("number", {"precision": 2}, Decimal("12.50"), Decimal("12.50")),
        ("checkbox", {}, None, False),
        ("barcode", {}, {"text": "690123", "type": "ean13"}, "690123"),
        ("aiText", {}, {"state": "generated", "value": "kurz", "isStale": False}, "kurz"),
        ("formula", {"result": {"type": "number"}}, {"specialValue": "NaN"}, Damaged("formula_error", "NaN")),
        ("formula", {"result": {"type": "number"}}, {"error": "#ERROR!"}, Damaged("formula_error", "#ERROR!")),
        ("multipleRecordLinks", {"linkedTableId": "tblX"}, ["rec1", "rec2"], (LookUp("tblX", "rec1"), LookUp("tblX", "rec2"))),
        ("multipleRecordLinks", {"linkedTableId": "tblX", "prefersSingleRecordLink": True}, ["a", "b"], Damaged("several", "2")),
        ("singleCollaborator", {}, {"id": "usr1", "email": "a@b.c", "name": "A"}, LookUp("@staff", "usr1", "A")),
        ("singleSelect", {"choices": [{"id": "sel1", "name": "VIP"}]}, "Gold", Damaged("unmapped", "Gold")),
        ("multipleLookupValues", {"result": {"type": "singleLineText"}}, ["a", None, "b"], ("a", "b")),
        ("date", {}, "yesterday", Damaged("not_a_date", "yesterday")),
        ("somethingNew", {}, {"wacky": 1}, Damaged("unreadable", "{…}")),
        ("multipleAttachments", {}, [{"id": "att1", "filename": "名片.jpg", "size": 5}], ("名片.jpg",)),
    ],
)  # fmt: skip
def test_cells_are_read_by_their_type(kind: str, options: Any, raw: Any, value: Any) -> None:
    column = column_of({"id": "fldX", "name": "X", "type": kind, "options": options})
    assert column.read({"fldX": raw}) == value


# ------------------------------------------------------------------------------ samples and the public client


def samples(folder: str) -> list[Any]:
    if not SAMPLES.exists():
        pytest.skip("the published samples are not beside the repository")
    return [json.loads(path.read_text("utf-8")) for path in sorted((SAMPLES / folder).glob("*.json"))]


def test_every_published_field_is_understood() -> None:
    fields = {one["type"]: column_of(one).field for one in samples("pyairtable/tests/sample_data/field_schema")}
    assert {kind for kind, field in fields.items() if field.on_update} == {
        "checkbox", "currency", "date", "dateTime", "duration", "email", "multilineText", "multipleCollaborators",
        "multipleRecordLinks", "multipleSelects", "number", "percent", "phoneNumber", "rating", "richText",
        "singleCollaborator", "singleLineText", "singleSelect", "url",
    }  # fmt: skip
    assert {kind for kind, field in fields.items() if field.kind == "other"} == {
        "button", "manualSort", "somethingUnrecognizable",
    }  # fmt: skip
    assert fields["multipleLookupValues"].kind == "choice"


def test_published_tables_and_records_are_understood() -> None:
    (base,) = [one for one in samples("mehanizm-airtable/testdata") if "tables" in one]
    apartments = shape_of(base["tables"][0])
    assert apartments.columns["fldumZe00w09RYTW6"].field.refers == ("tblK6MZHez0ZvBChZ",)
    assert apartments.primary == "fld1VnoyuotSTyxW1"


def test_the_public_client_works_against_the_fake(rig: AirtableRig) -> None:
    import pyairtable
    from pyairtable.formulas import match

    api = pyairtable.Api(TOKEN, endpoint_url=rig.fake.base, retry_strategy=None, timeout=(5, 5))
    table = api.table(rig._base.id, "Customers")
    table.batch_create([{"Name": f"n{n}", "offbook id": f"t{n}"} for n in range(20)])
    assert rig.fake.count("POST") == 2
    again = [{"fields": {"Name": f"N{n}", "offbook id": f"t{n}"}} for n in range(23)]
    merged = table.batch_upsert(again, key_fields=["offbook id"])
    assert (len(merged["createdRecords"]), len(merged["updatedRecords"])) == (3, 20)
    rig.fill(205)
    assert len(table.all()) == 228
    assert [one["fields"]["Name"] for one in table.all(formula=match({"Name": "N7"}))] == ["N7"]
    (found,) = table.all(formula=match({"Name": "N7"}), use_field_ids=True, fields=[rig.text[0]])
    assert found["fields"] == {rig.text[0]: "N7"}
    assert table.update(found["id"], {"Stars": 3})["fields"]["Stars"] == 3
    assert table.get(found["id"])["fields"]["Name"] == "N7"
    assert all(one["deleted"] for one in table.batch_delete([one["id"] for one in merged["records"]]))
    assert {field.type for field in table.schema().fields} >= {"singleSelect", "multipleRecordLinks", "formula"}
    assert api.whoami()["id"] == rig.fake.user
    assert [base.id for base in api.bases()] == [rig._base.id]


def test_the_fake_refuses_what_airtable_refuses(rig: AirtableRig) -> None:
    import pyairtable
    import requests

    api = pyairtable.Api(TOKEN, endpoint_url=rig.fake.base, retry_strategy=None, timeout=(5, 5))
    table = api.table(rig._base.id, rig.table)
    wrong: list[dict[str, Any]] = [
        {"Worth": 1},
        {"Level": "Gold"},
        {"Stars": 9},
        {"Nobody": "x"},
        {"Company": ["recX"]},
    ]
    for cells in wrong:
        with pytest.raises(requests.HTTPError, match="422"):
            table.create(cells)
    with pytest.raises(requests.HTTPError, match="422"):
        table.batch_upsert([{"fields": {"Mail": "a@b.c"}}], key_fields=["Mail"])
    with pytest.raises(requests.HTTPError, match="422"):
        table.all(formula="{Name")
    assert not rig.rows()
