"""Which tables does the system of a specification have, with which fields, and what can be done with them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from connectors.contract import (
    Capabilities,
    Check,
    Field,
    Listing,
    Op,
    Pace,
    Repeat,
    SourceRefused,
    Table,
    TableFacts,
)
from connectors.shared.rest.model import FieldWords, OptionWords, Specification, Write
from connectors.shared.rest.paths import MISSING, holds, known, pick
from connectors.shared.rest.talk import Talk
from connectors.shared.rest.values import Kinds

_READ_ONLY = frozenset({"file", "other"})
_SEARCHED = frozenset({"text", "choice"})


def writes_of(words: Specification) -> dict[Op, Write]:
    """The ops that the specification has words for."""
    named = {Op.CREATE: words.create, Op.UPDATE: words.update, Op.ARCHIVE: words.archive, Op.RESTORE: words.restore,
             Op.DELETE: words.delete}  # fmt: skip
    return {op: write for op, write in named.items() if write is not None}


def capabilities(words: Specification, paces: tuple[Pace, ...], token: Field | None) -> Capabilities:
    """What the specification says can be done; nothing of it is written there as such. token: the field that a create's
    id stands in."""
    writes, changes, get = writes_of(words), words.changes, words.get
    version, modified = words.record.version, words.record.modified
    listing = (
        Listing.PARTIAL if words.listing.filtered else Listing.COMPLETE if words.listing.order else Listing.DRIFTING
    )
    alone = {op: write for op, write in writes.items() if write.batch is None or write.batch.size == 1}
    checked = {op: Check.RECORD for op, write in alone.items() if write.check is not None and version is not None}
    repeat, keyed = _repeat(words, alone, token)
    return Capabilities(
        ops=frozenset(writes),
        changes=changes is not None,
        deletions=changes is not None and changes.tombstones,
        listing=listing,
        absence=get is not None and get.request is not None and bool(get.gone),
        checks=checked,
        repeat=repeat,
        keyed_for=keyed,
        lag=words.find.lag if words.find is not None else 0.0,
        clock=version is not None and modified[:1] == (version,),
        quiet=bool(writes) and all(write.quiet is not None for write in writes.values()),
        page=words.listing.size,
        reread=0 if get is None else get.many.size if get.many is not None else 1,
        batch={op: write.batch.size if write.batch is not None else 1 for op, write in writes.items()},
        paces=paces,
    )


def _repeat(words: Specification, alone: Mapping[Op, Write], token: Field | None) -> tuple[Repeat, float]:
    found, keyed = Repeat.NOTHING, 0.0
    for one in words.create.token if words.create is not None else ():
        if one.way in ("key", "upsert"):
            found = Repeat.CHOSEN
        elif one.way == "field" and token is not None and found is Repeat.NOTHING:
            found = Repeat.CHOSEN if token.unique else Repeat.FIND if token.findable else Repeat.NOTHING
        elif one.way in ("header", "query") and Op.CREATE in alone:
            keyed = one.lasts  # of a batch only for the very same one, which no later run need send
    return found, keyed


class Catalogue:
    """Tables and fields, asked once each for the life of this object, and whenever describe() is asked."""

    def __init__(self, talk: Talk, kinds: Kinds, facts: Mapping[str, TableFacts]) -> None:
        self._talk, self._kinds, self._facts, self._words = talk, kinds, facts, talk.words
        self._names: dict[str, str] | None = None
        self._also: dict[str, str] = {}

    def names(self) -> dict[str, str]:
        """Table id → name."""
        words = self._words.tables
        found: dict[str, str] = {}
        if words.request is not None:
            answer = self._talk.read(words.request, {})
            for item in self._items(answer, words.items):
                id_ = str(known(item, words.id))
                found[id_] = str(known(item, words.name) or id_)
                if words.also is not None:
                    self._also[str(known(item, words.also))] = id_
        found |= {id_: one.name or found.get(id_, id_) for id_, one in words.declared.items()}
        self._names = found
        return dict(found)

    def table(self, table: str) -> Table:
        """Raises SourceRefused where there is none of this id."""
        names = self.names() if self._names is None else self._names
        if table not in names:
            raise SourceRefused("{where} has no table `{table}` that these credentials see",
                                where=self._talk.where, table=table)  # fmt: skip
        fields = tuple(self._fields(table).values())
        at = self.token_field(table)
        token = next((one for one in fields if one.id == at), None)
        return Table(table, names[table], fields, capabilities(self._words, self._talk.paces, token))

    def token_field(self, table: str) -> str | None:
        """The field that the id of a create goes into, if one does."""
        for one in self._words.create.token if self._words.create is not None else ():
            if one.way in ("field", "upsert"):
                return one.at or self._facts.get(table, TableFacts()).token
        return None

    def _fields(self, table: str) -> dict[str, Field]:
        words = self._words.describe
        found = {}
        if words.request is not None:
            answer = self._talk.read(words.request, {"table": table})
            found = {one.id: one for item in self._items(answer, words.items) if (one := self._described(item))}
        own = self._words.tables.declared.get(table)
        for name, declared in {**words.fields, **(own.fields if own is not None else {})}.items():
            found[name] = self._declared(name, declared)
        at = self.token_field(table)
        if at and at not in found and words.request is None:
            found[at] = Field(at, at, findable=True)
        return found

    def _described(self, item: Any) -> Field | None:
        words = self._words.describe
        if _flag(words.hidden, item):
            return None
        id_ = str(known(item, words.id))
        raw = known(item, words.kind.path) if words.kind is not None else "text"
        kind = words.kind.map.get(str(raw), "other") if words.kind is not None else "text"
        writable = kind not in _READ_ONLY and not _flag(words.readonly, item)
        length = words.max_length if isinstance(words.max_length, int) else known(item, words.max_length)
        refers = known(item, words.refers)
        made = Field(
            id_,
            str(known(item, words.name) or id_),
            kind,
            many=_several(words.many, item),
            on_create=writable,
            on_update=writable,
            required=_flag(words.required, item),
            unique=_flag(words.unique, item),
            blank=self._kinds.blank(kind),
            max_length=length if isinstance(length, int) and length > 0 and kind == "text" else None,
            options=tuple(_options(words.options, item)) if kind == "choice" else (),
            refers=tuple(self._refers(refers)) if kind == "lookup" else (),
        )
        return replace(made, findable=self._findable(made))

    def _declared(self, name: str, words: FieldWords) -> Field:
        writable = words.kind not in _READ_ONLY and not words.readonly
        options = words.options.items() if isinstance(words.options, Mapping) else ((o, o) for o in words.options)
        made = Field(
            name,
            words.name or name,
            words.kind,
            many=words.many,
            on_create=writable,
            on_update=writable,
            required=words.required,
            unique=words.unique,
            blank=self._kinds.blank(words.kind),
            max_length=words.max_length,
            options=tuple(options),
            refers=words.refers,
        )
        return replace(made, findable=words.findable or self._findable(made))

    def _findable(self, field: Field) -> bool:
        listed = self._words.describe.findable
        if self._words.find is None or field.many:
            return False
        return field.kind in _SEARCHED if listed == "all" else field.id in listed

    def _refers(self, found: Any) -> Iterator[str]:
        if found and self._names is None:
            self.names()
        for one in found if isinstance(found, list) else [found] if found else []:
            yield self._also.get(str(one), str(one))

    def _items(self, answer: Any, path: str) -> list[Any]:
        found = pick(answer, path)
        if isinstance(found, Mapping):
            return [{"id": key, **one} if isinstance(one, Mapping) else one for key, one in found.items()]
        if not isinstance(found, list):
            raise SourceRefused("{where}: there is no list at `{path}` of the answer",
                                where=self._talk.where, path=path)  # fmt: skip
        return found


def _flag(words: Any, item: Any) -> bool:
    """A constant, a path, a condition, or a list of these."""
    if isinstance(words, bool):
        return words
    if isinstance(words, list | tuple):
        return any(_flag(one, item) for one in words)
    if isinstance(words, Mapping):
        return holds(words, item)
    return pick(item, str(words)) not in (MISSING, None, False, 0, "", "false")


def _several(words: Any, item: Any) -> bool:
    """A flag, or how many there may be."""
    found = pick(item, words) if isinstance(words, str) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return found > 1
    return _flag(words, item)


def _options(words: OptionWords | str | None, item: Any) -> Iterator[tuple[str, str]]:
    given = words if isinstance(words, OptionWords) else OptionWords(items=words or "$")
    found = known(item, given.items) if words is not None else None
    for one in found if isinstance(found, list) else []:
        id_ = known(one, given.id)
        yield str(id_), str(known(one, given.label) or id_)
