"""The commands that take something out of the ledger, or look after it: export …"""

from __future__ import annotations

import typer

from sync.show import options as o
from sync.show.shell import call_of, command


def add_to(app: typer.Typer, look: str) -> None:
    """Puts these commands under the headings of --help."""
    command(app, "export", look)(export)


def export(
    ctx: typer.Context,
    what: o.What,
    file: o.OutFile = None,
    format_: o.Format = "",
    kind: o.Kind = "",
    reader: o.Reader = "",
    values: o.Values = False,
    plan: o.OfPlan = 0,
    run: o.OfRun = 0,
) -> None:
    """Writes customers, links, changes or each source's duplicates as CSV, JSON or a workbook."""
    from sync.export import export as exported
    from sync.show.lists import show_written

    call = call_of(ctx)
    chosen = format_ or ("json" if call.screen.json and file is None else "")
    with call.session(create=False) as session:
        done = exported(session, what, file, format=chosen, kind=kind, reader=reader, values=values,
                        plan=plan, run=run, lang=call.screen.lang)  # fmt: skip
    show_written(call.screen, done)


__all__ = ["add_to"]
