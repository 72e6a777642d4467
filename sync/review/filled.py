"""How is a workbook that somebody filled in read back?

Columns are found by their headings, rows by their codes; sheets, columns and rows may have been moved, sorted or left
out. What was answered meanwhile, lapsed or changed is told, and nothing is decided twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError, Said, say
from sync.review.answers import open_question, take
from sync.review.bulk import digest_of
from sync.review.classes import find_group, opened
from sync.review.columns import ANSWER, CODE, HIDDEN, OWN, OWN_VALUE, folded, is_heading, understood
from sync.review.desk import Answered, Desk, desk
from sync.review.model import ANSWERS, CLASSES
from sync.review.sheet import check
from sync.run import Session

HEADING_ROWS: Final = 20
"""The heading stands in one of so many rows."""
_QUESTION: Final = re.compile(r"q(\d+)-([0-9a-f]{8})", re.IGNORECASE)

Shown = Mapping[str, Mapping[tuple[str, str], str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """One row as somebody left it; where: sheet and row, for messages."""

    code: str
    answer: str
    own: str
    where: str


def import_sheet(session: Session, path: Path | str, *, by: str, lang: str = "en") -> Answered:
    """Takes the answers of a filled workbook in. Raises ConfigError where the file is none of ours.

    A path that ends in .txt, .json or .jsonl holds decisions as text (sync.review.text).
    """
    path = Path(path)
    if path.suffix.lower() in (".txt", ".json", ".jsonl"):
        from sync.review.text import import_text

        return import_text(session, path, by=by, lang=lang)
    rows, shown, ledger = read_sheet(path)
    with desk(session, by=by, lang=lang) as at:
        if ledger and ledger != session.ledger.get(at.picture.c, "ledger"):
            raise ConfigError("{path} was exported from another ledger; nothing of it was taken in", path=path)
        open_ = 0
        for code, own in _by_code(rows).items():
            filled = [one for one in own if one.answer or one.own]
            if not filled:
                open_ += 1
                continue
            with at.taking(code, filled[0].answer or filled[0].own):
                _take(at, filled, shown)
        notes = [say("rows left open: {count}", count=open_)] if open_ else []
        if at.rows:
            notes.append(say("the next plan takes it up: offbook plan JOB"))
        return at.close(notes)


def _by_code(rows: Sequence[Filled]) -> dict[str, list[Filled]]:
    out: dict[str, list[Filled]] = {}
    for one in rows:
        out.setdefault(one.code, []).append(one)
    return out


def _take(at: Desk, rows: Sequence[Filled], shown: Shown) -> None:
    """One row, or several with the same code that must say the same."""
    one = rows[0]
    if len({(folded(row.answer), folded(row.own)) for row in rows}) > 1:
        raise ConfigError("{where}: the same code stands there twice with different answers", where=one.where)
    match = _QUESTION.fullmatch(one.code)
    if match is not None:
        _take_question(at, one, int(match[1]), match[2].lower())
        return
    name, _, digest = one.code.partition("#")
    sort = name.partition("/")[0]
    if sort in CLASSES:
        _take_class(at, one, name, digest, shown.get(name))
        return
    if sort not in ("mark", "hold"):
        raise ConfigError("{where}: `{code}` is no code of ours", where=one.where, code=one.code)
    take(at, name, _answer(one, sort))


def _take_question(at: Desk, one: Filled, number: int, code: str) -> None:
    found = open_question(at, number)
    if found.code != code:
        raise ConfigError("question {number} has changed since the file was exported; look at it again", number=number)
    letters = [choice.letter for choice in found.choices]
    sources = [source for choice in found.choices for source in choice.sources]
    own = one.own.strip()
    if found.sort != "field" and own:
        raise ConfigError("{where}: a value of one's own is no answer to this question", where=one.where)
    if own and (not one.answer or understood(found.sort, one.answer) == OWN_VALUE):
        take(at, str(number), f"value:{own}")
        return
    if own:
        raise ConfigError("{where}: both an answer and a value of one's own; leave one of them empty", where=one.where)
    answer = _answer(one, found.sort, [*letters, *sources])
    if answer == OWN_VALUE:
        raise ConfigError("{where}: the value of one's own is missing", where=one.where)
    take(at, str(number), answer)


def _take_class(at: Desk, one: Filled, name: str, digest: str, shown: Mapping[tuple[str, str], str] | None) -> None:
    """Only what the person was shown; without the hidden sheet the class must be as it was."""
    if shown is not None and name not in at.groups():
        raise ConfigError("class {name} has no open cell any more: they were answered, or changed", name=name)
    group = find_group(at.groups(), name)
    answer = _answer(one, group.sort, group.sources if group.sort == "parked" else ())
    if shown is None:
        now = {(cell.ref, cell.unit): digest_of(cell) for cell in opened(at.picture, group)}
        if check(now) != digest:
            raise ConfigError("class {name} has changed since the file was exported; look at it again", name=name)
    take(at, name, answer, shown=shown)


def _answer(one: Filled, sort: str, more: Sequence[str] = ()) -> str:
    found = understood(sort, one.answer, more)
    if not found:
        known = ", ".join((*ANSWERS.get(sort, ()), *more))
        raise ConfigError("{where}: the answer is not understood; there is: {known}", where=one.where, known=known)
    return found


# ------------------------------------------------------------------------------ reading


def read_sheet(path: Path) -> tuple[list[Filled], dict[str, dict[tuple[str, str], str]], str]:
    """The filled rows, what was shown of the cells of classes, and the ledger's id ("": the hidden sheet is gone)."""
    book = _book(path)
    rows: list[Filled] = []
    shown: dict[str, dict[tuple[str, str], str]] = {}
    ledger, found = "", False
    for name in book.sheet_names:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if name == HIDDEN:
            ledger = _hidden(cells, shown)
            continue
        heading = _heading(cells)
        if heading is not None:
            found = True
            rows += _rows(name, cells, *heading)
    if not found:
        raise ConfigError(
            "{path} is no review of ours: no sheet has the columns `{code}` and `{answer}`",
            path=path,
            code=CODE,
            answer=ANSWER,
        )
    return rows, shown, ledger


def _book(path: Path) -> Any:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (OSError, python_calamine.CalamineError) as trouble:
        if not path.exists():
            raise ConfigError("there is no file {path}", path=path) from trouble
        raise ConfigError("{path} cannot be read as a workbook; save it as .xlsx", path=path) from trouble


def _heading(cells: Sequence[Sequence[object]]) -> tuple[int, dict[str, int]] | None:
    """The row of headings and where each column stands."""
    for n, row in enumerate(cells[:HEADING_ROWS]):
        at = {
            key: column
            for column, text in enumerate(row)
            for key, said in (("code", CODE), ("answer", ANSWER), ("own", OWN))
            if is_heading(text, said)
        }
        if {"code", "answer"} <= at.keys():
            return n, at
    return None


def _rows(sheet: str, cells: Sequence[Sequence[object]], heading: int, at: Mapping[str, int]) -> Iterator[Filled]:
    for n, row in enumerate(cells[heading + 1 :], start=heading + 2):
        code = _text(row, at["code"])
        if code:
            own = _text(row, at["own"]) if "own" in at else ""
            yield Filled(code, _text(row, at["answer"]), own, f"{sheet} {n}")


def _text(row: Sequence[object], column: int) -> str:
    """A cell as text: what a person typed as a number has no `.0`."""
    value = row[column] if column < len(row) else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).strip()


def _hidden(cells: Sequence[Sequence[object]], shown: dict[str, dict[tuple[str, str], str]]) -> str:
    ledger = ""
    for n, row in enumerate(cells):
        texts = [_text(row, column) for column in range(4)]
        if n == 0:
            ledger = texts[2]
        elif texts[0]:
            shown.setdefault(texts[0], {})[texts[1], texts[2]] = texts[3]
    return ledger


__all__ = ["Filled", "Said", "import_sheet", "read_sheet"]
