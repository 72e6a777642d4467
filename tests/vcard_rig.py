"""How does the contract suite reach behind the vcard connector? With a small reader and writer of its own."""

from __future__ import annotations

import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from connectors.contract import Connector, TableFacts, Value
from connectors.vcard import SPEC
from tests.rig import FileRig

TEXT = ("FN", "TITLE", "NOTE")


@dataclass(frozen=True)
class Style:
    """What a file looks like. uid: whether cards have one; key: a property that people keep; token: named for our id."""

    version: str = "3.0"
    uid: bool = True
    key: str = ""
    token: str = ""
    newline: str = "\r\n"


MODERN = Style()
OLD = Style(version="2.1", key="X-CUSTOMER-NO", uid=False, newline="\n")
KEYLESS = Style(version="4.0", uid=False)
OURS = Style(uid=False, token="X-OFFBOOK-ID")


class VcardRig(FileRig):
    spec = SPEC
    table = "contacts"
    text = TEXT
    cannot: ClassVar[Mapping[str, str]] = {
        **FileRig.cannot,
        "hide": "a property that nobody has is empty, not hidden",
        "datetime_field": "a vCard holds no moments that customers have",
        "archive": "a file has no archive",
        "taste": "a file stores what is written",
        "choice_field": "everything is text",
        "lookup_field": "everything is text",
    }

    def __init__(self, folder: Path, style: Style = MODERN) -> None:
        super().__init__()
        self.style, self.path, self._count = style, folder / "li.vcf", 0
        self.crowd = VcardRig.crowd if style is MODERN else 1_201  # ten thousand cards are read once
        names = (*TEXT, "BDAY", "UID", *([style.key] if style.key else []))
        self.facts = TableFacts(names, style.key or None, style.token or None)
        self.write([])

    @property
    def base(self) -> Mapping[str, Value]:  # type: ignore[override]
        self._count += 1
        return {self.style.key: f"new{self._count}"} if self.style.key else {}

    def options(self) -> Mapping[str, object]:
        return {"path": str(self.path)}

    # ---- the file, as a phone reads and writes it

    def write(self, cards: list[dict[str, str]]) -> None:
        lines: list[str] = []
        for card in cards:
            lines += ["BEGIN:VCARD", f"VERSION:{self.style.version}"]
            lines += [self._line(name, value) for name, value in card.items() if value]
            lines += ["X-UNKNOWN;KEEP=1:as it is", "END:VCARD"]
        self.path.write_bytes("".join(line + self.style.newline for line in lines).encode())

    def _line(self, name: str, value: str) -> str:
        if self.style.version == "2.1":
            if value.isascii() and value.isprintable() and "=" not in value:
                return f"{name}:" + value.replace("\\", "\\\\")
            quoted = quopri.encodestring(value.replace("\\", "\\\\").replace("\n", "\r\n").encode(), quotetabs=True)
            flat = (
                quoted.decode().replace("=\n", "").replace("\r\n", "=0D=0A").replace("\n", "=0D=0A").replace("\r", "")
            )
            return f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{flat}"
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
        return f"{name}:{escaped}"

    def read(self) -> list[dict[str, str]]:
        text = self.path.read_bytes().decode()
        text = re.sub(r"\r?\n ", "", text)
        text = re.sub(r"=\r?\n", "", text) if self.style.version == "2.1" else text
        cards: list[dict[str, str]] = []
        for line in text.splitlines() if self.style.version != "2.1" else re.split(r"\r?\n", text):
            head, _, value = line.partition(":")
            name, _, params = head.partition(";")
            if line == "BEGIN:VCARD":
                cards.append({})
            elif name in (*TEXT, "BDAY", "UID", "X-CUSTOMER-NO", "X-OFFBOOK-ID"):
                cards[-1][name] = self._value(value, params)
        return cards

    def _value(self, value: str, params: str) -> str:
        if "QUOTED-PRINTABLE" in params:
            value = quopri.decodestring(value.encode()).decode().replace("\r\n", "\n")
            return value.replace("\\\\", "\\")
        if self.style.version == "2.1":
            return value.replace("\\\\", "\\")
        return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)

    def key_of(self, at: int, card: Mapping[str, str]) -> str:
        name = self.style.key or ("UID" if self.style.uid else self.style.token)
        return card.get(name) or f"#{at + 1}"

    def _at(self, key: str) -> int:
        return next(at for at, card in enumerate(self.read()) if self.key_of(at, card) == key)

    # ---- people

    def add(self, values: Mapping[str, Value]) -> str:
        self._count += 1
        named = {"UID": f"u{self._count}"} if self.style.uid else {}
        return self.add_keyless({**({self.style.key: f"k{self._count}"} if self.style.key else named), **values})

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        cards = [*self.read(), {name: str(value or "") for name, value in values.items()}]
        self.write(cards)
        return self.key_of(len(cards) - 1, cards[-1])

    def fill(self, count: int) -> None:
        cards = self.read()
        for number in range(count):
            self._count += 1
            key = {self.style.key: f"k{self._count}"} if self.style.key else {}
            cards.append({"FN": f"record {number}", **key, **({"UID": f"u{self._count}"} if self.style.uid else {})})
        self.write(cards)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        cards = self.read()
        cards[self._at(key)].update({name: str(value or "") for name, value in values.items()})
        self.write(cards)

    def remove(self, key: str) -> None:
        cards = self.read()
        del cards[self._at(key)]
        self.write(cards)

    def rows(self) -> list[Mapping[str, Value]]:
        return [{name: card.get(name) or None for name in self.facts.fields} for card in self.read()]

    # ---- trouble

    def date_field(self) -> str:
        return "BDAY"

    def cut_pull(self) -> None:
        """The file is still being copied: it ends in the middle of a card."""
        content = self.path.read_bytes()
        self.path.write_bytes(content[: content.rindex(b"X-UNKNOWN")])

    def damage(self, key: str) -> str:
        self.edit(key, {"NOTE": "BROKEN"})
        self.path.write_bytes(self.path.read_bytes().replace(b"NOTE:BROKEN", b"NOTE;CHARSET=UTF-8:\xff\xff\xff"))
        return "NOTE"

    def bad(self) -> tuple[str, Value]:
        return "UID", "another"

    def other_scope(self) -> Connector:
        kept, self.facts = (
            self.facts,
            TableFacts(self.facts.fields, self.facts.key, self.facts.token, (), {"TITLE": "A"}),
        )
        try:
            return self.open()
        finally:
            self.facts = kept

    def add_twice(self, values: Mapping[str, Value]) -> str:
        named = {self.style.key or ("UID" if self.style.uid else self.style.token): "twice"}
        self.add_keyless({**named, **values})
        return self.add_keyless({**named, **values, "NOTE": "another"})

    def copy_row(self, key: str) -> None:
        cards = self.read()
        self.write([*cards, dict(cards[self._at(key)])])

    def shuffle(self) -> None:
        self.write(sorted(self.read(), key=lambda card: card.get("FN", ""), reverse=True))
