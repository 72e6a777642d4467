"""What is remembered of a cell and of a field's golden value, and what tonight's run says of them? (RULES §0)"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from connectors.contract import Damaged

EMPTY: Final = ""
"""There is nothing; None is absent: this source does not speak of the field."""

Value: TypeAlias = "str | tuple[str | Damaged | None, ...] | Damaged | None"
"""Of a scalar a text, of a group a text (or None: not shown) for each member, of a set a text for each slot."""
Slots: TypeAlias = "tuple[str | Damaged, ...]"


class Says(StrEnum):
    """What a form of golden (R4j) tells beside it: no more, some of it (a date without its year), or more."""

    ALIKE = "alike"
    LESS = "less"
    MORE = "more"


class Same(Protocol):
    """How the values of one field compare; golden's side comes first, as a cell may show less than golden holds."""

    def same(self, golden: Value, shown: Value) -> bool: ...

    def like(self, golden: Value, shown: Value, lengths: tuple[int, ...] = ()) -> bool:
        """R4j: the same in comparison form, or golden cut at one of these lengths."""

    def says(self, golden: Value, shown: Value) -> Says:
        """Of a form of golden: a partial value never overwrites a fuller one (CONFIG, `format`)."""

    def is_cut(self, golden: Value, shown: Value) -> bool:
        """Golden cut at any length."""

    def empty(self, shown: Value) -> bool: ...

    def take(self, golden: Value, shown: Value) -> Value:
        """Golden, once this cell has won: members it does not show stay (R4f)."""

    def view(self, golden: Value, shown: Value) -> Value:
        """Golden as this cell could show it."""

    def lead(self, value: Value) -> Value:
        """What is judged where strictness decides (R6c)."""

    def contradicts(self, golden: Value, shown: Value) -> bool:
        """R4f: what changed contains members that the source does not show."""

    def weight(self, value: Value) -> int:
        """How complete a value is (R4h)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why we do not write although we could, and on what that was judged.

    why: kept, left over, frozen, rejected; `over`: a person lets golden be written over this unreadable value (R1e).
    on: kept (shown,) or (golden, shown); rejected (golden, shown, versions); left over (shown,); frozen: golden's
    values. Of a set: the elements that are kept or left over.
    """

    why: str
    on: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """R15: a write without an answer. unclear: it was re-read, and showed neither."""

    before: Value
    intended: Value
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one part.

    seen None: first link. agreed: (golden, shown) when both were last known to mean the same. fresh: not changed since
    our own write. echo: what it shows is ours, and `own` what it showed before. ours: of a set, the elements that we
    wrote. returns: runs in which it came back to a former value after our write (R16b).
    """

    shown: Value = None
    seen: Value = None
    agreed: tuple[Value, Value] | None = None
    stop: Stop | None = None
    doubt: Doubt | None = None
    fresh: bool = False
    echo: bool = False
    own: Value = EMPTY
    ours: tuple[str, ...] = ()
    returns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """A value that wants to be golden. golden: golden's own vote, or a rival of a join; no cell stands behind it.

    time: when it was typed, where one system says so for this field (R4h). unsure: it contradicts what stays (R4f).
    """

    value: Value
    ref: str
    rank: int = 99
    golden: bool = False
    formal: bool = True
    time: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Golden:
    """ref "": golden never had a value. rule: why this value was chosen. rivals: votes of a join that asks."""

    value: Value = EMPTY
    ref: str = ""
    rule: str = ""
    since: int = 0
    former: frozenset[Value] = frozenset()
    rivals: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True)
class Plain:
    """Values that compare as they are, and in comparison form by case; types bring their own (see sync.agreeing.merge)."""

    cuttable: bool = True

    def form(self, value: str) -> str:
        return value.casefold()

    def same(self, golden: Value, shown: Value) -> bool:
        return golden == shown

    def like(self, golden: Value, shown: Value, lengths: tuple[int, ...] = ()) -> bool:
        if not isinstance(golden, str) or not isinstance(shown, str) or shown == EMPTY:
            return golden == shown
        return self.form(golden) == self.form(shown) or (len(shown) in lengths and self.is_cut(golden, shown))

    def says(self, golden: Value, shown: Value) -> Says:
        return Says.ALIKE

    def is_cut(self, golden: Value, shown: Value) -> bool:
        if not self.cuttable or not isinstance(golden, str) or not isinstance(shown, str) or shown == EMPTY:
            return False
        return golden.casefold().startswith(shown.casefold())

    def empty(self, shown: Value) -> bool:
        return shown == EMPTY

    def take(self, golden: Value, shown: Value) -> Value:
        return shown

    def view(self, golden: Value, shown: Value) -> Value:
        return golden

    def lead(self, value: Value) -> Value:
        return value

    def contradicts(self, golden: Value, shown: Value) -> bool:
        return False

    def weight(self, value: Value) -> int:
        return len(value) if isinstance(value, str) else 0


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is decided. survive: without the closing `ask` (R4h). strictest: the value that wins every
    conflict (R6c). first_link: keep, ask or rules (R7). named: an `only:` names this field (R7, R8)."""

    survive: tuple[str, ...] = ("authority",)
    first_link: str = "keep"
    strictest: str | None = None
    named: bool = False
    same: Same = field(default_factory=Plain)

    @property
    def ask(self) -> bool:
        return not self.survive

    def is_strict(self, value: Value) -> bool:
        return self.strictest is not None and self.same.lead(value) == self.strictest


@dataclass(frozen=True, slots=True)
class Slot:
    """One mapped place of a set. many: any number of elements fits. sort: the `as` of the mapping."""

    many: bool = False
    writes: bool = True
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the workspace and tonight's run say of one part.

    rank: authority, then the workspace's order of sources. pulled: read tonight, else as last stored. silent: T1.1.
    may_clear R6a, may_loosen R6c, receives R8a. pull_only: table, place or job does not write. cannot: why a value
    cannot be written there (T1.9). lengths: at which the field is cut there, described or learnt. versions: of
    describe, mapping and credentials. authority: may its cosmetic changes vote (R4j)? by_person: a person is named as
    author of what it shows; nobody: the system names authors, and named none. time: see Vote. parts: how many parts
    of the entity show this value (R7). append: a column of notes (R5e).
    """

    rank: int = 0
    formal: bool = True
    pulled: bool = True
    silent: bool = False
    may_clear: bool = True
    may_loosen: bool = True
    receives: bool = True
    pull_only: bool = False
    cannot: str = ""
    lengths: tuple[int, ...] = ()
    versions: int = 0
    authority: bool = True
    by_person: bool = False
    nobody: bool = False
    time: str = ""
    slots: tuple[Slot, ...] = ()
    append: bool = False


# ------------------------------------------------------------------------------ the moves of table 2


def agree(cell: Cell, golden: Value, same: Same) -> Cell:
    return replace(cell, seen=cell.shown, agreed=(same.view(golden, cell.shown), cell.shown), stop=None)


def sent(cell: Cell, golden: Value, shown: Value, same: Same) -> Cell:
    """Our own write arrived: receipt done, a doubt that landed, a create."""
    own = cell.own if cell.echo else cell.seen if cell.seen is not None else EMPTY
    return replace(agree(replace(cell, shown=shown), golden, same), doubt=None, fresh=True, echo=True, own=own)


def see(cell: Cell) -> Cell:
    return replace(cell, seen=cell.shown, stop=None)


def see_and_stop(cell: Cell, why: str, *on: object) -> Cell:
    return replace(cell, seen=cell.shown, stop=Stop(why, on))


def forget(cell: Cell) -> Cell:
    """Ledger restored, new heading: first link again."""
    return replace(cell, seen=None, agreed=None, stop=None)


def stage(cell: Cell, shown: Value) -> Cell:
    """What a pull, re-read, conflict or receipt shows (R1c)."""
    return replace(cell, shown=shown)


# ------------------------------------------------------------------------------ what a cell says


def is_changed(cell: Cell) -> bool:
    return cell.seen is not None and cell.shown != cell.seen


def is_behind(cell: Cell, golden: Golden, same: Same) -> bool:
    return cell.agreed is None or cell.agreed[0] != same.view(golden.value, cell.shown)


def speaks(cell: Cell) -> bool:
    return cell.shown is not None and not isinstance(cell.shown, Damaged)


def once_held(golden: Golden, shown: Value, same: Same) -> bool:
    """A value that golden held and left."""
    if not golden.former:
        return False
    return shown in golden.former or any(same.view(old, shown) == shown for old in golden.former)


def own_value(cell: Cell) -> Value:
    """R3b: what the source itself says, without our echo."""
    if cell.ours and isinstance(cell.shown, tuple):
        ours = set(cell.ours)
        slots = [slot for slot in cell.shown if isinstance(slot, str)]
        return tuple("\n".join(e for e in slot.split("\n") if e not in ours) for slot in slots)
    return cell.own if cell.echo else cell.shown


def holds(cell: Cell, why: str, golden: Golden, facts: Facts, same: Same) -> bool:
    """A stop holds while what it was judged on is unchanged."""
    if cell.stop is None or cell.stop.why != why:
        return False
    if why == "frozen":
        return cell.shown in cell.stop.on
    now = (same.view(golden.value, cell.shown), cell.shown, facts.versions)
    return cell.stop.on in (now[1:2], now[:2], now)
