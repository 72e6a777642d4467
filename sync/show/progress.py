"""How far is it? Bars on standard error while a run reads, merges and writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.contract import say
from sync.messages import translate

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@dataclass(slots=True)
class Bars:
    """One line for each step, drawn at most ten times a second, and gone before anything else is written.

    They would otherwise be drawn anew over the last lines of a result, or over a question.
    """

    console: Console
    lang: str
    _shown: Progress | None = None
    _tasks: dict[str, TaskID] = field(default_factory=dict)

    def draw(self, what: str, done: int, every: int) -> None:
        """every: 0 where nobody knows how many there are."""
        if self._shown is None:
            self._shown = self._begun()
        step = "write" if what.startswith("write ") else what  # its numbers count through all tables
        said = _called(what, self.lang)
        if step not in self._tasks:
            self._tasks[step] = self._shown.add_task(said, total=None)
        self._shown.update(self._tasks[step], completed=done, total=every or None, description=said)

    def rest(self) -> None:
        """Takes the bars off the screen until something is drawn again."""
        if self._shown is not None:
            self._shown.stop()
        self._shown = None
        self._tasks.clear()

    def _begun(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        said = TextColumn("{task.description}", markup=False)
        shown = Progress(
            said, BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), console=self.console, transient=True
        )
        shown.start()
        return shown


def _called(what: str, lang: str) -> str:
    """The engine's own names of steps: a table that is read, `merge`, `match`, `write TABLE`."""
    if what == "merge":
        return translate(say("merging"), lang)
    if what == "match":
        return translate(say("comparing"), lang)
    if what.startswith("write "):
        return translate(say("writing {table}", table=what.removeprefix("write ")), lang)
    return translate(say("reading {table}", table=what), lang)


__all__ = ["Bars"]
