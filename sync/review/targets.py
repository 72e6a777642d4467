"""Which customer does a name mean: an id, the beginning or the end of one, a record (`wang:#4`, `crm.accounts:1001`)?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connectors.contract import ConfigError
from sync.ledger import graph, lists
from sync.picture.opening import Picture

_ID: Final = re.compile(r"[0-9a-f]{6,32}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """A customer; ref: the part that was named, "" where the customer itself was."""

    entity: str
    ref: str = ""


def target(picture: Picture, name: str, *, kind: str = "") -> Target:
    """The customer of this name; kind: which part of a record is meant, else its subject. Raises ConfigError."""
    if ":" in name:
        return _at(picture, name, kind)
    if not _ID.fullmatch(name):
        raise ConfigError(
            "`{name}` names no customer; say its id (six signs from its beginning or its end), or a record as SOURCE:KEY",
            name=name,
        )
    found = lists.entities_like(picture.ledger, picture.c, picture.plan, name.lower())
    found = sorted({lists.alias_target(picture.ledger, picture.c, picture.plan, one) for one in found})
    if len(found) == 1:
        return Target(found[0])
    if not found:
        raise ConfigError("there is no customer `{name}`", name=name)
    raise ConfigError("`{name}` may be several customers: {found}", name=name, found=", ".join(found))


def _at(picture: Picture, name: str, kind: str) -> Target:
    """The longest table name that fits before a colon; a source with one table needs no alias."""
    table, key = name.split(":", 1)
    states = [s for s in picture.run.tables.values() if s.name == table or s.source.name == table]
    if not states:
        raise ConfigError(
            "no table is called `{table}`; there is: {known}", table=table, known=", ".join(picture.run.tables)
        )
    for state in states:
        record = lists.record_at(picture.ledger, picture.c, state.id, key)
        found = lists.entities_at(picture.ledger, picture.c, picture.plan, record)
        if found:
            part = _part(found, state.map.subject, {p.map.name: p.map.kind for p in state.parts}, kind)
            return Target(lists.alias_target(picture.ledger, picture.c, picture.plan, found[part]), f"{record}:{part}")
    raise ConfigError(
        "{table} has no linked record `{key}`; `offbook pull` reads what is there now", table=table, key=key
    )


def _part(found: dict[str, str], subject: str, kinds: dict[str, str], kind: str) -> str:
    wanted = [name for name in found if kinds.get(name) == kind] if kind else []
    if wanted:
        return wanted[0]
    return subject if subject in found else next(iter(found))


def kind_of(picture: Picture, entity: str) -> str:
    row = graph.entities(picture.ledger, picture.c, picture.plan, [entity]).get(entity)
    return row.kind if row is not None else ""


__all__ = ["Target", "kind_of", "target"]
