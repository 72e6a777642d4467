"""What else should a person know or decide: gone marks, holds, orphans, duplicates, records put apart, pins?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from connectors.contract import Op, say
from sync.ledger import lists
from sync.ledger.holds import waiting
from sync.ledger.lists import DecisionRow, ListedLink
from sync.picture.opening import Picture
from sync.picture.readers import Reader
from sync.picture.values import Words, name_entities
from sync.review.model import Noted, Pinned

MERGE_THERE: Final = say("the system can merge them itself; merge them there, and Offbook follows")
MERGE_BY_HAND: Final = say("keep one, move over what only the others hold, and delete them there")
LEADING: Final = say("look-ups point to {record}; another one: offbook review decide {name} leading:RECORD")
CREATE_AGAIN: Final = say("create it again: offbook review accept {name}")
LET_GO: Final = say("let the removal go: offbook review accept {name}; call it off: offbook review reject {name}")
REMOVE_BY_HAND: Final = say("nobody but Offbook speaks of it; delete it there if it is not needed")
SAME_KEY: Final = say("give each record a key of its own there")


def noted(picture: Picture, words: Words, reader: Reader, now: datetime) -> list[Noted]:
    """Everything of this that the reader may see, in this order."""
    found = [
        *_marks(picture, words, now),
        *_holds(picture, words, now),
        *_orphans(picture, words, now),
        *duplicates(picture, words),
        *_apart(picture, words),
    ]
    seen = reader.sees(one.entity for one in found)
    own = {name for name, one in picture.run.workspace.sources.items() if one.belongs_to == reader.staff}
    return [one for one in found if one.entity in seen or (not one.entity and (not reader.staff or one.where in own))]


def _days(picture: Picture, run: int, now: datetime) -> int:
    return (now - picture.starts[run]).days if run in picture.starts else 0


def _marks(picture: Picture, words: Words, now: datetime) -> Iterator[Noted]:
    answered = {(one, said.get("table_id")) for one, said in lists.pending(picture.ledger, picture.c, ["create"])}
    kept = {
        (one.entity, *one.content.get("mark", ())) for one in lists.decisions(picture.ledger, picture.c, sorts=["keep"])
    }
    rows = [row for row in lists.marks(picture.ledger, picture.c) if (row[0], row[1]) not in answered]
    rows = [row for row in rows if row[:3] not in kept]
    name_entities(picture, (row[0] for row in rows))
    for entity, table, run, why in rows:
        where = picture.table_name(table)
        name = f"mark/{where}/{entity}"
        hint = words.say(say(str(CREATE_AGAIN), name=name))
        yield Noted(name, "mark", entity, words.entity(entity), where, why, _days(picture, run, now), (), hint)


def _holds(picture: Picture, words: Words, now: datetime) -> Iterator[Noted]:
    pending = lists.pending(picture.ledger, picture.c, ["hold"])
    answered = {(one, said.get("why"), said.get("source")) for one, said in pending}
    rows = waiting(picture.ledger, picture.c)
    name_entities(picture, (row.entity for row in rows))
    sources = {number: source for number, (source, _) in picture.tables.items()}
    for row in rows:
        where = sources.get(row.source, str(row.source))
        if (row.entity, row.why, where) in answered:
            continue
        name = f"hold/{row.why}/{where}/{row.entity}"
        days = (now - datetime.fromisoformat(row.opened_at)).days
        hint = words.say(say(str(LET_GO), name=name))
        yield Noted(name, "hold", row.entity, words.entity(row.entity), where, row.why, days, (), hint)


def _orphans(picture: Picture, words: Words, now: datetime) -> Iterator[Noted]:
    """R10e: an entity whose only records were made by us."""
    mine: dict[str, list[ListedLink]] = {}
    others: set[str] = set()
    for link in lists.all_links(picture.ledger, picture.c, picture.plan):
        if link.state == "live" and link.ours:
            mine.setdefault(link.entity, []).append(link)
        elif link.state == "live":
            others.add(link.entity)
    found = {entity: links for entity, links in mine.items() if entity not in others}
    name_entities(picture, found)
    for entity, links in sorted(found.items()):
        records = tuple(words.record(one.record_id, one.table_id, one.key, one.place) for one in links)
        days = _days(picture, max(one.first_run for one in links), now)
        where, hint = picture.table_name(links[0].table_id), words.say(REMOVE_BY_HAND)
        yield Noted(f"orphan/{entity}", "orphan", entity, words.entity(entity), where, "", days, records, hint)


def duplicates(picture: Picture, words: Words) -> Iterator[Noted]:
    """R3c: one customer with several live records in one table; only parts that a record is made for count."""
    found: dict[tuple[int, str], list[ListedLink]] = {}
    for link in lists.all_links(picture.ledger, picture.c, picture.plan):
        table = picture.table(link.table_id)
        if table is not None and link.state == "live" and link.part == table.map.subject:
            found.setdefault((link.table_id, link.entity), []).append(link)
    several = {key: links for key, links in found.items() if len(links) > 1}
    name_entities(picture, (entity for _, entity in several))
    for (number, entity), links in sorted(several.items()):
        where = picture.table_name(number)
        ordered = sorted(links, key=lambda one: (-one.leading, one.first_run, one.record_id))
        records = tuple(words.record(one.record_id, one.table_id, one.key, one.place) for one in ordered)
        name = f"duplicate/{where}/{entity}"
        yield Noted(
            name, "duplicate", entity, words.entity(entity), where, "", 0, records, words.say(remedy(picture, number))
        )


def remedy(picture: Picture, table: int) -> object:
    """How duplicates of this table are got rid of: by the system's own merge, or by hand."""
    state = picture.table(table)
    return MERGE_THERE if state is not None and Op.MERGE in state.described.can.ops else MERGE_BY_HAND


def _apart(picture: Picture, words: Words) -> Iterator[Noted]:
    found: dict[tuple[int, str, str], int] = {}
    for _, table, key, why, _ in lists.quarantined(picture.ledger, picture.c):
        found[table, key, why] = found.get((table, key, why), 0) + 1
    for (table, key, why), count in sorted(found.items()):
        where = picture.table_name(table)
        text = words.say(say("{count} records with the key {key}", count=count, key=key))
        source = picture.source_of(table)
        yield Noted(f"apart/{where}/{key}", "apart", "", text, source, why, 0, (), words.say(SAME_KEY))


# ------------------------------------------------------------------------------ what holds until it is lifted


def pins(picture: Picture, words: Words, reader: Reader) -> list[Pinned]:
    """Pinned values, and records that somebody said to be the same or different."""
    rows = lists.holding(picture.ledger, picture.c)
    seen = reader.sees(row.entity for row in rows if row.entity)
    name_entities(picture, (row.entity for row in rows if row.entity))
    return [Pinned(row.id, row.sort, pin_text(words, row), row.by, row.at) for row in rows if row.entity in seen]


def pin_text(words: Words, row: DecisionRow) -> str:
    entity, picture = row.entity or "", words.picture
    kind = picture.kinds.get(entity, "")
    if row.sort == "pin":
        value = words.value(kind, row.content["unit"], row.content["value"])
        return f"{words.entity(entity)} · {words.field(row.content['unit'])} = {value}"
    ids = [int(ref.partition(":")[0]) for ref in row.content["refs"]]
    where = lists.placed(picture.ledger, picture.c, ids)
    names = [words.record(*where[one]) if one in where else "?" for one in ids]
    return f"{words.entity(entity)}: " + (" = " if row.sort == "same" else " ≠ ").join(names)


__all__ = ["duplicates", "noted", "pin_text", "pins", "remedy"]
