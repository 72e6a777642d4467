"""Is a text file read in the right encoding, and does it get its bytes back?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import SourceRefused
from connectors.shared.encodings import Encoding, broken, decode, detect, readable

TEXT = "公司,联系人\r\n上海宇润科技有限公司,张三\r\n"
TRADITIONAL = "公司,聯絡人,電話\r\n臺灣電子股份有限公司,張小明,02-2345\r\n"


@pytest.mark.parametrize(
    "name", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5"]
)
def test_a_file_is_read_without_being_told_how_and_keeps_its_bytes(name: str) -> None:
    text = TRADITIONAL if name == "big5" else TEXT
    if name == "utf-16-le":
        text = text + "13800138000,021\r\n" * 3
    content = text.encode(name)
    found, encoding = decode(content, expected=lambda t: "公司" in t and ("联系人" in t or "聯絡人" in t))
    assert found == text
    assert encoding.encode(found) == content
    assert "".join(encoding.stream(content)) == text


def test_big5_is_told_from_gb18030_by_the_headings() -> None:
    content = TRADITIONAL.encode("big5")
    assert decode(content)[0] != TRADITIONAL, "both are possible; nothing says which"
    assert decode(content, expected=lambda t: "聯絡人" in t)[0] == TRADITIONAL


def test_letters_that_only_gb18030_has_are_read() -> None:
    text = "䶮㑇㼆𠮷€,1\r\n"
    assert decode(text.encode("gb18030"))[0] == text


def test_an_explicit_encoding_is_taken_and_a_bom_is_kept() -> None:
    assert decode("Müller".encode("cp1252"), "cp1252")[0] == "Müller"
    text, encoding = decode(TEXT.encode("utf-8-sig"), "utf-8")
    assert (text, encoding.bom) == (TEXT, b"\xef\xbb\xbf")
    assert decode("张三".encode("gb2312"), "gb2312")[1].name == "gb18030"


def test_one_broken_byte_does_not_turn_a_file_into_another_encoding() -> None:
    content = TEXT.encode() + b"x\xff,y\r\n"
    text, encoding = decode(content)
    assert text.startswith(TEXT)
    assert (encoding.name, encoding.whole) == ("utf-8", False)
    assert broken(text)
    assert readable(text[-7:]).strip() == "x\ufffd,y"
    assert encoding.encode(text) == content


def test_a_broken_byte_in_a_short_file_is_forgiven_where_the_headings_show() -> None:
    for name in ("utf-8", "gb18030"):
        content = "编号,姓名\r\n1,".encode(name) + b"\xff\xff\r\n"
        text, _ = decode(content, expected=lambda t: "姓名" in t)
        assert text.startswith("编号,姓名"), name


@pytest.mark.parametrize("name", ["utf-7000", "", "张"])
def test_an_unknown_encoding_is_told(name: str) -> None:
    with pytest.raises(SourceRefused, match="is not known"):
        detect(b"x", name)


def test_a_file_that_is_not_in_the_encoding_it_is_said_to_be_in_is_refused() -> None:
    with pytest.raises(SourceRefused, match="not in UTF-8"):
        detect(TEXT.encode("gb18030"), "utf-8")


def test_half_a_letter_at_the_end_of_utf_16_is_a_file_that_was_cut() -> None:
    with pytest.raises(SourceRefused, match="cut"):
        detect(TEXT.encode("utf-16")[:-1])


@pytest.mark.parametrize(
    ("name", "held"), [("big5hkscs", False), ("gb18030", True), ("utf-8", True), ("cp1252", False)]
)
def test_an_encoding_knows_what_it_holds(name: str, held: bool) -> None:
    assert Encoding(name).holds("张三😀") is held
    assert not Encoding(name).holds("\udcff")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_and_return_as_they_were(content: bytes) -> None:
    try:
        text, encoding = decode(content)
    except SourceRefused:
        return
    assert encoding.encode(text) == content


@given(st.text(max_size=100), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_any_text_is_read_back_under_its_encoding(text: str, name: str) -> None:
    content = text.encode(name)
    assert decode(content, name)[0].removeprefix("\ufeff") == text.removeprefix("\ufeff")
