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
    from sync.picture.opening import look
    from sync.picture.readers import reader_of
    from sync.picture.values import Words
    from sync.report.facts import gather

    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm", ".xlsx"):
        raise ConfigError("{path}: a report ends in .html or .xlsx", path=path)
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who = Words(picture, lang, masked=not values), reader_of(picture, reader)
        facts = gather(picture, words, who, plan, session.clock())
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
    return path


__all__ = ["report"]
