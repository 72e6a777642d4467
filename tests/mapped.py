"""A converter from the text of a mapping file, as users write it, for tests of what mappings do to records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from connectors.contract import Capabilities, Field, Fields, Table
from mappings.convert import Canonical, Converter
from mappings.people import People
from sync.workspace import FILE, load
from tests.standins import StandIns

WORKSPACE = """
authority: [crm]
people:
  wang: {name: 王芳, also: [小王], email: wang@example.cn, in: {crm: 3}}
  li:   {name: 李雷, in: {crm: 5}}
  chen: {name: 陈刚, successor: li}
kinds:
  machine:
    fields: {name: text, serial: identifier, installed: date, grade: {type: choice, options: [a, b]}, colour: text}
    relations: {owned_by: organisation}
  organisation:
    fields: {machines: number, labels: {type: tags, many: true}}
sources:
  book: {connector: memory, store: book}
  crm: {connector: memory, store: crm}
jobs:
  look: {}
"""


def mapped(
    folder: Path,
    record: str,
    fields: Iterable[str | Field],
    *,
    table: str = "book",
    head: str = "",
    more: Sequence[str] = (),
    region: str = "CN",
    timezone: str = "Asia/Shanghai",
    also: Sequence[str] = (),
) -> Converter:
    """record: what stands under `record:`, indented by two. head: other keys of the file. more: further files."""
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / FILE).write_text(WORKSPACE, encoding="utf-8")
    for number, text in enumerate((f"table: {table}\n{head}\nrecord:\n{record}\n", *more)):
        (folder / "mappings" / f"{number}.yaml").write_text(text, encoding="utf-8")
    made = load(folder, StandIns())
    described = tuple(Field(one, one) if isinstance(one, str) else one for one in fields)
    return Converter(
        made.tables[table],
        Table(made.tables[table].at or "t", "t", described, Capabilities()),
        made.kinds,
        People(made.people),
        region=region,
        timezone=timezone,
        formal=made.sources[table.partition(".")[0]].formal,
        folder=folder,
        tables=made.tables,
        also=also,
    )


def read(converter: Converter, fields: Fields) -> dict[str, dict[str, Canonical]]:
    """Part → field → value, of the parts that the record has."""
    found = zip(converter.parts, converter.read(fields), strict=True)
    return {shape.name: dict(zip(shape.fields, values, strict=True)) for shape, values in found if values is not None}
