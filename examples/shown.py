"""How does the demo tell what it did, in 80 columns and two languages?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from connectors.contract import Said, say
from examples.firstday import FirstDay
from examples.found import Found
from examples.generate import FILES
from sync.commands.planview import FieldLine, view
from sync.commands.values import NOTHING
from sync.messages import translate
from sync.messages.names import OPS, RULES, field_name, word
from sync.run import Outcome, Session
from sync.show.runs import show_applied, show_failures
from sync.show.screen import Screen
from sync.show.words import cut

PLACES: Final[Mapping[str, Said]] = {
    "wang": say("Wang Fang's workbook, eleven years old"),
    "lee": say("Lee's workbook; he sells abroad"),
    "erp": say("an export of the ERP, in GB18030; read, never written"),
    "phone": say("the contacts of Wang's phone"),
    "crm": say("the formal CRM: accounts and contacts"),
}
KINDS: Final = (("organisation", say("companies")), ("person", say("contacts")))
BARS: Final[Mapping[str, Said]] = {
    "wrong_links": say("two customers taken for one"),
    "overwritten": say("typed values that would be written over"),
    "doubled": say("creates of somebody who is there already"),
    "unknowable": say("creates of somebody who is there under a former company, with nothing in common but the name"),
    "asked": say("questions about who is who"),
    "field_questions": say("questions about a value"),
    "kept_classes": say("classes of values that differ and are kept"),
    "linked_or_asked": say("true duplicates that are linked or asked"),
}
"""What the judge measures (examples.judge.bars)."""
LOOKED_AT: Final = 200
"""Changes of which some are shown."""


def head(screen: Screen, folder: str, seed: int, records: Mapping[str, int]) -> None:
    """What there is before anything ran."""
    screen.line(say("Offbook on the made-up customers of a trading company (seed {seed}), in {folder}",
                    seed=seed, folder=folder), style="bold")  # fmt: skip
    rows = [[FILES[source], text, str(records[source])] for source, text in PLACES.items()]
    screen.line()
    screen.table([say("file"), say("what it is"), say("records")], rows, right=(2,), grow=1)


# ------------------------------------------------------------------------------ the plan


def found(screen: Screen, seen: Found, day: FirstDay, planned: Outcome) -> None:
    """What the plan knows now that nobody knew before."""
    screen.heading(say("What Offbook found"))
    kept = sum(n for (_, verdict, _), n in planned.planned.verdicts.items() if verdict == "kept")
    rows: list[tuple[int, object]] = [(seen.entities.get(kind, 0), text) for kind, text in KINDS]
    rows += [
        (seen.shared, say("of these stand in more than one table")),
        *((seen.off_book.get(kind, 0), _off_book(text, seen.creating.get(kind, 0))) for kind, text in KINDS),
        *((count, say("stand in {table} more than once", table=table)) for table, count in seen.doubled.items()),
        (kept, say("values differ between places; each place keeps its own, as `first_link: keep` says")),
        (day.damaged, say("values are damaged (1.38001E+10): told, not used, not written over")),
        (day.identity.questions, say("times a person is asked whether two are the same")),
        (day.field_questions, say("times a person is asked which value is right")),
    ]
    screen.table([say("number"), say("what")], [[f"{number:,}", text] for number, text in rows], right=(0,))
    show_failures(screen, planned)


def _off_book(kind: Said, creating: int) -> Said:
    return say("{kind} are off the books: not in the CRM; {creating} can be created there now",
               kind=kind, creating=creating)  # fmt: skip


def writes(screen: Screen, session: Session, planned: Outcome) -> None:
    """How much the plan would write where, with some of it in full."""
    lang = screen.lang
    seen = view(session, planned.plan, most=LOOKED_AT)
    screen.heading(say("What it would write"))
    rows = [[table, word(OPS, op, lang), f"{count:,}"] for table, op, _, count in seen.fates]
    screen.table([say("table"), say("what"), say("records")], rows, right=(2,), grow=0)
    screen.heading(say("Some of it"))
    for line in _samples(seen.lines):
        screen.line(f"{line.table} · {word(OPS, line.op, lang)} · {cut(line.name, 40)}", style="cyan")
        screen.line(f"  {cut(_change(line, lang), screen.columns - 2)}")
        screen.line(f"    {cut(_why(line, lang), screen.columns - 4)}", style="dim")


def _samples(lines: Sequence[FieldLine]) -> list[FieldLine]:
    """One change of each table and operation, another field each time where there is one."""
    chosen: dict[tuple[str, str], FieldLine] = {}
    told = {"name"}
    for line in lines:
        place = (line.table, line.op)
        if place not in chosen and line.field not in told:
            chosen[place] = line
            told.add(line.field)
    for line in lines:
        chosen.setdefault((line.table, line.op), line)
    return list(chosen.values())


def _change(line: FieldLine, lang: str) -> str:
    """The field, before and after; of a cell that was empty, what it shows from now on."""
    name = field_name(line.field, lang)
    return f"{name}: {line.after}" if line.before in ("", NOTHING) else f"{name}: {line.before} → {line.after}"


def _why(line: FieldLine, lang: str) -> str:
    return " · ".join(text for text in (line.origin, word(RULES, line.rule, lang)) if text)


def measured(screen: Screen, day: FirstDay) -> bool:
    """The plan against the truth, which only the judge has read. Returns whether all is good enough."""
    screen.heading(say("Measured against the truth (truth.csv, which Offbook does not read)"))
    bars = day.bars()
    rows = [[say("yes") if good else say("NO"), BARS.get(name, name), number] for name, number, good in bars]
    screen.table([say("good"), say("what"), say("number")], rows, grow=1)
    return all(good for _, _, good in bars)


# ------------------------------------------------------------------------------ after it


def applied(screen: Screen, outcome: Outcome) -> None:
    show_applied(screen, outcome)


def again(screen: Screen, outcome: Outcome) -> None:
    """The second run, which has nothing to do."""
    screen.heading(say("The same job again: {changes} changes", changes=outcome.header["changes"]))


def next_steps(screen: Screen, folder: str, plan: int, page: str) -> None:
    """What one may try in the workspace that stays. page: the plan's report."""
    screen.heading(say("Try next"))
    screen.line(f"  {page}")
    screen.line(say("      the whole of it as a page: open it in a browser"), style="dim")
    steps = (
        (f"show {plan} --all", say("every change, from what to what and why")),
        ("show crm.accounts 1", say("one record: whom it speaks of, and what it shows")),
        ("sync agree", say("after you have changed a cell somewhere")),
    )
    for command, text in steps:
        screen.line(f"  {_program()} --workspace {folder} {command}")
        screen.line(f"      {translate(text, screen.lang)}", style="dim")


def _program() -> str:
    """How `offbook` is started here: by its name where the shell finds it, else as it lies beside this Python."""
    beside = Path(sys.executable).with_name("offbook.exe" if sys.platform == "win32" else "offbook")
    if shutil.which("offbook") or not beside.exists():
        return "offbook"
    here = Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)
