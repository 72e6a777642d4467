"""The commands by which jobs run without a person at the keyboard, or once for all: schedule, migrate."""

from __future__ import annotations

from pathlib import Path

import typer

from connectors.contract import ConfigError, OffbookError
from sync.show import options as o
from sync.show.shell import call_of, command


def add_to(app: typer.Typer, run: str) -> None:
    """Puts these commands under a heading of --help."""
    command(app, "migrate", run)(migrate)
    command(app, "schedule", run)(schedule)


def migrate(ctx: typer.Context, job: o.JobName = None, sample: o.AtMost = None, yes: o.Yes = False,
            allow: o.Allow = None, values: o.Values = False) -> int:  # fmt: skip
    """Moves all customers once: plans, asks, writes, reads everything back, and reckons up where each one is."""
    from sync.commands.asking import allowances, job_named
    from sync.commands.syncing import person
    from sync.migrate.line import migrate as moved
    from sync.show.migrated import show_migrated
    from sync.show.told import confirming

    call = call_of(ctx)
    workspace, screen = call.workspace(), call.screen
    named, allowed = job_named(workspace, job), allowances(allow or (), workspace)
    with call.session(workspace) as session:
        confirm = confirming(screen, session, yes=yes, reveal=values)
        done = moved(session, named, confirm, sample=sample, by=person(), allowed=allowed)
        if screen.json:
            screen.data(done.as_json())
            return done.code
        return show_migrated(screen, done)


def schedule(ctx: typer.Context, once: o.Once = None, outside: o.Outside = "", to: o.ToFolder = None) -> int:
    """Runs the jobs at their times until it is stopped; or prints what an outside scheduler needs for that."""
    from sync.show import scheduled as show

    call = call_of(ctx)
    workspace, screen = call.workspace(), call.screen
    if (once is not None) and outside:
        raise ConfigError("--once runs a job now, --print writes files; say one of them")
    if outside:
        from sync.schedule.outside import KINDS, put, written

        if outside not in KINDS:
            raise ConfigError("--print takes one of {known}; `{word}` is none", known=", ".join(KINDS), word=outside)
        files = written(workspace, outside)
        show.show_files(screen, files, put(files, Path(to)) if to else ())
        return 0
    if once is not None:
        from connectors.gate import RunGate
        from sync.commands.asking import job_named
        from sync.schedule.once import once as run_once
        from sync.show.stopping import stoppable

        gate = RunGate()
        job = job_named(workspace, once)
        with stoppable(gate, screen):
            done = run_once(workspace, job, gate)
        if done.error is not None and not isinstance(done.error, OffbookError):
            raise done.error
        return show.show_once(screen, done)
    from sync.schedule.forever import run_forever

    return run_forever(workspace, show.tell_scheduled(screen, workspace.timezone, workspace.folder))


__all__ = ["add_to"]
