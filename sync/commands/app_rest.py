"""The command that helps to write a specification: rest try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.contract import say
from sync.show.shell import Group, call_of, command

Spec = Annotated[
    str, typer.Argument(metavar="SPEC", help="A specification, or a source that has one.", show_default=False)
]
TableId = Annotated[str, typer.Argument(metavar="TABLE", help="A table of the system, by its id.", show_default=False)]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="NAME=VALUE",
        help="An option that the specification names; secrets as ${NAME}. May stand several times.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer, begin: str) -> None:
    """Puts the group under its heading of --help."""
    group = typer.Typer(cls=Group, rich_markup_mode=None)
    command(group, "try")(try_)
    app.add_typer(group, name="rest", rich_help_panel=begin, help="Helps to write a specification for a system.")


def try_(ctx: typer.Context, spec: Spec, table: TableId, options: With = None) -> int:
    """Asks the system all that a specification can ask, and shows what was understood. Nothing is written."""
    from connectors.shared.rest.trial import tried
    from sync.commands.trying import opened_specification

    call = call_of(ctx)
    screen, failed, steps = call.screen, False, []
    with opened_specification(spec, options or (), call.workspace_if_any(), call.folder or Path.cwd()) as connector:
        for step in tried(connector, table):
            failed |= step.failed
            steps.append(step)
            screen.line(step.name, style="bold")
            for one in step.exchanges:
                screen.line(say("  {request}", request=one.request))
                screen.line(say("  → {status} {fate} {answer}", status=one.status or "-", fate=one.fate, answer=one.answer),
                            style="dim")  # fmt: skip
            for said in step.understood:
                screen.line(say("  = {said}", said=said), style="red" if step.failed else "")
    if screen.json:
        screen.data({"steps": [{"name": step.name, "failed": step.failed, "understood": [str(one) for one in step.understood],
                                "requests": [{"request": e.request, "status": e.status, "fate": e.fate, "answer": e.answer}
                                             for e in step.exchanges]} for step in steps]})  # fmt: skip
    return 3 if failed else 0
