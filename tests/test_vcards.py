"""Is the text of vCards read as phones mean it, and are only the edited lines written anew?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.contract import Damaged, Value
from connectors.shared import vcards
from connectors.shared.contactedits import edit
from connectors.shared.contacts import fields, locked, place, read
from connectors.shared.vcards import Book, Card, parse
from connectors.shared.vcardtext import components, escape, unescape


def card(*lines: str | bytes, version: str = "3.0", eol: bytes = b"\r\n") -> bytes:
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return eol.join([b"BEGIN:VCARD", f"VERSION:{version}".encode(), *raw, b"END:VCARD", b""])


def only(data: bytes) -> Card:
    (found,) = parse(data).cards
    return found


def says(data: bytes, field: str) -> Value:
    where = place(field)
    assert where is not None
    return read(only(data), where)


def changed(data: bytes, **after: Value) -> bytes:
    """The file after an edit; keys say `_` for the marks a Python name cannot have."""
    return changed_by(data, dict(after))


def changed_by(data: bytes, after: dict[str, Value]) -> bytes:
    book = parse(data)
    new, refused = edit(book.cards[0], after)
    assert not refused
    return book.put([new, *book.cards[1:]]).join()


def differing(old: bytes, new: bytes) -> list[bytes]:
    """Physical lines of the new file that the old one does not have."""
    before = old.splitlines(keepends=True)
    return [line for line in new.splitlines(keepends=True) if line not in before]


# ------------------------------------------------------------------------------ reading


def test_quoted_printable_with_soft_breaks_in_gbk() -> None:
    name = "上海宇润科技有限公司".encode("gbk")
    quoted = b"".join(b"=%02X" % byte for byte in name)
    data = card(
        b"ORG;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:" + quoted[:30] + b"=\r\n" + quoted[30:],
        version="2.1",
    )
    assert says(data, "ORG") == "上海宇润科技有限公司"


@pytest.mark.parametrize("charset", ["GB2312", "gbk", "GB18030", "Big5", "UTF-8"])
def test_declared_charsets(charset: str) -> None:
    raw = "張三".encode({"gb2312": "gbk"}.get(charset.lower(), charset))
    assert says(card(b"FN;CHARSET=" + charset.encode() + b":" + raw, version="2.1"), "FN") == "張三"


def test_an_undeclared_gbk_file_is_recognised_card_by_card() -> None:
    gbk = card("FN:张三丰".encode("gbk"), "TEL:1", version="2.1")
    utf8 = card("FN:李四光", "TEL:2")
    found = parse(gbk + utf8).cards
    where = place("FN")
    assert where is not None
    assert [read(c, where) for c in found] == ["张三丰", "李四光"]
    assert [c.charset for c in found] == ["gb18030", "utf-8"]


def test_a_fold_in_the_middle_of_a_character_is_joined() -> None:
    raw = "NOTE:客户很重要".encode()
    cut = raw.index("很".encode()) + 1
    assert says(card(raw[:cut] + b"\r\n " + raw[cut:]), "NOTE") == "客户很重要"


def test_2_1_keeps_the_blank_it_was_folded_at_but_not_one_put_into_chinese() -> None:
    assert says(card("NOTE:good\r\n customer", version="2.1"), "NOTE") == "good customer"
    assert says(card("NOTE:重要\r\n 客户", version="2.1"), "NOTE") == "重要客户"
    assert says(card("NOTE:good\r\n customer", version="3.0"), "NOTE") == "goodcustomer"


def test_a_note_that_goes_on_unfolded_is_one_note() -> None:
    data = card("NOTE:first line", "second line without a fold", "TEL:139")
    assert says(data, "NOTE") == "first line\nsecond line without a fold"
    assert says(data, "TEL") == ("139",)


def test_base64_without_indentation_is_one_property() -> None:
    data = card(
        "PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQSkZJRgABAQ", "AAAQABAAD/2wBDAAgGBgcGBQg=", "", "TEL:139", version="2.1"
    )
    (photo,) = only(data).named("PHOTO")
    assert photo.body == b"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQg="
    assert says(data, "TEL") == ("139",)
    shown = says(data, "PHOTO")
    assert isinstance(shown, str)
    assert shown.endswith("(44)")


@pytest.mark.parametrize(
    "line", ["TEL;WORK;CELL:1", "TEL;TYPE=WORK;TYPE=CELL:1", 'TEL;TYPE="work,cell":1', "tel;type=Work,Cell:1"]
)
def test_types_in_all_styles(line: str) -> None:
    for field in ("TEL", "TEL;CELL", "TEL;WORK", "TEL;WORK;CELL", "tel;cell"):
        assert says(card(line), field) == ("1",)
    assert says(card(line), "TEL;HOME") is None


def test_fax_and_pager_are_no_numbers_to_talk_to() -> None:
    data = card("TEL;WORK;FAX:1", "TEL;TYPE=pager:2", "TEL:3")
    assert says(data, "TEL") == ("3",)
    assert says(data, "TEL;WORK") is None
    assert says(data, "TEL;FAX") == ("1",)
    assert says(data, "TEL;WORK;FAX") == ("1",)


def test_a_label_of_the_group_is_a_type() -> None:
    data = card("item1.TEL:1", "item1.X-ABLabel:_$!<Mobile>!$_", "item2.TEL:2", "item2.X-ABLabel:总机")
    assert says(data, "TEL") == ("1", "2")
    assert says(data, "TEL;CELL") == ("1",)
    assert says(data, "TEL;总机") == ("2",)


def test_a_tel_uri_shows_its_number() -> None:
    assert says(card("TEL;VALUE=uri;TYPE=cell:tel:+86-138-0013-8000", version="4.0"), "TEL") == ("+86-138-0013-8000",)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("BDAY:19850305", date(1985, 3, 5)),
        ("BDAY:1985-03-05", date(1985, 3, 5)),
        ("BDAY;VALUE=date:1985-03-05", date(1985, 3, 5)),
        ("BDAY:1985-03-05T23:30:00Z", date(1985, 3, 5)),
        ("BDAY:19850305T000000+0800", date(1985, 3, 5)),
        ("BDAY:--0305", "--03-05"),
        ("BDAY:--03-05", "--03-05"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-05", "--03-05"),
        ("BDAY:0000-03-05", "--03-05"),
        ("BDAY:1985-02-30", Damaged("date", "1985-02-30")),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"),
        ("BDAY:", None),
    ],
)
def test_birthdays_in_all_forms(line: str, shown: Value) -> None:
    assert says(card(line), "BDAY") == shown


def test_parts_of_names_organisations_and_addresses() -> None:
    data = card(
        "N:欧阳;小\\;云;;Dr.;",
        "ORG:宇润科技;销售部;华东组",
        "ADR;TYPE=WORK:;;世纪大道100号;上海;上海市;200120;中国",
        "ADR;TYPE=HOME:;;1 High St;Leeds;;LS1;UK",
    )
    assert says(data, "N.family") == "欧阳"
    assert says(data, "N.given") == "小;云"
    assert says(data, "N.additional") is None
    assert (says(data, "ORG"), says(data, "ORG.unit"), says(data, "ORG.unit2")) == ("宇润科技", "销售部", "华东组")
    assert says(data, "ADR") == "中国上海市上海世纪大道100号"
    assert says(data, "ADR#2") == says(data, "ADR;HOME") == "1 High St, Leeds, UK"
    assert says(data, "ADR;WORK.city") == "上海"


def test_escapes() -> None:
    assert says(card(r"NOTE:a\, b\; c\nd\\n e\:f \x"), "NOTE") == "a, b; c\nd\\n e:f \\x"
    assert says(card(r"NOTE:C:\new\;x", version="2.1"), "NOTE") == r"C:\new;x"
    assert says(card(r"CATEGORIES:a\,b,c", "CATEGORIES:d"), "CATEGORIES") == ("a,b", "c", "d")


def test_second_ones_are_fields_of_their_own() -> None:
    data = card("TITLE:经理", "TITLE:总监", "URL:http\\://a", "URL:b")
    assert (says(data, "TITLE"), says(data, "TITLE#2"), says(data, "TITLE#3")) == ("经理", "总监", None)
    assert (says(data, "URL"), says(data, "URL#2")) == ("http://a", "b")
    met = {field.id: field for field in fields(parse(data).cards)}
    assert {"TITLE#2", "URL#2", "X-WECHAT", "TEL;CELL"} <= set(met)
    assert met["TEL"].many
    assert not met["TITLE"].many


def test_a_card_without_end_ends_where_the_next_begins() -> None:
    data = card("FN:a").replace(b"END:VCARD\r\n", b"") + card("FN:b")
    book = parse(data)
    assert [c.ended for c in book.cards] == [False, True]
    assert book.join() == data


def test_a_card_inside_agent_is_no_card_of_its_own() -> None:
    inner = card("FN:assistant", version="2.1").rstrip()
    data = card("FN:boss", b"AGENT:", inner, "TEL:1", version="2.1")
    assert says(data, "FN") == "boss"
    assert says(data, "TEL") == ("1",)
    assert parse(data).join() == data


def test_what_cannot_be_decoded_is_damaged_and_stays() -> None:
    data = card(b"FN;CHARSET=UTF-8:\xff\xfe", "TEL:1", version="2.1")
    assert isinstance(says(data, "FN"), Damaged)
    _, refused = edit(only(data), {"FN": "new", "TEL": ("2",)})
    assert list(refused) == ["FN"]


# ------------------------------------------------------------------------------ writing


def test_only_the_changed_line_changes() -> None:
    data = card(
        "N:张;三;;;",
        "FN:张三",
        'x-odd;foo="a:b":1',
        "item1.TEL;type=CELL:138",
        "item1.X-ABLabel:我的",
        "",
        "NOTE:a\r\n b",
    )
    new = changed(data, TEL=("139",))
    assert differing(data, new) == [b"item1.TEL;type=CELL:139\r\n"]
    assert len(new) == len(data)


def test_new_values_take_the_lines_of_those_that_go_and_the_rest_keep_theirs() -> None:
    data = card("TEL;CELL:1", "TEL;WORK:2", "TEL;HOME:3", version="2.1")
    assert changed(data, TEL=("3", "9", "2")).split(b"\r\n")[2:5] == [b"TEL;HOME:3", b"TEL;CELL:9", b"TEL;WORK:2"]
    assert changed(data, TEL=("2",)).split(b"\r\n")[2:4] == [b"TEL;WORK:2", b"END:VCARD"]
    assert changed(data, TEL=("1", "2", "3", "4")).split(b"\r\n")[5] == b"TEL:4"


def test_a_number_of_a_type_is_added_in_the_style_of_the_version() -> None:
    for version, line in (("2.1", b"TEL;CELL:1"), ("3.0", b"TEL;TYPE=CELL:1"), ("4.0", b"TEL;TYPE=cell:1")):
        data = card("FN:x", version=version)
        assert differing(data, changed_by(data, {"TEL;CELL": ("1",)})) == [line + b"\r\n"]


def test_a_label_goes_with_what_it_labels() -> None:
    data = card("FN:x", "item1.TEL:1", "item1.X-ABLabel:老板", "item2.TEL:2", "item2.X-ABLabel:助理")
    assert changed(data, TEL=("2",)) == card("FN:x", "item2.TEL:2", "item2.X-ABLabel:助理")


def test_a_fax_survives_new_numbers() -> None:
    data = card("TEL;FAX:1", "TEL:2")
    assert changed(data, TEL=("3",)) == card("TEL;FAX:1", "TEL:3")
    assert changed(data, TEL=None) == card("TEL;FAX:1")


def test_long_chinese_is_folded_between_characters() -> None:
    data = card("FN:x", "NOTE:短")
    new = changed(data, NOTE="上海宇润科技有限公司" * 8)
    lines = new.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode("utf-8")
    assert says(new, "NOTE") == "上海宇润科技有限公司" * 8


def test_a_file_that_does_not_fold_is_not_folded() -> None:
    data = card("FN:x", "NOTE:" + "n" * 200, "TITLE:t")
    new = changed(data, TITLE="t" * 100)
    assert differing(data, new) == [b"TITLE:" + b"t" * 100 + b"\r\n"]


def test_2_1_writes_quoted_printable_in_the_lines_own_charset() -> None:
    data = card(b"FN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:=D5=C5", "TEL:1", version="2.1")
    assert changed(data, FN="李").split(b"\r\n")[2] == b"FN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:=C0=EE"
    emoji = changed(data, FN="李😀")
    assert says(emoji, "FN") == "李😀"
    assert b"CHARSET=UTF-8" in emoji


def test_2_1_writes_raw_text_where_the_card_is_written_so() -> None:
    data = card("FN:张三".encode("gbk"), "TITLE:x", version="2.1", eol=b"\n")
    new = changed(data, TITLE="经理")
    assert differing(data, new) == ["TITLE:经理\n".encode("gbk")]
    assert says(changed(data, TITLE="a\nb"), "TITLE") == "a\nb"
    plain = card("FN:x", version="2.1")
    assert differing(plain, changed(plain, TITLE="经理")) == [
        b"TITLE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E7=BB=8F=E7=90=86\r\n"
    ]


def test_birthdays_keep_their_form() -> None:
    for old, new in (
        ("BDAY:19850305", b"BDAY:19900102"),
        ("BDAY;VALUE=date:1985-03-05", b"BDAY;VALUE=date:1990-01-02"),
        ("BDAY:1985-03-05T00:00:00Z", b"BDAY:1990-01-02T00:00:00Z"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-05", b"BDAY:1990-01-02"),
        ("FN:x", b"BDAY:1990-01-02"),
    ):
        assert new in changed(card(old), BDAY=date(1990, 1, 2)).split(b"\r\n")
    assert b"BDAY:19900102" in changed(card("FN:x", version="4.0"), BDAY=date(1990, 1, 2))
    assert says(changed(card("FN:x"), BDAY="--03-05"), "BDAY") == "--03-05"


def test_a_component_changes_and_the_others_keep_their_escapes() -> None:
    data = card("ORG:A\\, B;C\\;D;", "N:a;b;;;", "ADR:;;x;;;;")
    assert changed_by(data, {"ORG.unit": "neu"}).split(b"\r\n")[2] == b"ORG:A\\, B;neu"
    assert changed_by(data, {"N.given": None}).split(b"\r\n")[3] == b"N:a;;;;"
    assert changed_by(data, {"ADR": "世纪大道"}).split(b"\r\n")[4] == "ADR:;;世纪大道;;;;".encode()
    assert b"ADR" not in changed_by(data, {"ADR": None})


def test_an_address_in_parts_is_written_in_parts_only() -> None:
    where = place("ADR")
    assert where is not None
    data = card("ADR:;;x;Leeds;;;")
    assert locked(only(data), where)
    _, refused = edit(only(data), {"ADR": "y"})
    assert list(refused) == ["ADR"]
    assert says(changed_by(data, {"ADR.street": "y"}), "ADR") == "y, Leeds"


def test_clearing_takes_the_line_but_not_the_mandatory_ones() -> None:
    data = card("N:a;b;;;", "FN:x", "TITLE:t")
    assert changed(data, TITLE=None, FN=None) == card("N:a;b;;;", "FN:")
    assert changed_by(data, {"N.family": None, "N.given": None}).split(b"\r\n")[2] == b"N:;;;;"


def test_refused_fields_leave_nothing_behind() -> None:
    before = only(card("FN:x", "UID:1", "PHOTO;ENCODING=b:AAAA"))
    after, refused = edit(
        before, {"UID": "2", "PHOTO": "x", "N": "y", "FN": "\ud800", "TEL;公司": ("1",), "TITLE": "t"}
    )
    assert sorted(refused) == ["FN", "N", "PHOTO", "TEL;公司", "UID"]
    assert differing(before.raw, after.raw) == [b"TITLE:t\r\n"]


def test_contradicting_fields_are_refused() -> None:
    _, refused = edit(only(card("FN:x")), {"TEL;CELL": ("1",), "TEL": ("2",)})
    assert refused


def test_cards_come_and_go_and_the_others_keep_their_bytes() -> None:
    one, two = card("FN:1"), card("FN:2")
    book = parse(one + b"\r\n\r\n" + two.rstrip())
    assert book.put([None, book.cards[1]]).join() == two.rstrip()
    assert book.put(book.cards, [only(card("FN:3"))]).join() == one + b"\r\n\r\n" + two + card("FN:3")


def test_utf_16_files_stay_utf_16() -> None:
    data = "\ufeff".encode("utf-16-le") + card("FN:张三").decode().encode("utf-16-le")
    assert parse(data).join() == data
    new = changed(data, FN="李四")
    assert new[2:].decode("utf-16-le").splitlines()[2] == "FN:李四"


def test_a_byte_order_mark_stays() -> None:
    data = b"\xef\xbb\xbf" + card("FN:张三")
    assert parse(data).join() == data
    assert says(data, "FN") == "张三"


# ------------------------------------------------------------------------------ laws

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=60)
LINES = st.lists(
    st.one_of(
        st.builds(lambda t: b"NOTE:" + t.encode(), st.text("ab张三\\;,=", max_size=90)),
        st.builds(lambda t: b"X-A;P=1:" + t, st.binary(max_size=40)),
        st.builds(lambda t: b" " + t, st.binary(max_size=20)),
        st.sampled_from([b"TEL;CELL:1", b"item1.TEL:2", b"item1.X-ABLABEL:x", b"", b"AGENT:", b"BEGIN:VCARD"]),
        st.sampled_from([b"FN;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=", b"=E4=B8=89", b"END:VCARD", b"VERSION:2.1"]),
        st.binary(max_size=30),
    ),
    max_size=12,
)


@given(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_whatever_is_read_joins_to_the_same_bytes(lines: list[bytes], eol: bytes) -> None:
    data = eol.join([b"BEGIN:VCARD", *lines])
    assume(not data.startswith((b"\xff\xfe", b"\xfe\xff")))
    book = parse(data)
    assert book.join() == data
    for one in book.cards:
        for field in fields([one]):
            where = place(field.id)
            assert where is not None
            read(one, where)


@given(
    st.sampled_from(["2.1", "3.0", "4.0"]),
    st.sampled_from([b"\n", b"\r\n"]),
    st.dictionaries(st.sampled_from(["FN", "NOTE", "TITLE", "X-WECHAT", "N.given", "ORG.unit", "ADR.city"]), TEXTS),
    st.lists(TEXTS, unique=True, max_size=4),
    st.booleans(),
)
def test_read_after_write_is_what_was_written(
    version: str, eol: bytes, single: dict[str, str], phones: list[str], gbk: bool
) -> None:
    name = "FN:张三".encode("gbk" if gbk and version == "2.1" else "utf-8")
    data = card(name, "TEL;WORK:12", "X-OTHER;a=b:1\\,2", "NOTE:old", version=version, eol=eol)
    after: dict[str, Value] = {**single, "TEL": tuple(phones) or None}
    book = parse(data)
    new, refused = edit(book.cards[0], after)
    again = only(book.put([new]).join())
    for field, value in after.items():
        where = place(field)
        assert where is not None
        if field not in refused:
            assert read(again, where) == value
    assert not refused
    assert b"X-OTHER;a=b:1\\,2" + eol in again.raw
    assert again.raw.startswith(b"BEGIN:VCARD" + eol)


@given(st.sampled_from(["2.1", "3.0"]), st.lists(TEXTS, max_size=5))
def test_escaping_and_cutting_are_inverse(version: str, texts: list[str]) -> None:
    like = only(card("FN:x", version=version))
    joined = ";".join(escape(t, like, structured=True) for t in texts)
    assert [unescape(p, like) for p in components(joined)] == (texts or [""])


def test_book_and_card_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Book(()).pieces = ()  # type: ignore[misc]
    assert vcards.FOLD_AT == 75


def test_one_broken_value_does_not_make_the_others_another_encoding() -> None:
    data = card("FN:张三", "ORG:宇润", b"NOTE:\xff broken", "TITLE:经理")
    assert (says(data, "FN"), says(data, "TITLE")) == ("张三", "经理")
    assert isinstance(says(data, "NOTE"), Damaged)
    assert differing(data, changed(data, TITLE="总监")) == ["TITLE:总监\r\n".encode()]


def test_a_letter_that_the_file_lacks_makes_its_line_say_utf_8() -> None:
    data = card("FN:Müller".encode("cp1252"))
    new, refused = edit(parse(data, "cp1252").cards[0], {"FN": "张三", "TITLE": "Künstler"})
    assert not refused
    assert differing(data, new.raw) == ["FN;CHARSET=UTF-8:张三\r\n".encode(), "TITLE:Künstler\r\n".encode("cp1252")]
    name, title = place("FN"), place("TITLE")
    assert name is not None
    assert title is not None
    again = parse(new.raw, "cp1252").cards[0]
    assert (read(again, name), read(again, title)) == ("张三", "Künstler")
