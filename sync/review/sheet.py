"""How do open questions become a workbook that a salesperson fills in?

One row a question, with the values and where they come from in words; a class is answered in one row. Answers are
drop-downs. Nothing but the code of a row is needed to read it back: columns may be moved and rows sorted or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError, Said, say
from sync.messages.names import SORTS, field_name, kind_name, word
from sync.picture.opening import look
from sync.picture.readers import Reader, reader_of
from sync.picture.reasons import why_text
from sync.picture.values import Words
from sync.review import bulk, classes, noted
from sync.review import questions as asked
from sync.review.columns import (
    ANSWER,
    CLASSES_SHEET,
    CODE,
    HIDDEN,
    OWN,
    OWN_VALUE,
    QUESTIONS,
    READ_ME,
    REMARK,
    label,
)
from sync.review.model import ANSWERS, CLASSES, Asking, Class, Noted, Speaker
from sync.run import Session
from sync.show.words import width

_QUESTION_WIDTHS: Final = (14, 20, 24, 40, 40, 38, 18, 18, 22)
_CLASS_WIDTHS: Final = (24, 40, 20, 84, 20, 24)
_LINE: Final = 16.5
"""Points of one line of text, of Chinese signs as well; a row is at most 400 high."""
_CELL: Final = 32_000
"""Below Excel's limit of signs in a cell."""
_LIST: Final = 255
"""Excel's limit of signs in the list of a drop-down."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A workbook that was written: how many questions and classes it asks."""

    path: Path
    questions: int
    classes: int

    def as_json(self) -> dict[str, object]:
        return {"file": str(self.path), "questions": self.questions, "classes": self.classes}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row to be answered. cells: everything left of the answer."""

    code: str
    cells: tuple[str, ...]
    sort: str
    answers: tuple[str, ...]
    own: bool = False


def export_sheet(session: Session, path: Path | str, *, reader: str = "", lang: str = "en") -> Exported:
    """Writes everything that can be decided into a new workbook. Raises ConfigError.

    reader: one of `people`, who gets only what plans would send him (R8d). A path that ends in .txt, .json or .jsonl
    gets the decisions that hold, as text (sync.review.text).
    """
    path = Path(path)
    if path.suffix.lower() in (".txt", ".json", ".jsonl"):
        from sync.review.text import export_text

        return Exported(path, export_text(session, path, reader=reader), 0)
    if path.suffix.lower() != ".xlsx":
        raise ConfigError("{path}: a review is exported as .xlsx, or as .txt for the decisions that hold", path=path)
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who, now = Words(picture, lang), reader_of(picture, reader), session.clock()
        found = asked.told(picture, words, who, asked.questions(picture, words, who, now))
        groups = classes.groups(picture, who)
        listed = [one for one in classes.listed(picture, words, who, groups.values(), now) if one.sort != "parked"]
        waiting = [one for one in noted.noted(picture, words, who, now) if one.sort in ("mark", "hold")]
        shown = {one.name: _shown(picture, groups[one.name]) for one in listed}
        rows = [*(_question(words, one) for one in found), *(_waiting(words, one) for one in waiting)]
        ledger = session.ledger.get(c, "ledger")
        _write(path, words, who, rows, [_class(words, one, shown[one.name]) for one in listed], shown, ledger)
    return Exported(path, len(rows), len(listed))


def _shown(picture: Any, group: classes.Group) -> dict[tuple[str, str], str]:
    return {(one.ref, one.unit): bulk.digest_of(one) for one in classes.opened(picture, group)}


def check(shown: Mapping[tuple[str, str], str]) -> str:
    """Of everything that is shown of a class."""
    from sync.ledger import codec

    return codec.digest(codec.dump(sorted([*key, value] for key, value in shown.items()))).hex()[:8]


# ------------------------------------------------------------------------------ rows


def _question(words: Words, one: Asking) -> _Row:
    code = f"Q{one.number}-{one.code}"
    what = word(SORTS, one.sort, words.lang)
    if one.sort == "field":
        about = f"{one.called}\n{field_name(one.unit, words.lang)}"
        sides = [f"{c.letter}: {c.text}\n{', '.join(c.records) or words.say(say('golden'))}" for c in one.choices]
        answers = (*(c.letter for c in one.choices), OWN_VALUE)
        return _Row(code, (what, about, *_two(sides), _why(words, one)), one.sort, answers, own=True)
    about = f"{kind_name(one.kind, words.lang)}\n{one.called}"
    sides = [_side(words, speaker) for speaker in one.speakers]
    if one.sort == "subject":
        about += "\n" + words.say(say("is called {name} now", name=one.name))
        sides.append(words.say(say("it fits best: {customer}", customer=words.entity(one.other))) if one.other else "")
    return _Row(code, (what, about, *_two(sides), _why(words, one)), one.sort, one.answers)


def _two(sides: Sequence[str]) -> tuple[str, str]:
    """The first side, and all others below each other."""
    return (sides[0] if sides else "", "\n\n".join(sides[1:]))


def _side(words: Words, speaker: Speaker) -> str:
    lines = [speaker.record, *(f"{field_name(name, words.lang)}: {text}" for name, text in speaker.values.items())]
    if speaker.records:
        lines.append(words.say(say("also known from {records}", records=", ".join(speaker.records))))
    return "\n".join(lines)


def _why(words: Words, one: Asking) -> str:
    lines = [f"{'+' if why.weight > 0 else '-'} {why_text(words, why)}" for why in one.whys]
    if one.p:
        lines.insert(0, words.say(say("{p} sure that it is one customer", p=f"{one.p:.0%}")))
    if one.frees:
        lines.append(words.say(say("creates that wait for the answer: {count}", count=one.frees)))
    return "\n".join(lines)


def _waiting(words: Words, one: Noted) -> _Row:
    title = {"mark": say("Shall it be created again?"), "hold": say("Shall it be removed?")}[one.sort]
    return _Row(one.name, (words.say(title), one.called, one.where, "", one.why), one.sort, ANSWERS[one.sort])


def _class(words: Words, one: Class, shown: Mapping[tuple[str, str], str]) -> _Row:
    examples = [
        words.say(say("{customer}: {record} shows {shown}; golden is {golden}",
                      customer=e.called, record=e.record, shown=e.shown, golden=_sourced(e.golden, e.source)))
        for e in one.examples
    ]  # fmt: skip
    what = f"{words.say(CLASSES[one.sort])}\n{words.unit(one.kind, one.unit)} ({' + '.join(one.sources)})"
    count = words.say(say("{cells} cells of {customers} customers", cells=one.cells, customers=one.customers))
    cells = (what, count, "\n".join(filter(None, (one.reason, *examples))))
    return _Row(f"{one.name}#{check(shown)}", cells, one.sort, one.answers)


def _sourced(text: str, source: str) -> str:
    return f"{text} ({source})" if source else text


# ------------------------------------------------------------------------------ the workbook


def _write(
    path: Path,
    words: Words,
    who: Reader,
    questions: Sequence[_Row],
    found: Sequence[_Row],
    shown: Mapping[str, Mapping[tuple[str, str], str]],
    ledger: str,
) -> None:
    """Beside the file first, then in its place: a workbook that is open elsewhere is never half written."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    part = path.with_name(f".{path.name}.part")
    book = xlsxwriter.Workbook(str(part), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        book.set_properties({"title": words.say(say("Offbook review")), "comments": words.say(say("to be filled in"))})
        _read_me(book, words, who, len(questions), len(found))
        heads = (say("Question"), say("About"), say("One says"), say("The other says"), say("Why it is asked"))
        _sheet(book, words, QUESTIONS, heads, questions, own=True)
        _sheet(book, words, CLASSES_SHEET, (say("Class"), say("How many"), say("Examples")), found, own=False)
        _hide(book, shown, ledger)
        book.close()
        part.replace(path)
    except (OSError, XlsxWriterException) as trouble:
        raise ConfigError("{path} cannot be written; is it open in another program?", path=path) from trouble
    finally:
        part.unlink(missing_ok=True)


def _sheet(book: Any, words: Words, title: Said, heads: Sequence[Said], rows: Sequence[_Row], *, own: bool) -> None:
    sheet = book.add_worksheet(words.say(title))
    names = [CODE, *heads, ANSWER, *([OWN] if own else []), REMARK]
    widths = _QUESTION_WIDTHS if own else _CLASS_WIDTHS
    grey = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D5D9E0"}
    plain, code = book.add_format(grey), book.add_format({**grey, "font_color": "#8A94A6", "font_size": 8})
    fill = book.add_format({**grey, "bg_color": "#FFF8DC", "locked": False, "bold": True})
    head = book.add_format({**grey, "bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter"})
    for column, name in enumerate(names):
        sheet.set_column(column, column, widths[column])
        sheet.write_string(0, column, words.say(name), head)
    sheet.set_row(0, 24)
    for n, row in enumerate(rows, start=1):
        _fill_row(sheet, n, row, (plain, code, fill), len(names))
        _drop_down(sheet, n, 1 + len(heads), words, row)
        sheet.set_row(n, _height((row.code, *row.cells), widths))
    _set_up(sheet, len(rows), len(names))


def _fill_row(sheet: Any, n: int, row: _Row, formats: tuple[Any, Any, Any], columns: int) -> None:
    plain, code, fill = formats
    sheet.write_string(n, 0, row.code, code)
    for column, text in enumerate(row.cells, start=1):
        sheet.write_string(n, column, text[:_CELL], plain)
    for column in range(1 + len(row.cells), columns):
        sheet.write_blank(n, column, None, fill)


def _set_up(sheet: Any, rows: int, columns: int) -> None:
    """Headings that stay, filters, and paper on which it can be handed round."""
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, rows, columns - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _height(cells: Sequence[str], widths: Sequence[int]) -> float:
    """Spreadsheets do not grow rows that they did not write themselves."""
    lines = [
        sum(-(-max(width(line), 1) // at) for line in text.split("\n")) for text, at in zip(cells, widths, strict=False)
    ]
    return float(min(_LINE * max(lines) + 4, 400))


def _drop_down(sheet: Any, row: int, column: int, words: Words, one: _Row) -> None:
    """A list of answers; where it would be longer than Excel allows, the answers themselves without their labels."""
    labels = [label(one.sort, answer, words.lang) for answer in one.answers]
    if len(",".join(labels)) > _LIST:
        labels = [answer for answer in one.answers if len(answer) < 40][:6]
    told = {
        "error_title": words.say(say("Not one of the answers")),
        "error_message": words.say(say("Choose one from the list, or leave it empty.")),
    }
    sheet.data_validation(
        row, column, row, column, {"validate": "list", "source": labels, "ignore_blank": True, **told}
    )


def _read_me(book: Any, words: Words, who: Reader, questions: int, found: int) -> None:
    sheet = book.add_worksheet(words.say(READ_ME))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 100)
    big = book.add_format({"bold": True, "font_size": 16, "font_color": "#1F3A5F"})
    text = book.add_format({"text_wrap": True, "valign": "top", "font_size": 11})
    lines: Iterable[Said] = (
        say("{questions} questions and {classes} classes wait for an answer.", questions=questions, classes=found),
        say("Fill in the yellow cells only: choose an answer from the list, or type a value of your own where the question"
            " is which value is right. What you leave empty is asked again next time."),
        say("A class is many cells that differ in the same way; one answer decides them all."),
        say("“Golden” is the value that Offbook holds to be right now; “these cells win” makes what the cells show golden."),
        say("You may sort, filter, move columns and delete rows. Please leave the codes in the first column as they are."),
        say("When you are done, save the file and send it back; offbook review import FILE takes the answers in. What has"
            " changed meanwhile is told, and nothing is decided twice."),
    )  # fmt: skip
    sheet.write_string(0, 0, words.say(say("Offbook: questions about customers")), big)
    if who.staff:
        sheet.write_string(1, 0, words.say(say("for {person}", person=words.person(who.staff))), text)
    for n, line in enumerate(lines, start=3):
        sheet.write_string(n, 0, words.say(line), text)
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _hide(book: Any, shown: Mapping[str, Mapping[tuple[str, str], str]], ledger: str) -> None:
    sheet = book.add_worksheet(HIDDEN)
    sheet.very_hidden()
    sheet.write_row(0, 0, ["offbook review", "1", ledger])
    n = 1
    for name, cells in shown.items():
        for (ref, unit), digest in cells.items():
            sheet.write_row(n, 0, [name, ref, unit, digest])
            n += 1


__all__ = ["Exported", "check", "export_sheet"]
