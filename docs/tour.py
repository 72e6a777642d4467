"""Does the tour of the READMEs show what is printed today? `python docs/tour.py` runs it and writes it anew.

A block of the tour is one ```` ```console ```` block that begins with `$ make demo` or `$ offbook …` and stands behind
`<!-- tour: PIECES -->`. Pieces say what is shown of the output: `Read+9` is the line that begins with "Read" and the
eight after it, `Read+*` all up to the next empty line, `+3` the first three lines, `~kept+4` begins with the line that
holds "kept"; between pieces stands `…`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
READMES: Final = {"en": "README.md", "zh": "README.zh-CN.md"}
_BLOCK: Final = re.compile(
    r"(?P<head><!-- tour: (?P<pieces>.*?) -->\n```console\n)\$ (?P<typed>.*?)\n(?P<shown>.*?)(?P<end>^```$)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the tour. shown: what the page shows of its output. printed: all of it. code: its exit code."""

    typed: str
    shown: str
    today: str
    printed: str
    code: int


class NotPrinted(Exception):
    """A piece of the tour is not printed any more: its mark in the page is out of date."""


def typed(text: str) -> list[str]:
    """The commands of a page's tour, in order."""
    return [found["typed"] for found in _BLOCK.finditer(text)]


def run(text: str, lang: str, folder: Path) -> Iterator[Step]:
    """Runs the tour of a page in a new workspace in `folder`, which it makes."""
    for found in _BLOCK.finditer(text):
        printed, code = _printed(found["typed"], lang, folder)
        yield Step(found["typed"], found["shown"], _cut(printed, found), printed, code)


def written(text: str, steps: list[Step]) -> str:
    """The page with what is printed today."""
    left = iter(steps)
    return _BLOCK.sub(lambda found: f"{found['head']}$ {found['typed']}\n{next(left).today}{found['end']}", text)


def alike(text: str) -> str:
    """Text without what differs from run to run: times, and ids of customers."""
    text = re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?|\d{8}-\d{6}", "TIME", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "ID", text)


def _printed(command: str, lang: str, folder: Path) -> tuple[str, int]:
    words = command.split(" #")[0].split()
    if words[0] == "make":
        words = ["-m", "examples.demo", "--to", str(folder)]
    else:
        words = ["-m", "offbook", "--workspace", str(folder), *words[1:]]
    paths = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    env = {**os.environ, **paths, "OFFBOOK_LANG": lang, "COLUMNS": "80", "NO_COLOR": "1"}
    line = [sys.executable, *words]
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False)  # noqa: S603
    return done.stdout.replace(f"{folder}", "build/demo"), done.returncode


def _cut(printed: str, found: re.Match[str]) -> str:
    lines, out, at = printed.rstrip("\n").splitlines(), list[str](), 0
    for piece in found["pieces"].split(";"):
        start, _, count = piece.strip().rpartition("+")
        first = next((n for n in range(at, len(lines)) if _begins(lines[n], start)), None)
        if first is None:
            raise NotPrinted(f"`{found['typed']}` prints no line with: {start}\n{printed[-2000:]}")
        if first > at:
            out.append("…")
        at = first + int(count) if count != "*" else _paragraph(lines, first)
        out += lines[first:at]
    if at < len(lines):
        out.append("…")
    return "".join(f"{line.rstrip()}\n" for line in out)


def _paragraph(lines: list[str], first: int) -> int:
    """Where the paragraph ends that begins there."""
    return next((n for n in range(first, len(lines)) if not lines[n].strip()), len(lines))


def _begins(line: str, start: str) -> bool:
    return start[1:] in line if start.startswith("~") else line.startswith(start)


def main() -> int:
    for lang, name in READMES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            steps = list(run(text, lang, Path(folder).resolve() / "demo"))
        for step in steps:
            sys.stdout.write(f"{name}: {step.code} {step.typed}\n")
        path.write_text(written(text, steps), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
