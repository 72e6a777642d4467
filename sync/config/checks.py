"""May each source receive what it is meant to, and only that? (CONFIG §5, 18 and 19; RULES R8)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.contract import say
from connectors.settings import Faults, Tree, shown
from mappings.draft import Draft
from mappings.types.cleaning import clean
from sync.config.conditions import shown_field
from sync.config.model import Workspace
from sync.config.sources import Source


def check_receivers(
    sources: Mapping[str, Source], drafts: Sequence[Draft], customer: str, tree: Tree, faults: Faults
) -> None:
    """A field that an `only` names comes from elsewhere, and from somewhere; a mark has a column of its own."""
    somebody = any(source.belongs_to or source.holder for source in sources.values())
    for source in sources.values():
        own = [draft for draft in drafts if draft.table.source == source.name]
        others = [draft for draft in drafts if draft.table.source != source.name]
        for kind, field in sorted(source.only.fields()):
            _never_from_there(source, own, (kind, field), customer, faults)
            known = any(True for _ in _readers(others, kind, field))
            if own and not known and not (field == "owner" and somebody):
                text = say(
                    "no source but this one says what {field} is, so `{source}` would receive nothing;"
                    " map it in another source",
                    field=f"{kind}.{field}",
                    source=source.name,
                )
                tree.fault(faults, ("sources", source.name, "only", shown_field(kind, field, customer)), text)
        _mark_is_free(source, own, faults)


def open_to_all(workspace: Workspace) -> tuple[Source, ...]:
    """Off-book sources that some job writes and that say neither whose they are nor what they may receive.

    Everybody who can type there can make them show a customer of a colleague: `offbook check` warns.
    """
    pushed = {workspace.tables[table].source for job in workspace.jobs.values() for table in job.push}
    return tuple(
        source
        for source in workspace.sources.values()
        if source.name in pushed and not source.formal and not source.only.conditions and not source.belongs_to
    )


def _readers(drafts: Sequence[Draft], kind: str, field: str) -> Iterator[tuple[Draft, tuple[str | int, ...]]]:
    """Where the field of that kind is read."""
    for draft in drafts:
        for part in draft.parts:
            for name, place, way in part.places():
                if part.kind.name == kind and field in (name, name.partition(".")[0]) and place.reads:
                    yield draft, tuple(way)


def _never_from_there(
    source: Source, own: Sequence[Draft], asked: tuple[str, str], customer: str, faults: Faults
) -> None:
    """18: whoever edits the field that decides what he receives would let himself receive everything."""
    for draft, way in _readers(own, *asked):
        text = say(
            "`{field}` decides what `{source}` may receive (its `only:`), so it is never taken from there;"
            " write `direction: push`",
            field=shown_field(*asked, customer),
            source=source.name,
        )
        draft.tree.fault(faults, way, text)


def _mark_is_free(source: Source, own: Sequence[Draft], faults: Faults) -> None:
    """A column where `on_leave` writes its mark holds nothing else of ours."""
    for draft in own if source.mark else ():
        for part in draft.parts:
            for name, place, way in part.places():
                if place.writes and clean(source.mark) in map(clean, place.columns):
                    text = say(
                        "column `{column}` is where `on_leave` of `{source}` writes its mark; {field} cannot be"
                        " written there as well",
                        column=shown(source.mark),
                        source=source.name,
                        field=name,
                    )
                    draft.tree.fault(faults, way, text)
