"""What lies over the cells of a sheet: merged ranges, tables, arrays, pivots, protection?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from connectors.shared.workbook.book import Book, SheetName
from connectors.shared.workbook.opc import Relation, relations, tree
from connectors.shared.workbook.ranges import Area, area
from connectors.shared.workbook.strings import scrubbed
from connectors.shared.workbook.walk import attributes

_MERGED = re.compile(rb"<mergeCell\b([^>]*)>")
_ARRAY = re.compile(rb"<f\b([^>]*\bt=[\"'](?:array|dataTable)[\"'][^>]*)>")
_FILTER = re.compile(rb"<autoFilter\b([^>]*)>")
_PROTECTED = re.compile(rb"<sheetProtection\b([^>]*)>")


@dataclass(frozen=True, slots=True)
class TableRange:
    """A table (ListObject) of the sheet. totals: how many totals rows it ends with. outside: refilled by a query."""

    part: str
    name: str
    area: Area
    headings: int
    totals: int
    is_outside: bool

    @property
    def data(self) -> Area:
        """Without totals."""
        return replace(self.area, bottom=max(self.area.top, self.area.bottom - self.totals))


@dataclass(frozen=True)
class Layout:
    """Of one sheet: merged ranges, pivot tables, tables, the filter's range, and
    whether the sheet is protected. related: what its part points to."""

    merged: tuple[Area, ...]
    pivots: tuple[Area, ...]
    tables: tuple[TableRange, ...]
    filter: Area | None
    is_protected: bool
    related: tuple[Relation, ...]


def layout(book: Book, sheet: SheetName, xml: bytes) -> Layout:
    """`xml`: the sheet's, without prefixes."""
    stop = xml.rfind(b"</sheetData>")
    tail = scrubbed(xml[stop:] if stop >= 0 else xml)
    related = relations(book.package, sheet.part)
    present = [found for found in related if found.target in book.package]
    protection = _PROTECTED.search(tail)
    return Layout(
        tuple(_areas(_MERGED, tail)),
        tuple(_pivots(book, present)),
        tuple(_table(book, found.target) for found in present if found.kind == "table"),
        next(iter(_areas(_FILTER, tail)), None),
        protection is not None and attributes(protection.group(1)).get("sheet") in ("1", "true"),
        tuple(related),
    )


def arrays(xml: bytes) -> list[Area]:
    """The ranges that one formula fills."""
    return _areas(_ARRAY, xml) if b"array" in xml or b"dataTable" in xml else []


def _areas(pattern: re.Pattern[bytes], xml: bytes) -> list[Area]:
    found = (area(attributes(match.group(1)).get("ref", "")) for match in pattern.finditer(xml))
    return [one for one in found if one is not None]


def _pivots(book: Book, related: list[Relation]) -> list[Area]:
    parts = [relation.target for relation in related if relation.kind == "pivotTable"]
    found = [area(one.get("ref", "")) for part in parts for one in tree(book.package, part).iter("location")]
    return [one for one in found if one is not None]


def _table(book: Book, part: str) -> TableRange:
    root = tree(book.package, part)
    return TableRange(
        part,
        root.get("displayName") or root.get("name") or "",
        area(root.get("ref", "")) or Area(0, 0, 0, 0),
        int(root.get("headerRowCount", "1")),
        int(root.get("totalsRowCount", "0")),
        root.get("tableType") == "queryTable",
    )
