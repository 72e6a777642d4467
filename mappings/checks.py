"""Do the places of a mapping, and the mappings among each other, fit together? (CONFIG §5, 27 and 30 to 37)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract import Said, say
from connectors.settings import Faults, Way, meant, shown
from mappings.draft import Draft, PartDraft
from mappings.kinds import Group
from mappings.model import Place
from mappings.types.cleaning import clean


def check_names(drafts: Sequence[Draft], faults: Faults) -> None:
    """Tables mapped twice, and look-ups into tables that nobody maps."""
    _mapped_once(drafts, faults)
    known = [draft.table.id for draft in drafts]
    for draft, _, _, place, way in _places(drafts):
        for ref in place.ref:
            if ref not in known:
                draft.tree.fault(faults, (*way, "ref"), no_mapping(ref, known))


def check_mappings(drafts: Sequence[Draft], faults: Faults) -> None:
    """What only the files together, or the places of one file together, can show."""
    for draft in drafts:
        for part in draft.parts:
            _linked_by_look_up(draft, part, faults)
            _one_value_one_column(draft, part, faults)
            for group in part.kind.groups.values():
                _together(draft, part, group, faults)
        _written_once(draft, faults)
    _look_ups_arrive(drafts, faults)
    _one_spelling(drafts, faults)


def _places(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, PartDraft, str, Place, Way]]:
    for draft in drafts:
        for part in draft.parts:
            for name, place, way in part.places():
                yield draft, part, name, place, way


def _mapped_once(drafts: Sequence[Draft], faults: Faults) -> None:
    """27: one table has one mapping, by the name it has here and by the one it has there."""
    seen: dict[tuple[str, str], str] = {}
    for draft in drafts:
        table = draft.table
        for name in dict.fromkeys((table.alias, f"@{table.at}")):
            key = (table.source, name)
            if key in seen:
                draft.tree.fault(faults, ("table",), _twice(table.id, seen[key]))
                break
        for name in (table.alias, f"@{table.at}"):
            seen.setdefault((table.source, name), draft.tree.file)


def _twice(table: str, file: str) -> Said:
    return say(
        "`{table}` is mapped already in {file}; one table has one mapping, put both in one file", table=table, file=file
    )


def no_mapping(table: str, known: Sequence[str]) -> Said:
    """30, also for tables that a job names."""
    return meant(
        lambda near: say("`{table}` has no mapping; did you mean `{near}`?", table=shown(table), near=near),
        lambda every: say("`{table}` has no mapping; there is: {every}", table=shown(table), every=every or "–"),
        table,
        known,
    )


def _linked_by_look_up(draft: Draft, part: PartDraft, faults: Faults) -> None:
    """32: a column that speaks of the linked record needs the look-up that links it."""
    if part.via is None:
        return
    owner = next(one for one in draft.parts if one.name == part.via[0])
    if any(place.ref for place in owner.relations.get(part.via[1], ())):
        return
    text = say(
        "this column speaks of the {kind} that `{relation}` points to, so map `{relation}` with `ref:` too;"
        " inside one record write a second part",
        kind=part.kind.name,
        relation=part.via[1],
    )
    for _, _, way in part.places():
        draft.tree.fault(faults, way, text)


def _one_value_one_column(draft: Draft, part: PartDraft, faults: Faults) -> None:
    """33: several columns of a single value are read or written, but only one is both."""
    for name, places in (*part.fields.items(), *part.relations.items()):
        both = [index for index, place in enumerate(places) if place.reads and place.writes]
        if len(both) > 1 and not part.definition(name).many:
            text = say(
                "`{field}` holds one value but two columns are read and written; leave one, and give the others"
                " `direction: pull` (read if the first is empty) or `direction: push` (a copy)",
                field=name,
            )
            draft.tree.fault(faults, part.ways[name][both[1]], text)


def _written_once(draft: Draft, faults: Faults) -> None:
    """34 and 36: one column is written from one field, and the record's key from none."""
    key, ours = clean(draft.table.key), clean(draft.table.offbook_id)
    written: dict[str, str] = {}
    for part in draft.parts:
        owner = ".".join(part.via) if part.via else part.name
        for name, place, way in part.places():
            for column in place.columns if place.writes else ():
                told = _reserved(column, key, ours)
                if told is None and clean(column) in written:
                    told = say(
                        "column `{column}` is already written from {field}; one column is written from one field,"
                        " give one of them `direction: pull`",
                        column=shown(column),
                        field=written[clean(column)],
                    )
                if told is not None:
                    draft.tree.fault(faults, way, told)
                written.setdefault(clean(column), f"{owner}.{name}")


def _reserved(column: str, key: str, ours: str) -> Said | None:
    if clean(column) == key:
        return say(
            "column `{column}` is this table's `key` and is not written as data; write `direction: pull`",
            column=shown(column),
        )
    if clean(column) == ours:
        return say(
            "column `{column}` is where Offbook writes its id (`offbook_id`), and nothing else stands there",
            column=shown(column),
        )
    return None


def _together(draft: Draft, part: PartDraft, group: Group, faults: Faults) -> None:
    """37: what describes one thing is read and written together, and its leading half is there."""
    mapped = {name: part.fields[name] for name in group.members if name in part.fields}
    ways = {(any(p.reads for p in places), any(p.writes for p in places)) for places in mapped.values()}
    if len(ways) > 1:
        text = say(
            "{members} are one thing ({group}) and go together; give them the same direction",
            members=", ".join(mapped),
            group=group.name,
        )
        draft.tree.fault(faults, part.ways[list(mapped)[-1]][0], text)
    half = next((name for name in mapped if name in _HALVES), "")
    if half and not {group.leading, _HALVES[half]} & set(mapped):
        told = say(
            "{member} alone is half of a thing ({group}); map {leading} in the same part",
            member=half,
            group=group.name,
            leading=group.leading,
        )
        draft.tree.fault(faults, part.ways[half][0], told)


_HALVES = {"currency": "", "consent_at": "", "given_name": "family_name"}
"""Members that say nothing by themselves, and what will do beside them for want of the leading one."""


def _look_ups_arrive(drafts: Sequence[Draft], faults: Faults) -> None:
    """31: the table that a look-up points into speaks of the kind that the relation goes to."""
    kinds = {draft.table.id: {part.kind.name for part in draft.parts if part.via is None} for draft in drafts}
    for draft, part, name, place, way in _places(drafts):
        goes_to = part.definition(name).relation
        for ref in place.ref:
            if goes_to and goes_to not in kinds.get(ref, {goes_to}):
                draft.tree.fault(
                    faults,
                    (*way, "ref"),
                    say(
                        "records of `{table}` have no {kind} part, so this relation cannot point there",
                        table=ref,
                        kind=goes_to,
                    ),
                )


def _one_spelling(drafts: Sequence[Draft], faults: Faults) -> None:
    """Two mappings that spell one choice `VIP` and `vip` mean two choices, which nobody wants (CONFIG §2)."""
    seen: dict[tuple[str, str, str], tuple[str, str]] = {}
    for draft, part, name, place, way in _places(drafts):
        if part.definition(name).type not in ("choice", "tags"):
            continue
        for raws, texts in place.values:
            for text in filter(None, texts):
                first, file = seen.setdefault((part.kind.name, name, clean(text).casefold()), (text, draft.tree.file))
                if first != text:
                    said = say(
                        "`{text}` is spelt `{first}` in {file}; one choice has one spelling",
                        text=shown(text),
                        first=shown(first),
                        file=file,
                    )
                    draft.tree.fault(faults, (*way, "values", raws[0]), said)
