"""The commands that take something out of the ledger, or look after it: export, erase, backup, restore."""

from __future__ import annotations

from pathlib import Path

import typer

from connectors.contract import ConfigError
from sync.show import options as o
from sync.show.shell import call_of, command


def add_to(app: typer.Typer, look: str, keep: str) -> None:
    """Puts these commands under the headings of --help."""
    command(app, "export", look)(export)
    command(app, "backup", keep)(backup)
    command(app, "restore", keep)(restore)
    command(app, "erase", keep)(erase)


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


def backup(ctx: typer.Context, file: o.Backup) -> None:
    """Copies the ledger, whole and checked, also while a run is going on."""
    from sync.commands.syncing import person
    from sync.safe.backup import backup as backed_up
    from sync.show.safe import show_backup

    call = call_of(ctx)
    with call.session(create=False) as session:
        done = backed_up(session, Path(file), by=person())
    call.screen.data(done.as_json()) if call.screen.json else show_backup(call.screen, done)


def restore(ctx: typer.Context, file: o.Restored = None, here: o.Here = False, yes: o.Sure = False) -> None:
    """Puts a backup in the ledger's place; creates and removals wait until all sources were read whole."""
    from sync.commands.syncing import person
    from sync.safe import restore as restoring
    from sync.show import safe

    call = call_of(ctx)
    workspace, screen = call.workspace(), call.screen
    if (file is None) != here:
        raise ConfigError(
            "say which backup: `offbook restore FILE`; or `--here` for a ledger that is an older copy itself"
        )
    if file is not None:
        found = restoring.inspect(workspace, Path(file))
        if not screen.json:
            safe.show_found(screen, found)
    if not screen.confirmed(safe.asked_to_restore() if file else safe.asked_to_go_on(), yes=yes):
        return
    if file is not None:
        done = restoring.restore(workspace, Path(file), by=person())
    else:
        with call.session(workspace, create=False) as session:
            done = restoring.accept(session, by=person())
    screen.data(done.as_json()) if screen.json else safe.show_restored(screen, done)


def erase(ctx: typer.Context, customer: o.Erasing = None, keep: o.Away = 3 * 365, older: o.OlderThan = None,
          yes: o.Sure = False) -> None:  # fmt: skip
    """Takes a customer out of the ledger for good and keeps him away; or, by age, what is not needed any more."""
    from datetime import timedelta

    from sync.commands.syncing import person
    from sync.show import erased as show

    call = call_of(ctx)
    screen, given = call.screen, list(customer or ())
    if (older is None) == (not given) or len(given) > 2:
        raise ConfigError(
            "say who: `offbook erase CUSTOMER`, `offbook erase SOURCE KEY`; or by age: `--older-than DAYS`"
        )
    with call.session(create=False) as session:
        if older is not None:
            from sync.erase.retention import expire

            if not screen.confirmed(show.asked_to_expire(older), yes=yes):
                return
            done = expire(session, timedelta(days=older), by=person())
        else:
            from sync.commands.erasing import whom
            from sync.erase.act import erase as erasing

            found = whom(session, given)
            if not screen.json:
                show.show_target(screen, found)
            if not screen.confirmed(show.asked_to_erase(), yes=yes):
                return
            done = erasing(session, found.entity, by=person(), keep=timedelta(days=keep))
    screen.data(done.as_json()) if screen.json else show.show_erased(screen, done)


__all__ = ["add_to"]
