"""Is CSV text taken apart as the csv module takes it apart, and put together without touching the rest?"""

from __future__ import annotations

from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.shared import csvtext
from connectors.shared.csvtext import CsvText, cells_of, edited, made, padded, rendered, spans
from connectors.shared.encodings import Encoding

UTF8 = Encoding("utf-8")
letters = st.text(st.sampled_from('ab",;\n\r\0 张\t'), max_size=8)
delimiters = st.sampled_from(",;\t|")


def records(text: str, delimiter: str) -> list[list[str]]:
    return list(csvtext.rows(text.encode(), UTF8, delimiter))


def whole(text: str, delimiter: str) -> CsvText:
    return CsvText(text.encode(), UTF8, delimiter)


@given(st.text(st.sampled_from('ab",;\n\r\0张\t'), max_size=60), delimiters)
@example('"a"b,"c', ",")
@example('a""\r\r\n"x\r\ny"', ",")
def test_any_text_falls_into_the_records_and_cells_that_a_reader_sees(text: str, delimiter: str) -> None:
    file = whole(text, delimiter)
    assert file.rows == records(text, delimiter)
    assert "".join(file.raws()) == text
    for raw, row in zip(file.raws(), file.rows):
        places, end, is_open = spans(raw, delimiter)
        if row:
            assert len(places) == len(row)
        if not is_open:
            assert raw.endswith(end)
            assert [cells_of(raw[a:b], delimiter) or [""] for a, b in places] == [[cell] for cell in row or [""]]


@given(st.lists(st.lists(letters, min_size=1, max_size=4), min_size=1, max_size=6), delimiters, st.data())
def test_an_edit_changes_its_cell_and_no_other_letter(
    table: list[list[str]], delimiter: str, data: st.DataObject
) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    always = data.draw(st.booleans())
    lines = [delimiter.join(_quoted(cell, delimiter, always) for cell in row) + end for row in table]
    file = whole("".join(lines), delimiter)
    at = data.draw(st.integers(0, len(table) - 1))
    place = data.draw(st.integers(0, len(table[at]) + 1))
    new = data.draw(letters)
    raws = file.raws()
    raws[at] = edited(raws[at], delimiter, {place: new})
    again = whole("".join(raws), delimiter)
    assert [raw for n, raw in enumerate(again.raws()) if n != at] == [r for n, r in enumerate(file.raws()) if n != at]
    wanted = [*table[at], *[""] * (place + 1 - len(table[at]))]
    wanted[place] = new
    assert again.rows[at] == wanted
    old, now = (_cells(one.raw(at), delimiter) for one in (file, again))
    assert [c for n, c in enumerate(now[: len(old)]) if n != place] == [c for n, c in enumerate(old) if n != place]


def _quoted(cell: str, delimiter: str, always: bool) -> str:
    must = always or not cell or set(cell) & {delimiter, '"', "\n", "\r"}
    return '"' + cell.replace('"', '""') + '"' if must else cell


def _cells(raw: str, delimiter: str) -> list[str]:
    return [raw[a:b] for a, b in spans(raw, delimiter)[0]]


@given(st.lists(letters, min_size=1, max_size=5), delimiters, letters)
def test_a_new_record_is_read_back_as_it_was_meant(texts: list[str], delimiter: str, like: str) -> None:
    assume("\r" not in like and "\n" not in like)
    raw = made(texts, delimiter, "\r\n", like)
    assert records(raw, delimiter) == [texts]


@given(st.lists(letters, min_size=1, max_size=4), st.integers(0, 6), delimiters)
def test_a_padded_record_has_its_cells_and_empty_ones(texts: list[str], width: int, delimiter: str) -> None:
    raw = made(texts, delimiter, "\n", "")
    (row,) = records(padded(raw, len(texts), width, delimiter), delimiter)
    assert row == [*texts, *[""] * (width - len(texts))]


@given(letters, delimiters)
def test_a_cell_is_quoted_only_where_it_must_be(text: str, delimiter: str) -> None:
    cell = rendered(text, delimiter)
    must = any(letter in text for letter in (delimiter, '"', "\n", "\r"))
    assert (cell != text) == must
    assert rendered(text, delimiter, quoted=True).startswith('"')


def test_the_end_of_line_is_that_of_the_records() -> None:
    assert whole('a,"x\ny"\r\nb,"x\ny"\r\n', ",").end() == "\r\n"
    assert whole("a\nb\nc\r\n", ",").end() == "\n"
    assert whole("a", ",").end() == "\r\n"


def test_a_quote_that_stays_open_is_seen() -> None:
    for text, is_open in (('a\n"b', True), ('a\n"b"', False), ('a\n"b""', True), ("a\n'b", False), ('a\nb"', False)):
        assert whole(text, ",").stops_inside() is is_open, text
        assert csvtext.stops_inside(text.encode(), UTF8, ",", 1) is is_open, text
    assert not whole("", ",").stops_inside()
