"""Where does what a command says go? Results to standard output, everything else to standard error.

Colour only on a terminal (and not under NO_COLOR), tables of at most the terminal's width or 80 columns, progress only
where somebody watches. With --json nothing but one JSON document goes to standard output.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from connectors.contract import ConfigError, say
from sync.messages import translate
from sync.show.words import plain, width, wrap

if TYPE_CHECKING:
    from rich.console import Console

    from sync.run import Progress
    from sync.show.progress import Bars

WIDEST = 120
"""A wider terminal does not make a table easier to read."""


@dataclass(slots=True)
class Screen:
    """How this call wants to be answered.

    lang: "en" or "zh". out, err: None means the process's own at the time of writing.
    """

    lang: str = "en"
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    strict: bool = False
    out: TextIO | None = None
    err: TextIO | None = None
    _consoles: dict[int, Console] = field(default_factory=dict, repr=False)
    _bars: Bars | None = field(default=None, repr=False)

    # -------------------------------------------------------------------------- what commands call

    def say(self, said: object) -> str:
        """A text in the reader's language."""
        return translate(said, self.lang)

    def line(self, said: object = "", *, style: str = "") -> None:
        """A result, on standard output; nothing under --json."""
        if not self.json:
            self._print(self.console(), self.say(said), style)

    def note(self, said: object, *, style: str = "dim") -> None:
        """Something beside the result: what to do next, what was skipped. Standard error; nothing under --quiet."""
        if not (self.quiet or self.json):
            self._print(self.aside(), self.say(said), style)

    def warn(self, said: object) -> None:
        """Something that a person must know, whatever he asked for: standard error, also under --quiet and --json."""
        self._print(self.aside(), self.say(said), "yellow")

    def heading(self, said: object) -> None:
        if not self.json:
            self._print(self.console(), "", "")
            self._print(self.console(), self.say(said), "bold")

    def table(
        self,
        headings: Sequence[object],
        rows: Sequence[Sequence[object]],
        *,
        right: Collection[int] = (),
        grow: int = -1,
    ) -> None:
        """Rows under headings, on standard output. right: columns of numbers. grow: the column that is broken into
        lines first where the screen is narrow. Cells are texts of ours, or values, which are shown and not obeyed."""
        if self.json or not rows:
            return
        from sync.show.grid import grid

        cells = [[self._cell(cell) for cell in row] for row in rows]
        first, *lines = grid([self.say(h) for h in headings], cells, columns=self.columns, right=right, grow=grow)
        self._print(self.console(), first, "bold")
        for line in lines:
            self._print(self.console(), line, "")

    @property
    def columns(self) -> int:
        """How wide a result may be."""
        return self.console().width

    def data(self, content: object) -> None:
        """The one JSON document of a call with --json."""
        out = self.out or sys.stdout
        text = json.dumps(content, ensure_ascii=_is_narrow(out), indent=2, default=str)
        out.write(text + "\n")
        out.flush()

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A callable (what, done, all; 0: nobody knows) that draws a bar where somebody watches."""
        console = self.aside()
        if self.quiet or self.json or not console.is_terminal:
            yield lambda _what, _done, _all: None
            return
        from sync.show.progress import Bars

        self._bars = Bars(console, self.lang)
        try:
            yield self._bars.draw
        finally:
            self._bars.rest()
            self._bars = None

    def ask(self, said: object) -> bool | None:
        """A question to be answered with yes or no; None where nobody can answer."""
        if self.json or not _can_answer():
            return None
        if self._bars is not None:
            self._bars.rest()
        self.aside().print(self.say(said), end=" ", markup=False, highlight=False)
        answer = sys.stdin.readline().strip().casefold()
        return answer in ("y", "yes", "是", "好", "是的")

    def confirmed(self, said: object, *, yes: bool) -> bool:
        """A question before something that cannot be taken back. yes: answered already. Raises ConfigError where nobody
        can be asked."""
        answer = yes or self.ask(said)
        if answer is None:
            raise ConfigError("nothing was done, as nobody could be asked; --yes answers the question")
        if not answer:
            self.note(say("nothing was done"))
        return answer

    # -------------------------------------------------------------------------- its consoles

    def console(self) -> Console:
        """Rich's console on standard output."""
        return self._console(self.out or sys.stdout)

    def aside(self) -> Console:
        """Rich's console on standard error."""
        return self._console(self.err or sys.stderr)

    def _console(self, file: TextIO) -> Console:
        made = self._consoles.get(id(file))
        if made is None:
            from rich.console import Console

            _survive(file)
            made = Console(file=file, highlight=False, markup=False, emoji=False)
            if made.is_terminal and made.width > WIDEST:
                made.width = WIDEST
            elif not made.is_terminal and "COLUMNS" not in os.environ:
                made.width = 80
            self._consoles[id(file)] = made
        return made

    def _print(self, console: Console, text: str, style: str) -> None:
        """On a terminal a line ends between words; in a file or a pipe it stays whole."""
        from rich.text import Text

        if self._bars is not None:
            self._bars.rest()
        if console.is_terminal and width(text) > console.width:
            text = "\n".join(wrap(text, console.width))
        console.print(Text(text, style=style), soft_wrap=True)

    def _cell(self, cell: object) -> str:
        if cell is None:
            return ""
        return "\n".join(plain(line) for line in self.say(cell).split("\n"))


def _is_narrow(out: TextIO) -> bool:
    """Whether the stream cannot write every sign: then JSON escapes them."""
    return (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "") not in ("utf8", "utf8sig")


def _survive(file: TextIO) -> None:
    """A name that the terminal's encoding lacks is shown with a mark instead of ending the command."""
    reconfigure: Callable[..., None] | None = getattr(file, "reconfigure", None)
    if reconfigure is not None and not isinstance(file, io.StringIO) and _is_narrow(file):
        reconfigure(errors="replace")


def _can_answer() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


__all__ = ["Screen"]
