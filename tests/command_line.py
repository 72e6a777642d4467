"""How do tests call the commands: in this process, as `offbook` would be called, or in a process of their own?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

import cli

ROOT = Path(__file__).resolve().parents[1]
QUIET = {"OFFBOOK_LANG": "en", "COLUMNS": "80", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return self.json()["error"]


def call(*words: object, folder: Path | None = None, lang: str = "en", answer: str = "") -> Said:
    """One call in this process. folder: --workspace."""
    given = [*(["--workspace", str(folder)] if folder is not None else []), *map(str, words)]
    environment: Mapping[str, str] = {**QUIET, "OFFBOOK_LANG": lang}
    done = CliRunner().invoke(cli.app, given, input=answer, env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def spawn(*words: object, cwd: Path | None = None, **environment: str) -> Said:
    """One call in a process of its own, through offbook/__main__.py."""
    env = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "offbook", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)
    return Said(done.returncode, done.stdout, done.stderr)


def imported(*words: str, cwd: Path) -> set[str]:
    """The modules that a call imports, of all packages."""
    script = (
        "import sys; sys.argv[:] = ['offbook', *sys.argv[1:]]\n"
        "from offbook.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    env = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)
    return set(done.stderr.rsplit("\n", 2)[-2].split())
