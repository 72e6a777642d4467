"""How is a sheet listed, asked for keys and searched, whatever format it is kept in?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from connectors.contract import Certificate, Page, Record, State
from connectors.shared import rows, sheets
from connectors.shared.values import as_text
from connectors.shared.workbook.records import Maker, columns_of
from connectors.shared.workbook.view import View


def records(view: View, table: str, names: Sequence[str], start: int) -> Iterator[list[Record]]:
    """The records after the first `start`, some thousand at a time."""
    make = Maker(view, table, columns_of(view, names))
    for stretch in view.stretches():
        found = make.records(stretch)
        yield found[start:] if start else found
        start = max(start - len(found), 0)


def paged(listed: Iterable[list[Record]], size: int, start: int, end: Certificate) -> Iterator[Page]:
    """Pages of `size` records; each can be resumed at by `cursor:records so far`. start: records of earlier pages."""
    waiting: list[Record] = []
    for some in listed:
        waiting += some
        while len(waiting) > size:
            page, waiting = tuple(waiting[:size]), waiting[size:]
            start += size
            yield Page(page, resume=f"{end.cursor}:{start}")
    yield Page(tuple(waiting), end=replace(end, declared=start + len(waiting)))


def fetched(
    view: View, table: str, keys: Sequence[str], names: Sequence[str], *, proves_absence: bool
) -> Iterator[Record]:
    """The rows of these keys. A row asked for by our id that has a key of people's now is told as moved; a key that no
    row has is told as ended where the sheet can prove it and held any row at all."""
    make = Maker(view, table, columns_of(view, names))
    wanted, seen, count = set(keys), set[str](), 0
    for row in (row for stretch in view.records() for row in stretch):
        count += 1
        key, token = make.key(row) or rows.place(row.number), make.token(row)
        if key in wanted:
            seen.add(key)
            yield make.record(row)
        elif token and token in wanted and token not in seen:
            seen.add(token)
            yield Record(table, token, {}, state=State.MOVED, into=key)
    if count and proves_absence:
        ends = (key for key in dict.fromkeys(keys) if key not in seen and not rows.is_place(key))
        yield from (sheets.ended(table, key) for key in ends)


def found(
    view: View, table: str, values: Sequence[str], names: Sequence[str], by: str | None
) -> Iterator[tuple[str, Record]]:
    """The rows whose cell of column `by`, or our id where it is None, holds one of the values."""
    at = view.keys.token if by is None else view.headings.need(by, view.where)
    if at is None:
        return
    make, wanted = Maker(view, table, columns_of(view, names)), set(values)
    for row in (row for stretch in view.records() for row in stretch):
        text = as_text(row.values[at]) if at < len(row.values) else ""
        text = text.strip() if by is None else text
        if text and text in wanted:
            yield text, make.record(row)


__all__ = ["fetched", "found", "paged", "records"]
