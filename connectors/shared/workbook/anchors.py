"""What is tied to rows of a sheet by their numbers, so that they cannot move up or down unnoticed?

Rows move only where nothing but the sheet's own simple ranges has to follow; a formula anywhere that names them, a
comment, a picture or a chart keeps them where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connectors.contract import Said, say
from connectors.shared.workbook.book import SheetName
from connectors.shared.workbook.formulas import Reach
from connectors.shared.workbook.layout import arrays
from connectors.shared.workbook.ranges import LAST_ROW, Area, areas
from connectors.shared.workbook.sheet import Sheet
from connectors.shared.workbook.strings import attribute, plain, unescape
from connectors.shared.workbook.walk import attributes

_HANGING = {
    "drawing",
    "vmlDrawing",
    "comments",
    "threadedComment",
    "image",
    "control",
    "oleObject",
    "ctrlProp",
    "package",
}
_UNKNOWN = (
    b"rowBreaks",
    b"customSheetView",
    b"scenario",
    b"cellWatch",
    b"dataConsolidate",
    b"smartTags",
    b"protectedRange",
)
_FOREIGN = re.compile(rb"<(?:[\w.-]+:)?(?:sparkline|slicer|timeline|f|formula[12]?)\b|<xm:f>")
_RULE = re.compile(rb"<(conditionalFormatting|dataValidation)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_RULE_TEXT = re.compile(rb"<formula[12]?>([^<]*)</formula[12]?>")
_ABSOLUTE = re.compile(r"\$\d")
_QUOTED = re.compile(r"(?:'(?:[^']|'')+'|[\w.]+)!\$?[A-Za-z]{0,3}\$?\d*(?::\$?[A-Za-z]{0,3}\$?\d*)?")


def tied(sheet: Sheet, first: int, start: int, reaches: Sequence[tuple[int, Reach]]) -> Said | None:
    """Why rows from `start` on must stay where they are; None where they may move. `first`: the first record's row.
    `reaches`: of the sheet's own formulas, each with its row; formulas that read above `start` only tie nothing."""
    found = sheet.layout
    if any(relation.kind in _HANGING for relation in found.related):
        return say("comments, pictures, charts or buttons hang on the sheet")
    if found.pivots or arrays(sheet.xml):
        return say("a pivot table or an array formula stands on the sheet")
    if any(area.top < start <= area.bottom for area in found.merged):
        return say("merged cells reach across it")
    below = Area(start, 0, LAST_ROW, 1 << 14)
    tab = sheet.name.name.casefold()
    if any(one.anything or any(t == tab and a.meets(below) for t, a in one.areas) for _, one in reaches):
        return say("formulas of the sheet read rows from there on")
    return _around(sheet, first) or _elsewhere(sheet)


def _around(sheet: Sheet, first: int) -> Said | None:
    """What the sheet's own XML has around its cells."""
    xml = sheet.xml
    head, tail = xml[: xml.find(b"<sheetData")], xml[xml.rfind(b"</sheetData>") :]
    if any(word in head or word in tail for word in _UNKNOWN):
        return say("page breaks, custom views or protected ranges name rows of the sheet")
    extra = tail.find(b"<extLst")
    if extra >= 0 and _FOREIGN.search(tail, extra):
        return say("sparklines or newer rules name cells of the sheet")
    for match in _RULE.finditer(tail):
        covered = areas(attributes(match.group(2)).get("sqref", ""))
        rules = [unescape(text.group(1).decode()) for text in _RULE_TEXT.finditer(match.group(3))]
        if rules and (
            any(_ABSOLUTE.search(_QUOTED.sub("", text)) for text in rules) or any(a.top > first for a in covered)
        ):
            return say("rules of conditional formatting or of input name rows of the sheet")
    return None


def _elsewhere(sheet: Sheet) -> Said | None:
    """What other parts of the workbook say of this sheet by its name."""
    for name, text, _ in sheet.book.names:
        if not name.lower().startswith("_xlnm.") and _spoken_of(sheet.name, text.encode()):
            return say("the name {name} stands for cells of the sheet", name=name)
    for part, data in _others(sheet):
        if _spoken_of(sheet.name, data):
            return say("{part} names cells of the sheet", part=part)
    return None


def _others(sheet: Sheet) -> Iterator[tuple[str, bytes]]:
    package = sheet.book.package
    for part in package.parts:
        folded = part.lower().lstrip("/")
        is_other = folded.startswith(
            ("xl/worksheets/", "xl/charts/", "xl/pivotcache/", "xl/drawings/", "xl/chartsheets/")
        )
        if is_other and folded.endswith(".xml") and folded != sheet.name.part.lower():
            yield part, plain(package.read(part))


def _spoken_of(sheet: SheetName, data: bytes) -> bool:
    name = attribute(sheet.name)
    spelt = {name, name.replace("'", "''"), name.replace("&quot;", '"')}
    folded = data.decode("utf-8", "replace").casefold()
    return any(
        f"{one}{mark}" in folded for one in map(str.casefold, spelt) for mark in ("!", "'!", "&apos;!", "&#39;!")
    ) or any(f'sheet="{one}"' in folded for one in map(str.casefold, spelt))
