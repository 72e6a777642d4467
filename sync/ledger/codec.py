"""How do values, cells and goldens stand in the ledger's columns?

Raw fields are JSON objects in which everything that JSON lacks is an object with one letter: n Decimal, i a long
integer, d date, t datetime, l look-up, x damaged, s text that is no Unicode. Canonical values are texts, lists (slots
of a set, members of a group) and {"x": [code, text]}. Hashes are BLAKE2b-128 over these bytes (DESIGN §9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from connectors.contract import Damaged, Fields, LookUp
from connectors.contract import Value as RawValue
from sync.rules.cell import Cell, Doubt, Golden, Stop, Value, Vote
from sync.rules.sets import SetGolden

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_LONG = 2**53


def digest(data: bytes) -> bytes:
    """16 bytes: a page of a million rows holds a collision with a chance of about 1e-27."""
    return hashlib.blake2b(data, digest_size=16).digest()


# ------------------------------------------------------------------------------ raw


def _coded(value: object) -> object:
    if isinstance(value, Damaged):
        return {"x": [value.code, value.text]}
    if isinstance(value, LookUp):
        return {"l": [value.table, value.key, value.label]}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    raise TypeError(f"no such value crosses a connector's border: {type(value).__name__}")


def _spelled(value: Any) -> Any:
    """The slow way, for what orjson refuses: integers beyond 64 bits and texts with lone surrogates."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _LONG else {"i": str(value)}
    if isinstance(value, str):
        return value if value.isascii() or _is_unicode(value) else {"s": value.encode("unicode_escape").decode()}
    if isinstance(value, (list, tuple)):
        return [_spelled(v) for v in value]
    if isinstance(value, dict):
        return {k: _spelled(v) for k, v in value.items()}
    return _spelled(_coded(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def dump(value: object) -> bytes:
    """JSON bytes, the same for equal values."""
    try:
        return orjson.dumps(value, _coded, _OPTIONS)
    except TypeError:
        return orjson.dumps(_spelled(value), option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(v) for v in value)
    if not isinstance(value, dict):
        return value
    (letter, content), *more = value.items()
    if more or letter not in _READ:
        raise ValueError("not a value of the ledger")
    return _READ[letter](content)


_READ: Mapping[str, Any] = {
    "x": lambda c: Damaged(*c),
    "l": lambda c: LookUp(*c),
    "n": Decimal,
    "i": int,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "s": lambda c: c.encode().decode("unicode_escape"),
}


def dump_raw(fields: Fields) -> bytes:
    return dump(fields)


def load_raw(data: bytes) -> dict[str, RawValue]:
    return {name: value if isinstance(value, str) else _plain(value) for name, value in orjson.loads(data).items()}


# ------------------------------------------------------------------------------ canonical


def load_value(value: Any) -> Value:
    """A canonical value out of decoded JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return tuple(v if v is None or isinstance(v, str) else Damaged(*v["x"]) for v in value)
    return Damaged(*value["x"])


def load_parts(data: bytes) -> list[list[Any] | None]:
    """A record's parts as staged: for each part its values (still as JSON has them), or None where it is not there."""
    loaded: list[list[Any] | None] = orjson.loads(data)
    return loaded


def load(data: bytes | None) -> Any:
    return orjson.loads(data) if data is not None else None


# ------------------------------------------------------------------------------ cells and goldens

_FLAGS = (("fresh", 1), ("echo", 2))


def dump_cell(cell: Cell) -> bytes:
    """All of a cell but what it shows, which stands in its record."""
    out: dict[str, object] = {}
    if cell.seen is not None:
        out["s"] = cell.seen
    if cell.agreed is not None:
        out["a"] = cell.agreed
    if cell.stop is not None:
        out["p"] = (cell.stop.why, cell.stop.on)
    if cell.doubt is not None:
        out["d"] = (cell.doubt.before, cell.doubt.intended, cell.doubt.unclear)
    if cell.fresh or cell.echo:
        out["f"] = cell.fresh + 2 * cell.echo
    if cell.own != "":
        out["o"] = cell.own
    if cell.ours:
        out["u"] = cell.ours
    if cell.returns:
        out["r"] = cell.returns
    return dump(out)


def load_cell(data: bytes, shown: Value) -> Cell:
    got = orjson.loads(data)
    doubt = got.get("d")
    stop = got.get("p")
    flags = got.get("f", 0)
    agreed = got.get("a")
    return Cell(
        shown=shown,
        seen=load_value(got.get("s")),
        agreed=(load_value(agreed[0]), load_value(agreed[1])) if agreed else None,
        stop=Stop(stop[0], tuple(v if isinstance(v, int) else load_value(v) for v in stop[1])) if stop else None,
        doubt=Doubt(load_value(doubt[0]), load_value(doubt[1]), doubt[2]) if doubt else None,
        fresh=bool(flags & 1),
        echo=bool(flags & 2),
        own=load_value(got.get("o", "")),
        ours=tuple(got.get("u", ())),
        returns=tuple(got.get("r", ())),
    )


def _vote(vote: Vote) -> list[object]:
    return [vote.value, vote.ref, vote.rank, int(vote.golden), int(vote.formal), vote.time, int(vote.unsure)]


def _load_vote(got: list[Any]) -> Vote:
    value, ref, rank, golden, formal, time, unsure = got
    return Vote(load_value(value), ref, rank, bool(golden), bool(formal), time, bool(unsure))


def pack_golden(golden: Golden | SetGolden) -> list[object]:
    """A field's golden as a short list; former values and rivals only where there are any."""
    if isinstance(golden, SetGolden):
        refs = [golden.refs.get(e, "") for e in golden.elements]
        out: list[object] = [1, list(golden.elements), refs, sorted(golden.removed)]
        return [*out, dict(golden.sorts), golden.primary] if golden.sorts or golden.primary else out
    out = [0, golden.value, golden.ref, golden.rule, golden.since]
    if golden.former or golden.rivals:
        out.append(sorted(golden.former, key=dump))
    if golden.rivals:
        out.append([_vote(v) for v in golden.rivals])
    return out


def unpack_golden(got: list[Any]) -> Golden | SetGolden:
    if got[0] == 1:
        elements = tuple(got[1])
        sorts, primary = (got[4], got[5]) if len(got) > 4 else ({}, "")
        return SetGolden(elements, frozenset(got[3]), dict(zip(elements, got[2], strict=True)), sorts, primary)
    former = frozenset(load_value(v) for v in got[5]) if len(got) > 5 else frozenset()
    rivals = tuple(_load_vote(v) for v in got[6]) if len(got) > 6 else ()
    return Golden(load_value(got[1]), got[2], got[3], got[4], former, rivals)


def dump_goldens(goldens: Mapping[str, Golden | SetGolden]) -> bytes:
    return dump({name: pack_golden(g) for name, g in goldens.items()})


def load_goldens(data: bytes) -> dict[str, Golden | SetGolden]:
    return {name: unpack_golden(g) for name, g in orjson.loads(data).items()}
