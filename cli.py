"""The commands: read options, call sync, print, exit code. No logic.

Everything heavy is imported inside the command that needs it, so that --help and --version are quick. What a command
returns is its exit code (DESIGN §10); errors are told by sync.show.shell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from sync.show.call import Call
from sync.show.shell import Command, Group

F = TypeVar("F", bound=Callable[..., Any])
BEGIN, RUN, LOOK, DECIDE, KEEP = "Begin", "Run", "Look", "Decide", "Keep"

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None,
                  help="Finds the customers that are kept off the books, and makes all sources agree on them.")  # fmt: skip
sources_app = typer.Typer(cls=Group, rich_markup_mode=None, invoke_without_command=True)
map_app = typer.Typer(cls=Group, rich_markup_mode=None)
config_app = typer.Typer(cls=Group, rich_markup_mode=None)

JobName = Annotated[
    str | None, typer.Argument(metavar="JOB", help="A job of offbook.yaml; may be left out where there is one.")
]
Allow = Annotated[list[str] | None, typer.Option("--allow", metavar="GUARD=N|SOURCE:GUARD",
                  help="Lets one guard through once: creates=300, or wang:emptied. May stand several times.")]  # fmt: skip
Values = Annotated[bool, typer.Option("--values", help="Shows sensitive values in full; else they are masked.")]


def command(group: typer.Typer, name: str, panel: str = "") -> Callable[[F], F]:
    return group.command(name, cls=Command, rich_help_panel=panel or None)


def _call(ctx: typer.Context) -> Call:
    call = ctx.find_root().obj
    return call if isinstance(call, Call) else Call()


# ------------------------------------------------------------------------------ run


@command(app, "plan", RUN)
def plan(ctx: typer.Context, job: JobName = None, allow: Allow = None, values: Values = False) -> int:
    """Reads the sources and says what would be written, and why. Nothing is written."""
    from sync.commands.asking import allowances, job_named
    from sync.run import make_plan
    from sync.show.told import tell_plan

    call = _call(ctx)
    workspace = call.workspace()
    named, allowed = job_named(workspace, job), allowances(allow or (), workspace)
    with call.session(workspace) as session:
        outcome = make_plan(session, named, allowed=allowed)
        return tell_plan(call.screen, session, outcome, reveal=values)


@command(app, "apply", RUN)
def apply(
    ctx: typer.Context,
    plan: Annotated[int, typer.Argument(metavar="PLAN", help="The plan's number; `offbook runs` lists them.")],
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1,
                     help="At most so many changes, with the parents they need.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="WHAT",
                    help="A source, a table, an operation (create, update …), or TABLE:OPERATION.")] = None,
    without: Annotated[list[str] | None, typer.Option("--except", metavar="WHAT", help="The same, left out.")] = None,
    allow: Allow = None,
) -> int:  # fmt: skip
    """Writes what a plan says; one that was interrupted goes on."""
    from sync.commands.asking import allowances, picks
    from sync.commands.syncing import person
    from sync.run import apply_plan
    from sync.show.told import tell_applied

    call = _call(ctx)
    workspace = call.workspace()
    allowed = allowances(allow or (), workspace)
    chosen, barred = picks(only or (), workspace, "--only"), picks(without or (), workspace, "--except")
    with call.session(workspace) as session:
        outcome = apply_plan(session, plan, by=person(), limit=limit, only=chosen, without=barred, allowed=allowed)
    return tell_applied(call.screen, outcome)


@command(app, "sync", RUN)
def sync(
    ctx: typer.Context,
    job: JobName = None,
    yes: Annotated[bool, typer.Option("--yes", help="Your answer to the question whether to apply the plan.")] = False,
    allow: Allow = None,
    values: Values = False,
) -> int:
    """Plans, shows the plan, asks, and applies it."""
    from sync.commands.asking import allowances, job_named
    from sync.commands.syncing import plan_and_apply
    from sync.show.told import confirming, tell_synced

    call = _call(ctx)
    workspace = call.workspace()
    named, allowed = job_named(workspace, job), allowances(allow or (), workspace)
    with call.session(workspace) as session:
        confirm = confirming(call.screen, session, yes=yes, reveal=values)
        return tell_synced(call.screen, plan_and_apply(session, named, confirm, allowed=allowed))


@command(app, "pull", RUN)
def pull(ctx: typer.Context, job: JobName = None) -> int:
    """Reads the sources into the ledger, and goes no further."""
    from sync import partly
    from sync.commands.asking import job_named
    from sync.show.told import tell_looked

    call = _call(ctx)
    workspace = call.workspace()
    with call.session(workspace) as session:
        looked = partly.pull(session, job_named(workspace, job))
    return tell_looked(call.screen, looked)


@command(app, "match", RUN)
def match(ctx: typer.Context, job: JobName = None, allow: Allow = None) -> int:
    """Reads the sources and works out who is who. No link is kept; `plan` does the same and goes on."""
    from sync import partly
    from sync.commands.asking import allowances, job_named
    from sync.show.told import tell_looked

    call = _call(ctx)
    workspace = call.workspace()
    with call.session(workspace) as session:
        looked = partly.match(session, job_named(workspace, job), allowed=allowances(allow or (), workspace))
    return tell_looked(call.screen, looked)


# ------------------------------------------------------------------------------ look


@command(app, "jobs", LOOK)
def jobs(ctx: typer.Context) -> None:
    """Lists the jobs: what each reads, writes and creates, and when it runs."""
    from sync.show.lists import show_jobs

    call = _call(ctx)
    show_jobs(call.screen, call.outline())


@command(app, "runs", LOOK)
def runs(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many, the newest first.")] = 20,
) -> None:
    """Lists the last runs with their plans and what they came to."""
    from sync.commands.looking import last_runs
    from sync.show.told import tell_runs

    call = _call(ctx)
    with call.session(call.outline(), create=False) as session:
        tell_runs(call.screen, *last_runs(session, limit))


def main() -> None:
    """What `offbook` calls."""
    app()


if __name__ == "__main__":
    main()
