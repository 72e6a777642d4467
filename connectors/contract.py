"""What is a connector, and what crosses its border?

A connector knows one system and nothing else: it decodes the vendor's shapes into the values below, encodes them
back and tells the truth about what happened. The engine owns decisions, order, retry between runs, alignment of
keyless rows, and time. Promises are numbered C1-C36 (docs/connectors/contract.md) and proved by tests/contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from pydantic import BaseModel

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Any:
    """One shared empty mapping; a proxy is no dataclass default before Python 3.12, as it has no hash."""
    return _NOTHING


class Said(str):
    """A text for a person that can be said in another language: the English text, its template and its values."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object] = _NOTHING) -> Said:
        said = super().__new__(cls, template.format_map(values) if values else template)
        said.template, said.values = template, values
        return said


def say(template: str, /, **values: object) -> Said:
    """English text with named holes, `say("there is no file {path}", path=…)`; sync.messages holds the Chinese."""
    return Said(template, values)


# ------------------------------------------------------------------------------ values


@dataclass(frozen=True, slots=True)
class LookUp:
    """A reference to another record of the same source; to a person of our staff where `table` is "@staff"."""

    table: str
    key: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Damaged:
    """Not what was typed (1.3800138E+10, #REF!, mojibake): shown, reported, never merged, never written."""

    code: str
    text: str


Value: TypeAlias = "str | bool | int | Decimal | date | datetime | LookUp | Damaged | tuple[Value, ...] | None"
"""No float; datetimes are aware; an option is its id; None is empty."""
Fields: TypeAlias = Mapping[str, Value]
"""By field id. A field that is not visible is missing; one that is empty is None."""


# ------------------------------------------------------------------------------ words


class Op(StrEnum):
    """What may be done to a record. Owner and tags are fields of UPDATE, whatever endpoints they take."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    RESTORE = "restore"
    DELETE = "delete"
    MERGE = "merge"


class State(StrEnum):
    LIVE = "live"
    ARCHIVED = "archived"
    DELETED = "deleted"
    MOVED = "moved"
    """Merged into, or renumbered to, Record.into."""


class Outcome(StrEnum):
    """What became of one change. UNKNOWN is a doubt: sent, and nobody knows whether it landed."""

    DONE = "done"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Listing(StrEnum):
    """What a key that is missing from a complete listing means."""

    COMPLETE = "complete"
    DRIFTING = "drifting"
    PARTIAL = "partial"


class Identity(StrEnum):
    """Who guards the key: the system, the people who type, nobody."""

    NATIVE = "native"
    CELL = "cell"
    NONE = "none"


class Check(StrEnum):
    """What write() itself refuses, in the same request or transaction."""

    NONE = "none"
    FIELDS = "fields"
    RECORD = "record"


class Repeat(StrEnum):
    """What stops a create that is sent twice (besides `keyed_for`)."""

    NOTHING = "nothing"
    FIND = "find"
    CHOSEN = "chosen"


# ------------------------------------------------------------------------------ what is read


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the source shows it.

    `fields` holds, of those asked for, every visible one. `times` are edit times of single fields, by field id.
    `locked` names fields of this record that nobody may write now ("*" is all). `place`: the key is a row number,
    good until the next write.
    """

    table: str
    key: str
    fields: Fields
    version: str | None = None
    modified: datetime | None = None
    editor: str = ""
    times: Mapping[str, datetime] = field(default_factory=_nothing)
    state: State = State.LIVE
    into: str | None = None
    locked: frozenset[str] = frozenset()
    place: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the source describes it to these credentials.

    kind: text number bool date datetime choice lookup staff file other. `blank` is how a field never filled looks
    where that is not None. `own_call`: costs a request of its own and can fail alone. `max_length` in characters.
    `options`: (id, label). `refers`: tables a look-up may point to.
    """

    id: str
    name: str
    kind: str = "text"
    many: bool = False
    on_create: bool = True
    on_update: bool = True
    required: bool = False
    unique: bool = False
    findable: bool = False
    clearable: bool = True
    blank: Value = None
    own_call: bool = False
    max_length: int | None = None
    precision: str = ""
    options: tuple[tuple[str, str], ...] = ()
    refers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """A vendor's rate: `units` each `seconds`, shared by everything with the same `key`.

    of: read, write or both. per: records that one unit covers (0: a unit is a request).
    """

    key: str
    units: int
    seconds: float
    of: str = "both"
    per: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one table can do with these credentials; the defaults are the cautious ones.

    Each word drives one decision of the engine (docs/connectors/contract.md). `lag` in seconds; `page`, `reread` and
    `batch` in records (batch 0: the whole table in one call). `writers`: connectors that may write to it at one time.
    """

    ops: frozenset[Op] = frozenset()
    changes: bool = False
    deletions: bool = False
    listing: Listing = Listing.DRIFTING
    absence: bool = False
    identity: Identity = Identity.NATIVE
    checks: Mapping[Op, Check] = field(default_factory=_nothing)
    repeat: Repeat = Repeat.NOTHING
    keyed_for: float = 0.0
    lag: float = 0.0
    clock: bool = False
    quiet: bool = False
    page: int = 0
    reread: int = 0
    batch: Mapping[Op, int] = field(default_factory=_nothing)
    paces: tuple[Pace, ...] = ()
    writers: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is now: described before each run, never assumed."""

    id: str
    name: str
    fields: tuple[Field, ...]
    can: Capabilities


@dataclass(frozen=True, slots=True)
class Finding:
    """What check() found. level: error, warning or note. `proved`: False where it could only be guessed."""

    level: str
    code: str
    text: str
    table: str = ""
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """What to pull: `since` is a wish (Certificate.full says what came); `resume` goes on from a Page."""

    table: str
    fields: tuple[str, ...]
    since: str | None = None
    resume: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a pull proves. `full`: a listing, not changes. `complete`: nothing was skipped, cut or refused (else `why`).

    `scope` changes with filter, view, table and acting user; absence counts only under the same scope and `visible`
    fields. `declared`: how many records the source said there are. `cursor`: `since` of the next pull.
    """

    full: bool
    complete: bool
    scope: str
    visible: frozenset[str]
    actor: str = ""
    cursor: str | None = None
    declared: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records; `end` on the last page only; `resume` makes a new object go on after this page."""

    records: tuple[Record, ...]
    resume: str | None = None
    end: Certificate | None = None


# ------------------------------------------------------------------------------ what is written


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one record.

    Only fields in `after` change; None clears. `before`: what they showed when it was planned. `expect`: the version
    (or whole-row digest) it was planned on. `token`: create only, [0-9a-z]{15}, the same for every attempt.
    `losers`: merge only, the keys that go into `key`.
    """

    id: str
    op: Op
    key: str | None = None
    after: Fields = field(default_factory=_nothing)
    before: Fields = field(default_factory=_nothing)
    expect: str | None = None
    token: str | None = None
    losers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one change.

    `key`: to go on with, also where it was rewritten. `record`: as the source shows it now; None: the engine fetches.
    `apart`: fields that fared otherwise, or are at fault, each with its outcome and why. `detail`: the vendor's code
    and sentence, redacted; for files, where the backup is.
    """

    change: str
    outcome: Outcome
    key: str | None = None
    record: Record | None = None
    apart: Mapping[str, tuple[Outcome, str]] = field(default_factory=_nothing)
    detail: str = ""


# ------------------------------------------------------------------------------ errors


class OffbookError(Exception):
    """Trouble that a person can act on: what happened, where, what to do.

    OffbookError
    ├ ConfigError     a person mends a file           exit 2
    └ SourceError     at a connector's border
      ├ AuthError     stop this source                exit 3
      ├ SourceRefused the system said no; no retry    exit 3
      ├ RetryLater    bounded retries used up         exit 4
      ├ CursorExpired never leaves sync; pull in full
      └ Stopped       SIGTERM, lost lease, time limit exit 4
    (GuardTripped, exit 5, and StalePlan, exit 6, stand in sync/errors.py.)
    """

    exit_code = 70

    def __init__(self, text: str, /, **values: object) -> None:
        self.said = text if isinstance(text, Said) else Said(text, values)
        super().__init__(self.said)


class ConfigError(OffbookError):
    exit_code = 2


class SourceError(OffbookError):
    exit_code = 3


class AuthError(SourceError):
    exit_code = 3


class SourceRefused(SourceError):
    exit_code = 3


class RetryLater(SourceError):
    exit_code = 4


class CursorExpired(SourceError):
    exit_code = 4


class Stopped(SourceError):
    exit_code = 4


# ------------------------------------------------------------------------------ what a connector is given


class Gate(Protocol):
    """Paces, pauses, time limit and stopping; one for the run, shared by all sources. Raises Stopped."""

    def enter(self, *paces: Pace, units: int = 1) -> None:
        """Waits until `units` may be spent under every pace; before every request (C31)."""

    def pause(self, pace: Pace, seconds: float) -> None:
        """A vendor's penalty: nobody enters under this pace's key for so long."""

    def wait(self, seconds: float) -> None:
        """The only sleep."""

    def left(self) -> float:
        """Seconds until the run's time limit; no timeout may be longer."""

    def now(self) -> datetime:
        """The run's clock, aware, UTC."""


class Vault(Protocol):
    """Secrets that change while we run (refreshed tokens)."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, secret: str) -> None: ...

    def lock(self, name: str) -> AbstractContextManager[None]:
        """One refresher at a time, between processes too."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What the mapping says of one table, by the table's own id.

    `fields`: what is read. `key`: the column users keep unique. `token`: the column our id may stand in. `modified`:
    columns that move with every edit. `where`: column → filter (a value, values, {"not": …}, {"empty": bool}); pushed
    down if the system can, always applied again by sync.
    """

    fields: tuple[str, ...] = ()
    key: str | None = None
    token: str | None = None
    modified: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector gets besides its options. `folder`: where relative paths start. `timezone`: of naive times."""

    gate: Gate
    vault: Vault
    tables: Mapping[str, TableFacts] = field(default_factory=_nothing)
    timezone: str = "Asia/Shanghai"
    folder: str = "."


class Connector(Protocol):
    """One thread, one call at a time, an iterator used up or closed before the next.

    For more speed sync opens several Connectors of one source (SPEC.connect again), which share Gate and Vault;
    whole-file connectors are never opened twice. All methods raise SourceError and its kinds, nothing else.
    """

    def check(self) -> Sequence[Finding]:
        """Reads a record, not only a token; names the missing permission and where it is granted (C35)."""

    def tables(self) -> Mapping[str, str]:
        """Table id → name."""

    def describe(self, table: str) -> Table:
        """What these credentials see of it now."""

    def pull(self, query: Query) -> Iterator[Page]:
        """Ends with one certificate, on its last page, or raises (C1)."""

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Records by key; a key left out could not be told. Yields every record that bears the key (C8)."""

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        """All exact matches (value, record) in field `by`; by None: create tokens."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        """One op per call, one receipt for each change it sent before it raises (C17); whole files get all at once."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Spec:
    """How a connector presents itself: `best` is the most any table of it can do; `extra` names its pip extra."""

    title: str
    options: type[BaseModel]
    connect: Callable[[Any, Context], Connector]
    best: Capabilities = field(default_factory=Capabilities)
    extra: str = ""
