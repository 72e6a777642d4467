"""How is a plan handed to people who have no terminal: one page that opens offline, or a workbook?"""

from __future__ import annotations

from pathlib import Path

from connectors.contract import ConfigError, say
from sync.run import Session


def report(
    session: Session, plan: int = 0, *, path: Path | str, lang: str = "en", reader: str = "", values: bool = False
) -> Path:
    """Writes the report of a plan and gives the path back; .xlsx writes a workbook, .html a page that needs nothing else.

    plan: 0 for the newest. reader: one of `people`, who gets only what plans would send him (R8d). values: sensitive
    ones in full instead of masked. Raises ConfigError, LedgerError. Nothing is written to the ledger, no source is opened.
    """
    path = Path(path)
    write(session, path, plan, lang=lang, reader=reader, values=values)
    return path


def write(
    session: Session,
    path: Path,
    plan: int = 0,
    run: int = 0,
    *,
    lang: str = "en",
    reader: str = "",
    values: bool = False,
) -> int:
    """The same -> how many changes it tells of. run: instead of a plan's number the run that made or applied it."""
    from sync.ledger.lists import plan_of_run
    from sync.picture.opening import look
    from sync.picture.readers import reader_of
    from sync.picture.values import Words
    from sync.report.facts import gather

    if path.suffix.lower() not in (".html", ".htm", ".xlsx"):
        raise ConfigError("{path}: a report ends in .html or .xlsx", path=path)
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who = Words(picture, lang, masked=not values), reader_of(picture, reader)
        number = plan or (plan_of_run(session.ledger, c, run) if run else 0)
        if run and not number:
            raise ConfigError("run {run} made no plan; `offbook runs` lists what there is", run=run)
        facts = gather(picture, words, who, number, session.clock())
        title = words.say(say("Offbook: plan {number}", number=facts.number))
        part = path.with_name(f".{path.name}.part")
        try:
            if path.suffix.lower() == ".xlsx":
                from sync.report.book import write_book

                write_book(part, words, facts, title)
            else:
                from sync.report.page import page

                part.write_text(page(words, facts, title), encoding="utf-8", newline="\n")
            part.replace(path)
        except OSError as trouble:
            raise ConfigError("{path} cannot be written; is it open in another program?", path=path) from trouble
        finally:
            part.unlink(missing_ok=True)
    return facts.changes


__all__ = ["report", "write"]
