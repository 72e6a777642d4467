"""Does `map check` say what a mapping does not understand, without a customer's value? (DESIGN §5 "Lens law")"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from connectors.contract import Field, Fields, Finding, Value
from mappings.convert import Converter
from mappings.lens import check
from tests.mapped import mapped


def texts(converter: Converter, rows: Iterable[Fields], code: str) -> list[str]:
    return [str(one.text) for one in check(converter, rows) if one.code == code]


def rows(column: str, *values: Value) -> list[Fields]:
    return [{"N": "宇润", column: value} for value in values]


def test_a_sound_mapping_has_notes_only(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, phones: P}", "NP")
    found = check(book, rows("P", "13800138000", "021-58881234", None))
    assert {one.level for one in found} == {"note"}
    assert found[0] == Finding(
        "note", "read", "3 records were read (organisation 3), 0 are not meant by `where`", "book"
    )
    assert found[1].text == "the subject of a record is its part `organisation`"


def test_records_that_where_leaves_out_are_counted_apart(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N}", "N", head="where: {N: {not: 合计}}")
    said = texts(book, [{"N": "合计"}, {"N": "宇润"}], "read")
    assert said == ["1 records were read (organisation 1), 1 are not meant by `where`"]


def test_unmapped_options_are_listed_with_their_counts(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, tier: {from: T, values: {A: vip}}}", "NT")
    said = texts(book, rows("T", "A", "D类", "D类", "E"), "unmapped")
    assert said == ["organisation.tier: 3 values mean nothing yet; list them under `values`: D类 (2), E (1)"]


@pytest.mark.parametrize(
    ("record", "values"),
    [
        ("tier: {from: T, values: {A: vip}}", [f"张{chr(0x4E00 + n)}" for n in range(20)]),
        ("tier: {from: T, values: {A: vip}}", ["13800138000"]),
        ("tier: {from: T, values: {A: vip}}", ["上海市浦东新区张江路一百二十三号二〇一室转角处"]),
        ("owner: T", ["赵某某"]),
        ("city: {from: T, values: {沪: 上海}}", ["赵某某"]),
    ],
)
def test_what_may_be_a_customers_value_is_only_counted(tmp_path: Path, record: str, values: list[Value]) -> None:
    book = mapped(tmp_path, f"  organisation: {{name: N, {record}}}", "NT")
    said = texts(book, rows("T", *values), "unmapped")
    assert len(said) == 1
    assert f"{len(values)} values of {len(set(values))} kinds" in said[0]
    assert not any(str(value) in one.text for value in values for one in check(book, rows("T", *values)))


def test_damage_is_counted_by_its_code(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, phones: P}", "NP")
    said = texts(book, rows("P", "1.38E+10", "1.39E+10", "#REF!", "13800138000"), "damaged")
    assert said == [
        "organisation.phones: 1 of 4 values are damaged (excel_error)",
        "organisation.phones: 2 of 4 values are damaged (scientific)",
    ]


def test_what_would_not_go_into_a_new_record_is_said(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, website: W}", ["N", Field("W", "W", max_length=10)])
    said = texts(book, rows("W", "example.com/shop", "a.cn"), "cannot")
    assert len(said) == 1
    assert said[0].startswith("organisation.website: 1 of 2 values could not be written")


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("city: {from: T, python: codes:f}", ["上海"]),
        ('last_contacted_at: {from: T, format: "%Y-%m"}', ["2026-01-02 03:04:05"]),
        ('annual_value: {from: T, format: "#,##0"}', ["1200.5", "1300"]),
    ],
)
def test_a_mapping_that_does_not_read_its_own_writing_is_an_error(
    tmp_path: Path, place: str, values: list[Value]
) -> None:
    (tmp_path / "codes.py").write_text(
        "class f:\n  def read(t): return t\n  def write(t): return t[:1]\n", encoding="utf-8"
    )
    book = mapped(tmp_path, f"  organisation: {{name: N, {place}}}", "NT")
    found = check(book, rows("T", *values))
    assert (found[0].level, found[0].code) == ("error", "lens")
    assert f"1 of {len(values)} values would read back as another once they are written into T" in found[0].text
    assert not any(str(value) in one.text for value in values for one in found)


def test_lossy_places_are_named_and_not_judged(tmp_path: Path) -> None:
    record = '  organisation: {name: N, last_contacted_at: {from: D, format: "%Y-%m", lossy: yes}}'
    book = mapped(tmp_path, record, "ND")
    found = check(book, rows("D", "2026-01-02 03:04:05"))
    assert [one.text for one in found if one.code == "lossy"] == [
        "organisation.last_contacted_at is `lossy`: D is written only while it is empty"
    ]
    assert [one for one in found if one.level == "error"] == []


def test_a_table_without_a_subject_says_so(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N}\n  machine: {serial: S}", "NS")
    said = texts(book, [{"N": "宇润", "S": "1"}], "subject")
    assert said == ["no part is the subject, so nothing is created here"]


def test_a_place_that_is_read_and_another_that_is_written_break_no_law(tmp_path: Path) -> None:
    record = '  person:\n    name: [{from: n, direction: pull}, {from: r, template: "{name}", direction: push}]'
    book = mapped(tmp_path, record, "nr")
    assert [one.code for one in check(book, [{"n": "张三", "r": None}])] == ["read", "subject"]
