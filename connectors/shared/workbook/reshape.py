"""When rows or columns come to a sheet or go, which ranges grow, move or shrink, in the sheet and elsewhere?"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.shared.workbook.ranges import Area, area, areas
from connectors.shared.workbook.strings import attribute
from connectors.shared.workbook.walk import attributes

_P = rb"(?:[\w.-]+:)?"
_GROWING = re.compile(
    rb"(<"
    + _P
    + rb"(?:autoFilter|conditionalFormatting|dataValidation|ignoredError)\b[^>]*?\s(?:sqref|ref)=\")([^\"]*)(\")"
)
_GROWING_TEXT = re.compile(rb"(<xm:sqref>)([^<]*)(</xm:sqref>)")
_MOVING = re.compile(
    rb"(<"
    + _P
    + rb"(?:mergeCell|hyperlink|sortState|sortCondition|protectedRange)\b[^>]*?\s(?:sqref|ref)=\")([^\"]*)(\")"
)
_DIMENSION = re.compile(rb"(<" + _P + rb"dimension\b[^>]*?\sref=\")([^\"]*)(\")")
_LINK = re.compile(rb"<" + _P + rb"hyperlink\b([^>]*?)(?:/>|>.*?</" + _P + rb"hyperlink>)", re.DOTALL)
_NO_LINKS = re.compile(rb"<(" + _P + rb"hyperlinks)\b[^>]*>\s*</\1>")
_FILTER = re.compile(rb"(<" + _P + rb"autoFilter\b[^>]*?\sref=\")([^\"]*)(\")")
_ROOT_REF = re.compile(rb"(<" + _P + rb"table\b[^>]*?\sref=\")([^\"]*)(\")")
_COLUMNS = re.compile(rb"(<" + _P + rb"tableColumns\b[^>]*?\scount=\")(\d+)(\")")
_COLUMN_ID = re.compile(rb"<(" + _P + rb")tableColumn\b[^>]*?\sid=\"(\d+)\"")
_NAME = re.compile(rb"(<" + _P + rb"definedName\b)([^>]*)(>)(.*?)(</" + _P + rb"definedName>)", re.DOTALL)
_NAMED_AREA = re.compile(r"\$([A-Z]{1,3})\$(\d+):\$([A-Z]{1,3})\$(\d+)")
_CALC = re.compile(rb"<" + _P + rb"calcPr\b([^>]*?)(/?)>")
_FOLLOWERS = ("_xlnm._filterdatabase", "_xlnm.print_area")


@dataclass(frozen=True, slots=True)
class Growth:
    """Rows or columns that come: `rows` rows below row `last` (what stands below moves down if `pushes`), the records
    beginning at row `first`; a column right of column `right` in ranges that end there and reach the heading row
    `heading`; rows in `gone` (sorted) are taken out and what stands below moves up. Changes nothing as it is."""

    first: int = 0
    last: int = 0
    rows: int = 0
    pushes: bool = False
    right: int | None = None
    heading: int = 0
    gone: tuple[int, ...] = ()

    def grown(self, one: Area) -> Area | None:
        """A range that belongs to the records: it takes in new rows right below it."""
        if self.rows and one.bottom == self.last and (one.top < one.bottom or one.top == self.first):
            one = replace(one, bottom=one.bottom + self.rows)
        elif self.rows and self.pushes:
            one = self._pushed(one)
        return self._shrunk(one)

    def widened(self, one: Area) -> Area:
        """A range with headings: it takes in a new column right of it."""
        if self.right is not None and one.right == self.right and one.top <= self.heading <= one.bottom:
            return replace(one, right=one.right + 1)
        return one

    def moved(self, one: Area) -> Area | None:
        """A range that belongs to its own cells only."""
        return self._shrunk(self._pushed(one) if self.rows and self.pushes else one)

    def _pushed(self, one: Area) -> Area:
        if one.top > self.last:
            return replace(one, top=one.top + self.rows, bottom=one.bottom + self.rows)
        return replace(one, bottom=one.bottom + self.rows) if one.bottom > self.last else one

    def _shrunk(self, one: Area) -> Area | None:
        if not self.gone:
            return one
        top = one.top - bisect_left(self.gone, one.top)
        bottom = one.bottom - bisect_right(self.gone, one.bottom)
        return replace(one, top=top, bottom=bottom) if bottom >= top else None


def frame(xml: bytes, growth: Growth, used: Area | None) -> bytes:
    """What stands around sheetData (head or tail), its ranges as `growth` makes them. `used`: cells now written."""
    if used is not None:
        xml = _DIMENSION.sub(lambda found: _dimension(found, used), xml, count=1)
    for pattern in (_GROWING, _GROWING_TEXT):
        xml = pattern.sub(lambda found: _each(found, growth.grown), xml)
    xml = _FILTER.sub(lambda found: _each(found, growth.widened), xml)
    if growth.gone:
        xml = without_links(xml, set(growth.gone))
    return _MOVING.sub(lambda found: _each(found, growth.moved), xml)


def without_links(xml: bytes, rows: set[int]) -> bytes:
    """Takes out the hyperlinks of rows that are emptied."""

    def kept(found: re.Match[bytes]) -> bytes:
        covered = area(attributes(found.group(1)).get("ref", ""))
        is_gone = covered is not None and covered.top == covered.bottom and covered.top in rows
        return b"" if is_gone else found.group()

    changed = _LINK.sub(kept, xml)
    return xml if changed == xml else _NO_LINKS.sub(b"", changed)


def table(xml: bytes, growth: Growth, heading: str = "") -> bytes:
    """A table's part after the same. `heading`: of the new column, where the table takes it in."""

    def whole(one: Area) -> Area | None:
        taken = growth.grown(one)
        return None if taken is None else growth.widened(taken)

    before = _ROOT_REF.search(xml)
    xml = _ROOT_REF.sub(lambda found: _each(found, whole), xml, count=1)
    after = _ROOT_REF.search(xml)
    xml = _FILTER.sub(lambda found: _each(found, whole), xml, count=1)
    widths = [area(found.group(2).decode()) for found in (before, after) if found is not None]
    if heading and len(widths) == 2 and widths[0] and widths[1] and widths[0].right != widths[1].right:
        xml = _with_column(xml, heading)
    return xml


def _with_column(xml: bytes, heading: str) -> bytes:
    ids = [(int(found.group(2)), found.group(1)) for found in _COLUMN_ID.finditer(xml)]
    number, prefix = max(ids)
    new = b'<%stableColumn id="%d" name="%s"/>' % (prefix, number + 1, attribute(heading).encode())
    xml = _COLUMNS.sub(
        lambda found: b"%s%d%s" % (found.group(1), int(found.group(2)) + 1, found.group(3)), xml, count=1
    )
    place = xml.index(b"</" + prefix + b"tableColumns>")
    return xml[:place] + new + xml[place:]


def names(xml: bytes, growth: Growth, tab: int) -> bytes:
    """The workbook part: the names that follow the records of this tab (the filter's own and the print area)."""

    def follow(found: re.Match[bytes]) -> bytes:
        named = attributes(found.group(2))
        if named.get("localSheetId") != str(tab) or named.get("name", "").lower() not in _FOLLOWERS:
            return found.group()
        text = _NAMED_AREA.sub(lambda one: _named_area(one, growth), found.group(4).decode())
        return b"".join((found.group(1), found.group(2), found.group(3), text.encode(), found.group(5)))

    return _NAME.sub(follow, xml)


def calculated_when_opened(xml: bytes) -> bytes:
    """The workbook part, saying that everything is to be calculated when it is opened next."""
    found = _CALC.search(xml)
    if found is not None:
        if attributes(found.group(1)).get("fullCalcOnLoad") in ("1", "true"):
            return xml
        kept = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", found.group(1)).rstrip()
        tag = (
            found.group()[: found.group().index(b"calcPr") + 6] + kept + b' fullCalcOnLoad="1"' + found.group(2) + b">"
        )
        return xml[: found.start()] + tag + xml[found.end() :]
    return _with_calc(xml)


_BEHIND_CALC = (
    b"oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr webPublishObjects"
    b" extLst".split()
)


def _with_calc(xml: bytes) -> bytes:
    """calcPr has its place in the order of elements (CT_Workbook): behind definedNames, before what is named above."""
    root = re.search(rb"<(" + _P + rb")workbook\b", xml)
    prefix = root.group(1) if root is not None else b""
    behind = re.compile(rb"<" + prefix + rb"(?:" + b"|".join(_BEHIND_CALC) + rb")\b|</" + prefix + rb"workbook>")
    place = behind.search(xml)
    if place is None:
        return xml
    return xml[: place.start()] + b"<" + prefix + b'calcPr fullCalcOnLoad="1"/>' + xml[place.start() :]


def _each(found: re.Match[bytes], change: Callable[[Area], Area | None]) -> bytes:
    """The ranges of an attribute, each changed; as they were written where none is."""
    old = areas(found.group(2).decode())
    new = [one for one in map(change, old) if one is not None]
    if new == old or not new or len(old) != len(found.group(2).split()):
        return found.group()
    return found.group(1) + " ".join(map(str, new)).encode() + found.group(3)


def _dimension(found: re.Match[bytes], used: Area) -> bytes:
    old = area(found.group(2).decode())
    if old is None:
        return found.group()
    new = Area(
        min(old.top, used.top), min(old.left, used.left), max(old.bottom, used.bottom), max(old.right, used.right)
    )
    return found.group() if new == old else found.group(1) + str(new).encode() + found.group(3)


def _named_area(found: re.Match[str], growth: Growth) -> str:
    old = area(found.group().replace("$", ""))
    new = growth.grown(growth.widened(old)) if old is not None else None
    if new is None or new == old:
        return found.group()
    first, last = (
        str(Area(new.top, new.left, new.top, new.left)),
        str(Area(new.bottom, new.right, new.bottom, new.right)),
    )
    return f"{_fixed(first)}:{_fixed(last)}"


def _fixed(name: str) -> str:
    letters = name.rstrip("0123456789")
    return f"${letters}${name[len(letters) :]}"


def without_part(xml: bytes, part: str) -> bytes:
    """The list of content types, or relationships, without what names this part."""
    name = re.escape(part.rpartition("/")[2].encode())
    return re.sub(
        rb"<(?:Override|Relationship)\b[^>]*(?:PartName|Target)=\"(?:[^\"]*/)?" + name + rb"\"[^>]*/>", b"", xml
    )
