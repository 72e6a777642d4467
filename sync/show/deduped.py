"""How does a run of `offbook dedupe` look: what the columns were taken for, how many duplicates, which, and what next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.contract import say
from sync.dedupe.finding import Found
from sync.dedupe.links import write_links
from sync.dedupe.tables import Progress
from sync.dedupe.told import Telling, as_json, columns_told, numbers, role_name, subject_said
from sync.show.screen import Screen
from sync.show.words import plain

BIGGEST: Final = 4
"""Groups that are shown."""
SHOWN: Final = 3
"""Records of a group that are shown."""
REASONS: Final = 3
"""Reasons for each of them that are shown."""


@dataclass(frozen=True, slots=True)
class Written:
    links: Path | None = None
    report: Path | None = None
    whole: bool = True


def wrote(found: Found, progress: Progress, links: Path | None, report: Path | None, lang: str) -> Written:
    """Writes what was asked for. Raises ConfigError."""
    whole = True
    if links is not None:
        progress(f"write {links.name}", 0, 0)
        write_links(found, links)
    if report is not None:
        from sync.dedupe.book import write_report

        progress(f"write {report.name}", 0, 0)
        whole = write_report(found, report, lang)
    return Written(links, report, whole)


def show_found(screen: Screen, found: Found, written: Written) -> None:
    if screen.json:
        files = {"links": str(written.links) if written.links else None,
                 "report": str(written.report) if written.report else None}  # fmt: skip
        screen.data({**as_json(found, screen.lang, biggest=BIGGEST), **files})
        return
    _columns(screen, found)
    _numbers(screen, found)
    _groups(screen, found)
    _next(screen, found, written)


def _columns(screen: Screen, found: Found) -> None:
    """Beside the result: what was decided about each column."""
    if screen.quiet:
        return
    from sync.show.grid import grid

    several = len(found.sheets) > 1
    filled = [
        (sheet.name, role)
        for sheet in found.sheets
        for role, column in zip(sheet.told.columns, sheet.columns)
        if any(column)
    ]
    rows = [
        [
            *([plain(name)] if several else []),
            plain(role.heading),
            role_name(role.role, screen.lang),
            screen.say(role.why),
        ]
        for name, role in filled
    ]
    heads = [*([say("table")] if several else []), say("column"), say("taken for"), say("why")]
    for line in grid([screen.say(head) for head in heads], rows, columns=screen.aside().width, grow=len(heads) - 1):
        screen.note(line)
    empty = len(columns_told(found)) - len(filled)
    if empty:
        screen.note(say("and {count} columns without any value", count=empty))
    for sheet in found.sheets:
        key = plain(sheet.keyed) or screen.say(say("the number of the row"))
        screen.note(
            say("{table}: {count} records; the key is {key}", table=plain(sheet.name), count=len(sheet), key=key)
        )
    for name in found.unused:
        screen.warn(say("{table}: nothing in it tells records apart; it was left out", table=plain(name)))


def _numbers(screen: Screen, found: Found) -> None:
    n = numbers(found)
    screen.line(subject_said(found))
    rows: list[Sequence[object]] = [
        [str(n.records), say("records")],
        [str(n.entities), say("different ones")],
        [str(n.groups), say("groups of duplicates")],
        [str(n.duplicates), say("records beyond the first of their group")],
        [str(n.questions), say("questions: perhaps the same, a person can tell")],
    ]
    if n.duplicates:
        rows.append([f"{n.precision:.1%}", say("of the pairs that were found, thought right")])
        rows.append([f"{n.recall:.1%}", say("of the pairs that are there, thought found")])
    screen.table([say("number"), say("what")], rows, right=(0,))
    if found.contradictions:
        screen.warn(say("{count} decisions contradict each other or certain evidence; nothing was joined for them",
                        count=len(found.contradictions)))  # fmt: skip
    if found.decided.lost:
        screen.warn(say("{count} decisions are about records that are not there any more", count=found.decided.lost))


def _groups(screen: Screen, found: Found) -> None:
    groups = found.groups()[:BIGGEST]
    if not groups:
        screen.line(say("no duplicates were found"))
        return
    telling = Telling(found, screen.lang, REASONS)
    screen.heading(say("The largest groups"))
    rows: list[Sequence[object]] = []
    for n, members in enumerate(groups, start=1):
        told = telling.group(members)
        for one in told[:SHOWN]:
            source, key = telling.refs[one.row]
            where = f"{source} {key}" if len({ref[0] for ref in telling.refs}) > 1 else key
            sure = f"{one.held:.0%}" if one.why else ""
            rows.append([str(n), where, telling.called(one.row), sure, one.why])
        if len(told) > SHOWN:
            rows.append(["", "", say("and {count} more", count=len(told) - SHOWN), "", ""])
    screen.table([say("group"), say("record"), say("called"), say("sure"), say("why")], rows, right=(0, 3), grow=4)


def _next(screen: Screen, found: Found, written: Written) -> None:
    if written.links is not None:
        screen.note(say("written: {path}", path=written.links))
    if written.report is not None:
        screen.note(say("written: {path}", path=written.report))
        screen.note(say("decide in its yellow cells, then run this again with --decisions {path}", path=written.report))
    if not written.whole:
        screen.warn(say("the report has no room for all groups; the largest part of them stands in it"))
    if written.report is None and (found.links or found.questions):
        screen.note(say("--report duplicates.xlsx lists all of them, to look through and to decide; --out links.csv is for"
                        " programs"))  # fmt: skip
    rows, firms = found.companies
    if "person" in found.subject and firms and firms < rows:
        screen.note(say("{rows} rows name {companies} companies; --kind organisation looks for duplicates of those",
                        rows=rows, companies=firms))  # fmt: skip


__all__ = ["Written", "show_found", "wrote"]
