"""How is trouble told: one clear paragraph, one JSON object, one exit code? (DESIGN §10)

A mistake of a person never shows a traceback. A mistake of ours is one line, and a log beside the ledger that holds
where it happened: types, files and lines, never a value.
"""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.contract import OffbookError, Said, say

if TYPE_CHECKING:
    from sync.show.call import Call
    from sync.show.screen import Screen

INTERRUPTED: Final = 130
DEFECT: Final = 70
LOG: Final = "offbook.log"


def tell(call: Call, trouble: BaseException) -> int:
    """Says what went wrong as this call wants it -> the exit code."""
    if isinstance(trouble, OffbookError):
        return _said(call.screen, trouble)
    if isinstance(trouble, KeyboardInterrupt):
        text = say("stopped; what was not sent is planned again")
        return _answer(call.screen, INTERRUPTED, "Interrupted", text)
    if isinstance(trouble, OSError) and trouble.strerror:
        named = trouble.filename if isinstance(trouble.filename, (str, Path)) else "?"
        text = say("{path}: {why}", path=named, why=trouble.strerror)
        return _answer(call.screen, 2, "ConfigError", text)
    path = _logged(call, trouble)
    text = say("Offbook stopped at a mistake of its own ({kind}). Where it happened stands in {path}, without any customer's"
               " value; please report it. Nothing is lost: run the same command again.",
               kind=type(trouble).__name__, path=path)  # fmt: skip
    return _answer(call.screen, DEFECT, type(trouble).__name__, text)


def _said(screen: Screen, trouble: OffbookError) -> int:
    from connectors.faults import WrongFiles

    if not isinstance(trouble, WrongFiles):
        return _answer(screen, trouble.exit_code, type(trouble).__name__, trouble.said)
    lines = [in_file(screen, fault.file, fault.line, fault.where, fault.text) for fault in trouble.faults]
    faults = [{"file": f.file, "line": f.line, "where": f.where, "text": screen.say(f.text)} for f in trouble.faults]
    if screen.json:
        error = {"code": 2, "kind": "ConfigError", "text": "\n".join(lines), "faults": faults}
        screen.data({"error": error})
    else:
        for line in lines:
            screen.warn(line)
        screen.note(say("{count} to mend; nothing was read or written", count=len(lines)))
    return trouble.exit_code


def in_file(screen: Screen, file: str, line: int, where: str, text: object) -> str:
    """`file:line where: text`."""
    place = f"{file}:{line}" if line else file
    return screen.say(say("{what}: {text}", what=f"{place} {where}".strip(), text=text))


def _answer(screen: Screen, code: int, kind: str, text: Said) -> int:
    if screen.json:
        screen.data({"error": {"code": code, "kind": kind, "text": screen.say(text)}})
    else:
        screen.warn(text)
    return code


# ------------------------------------------------------------------------------ a mistake of ours


def _logged(call: Call, trouble: BaseException) -> Path | str:
    """Where the traceback was written: beside the ledger, else in the system's folder for temporary files."""
    text = "\n".join([f"{datetime.now(UTC).isoformat(timespec='seconds')} offbook", *frames(trouble), ""])
    for folder in (_beside(call), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        path = folder / LOG
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return path
    return text


def _beside(call: Call) -> Path | None:
    try:
        return call.home()
    except OffbookError:
        return None


def frames(trouble: BaseException) -> Iterator[str]:
    """Types, files, lines and functions of a chain of exceptions; no message, since it may quote a customer's value."""
    chain: list[BaseException] = []
    following: BaseException | None = trouble
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or following.__context__
    for one in reversed(chain):
        yield f"{type(one).__module__}.{type(one).__qualname__}"
        for frame in traceback.extract_tb(one.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"


__all__ = ["DEFECT", "INTERRUPTED", "frames", "in_file", "tell"]
