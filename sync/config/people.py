"""Who are our own staff? (CONFIG §3)"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.contract import Said, say
from connectors.settings import Faults, Keyed, Leaf, Listed, Rules, Tree, Way, fit, read, shown
from connectors.tree import Entry
from mappings.people import Person
from mappings.places import nobody
from mappings.types.cleaning import clean
from sync.config.file import PersonFile
from sync.config.words import no_source

_ID = re.compile(r"[a-z0-9_.@-]{1,64}")
_COLUMNS = ("id", "name", "also", "email", "successor")
_MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Staff:
    """The people as they stand in one file, not yet checked against the sources. at: where it stands in `tree`."""

    tree: Tree
    at: Way
    people: Mapping[str, PersonFile]


def staff_in(tree: Tree, at: Way, faults: Faults) -> Staff:
    """The people that stand under `at`, each by his id."""
    node = tree.node(at) if at else tree.root
    made: dict[str, PersonFile] = {}
    if not isinstance(node, Keyed):
        tree.fault(faults, at, say("keys and values are meant here: {…}"))
        return Staff(tree, at, made)
    for id_ in node.entries:
        if not _ID.fullmatch(id_):
            tree.fault(faults, (*at, id_), say("`{id}` cannot be an id; write small letters and digits", id=shown(id_)))
        person = fit(PersonFile, tree, faults, way=(*at, id_))
        if person is not None:
            made[id_] = person
    return Staff(tree, at, made)


def staff_file(folder: Path, name: str, faults: Faults, sources: Sequence[str]) -> Staff | None:
    """The people file beside offbook.yaml; it must exist."""
    path = folder / name
    if path.suffix.lower() == ".csv":
        tree = _csv(path, name, faults, sources)
    else:
        tree = read(path, name, faults, Rules(empty=empty_successor))
    return None if tree is None else staff_in(tree, (), faults)


def empty_successor(way: Way) -> Said | None:
    """ "" says something of a person in one place: he has left, and nobody takes over."""
    if way and way[-1] == "successor":
        return None
    return say("an empty text means nothing here; write a value, or take the line out")


def check_staff(staff: Staff, sources: Sequence[str], faults: Faults) -> list[Person]:
    """The records for mappings.people; sources, successors and spellings that do not fit are told."""
    for id_, person in staff.people.items():
        way = (*staff.at, id_)
        for source in person.there:
            if source not in sources:
                staff.tree.fault(faults, (*way, "in", source), no_source(source, sources))
        if person.successor and person.successor not in staff.people:
            staff.tree.fault(faults, (*way, "successor"), nobody(person.successor, staff.people))
        elif _goes_round(staff.people, id_):
            staff.tree.fault(
                faults,
                (*way, "successor"),
                say("the successors of {id} lead back to {id}; somebody must stay, or leave it empty", id=id_),
            )
    _one_meaning(staff, faults)
    return [
        Person(id_, one.name, one.also, one.email, dict(one.there), one.successor) for id_, one in staff.people.items()
    ]


def _goes_round(people: Mapping[str, PersonFile], start: str) -> bool:
    seen, one = set(), start
    while one in people and one not in seen:
        seen.add(one)
        one = people[one].successor or ""
    return one == start


def _one_meaning(staff: Staff, faults: Faults) -> None:
    """14: a spelling, an e-mail and an id in one source each mean one person."""
    seen: dict[tuple[str, str], str] = {}
    for id_, where, text, way in _spellings(staff):
        key = (where, clean(text).casefold())
        other = seen.setdefault(key, id_)
        if other != id_:
            told = say(
                "`{text}` means both {one} and {two}; take it from one, or use `in:` for each source",
                text=shown(text),
                one=other,
                two=id_,
            )
            staff.tree.fault(faults, way, told)


def _spellings(staff: Staff) -> Iterator[tuple[str, str, str, Way]]:
    for id_, one in staff.people.items():
        way = (*staff.at, id_)
        yield id_, "", one.name, (*way, "name")
        for index, text in enumerate(one.also):
            yield id_, "", text, (*way, "also", index)
        if one.email:
            yield id_, "@", one.email, (*way, "email")
        for source, text in one.there.items():
            yield id_, f"in {source}", text, (*way, "in", source)


# ------------------------------------------------------------------------------ a table of people


def _csv(path: Path, name: str, faults: Faults, sources: Sequence[str]) -> Tree | None:
    """The table as the tree that the same people would be in YAML, so that both are checked alike."""
    text = _decoded(path, name, faults)
    if text is None:
        return None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries: dict[str, Entry] = {}
    try:
        headings = [clean(cell) for cell in next(rows, [])]
        if not _headings(headings, name, faults, sources):
            return None
        for cells in rows:
            _person(dict(zip(headings, cells)), rows.line_num, name, faults, entries)
    except csv.Error:
        faults.add(
            name, rows.line_num, "", say("not readable as CSV; a quote is not closed or stands in the middle of a cell")
        )
        return None
    return Tree(name, Keyed(1, entries, len(entries)))


def _decoded(path: Path, name: str, faults: Faults) -> str | None:
    try:
        data = path.read_bytes()[:_MAX_BYTES]
    except OSError as error:
        faults.add(
            name, 0, "", say("the file cannot be read ({reason})", reason=error.strerror or type(error).__name__)
        )
        return None
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030", "big5"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    faults.add(name, 1, "", say("neither UTF-8 nor GB18030 nor Big5; save the file as UTF-8"))
    return None


def _headings(headings: Sequence[str], name: str, faults: Faults, sources: Sequence[str]) -> bool:
    for needed in ("id", "name"):
        if needed not in headings:
            faults.add(name, 1, "", say("`{key}` is missing and has no default", key=needed))
    for heading in headings:
        if heading not in (*_COLUMNS, *sources, ""):
            faults.add(name, 1, shown(heading), no_source(heading, [*_COLUMNS, *sources]))
        elif heading and headings.count(heading) > 1:
            faults.add(
                name, 1, heading, say("`{key}` is written twice; the first one would be lost, keep one", key=heading)
            )
    return {"id", "name"} <= set(headings)


def _person(cells: Mapping[str, str], line: int, name: str, faults: Faults, entries: dict[str, Entry]) -> None:
    said = {column: text.strip() for column, text in cells.items() if column and text.strip()}
    if not said:
        return
    id_ = said.pop("id", "")
    if not id_:
        faults.add(name, line, "", say("`{key}` is missing and has no default", key="id"))
        return
    if id_ in entries:
        faults.add(
            name, line, id_, say("`{key}` is written twice; the first one would be lost, keep one", key=shown(id_))
        )
        return
    fields: dict[str, Entry] = {key: Entry(line, Leaf(line, said.pop(key))) for key in ("name", "email") if key in said}
    if "also" in said:
        texts = [Leaf(line, text.strip()) for text in re.split("[;；]", said.pop("also")) if text.strip()]
        fields["also"] = Entry(line, Listed(line, tuple(texts), len(texts)))
    if "successor" in said:
        successor = said.pop("successor")
        fields["successor"] = Entry(line, Leaf(line, "" if successor == "-" else successor))
    if said:
        there = {source: Entry(line, Leaf(line, text)) for source, text in said.items()}
        fields["in"] = Entry(line, Keyed(line, there, len(there)))
    entries[id_] = Entry(line, Keyed(line, fields, len(fields)))
