"""How is a plan said in a workbook, for people who sort and filter?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from connectors.contract import Said, say
from sync.messages.names import OPS, RULES, SORTS, field_name, kind_name, word
from sync.picture.values import Words
from sync.report.facts import Facts
from sync.review.model import CLASSES
from sync.review.printed import NOTED
from sync.show.plan import STATES

_CELL: Final = 32_000
"""Below Excel's limit of signs in a cell."""
_Rows = Iterable[Sequence[object]]


def write_book(path: Path, words: Words, facts: Facts, title: str) -> None:
    """One sheet for each part of the report. Texts stay texts: nothing becomes a number or a formula."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    book.set_properties({"title": title})
    for name, heads, widths, rows in _sheets(words, facts):
        _sheet(book, words, name, heads, widths, rows)
    book.close()


def _sheets(words: Words, facts: Facts) -> Iterable[tuple[Said, Sequence[Said], Sequence[int], _Rows]]:
    yield (
        say("Overview"),
        (say("table"), say("what"), say("outcome"), say("records")),
        (24, 20, 24, 12),
        _totals(words, facts),
    )
    yield (
        say("Changes"),
        (say("table"), say("what"), say("customer"), say("record"), say("field"), say("before"), say("after"), say("from"),
         say("why"), say("outcome")),
        (16, 12, 30, 26, 22, 40, 40, 26, 24, 18),
        _changes(words, facts),
    )  # fmt: skip
    yield (
        say("Off the books"),
        (say("customer"), say("kind"), say("known from"), say("what becomes of it")),
        (36, 14, 50, 50),
        ([one.called, kind_name(one.kind, words.lang), ", ".join(one.records), one.why] for one in facts.newcomers),
    )
    yield (
        say("Questions"),
        (say("no."), say("question"), say("about"), say("values or records"), say("sure"), say("waits")),
        (8, 34, 36, 80, 8, 8),
        _questions(words, facts),
    )
    yield (
        say("Left as they are"),
        (say("why"), say("field"), say("source"), say("cells"), say("for example")),
        (44, 24, 18, 8, 80),
        _left(words, facts),
    )
    yield (
        say("To clean up"),
        (say("what"), say("customer"), say("where"), say("what to do")),
        (40, 34, 50, 70),
        (
            [words.say(NOTED[one.sort]), one.called, ", ".join(one.records) or one.where, one.hint]
            for one in facts.noted
        ),
    )


def _totals(words: Words, facts: Facts) -> _Rows:
    for table in facts.tables:
        for (op, state), count in table.fates.items():
            yield [table.name, word(OPS, op, words.lang), word(STATES, state, words.lang), count]


def _changes(words: Words, facts: Facts) -> _Rows:
    """One line a field; where several records change alike, they share the line."""
    for table in facts.tables:
        for one in table.told:
            head = [table.name, word(OPS, one.op, words.lang)]
            where, state = ", ".join(one.records), word(STATES, one.state, words.lang)
            for f in one.fields:
                said = [field_name(f.unit, words.lang), f.before, f.after, f.origin, word(RULES, f.rule, words.lang)]
                yield [*head, f.called, where, *said, state]
            if not one.fields:
                yield [*head, one.called, where, "", "", "", "", one.detail, state]
        if table.cut:
            text = say("… and {count} more; `offbook export changes` writes all of them", count=table.cut)
            yield [table.name, words.say(text)]


def _questions(words: Words, facts: Facts) -> _Rows:
    for one in facts.questions:
        about = " · ".join(filter(None, (one.called, field_name(one.unit, words.lang) if one.unit else one.name)))
        sides = [f"{c.letter}: {c.text} ({', '.join(c.records) or words.say(say('golden'))})" for c in one.choices]
        sides += [f"{s.record}: {s.called}" for s in one.speakers]
        sure = f"{one.p:.0%}" if one.p else ""
        yield [one.number, word(SORTS, one.sort, words.lang), about, "\n".join(sides), sure, one.frees or ""]


def _left(words: Words, facts: Facts) -> _Rows:
    for one in facts.classes:
        shown = [
            words.say(say("{record}: {shown}; golden: {golden}", record=e.record, shown=e.shown, golden=e.golden))
            for e in one.examples
        ]
        why = words.say(CLASSES[one.sort])
        texts = "\n".join(filter(None, (one.reason, *shown)))
        yield [why, words.unit(one.kind, one.unit), " + ".join(one.sources), one.cells, texts]


def _sheet(book: Any, words: Words, name: Said, heads: Sequence[Said], widths: Sequence[int], rows: _Rows) -> None:
    sheet = book.add_worksheet(words.say(name))
    head = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter"})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, words.say(text), head)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(count, column, cell, plain)
            elif cell:
                sheet.write_string(count, column, str(cell)[:_CELL], plain)
    sheet.autofilter(0, 0, max(count, 1), len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


__all__ = ["write_book"]
