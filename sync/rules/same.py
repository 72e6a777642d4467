"""How do the values of a field, or of a group of fields, compare? (RULES R4f, R4j; DESIGN §5)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from connectors.contract import Damaged
from sync.rules.cell import EMPTY, Plain, Says, Value

Forms = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Typed(Plain):
    """A scalar with its type's comparison form and, for partial dates, its own sameness.

    same_text: two canonical texts that mean the same although one says less (`--05-12`, `1985-05-12`).
    fuller: whether the first of two such texts says more than the second.
    """

    of: Forms = str.casefold
    same_text: Callable[[str, str], bool] | None = None
    fuller: Callable[[str, str], bool] | None = None

    def form(self, value: str) -> str:
        return self.of(value)

    def like(self, golden: Value, shown: Value, lengths: tuple[int, ...] = ()) -> bool:
        if Plain.like(self, golden, shown, lengths):
            return True
        if self.same_text is None or not isinstance(golden, str) or not isinstance(shown, str):
            return False
        return EMPTY not in (golden, shown) and self.same_text(golden, shown)

    def says(self, golden: Value, shown: Value) -> Says:
        if self.fuller is None or not isinstance(golden, str) or not isinstance(shown, str):
            return Says.ALIKE
        if self.form(golden) == self.form(shown) or not self.like(golden, shown):
            return Says.ALIKE
        return Says.LESS if self.fuller(golden, shown) else Says.MORE


Members = tuple["str | None", ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Fields voted together: a text for each member, None where a source does not show it.

    leading: the member that decides emptiness and strictness; -1: all must be empty. contains: member → those that
    cannot stay as they were when it changes and the source does not show them.
    """

    members: tuple[str, ...]
    each: tuple[Typed, ...]
    leading: int = -1
    contains: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def same(self, golden: Value, shown: Value) -> bool:
        return self.view(golden, shown) == shown

    def like(self, golden: Value, shown: Value, lengths: tuple[int, ...] = ()) -> bool:
        if not isinstance(golden, tuple) or not isinstance(shown, tuple):
            return golden == shown
        pairs = [(t, g, s) for t, g, s in zip(self.each, golden, shown, strict=True) if s is not None]
        if self.empty(shown):
            return all(g == s for _, g, s in pairs)
        return all(t.like(g, s, lengths) for t, g, s in pairs)

    def says(self, golden: Value, shown: Value) -> Says:
        if not isinstance(golden, tuple) or not isinstance(shown, tuple):
            return Says.ALIKE
        said = {t.says(g, s) for t, g, s in zip(self.each, golden, shown, strict=True) if s is not None}
        return next((word for word in (Says.MORE, Says.LESS) if word in said), Says.ALIKE)

    def is_cut(self, golden: Value, shown: Value) -> bool:
        if not isinstance(golden, tuple) or not isinstance(shown, tuple):
            return False
        pairs = [(t, g, s) for t, g, s in zip(self.each, golden, shown, strict=True) if s is not None]
        return bool(pairs) and all(t.like(g, s) or t.is_cut(g, s) for t, g, s in pairs)

    def empty(self, shown: Value) -> bool:
        if not isinstance(shown, tuple):
            return shown == EMPTY
        if self.leading >= 0 and shown[self.leading] is not None:
            return shown[self.leading] == EMPTY
        return not any(member for member in shown)

    def take(self, golden: Value, shown: Value) -> Value:
        if not isinstance(shown, tuple):
            return shown
        known = golden if isinstance(golden, tuple) else (EMPTY,) * len(shown)
        return tuple(g if s is None else s for g, s in zip(known, shown, strict=True))

    def view(self, golden: Value, shown: Value) -> Value:
        if not isinstance(shown, tuple):
            return golden
        known = golden if isinstance(golden, tuple) else (EMPTY,) * len(shown)
        return tuple(None if s is None else g for g, s in zip(known, shown, strict=True))

    def lead(self, value: Value) -> Value:
        return value[max(self.leading, 0)] if isinstance(value, tuple) else value

    def contradicts(self, golden: Value, shown: Value) -> bool:
        if not isinstance(golden, tuple) or not isinstance(shown, tuple):
            return False
        for i, inner in self.contains.items():
            new = shown[i]
            if new is None or new == golden[i] or isinstance(new, Damaged):
                continue
            if any(shown[j] is None and golden[j] and cast(str, golden[j]) not in new for j in inner):
                return True
        return False

    def weight(self, value: Value) -> int:
        return sum(len(cast(str, member)) > 0 for member in value if member) if isinstance(value, tuple) else 0


ADDRESS_ORDER = ("country", "region", "city", "district", "street", "postal_code", "address")
"""From coarse to fine; a full address line says all of them but the postal code."""


def address_contains(members: tuple[str, ...]) -> dict[int, tuple[int, ...]]:
    """R4f "city over street": a coarser member that changes makes the finer ones doubtful; the line makes all so."""
    place = {name: i for i, name in enumerate(members)}
    inner: dict[int, tuple[int, ...]] = {}
    for n, name in enumerate(ADDRESS_ORDER[:5]):
        finer = ADDRESS_ORDER[n + 1 :]
        if name in place and name != "street":
            inner[place[name]] = tuple(place[f] for f in finer if f in place)
    if "address" in place:
        inner[place["address"]] = tuple(place[f] for f in ADDRESS_ORDER[1:5] if f in place)
    return inner
