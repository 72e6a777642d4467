"""How does the contract suite reach behind the csv connector? With another reader and writer: the standard library's."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from connectors.contract import Connector, TableFacts, Value
from connectors.csv import SPEC
from tests.rig import FileRig


@dataclass(frozen=True)
class Style:
    """What a file looks like. key, token: headings of the key column and of our id column, "" without."""

    key: str = "编号"
    token: str = "offbook_id"
    has_token: bool = True
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    titles: tuple[str, ...] = ()
    headings: bool = True


KEYED = Style()
OURS = Style(key="", has_token=False)
KEYLESS = Style(key="", token="", encoding="gb18030", delimiter=";", titles=("客户表", ""))
BARE = Style(encoding="utf-16", delimiter="\t", newline="\n", quoting=csv.QUOTE_ALL, headings=False)


class CsvRig(FileRig):
    spec = SPEC
    table = "rows"
    cannot: ClassVar[Mapping[str, str]] = {
        **FileRig.cannot,
        "hide": "a column that vanished stops the table",
        "date_field": "everything is text",
        "datetime_field": "everything is text",
        "archive": "a file has no archive",
        "taste": "a file stores what is written",
        "choice_field": "everything is text",
        "lookup_field": "everything is text",
        "bad": "UTF-8 holds every letter",
    }

    def __init__(self, folder: Path, style: Style = KEYED) -> None:
        super().__init__()
        self.style, self.path = style, folder / "客户.csv"
        names = [style.key, "姓名", "电话", "备注", *([style.token] if style.has_token else [])]
        self.names = [name for name in names if name]
        self.field = {n: n if style.headings else f"@{chr(65 + at)}" for at, n in enumerate(self.names)}
        self.text = (self.field["姓名"], self.field["电话"], self.field["备注"])
        key, token = style.key, style.token
        self.facts = TableFacts(
            tuple(self.field.values()),
            self.field[key] if key else None,
            self.field.get(token, token) if token else None,
        )
        if style.encoding == "gb18030":
            self.cannot = {**self.cannot, "bad": "GB18030 holds every letter"}  # type: ignore[misc]
        self._count = 0
        self.write([])

    def options(self) -> Mapping[str, object]:
        said = {} if self.style.headings else {"headings": False, "delimiter": self.style.delimiter}
        return {"path": str(self.path), **said}

    # ---- the file, as somebody else reads and writes it

    def write(self, lines: list[dict[str, str]], names: list[str] | None = None) -> None:
        text = io.StringIO(newline="")
        style, names = self.style, names or self.names
        text.write("".join(f"{title}{style.newline}" for title in style.titles))
        writer = csv.writer(text, delimiter=style.delimiter, lineterminator=style.newline, quoting=style.quoting)  # type: ignore[arg-type]
        if style.headings:
            writer.writerow(names)
        writer.writerows([line.get(name, "") for name in names] for line in lines)
        self.path.write_bytes(text.getvalue().encode(style.encoding))

    def read(self) -> tuple[list[str], list[dict[str, str]]]:
        text = self.path.read_bytes().decode(self.style.encoding)
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=self.style.delimiter))
        found = found[len(self.style.titles) :]
        names = found.pop(0) if self.style.headings else self.names
        return names, [dict(zip(names, cells)) for cells in found if any(cells)]

    def place(self, at: int) -> str:
        return f"#{at + 1 + len(self.style.titles) + self.style.headings}"

    def key_of(self, at: int, line: Mapping[str, str]) -> str:
        return line.get(self.style.key, "") or line.get(self.style.token, "") or self.place(at)

    def _at(self, key: str) -> int:
        _, lines = self.read()
        return next(at for at, line in enumerate(lines) if self.key_of(at, line) == key)

    def _typed(self, values: Mapping[str, Value]) -> dict[str, str]:
        back = {field: name for name, field in self.field.items()}
        return {back[field]: str(value or "") for field, value in values.items()}

    # ---- people

    def add(self, values: Mapping[str, Value]) -> str:
        self._count += 1
        return self.add_keyless(
            {**({self.field[self.style.key]: f"k{self._count}"} if self.style.key else {}), **values}
        )

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        names, lines = self.read()
        lines.append(self._typed(values))
        self.write(lines, names)
        return self.key_of(len(lines) - 1, lines[-1])

    def fill(self, count: int) -> None:
        names, lines = self.read()
        for number in range(count):
            lines.append({"姓名": f"record {number}", **({self.style.key: f"f{number}"} if self.style.key else {})})
        self.write(lines, names)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        names, lines = self.read()
        lines[self._at(key)].update(self._typed(values))
        self.write(lines, names)

    def remove(self, key: str) -> None:
        names, lines = self.read()
        del lines[self._at(key)]
        self.write(lines, names)

    def rows(self) -> list[Mapping[str, Value]]:
        _, lines = self.read()
        return [{field: line.get(name) or None for name, field in self.field.items()} for line in lines]

    # ---- trouble

    def cut_pull(self) -> None:
        content = self.path.read_bytes().decode(self.style.encoding)
        self.path.write_bytes((content + '"cut').encode(self.style.encoding))

    def damage(self, key: str) -> str:
        """Bytes of no letter: a lone half of a pair in UTF-16, 0xFF else."""
        self.edit(key, {self.text[2]: "BROKEN"})
        wide = self.style.encoding == "utf-16"
        whole = "BROKEN".encode("utf-16-le" if wide else self.style.encoding)
        self.path.write_bytes(self.path.read_bytes().replace(whole, b"\x00\xd8" if wide else b"\xff\xff"))
        return self.text[2]

    def other_scope(self) -> Connector:
        facts, self.facts = (
            self.facts,
            TableFacts(self.facts.fields, self.facts.key, self.facts.token, where={self.text[0]: "y"}),
        )
        opened = self.open()
        self.facts = facts
        return opened

    def add_twice(self, values: Mapping[str, Value]) -> str:
        column = self.style.key or self.style.token
        if column not in self.read()[0]:
            names, lines = self.read()
            self.write(lines, [*names, column])
        for note in (None, "another"):
            names, lines = self.read()
            lines.append({**self._typed({self.text[2]: note, **values}), column: "twice"})
            self.write(lines, names)
        return "twice"

    def shuffle(self) -> None:
        names, lines = self.read()
        self.write(sorted(lines, key=lambda line: line["姓名"], reverse=True), names)

    def copy_row(self, key: str) -> None:
        names, lines = self.read()
        self.write([lines[self._at(key)], *lines], names)
