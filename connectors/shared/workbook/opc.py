"""Which part of a workbook does a relationship point to?"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from connectors.shared.workbook.package import Package, sound
from connectors.shared.workbook.strings import utf8


@dataclass(frozen=True, slots=True)
class Relation:
    """kind: the last word of its type (`worksheet`, `table`, …), the same in transitional and strict files."""

    id: str
    kind: str
    target: str
    is_outside: bool = False


def tree(package: Package, part: str) -> ET.Element:
    """A small part as a tree, names without namespaces; SourceRefused where it is no XML."""
    with sound(package.name, part):
        data = utf8(package.read(part))
        if b"<!DOCTYPE" in data:  # never in a workbook (ECMA-376 part 1, 11.3); the way entity bombs come in
            raise ValueError("document type")
        try:
            root = ET.fromstring(data)  # noqa: S314  no document type, so no entities
        except ET.ParseError as error:
            raise ValueError(str(error)) from error
    for element in root.iter():
        element.tag = local(element.tag)
    return root


def local(name: str) -> str:
    return name.rpartition("}")[2]


def attribute(element: ET.Element, name: str) -> str | None:
    """An attribute by its local name, whatever namespace it stands in (r:id differs between the two dialects)."""
    for key, value in element.attrib.items():
        if local(key) == name:
            return value
    return None


def relations(package: Package, part: str) -> list[Relation]:
    """What a part points to, targets as part names; empty where it has no relationships. `part` "": the package."""
    folder, where = part.rpartition("/")[0], rels_of(part)
    if where not in package:
        return []
    found = []
    for element in tree(package, where).iter("Relationship"):
        target = element.get("Target", "")
        is_outside = element.get("TargetMode") == "External"
        if not is_outside:
            target = resolved(folder, target)
        kind = element.get("Type", "").rpartition("/")[2]
        found.append(Relation(element.get("Id", ""), kind, target, is_outside))
    return found


def rels_of(part: str) -> str:
    """The part that holds a part's relationships."""
    folder, _, name = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")


def resolved(folder: str, target: str) -> str:
    """A target as a part name: relative to the folder, or absolute as WPS and some libraries write it."""
    target = unquote(target.replace("\\", "/"))
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target))
