"""Why is a customer as it is: whose records are these, where does each value come from, why is it written or not?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import ConfigError, Said, say
from sync.agreeing.judge import NO_PLACE, REJECTED, unpacked
from sync.agreeing.merge import Case
from sync.ledger import asked, codec, lists
from sync.ledger.graph import CellRow
from sync.ledger.holds import waiting
from sync.messages.names import ABSENCES, RULES, SORTS
from sync.picture.opening import Picture, look
from sync.picture.readers import Reader, reader_of
from sync.picture.reasons import Why, known_text, why_text, whys_of_link
from sync.picture.values import Words, name_entities
from sync.review.noted import pin_text
from sync.review.targets import target
from sync.rules.cell import EMPTY, Cell, Golden, Value
from sync.rules.sets import SetGolden, no_place, slots_of, stopped
from sync.run import Session
from sync.sides import Side, cell_of

VERDICT_WHY: Final[Mapping[str, Said]] = {
    "silent": say("nobody asks this cell now: its link or its source is silent"),
    "doubt": say("we wrote it and got no answer; the next run reads it again"),
    "damaged": say("it cannot be read, so it has no voice and is not written over; mend it there, or decide"),
    "frozen": say("it came back to an old value three times after we wrote it; decide, or find out what changes it"),
    "parked": say("no rule decides between the values; answer the question"),
    "agreed": say("it says what golden says"),
    "filtered": say("it is heard, but this place is only read, is not pushed, or may not receive this customer"),
    "kept": say(
        "it differed when they met, or said what it may not; it stays until golden or the cell moves, or you decide"
    ),
    "standing": say("it cannot be written there"),
    "change": say("the next apply writes golden there"),
}
"""What each verdict means for a cell, and what ends it (RULES table 1)."""

TODO: Final[Mapping[str, Said]] = {
    "gone mark": say("offbook review accept mark/{table}/{entity} creates it again"),
    "doubt": say("the next run finds out whether it was created"),
    "missing": say("nothing: it may come back; after a second complete listing it counts as gone"),
    "filtered": say("the filter `only` of the source decides; mend the field that it names"),
    "not wanted": say("name the table under `create_in` of a job that pushes it"),
    "in a sibling": say("nothing: it is there already, in another table"),
    "incomplete": say("fill what it lacks in any source, or answer the question about its owner"),
    "policy": say("the filter of `create_in` decides; mend the field that it names"),
    "asked": say("answer its questions"),
    "parent": say("create the one it belongs to first"),
    "picture not current": say("let a run read the whole table"),
    "orphan": say("remove our record if nobody needs it"),
    "create": say("the next apply creates it"),
}
"""What a person can do about an absence (RULES table 4)."""


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell. verdict: its code; why: in words, with what to do."""

    unit: str
    shown: str
    verdict: str
    why: str
    since: str = ""
    details: str = ""

    def as_json(self) -> dict[str, object]:
        said = {"field": self.unit, "shown": self.shown, "verdict": self.verdict, "why": self.why}
        return {**said, "since": self.since or None, "details": self.details or None}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the customer, and how it is known to be his. probability: of the weakest link that holds it there."""

    ref: str
    record: str
    part: str
    state: str
    since: str
    how: str
    probability: float
    whys: tuple[Why, ...]
    reasons: tuple[str, ...]
    leading: bool
    ours: bool
    cells: tuple[CellLine, ...]

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"ref": self.ref, "record": self.record, "part": self.part, "state": self.state}
        said |= {"since": self.since or None, "how": self.how, "probability": self.probability}
        said |= {
            "reasons": [{**why.as_json(), "text": text} for why, text in zip(self.whys, self.reasons, strict=True)]
        }
        return {**said, "leading": self.leading, "ours": self.ours, "cells": [cell.as_json() for cell in self.cells]}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of golden. losers: (value, record, since, why) of what was said and did not win."""

    unit: str
    value: str
    source: str
    rule: str
    since: str
    former: tuple[str, ...] = ()
    losers: tuple[tuple[str, str, str], ...] = ()
    parked: bool = False
    pinned: bool = False

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"field": self.unit, "value": self.value, "from": self.source, "rule": self.rule}
        said |= {"since": self.since or None, "former": list(self.former), "parked": self.parked, "pinned": self.pinned}
        return {**said, "losers": [list(one) for one in self.losers]}


@dataclass(frozen=True, slots=True)
class Note:
    """A question, decision, absence, mark, hold or former link that concerns the customer; todo: what to do about it."""

    sort: str
    where: str
    text: str
    todo: str = ""

    def as_json(self) -> dict[str, object]:
        return {"sort": self.sort, "where": self.where, "text": self.text, "todo": self.todo or None}


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that is known of a customer. plan: the plan whose draft is laid over what is committed; 0: none."""

    entity: str
    kind: str
    called: str
    plan: int
    first: str
    aliases: tuple[str, ...]
    records: tuple[RecordLine, ...]
    fields: tuple[FieldLine, ...]
    notes: tuple[Note, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"entity": self.entity, "kind": self.kind, "called": self.called}
        said |= {"plan": self.plan or None, "since": self.first or None, "aliases": list(self.aliases)}
        said |= {"records": [one.as_json() for one in self.records], "fields": [one.as_json() for one in self.fields]}
        return {**said, "notes": [one.as_json() for one in self.notes]}


def explain(
    session: Session, name: str, *, kind: str = "", lang: str = "en", reader: str = "", values: bool = True
) -> Explained:
    """The customer of an id (or the beginning of one) or of a record, `wang:#4`, `crm.accounts:1001`.

    kind: which part of a record is meant, else its subject. values: False masks sensitive ones. reader: one of `people`;
    a customer that he may not see is not there for him (R8d). Raises ConfigError. Nothing is written.
    """
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who = Words(picture, lang, masked=not values), reader_of(picture, reader)
        found = target(picture, name, kind=kind)
        if found.entity not in who.sees([found.entity]):
            raise ConfigError("there is no customer `{name}`", name=name)
        (case,) = picture.cases([found.entity])
        return _Explainer(picture, words, who, case).explained()


@dataclass(slots=True)
class _Explainer:
    picture: Picture
    words: Words
    who: Reader
    case: Case

    def explained(self) -> Explained:
        name_entities(self.picture, _pointed(self.case))
        case, row = self.case, self.case.row
        pinned = self._pinned()
        records = tuple(self._record(side) for side in case.sides)
        fields = tuple(self._field(unit, pinned) for unit in self.picture.run.units[case.kind] if unit in case.goldens)
        return Explained(
            entity=case.id,
            kind=case.kind,
            called=self.words.entity(case.id),
            plan=self.picture.plan,
            first=self._date(row.first_run),
            aliases=tuple(lists.alias_names(self.picture.ledger, self.picture.c, self.picture.plan, case.id)),
            records=records,
            fields=fields,
            notes=tuple(self._notes()),
        )

    def _date(self, run: int) -> str:
        at = self.picture.starts.get(run)
        return at.isoformat(timespec="minutes") if at is not None else ""

    # -------------------------------------------------------------------------- records and cells

    def _record(self, side: Side) -> RecordLine:
        link, record = side.link, side.record
        whys = whys_of_link(link.known)
        how = self.words.say(say("matching found it")) if whys else known_text(self.words, link.known)
        cells = [self._cell(side, unit) for unit in side.part.views if self.who.shows(self.case, side, unit)]
        return RecordLine(
            ref=side.ref,
            record=self.words.record(record.id, side.table.id, record.key, record.place),
            part=link.part,
            state=link.state,
            since=self._date(link.since),
            how=how,
            probability=float(link.score) if link.score else 1.0,
            whys=whys,
            reasons=tuple(why_text(self.words, why) for why in whys),
            leading=bool(link.leading),
            ours=bool(link.ours),
            cells=tuple(cells),
        )

    def _cell(self, side: Side, unit: str) -> CellLine:
        row, cell = side.cells.get(unit), cell_of(side, side.part.views[unit])
        verdict = row.verdict if row is not None else "silent" if side.link.state != "live" else "agreed"
        shown = self.words.value(self.case.kind, unit, cell.shown)
        why = self.words.say(VERDICT_WHY[verdict])
        since = self._date(row.since) if row is not None else ""
        return CellLine(unit, shown, verdict, why, since, self._details(side, unit, row, cell))

    def _details(self, side: Side, unit: str, row: CellRow | None, cell: Cell) -> str:
        """What is behind a verdict: why it cannot be written, which elements have no place or stay barred."""
        golden = self.case.goldens.get(unit)
        if row is None:
            return ""
        if isinstance(golden, SetGolden):
            barred = stopped(cell, "kept")
            lacking = barred or no_place(slots_of(cell.shown), golden, side.part.views[unit].slots, cell.stop)
            if row.reason == NO_PLACE or barred:
                what = self.words.value(self.case.kind, unit, lacking)
                text = say("taken out there: {what}", what=what) if barred else say("no place for {what}", what=what)
                return self.words.say(text)
        if row.reason == REJECTED:
            return self.words.say(say("the system rejected it"))
        if row.verdict == "standing":
            return self.words.say(unpacked(row.reason))
        return self.words.say(say("left over from the one it spoke of before")) if row.reason == "left over" else ""

    # -------------------------------------------------------------------------- golden

    def _field(self, unit: str, pinned: set[str]) -> FieldLine:
        kind, words = self.case.kind, self.words
        golden = self.who.golden(self.case, unit)
        assert golden is not None
        refs = golden.refs.values() if isinstance(golden, SetGolden) else [golden.ref]
        rule = "set" if isinstance(golden, SetGolden) else golden.rule if golden.ref or golden.rule else "none"
        former = () if isinstance(golden, SetGolden) else tuple(words.value(kind, unit, v) for v in _sorted(golden))
        removed = (
            tuple(words.value(kind, unit, (e,)) for e in sorted(golden.removed))
            if isinstance(golden, SetGolden)
            else ()
        )
        return FieldLine(
            unit=unit,
            value=words.golden(kind, unit, golden),
            source=self._records(refs),
            rule=words.say(RULES.get(rule, rule)) if rule != "none" else words.say(say("nobody says anything")),
            since="" if isinstance(golden, SetGolden) else self._date(golden.since),
            former=former or removed,
            losers=self._losers(unit),
            parked=unit in self.case.parked,
            pinned=unit in pinned,
        )

    def _records(self, refs: Iterable[str]) -> str:
        ids = list(dict.fromkeys(int(ref.partition(":")[0]) for ref in refs if ref))
        where = lists.placed(self.picture.ledger, self.picture.c, ids)
        return ", ".join(self.words.record(*where[one]) for one in ids if one in where)

    def _losers(self, unit: str) -> tuple[tuple[str, str, str], ...]:
        if not self.who.staff or unit not in ("notes", "needs"):
            rows = [row for row in lists.losers(self.picture.ledger, self.picture.c, self.case.id) if row[0] == unit]
            kind = self.case.kind
            return tuple(
                (self.words.value(kind, unit, value), self._records([ref]), self._date(run))
                for _, value, ref, run, _ in rows
            )
        return ()

    def _pinned(self) -> set[str]:
        rows = lists.holding(self.picture.ledger, self.picture.c, entity=self.case.id)
        return {row.content["unit"] for row in rows if row.sort == "pin"}

    # -------------------------------------------------------------------------- what else

    def _notes(self) -> Iterable[Note]:
        yield from self._questions()
        yield from self._absences()
        yield from self._marks_and_holds()
        yield from self._decisions()
        yield from self._former()

    def _questions(self) -> Iterable[Note]:
        for row in asked.open_questions(self.picture.ledger, self.picture.c):
            if self.case.id not in (row.entity, row.other):
                continue
            other = row.other if row.entity == self.case.id else row.entity
            if other and other not in self.who.sees([other]):
                continue
            text = self.words.say(SORTS.get(row.sort, row.sort))
            where = self.words.entity(other) if other else self.words.field(row.field or "")
            yield Note("question", where, text, f"offbook review show {row.id}")

    def _absences(self) -> Iterable[Note]:
        marked = {(row[0], row[1]) for row in lists.marks(self.picture.ledger, self.picture.c)}
        rows = lists.absences(self.picture.ledger, self.picture.c, self.picture.plan, ids=[self.case.id])
        for row in rows:
            code, _, lacks = row.reason.partition(": ")
            where = self.picture.table_name(row.table_id)
            text = self.words.say(ABSENCES.get(code, code))
            if lacks:
                text = self.words.say(say("{text} ({lacks})", text=text, lacks=lacks))
            todo = (
                say(str(TODO[code]), table=where, entity=self.case.id)
                if code == "gone mark"
                else TODO.get(code, say(""))
            )
            if code != "gone mark" or (self.case.id, row.table_id) in marked:
                yield Note("absence", where, text, self.words.say(todo))

    def _marks_and_holds(self) -> Iterable[Note]:
        sources = {number: source for number, (source, _) in self.picture.tables.items()}
        for row in waiting(self.picture.ledger, self.picture.c):
            if row.entity == self.case.id:
                where = sources.get(row.source, "?")
                text = self.words.say(say("a removal waits since {day}", day=row.opened_at[:10]))
                yield Note("hold", where, text, f"offbook review show hold/{row.why}/{where}/{row.entity}")

    def _decisions(self) -> Iterable[Note]:
        for row in lists.holding(self.picture.ledger, self.picture.c, entity=self.case.id):
            yield Note("decision", str(row.id), f"{pin_text(self.words, row)} ({row.by}, {row.at[:10]})")
        for row in lists.decisions(self.picture.ledger, self.picture.c, entity=self.case.id, sorts=["field"]):
            if row.state == "new":
                unit = row.content["unit"]
                value = self.words.value(self.case.kind, unit, codec.load_value(row.content["value"]))
                said = say("{field} = {value}, taken up by the next plan", field=self.words.field(unit), value=value)
                yield Note("decision", str(row.id), self.words.say(said))

    def _former(self) -> Iterable[Note]:
        for record, part, first, ended, why in lists.ended_links(self.picture.ledger, self.picture.c, self.case.id):
            text = say(
                "was his from {first} to {ended}: {why}",
                first=self._date(first)[:10],
                ended=self._date(ended)[:10],
                why=why,
            )
            yield Note("former", f"{self._records([f'{record}:{part}'])} ({part})", self.words.say(text))


def _sorted(golden: Golden) -> list[Value]:
    return sorted((value for value in golden.former if value != EMPTY), key=codec.dump)


def _pointed(case: Case) -> set[str]:
    """Customers that its relations name, in golden and in its records."""
    found = {golden.value for golden in case.goldens.values() if isinstance(golden, Golden)}
    found |= {value for side in case.sides for value in side.related.values()}
    return {value for value in found if isinstance(value, str) and len(value) == 32}


__all__ = ["CellLine", "Explained", "FieldLine", "Note", "RecordLine", "explain"]
