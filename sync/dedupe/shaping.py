"""How do tables become what matching compares? Cells read by the types of their fields, once for each different text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from mappings.types import TYPES, At
from matching import Batch
from matching.forms.text import fold
from matching.infer.dates import month_first, read_date
from matching.infer.region import region
from sync.dedupe.tables import LONGEST, Sheet

T = TypeVar("T")
Texts = Sequence[str | None]
Sets = Sequence[tuple[str, ...]]
_TYPES: Mapping[str, str] = {
    "name": "person_name",
    "given_name": "person_name",
    "family_name": "person_name",
    "middle": "person_name",
    "company": "company_name",
    "short_name": "company_name",
    "address": "address",
    "street": "address",
    "identifiers": "identifier",
    "website": "url",
}
"""Types by which single values are read; all others are text."""
PERSONAL = ("name", "given_name", "family_name", "phones", "emails", "wechat")
"""Any of these makes a person of a row; without them it speaks of its company."""


@dataclass
class Part:
    """Rows that are compared with each other: numbers over all sheets, and their values field by field."""

    kind: str
    rows: list[int] = field(default_factory=list)
    values: dict[str, list[str | tuple[str, ...] | None]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[int], values: Mapping[str, Texts | Sets]) -> None:
        """More rows; fields that only some of them have are empty in the others."""
        before, after = len(self.rows), len(self.rows) + len(rows)
        for name in {*self.values, *values}:
            column = self.values.setdefault(name, [None] * before)
            column += values.get(name, [None] * len(rows))
            assert len(column) == after
        self.rows += rows

    def batch(self, sources: Sequence[int], alone: Sequence[int], employer: Sequence[int] = ()) -> Batch:
        source = [sources[row] for row in self.rows]
        values = {name: self.values[name] for name in sorted(self.values)}
        return Batch(self.kind, values, source, table=source, employer=employer, alone=alone, types=self.types)


@dataclass(frozen=True)
class Shaped:
    """Parts by kind, and the kind of each row's subject."""

    parts: Mapping[str, Part]
    subject: Sequence[str]


def shape(sheets: Sequence[Sheet], kind: str = "") -> Shaped:
    """kind: what is sought in rows that speak of a person and an organisation; "": the person where one is named."""
    parts: dict[str, Part] = {}
    subject: list[str] = []
    for sheet in sheets:
        cells = Cells(sheet)
        start = len(subject)
        own = _subjects(sheet, cells, kind)
        subject += own
        for one in ("person", "organisation", "thing"):
            rows = [at for at, found in enumerate(own) if _speaks(found, one, sheet, cells, at)]
            if rows:
                part = parts.setdefault(one, Part(one))
                values = _WORK[one](cells, rows)
                part.add([start + at for at in rows], values)
                if one == "thing":
                    part.types |= dict.fromkeys(values, "text")
    return Shaped(parts, subject)


def _subjects(sheet: Sheet, cells: Cells, kind: str) -> list[str]:
    """Of whom each row speaks."""
    if sheet.told.kind != "person":
        return [sheet.told.kind] * len(sheet)
    firms = cells.text("company")
    if kind == "organisation" and sheet.told.where("company"):
        return ["organisation" if firm else "person" for firm in firms]
    named = [cells.raw(at) for at in sheet.told.where(*PERSONAL)]
    return [
        "person" if not firm or any(column[n] for column in named) else "organisation" for n, firm in enumerate(firms)
    ]


def _speaks(subject: str, kind: str, sheet: Sheet, cells: Cells, at: int) -> bool:
    """A row speaks of its subject, and besides of the company that it names."""
    return subject == kind or (
        kind == "organisation" and sheet.told.kind == "person" and bool(cells.text("company")[at])
    )


# ------------------------------------------------------------------------------ cells

_CODE: Final = re.compile(r"[159NY][1-39][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", re.IGNORECASE)
"""统一社会信用代码 (GB 32100): 18 signs, the first two of which say who registered what."""
_BORN: Final = re.compile(r"[0-9]{6}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9Xx]")
"""A Chinese resident's number: eight of its 18 digits are the birthday."""


def _is_of_organisation(number: str) -> bool:
    return _CODE.fullmatch(number) is not None and _BORN.fullmatch(number) is None


class Cells:
    """The cells of one sheet, read by their types when they are asked for."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self._told = sheet, sheet.told
        phones = [value for at in self._told.where("phones") for value in self.raw(at) if value]
        texts = [
            value for at in self._told.where("name", "company", "given_name", "text") for value in self.raw(at)[:200]
        ]
        self._at = At(region=region(sorted(set(phones)), texts))
        self._read: dict[tuple[str, ...], list[str | None]] = {}

    def raw(self, at: int) -> Sequence[str]:
        return self.sheet.columns[at]

    def text(self, role: str) -> list[str | None]:
        """The column of a role that one column has; None where nothing or nothing readable stands."""
        known = self._read.get((role,))
        if known is None:
            found = self._told.where(role)
            known = self._single(found[0], role) if found else [None] * len(self.sheet)
            self._read[role,] = known
        return known

    def _single(self, at: int, role: str) -> list[str | None]:
        if role == "birthday":
            first = month_first(self.raw(at), self._at.region == "US")
            return _each(self.raw(at), lambda text: read_date(text, month_first=first))
        semantic, where = TYPES[_TYPES.get(role, "text")], self._at

        def read(text: str) -> str | None:
            value = semantic.parse(text, where)
            return value if isinstance(value, str) and value else None

        return _each(self.raw(at), read)

    def many(self, role: str) -> list[tuple[str, ...]]:
        """All elements of all columns of a role."""
        semantic, where = TYPES["phone" if role == "phones" else "email"], self._at

        def read(text: str) -> tuple[str, ...]:
            value = semantic.parse_many(text, where)
            return value if isinstance(value, tuple) else ()

        columns = [_each(self.raw(at), read) for at in self._told.where(role)]
        if not columns:
            return [()] * len(self.sheet)
        return [tuple(dict.fromkeys(one for cell in row for one in cell or ())) for row in zip(*columns)]

    def identifiers(self, *, of_company: bool = False) -> dict[str, list[str | None]]:
        """Numbers of the rows' persons, or of the companies that they name; all where a row speaks of one of them only."""
        columns = {self._told.role(at): self._single(at, "identifiers") for at in self._told.where("identifiers")}
        if self._told.kind != "person" or not self._told.where("company"):
            return columns
        return {name: column for name, column in columns.items() if self._is_companys(column) == of_company}

    def _is_companys(self, numbers: Sequence[str | None]) -> bool:
        """Whether a number says which company a row names: colleagues share it, so it must never make them one. That is
        what codes of organisations are, and any number that mostly comes again with another name beside one company.
        """
        held = [number for number in numbers if number]
        if held and sum(map(_is_of_organisation, held)) > len(held) / 2:
            return True
        names, firms = self.names(), self.text("company")
        first: dict[str, int] = {}
        same = other = 0
        for at, number in enumerate(numbers):
            before = first.setdefault(number, at) if number and firms[at] else at
            if before != at:
                same += names[before] == names[at]
                other += names[before] != names[at]
        return other > same

    def names(self) -> list[str | None]:
        """Of the rows' persons, given and family name together where they stand apart."""
        if self._told.where("name"):
            return self.text("name")
        parts = (self.text("given_name"), self.text("middle"), self.text("family_name"))
        return [" ".join(part for part in row if part) or None for row in zip(*parts)]

    def place(self) -> dict[str, list[str | None]]:
        """City, region and so on; street and house number together."""
        found = {name: self.text(name) for name in ("city", "district", "region", "country", "postal_code")}
        streets = [at for at in self._told.where("street") if not _is_second(self.sheet.headings[at])]
        streets = streets or self._told.where("street")[:1]
        houses = self._told.where("house")
        whole = self._told.where("address")[:1]
        pieces = [self.raw(at) for at in (*houses, *(streets or whole))]
        if pieces and (streets or houses):
            joined = [" ".join(cell.strip() for cell in row if cell.strip()) or None for row in zip(*pieces)]
            found["street"] = joined
        if whole and not (houses and not streets):
            found["address"] = self.text("address")
        return found


def _is_second(heading: str) -> bool:
    """`address_2`: what stands there is a floor or a quarter."""
    return heading.rstrip(" )").endswith(("2", "3", "4"))


def _each(column: Sequence[str], read: Callable[[str], T]) -> list[T | None]:
    known: dict[str, T | None] = {"": None}
    for text in set(column):
        if text:
            known[text] = read(text[:LONGEST])
    return [known[text] for text in column]


# ------------------------------------------------------------------------------ kinds


def _filled(values: Mapping[str, Sequence[object]], rows: Sequence[int]) -> dict[str, Texts | Sets]:
    chosen = {name: [column[at] for at in rows] for name, column in values.items()}
    return {name: column for name, column in chosen.items() if any(column)}  # type: ignore[misc]


def _person(cells: Cells, rows: Sequence[int]) -> dict[str, Texts | Sets]:
    words = ("wechat", "birthday", "gender", "title", "department")
    given, family = cells.text("given_name"), cells.text("family_name")
    values: dict[str, Sequence[object]] = {name: cells.text(name) for name in words}
    values |= {"given_name": given, "family_name": family, "name": cells.names(), **cells.place()}
    values |= {"phones": cells.many("phones"), "emails": cells.many("emails"), **cells.identifiers()}
    values |= {"works_at.name": cells.text("company"), "works_at.website": cells.text("website")}
    return _filled(values, rows)


def _organisation(cells: Cells, rows: Sequence[int]) -> dict[str, Texts | Sets]:
    """Of rows that speak of a person too, numbers and mail addresses are those of its people."""
    values: dict[str, Sequence[object]] = {name: cells.text(name) for name in ("short_name", "website")}
    values["name"] = cells.text("company")
    phones, emails = cells.many("phones"), cells.many("emails")
    if cells.sheet.told.kind == "person":
        wechat = ((one,) if one else () for one in cells.text("wechat"))
        values["people"] = [a + b + c for a, b, c in zip(phones, emails, wechat)]
        values["city"] = cells.text("city")
        return _filled({**values, **cells.identifiers(of_company=True)}, rows)
    values |= {"phones": phones, "emails": emails, "industry": cells.text("industry")}
    return _filled({**values, **cells.place(), **cells.identifiers()}, rows)


def _thing(cells: Cells, rows: Sequence[int]) -> dict[str, Texts | Sets]:
    """Every text under its heading; headings that are spelt alike in two tables are one field."""
    told = cells.sheet.told
    values = {}
    for at in told.where("text"):
        name = "".join(c if c.isalnum() else "_" for c in fold(told.columns[at].heading)) or f"column_{at + 1}"
        values[name if name not in values else f"{name}_{at + 1}"] = _each(cells.raw(at), lambda text: text)
    return _filled(values, rows)


_WORK: Mapping[str, Callable[[Cells, Sequence[int]], dict[str, Texts | Sets]]] = {
    "person": _person,
    "organisation": _organisation,
    "thing": _thing,
}
