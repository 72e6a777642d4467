"""How far is it? Bars on standard error while a run reads, merges and writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from connectors.contract import say
from sync.messages import translate

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from sync.run import Progress


@contextmanager
def bars(console: Console, lang: str) -> Iterator[Progress]:
    """One line for each step, drawn at most ten times a second and gone when all is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        tasks: dict[str, TaskID] = {}

        def draw(what: str, done: int, every: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(_called(what, lang), total=None)
            shown.update(tasks[what], completed=done, total=every or None)

        yield draw


def _called(what: str, lang: str) -> str:
    """The engine's own names of steps: a table that is read, `merge`, `write TABLE`."""
    if what == "merge":
        return translate(say("merging"), lang)
    if what.startswith("write "):
        return translate(say("writing {table}", table=what.removeprefix("write ")), lang)
    return translate(say("reading {table}", table=what), lang)


__all__ = ["bars"]
