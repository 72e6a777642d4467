"""What was asked for with this call, beside the command: where the workspace is, and how to answer?

The options that every command takes are understood here, before or after the command, so that no command declares them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.contract import ConfigError, Said, say
from sync.messages import LANGUAGES, language
from sync.show.screen import Screen

if TYPE_CHECKING:
    from sync.config.model import Workspace
    from sync.run import Session

FLAGS: Final[Mapping[str, Said]] = {
    "--json": say("One JSON document on standard output, for programs."),
    "--quiet": say("Results only."),
    "--verbose": say("More about each step."),
    "--strict": say("Exit 1 where something waits for a person."),
}
VALUES: Final[Mapping[str, tuple[str, Said]]] = {
    "--workspace": ("DIR", say("The folder with offbook.yaml; else the nearest one from here upwards.")),
    "--lang": ("en|zh", say("The language of texts; else OFFBOOK_LANG, else that of the system.")),
}
"""Options that stand before or after any command, and what they mean."""


class Usage(ConfigError):
    """The command line itself cannot be understood."""


@dataclass(slots=True)
class Call:
    """One call of `offbook`. folder: what --workspace names."""

    screen: Screen = field(default_factory=Screen)
    folder: Path | None = None

    def home(self) -> Path:
        """The workspace's folder. Raises ConfigError where there is none."""
        from sync.workspace import find_workspace

        if self.folder is None:
            return find_workspace(Path.cwd())
        if not self.folder.is_dir():
            raise ConfigError("there is no folder {folder}", folder=self.folder)
        return self.folder

    def workspace(self) -> Workspace:
        """The workspace, checked. Raises ConfigError, WrongFiles."""
        from sync.workspace import load

        return load(self.home())

    def workspace_if_any(self) -> Workspace | None:
        """The workspace where there is one here: some commands do without."""
        from sync.workspace import FILE, load

        home = self.folder or next((f for f in (Path.cwd(), *Path.cwd().parents) if (f / FILE).is_file()), None)
        return load(home) if home is not None else None

    def outline(self) -> Workspace:
        """The same for commands that only list: no connector is asked."""
        from sync.workspace import outline

        return outline(self.home())

    @contextmanager
    def session(self, workspace: Workspace | None = None, *, create: bool = True) -> Iterator[Session]:
        """The ledger open, with progress on the screen; stops between batches when it is told to."""
        from connectors.gate import RunGate
        from connectors.vault import FileVault
        from sync.run import open_session
        from sync.show.stopping import stoppable, stops_reading

        workspace = workspace or self.workspace()
        gate = RunGate()
        vault = FileVault(workspace.folder / "offbook.vault.json", gate.wait)
        session = open_session(workspace, create=create, gate=gate, vault=vault)
        try:
            with self.screen.progress() as draw, stoppable(gate, self.screen):
                session.progress = stops_reading(draw, gate)
                yield session
        finally:
            session.close()


def understood(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[Call, list[str]]:
    """The call and the arguments that are left for the command. Raises Usage, with the call's language known by then."""
    env = os.environ if environment is None else environment
    screen = Screen(lang=language("", env if environment is not None else None))
    call, rest, left = Call(screen), list[str](), list(arguments)
    wrong: Usage | None = None
    while left:
        word = left.pop(0)
        name, equals, given = word.partition("=")
        if word == "--":
            rest += [word, *left]
            break
        if word in FLAGS:
            setattr(screen, word[2:], True)
        elif name in VALUES:
            if not equals and not left:
                wrong = wrong or Usage("option {option} needs a value", option=name)
                continue
            wrong = _take(call, name, given if equals else left.pop(0)) or wrong
        else:
            rest.append(word)
    if wrong is not None:
        raise Misunderstood(call, wrong)
    return call, rest


class Misunderstood(Exception):
    """Carries the call, so that the error can be said as the call wants it."""

    def __init__(self, call: Call, why: Usage) -> None:
        super().__init__(str(why))
        self.call, self.why = call, why


def _take(call: Call, name: str, value: str) -> Usage | None:
    if name == "--workspace":
        call.folder = Path(value).expanduser()
    elif value not in LANGUAGES:
        return Usage("texts are in en and zh, none in {language}", language=value)
    else:
        call.screen.lang = value
    return None


__all__ = ["FLAGS", "VALUES", "Call", "Misunderstood", "Usage", "understood"]
