"""How is a first mapping file written from suggestions? What is unsure stands in comments, for a person to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import ConfigError, Said, say
from mappings.kinds import FieldDef, Kind, built_in
from mappings.suggest import Suggestion
from mappings.types.cleaning import clean

Speak = Callable[[Said], str]


def write_mapping(
    suggestions: Sequence[Suggestion],
    *,
    source: str,
    table: str = "",
    columns: Sequence[str] = (),
    kinds: Mapping[str, Kind] | None = None,
    speak: Speak = str,
) -> str:
    """The text of a `mappings/*.yaml` that loads as it is (CONFIG §2), with confidence and reason beside each column.

    source: its name in offbook.yaml. table: the table's own id, "" where the source has only one. columns: how each
    column is addressed (field ids), in the order of the suggestions; without it by heading, the second of a name as
    `电话#2`. speak: puts reasons into the reader's language. Raises ConfigError where no column could be told.
    """
    addressed = list(columns) or _by_heading([s.heading for s in suggestions])
    entries = [_Entry(s, column, s.field) for s, column in zip(suggestions, addressed) if s.field]
    if not entries:
        raise ConfigError(
            "no column of {table} could be told by its heading or its values; write mappings/{source}.yaml by hand",
            table=table or source,
            source=source,
        )
    draft = _Draft(kinds or built_in(), speak)
    draft.place(entries)
    if not draft.parts:
        raise ConfigError(
            "the columns of {table} that could be told make no record of their own", table=table or source
        )
    lines = [*_head(source, table), "record:", *draft.record(), *draft.aside()]
    for suggestion, column in zip(suggestions, addressed):
        if suggestion.field is None:
            lines.append(_left_out(suggestion, column, speak))
    return "\n".join(lines) + "\n"


def _head(source: str, table: str) -> list[str]:
    if not table:
        return [f"table: {_quoted(source)}"]
    alias = re.sub(r"[^\w-]+", "_", table).strip("_") or "table"
    return [f"table: {_quoted(f'{source}.{alias}')}", *([f"at: {_quoted(table)}"] if alias != table else [])]


def _by_heading(headings: Sequence[str]) -> list[str]:
    """Headings as a mapping addresses them: `电话#2`, and `@C` for a column without one."""
    seen: dict[str, int] = {}
    columns = []
    for at, heading in enumerate(headings):
        cleaned = clean(heading)
        seen[cleaned] = seen.get(cleaned, 0) + 1
        again = f"#{seen[cleaned]}" if seen[cleaned] > 1 else ""
        columns.append(f"{cleaned}{again}" if cleaned else f"@{_letters(at)}")
    return columns


def _letters(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, digit = divmod(at - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def _quoted(text: str) -> str:
    """A scalar that stays text wherever it stands, in a flow list too."""
    plain = re.fullmatch(r"[^\W\d][\w ./()（）-]*", text) and not text.endswith(" ") and "#" not in text
    return text if plain and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def _comment(text: str) -> str:
    return " ".join(text.split())


def _left_out(suggestion: Suggestion, column: str, speak: Speak) -> str:
    maybe = f"{suggestion.maybe} ({_share(suggestion.confidence)})? " if suggestion.maybe else ""
    return f"# {_comment(column)}: {maybe}{_comment(speak(suggestion.reason))}"


def _share(confidence: float) -> str:
    return f"{confidence:.0%}"


@dataclass(frozen=True, slots=True)
class _Entry:
    suggestion: Suggestion
    column: str
    field: str

    @property
    def part(self) -> str:
        return self.field.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.field.rpartition(".")[2]


@dataclass(slots=True)
class _Draft:
    """The record while it is put together: part → field → the columns that show it."""

    kinds: Mapping[str, Kind]
    speak: Speak
    parts: dict[str, dict[str, list[_Entry]]] = field(default_factory=dict)
    asides: list[str] = field(default_factory=list)

    def place(self, entries: Sequence[_Entry]) -> None:
        linked = {e.part for e in entries if e.name == "works_at"}
        for entry in entries:
            kind = self.kinds[entry.part.partition(".")[0]]
            if entry.name in kind.relations():
                self._look_up(entry)
            elif linked and entry.part == "organisation":
                self._of_linked(entry)
            else:
                self.parts.setdefault(entry.part, {}).setdefault(entry.name, []).append(entry)
        for part in self.parts.values():
            self._whole(part)
        self.parts = {name: part for name, part in self.parts.items() if part}

    def _whole(self, part: dict[str, list[_Entry]]) -> None:
        """Takes out what cannot stand alone, and a name that first and last name say already."""
        if {"given_name", "family_name"} <= set(part):
            self._out(part, "name", say("the first and the last name say it"))
        elif "name" in part:
            self._out(part, "given_name", say("the name says it"))
            self._out(part, "family_name", say("the name says it"))
        elif "family_name" not in part:
            self._out(part, "given_name", say("a given name alone says nothing"))
        if "annual_value" not in part and "amount" not in part:
            self._out(part, "currency", say("a currency needs its amount"))
        if "consent" not in part:
            self._out(part, "consent_at", say("a date of consent needs the consent"))

    def _out(self, part: dict[str, list[_Entry]], name: str, why: Said) -> None:
        for entry in part.pop(name, ()):
            self.asides.append(f"# {_comment(entry.column)}: {entry.field}? {_comment(self.speak(why))}")

    def _look_up(self, entry: _Entry) -> None:
        place = f"{{from: {_quoted(entry.column)}, ref: source.table}}"
        why = say("a look-up; name the mapped table that it points into, and `by` where it is not its key")
        self.asides.append(f"# {entry.part}: {{{entry.name}: {place}}}   {_comment(self.speak(why))}")

    def _of_linked(self, entry: _Entry) -> None:
        why = say("speaks of the company that `works_at` points to; it needs the look-up")
        place = f"person: {{works_at.{entry.name}: {_quoted(entry.column)}}}"
        self.asides.append(f"# {place}   {_comment(self.speak(why))}")

    # -------------------------------------------------------------------------- the text

    def record(self) -> Iterator[str]:
        for name in sorted(self.parts, key=_order):
            yield f"  {name}:"
            kind = self.kinds[name.partition(".")[0]]
            for field_name in sorted(self.parts[name], key=[*kind.fields].index):
                yield from self._field(kind, field_name, self.parts[name][field_name])
            yield from self._relations(name, kind)

    def aside(self) -> Iterator[str]:
        if self.asides:
            yield "# " + _comment(self.speak(say("Not written yet, as a person must say more:")))
            yield from self.asides

    def _field(self, kind: Kind, name: str, entries: Sequence[_Entry]) -> Iterator[str]:
        places = [self._place(kind.fields[name], e, at) for at, e in enumerate(entries)]
        if name == "identifiers":
            places = list(_one_of_a_sort(places, entries))
        notes = [_comment(f"{_share(e.suggestion.confidence)} {self.speak(e.suggestion.reason)}") for e in entries]
        if len(places) == 1:
            yield f"    {name}: {places[0]}   # {notes[0]}"
        else:
            yield f"    {name}:"
            yield from (f"      - {place}   # {note}" for place, note in zip(places, notes))
        yield from self._values(name, entries[0])

    def _place(self, shown: FieldDef, entry: _Entry, at: int) -> str:
        """at: the first column of a single value is both read and written, the others are read where it is empty."""
        hints = entry.suggestion.hints
        keys = {
            "as": hints.sort if shown.name == "identifiers" else "",
            "format": _quoted(hints.format) if hints.format else "",
        }
        keys["split"] = json.dumps(hints.split, ensure_ascii=False) if hints.split and shown.many else ""
        keys["direction"] = hints.direction or ("" if at == 0 or shown.many or shown.bookkeeping else "pull")
        said = {key: value for key, value in keys.items() if value}
        if not said:
            return _quoted(entry.column)
        return "{" + ", ".join(f"{k}: {v}" for k, v in {"from": _quoted(entry.column), **said}.items()) + "}"

    def _values(self, name: str, entry: _Entry) -> Iterator[str]:
        raw = entry.suggestion.hints.raw
        if raw:
            meant = "true or false" if name in ("consent", "do_not_contact") else "your word"
            pairs = ", ".join(f"{_quoted(text)}: …" for text in raw)
            yield f"    # {name}: {{from: {_quoted(entry.column)}, values: {{{pairs}}}}}   … {meant}"

    def _relations(self, name: str, kind: Kind) -> Iterator[str]:
        for relation, target in kind.relations().items():
            if relation != "parent" and target in self.parts and name != target:
                yield f"    {relation}: {target}"


def _one_of_a_sort(places: Sequence[str], entries: Sequence[_Entry]) -> Iterator[str]:
    """Of two columns with one sort of identifier the second is only read."""
    seen: set[str] = set()
    for place, entry in zip(places, entries):
        sort = entry.suggestion.hints.sort
        yield place if sort not in seen or "direction:" in place else place.replace("}", ", direction: pull}")
        seen.add(sort)


_FIRST: Final = ("organisation", "person", "interaction")


def _order(part: str) -> tuple[int, str]:
    kind = part.partition(".")[0]
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST), part
