"""Which pages are made from the code, and what do they say? `python docs/make.py` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from connectors.shared.rest import jsonschema  # noqa: E402 - the repository must be found first, whatever the current folder is
from docs.commandpages import page  # noqa: E402
from docs.connectorpages import connectors, row  # noqa: E402
from mappings.kinds import FieldDef, Kind, built_in  # noqa: E402
from sync.config.jsonschema import texts  # noqa: E402


def made(root: Path) -> dict[str, str]:
    """Path in the repository → text of every page that is made. root: where the decisions are read from."""
    return {
        "docs/commands.md": page("en"),
        "docs/zh/commands.md": page("zh"),
        "docs/connectors/index.md": _page(connectors("en")),
        "docs/zh/connectors/index.md": _page(connectors("zh")),
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
        yield from (row("field", "type", "goes with", "of its own"), row(*["---"] * 4))
        for one in kind.fields.values():
            type_ = f"→ {one.relation}" if one.relation else one.type
            yield row(f"`{one.name}`", f"{type_}{' (several)' if one.many else ''}", one.group, ", ".join(_own(one)))
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
