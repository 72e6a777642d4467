"""Which pages are made from the code, and what do they say? `python docs/make.py` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from connectors import registry  # noqa: E402 - the repository must be found first, whatever the current folder is
from connectors.contract import Capabilities, Check, Identity, Listing, Op, Repeat, say  # noqa: E402
from connectors.shared.rest import jsonschema  # noqa: E402
from docs.commandpages import cell, page  # noqa: E402
from mappings.kinds import FieldDef, Kind, built_in  # noqa: E402
from sync.config.jsonschema import texts  # noqa: E402
from sync.messages import translate  # noqa: E402
from sync.messages.names import OPS, word  # noqa: E402


def made(root: Path) -> dict[str, str]:
    """Path in the repository → text of every page that is made. root: where the decisions are read from."""
    return {
        "docs/commands.md": page("en"),
        "docs/zh/commands.md": page("zh"),
        "docs/connectors/index.md": _page(_connectors()),
        "docs/fields.md": _page(_fields()),
        "docs/decisions/README.md": _page(_decisions(root)),
        **{f"docs/schema/{name}": text for name, text in texts().items()},
        "docs/schema/rest.schema.json": jsonschema.text(),
    }


def write(root: Path = ROOT) -> list[str]:
    """Writes what is not as it should be, and names it."""
    changed = []
    for name, text in made(root).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


def _page(lines: Iterator[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell(one) or "–" for one in cells) + " |"


# ------------------------------------------------------------------------------ connectors

_KEYS: Final = {
    Identity.NATIVE: "the system's own",
    Identity.CELL: "a column (`key`, `offbook_id`, a UID); without one records are told apart by what they say",
    Identity.NONE: "none: records are told apart by what they say",
}
_LISTING: Final = {
    Listing.COMPLETE: "a complete listing",
    Listing.DRIFTING: "two complete listings, or asking for each",
    Listing.PARTIAL: "never",
}
_CHECK: Final = {
    Check.NONE: "nothing: read again directly before",
    Check.FIELDS: "the fields that are written",
    Check.RECORD: "the whole record",
}
_REPEAT: Final = {Repeat.NOTHING: "asking a person", Repeat.FIND: "looking for our id", Repeat.CHOSEN: "our id in it"}


def _connectors() -> Iterator[str]:
    """What each can do at best, as its own capabilities say."""
    yield from (
        "# Connectors",
        "",
        "Made from the connectors' own capabilities by `python docs/make.py`: what the best table of",
    )
    yield from ("each system can do with every right. A certain table may do less; `offbook check` says so.", "")
    yield from (_row("connector", "system", "can", "needs"), _row(*["---"] * 4))
    specs = {name: registry.spec(name) for name in sorted(registry.KNOWN)}
    for name, spec in specs.items():
        can = ", ".join([translate(say("read"), "en"), *(word(OPS, op, "en") for op in Op if op in spec.best.ops)])
        extra = f'`pip install "offbook[{spec.extra}]"`' if spec.extra else ""
        yield _row(_link(name), spec.title, can, extra)
    yield from ("", "## How safely", "")
    heads = (
        "connector",
        "key",
        "gone when missing from",
        "checked in the same step as the write",
        "never created twice by",
    )
    yield from (_row(*heads, "records in one step"), _row(*["---"] * 6))
    for name, spec in specs.items():
        yield _row(_link(name), *_safety(spec.best))
    yield from ("", "## How quickly", "")
    yield from (_row("connector", "reads only what changed", "tells what was removed", "at most"), _row(*["---"] * 4))
    for name, spec in specs.items():
        paces = ", ".join(f"{p.units:,} {p.of} in {p.seconds:g} s" for p in spec.best.paces)
        yield _row(_link(name), _yes(spec.best.changes), _yes(spec.best.deletions), paces or "no limit")
    yield from ("", "Writing one for another system: [the contract](contract.md).")


def _link(name: str) -> str:
    return f"[{name}]({name}.md)"


def _yes(said: bool) -> str:  # noqa: FBT001 - a word for a flag
    return "yes" if said else "no"


def _safety(can: Capabilities) -> tuple[str, ...]:
    batch = can.batch.get(Op.UPDATE, 1)
    checked = _CHECK[can.checks.get(Op.UPDATE, Check.NONE)]
    return (
        _KEYS[can.identity],
        _LISTING[can.listing],
        checked,
        _REPEAT[can.repeat],
        f"{batch:,}" if batch else "the file",
    )


# ------------------------------------------------------------------------------ kinds and fields


def _fields() -> Iterator[str]:
    yield from (
        "# Kinds and fields",
        "",
        "What mappings may name, made from the code by `python docs/make.py`. More are declared under",
    )
    yield from ("[`kinds`](workspace.md#kinds).", "")
    for kind in built_in().values():
        yield from (f"## {kind.name}", "", *_told(kind), "")
        yield from (_row("field", "type", "goes with", "of its own"), _row(*["---"] * 4))
        for one in kind.fields.values():
            type_ = f"→ {one.relation}" if one.relation else one.type
            yield _row(f"`{one.name}`", f"{type_}{' (several)' if one.many else ''}", one.group, ", ".join(_own(one)))
        yield ""


def _told(kind: Kind) -> Iterator[str]:
    exists = ", ".join(f"`{name}`" for name in kind.exists)
    yield (
        f"A part exists when one of these is filled: {exists}." if exists else "A part exists when any field is filled."
    )
    if kind.names:
        names = ", ".join(f"`{name}`" for name in kind.names)
        yield f"What names it, so that a change may mean another one: {names}."


def _own(one: FieldDef) -> Iterator[str]:
    if one.bookkeeping:
        yield "read for show and for `newest` only"
    if one.derived:
        yield "worked out from the name"
    if one.sensitive:
        yield "masked"
    if not one.survive:
        yield "asks"


# ------------------------------------------------------------------------------ decisions


def _decisions(root: Path) -> Iterator[str]:
    yield from (
        "# Decisions",
        "",
        "One page each: what was decided where the design is silent or is departed from, and why.",
        "",
    )
    for path in sorted((root / "docs/decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        yield f"- [{path.stem[:4]}]({path.name}) {title.removeprefix(path.stem[:4]).lstrip(' .:–-')}"


if __name__ == "__main__":
    sys.stdout.writelines(f"written: {name}\n" for name in write())
