"""What does the style of a cell make of its number, and how is a style with another number format added?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from connectors.shared.workbook.formats import BUILTIN, Form, form
from connectors.shared.workbook.opc import tree
from connectors.shared.workbook.package import Package

_CELL_STYLES = re.compile(
    rb"(<(?:[\w.-]+:)?cellXfs\b[^>]*?)(\s+count=\"(\d+)\")?([^>]*>)(.*?)(</(?:[\w.-]+:)?cellXfs>)", re.DOTALL
)
_STYLE = re.compile(rb"<(?:[\w.-]+:)?xf\b[^>]*?(?:/>|>.*?</(?:[\w.-]+:)?xf>)", re.DOTALL)
_FORMAT = re.compile(rb'numFmtId="\d+"')
_APPLY = re.compile(rb'\sapplyNumberFormat="[^"]*"')
_QUOTE = re.compile(rb'\squotePrefix="[^"]*"')
DAY_FORMAT, MOMENT_FORMAT = 14, 22
"""Built-in date and date-with-time: each program shows them in its reader's own way."""


@dataclass(frozen=True)
class Styles:
    """forms: what each cell style (the number in a cell's `s`) makes of a number. unlocked: styles open for typing in
    a protected sheet."""

    forms: Sequence[Form] = (Form(),)
    unlocked: frozenset[int] = frozenset()

    def form(self, style: int) -> Form:
        return self.forms[style] if 0 <= style < len(self.forms) else Form()


def styles(package: Package, part: str | None) -> Styles:
    """The workbook's styles; a workbook without the part has one style, General."""
    if part is None or part not in package:
        return Styles()
    root = tree(package, part)
    codes = dict(BUILTIN)
    for element in root.iter("numFmt"):
        number = element.get("numFmtId", "")
        if number.isdigit():
            codes[int(number)] = element.get("formatCode", "")
    looks = root.find("cellXfs")
    forms, unlocked = [], set()
    for place, element in enumerate(looks if looks is not None else ()):
        number = element.get("numFmtId", "0")
        forms.append(form(codes.get(int(number), "General") if number.isdigit() else "General"))
        if _is_unlocked(element):
            unlocked.add(place)
    return Styles(forms or [Form()], frozenset(unlocked))


def with_format(xml: bytes, style: int, number_format: int) -> tuple[bytes, int]:
    """The part with a copy of `style` that has another number format, and that copy's number.

    A copy that is there already is used again. ValueError where the part has no such style.
    """
    match = _CELL_STYLES.search(xml)
    looks = [] if match is None else [found.group() for found in _STYLE.finditer(match.group(5))]
    if match is None or style >= len(looks):
        raise ValueError(style)
    copy = _formatted(looks[style], number_format)
    if copy in looks:
        return xml, looks.index(copy)
    count = b' count="%d"' % (len(looks) + 1)
    head = match.group(1) + (count if match.group(2) else b"") + match.group(4)
    return xml[: match.start()] + head + match.group(5) + copy + match.group(6) + xml[match.end() :], len(looks)


def _formatted(look: bytes, number_format: int) -> bytes:
    wanted = b'numFmtId="%d"' % number_format
    look = _QUOTE.sub(b"", _APPLY.sub(b"", look, count=1), count=1)
    named = _FORMAT.sub(wanted, look, count=1) if _FORMAT.search(look) else look.replace(b"xf", b"xf " + wanted, 1)
    return named.replace(wanted, wanted + b' applyNumberFormat="1"', 1)


def _is_unlocked(element: ET.Element) -> bool:
    protection = element.find("protection")
    return protection is not None and protection.get("locked") in ("0", "false")
