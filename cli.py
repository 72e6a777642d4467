"""The commands: read options, call sync, print, exit code. No logic.

Everything heavy is imported inside the command that needs it, so that --help and --version are quick. What a command
returns is its exit code (DESIGN §10); errors are told by sync.show.shell.
"""

from __future__ import annotations

from pathlib import Path

import typer

from sync.commands import app_dedupe, app_find, app_jobs, app_keep, app_rest, app_review
from sync.show import options as o
from sync.show.shell import BEGIN, DECIDE, KEEP, LOOK, RUN, Group, call_of, command

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="Finds the customers that are kept off the books, and makes all sources agree on them.")  # fmt: skip
sources_app = typer.Typer(cls=Group, rich_markup_mode=None, invoke_without_command=True)
map_app = typer.Typer(cls=Group, rich_markup_mode=None)
config_app = typer.Typer(cls=Group, rich_markup_mode=None)


# ------------------------------------------------------------------------------ run


@command(app, "plan", RUN)
def plan(ctx: typer.Context, job: o.JobName = None, sample: o.AtMost = None, allow: o.Allow = None,
         values: o.Values = False) -> int:  # fmt: skip
    """Reads the sources and says what would be written, and why. Nothing is written."""
    from sync.commands.asking import allowances, job_named
    from sync.run import make_plan
    from sync.show.told import tell_plan

    call = call_of(ctx)
    workspace = call.workspace()
    named, allowed = job_named(workspace, job), allowances(allow or (), workspace)
    with call.session(workspace) as session:
        outcome = make_plan(session, named, allowed=allowed, sample=sample)
        return tell_plan(call.screen, session, outcome, reveal=values)


@command(app, "apply", RUN)
def apply(
    ctx: typer.Context,
    plan: o.PlanNumber,
    limit: o.Limit = None,
    only: o.Only = None,
    without: o.Except = None,
    allow: o.Allow = None,
) -> int:
    """Writes what a plan says; one that was interrupted goes on."""
    from sync.commands.asking import allowances, picks
    from sync.commands.syncing import person
    from sync.run import apply_plan
    from sync.show.told import tell_applied

    call = call_of(ctx)
    workspace = call.workspace()
    allowed = allowances(allow or (), workspace)
    chosen, barred = picks(only or (), workspace, "--only"), picks(without or (), workspace, "--except")
    with call.session(workspace) as session:
        outcome = apply_plan(session, plan, by=person(), limit=limit, only=chosen, without=barred, allowed=allowed)
    return tell_applied(call.screen, outcome)


@command(app, "sync", RUN)
def sync(
    ctx: typer.Context,
    job: o.JobName = None,
    yes: o.Yes = False,
    allow: o.Allow = None,
    values: o.Values = False,
) -> int:
    """Plans, shows the plan, asks, and applies it."""
    from sync.commands.asking import allowances, job_named
    from sync.commands.syncing import plan_and_apply
    from sync.show.told import confirming, tell_synced

    call = call_of(ctx)
    workspace = call.workspace()
    named, allowed = job_named(workspace, job), allowances(allow or (), workspace)
    with call.session(workspace) as session:
        confirm = confirming(call.screen, session, yes=yes, reveal=values)
        return tell_synced(call.screen, session, plan_and_apply(session, named, confirm, allowed=allowed))


@command(app, "pull", RUN)
def pull(ctx: typer.Context, job: o.JobName = None) -> int:
    """Reads the sources into the ledger, and goes no further."""
    from sync import partly
    from sync.commands.asking import job_named
    from sync.show.told import tell_looked

    call = call_of(ctx)
    workspace = call.workspace()
    with call.session(workspace) as session:
        looked = partly.pull(session, job_named(workspace, job))
    return tell_looked(call.screen, looked)


@command(app, "match", RUN)
def match(ctx: typer.Context, job: o.JobName = None, allow: o.Allow = None) -> int:
    """Reads the sources and works out who is who. No link is kept; `plan` does the same and goes on."""
    from sync import partly
    from sync.commands.asking import allowances, job_named
    from sync.show.told import tell_looked

    call = call_of(ctx)
    workspace = call.workspace()
    with call.session(workspace) as session:
        looked = partly.match(session, job_named(workspace, job), allowed=allowances(allow or (), workspace))
    return tell_looked(call.screen, looked)


# ------------------------------------------------------------------------------ begin


@command(app, "init", BEGIN)
def init(
    ctx: typer.Context,
    files: o.Files = None,
    template: o.Template = "",
    formal: o.Formal = None,
) -> int:
    """Writes offbook.yaml and a first mapping for each table of the files. Never overwrites anything."""
    from sync.commands.starting import begin
    from sync.show.lists import show_begun

    call = call_of(ctx)
    begun = begin(call.folder or Path.cwd(), files or (), template=template, formal=formal or (),
                  speak=call.screen.say, language=call.screen.lang)  # fmt: skip
    return show_begun(call.screen, begun)


@command(app, "check", BEGIN)
def check(
    ctx: typer.Context,
    sources: o.Sources = None,
    config: o.Config = False,
) -> int:
    """Says what is wrong with the workspace: its files, and whether they fit what the sources hold now."""
    from sync.show.checked import show_checked, show_config

    call = call_of(ctx)
    workspace = call.workspace()
    if config:
        return show_config(call.screen, workspace)
    from sync.commands.checking import check_workspace

    done = check_workspace(workspace, sources or ())
    return show_checked(call.screen, done.findings, done.failures, done.code, tables=done.tables)


@command(app, "connectors", BEGIN)
def connectors(ctx: typer.Context) -> None:
    """Lists the connectors: which systems there are, and what each can do."""
    from sync.show.lists import show_connectors

    show_connectors(call_of(ctx).screen)


@command(app, "sandbox", BEGIN)
def sandbox(ctx: typer.Context, vendor: o.Vendor, port: o.Port = 8791) -> None:
    """Starts a pretended system with example customers on this machine, and prints the settings to try it with."""
    import threading

    from sandbox.command import kept_up, started, told

    screen = call_of(ctx).screen
    example = started(vendor, port)
    if screen.json:
        screen.data(example.as_json())
    else:
        told(example, screen.line)
    kept_up(example, threading.Event())


@command(map_app, "suggest")
def map_suggest(
    ctx: typer.Context,
    target: o.Target,
    table: o.TableName = "",
    mapping: o.AsMapping = False,
    write: o.Write = False,
) -> None:
    """Says which field each column seems to hold, from its heading and its values."""
    from sync.commands.suggesting import suggest_for
    from sync.show.mapping import show_mapping, show_suggested

    call = call_of(ctx)
    workspace = call.workspace_if_any()
    found = suggest_for(target, table, workspace, Path.cwd())
    if mapping or write:
        show_mapping(call.screen, found, workspace, call.home() if write else None)
    else:
        show_suggested(call.screen, found)


@command(map_app, "check")
def map_check(
    ctx: typer.Context,
    names: o.Tables = None,
    sample: o.Records = 1000,
) -> int:
    """Tries the mappings on real records: does what they write read back, and what do they not understand?"""
    from sync.commands.lens import check_mappings
    from sync.show.checked import show_checked

    call = call_of(ctx)
    done = check_mappings(call.workspace(), names or (), sample)
    return show_checked(call.screen, done.every, done.failures, done.code)


@command(config_app, "upgrade")
def config_upgrade(ctx: typer.Context) -> None:
    """Brings offbook.yaml and the mappings to today's language."""
    from sync.commands.upgrading import upgrade
    from sync.show.lists import show_upgraded

    call = call_of(ctx)
    show_upgraded(call.screen, upgrade(call.workspace()))


# ------------------------------------------------------------------------------ look


@command(app, "jobs", LOOK)
def jobs(ctx: typer.Context) -> None:
    """Lists the jobs: what each reads, writes and creates, and when it runs."""
    from sync.show.lists import show_jobs

    call = call_of(ctx)
    show_jobs(call.screen, call.outline())


@sources_app.callback()
def sources(ctx: typer.Context) -> None:
    """Lists the sources: where each is, whose it is, and what it may receive."""
    if ctx.invoked_subcommand is None:
        from sync.show.lists import show_sources

        call = call_of(ctx)
        show_sources(call.screen, call.outline())


@command(sources_app, "rename")
def sources_rename(
    ctx: typer.Context,
    old: o.Old,
    new: o.New,
) -> int:
    """Gives a source another name, in the files and in the ledger, so that its links are kept."""
    from sync.commands.renaming import rename_in
    from sync.show.lists import show_renamed

    call = call_of(ctx)
    return show_renamed(call.screen, rename_in(call.workspace(), old, new))


@command(app, "runs", LOOK)
def runs(
    ctx: typer.Context,
    limit: o.Last = 20,
) -> None:
    """Lists the last runs with their plans and what they came to."""
    from sync.commands.looking import last_runs
    from sync.show.told import tell_runs

    call = call_of(ctx)
    with call.session(call.outline(), create=False) as session:
        tell_runs(call.screen, *last_runs(session, limit))


@command(app, "show", LOOK)
def show(
    ctx: typer.Context,
    what: o.Thing,
    every: o.Every = False,
    table: o.OfTable = "",
    values: o.Values = False,
) -> None:
    """Shows a plan, a customer, a record or a question."""
    from sync.show.told import tell_thing

    call = call_of(ctx)
    with call.session(call.outline(), create=False) as session:
        tell_thing(call.screen, session, what, every=every, table=table, reveal=values)


@command(app, "doctor", LOOK)
def doctor(ctx: typer.Context) -> int:
    """Looks whether all is in order: the ledger, its disk, the clock, and what is still open."""
    from sync.commands.doctor import examine
    from sync.show.checked import show_checked

    call = call_of(ctx)
    found = examine(call.outline())
    return show_checked(call.screen, found, {}, 2 if any(one.level == "error" for one in found) else 0)


app_dedupe.add_to(app, BEGIN)
app_jobs.add_to(app, RUN)
app_rest.add_to(app, BEGIN)
app_review.add_to(app, DECIDE)
app_find.add_to(app, LOOK)
app_keep.add_to(app, LOOK, KEEP)
app.add_typer(map_app, name="map", rich_help_panel=BEGIN, help="Suggests mappings, and tries them on real records.")
app.add_typer(config_app, name="config", rich_help_panel=KEEP, help="Looks after the files of the workspace.")
app.add_typer(sources_app, name="sources", rich_help_panel=LOOK)


def main() -> None:
    """What `offbook` calls."""
    app()


if __name__ == "__main__":
    main()
