"""The command that finds a customer by what somebody remembers of it: find."""

from __future__ import annotations

import sys

import typer

from sync.show import options as o
from sync.show.shell import call_of, command


def add_to(app: typer.Typer, panel: str) -> None:
    """Puts the command under a heading of --help."""
    command(app, "find", panel)(find)


def find(
    ctx: typer.Context, words: o.Remembered = None, most: o.Most = 10, reader: o.Reader = "", values: o.Values = False
) -> int:
    """Finds customers by name, pinyin, part of a number, mail address, WeChat id or code; without words, line by line."""
    from sync.picture.opening import look
    from sync.search.find import Finder
    from sync.show.found import print_found

    call = call_of(ctx)
    with call.session(create=False) as session, session.ledger.transaction() as c:
        finder = Finder(look(session, c), lang=call.screen.lang, reader=reader, values=values)
        if words:
            found = finder.find(" ".join(words), most)
            print_found(call.screen, found)
            return 0 if found.answers else 1
        for line in sys.stdin:
            print_found(call.screen, finder.find(line.strip(), most))
            sys.stdout.flush()
    return 0


__all__ = ["add_to"]
