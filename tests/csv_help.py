"""How do the tests of the csv connector open, pull and write a file?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.contract import (
    Change,
    Connector,
    Context,
    Op,
    Query,
    Receipt,
    Record,
    TableFacts,
    Value,
)
from connectors.csv import SPEC
from connectors.vault import MemoryVault
from tests.contract_help import Pulled
from tests.rig import CountingGate

BOOK = "公司,联系人,电话\r\n宇润,张三,138\r\n华强,李四,139\r\n"
FACTS = TableFacts(("公司", "联系人", "电话"))
KEYED = TableFacts(("公司", "联系人", "电话"), key="公司")
OURS = TableFacts(("公司", "联系人", "电话"), token="offbook_id")


def opened(path: Path, facts: TableFacts = FACTS, **options: Any) -> Connector:
    told = SPEC.options.model_validate({"path": path.name, **options})
    context = Context(CountingGate(), MemoryVault(), {"": facts}, folder=str(path.parent))
    return SPEC.connect(told, context)


def pulled(connector: Connector, facts: TableFacts = FACTS, **more: Any) -> Pulled:
    return Pulled(tuple(connector.pull(Query("rows", facts.fields, **more))))


def read(path: Path, content: str | bytes, facts: TableFacts = FACTS, **options: Any) -> list[dict[str, Value]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = pulled(opened(path, facts, **options), facts)
    assert found.end.complete, found.end.why
    return [dict(record.fields) for record in found.records]


def change(record: Record, after: Mapping[str, Value]) -> Change:
    before = {name: record.fields.get(name) for name in after}
    return Change(f"u{record.key}", Op.UPDATE, record.key, after, before, record.version)


def write(connector: Connector, *changes: Change) -> list[Receipt]:
    return list(connector.write("rows", changes))


def update(path: Path, at: int, after: Mapping[str, Value], facts: TableFacts = FACTS, **options: Any) -> Receipt:
    connector = opened(path, facts, **options)
    (receipt,) = write(connector, change(pulled(connector, facts).records[at], after))
    return receipt


def create(path: Path, after: Mapping[str, Value], facts: TableFacts = FACTS, token: str = "t" * 15) -> Receipt:
    (receipt,) = write(opened(path, facts), Change("c", Op.CREATE, after=after, token=token))
    return receipt


def text(path: Path, encoding: str = "utf-8") -> str:
    return path.read_bytes().decode(encoding)


WANG = {"公司": "宇润", "联系人": "张三", "电话": "138"}
