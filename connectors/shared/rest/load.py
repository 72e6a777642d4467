"""How is a specification read, with the line of every mistake, and where is one found?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from connectors.contract import Said, say
from connectors.settings import Faults, Keyed, Leaf, Listed, Node, Rules, Tree, Way, fit, meant, read
from connectors.shared.rest.model import Ask, Specification
from connectors.shared.rest.slots import GROUPS, PLAIN, SLOT, slots_in
from connectors.shared.rest.values import Wrongly, reader, writer

TEMPLATES: Final = Path(__file__).parent / "templates"
_ENDINGS: Final = (".yaml", ".yml")
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None, "~": None}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A specification and the options that it names. file: how messages call it."""

    file: str
    words: Specification
    options: tuple[str, ...]
    secrets: tuple[str, ...]


def shipped() -> tuple[str, ...]:
    """The names of the specifications that come with Offbook."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob("*.yaml")))


def load(name: str, folder: Path) -> Loaded:
    """The specification beside offbook.yaml, or a shipped one by its bare name. Raises WrongFiles with every mistake."""
    path = folder / name
    if not path.is_file() and name in shipped():
        path = TEMPLATES / f"{name}.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _loaded(path, name, stamp)


@lru_cache(maxsize=32)
def _loaded(path: Path, name: str, stamp: int) -> Loaded:
    """stamp: a file that was saved again is read again."""
    del stamp
    faults = Faults()
    if not path.is_file():
        faults.add(name, 0, "", _missing(name))
        faults.stop()
    tree = read(path, name, faults, Rules(empty=lambda _: None, ids=lambda _: True))
    words = None
    if tree is not None:
        words = fit(Specification, tree, faults, value=typed(tree.root))
        _check_slots(tree, faults)
    if words is not None and tree is not None and not len(faults):
        _check_sense(words, tree, faults)
    faults.stop()
    assert words is not None
    assert tree is not None
    named = sorted(set(slots_in(typed(tree.root))))
    return Loaded(name, words, _under("opt.", named), _under("secret.", named))


def _under(group: str, named: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(group) for name in named if name.startswith(group))


def _missing(name: str) -> Said:
    if name.endswith(_ENDINGS):
        return say("there is no such file beside offbook.yaml")
    return meant(
        lambda near: say("no specification of this name is shipped; did you mean `{near}`?", near=near),
        lambda every: say("no specification of this name is shipped; write a file's name, or one of: {every}", every=every),
        name,
        shipped(),
    )  # fmt: skip


def typed(node: Node) -> Any:
    """Texts, and what is not in quotes as YAML 1.2 means it: true, false, null and numbers."""
    if isinstance(node, Listed):
        return [typed(one) for one in node.items]
    if isinstance(node, Keyed):
        return {key: typed(entry.value) for key, entry in node.entries.items()}
    text = node.text or ""
    if node.quoted or not text:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return _number(text)


def _number(text: str) -> str | int | Decimal:
    plain = text[1:] if text[0] == "-" else text
    if not plain[:1].isdigit() or not text.isascii() or (len(plain) > 1 and plain[0] == "0" and plain[1].isdigit()):
        return text
    try:
        return int(text) if plain.isdigit() else Decimal(text)
    except InvalidOperation:
        return text


# ------------------------------------------------------------------------------ what no model can say


def _check_slots(tree: Tree, faults: Faults) -> None:
    for way, leaf in _leaves(tree.root, ()):
        for found in SLOT.finditer(leaf):
            group, point, _ = found[1].partition(".")
            if found[1] not in PLAIN and not (point and group in GROUPS):
                tree.fault(faults, way, _no_slot(found[1]))


def _no_slot(name: str) -> Said:
    known = [*sorted(PLAIN), "opt.x", "secret.x", "login.x", "call.x"]
    return meant(
        lambda near: say("there is no slot <{name}>; did you mean <{near}>?", name=name, near=near),
        lambda every: say("there is no slot <{name}>; there is: {every}", name=name, every=every),
        name,
        known,
    )


def _leaves(node: Node, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, Leaf):
        yield way, node.text or ""
    elif isinstance(node, Listed):
        for n, item in enumerate(node.items):
            yield from _leaves(item, (*way, n))
    else:
        for key, entry in node.entries.items():
            yield (*way, key), key
            yield from _leaves(entry.value, (*way, key))


def _check_sense(words: Specification, tree: Tree, faults: Faults) -> None:
    """Words that need others."""
    for way, told in _senseless(words):
        tree.fault(faults, way, told)


def _senseless(words: Specification) -> Iterator[tuple[Way, Said]]:
    for kind, rules in words.kinds.items():
        for side, shape, make in (("read", rules.read, reader), ("write", rules.write, writer)):
            try:
                make(kind, shape if side == "read" or shape != "same" else rules.read)
            except Wrongly as error:
                yield ("kinds", kind, side), error.said
    if not words.tables.declared and words.tables.request is None:
        yield ("tables",), say("say which tables there are: `declared`, or the `request` that lists them")
    if words.changes and words.changes.cursor == "time" and not words.changes.fields:
        yield ("changes",), say("a cursor of time needs `fields`: those that move with every edit")
    if words.get is not None and not (words.get.request or words.get.many):
        yield ("get",), say("say the `request` of one record, or `many`")
    if words.create is not None:
        for n, token in enumerate(words.create.token):
            if token.way in ("header", "query") and not (token.lasts and token.at):
                yield ("create", "token", n), say("say `at`, its name, and `lasts`, the seconds that it is remembered")
    update = words.update
    if update is not None and update.batch is not None and (update.send == "all" or update.check is not None):
        yield ("update", "batch"), say("`send: all` and `check` go with one record at a time; leave `batch` out")
    if words.rpc is None and any(ask.call is not None for ask in asks(words)):
        yield (), say("a `call` needs `rpc`: the url and the body that it is put into")


def asks(words: Specification) -> Iterator[Ask]:
    """Every request of a specification."""
    login = words.auth.login
    blocks = (words.tables, words.describe, words.listing, words.changes, words.get, words.find, words.create,
              words.update, words.archive, words.restore, words.delete, login, words.get and words.get.many)  # fmt: skip
    for block in blocks:
        if block is not None and block.request is not None:
            yield block.request
