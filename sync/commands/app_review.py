"""The commands by which a person decides: review …, explain, undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connectors.contract import ConfigError
from sync.show import options as o
from sync.show.shell import Group, call_of, command

if TYPE_CHECKING:
    from sync.review.desk import Answered
    from sync.show.call import Call

review = typer.Typer(cls=Group, rich_markup_mode=None)


def add_to(app: typer.Typer, panel: str) -> None:
    """Puts these commands under a heading of --help."""
    app.add_typer(review, name="review", rich_help_panel=panel, help="What waits for a person, and his answers.")
    command(app, "explain", panel)(explain)
    command(app, "undo", panel)(undo)


@command(review, "list")
def list_(ctx: typer.Context, reader: o.Reader = "") -> None:
    """Lists what a person can decide: questions one by one, values that differ by class."""
    from sync.review.listing import listing
    from sync.review.printed import print_listing

    call = call_of(ctx)
    with call.session(create=False) as session:
        print_listing(call.screen, listing(session, reader=reader, lang=call.screen.lang, details=call.screen.json))


@command(review, "show")
def show(ctx: typer.Context, name: o.OneName, reader: o.Reader = "") -> None:
    """Shows one question, or the cells of one class, with the answers that fit."""
    from sync.review.details import detail
    from sync.review.printed import print_detail

    call = call_of(ctx)
    with call.session(create=False) as session:
        print_detail(call.screen, detail(session, name, reader=reader, lang=call.screen.lang))


@command(review, "accept")
def accept(ctx: typer.Context, names: o.Names) -> int:
    """Yes: it is the same customer; the values that differ there are right; it may be created or removed."""
    from sync.commands.syncing import person
    from sync.review import answers

    call = call_of(ctx)
    with call.session(create=False) as session:
        return _answered(call, answers.accept(session, names, by=person(), lang=call.screen.lang))


@command(review, "reject")
def reject(ctx: typer.Context, names: o.Names) -> int:
    """No: they are two customers; golden is right and is written; it is not created or removed."""
    from sync.commands.syncing import person
    from sync.review import answers

    call = call_of(ctx)
    with call.session(create=False) as session:
        return _answered(call, answers.reject(session, names, by=person(), lang=call.screen.lang))


@command(review, "decide")
def decide(
    ctx: typer.Context, name: o.OneName, answer: o.Answer, field: o.OneField = "", replace: o.Replace = False
) -> int:
    """Gives one answer in full: to a question, a class, or about one field of a customer or a record."""
    from sync.commands.syncing import person
    from sync.review import answers

    call = call_of(ctx)
    with call.session(create=False) as session:
        done = answers.decide(session, name, answer, by=person(), field=field, lang=call.screen.lang, replace=replace)
        return _answered(call, done)


@command(review, "pin")
def pin(ctx: typer.Context, what: o.Pinned = None, lift: o.Lift = None) -> int:
    """Holds a customer's field on a value until it is lifted, whatever the sources say."""
    from sync.commands.syncing import person
    from sync.review import answers

    call, given = call_of(ctx), list(what or ())
    if (lift is None) != (len(given) in (2, 3)) or (lift is not None and given):
        raise ConfigError(
            "say whose value and which field: `offbook review pin CUSTOMER FIELD [VALUE]`, or `--lift NUMBER`"
        )
    with call.session(create=False) as session:
        if lift is not None:
            return _answered(call, answers.lift(session, lift, by=person(), lang=call.screen.lang))
        name, field, value = (*given, None)[:3]
        return _answered(call, answers.pin(session, str(name), str(field), value, by=person(), lang=call.screen.lang))


@command(review, "export")
def export(ctx: typer.Context, file: o.Sheet, reader: o.Reader = "") -> None:
    """Writes what waits as a workbook with drop-downs, which a salesperson fills in."""
    from sync.review.sheet import export_sheet
    from sync.show.lists import show_exported

    call = call_of(ctx)
    with call.session(create=False) as session:
        show_exported(call.screen, export_sheet(session, Path(file), reader=reader, lang=call.screen.lang))


@command(review, "import")
def import_(ctx: typer.Context, file: o.Sheet) -> int:
    """Reads a workbook that was filled in; nothing is decided twice, and what has changed meanwhile is told."""
    from sync.commands.syncing import person
    from sync.review.filled import import_sheet

    call = call_of(ctx)
    with call.session(create=False) as session:
        return _answered(call, import_sheet(session, Path(file), by=person(), lang=call.screen.lang))


def _answered(call: Call, answered: Answered) -> int:
    from sync.review.printed import print_answered

    print_answered(call.screen, answered)
    return answered.code


def explain(ctx: typer.Context, customer: o.Customers, kind: o.Kind = "", reader: o.Reader = "",
            values: o.Values = False) -> None:  # fmt: skip
    """Says whose records these are and why, where each value comes from, and why it is written or not."""
    from sync.explain import explain as explained
    from sync.show.explained import print_explained

    call = call_of(ctx)
    with call.session(create=False) as session:
        found = explained(session, ":".join(customer), kind=kind, lang=call.screen.lang, reader=reader, values=values)
        print_explained(call.screen, found)


def undo(ctx: typer.Context, run: o.RunNumber = None, yes: o.Yes = False, allow: o.Allow = None) -> int:
    """Takes back what a run wrote where nobody touched it since: shows the plan, asks, and applies it."""
    from sync.commands.asking import allowances
    from sync.commands.syncing import undo_and_apply
    from sync.show.told import confirming, tell_undone

    call = call_of(ctx)
    workspace = call.workspace()
    allowed = allowances(allow or (), workspace)
    with call.session(workspace, create=False) as session:
        confirm = confirming(call.screen, session, yes=yes, reveal=False)
        return tell_undone(call.screen, session, undo_and_apply(session, run, confirm, allowed=allowed))


__all__ = ["add_to"]
