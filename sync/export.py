"""What does Offbook know, as a table for others: customers, links, changes, duplicates? (RULES R3c, R8d, R22)"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from connectors.contract import ConfigError, say
from sync.agreeing.merge import Case
from sync.ledger import lists, plans
from sync.ledger.lists import ListedLink
from sync.messages.names import OPS, RULES, word
from sync.picture.changes import ChangeView, views
from sync.picture.opening import Picture, look
from sync.picture.readers import Reader, reader_of
from sync.picture.values import Words, is_sensitive, name_entities
from sync.review.noted import remedy
from sync.rules.cell import Value
from sync.run import Session
from sync.units import Form, Unit, by_field

TABLES: Final = ("customers", "links", "changes", "duplicates")
WHAT: Final = (*TABLES, "report")
FORMATS: Final = ("csv", "json", "xlsx")
LINKS: Final = ("source", "key", "entity", "probability")
CHANGES: Final = (
    *("plan", "change", "state", "table", "op", "key", "entity", "customer", "field", "before", "after"),
    *("from", "rule", "run", "detail"),
)
DUPLICATES: Final = ("source", "key", "entity", "customer", "leading", "probability", "what_to_do")
_CHUNK: Final = 500

Cell = object
"""What a table's cell holds: a text, a number, a list of texts, or None."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. left_out: sensitive fields that are only exported when asked for (`--values`)."""

    path: Path | None
    rows: int
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"file": str(self.path) if self.path else None, "rows": self.rows, "left_out": list(self.left_out)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part, for whom, and how openly. plan, run: of changes; 0 for the newest plan."""

    kind: str = ""
    values: bool = False
    plan: int = 0
    run: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    columns: tuple[str, ...]
    rows: Iterator[Sequence[Cell]]
    left_out: tuple[str, ...] = ()


def export(
    session: Session,
    what: str,
    path: Path | str | None = None,
    *,
    format: str = "",  # noqa: A002 - the name of the option
    kind: str = "",
    reader: str = "",
    values: bool = False,
    plan: int = 0,
    run: int = 0,
    lang: str = "en",
    out: TextIO | None = None,
) -> Written:
    """Writes one table to a file, or as text to `out` (standard output). Raises ConfigError.

    what: customers, links, changes or duplicates; or report, a plan as a page (.html) or a workbook.
    format: csv, json or xlsx; else by the path's ending, else csv. kind:
    another kind's part instead of the subject; of customers another kind than the workspace's. reader: one of `people`,
    who gets only what plans would send him. values: sensitive ones as well; else customers come without those columns,
    and changes with those values masked.
    """
    target = Path(path) if path is not None else None
    if what not in WHAT:
        raise ConfigError("`{what}` cannot be exported; there is: {known}", what=what, known=", ".join(WHAT))
    if what == "report":
        return _report(session, target, plan, run, reader=reader, values=values, lang=lang)
    chosen = _format(target, format)
    if kind and kind not in session.workspace.kinds:
        known = ", ".join(session.workspace.kinds)
        raise ConfigError("no kind is called `{kind}`; there is: {known}", kind=kind, known=known)
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who = Words(picture, lang, masked=not values), reader_of(picture, reader)
        sheet = _SHEETS[what](picture, words, who, Asked(kind, values, plan, run))
        return _write(sheet, chosen, target, out)


def _report(
    session: Session, path: Path | None, plan: int, run: int, *, reader: str, values: bool, lang: str
) -> Written:
    from sync.report import write

    if path is None:
        raise ConfigError("a report needs a file to be written to, .html or .xlsx")
    return Written(path, write(session, path, plan, run, lang=lang, reader=reader, values=values))


# ------------------------------------------------------------------------------ links


def links(picture: Picture, _: Words, who: Reader, asked: Asked) -> Sheet:
    """One line a record: the entity of its subject, and the probability of the weakest link that holds it there."""
    return Sheet(LINKS, _link_rows(picture, who, asked.kind))


def _link_rows(picture: Picture, who: Reader, kind: str) -> Iterator[Sequence[Cell]]:
    unsure = Counter(link.entity for link in _linked(picture) if _score(link) < 1)
    several = Counter(link.entity for link in _linked(picture) if link.entity in unsure)
    for chunk in _chunks(_speaking(picture, kind)):
        seen = who.sees(link.entity for link in chunk)
        for link in chunk:
            if link.entity in seen:
                p = _score(link) if several.get(link.entity, 1) > 1 else 1.0
                yield _source(picture, link.table_id), link.place or link.key, link.entity, round(p, 4)


def _linked(picture: Picture) -> Iterator[ListedLink]:
    return (link for link in lists.all_links(picture.ledger, picture.c, picture.plan) if link.state != "gone")


def _score(link: ListedLink) -> float:
    return float(link.score) if link.score else 1.0


def _speaking(picture: Picture, kind: str) -> Iterator[ListedLink]:
    """Of each record the link of its subject, or of the first part that speaks for it; of `kind` if that is said."""
    order: dict[tuple[int, str], int] = {}
    for table in picture.run.by_id.values():
        names = [part.map.name for part in table.parts if part.map.via is None and kind in ("", part.map.kind)]
        names = [name for name in names if name == table.map.subject] + [n for n in names if n != table.map.subject]
        order |= {(table.id, name): n for n, name in enumerate(names)}
    best: ListedLink | None = None
    for link in _linked(picture):
        rank = order.get((link.table_id, link.part))
        if rank is None:
            continue
        if best is None or best.record_id != link.record_id or rank < order[best.table_id, best.part]:
            if best is not None and best.record_id != link.record_id:
                yield best
            best = link
    if best is not None:
        yield best


def _source(picture: Picture, table: int) -> str:
    """The source's name; with the alias where several of its tables are mapped, whose keys may be the same."""
    state, source = picture.table(table), picture.source_of(table)
    many = len([one for one in picture.run.workspace.tables.values() if one.source == source]) > 1
    return state.name if many and state is not None else source


def _chunks(rows: Iterable[ListedLink]) -> Iterator[list[ListedLink]]:
    chunk: list[ListedLink] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# ------------------------------------------------------------------------------ customers


def customers(picture: Picture, words: Words, who: Reader, asked: Asked) -> Sheet:
    """One line a customer: id, where it is known from, and its golden values by field."""
    kind = asked.kind or picture.run.workspace.customer
    used = _used(picture, kind)
    hidden = [unit.name for unit in used if not asked.values and is_sensitive(picture, kind, unit.name)]
    shown = [unit for unit in used if unit.name not in hidden]
    columns = ["entity", "kind", "records", "sources", "since"]
    for unit in shown:
        columns += [*unit.fields, *([f"{unit.name}.name"] if unit.form is Form.RELATION else [])]
    return Sheet(tuple(columns), _customer_rows(picture, words, who, kind, shown), tuple(hidden))


def _used(picture: Picture, kind: str) -> list[Unit]:
    """The kind's units that some table shows."""
    names = {
        name
        for table in picture.run.tables.values()
        for part in table.parts
        if part.map.kind == kind
        for name in part.views
    }
    return [unit for unit in picture.run.units[kind].values() if unit.name in names]


def _customer_rows(
    picture: Picture, words: Words, who: Reader, kind: str, shown: Sequence[Unit]
) -> Iterator[Sequence[Cell]]:
    after = ""
    while ids := lists.entities_by_kind(picture.ledger, picture.c, picture.plan, kind, after, _CHUNK):
        after = ids[-1]
        cases = [case for case in picture.cases(sorted(who.sees(ids))) if case.sides]
        pointed = {str(v) for case in cases for v in by_field(case.goldens, picture.run.units[kind]).values() if v}
        name_entities(picture, (one for one in pointed if len(one) == 32))
        for case in cases:
            yield _customer(picture, words, who, case, shown)


def _customer(picture: Picture, words: Words, who: Reader, case: Case, shown: Sequence[Unit]) -> list[Cell]:
    live = [side for side in case.sides if side.link.state != "gone"]
    sources = dict.fromkeys(side.table.source.name for side in sorted(live, key=lambda one: one.table.order))
    since = picture.starts.get(case.row.first_run)
    row: list[Cell] = [case.id, case.kind, len(live), list(sources), since.date().isoformat() if since else None]
    for unit in shown:
        golden = who.golden(case, unit.name)
        values = by_field({unit.name: golden}, {unit.name: unit}) if golden is not None else {}
        row += [_plain(values.get(name)) for name in unit.fields]
        if unit.form is Form.RELATION:
            target = values.get(unit.name)
            row.append(words.entity(target) if isinstance(target, str) and target else None)
    return row


def _plain(value: Value) -> Cell:
    if isinstance(value, tuple):
        return [str(one) for one in value if one]
    return value if isinstance(value, str) and value else None


# ------------------------------------------------------------------------------ changes


def changes(picture: Picture, words: Words, who: Reader, asked: Asked) -> Sheet:
    """One line a field that a plan changes, or that a run wrote, with where the value comes from and why."""
    number = asked.plan or (lists.plan_of_run(picture.ledger, picture.c, asked.run) if asked.run else 0)
    number = number or (0 if asked.run else lists.last_plan(picture.ledger, picture.c))
    found = plans.get(picture.ledger, picture.c, number)
    if found is None:
        raise ConfigError("there is no plan {number}; `offbook runs` lists what there is", number=number or asked.run)
    where, values = ("AND run = ?", [asked.run]) if asked.run and found.run != asked.run else ("", [])
    return Sheet(CHANGES, _change_rows(words, views(picture, words, who, number, where, values)))


def _change_rows(words: Words, found: Iterable[ChangeView]) -> Iterator[Sequence[Cell]]:
    for one in found:
        head = (one.plan, one.seq, one.state, one.table, word(OPS, one.op, words.lang), one.key)
        tail = (one.run, one.detail)
        for field in one.fields:
            said = (f"{field.kind}.{field.unit}", field.before, field.after, field.origin)
            yield (*head, field.entity, field.called, *said, word(RULES, field.rule, words.lang), *tail)
        if not one.fields:
            yield (*head, one.entity, one.called, None, None, None, None, None, *tail)


# ------------------------------------------------------------------------------ duplicates


def duplicates(picture: Picture, words: Words, who: Reader, asked: Asked) -> Sheet:
    """One line a record: those of one table that are one customer, the leading one first, and how to mend it."""
    return Sheet(DUPLICATES, _duplicate_rows(picture, words, who, asked.kind))


def _duplicate_rows(picture: Picture, words: Words, who: Reader, kind: str) -> Iterator[Sequence[Cell]]:
    found: dict[tuple[int, str], list[ListedLink]] = {}
    for link in _speaking(picture, kind):
        if link.state == "live":
            found.setdefault((link.table_id, link.entity), []).append(link)
    several = {key: rows for key, rows in found.items() if len(rows) > 1}
    seen = who.sees(entity for _, entity in several)
    name_entities(picture, seen)
    for (table, entity), rows in several.items():
        if entity not in seen:
            continue
        todo = words.say(remedy(picture, table))
        ordered = sorted(rows, key=lambda one: (-one.leading, one.first_run, one.record_id))
        for n, link in enumerate(ordered):
            leading = words.say(say("yes")) if n == 0 else ""
            p = round(_score(link), 4)
            yield _source(picture, table), link.place or link.key, entity, words.entity(entity), leading, p, todo


_SHEETS: Final[dict[str, Callable[[Picture, Words, Reader, Asked], Sheet]]] = {
    "customers": customers,
    "links": links,
    "changes": changes,
    "duplicates": duplicates,
}


# ------------------------------------------------------------------------------ writing


def _format(path: Path | None, wanted: str) -> str:
    chosen = wanted or (path.suffix.lower().removeprefix(".") if path is not None else "") or "csv"
    if chosen not in FORMATS:
        raise ConfigError("`{format}` is no format here; there is: {known}", format=chosen, known=", ".join(FORMATS))
    if chosen == "xlsx" and path is None:
        raise ConfigError("a workbook needs a file to be written to")
    return chosen


def _write(sheet: Sheet, chosen: str, path: Path | None, out: TextIO | None) -> Written:
    """A file is written beside its place first, so that it is never half there."""
    if path is None:
        stream = out or sys.stdout
        return Written(None, _TEXTS[chosen](sheet, stream), sheet.left_out)
    part = path.with_name(f".{path.name}.part")
    try:
        if chosen == "xlsx":
            rows = _xlsx(sheet, part)
        else:
            with part.open("w", encoding="utf-8", newline="") as stream:
                rows = _TEXTS[chosen](sheet, stream)
        part.replace(path)
    except OSError as trouble:
        raise ConfigError("{path} cannot be written; is it open in another program?", path=path) from trouble
    finally:
        part.unlink(missing_ok=True)
    return Written(path, rows, sheet.left_out)


def _csv(sheet: Sheet, stream: TextIO) -> int:
    writer, count = csv.writer(stream, lineterminator="\n"), 0
    writer.writerow(sheet.columns)
    for row in sheet.rows:
        writer.writerow([_text(cell) for cell in row])
        count += 1
    return count


def _json(sheet: Sheet, stream: TextIO) -> int:
    """A list of objects, a line each."""
    count = 0
    stream.write("[")
    for row in sheet.rows:
        line = json.dumps(dict(zip(sheet.columns, row, strict=True)), ensure_ascii=False, default=str)
        stream.write(f"{',' if count else ''}\n{line}")
        count += 1
    stream.write("\n]\n")
    return count


_TEXTS: Final[dict[str, Callable[[Sheet, TextIO], int]]] = {"csv": _csv, "json": _json}


def _text(cell: Cell) -> str:
    if isinstance(cell, list):
        return "; ".join(map(str, cell))
    if isinstance(cell, float):
        return f"{cell:.4f}".rstrip("0").rstrip(".")
    return "" if cell is None else str(cell)


def _xlsx(sheet: Sheet, path: Path) -> int:
    """Texts stay texts: no phone number becomes a number, nothing becomes a formula."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    page, count = book.add_worksheet(), 0
    head = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF"})
    for column, name in enumerate(sheet.columns):
        page.set_column(
            column, column, 34 if name in ("entity", "customer", "before", "after", "name", "address") else 16
        )
        page.write_string(0, column, name, head)
    page.freeze_panes(1, 0)
    for row in sheet.rows:
        count += 1
        for column, cell in enumerate(row):
            if isinstance(cell, (int, float)):
                page.write_number(count, column, cell)
            elif text := _text(cell):
                page.write_string(count, column, text[:32_000])
    page.autofilter(0, 0, count, len(sheet.columns) - 1)
    book.close()
    return count


__all__ = ["FORMATS", "LINKS", "TABLES", "WHAT", "Written", "export"]
