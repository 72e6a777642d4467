"""What does the log of scheduled runs say, and where are the files for an outside scheduler? Counts only, never a value."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from connectors.contract import Said, say
from sync.show.errors import DEFECT, frames

if TYPE_CHECKING:
    from sync.schedule.forever import Next, Tell
    from sync.schedule.once import Finished
    from sync.show.screen import Screen


LOG: Final = "offbook.log"


def tell_scheduled(screen: Screen, timezone: str, folder: Path | None = None) -> Tell:
    """One line for each thing that happens, with its time; with --json a line of JSON each.

    folder: the workspace's, where the log says in which lines a mistake of our own happened.
    """
    from sync.schedule.once import Finished

    def tell(event: Finished | Next) -> None:
        if isinstance(event, Finished) and event.code == DEFECT and event.error is not None:
            _log(folder, event)
        if screen.json:
            out = screen.out or sys.stdout
            out.write(json.dumps(event.as_json(), ensure_ascii=False) + "\n")
            out.flush()
        elif isinstance(event, Finished):
            screen.line(f"{_clock(event.ended, timezone)} {screen.say(came_to(event))}")
        else:
            for job in event.caught_up:
                screen.line(say("{job}: a time went by while nobody was running; it is caught up now", job=job))
            for job, at in event.times.items():
                screen.note(say("next: {job} at {time}", job=job, time=_clock(at, timezone)))

    return tell


def _log(folder: Path | None, done: Finished) -> None:
    """Types, files and lines, as for a command that a person runs; never a value."""
    if folder is None or done.error is None:
        return
    text = "\n".join([f"{done.ended.isoformat(timespec='seconds')} offbook schedule", *frames(done.error), ""])
    with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(text)


def _clock(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")


def came_to(done: Finished) -> Said:
    """A run in one line."""
    waits = sum(done.not_sent.values())
    counts = say("{planned} changes planned, {done} written, {waits} not sent, {questions} questions",
                 planned=done.planned, done=done.done, waits=waits, questions=done.questions)  # fmt: skip
    if done.stopped:
        return say("{job}: stopped in good order; {counts}", job=done.job, counts=counts)
    if done.trouble:
        return say("{job}: failed ({code}): {trouble}", job=done.job, code=done.code, trouble=done.trouble)
    if done.code:
        return say("{job}: {counts}; not all of it went well ({code}), see `offbook show {plan}`",
                   job=done.job, counts=counts, code=done.code, plan=done.plan)  # fmt: skip
    return say("{job}: {counts}", job=done.job, counts=counts)


def show_once(screen: Screen, done: Finished) -> int:
    if screen.json:
        screen.data(done.as_json())
    else:
        screen.line(came_to(done))
    return done.code


def show_files(screen: Screen, files: Mapping[str, str], paths: Sequence[Path] = ()) -> None:
    """On the screen, or where they were written."""
    if screen.json:
        screen.data({"files": dict(files), "written": [str(path) for path in paths]})
    elif paths:
        for path in paths:
            screen.line(str(path))
    else:
        for name, text in files.items():
            if len(files) > 1:
                screen.line(f"# ---- {name}")
            screen.line(text.rstrip("\n"))


__all__ = ["came_to", "show_files", "show_once", "tell_scheduled"]
