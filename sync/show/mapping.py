"""How do suggestions for columns, and what a mapping was found to be, look?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connectors.contract import Finding, say
from sync.messages.names import LEVELS, word

if TYPE_CHECKING:
    from pathlib import Path

    from sync.commands.suggesting import Suggested
    from sync.config.model import Workspace
    from sync.show.screen import Screen


def show_suggested(screen: Screen, found: Suggested) -> None:
    """A row for each column: what it seems to hold, how sure, and why."""
    from sync.commands.suggesting import heading

    if screen.json:
        columns = [{**row, "reason": screen.say(one.reason)}
                   for row, one in zip(found.as_json()["columns"], found.suggestions, strict=True)]  # fmt: skip
        screen.data({**found.as_json(), "columns": columns})
        return
    screen.line(heading(found), style="bold")
    rows = []
    for one in found.suggestions:
        sure = f"{one.confidence:.0%}" if one.field else ""
        rows.append([one.heading or "—", one.field or "—", sure, one.reason])
    screen.table([say("column"), say("field"), say("sure"), say("why")], rows, right=(2,))
    if found.others:
        screen.note(say("other tables: {tables}; look at one with --table", tables=", ".join(found.others)))
    screen.note(say("--mapping prints a mapping made of it, --write keeps it as a file"))


def show_mapping(screen: Screen, found: Suggested, workspace: Workspace | None, home: Path | None) -> None:
    """The text of a mapping; `home`: it is kept there as a file, and its name is shown."""
    from sync.commands.suggesting import put_mapping

    text = found.mapping(workspace.kinds if workspace else None, screen.say)
    path = put_mapping(home, found.source, text) if home is not None else None
    if screen.json:
        screen.data({"table": found.sample.table.id, "mapping": text, "written": str(path) if path else None})
    elif path is not None:
        screen.line(say("written: {path}", path=path))
    else:
        screen.line(text.rstrip("\n"))


def show_findings(screen: Screen, findings: Sequence[Finding]) -> None:
    """Errors first, each with the table it is about."""
    order = ("error", "warning", "note")
    for one in sorted(findings, key=lambda one: order.index(one.level)):
        style = {"error": "red", "warning": "yellow"}.get(one.level, "")
        text: object = one.text
        if one.table and one.table not in screen.say(text):
            text = say("{what}: {text}", what=one.table, text=text)
        screen.line(say("{what}: {text}", what=word(LEVELS, one.level, screen.lang), text=text), style=style)


def finding_json(screen: Screen, one: Finding) -> dict[str, Any]:
    return {
        "level": one.level,
        "code": one.code,
        "table": one.table,
        "text": screen.say(one.text),
        "proved": one.proved,
    }


__all__ = ["finding_json", "show_findings", "show_mapping", "show_suggested"]
