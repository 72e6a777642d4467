"""Records that are read together, column by column, are read as each is by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Damaged, Value
from mappings.conversion import columns
from mappings.convert import Converter
from mappings.types import TYPES
from mappings.types.base import GLUE, At
from mappings.types.together import PIECE
from tests.mapped import mapped
from tests.test_convert_laws import ACCOUNTS, FIELDS, RECORD, ROWS
from tests.test_type_laws import TEXTS

ODD = (
    *(
        "",
        " ",
        "  张 三 ",
        "张三",
        "王总",
        "小王",
        "欧阳修",
        "司马 光",
        "Smith, John",
        "买买提·艾合买提",
        "Wang Wei",
        "𠮷野",
    ),
    *(
        "上海宇润科技(上海)有限公司",
        "上海 宇润",
        "ＡＢＣ公司",
        "Ａ　Ｂ",
        "寮犱笁",
        "Ã©",
        "#REF!",
        "＃ＲＥＦ！",
        "无",
        "-",
        "n/a",
        "tbd",
    ),
    *(
        "13800138000",
        "138 0013 8000",
        "021-58881234",
        "+1 415 555 0100",
        "13800138000/13900139000",
        "123",
        "1380013800a",
    ),
    *(
        "a@b.cn",
        "A@B.CN",
        "a@b.cn;c@d.cn",
        "not a mail",
        "91310115MA1K35XX0A",
        "ma1k",
        "310115198501011234",
        "1.38E+10",
    ),
    *(
        "2026-01-02",
        "2026/1/2",
        "2026年1月2日",
        "2026-02-30",
        "0999-01-01",
        "05/03/2026",
        "44927",
        "two\\nlines",
        "屯屯",
        "é",
    ),
    *(
        "true",
        "是",
        "1,200",
        "5e+05",
        "A",
        "vip",
        "龘",
        "張三",
        "tab\\tx",
        "nbsp\\xa0x",
        "“quoted”",
        "a: b",
        "x#y",
        "C++",
    ),
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Converter:
    return mapped(tmp_path_factory.mktemp("columns"), RECORD, FIELDS, more=[ACCOUNTS])


def alone(converter: Converter, rows: Sequence[Mapping[str, Value]]) -> list[object]:
    return [converter.read(row) for row in rows]


@settings(max_examples=100)
@given(rows=st.lists(ROWS, max_size=6))
def test_any_records(book: Converter, rows: list[dict[str, Value]]) -> None:
    assert book.read_all(rows) == alone(book, rows)


@pytest.mark.parametrize("name", sorted(TYPES))
@pytest.mark.parametrize("zone", ["", "%Y/%m/%d"])
def test_a_type_reads_many_texts_as_it_reads_each(name: str, zone: str) -> None:
    """Plain texts in long runs, with every odd one among them once."""
    type_, at = TYPES[name], At(format=zone if name in ("date", "datetime") else "")
    for plain in (
        "上海宇润科技有限公司",
        "Blue Harbor Ltd",
        "13800138000",
        "a1@example.com",
        "91310115MA1K35XX0A",
        "2026-01-02",
    ):
        for odd in ODD:
            texts = [plain] * 3 + [odd] + [plain] * 2
            assert list(type_.parse_texts(texts, at)) == [type_.parse(text, at) for text in texts]
            if type_.glue:
                cells = [type_.parse_many(text, at) for text in texts]
                glued = [cell if isinstance(cell, Damaged) else GLUE.join(cell) for cell in cells]
                assert list(type_.join_texts(texts, at)) == glued


@settings(max_examples=60)
@given(texts=st.lists(TEXTS, min_size=1, max_size=2 * PIECE), name=st.sampled_from(sorted(TYPES)))
def test_any_texts(texts: list[str], name: str) -> None:
    type_, at = TYPES[name], At()
    assert list(type_.parse_texts(texts, at)) == [type_.parse(text, at) for text in texts]


def test_a_column_with_ever_new_texts_is_not_remembered_and_still_read_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "REMEMBERED", 10)
    fields = ["公司", "手机", "生日"]
    record = "\n  organisation: {name: 公司}\n  person: {phones: 手机, birthday: 生日, works_at: organisation}\n"
    one, two = mapped(tmp_path, record, fields), mapped(tmp_path, record, fields)
    rows: list[dict[str, Value]] = [
        {"公司": f"上海{n}号公司", "手机": None if n % 7 == 0 else f"138{n:08d}", "生日": "2026/1/2" if n % 2 else None}
        for n in range(120)
    ]
    for at in range(0, len(rows), 30):
        assert one.read_all(rows[at : at + 30]) == alone(two, rows[at : at + 30])


def test_values_that_are_equal_but_not_the_same_are_kept_apart(tmp_path: Path) -> None:
    converter = mapped(tmp_path, "\n  person: {name: 联系人, notes: 备注}\n", ["联系人", "备注"])
    rows: list[dict[str, Value]] = [
        {"联系人": "张三", "备注": value}
        for value in (1, True, Decimal(1), "1", date(2026, 1, 2), Damaged("x", "y"), None)
    ]
    rows.append({"联系人": None})
    assert converter.read_all(rows) == alone(converter, rows)
    assert converter.read_all([]) == []
