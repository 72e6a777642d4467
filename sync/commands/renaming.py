"""How does a source get another name, with its links kept? (`sources rename`)

The name stands in offbook.yaml, mappings and people files, and in the ledger. The files are changed word by word, so
that comments and order stay; what the changed files mean is compared with what was meant before anything is written.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError
from connectors.settings import Faults, Keyed, Leaf, Listed, Node, Tree, parse, plain
from sync.config.model import Workspace
from sync.ledger import looks
from sync.ledger.lease import take
from sync.ledger.store import Ledger, open_ledger
from sync.workspace import FILE, ledger_place

_NAME: Final = re.compile(r"[^\W\d][\w-]{0,63}")


@dataclass(slots=True)
class Renamed:
    """changed: file → lines that were changed. by_hand: lines that a person must change, as they could not be told apart."""

    old: str
    new: str
    in_ledger: bool
    changed: dict[str, list[int]] = field(default_factory=dict)
    by_hand: dict[str, list[int]] = field(default_factory=dict)


def rename_in(workspace: Workspace, old: str, new: str) -> Renamed:
    """`rename` with the workspace's ledger, where there is one."""
    where = ledger_place(workspace)
    if "://" not in where and not (workspace.folder / where).expanduser().exists():
        return rename(workspace, None, old, new)
    with contextlib.closing(open_ledger(where, workspace.folder, create=False)) as ledger:
        lease = take(ledger, what="sources rename")
        try:
            return rename(workspace, ledger, old, new)
        finally:
            lease.release()


def rename(workspace: Workspace, ledger: Ledger | None, old: str, new: str) -> Renamed:
    """Renames a source in the files and in the ledger. Raises ConfigError; then nothing was changed."""
    known = list(workspace.sources)
    if new in known:
        raise ConfigError("there is a source called `{name}` already", name=new)
    if not _NAME.fullmatch(new):
        raise ConfigError(
            "`{name}` cannot be a name; it begins with a letter and has letters, digits, _ and - only", name=new
        )
    in_ledger = ledger is not None and _in_ledger(ledger, old)
    if old not in known and not in_ledger:
        raise ConfigError("no source is called `{name}`; there is: {known}", name=old, known=", ".join(known))
    done = Renamed(old, new, in_ledger)
    if old in known:
        fresh = dict(_rewritten(workspace.folder, done))
        if not done.by_hand:
            for path, text in fresh.items():
                _replace(path, text)
    if in_ledger and ledger is not None and not done.by_hand:
        with ledger.transaction() as c:
            looks.rename_source(ledger, c, old, new)
    return done


def _in_ledger(ledger: Ledger, name: str) -> bool:
    with ledger.transaction() as c:
        return name in looks.source_names(ledger, c)


# ------------------------------------------------------------------------------ the files


def _rewritten(folder: Path, done: Renamed) -> Iterator[tuple[Path, str]]:
    """Each file that names the source, with the name changed; files that could not be changed safely are in `by_hand`."""
    files = [folder / FILE, *sorted((folder / "mappings").glob("*.y*ml")), *_people(folder)]
    for path in files:
        text = path.read_bytes().decode()  # its line ends and byte order mark stay
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".csv":
            lines, fresh = [1] if _csv_names(text, done.old) else [], _csv_renamed(text, done.old, done.new)
        else:
            tree = parse(text, name, Faults())
            if tree is None:
                continue
            spots = sorted(_spots(tree.root, done.old, _role(path)))
            lines, fresh = sorted(set(spots)), _renamed(text, spots, done.old, done.new)
            if lines and not _means_the_same(tree, fresh, name, done.old, done.new, _role(path)):
                done.by_hand[name] = lines
                continue
        if lines:
            done.changed[name] = lines
            yield path, fresh


def _role(path: Path) -> str:
    if path.name == FILE:
        return "workspace"
    return "mapping" if path.parent.name == "mappings" else "people"


def _people(folder: Path) -> Iterator[Path]:
    tree = parse((folder / FILE).read_text(encoding="utf-8-sig"), FILE, Faults())
    node = tree.node(("people",)) if tree else None
    if isinstance(node, Leaf) and node.text and (folder / node.text).is_file():
        yield folder / node.text


def _spots(node: Node, old: str, role: str) -> Iterator[int]:
    """Lines on which the source is named, once for each time."""
    for way, text, line, is_key in _texts(node, ()):
        if _names(way, text, old, role, is_key=is_key):
            yield line


def _texts(node: Node, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, int, bool]]:
    """(the keys above, the text, its line, whether it is a key) of everything that is written."""
    if isinstance(node, Keyed):
        for key, entry in node.entries.items():
            yield way, key, entry.line, True
            yield from _texts(entry.value, (*way, key))
    elif isinstance(node, Listed):
        for item in node.items:
            yield from _texts(item, way)
    elif node.text is not None:
        yield way, node.text, node.line, False


def _names(way: tuple[str, ...], text: str, old: str, role: str, *, is_key: bool) -> bool:
    """Whether this text is the name of the source (or of one of its tables), by where it stands."""
    if text != old and not text.startswith(f"{old}."):
        return False
    if role == "mapping":
        return not is_key and bool(way) and way[-1] in ("table", "ref")
    if is_key:
        return (
            way == ("sources",) or way[-1:] == ("in",) or (len(way) == 3 and way[0] == "jobs" and way[2] == "create_in")
        )
    if way[:1] == ("jobs",):
        return len(way) == 3 and way[2] in ("pull", "push", "create_in")
    return way[-1:] == ("authority",)


def _renamed(text: str, lines: list[int], old: str, new: str) -> str:
    """The text with the name changed on these lines: as often on each as it is meant there."""
    rows = text.split("\n")
    word = re.compile(rf"(?<![\w.-]){re.escape(old)}(?![\w-])")
    for line in set(lines):
        row, hash_, comment = rows[line - 1].partition(" #")
        rows[line - 1] = word.sub(lambda _: new, row, count=lines.count(line)) + hash_ + comment
    return "\n".join(rows)


def _means_the_same(tree: Tree, fresh: str, name: str, old: str, new: str, role: str) -> bool:
    changed = parse(fresh, name, Faults())
    return changed is not None and plain(changed.root) == _expected(plain(tree.root), (), old, new, role)


def _expected(value: Any, way: tuple[str, ...], old: str, new: str, role: str) -> Any:
    if isinstance(value, Mapping):
        return {
            _put(key, old, new) if _names(way, key, old, role, is_key=True) else key:
            _expected(one, (*way, key), old, new, role)
            for key, one in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_expected(one, way, old, new, role) for one in value]
    return _put(value, old, new) if _names(way, value, old, role, is_key=False) else value


def _put(text: str, old: str, new: str) -> str:
    return new + text[len(old) :]


def _csv_names(text: str, old: str) -> bool:
    return old in [one.strip().strip('"') for one in text.split("\n", 1)[0].rstrip("\r").split(",")]


def _csv_renamed(text: str, old: str, new: str) -> str:
    head, line, rest = text.partition("\n")
    word = re.compile(rf'(^|,)(\s*"?){re.escape(old)}("?\s*)(?=,|\r|$)')
    return word.sub(lambda m: f"{m[1]}{m[2]}{new}{m[3]}", head) + line + rest


def _replace(path: Path, text: str) -> None:
    """A new file beside, then one rename."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


__all__ = ["Renamed", "rename", "rename_in"]
