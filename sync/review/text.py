"""How do decisions that hold become a text that can be compared, kept in a repository, and taken in again? (DESIGN §7)

One line of JSON each, sorted: `same`, `different` and pins. A record is named as its source shows it, with a digest of
what names it; so a decision is found again after the ledger was lost or a sheet was sorted anew (R3d).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError, say
from mappings.kinds import Kind
from sync.context import PartView, TableState
from sync.decisions import Sort, field_content
from sync.ledger import codec, graph, lists
from sync.ledger.lists import DecisionRow
from sync.picture.opening import Picture, look
from sync.picture.readers import reader_of
from sync.review.desk import Answered, Desk, desk
from sync.review.fields import shown_now, unit_of
from sync.review.persons import decide_pair
from sync.run import Session

FORMAT: Final = "offbook decisions 1"


def export_text(session: Session, path: Path, *, reader: str = "") -> int:
    """Writes the decisions that hold -> how many. Pins hold values: whoever reads the file reads those."""
    with session.ledger.transaction() as c:
        picture = look(session, c)
        who = reader_of(picture, reader)
        rows = lists.holding(picture.ledger, c)
        seen = who.sees(row.entity for row in rows if row.entity)
        lines = sorted(_line(picture, row) for row in rows if row.entity in seen)
    text = "\n".join([json.dumps({"format": FORMAT}), *lines]) + "\n"
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as trouble:
        raise ConfigError("{path} cannot be written", path=path) from trouble
    return len(lines)


def _line(picture: Picture, row: DecisionRow) -> str:
    said: dict[str, object] = {"decision": row.sort, "by": row.by, "at": row.at}
    if row.sort == Sort.PIN:
        links = graph.links(picture.ledger, picture.c, picture.plan, [row.entity or ""])
        first = min(links, key=lambda one: (one.first_run, one.record_id)) if links else None
        said["records"] = [_named(picture, first.record_id, first.part)] if first is not None else []
        said |= {"field": row.content["unit"], "word": row.content["word"], "value": row.content["value"]}
    else:
        refs = [ref.partition(":") for ref in row.content["refs"]]
        said["records"] = [_named(picture, int(record), part) for record, _, part in refs]
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _named(picture: Picture, record: int, part: str) -> dict[str, str]:
    """A record as its source shows it."""
    row = lists.placed(picture.ledger, picture.c, [record]).get(record)
    if row is None:
        return {"table": "?", "key": "?", "part": part, "names": ""}
    names = names_of(picture, picture.table(row.table_id), part, [record]).get(record, "")
    return {"table": picture.table_name(row.table_id), "key": row.place or row.key, "part": part, "names": names}


def names_of(picture: Picture, table: TableState | None, part: str, records: Sequence[int]) -> dict[int, str]:
    """Record → digest of what names this part of it (DESIGN §5); "" where nothing does."""
    found = next((p for p in table.parts if p.map.name == part), None) if table is not None else None
    if table is None or found is None:
        return {}
    kind = picture.run.workspace.kinds[found.map.kind]
    rows = graph.records(picture.ledger, picture.c, records)
    return {number: _digest(kind, found, codec.load_parts(row.canon)[found.place]) for number, row in rows.items()}


def _digest(kind: Kind, part: PartView, values: Sequence[Any] | None) -> str:
    named = [*kind.names, *kind.contacts]
    pairs = zip(part.shape.fields, values or (), strict=False)
    said = [[name, value] for name, value in pairs if name.partition(".")[0] in named and value not in (None, "")]
    return codec.digest(codec.dump(said)).hex()[:16] if said else ""


# ------------------------------------------------------------------------------ taken in again


def import_text(session: Session, path: Path, *, by: str, lang: str = "en") -> Answered:
    """Takes decisions in; those that hold already are counted, those whose records are not found are told."""
    lines = list(_lines(path))
    with desk(session, by=by, lang=lang) as at:
        known = {_key(row) for row in lists.holding(at.picture.ledger, at.picture.c)}
        again = 0
        for number, said in lines:
            name = f"{path.name}:{number}"
            with at.taking(name, str(said.get("decision"))):
                again += _take(at, name, said, known)
        notes = [say("{count} of them hold already", count=again)] if again else []
        return at.close(notes)


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as trouble:
        raise ConfigError("there is no file {path}", path=path) from trouble
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            said = json.loads(line)
        except ValueError as trouble:
            raise ConfigError("{path}:{line}: this is no decision of ours", path=path, line=number) from trouble
        if not isinstance(said, dict) or said.get("format", FORMAT) != FORMAT:
            raise ConfigError("{path}:{line}: this is no decision of ours", path=path, line=number)
        if "decision" in said:
            yield number, said


def _key(row: DecisionRow) -> str:
    if row.sort == Sort.PIN:
        return f"pin {row.entity} {row.content['unit']}"
    return f"{row.sort} {' '.join(sorted(row.content['refs']))}"


def _take(at: Desk, name: str, said: Mapping[str, Any], known: set[str]) -> bool:
    """One line -> whether it holds already."""
    before, sort = len(at.rows), said["decision"]
    if not _whole(said):
        raise ConfigError("{name}: `{word}` is no decision that holds", name=name, word=sort)
    refs = [_found(at, name, one) for one in said["records"]]
    entities = [_entity(at, ref) for ref in refs]
    if sort == Sort.PIN:
        if f"pin {entities[0]} {said['field']}" in known:
            return True
        _pin(at, entities[0], said)
    else:
        if f"{sort} {' '.join(sorted(refs))}" in known:
            return True
        decide_pair(at, refs, entities, same=sort == Sort.SAME, replace=False)
    at.say(name, sort, before)
    return False


def _whole(said: Mapping[str, Any]) -> bool:
    """Whether a line has everything that a decision of its sort needs."""
    records = said.get("records")
    named = isinstance(records, list) and all(
        isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("table", "key", "part", "names"))
        for one in records
    )
    if not named or said.get("decision") not in lists.HOLDING:
        return False
    if said["decision"] != Sort.PIN:
        return len(said["records"]) == 2
    texts = isinstance(said.get("field"), str) and said.get("word") in ("value", "add", "remove", "primary")
    return len(said["records"]) == 1 and texts and "value" in said


def _pin(at: Desk, entity: str, said: Mapping[str, Any]) -> None:
    """The same value again, upon what the field's cells show now."""
    (case,) = at.picture.cases([entity])
    unit = unit_of(at, case.kind, said["field"])
    shown, _ = shown_now(case, unit)
    value = codec.load_value(said["value"])
    ref = next((one for one, saw in shown.items() if saw == value), "")
    at.decide(Sort.PIN, entity, field_content(unit.name, said["word"], value, ref, shown))
    at.open([entity])


def _found(at: Desk, name: str, record: Mapping[str, str]) -> str:
    """The part that a line names: by its key where that still names the same, else by what names it."""
    table = at.picture.run.tables.get(record.get("table", ""))
    if table is None:
        raise ConfigError("{name}: no table is called `{table}`", name=name, table=record.get("table"))
    part, wanted = record.get("part", ""), record.get("names", "")
    number = lists.record_at(at.picture.ledger, at.picture.c, table.id, record.get("key", ""))
    if number and names_of(at.picture, table, part, [number]).get(number) == wanted:
        return f"{number}:{part}"
    every = lists.record_ids(at.picture.ledger, at.picture.c, table.id) if wanted else []
    fits = [one for one, names in names_of(at.picture, table, part, every).items() if names == wanted]
    if len(fits) != 1:
        raise ConfigError("{name}: its record in {table} is not found any more", name=name, table=table.name)
    return f"{fits[0]}:{part}"


def _entity(at: Desk, ref: str) -> str:
    record, _, part = ref.partition(":")
    found = lists.entities_at(at.picture.ledger, at.picture.c, at.picture.plan, int(record))
    if part not in found:
        raise ConfigError("record {ref} is linked to nobody yet; run a plan first", ref=ref)
    return found[part]


__all__ = ["export_text", "import_text"]
