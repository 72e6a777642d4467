"""The command that finds duplicates in any spreadsheets, with no workspace: dedupe."""

from __future__ import annotations

from pathlib import Path

import typer

from sync.show import options as o
from sync.show.shell import call_of, command


def add_to(app: typer.Typer, panel: str) -> None:
    """Puts the command under a heading of --help."""
    command(app, "dedupe", panel)(dedupe)


def dedupe(
    ctx: typer.Context,
    files: o.AnyFiles,
    source_column: o.SourceColumn = "",
    key_column: o.KeyColumn = "",
    across: o.Across = False,
    kind: o.Sought = "",
    out: o.LinksFile = None,
    report: o.ReportFile = None,
    decisions: o.DecisionsFile = None,
) -> int:
    """Finds records that are the same in any spreadsheets: no project, no configuration. Nothing is changed in them."""
    from sync.dedupe.finding import find
    from sync.dedupe.tables import Asked
    from sync.show.deduped import show_found, wrote

    screen = call_of(ctx).screen
    asked = Asked(source_column, key_column, across, kind)
    with screen.progress() as draw:
        found = find(files, Path(), asked, Path(decisions) if decisions else None, draw)
        written = wrote(found, draw, Path(out) if out else None, Path(report) if report else None, screen.lang)
    show_found(screen, found, written)
    return 1 if screen.strict and (found.questions or found.contradictions) else 0


__all__ = ["add_to"]
