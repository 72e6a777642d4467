"""Which sheets does a workbook hold, how does it count days, and what has it besides sheets?"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from xml.etree import ElementTree as ET

from connectors.contract import SourceRefused
from connectors.shared.workbook.opc import Relation, attribute, relations, tree
from connectors.shared.workbook.package import Package, sound
from connectors.shared.workbook.strings import Objects, objects, shared, unprefixed
from connectors.shared.workbook.styles import Styles, styles

_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"


@dataclass(frozen=True, slots=True)
class SheetName:
    """A worksheet: its name on the tab, its part, and whether the tab is hidden. place: its number among all tabs."""

    name: str
    part: str
    is_hidden: bool
    place: int


@dataclass(frozen=True)
class Book:
    """A workbook as one snapshot of its file's bytes. Parts are read when asked for, each once."""

    package: Package
    part: str
    sheets: tuple[SheetName, ...]
    since_1904: bool
    is_strict: bool
    names: tuple[tuple[str, str, int | None], ...] = ()
    """Defined names: name, formula, and the tab it belongs to (None: the whole workbook)."""
    related: tuple[Relation, ...] = field(default=())

    @cached_property
    def styles(self) -> Styles:
        with sound(self.package.name, self.styles_part or ""):
            return styles(self.package, self.styles_part)

    @property
    def styles_part(self) -> str | None:
        return next((relation.target for relation in self.related if relation.kind == "styles"), None)

    @cached_property
    def strings(self) -> Objects:
        """The shared strings, None for an empty one; an empty array where no sheet shares any."""
        part = next((relation.target for relation in self.related if relation.kind == "sharedStrings"), None)
        if part is None or part not in self.package:
            return objects(())
        with sound(self.package.name, part):
            found = shared(self.package.read(part))
            return objects([text or None for text in found] if "" in found else found)

    def sheet(self, name: str) -> SheetName | None:
        """Sheets are told apart without regard to case, as Excel does."""
        exact = [sheet for sheet in self.sheets if sheet.name == name]
        folded = [sheet for sheet in self.sheets if sheet.name.casefold() == name.casefold()]
        return next(iter([*exact, *folded]), None)

    def xml(self, sheet: SheetName) -> bytes:
        """The sheet's XML without prefixes; there may be comments and CDATA in it."""
        with sound(self.package.name, sheet.part):
            return unprefixed(self.package.read(sheet.part))


def open_book(data: bytes, name: str) -> Book:
    """The workbook in these bytes; SourceRefused where they are none."""
    package = Package(data, name)
    part = next((found.target for found in relations(package, "") if found.kind == "officeDocument"), None)
    if part is None:
        raise SourceRefused("{name} is a zip, but no workbook: choose the .xlsx itself", name=name)
    root = tree(package, part)
    if root.tag != "workbook":
        raise SourceRefused("{name} is an Office file, but no workbook: choose the .xlsx itself", name=name)
    related = relations(package, part)
    settings = root.find("workbookPr")
    return Book(
        package,
        part,
        _sheets(root, {relation.id: relation for relation in related}),
        settings is not None and settings.get("date1904") in ("1", "true", "on"),
        root.get("conformance") == "strict" or _STRICT in package.read(part),
        tuple(_names(root)),
        tuple(related),
    )


def _sheets(root: ET.Element, related: dict[str, Relation]) -> tuple[SheetName, ...]:
    """The worksheets in the order of their tabs; charts and dialogs that fill a tab hold no cells."""
    found = []
    for place, element in enumerate(root.iter("sheet")):
        relation = related.get(attribute(element, "id") or "")
        if relation is not None and relation.kind == "worksheet":
            is_hidden = element.get("state", "visible") != "visible"
            found.append(SheetName(element.get("name", ""), relation.target, is_hidden, place))
    return tuple(found)


def _names(root: ET.Element) -> list[tuple[str, str, int | None]]:
    found = []
    for element in root.iter("definedName"):
        owner = element.get("localSheetId")
        found.append((element.get("name", ""), element.text or "", int(owner) if owner and owner.isdigit() else None))
    return found
