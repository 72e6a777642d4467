"""What is staged of records as a pull shows them: their cells dumped and hashed, and what they mean?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from connectors.contract import Fields, Record
from sync.context import TableState
from sync.ledger import codec
from sync.ledger.staging import Fresh, Stored
from sync.reading.clocks import kept_times

FEW = 8
"""So few records are converted one by one: setting out columns costs as much."""


class Desk:
    """Makes Fresh of one table's records. shown: raw hash → the cells, of the records at hand."""

    def __init__(self, table: TableState) -> None:
        self._table, self._columns = table, table.converter.columns
        self._token = table.map.offbook_id
        self._shown: dict[bytes, Fields] = {}

    def fresh(self, record: Record) -> Fresh:
        """Not converted yet."""
        fields = record.fields
        if type(fields) is not dict or tuple(fields) != self._columns:
            fields = {name: fields[name] for name in self._columns if name in fields}
        raw = codec.dump_raw(fields)
        hashed = codec.digest(raw)
        self._shown[hashed] = fields
        token = fields.get(self._token) if self._token else None
        if record.editor:
            self._table.names_editors = True
        return Fresh(
            0,
            record.key,
            record.key if record.place else None,
            raw,
            hashed,
            b"",
            b"",
            record.version,
            kept_times(record) if record.modified or record.times else None,
            record.editor,
            _locked(record),
            str(token) if token else None,
        )

    def fresh_all(self, records: Iterable[Record], stored: Mapping[str, Stored], seen: Collection[int]) -> list[Fresh]:
        """The same; a record that bears the version it is stored with is taken as it is stored, without its cells. So
        is only the first of a key: those that repeat it are told with what they show (R2b)."""
        met, made = set[int](), []
        for record in records:
            known = stored.get(record.key)
            if known is None:
                made.append(self.fresh(record))
                continue
            as_stored = known.id not in met and known.id not in seen and _is_as_stored(record, known)
            met.add(known.id)
            made.append(_as_stored(record, known) if as_stored else self.fresh(record))
        return made

    def converted(self, some: Sequence[Fresh]) -> list[Fresh]:
        """With their canonical values, which one may have already."""
        wanted = [one for one in some if not one.canon]
        fields = [self._cells(one) for one in wanted]
        converter = self._table.converter
        parts = iter(converter.read_all(fields) if len(fields) > FEW else map(converter.read, fields))
        return [one if one.canon else _with(one, codec.dump(next(parts))) for one in some]

    def forget(self) -> None:
        """The cells of the records that were at hand."""
        self._shown.clear()

    def _cells(self, one: Fresh) -> Fields:
        fields = self._shown.get(one.raw_hash)
        return codec.load_raw(one.raw) if fields is None else fields


def _with(one: Fresh, canon: bytes) -> Fresh:
    return Fresh(*one[:5], canon, codec.digest(canon), *one[7:])


def _is_as_stored(record: Record, known: Stored) -> bool:
    return record.version is not None and record.version == known.version and _locked(record) == known.locked


def _as_stored(record: Record, known: Stored) -> Fresh:
    key, place = record.key, record.key if record.place else None
    return Fresh(0, key, place, b"", known.raw_hash, b"", b"", known.version, None, "", known.locked, None)


def _locked(record: Record) -> str | None:
    return "\n".join(sorted(record.locked)) or None if record.locked else None
