"""What does a mapping say, once it is read and its defaults are filled in? (CONFIG §2)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands in a record.

    columns: none for a constant, several with `join` or `python`. direction: both, pull or push (defaults filled in).
    values: (raw texts, canonical texts) in the file's order; raw ("",) is the empty cell, ("*",) everything else;
    canonical ("",) is empty; several canonical texts: the first is read, each is written as the first raw.
    sort: `as`. part: a relation to a part of the same record. ref, by: a look-up into those tables by that column.
    line: where it stands in the file, for messages.
    """

    columns: tuple[str, ...] = ()
    direction: str = "both"
    constant: str | None = None
    sort: str = ""
    values: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    split: str = ""
    join: str | None = None
    format: str = ""
    lossy: bool = False
    template: str = ""
    python: str = ""
    python_read: str = ""
    python_write: str = ""
    part: str = ""
    ref: tuple[str, ...] = ()
    by: str = ""
    line: int = 0

    @property
    def reads(self) -> bool:
        return self.direction != "push"

    @property
    def writes(self) -> bool:
        return self.direction != "pull"


@dataclass(frozen=True, slots=True)
class PartMap:
    """What a record says of one customer. `name`: its kind, `person.second`, or the relation of a dotted field.

    `via`: for a part made of dotted fields (`works_at.phones`), the part and relation that lead to it; else "".
    fields and relations: name → places in the file's order; identifiers are split by sort: `identifiers.credit_code`.
    """

    name: str
    kind: str
    fields: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    relations: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    via: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TableMap:
    """One table's mapping, as it holds for one source.

    at: the table's own id in the source ("": the only one there is). subject: the name of the subject part ("": none).
    where: column → filter. on_create: column → raw value. version: digest of everything that changes what is read.
    """

    source: str
    alias: str
    at: str
    parts: tuple[PartMap, ...]
    subject: str
    key: str = ""
    offbook_id: str = ""
    modified: str = ""
    where: Mapping[str, object] = field(default_factory=dict)
    on_create: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    version: str = ""

    @property
    def id(self) -> str:
        """Its name in the configuration: `source` or `source.alias`."""
        return f"{self.source}.{self.alias}" if self.alias else self.source

    def part(self, name: str) -> PartMap:
        return next(p for p in self.parts if p.name == name)
