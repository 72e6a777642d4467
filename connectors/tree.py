"""How is a YAML file read without guessing, with the line of everything that is written in it? (CONFIG, "Reading")

YAML 1.2 in spirit: every scalar is the text that was typed, until a model wants something else. Anchors and `<<`
work. What is wrong but leaves the rest readable (a key twice, nothing behind a key) is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from connectors.broken import why_broken
from connectors.contract import Said, say
from connectors.faults import Faults
from connectors.secrets import in_full, is_reference, looks_random, looks_secret, names_secret, shown

MAX_BYTES = 2_000_000
MAX_NODES = 100_000
"""After aliases are followed: a few lines could otherwise stand for billions of values."""
MAX_DEPTH = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Way: TypeAlias = Sequence[str | int]
"""Keys and places in lists, from the top of a file."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar; `text` None where nothing is written. quoted: it stands in quotes, or in a block of text."""

    line: int
    text: str | None
    size: int = 1
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    line: int
    items: tuple[Node, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """`line` is the key's; `twice`: the lines on which the same key stands again."""

    line: int
    value: Node
    twice: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyed:
    line: int
    entries: Mapping[str, Entry]
    size: int


Node: TypeAlias = "Leaf | Listed | Keyed"


@dataclass(frozen=True, slots=True)
class Tree:
    """A file that could be read: its name for messages, its values and where they stand."""

    file: str
    root: Node

    def node(self, way: Way) -> Node | None:
        """What stands there, or None."""
        found = list(self._walk(way))
        return found[-1][1] if len(found) == len(way) else None

    def spot(self, way: Way) -> tuple[int, str]:
        """Line and `where` of the last part of the way that is written; steps the file does not know are skipped."""
        line, where = self.root.line, ""
        for label, node, key_line in self._walk(way):
            line = node.line if isinstance(node, Leaf) and node.text is not None else key_line
            where += label if not where or not label or label[0] == "[" else f".{label}"
        return line, where

    def fault(self, faults: Faults, way: Way, text: Said) -> None:
        line, where = self.spot(way)
        faults.add(self.file, line, where, text)

    def _walk(self, way: Way) -> Iterator[tuple[str, Node, int]]:
        node = self.root
        for step in way:
            if isinstance(node, Keyed) and isinstance(step, str) and step in node.entries:
                entry = node.entries[step]
                node = entry.value
                yield shown(step), node, entry.line
            elif isinstance(node, Listed) and isinstance(step, int) and step < len(node.items):
                label = f"[{step + 1}]" if len(node.items) > 1 else ""
                node = node.items[step]
                yield label, node, node.line


def plain(node: Node) -> Any:
    """dicts, lists and texts; "" where nothing is written."""
    if isinstance(node, Leaf):
        return node.text or ""
    if isinstance(node, Listed):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


# ------------------------------------------------------------------------------ reading


def read(path: Path, name: str, faults: Faults, rules: Rules | None = None) -> Tree | None:
    """The file as a tree, or None where it is not readable; what is wrong with it is in `faults`.

    name: how messages call the file. Nothing of its content is in a message but keys and short values.
    """
    text = _text(path, name, faults)
    return None if text is None else parse(text, name, faults, rules)


def parse(text: str, name: str, faults: Faults, rules: Rules | None = None) -> Tree | None:
    """`read` for text that is at hand."""
    reader = _Reader(text, name, faults)
    try:
        root = reader.document()
    except yaml.YAMLError as error:
        line, words = why_broken(error, text)
        told = say(
            "not readable as YAML: {why}; a value that starts with @ or contains `: ` or ` #` needs quotes", why=words
        )
        faults.add(name, line, "", told)
        return None
    if isinstance(root, Leaf):
        if "：" in (root.text or ""):
            faults.add(name, 1, "", say("a full-width colon ： stands where `: ` is meant"))
        else:
            faults.add(name, 1, "", say("keys and values are meant here, a line each: `key: value`"))
    if not isinstance(root, Listed | Keyed):
        return None
    tree = Tree(name, root)
    _sweep(tree, faults, rules or Rules())
    return tree


def _text(path: Path, name: str, faults: Faults) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        faults.add(
            name, 0, "", say("the file cannot be read ({reason})", reason=error.strerror or type(error).__name__)
        )
        return None
    if len(data) > MAX_BYTES:
        faults.add(
            name, 0, "", say("the file is larger than {size} MB; this is no settings file", size=MAX_BYTES // 10**6)
        )
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        faults.add(name, 1, "", say("the file is written in UTF-16; save it as UTF-8"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(name, line, "", _not_utf8(data))
        return None


def _not_utf8(data: bytes) -> Said:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return say("the file is not written in UTF-8; save it as UTF-8")
    return say("the file is not written in UTF-8, it looks like GBK; save it as UTF-8")


class _Reader:
    """Turns the parser's events into nodes; aliases share the node, so that a bomb costs nothing."""

    def __init__(self, text: str, file: str, faults: Faults) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._file, self._faults = file, faults
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()

    def document(self) -> Node | None:
        """The one document; None (and a fault) where there is none, more than one, or too much of it."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self._wrong(1, say("nothing is written in this file"))
            return None
        try:
            root = self._node(next(self._events), 0)
        except _TooMuch:
            return None
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._wrong(event.start_mark.line + 1, say("`---` begins a second file in this one; a file says one thing"))
            return None
        return root

    def _node(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise self._too_much(line, say("brackets or lines are nested deeper than {depth} times", depth=MAX_DEPTH))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), line)
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            self._wrong(line, say("words that begin with ! mean nothing here; take it out, or put the text in quotes"))
        if event.anchor:
            self._open.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.value == "" and not event.style
            node: Node = Leaf(line, None if nothing else event.value, quoted=bool(event.style))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._listed(line, depth)
        else:
            node = self._keyed(line, depth)
        if node.size > MAX_NODES:
            raise self._too_much(line, say("more than {count} values, aliases counted; write less", count=MAX_NODES))
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = node
        return node

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor in self._open:
            self._wrong(line, say("an anchor (&) cannot hold an alias (*) of itself"))
        elif anchor not in self._anchors:
            self._wrong(line, say("an alias (*) needs an anchor (&) of that name above it; quotes make it a text"))
        else:
            return self._anchors[anchor]
        return Leaf(line, "*")

    def _listed(self, line: int, depth: int) -> Listed:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Listed(line, tuple(items), 1 + sum(item.size for item in items))

    def _keyed(self, line: int, depth: int) -> Keyed:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key_line = event.start_mark.line + 1
            plain_key = isinstance(event, yaml.ScalarEvent) and not event.style
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Leaf) or key.text is None:
                self._wrong(key_line, say("a key is one word or text, and something stands before its colon"))
            elif plain_key and key.text == "<<":
                self._merge(merged, value, key_line)
            elif key.text in own:
                first = own[key.text]
                own[key.text] = replace(first, twice=(*first.twice, key_line))
            else:
                own[key.text] = Entry(key_line, value)
        entries = own | {key: entry for key, entry in merged.items() if key not in own}
        return Keyed(line, entries, 1 + sum(1 + entry.value.size for entry in entries.values()))

    def _merge(self, merged: dict[str, Entry], value: Node, line: int) -> None:
        """YAML's merge key: what is nearer wins, so a key that came from an earlier one stays."""
        for block in value.items if isinstance(value, Listed) else (value,):
            if isinstance(block, Keyed):
                for key, entry in block.entries.items():
                    merged.setdefault(key, entry)
            else:
                self._wrong(line, say("`<<` takes a block of keys that an anchor (&) names, or a list of them"))

    def _wrong(self, line: int, text: Said) -> None:
        self._faults.add(self._file, line, "", text)

    def _too_much(self, line: int, text: Said) -> _TooMuch:
        self._wrong(line, text)
        return _TooMuch()


class _TooMuch(Exception):
    """Never leaves this file."""


# ------------------------------------------------------------------------------ what is wrong wherever it stands


def _no_empty_text(_way: Way) -> Said | None:
    return say("an empty text means nothing here; write a value, or take the line out")


def _nowhere(_way: Way) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind of file allows.

    empty: None where "" is a value at that way, else what its message says. ids: where long random texts are ids.
    """

    empty: Callable[[Way], Said | None] = _no_empty_text
    ids: Callable[[Way], bool] = _nowhere


def _sweep(tree: Tree, faults: Faults, rules: Rules) -> None:
    """Nothing written, keys twice and secrets in full, at every use of a shared block (CONFIG §5: 4, 5, 9)."""
    found = list(_everything(tree.root, ()))
    for way, node in found:
        if isinstance(node, Leaf) and node.text and _names_one(way) and not is_reference(node.text):
            faults.secrets.update({node.text} if len(node.text) > 3 else ())
    for way, node in found:
        if isinstance(node, Keyed):
            _twice(tree, way, node, faults)
        elif isinstance(node, Leaf):
            _leaf(tree, way, node, faults, rules)


def _everything(node: Node, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    yield way, node
    if isinstance(node, Listed):
        for index, item in enumerate(node.items):
            yield from _everything(item, (*way, index))
    elif isinstance(node, Keyed):
        for key, entry in node.entries.items():
            yield from _everything(entry.value, (*way, key))


def _names_one(way: Way) -> bool:
    keys = [step for step in way if isinstance(step, str)]
    return bool(keys) and (names_secret(keys[-1]) or (keys[0] == "sources" and keys[-1].casefold() == "key"))


def _twice(tree: Tree, way: tuple[str | int, ...], node: Keyed, faults: Faults) -> None:
    for key, entry in node.entries.items():
        for line in entry.twice:
            _, where = tree.spot((*way, key))
            text = say("`{key}` is written twice; the first one would be lost, keep one", key=shown(key))
            faults.add(tree.file, line, where, text)


def _leaf(tree: Tree, way: tuple[str | int, ...], node: Leaf, faults: Faults, rules: Rules) -> None:
    if node.text is None:
        tree.fault(faults, way, say("nothing is written here; write a value, or take the line out"))
    elif node.text == "":
        if text := rules.empty(way):
            tree.fault(faults, way, text)
    elif looks_secret(node.text) or (looks_random(node.text) and not rules.ids(way)):
        tree.fault(faults, way, in_full())
