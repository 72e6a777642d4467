"""What holds of every type and every text: nothing raises, reading is idempotent, writing reads back."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Damaged, Field, Value
from mappings.people import People, Person
from mappings.types import TYPES, At, Cannot, cleaning
from mappings.types.cleaning import clean, form
from mappings.types.names import is_title_name, join_name, split_name

PEOPLE = People((Person("wang", "王芳", ("小王",), "w@a.cn", {"crm": "3"}), Person("li", "李雷")))
_WORDS = (
    "138 0013 8000 13800138000 021-58881234 转 8001 +86 / 、 ； , ( ) - 张 三 欧阳 王 总 John Smith van 有限公司 "
    "2026 -01-02 年 月 日 5 12 万 元 ¥ % . .0 E+10 a@b.cn @ http:// www. A é · ・ ① 是 否 #REF! 锟斤拷 "
    "T : Z PM 0 00 ;ext="
)
_PIECES = [*_WORDS.split(), " ", "\n", "\u200b", "\u3000"]
TEXTS = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))
AT = st.builds(
    At,
    region=st.sampled_from(["CN", "US", "DE"]),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
    source=st.just("crm"),
    people=st.just(PEOPLE),
)
RAW: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    st.integers(),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.timezones()),
    st.none(),
)


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=60)
@given(raw=RAW, at=AT)
def test_nothing_raises_and_what_is_read_is_text_or_damaged(name: str, raw: Value, at: At) -> None:
    type_ = TYPES[name]
    one, many = type_.parse(raw, at), type_.parse_many(raw, at)
    assert isinstance(one, str | Damaged)
    assert isinstance(many, tuple | Damaged)
    for value in (one, *(many if isinstance(many, tuple) else ())):
        if isinstance(value, str):
            assert type_.form(type_.form(value)) == type_.form(value)
            assert type_.same(value, value, at.zone)
            assert not type_.says_more(value, value)


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=80)
@given(raw=TEXTS, at=AT)
def test_reading_what_was_read_changes_nothing(name: str, raw: str, at: At) -> None:
    type_ = TYPES[name]
    value = type_.parse(raw, at)
    if isinstance(value, str):
        assert type_.parse(value, at) == value
    many = type_.parse_many(raw, at)
    for one in many if isinstance(many, tuple) else ():
        assert "\n" not in one
        assert type_.parse_many(one, at) == (one,)


@pytest.mark.parametrize("name", sorted(TYPES))
@settings(max_examples=80)
@given(raw=TEXTS, at=AT, shown=st.none() | st.sampled_from(["是", "Yes", "+86 1", "x"]))
def test_what_is_written_reads_back(name: str, raw: str, at: At, shown: str | None) -> None:
    type_ = TYPES[name]
    many = type_.parse_many(raw, at)
    for value in many if isinstance(many, tuple) else ():
        written = type_.render(value, at, shown)
        if written is None or isinstance(written, Cannot):
            continue
        back = type_.parse_many(written, at)
        assert isinstance(back, tuple)
        assert len(back) == 1
        assert type_.same(back[0], value, at.zone)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("number", "number"),
        ("money", "number"),
        ("boolean", "bool"),
        ("date", "date"),
        ("datetime", "datetime"),
        ("date", "datetime"),
        ("phone", "number"),
        ("identifier", "number"),
    ],
)
@settings(max_examples=60)
@given(raw=TEXTS, at=AT)
def test_what_fits_a_field_of_another_kind_means_the_same_there(name: str, kind: str, raw: str, at: At) -> None:
    there = At(Field("f", "f", kind), "", at.region, at.zone)
    value = TYPES[name].parse(raw, there)
    if isinstance(value, Damaged) or not value:
        return
    written = TYPES[name].render(value, there)
    if isinstance(written, Cannot):
        return
    assert not isinstance(written, str | float)
    if name in ("number", "money", "boolean", "date", "datetime"):
        back = TYPES[name].parse(written, there)
        assert isinstance(back, str)
        assert TYPES[name].same(back, value, at.zone)


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_nothing_to_clean(text: str) -> None:
    done = clean(text)
    assert clean(done) == done
    assert unicodedata.is_normalized("NFKC", done)
    assert not any(unicodedata.category(c) == "Cf" for c in done)
    assert done == " ".join(done.split())


def test_every_format_character_is_known() -> None:
    every = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Cf"]
    assert [c for c in every if not cleaning._ODD.search(c)] == []
    assert not cleaning._ODD.search("张三 abc é 한")


@given(st.text())
def test_form_is_idempotent_and_never_loses_a_whole_value(text: str) -> None:
    assert form(form(text)) == form(text)
    assert bool(form(text)) == bool(clean(text))


@given(st.lists(st.sampled_from(_PIECES), max_size=6).map("".join) | st.text(max_size=12))
def test_a_name_taken_apart_is_the_same_together(text: str) -> None:
    name = clean(text)
    family, given_name = split_name(name)
    assert join_name(family, given_name) == name
    assert is_title_name(name) in (True, False)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_numbers_keep_their_value(number: Decimal) -> None:
    value = TYPES["number"].parse(number, At())
    assert isinstance(value, str)
    assert Decimal(value) == number
    assert "E" not in value
