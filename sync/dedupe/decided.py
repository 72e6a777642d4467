"""Which pairs did a person decide in a report, and which records are they now?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError, Said, say
from sync.dedupe.finding import Decided
from sync.dedupe.tables import Ref, Sheet
from sync.messages import LANGUAGES, translate

DECISION: Final = say("Decision")
MARK: Final = "_offbook"
"""The heading of the hidden column that says which two records a row is about."""
SAME: Final = say("same")
DIFFERENT: Final = say("different")
_YES: Final = frozenset({"yes", "y", "是", "对", "相同", "同一个", "同"})
_NO: Final = frozenset({"no", "n", "否", "不是", "不同", "不"})


@dataclass(frozen=True, slots=True)
class Named:
    """A record as a report names it. digest: of what it said then; placed: its key is the number of its row."""

    source: str
    key: str
    digest: str
    placed: bool


@dataclass(frozen=True, slots=True)
class Decision:
    a: Named
    b: Named
    same: bool


def mark(sheets: tuple[Sheet, int], beside: tuple[Sheet, int]) -> str:
    """What the hidden column says of a pair."""
    return json.dumps([_named(*sheets), _named(*beside)], ensure_ascii=False)


def _named(sheet: Sheet, at: int) -> list[object]:
    source, key = sheet.refs[at]
    return [source, key, sheet.digest(at), not sheet.keyed]


# ------------------------------------------------------------------------------ reading


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """The filled cells of a report, on whatever sheet and in whatever order. Raises ConfigError."""
    book = _book(path)
    found: list[Decision] = []
    ours = False
    for name in book.sheet_names:
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        at = _heading(cells)
        if at is not None:
            ours = True
            row, decision, code = at
            found += _rows(name, cells[row + 1 :], row + 2, decision, code)
    if not ours:
        raise ConfigError("{path} is no report of ours: no sheet has the column `{decision}`",
                          path=path, decision=DECISION)  # fmt: skip
    return tuple(found)


def _book(path: Path) -> Any:
    import python_calamine

    if not path.is_file():
        raise ConfigError("there is no file {path}", path=path)
    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (OSError, python_calamine.CalamineError) as trouble:
        raise ConfigError("{path} cannot be read as a workbook; save it as .xlsx", path=path) from trouble


def _heading(cells: Sequence[Sequence[object]]) -> tuple[int, int, int] | None:
    """The row of headings, and where decisions and marks stand."""
    names = {translate(DECISION, lang) for lang in LANGUAGES}
    for n, row in enumerate(cells[:20]):
        texts = [str(cell).strip() for cell in row]
        if MARK in texts and names.intersection(texts):
            return n, next(at for at, text in enumerate(texts) if text in names), texts.index(MARK)
    return None


def _rows(sheet: str, cells: Sequence[Sequence[object]], first: int, decision: int, code: int) -> list[Decision]:
    found = []
    for n, row in enumerate(cells, start=first):
        said = str(row[decision]).strip() if decision < len(row) else ""
        about = str(row[code]).strip() if code < len(row) else ""
        if said and about:
            found.append(_decision(f"{sheet} {n}", said, about))
    return found


def _decision(where: str, said: str, about: str) -> Decision:
    answer = _understood(said)
    if answer is None:
        raise ConfigError("{where}: the decision is not understood; write same or different", where=where)
    try:
        a, b = (Named(str(s), str(k), str(d), bool(p)) for s, k, d, p in json.loads(about))
    except (ValueError, TypeError) as trouble:
        raise ConfigError("{where}: the hidden column was changed; nobody can tell which records are meant",
                          where=where) from trouble  # fmt: skip
    return Decision(a, b, answer)


def _understood(text: str) -> bool | None:
    folded = text.strip("。. ").casefold()
    for said, answer, more in ((SAME, True, _YES), (DIFFERENT, False, _NO)):
        if folded in more or folded in {translate(said, lang).casefold() for lang in LANGUAGES}:
            return answer
    return None


# ------------------------------------------------------------------------------ which rows they are now


def decided_in(said: Sequence[Decision], sheets: Sequence[Sheet]) -> Decided:
    """The same records now: by their key, or where that is a row's number by what they say."""
    if not said:
        return Decided()
    places = _Places(sheets)
    same: set[tuple[int, int]] = set()
    different: set[tuple[int, int]] = set()
    lost = 0
    for one in said:
        a, b = places.row(one.a), places.row(one.b)
        if a is None or b is None or a == b:
            lost += 1
            continue
        (same if one.same else different).add((min(a, b), max(a, b)))
    return Decided(frozenset(same), frozenset(different), lost)


class _Places:
    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._by_ref: dict[Ref, tuple[int, Sheet, int]] = {}
        self._by_content: dict[tuple[str, str], list[int]] = {}
        row = 0
        for sheet in sheets:
            for at, ref in enumerate(sheet.refs):
                self._by_ref[ref] = row, sheet, at
                self._by_content.setdefault((ref[0], sheet.digest(at)), []).append(row)
                row += 1

    def row(self, named: Named) -> int | None:
        found = self._by_ref.get((named.source, named.key))
        if found is not None and (not named.placed or found[1].digest(found[2]) == named.digest):
            return found[0]
        if not named.placed:
            return None
        rows = self._by_content.get((named.source, named.digest), ())
        return rows[0] if len(rows) == 1 else None


def kept(found: Decided, shown: Mapping[tuple[int, int], bool]) -> list[tuple[int, int, Said]]:
    """Decisions that hold and stand nowhere else in a report."""
    pairs = [(a, b, SAME) for a, b in found.same] + [(a, b, DIFFERENT) for a, b in found.different]
    return sorted((pair for pair in pairs if pair[:2] not in shown), key=lambda pair: pair[:2])
