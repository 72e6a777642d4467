"""How is a table read? Pull, map, hash, skip what is as it was, stage the rest (RULES R1, R2a, R2b; T1 per page)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.contract import Certificate, CursorExpired, Identity, Page, Query, Record, SourceError, State
from sync.context import Run, TableState
from sync.ledger import codec, staging
from sync.ledger.staging import Fresh, Stored
from sync.linking.relate import HERE
from sync.reading import align, trust
from sync.reading.onward import Onward, is_far
from sync.reading.staged import Desk
from sync.reading.tally import check_sums, joined
from sync.reading.trust import is_whole
from sync.rules.links import Event

FILE_BATCH = 5000
"""Records of a file that are staged in one transaction."""
ALIGNED = "~"
"""Begins the key that the ledger gives to a row without one."""


@dataclass(slots=True)
class Reading:
    """One table while it is pulled. events: what a pull says of records that are not simply there. prior: key → raw hash
    before this run. altered: ids of records that read otherwise than before. is_empty: nothing of it was known before.
    has_versions: a record's version tells whether its stored cells are those it shows."""

    run: Run
    table: TableState
    desk: Desk
    placed: list[tuple[Record, Fresh]] = field(default_factory=list)
    new_keys: set[str] = field(default_factory=set)
    prior: dict[str, bytes] = field(default_factory=dict)
    altered: set[int] = field(default_factory=set)
    repeated: dict[str, list[Fresh]] = field(default_factory=dict)
    events: dict[int, tuple[Event, str]] = field(default_factory=dict)
    filtered: set[str] = field(default_factory=set)
    delivered: int = 0
    is_empty: bool = False
    has_versions: bool = False

    def begin_again(self) -> None:
        """Before a second pull: what the first said of records is kept, what it counted within its listing is not."""
        self.new_keys.clear()
        self.repeated.clear()
        self.filtered.clear()
        self.placed.clear()
        self.is_empty = False

    # -------------------------------------------------------------------------- one page

    def page(self, c: Connection, records: Iterable[Record]) -> None:
        """Stages the records of one page; rows without a key of their own wait for the whole table."""
        keyed: list[Record] = []
        ended: list[Record] = []
        nameless = self.table.described.can.identity is Identity.NONE
        passes = self.table.converter.passes
        before = self.delivered
        for record in records:
            self.delivered += 1
            if record.state is not State.LIVE:
                ended.append(record)
            elif not passes(record.fields):
                self.table.counts["filtered"] += 1
                self.filtered.add(record.key)
            elif record.place or nameless:
                self.placed.append((record, self.desk.fresh(record)))
            else:
                keyed.append(record)
        self.table.counts["read"] += self.delivered - before
        self._stage(c, keyed)
        self._end(c, ended)
        self.desk.forget()

    def _stage(self, c: Connection, records: Sequence[Record]) -> None:
        keys = [] if self.is_empty else [one.key for one in records]
        stored = staging.stored_by_key(self.run.ledger, c, self.table.id, keys)
        if self.has_versions:
            shown = self.desk.fresh_all(records, stored, self.table.seen)
        else:
            shown = [self.desk.fresh(one) for one in records]
        sifted = self._sifted(shown, stored, frozenset())
        self._take(c, ((one, stored.get(one.key)) for one in self._once(sifted, stored)))

    def _sifted(
        self, shown: Sequence[Fresh], stored: Mapping[str, Stored], known_hashes: Collection[bytes]
    ) -> Sequence[Fresh]:
        """R22: without what speaks of somebody who was erased; what is staged already was sifted then."""
        if self.table.sieve is None:
            return shown
        out: list[Fresh] = []
        for one in shown:
            known = stored.get(one.key)
            if one.raw_hash in known_hashes or (known is not None and known.raw_hash == one.raw_hash):
                out.append(one)
                continue
            fields = codec.load_raw(one.raw)
            kept = self.table.sieve.sift(self.table, "" if one.place else one.key, fields, known=known is not None)
            if kept is not None:
                raw = one.raw if kept is fields else codec.dump_raw(kept)
                out.append(one._replace(raw=raw, raw_hash=codec.digest(raw)))
            elif known is not None:  # it stays as it is stored
                out.append(one._replace(raw=b"{}", raw_hash=known.raw_hash, locked=known.locked))
            else:
                self.table.counts["kept out"] += 1
        return out

    def _once(self, shown: Sequence[Fresh], stored: dict[str, Stored]) -> Iterator[Fresh]:
        """R2b: a key seen twice is a repeat where the system guards keys; where people do, it is told at the end."""
        native = self.table.described.can.identity is Identity.NATIVE
        for one in shown:
            known = stored.get(one.key)
            again = known.id in self.table.seen if known else one.key in self.new_keys
            if not again:
                if known is None:
                    self.new_keys.add(one.key)
                else:
                    self.table.seen.add(known.id)
                yield one
                continue
            if native:
                self.table.counts["repeats"] += 1
            else:
                self.repeated.setdefault(one.key, []).append(one)

    def _take(self, c: Connection, pairs: Iterable[tuple[Fresh, Stored | None]]) -> None:
        """Inserts what is new, updates what changed, and opens the entities that this concerns."""
        new: list[Fresh] = []
        known_before: list[Stored] = []
        altered: list[Fresh] = []
        moved: list[tuple[str | None, str | None, int]] = []
        touched: list[int] = []
        same = 0
        for one, known in pairs:
            if known is None:
                new.append(one)
            elif known.raw_hash != one.raw_hash or known.locked != one.locked:
                altered.append(one)
                known_before.append(known)
            else:
                same += 1
                if (known.version, known.place) != (one.version, one.place):
                    moved.append((one.version, one.place, known.id))
        read = self.desk.converted([*new, *altered])
        changed = []
        for one, known in zip(read[len(new) :], known_before):
            changed.append(one._replace(id=known.id))
            self.prior[one.key] = known.raw_hash
            if (one.canon_hash, one.locked) != (known.canon_hash, known.locked):
                touched.append(known.id)
            else:
                same += 1
        self.altered.update(touched)
        self.table.counts["unchanged"] += same
        self._save(c, self._numbered(read[: len(new)]), changed, moved, touched)

    def _numbered(self, new: Sequence[Fresh]) -> list[Fresh]:
        """With ids in the order in which they were met."""
        first = self.run.next_record
        self.run.next_record += len(new)
        self.table.seen.update(range(first, self.run.next_record))
        return [Fresh(number, *one[1:]) for number, one in enumerate(new, first)]

    def _save(
        self,
        c: Connection,
        new: Sequence[Fresh],
        changed: Sequence[Fresh],
        moved: Sequence[tuple[str | None, str | None, int]],
        touched: Sequence[int],
    ) -> None:
        ledger = self.run.ledger
        staging.insert_records(ledger, c, self.table.id, self.run.id, new)
        staging.update_records(ledger, c, changed)
        staging.move_records(ledger, c, moved)
        if touched:
            staging.open_entities_of(ledger, c, touched)
        if self._look_ups():
            staging.save_lookups(ledger, c, [one.id for one in changed], self._targets([*new, *changed]))
        counts = self.table.counts
        counts["new"] += len(new)
        counts["changed"] += len(touched)

    def _look_ups(self) -> list[tuple[int, str, int, str]]:
        """(place of the part, its name, place of the value, relation) of look-up columns."""
        return [
            (part.place, part.map.name, part.shape.fields.index(name), name)
            for part in self.table.parts
            for name, places in part.map.relations.items()
            if name in part.shape.fields and any(place.ref for place in places)
        ]

    def _targets(self, records: Sequence[Fresh]) -> Iterator[tuple[int, str, str, str]]:
        where = self._look_ups()
        for one in records:
            parts = codec.load_parts(one.canon)
            for place, part, at, relation in where:
                values = parts[place]
                text = values[at] if values else None
                if isinstance(text, str) and text and not text.startswith(HERE):
                    yield one.id, part, relation, text

    def _end(self, c: Connection, ended: Sequence[Record]) -> None:
        """Records that the system itself says are archived, deleted, or merged into another."""
        if not ended:
            return
        self.table.counts["ended"] += len(ended)
        stored = staging.stored_by_key(self.run.ledger, c, self.table.id, [one.key for one in ended])
        for record in ended:
            known = stored.get(record.key)
            if known is not None:
                word = Event.ENDED if record.state is State.MOVED else Event.PROVED_GONE
                self.events[known.id] = (word, record.into or "")
                self.table.seen.add(known.id)

    # -------------------------------------------------------------------------- the end of the table

    def finish(self, c: Connection, *, whole: bool = True) -> None:
        """Rows without a key are aligned, repeated keys are told; in the transaction of the last page. What a pull of
        changes alone did not show stays put apart."""
        if self.placed or self.table.described.can.identity is Identity.NONE:
            self._align(c)
        quarantined: list[tuple[str, str, bytes]] = []
        for key, others in sorted(self.repeated.items()):
            quarantined += self._repeat(c, key, others)
        if whole:
            staging.set_quarantine(self.run.ledger, c, self.table.id, self.run.id, quarantined)
        elif quarantined:
            told = {key for key, _, _ in quarantined}
            staging.set_quarantine(self.run.ledger, c, self.table.id, self.run.id, quarantined, only=told)
        self.table.counts["quarantined"] += len(quarantined)
        check_sums(self.table.name, self.table.counts)

    def _align(self, c: Connection) -> None:
        known = [row for row in staging.all_stored(self.run.ledger, c, self.table.id) if row.key.startswith(ALIGNED)]
        raws = staging.raws(self.run.ledger, c, [row.id for row in known])
        placed = self._sifted([fresh for _, fresh in self.placed], {}, {row.raw_hash for row in known})
        shown = self.desk.converted(placed)
        old = [self._row(row.raw_hash, raws[row.id], _number(row.place), None) for row in known]
        new = [self._row(one.raw_hash, one.raw, _number(one.place), one.canon) for one in shown]
        pairs = align.align(old, new)
        self._take(c, list(self._aligned(known, shown, pairs)))

    def _aligned(
        self, known: Sequence[Stored], shown: Sequence[Fresh], pairs: dict[int, int]
    ) -> Iterator[tuple[Fresh, Stored | None]]:
        for n, one in enumerate(shown):
            at = pairs.get(n)
            if at is None:
                yield one._replace(key=f"{ALIGNED}{self.run.id}.{n}"), None
            else:
                self.table.seen.add(known[at].id)
                yield one._replace(key=known[at].key), known[at]

    def _row(self, hash_: bytes, raw: bytes, place: int, canon: bytes | None) -> align.Row:
        fields = codec.load_raw(raw)
        parts = codec.load_parts(canon) if canon is not None else self.table.converter.read(fields)
        identity: list[object] = []
        naming: set[str] = set()
        for part, values in zip(self.table.parts, parts, strict=True):
            names = self.run.workspace.kinds[part.map.kind].names
            for name, value in zip(part.shape.fields, values or (), strict=False):
                if name.partition(".")[0] in names and isinstance(value, str) and value:
                    identity.append((part.map.name, name, value))
                    naming.update(column for one in part.map.fields.get(name, ()) for column in one.columns)
        rest = tuple(_flat(v) for column, v in fields.items() if column not in naming)
        return align.Row(hash_, place, tuple(identity), tuple(_flat(v) for v in fields.values()), rest)

    def _repeat(self, c: Connection, key: str, others: Sequence[Fresh]) -> list[tuple[str, str, bytes]]:
        """The record that is as it was stored keeps the key; where none or several are, all are put apart."""
        first = staging.stored_by_key(self.run.ledger, c, self.table.id, [key])[key]
        before = self.prior.get(key, first.raw_hash)
        is_new = key in self.new_keys
        same = [one for one in others if one.raw_hash == before and not is_new]
        if not is_new and before == first.raw_hash and not same:
            return [(key, "repeated key", one.raw) for one in others]
        raw = staging.raws(self.run.ledger, c, [first.id])[first.id]
        self._uncount(first.id, new=is_new)
        if len(same) == 1 and before != first.raw_hash:
            self.table.counts["unchanged"] += 1
            staging.update_records(self.run.ledger, c, [self.desk.converted(same)[0]._replace(id=first.id)])
            return [(key, "repeated key", raw), *((key, "repeated key", o.raw) for o in others if o is not same[0])]
        staging.take_back(self.run.ledger, c, first.id, new=is_new)
        return [(key, "repeated key", raw), *((key, "repeated key", one.raw) for one in others)]

    def _uncount(self, record: int, *, new: bool) -> None:
        """A record that this run counted turns out to be no statement."""
        self.table.counts["new" if new else "changed" if record in self.altered else "unchanged"] -= 1


def _number(place: str | None) -> int:
    """The line of a row, `#7`; -1 where nobody says it."""
    digits = (place or "").removeprefix("#")
    return int(digits) if digits.isdigit() else -1


def _flat(value: object) -> object:
    return value if isinstance(value, (str, int)) or value is None else repr(value)


# ------------------------------------------------------------------------------ a whole table


def read_table(run: Run, table: TableState) -> Reading:
    """Pulls one table to its certificate. Raises SourceError; what was staged until then stays."""
    reading = Reading(run, table, Desk(table))
    row, can, due = table.row, table.described.can, trust.is_due(run, table.row.listed_at)
    with run.transaction() as c:
        reading.is_empty = staging.is_empty(run.ledger, c, table.id)
        reading.has_versions = trust.begin(run, c, table)
    since = row.cursor if can.changes and row.mapping == table.converter.version else None
    try:
        _pull(run, reading, since)
    except CursorExpired:
        _pull_anew(run, reading)
        return reading
    if since is not None and due and not is_whole(table):
        # first what the cursor said, so that what it missed can be counted (R1d)
        table.counts["missed by the cursor"] = _pull_anew(run, reading)
    return reading


def _pull_anew(run: Run, reading: Reading) -> int:
    """A whole listing after what a cursor said. Returns how many records it met as new or changed."""
    table = reading.table
    first = dict(table.counts)
    table.counts.clear()
    table.seen.clear()
    reading.begin_again()
    _pull(run, reading, None)
    met = table.counts["new"] + table.counts["changed"]
    joined(first, table.counts)
    return met


def _pull(run: Run, reading: Reading, since: str | None) -> None:
    table = reading.table
    assert table.connector is not None
    query = Query(table.described.id, tuple(table.converter.columns), since)
    end: Certificate | None = None
    reading.delivered = 0
    trouble: SourceError | None = None
    with Onward(iter(table.connector.pull(query)), far=is_far(table.described.can)) as pages:
        while end is None and (page := next(pages, None)) is not None:
            with run.transaction() as c:
                end, trouble = _staged(reading, c, page, pages)
                if end is not None:
                    reading.finish(c, whole=end.full)
                    _certify(run, reading, c, end)
            if trouble is not None:
                raise trouble
            run.progress(table.name, table.counts["read"], (end.declared if end else None) or 0)
    if end is None:
        raise SourceError("{table}: the source stopped in the middle of its listing", table=table.name)
    table.counts["untouched"] = int(since is not None and not end.full and not table.counts["read"])


def _staged(
    reading: Reading, c: Connection, page: Page, more: Iterator[Page]
) -> tuple[Certificate | None, SourceError | None]:
    """Stages a page, or several of a file, which are there at once -> the end, if it has come, and what stopped it."""
    enough = reading.delivered + (FILE_BATCH if is_whole(reading.table) else 0)
    reading.page(c, page.records)
    while page.end is None and reading.delivered < enough:
        try:
            page = next(more)
        except StopIteration:
            break
        except SourceError as trouble:
            return None, trouble
        reading.page(c, page.records)
    return page.end, None


def _certify(run: Run, reading: Reading, c: Connection, end: Certificate) -> None:
    """What the pull proves; its cursor is kept with its last page."""
    table, row = reading.table, reading.table.row
    complete = end.complete and (end.declared is None or not end.full or end.declared == reading.delivered)
    table.certificate = end
    table.pulled = True
    row.cursor = end.cursor
    row.pulled_run = run.id
    row.chain = int(complete and (end.full or bool(row.chain)))
    if end.full and complete:
        row.listed_run, row.listed_at = run.id, run.now.isoformat()
    table.current = bool(row.chain)
    staging.save_table(run.ledger, c, row)
    if end.full:
        trust.end(run, c, table, had=reading.has_versions, holds=complete and not reading.repeated)
    if table.sieve is not None:
        table.sieve.save(c)
