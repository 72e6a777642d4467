"""What holds of every mapping and every record: reading never raises, writing what is read changes nothing, and what
is written reads back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Capabilities, Damaged, Field, LookUp, Table, Value
from mappings.convert import Canonical, Converter
from mappings.kinds import Kind
from mappings.lens import check
from mappings.model import TableMap
from mappings.people import People
from mappings.types import TYPES, cleaning
from sync.config.model import Workspace
from sync.workspace import load
from tests.mapped import mapped
from tests.standins import StandIns
from tests.test_type_laws import TEXTS

DESIGN = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces"
needs_design = pytest.mark.skipif(not DESIGN.is_dir(), reason="the design's workspaces are not beside the repository")

RECORD = """
  organisation:
    name: 公司
    identifiers: {from: 代码, as: credit_code}
    phones: {from: 总机, split: ";"}
    website: 网址
    tier: {from: 级别, values: {A: vip, A类: vip, B: normal, 无: ""}}
    tags: 标签
    owner: 业务员
    annual_value: {from: 年额, format: "#,##0.00"}
    consent: 同意
    notes: {from: 备注, direction: both}
  person:
    name: 联系人
    phones: [手机, 电话]
    emails: 邮箱
    birthday: {from: 生日, format: "%m月%d日"}
    next_follow_up_at: 下次
    works_at: organisation
  interaction:
    at: {from: 拜访, direction: both}
    about: {from: 客户号, ref: crm.accounts, direction: both}
    summary: {from: 内容, direction: both}
"""
OPTIONS = (("1", "VIP"), ("2", "老客户"), ("3", "新"))
FIELDS: list[str | Field] = [
    *(
        "公司",
        "代码",
        "总机",
        "网址",
        "级别",
        "业务员",
        "同意",
        "备注",
        "联系人",
        "手机",
        "电话",
        "邮箱",
        "生日",
        "下次",
    ),
    *("拜访", "内容"),
    Field("标签", "标签", "choice", many=True, options=OPTIONS),
    Field("年额", "年额", "text"),
    Field("客户号", "客户号", "lookup"),
]
ACCOUNTS = "table: crm.accounts\nrecord:\n  organisation: {name: name}\n"
COLUMNS = [one if isinstance(one, str) else one.id for one in FIELDS]
CELLS: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    TEXTS,
    st.sampled_from(
        ["A", "B", "小王", "李雷", "是", "13800138000", "2026-01-02", "5月12日", "1,200.00", "a@b.cn; c@d.cn"]
    ),
    st.integers(0, 10**12),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.booleans(),
    st.dates(),
    st.sampled_from([LookUp("accounts", "17"), LookUp("@staff", "3"), ("1", "2"), (), ("9",), Damaged("x", "y")]),
)
ROWS = st.dictionaries(st.sampled_from(COLUMNS), CELLS)
FILLED = st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Converter:
    return mapped(tmp_path_factory.mktemp("laws"), RECORD, FIELDS, more=[ACCOUNTS])


def fields_of(converter: Converter, row: Mapping[str, Value]) -> Iterator[tuple[str, str, Canonical]]:
    """(part, field, value) of every field that some column says."""
    for shape in converter.parts:
        for name in shape.fields:
            if name in shape.writable:
                yield shape.name, name, converter.read_field(shape.name, name, row)


@settings(max_examples=300)
@given(row=ROWS)
def test_no_record_makes_reading_raise_and_each_part_is_whole(book: Converter, row: dict[str, Value]) -> None:
    found = book.read(row)
    assert len(found) == len(book.parts)
    for shape, values in zip(book.parts, found, strict=True):
        if values is None:
            continue
        assert len(values) == len(shape.fields)
        for name, value in zip(shape.fields, values, strict=True):
            if name in shape.sets:
                assert value is None or (isinstance(value, tuple) and len(value) == len(shape.sets[name]))
            else:
                assert value is None or isinstance(value, str | Damaged)
    assert book.read(row) == found, "what is remembered changes nothing"


@settings(max_examples=200)
@given(row=FILLED)
def test_writing_what_is_shown_changes_nothing(book: Converter, row: dict[str, Value]) -> None:
    for part, name, value in fields_of(book, row):
        written = book.write(part, name, value, row, {})
        assert written.after == {}, name
        assert written.cannot == "", name


@settings(max_examples=250)
@given(row=FILLED, other=FILLED)
def test_what_is_written_reads_back_and_touches_no_other_column(
    book: Converter, row: dict[str, Value], other: dict[str, Value]
) -> None:
    for part, name, value in fields_of(book, other):
        written = book.write(part, name, value, row, {})
        assert set(written.after) <= set(book.places(part, name))
        pieces = value if isinstance(value, tuple) else (value,)
        if written.cannot or any(piece is None or isinstance(piece, Damaged) for piece in pieces):
            continue
        now = book.read_field(part, name, {**row, **written.after})
        assert says(now, value), name


def says(now: Canonical, value: Canonical) -> bool:
    if now == value:
        return True
    if isinstance(now, tuple) and isinstance(value, tuple):
        return [_set(one) for one in now] == [_set(one) for one in value]
    if isinstance(now, str) and isinstance(value, str):
        is_link = now.rpartition("\x1f")[2] == value.rpartition("\x1f")[2]
        return is_link or (now[:1] in "-12" and TYPES["datetime"].same(now, value))
    return False


def _set(slot: str | Damaged) -> object:
    return set(slot.split("\n")) if isinstance(slot, str) else slot


@given(st.text(alphabet=st.sampled_from("张三上海ＡｂC（）() 。，！1２—…“”　-")))
def test_the_quick_way_of_cleaning_is_the_same_as_the_long_one(text: str) -> None:
    assert cleaning.clean(cleaning.clean_easy(text)) == cleaning.clean(text)
    assert cleaning.clean_easy(text).strip() == cleaning.clean(text)


# ------------------------------------------------------------------------------ the design's seven workspaces

SAMPLES: dict[str, Canonical] = {
    "text": "甲乙",
    "person_name": "张三",
    "company_name": "上海宇润科技有限公司",
    "phone": "+8613800138000",
    "email": "a@b.cn",
    "url": "example.com",
    "date": "1985-05-12",
    "datetime": "2026-01-02T03:04:05Z",
    "number": "3",
    "money": "1200",
    "boolean": "true",
    "choice": "甲",
    "tags": "甲",
    "staff": "wang",
    "address": "张江路1号",
    "identifier": "91110000600037341L",
    "note": "来访",
}


def converters() -> list[tuple[str, Workspace, TableMap]]:
    found = []
    for folder in sorted(DESIGN.iterdir()) if DESIGN.is_dir() else []:
        made = load(folder, StandIns())
        found += [(f"{folder.name}:{name}", made, table) for name, table in made.tables.items()]
    return found


def _converter(made: Workspace, table: TableMap) -> Converter:
    holes = [p for part in table.parts for ps in (*part.fields.values(), *part.relations.values()) for p in ps]
    described = tuple(Field(column, column) for column in dict.fromkeys(c for p in holes for c in p.columns))
    folder = made.folder
    if any(place.python or place.python_read for place in holes):
        pytest.skip("its function is not part of the design")
    people = People(made.people)
    return Converter(
        table, Table("t", "t", described, Capabilities()), made.kinds, people, folder=folder, tables=made.tables
    )


@needs_design
@pytest.mark.parametrize(("made", "table"), [(m, t) for _, m, t in converters()], ids=[n for n, _, _ in converters()])
def test_every_mapping_of_the_design_keeps_the_lens_law(made: Workspace, table: TableMap) -> None:
    one = _converter(made, table)
    empty: dict[str, Value] = dict.fromkeys(one.columns)
    record = dict(empty)
    for shape in one.parts:
        for name in sorted(shape.writable):
            if not one.comes_back(shape.name, name):
                continue
            value = _sample(made.kinds[shape.kind], shape.name, name, one, made)
            written = one.write(shape.name, name, value, empty, {})
            assert written.cannot == "", (shape.name, name, written.cannot)
            assert written.after, (shape.name, name)
            assert says(one.read_field(shape.name, name, {**empty, **written.after}), value), (shape.name, name)
            record.update(written.after)
    assert [f for f in check(one, [record]) if f.level == "error"] == []
    assert [f.text for f in check(one, [record]) if f.code == "damaged"] == []


def _sample(kind: Kind, part: str, name: str, one: Converter, made: Workspace) -> Canonical:
    type_ = one.type_of(part, name)
    if type_ is None:
        return "17"
    places = one.map.part(part).fields.get(name, ())
    canonical = [text for place in places for _, texts in place.values for text in texts if text]
    value = canonical[0] if canonical else SAMPLES[type_.name]
    if type_.name == "staff" and made.people:
        value = made.people[0].id
    definition = kind.field(name)
    if definition.many:
        slots = next(shape for shape in one.parts if shape.name == part).sets[name]
        free = next(n for n, slot in enumerate(slots) if slot.writes)
        return tuple(str(value) if n == free else "" for n in range(len(slots)))
    if type_.name == "date" and places and places[0].format and "%Y" not in places[0].format:
        return "--05-12"
    return value


def test_numbers_and_days_are_read_alike_in_any_order(book: Converter) -> None:
    """A column that shows 1, True and Decimal(1) is not read by what was remembered of another of them."""
    rows: list[dict[str, Value]] = [{"同意": one, "公司": "x"} for one in (True, 1, Decimal(1), "1", date(2026, 1, 2))]
    forward = [book.read_field("organisation", "consent", row) for row in rows]
    assert forward[:4] == ["true"] * 4
    assert isinstance(forward[4], Damaged)
    assert [book.read_field("organisation", "consent", row) for row in reversed(rows)] == forward[::-1]
