"""How are changes to a sheet sent as one batch, while its rows are as they were read, and what became of each?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import (
    Capabilities,
    Change,
    Op,
    Outcome,
    Receipt,
    Record,
    SourceError,
    SourceRefused,
    TableFacts,
    say,
)
from connectors.http import Lost, NotSent
from connectors.shared import rows, sheets
from connectors.shared.google.desk import Desk, Fate
from connectors.shared.google.look import Grid, again, touched
from connectors.shared.google.strayed import repairs
from connectors.shared.google.wire import Wire
from connectors.shared.values import as_text
from connectors.shared.web.answers import Fate as Answered
from connectors.shared.workbook.records import Maker, columns_of
from connectors.shared.workbook.view import View, version

AT_ONCE: Final = 50
"""So many rows are named in one address; of more the whole sheet is read again."""
TRIES: Final = 3
"""How often a write begins anew where people edit the rows that it means."""

MOVED: Final = say("rows were moved while they were written; look at them, or at the version history")


@dataclass(frozen=True)
class Place:
    """The sheet that is written. look: reads it anew; view: as its mapping sees it; find: records by their tokens;
    hint: where the right to write is granted."""

    table: str
    facts: TableFacts
    can: Capabilities
    look: Callable[[], Grid]
    view: Callable[[Grid], View]
    find: Callable[[Sequence[str]], Iterator[tuple[str, Record]]]
    hint: str


class Writing:
    """One write() to one sheet."""

    def __init__(self, wire: Wire, spreadsheet: str, at: Place) -> None:
        self._wire, self._spreadsheet, self._at = wire, spreadsheet, at

    def receipts(self, changes: Sequence[Change], *, is_repair: bool = False) -> Iterator[Receipt]:
        """All in one batch. One that Google refuses as a whole is halved until the culprit is alone (C22)."""
        for _ in range(TRIES):
            grid = self._at.look()
            desk = Desk(self._at.view(grid), grid, self._at.can)
            fates = desk.take(changes)
            batch = desk.batch()
            if not batch:
                yield from self._told(changes, fates, self._at.view(grid))
                return
            if self._is_untouched(grid, desk.touched):
                break
        else:
            yield from sheets.deferred(changes, say("people are editing these rows; the next run tries again"))
            return
        yield from self._sent(changes, fates, batch, None if is_repair else self._at.view(grid))

    def _is_untouched(self, grid: Grid, numbers: Sequence[int]) -> bool:
        """Whether the rows that a batch means are still those that were read, and where they were."""
        if len(numbers) > AT_ONCE:
            now = again(self._wire, self._spreadsheet, grid.info)
            found: Iterable[tuple[int, list[Any]]] = (
                (number, now[number - 1] if number <= len(now) else []) for number in numbers
            )
        else:
            found = touched(self._wire, self._spreadsheet, grid.info, numbers)
        return all(
            _trimmed(cells) == _trimmed(grid.raw[number - 1] if number <= len(grid.raw) else [])
            for number, cells in found
        )

    def _sent(
        self, changes: Sequence[Change], fates: Sequence[Fate], batch: list[Mapping[str, object]], before: View | None
    ) -> Iterator[Receipt]:
        """before: the sheet as it was read; None: what strays now is not put right again."""
        try:
            reply = self._wire.change(self._spreadsheet, batch, [change.after for change in changes])
        except NotSent as trouble:
            yield from sheets.deferred(changes, trouble.said)
            return
        except Lost as trouble:
            yield from self._doubts(changes, fates, trouble)
            return
        if reply.fate is Answered.FINE:
            yield from self._proved(changes, fates, before)
        elif reply.fate in (Answered.FORBIDDEN, Answered.GONE):
            refused = self._wire.client.error(reply).said
            raise SourceRefused("{why} {hint}", why=refused, hint=self._at.hint)
        elif len(changes) == 1:
            why = say("Google Sheets does not take it: {text}", text=reply.told)
            yield sheets.rejected(changes[0], dict.fromkeys(changes[0].after, (Outcome.REJECTED, why)), why)
        else:
            half = len(changes) // 2
            yield from self.receipts(changes[:half])
            yield from self.receipts(changes[half:])

    def _proved(self, changes: Sequence[Change], fates: Sequence[Fate], before: View | None) -> Iterator[Receipt]:
        """Receipts with what the sheet shows now; without it where it cannot be read, for the engine to ask."""
        try:
            view = self._at.view(self._at.look())
            repair = repairs(before, view, changes, fates) if before is not None else []
            if repair:
                done = list(self.receipts(repair, is_repair=True))
                if any(one.outcome is not Outcome.DONE for one in done):
                    yield from (Receipt(change.id, Outcome.UNKNOWN, change.key, detail=MOVED) for change in changes)
                    return
                view = self._at.view(self._at.look())
            receipts = list(self._told(changes, fates, view))
        except SourceError as trouble:
            yield from (_receipt(change, fate, None) for change, fate in zip(changes, fates))
            if not isinstance(trouble, SourceRefused | NotSent | Lost):
                raise
            return
        yield from receipts

    def _doubts(self, changes: Sequence[Change], fates: Sequence[Fate], trouble: Lost) -> Iterator[Receipt]:
        """The answer was lost. What the sheet shows now proves a create that came; all else is a doubt."""
        found: dict[str, Record] = {}
        tokens = [change.token for change in changes if change.op is Op.CREATE and change.token]
        stop: SourceError | None = None
        try:
            if tokens and self._at.facts.token:
                found = dict(self._at.find(tokens))
        except SourceError as error:
            stop = error
        for change, fate in zip(changes, fates):
            record = found.get(change.token or "")
            if fate.outcome is not Outcome.DONE or record is not None:
                yield _receipt(change, fate, record)
            else:
                yield Receipt(change.id, Outcome.UNKNOWN, fate.key, detail=trouble.said)
        if stop is not None and not isinstance(stop, SourceRefused | NotSent | Lost):
            raise stop

    def _told(self, changes: Sequence[Change], fates: Sequence[Fate], view: View) -> Iterator[Receipt]:
        spoken = dict.fromkeys(name for change in changes for name in (*change.after, *change.before))
        names = [name for name in (*spoken, *view.facts.fields) if view.headings.at(name) is not None]
        make = Maker(view, self._at.table, columns_of(view, names))
        wanted = {fate.key for fate in fates if fate.key}
        found: dict[str, Record | None] = {}
        behind = min((fate.behind for fate in fates if fate.behind and not fate.key), default=None)
        new: list[Record] = []
        for row in (row for stretch in view.records() for row in stretch):
            if behind is not None and row.number > behind:
                new.append(make.record(row))
            for key in {make.key(row) or rows.place(row.number), make.token(row)} & wanted:
                found[key] = None if key in found else make.record(row)  # a key that stands twice: the engine asks
        for change, fate in zip(changes, fates):
            record = found.get(fate.key) if fate.key else _alike(new, change) if fate.behind else None
            if _is_left(change, fate, record):
                yield Receipt(change.id, Outcome.UNKNOWN, change.key, detail=MOVED)
                continue
            is_there = fate.outcome is not Outcome.REJECTED and change.op is not Op.DELETE
            yield _receipt(change, fate, record if is_there else None)


def _trimmed(cells: Sequence[object]) -> list[object]:
    found = list(cells)
    while found and found[-1] in ("", None):
        found.pop()
    return found


def _alike(new: Sequence[Record], change: Change) -> Record | None:
    """The new row without a key that shows what was to be created; None where several do."""
    told = {name: as_text(value) for name, value in change.after.items()}
    same = [one for one in new if all(as_text(one.fields.get(name)) == text for name, text in told.items())]
    return same[0] if len(same) == 1 else None


def _is_left(change: Change, fate: Fate, record: Record | None) -> bool:
    """Whether a row that was to be deleted is still there as it was: then another one went in its place."""
    if change.op is not Op.DELETE or fate.outcome is not Outcome.DONE or record is None or fate.row is None:
        return False
    return not record.place and record.version == version(fate.row)


def _receipt(change: Change, fate: Fate, record: Record | None) -> Receipt:
    key = record.key if record is not None else fate.key
    return Receipt(change.id, fate.outcome, key or change.key, record, fate.apart, fate.why)
