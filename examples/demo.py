"""What does Offbook do on a first day? `make demo`: made-up customers, a plan, its apply, and a run with nothing to do.

The workspace stays in build/demo to play with. What somebody changed there is moved aside before a new one is made.
The exit code is 1 where a number is worse than a first day may be (examples.judge.BARS).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
if sys.path[0] == str(ROOT / "examples"):
    sys.path[0] = str(ROOT)  # started as a file: the modules of this folder are no top-level modules

from connectors.contract import say  # noqa: E402
from examples import found, shown  # noqa: E402
from examples.firstday import measure  # noqa: E402
from examples.generate import CUSTOMERS, SEED, generate  # noqa: E402
from sync.messages import LANGUAGES, language  # noqa: E402
from sync.report import report  # noqa: E402
from sync.run import Outcome, Session, apply_plan, make_plan  # noqa: E402
from sync.show.call import Call  # noqa: E402
from sync.show.screen import Screen  # noqa: E402
from sync.show.told import skipped  # noqa: E402

JOB: Final = "agree"
SEALS: Final = ".demo.json"
"""How the demo left its files, so that the next one can tell what somebody changed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module."""
    chosen = _arguments(arguments)
    screen = Screen(lang=language(chosen.lang))
    folder: Path = chosen.to
    aside = fresh(folder)
    if aside is not None:
        screen.line(say("Files in {folder} were changed since the last demo; they are kept in {aside}.",
                        folder=_near(folder), aside=_near(aside)))  # fmt: skip
    made = generate(folder, chosen.seed, chosen.customers)
    shown.head(screen, _near(folder), chosen.seed, {source: len(made.of(source)) for source in shown.PLACES})
    try:
        return play(Call(screen, folder))
    finally:
        seal(folder)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--lang", choices=LANGUAGES, default="", help="the language of what is printed")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes up other customers")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "demo", help="where the workspace is made")
    return parser.parse_args(arguments)


# ------------------------------------------------------------------------------ the steps


def play(call: Call) -> int:
    """Plan, apply, and once more, in a workspace that was generated. Returns the exit code."""
    folder, screen = call.home(), call.screen
    with call.session() as session:
        planned = make_plan(session, JOB)
        good = _tell_plan(screen, session, folder, planned)
        applied = apply_plan(session, planned.plan, by="demo")
        shown.applied(screen, applied)
        page = report(session, planned.plan, path=folder / "plan.html", lang=screen.lang)
    with call.session() as session:
        again = make_plan(session, JOB)
        shown.again(screen, again)
        skipped(screen, again)
    shown.next_steps(screen, _near(folder), planned.plan, _near(page))
    calm = again.code == 0 and not again.header["changes"]
    if not calm:
        screen.warn(say("the second run should have had nothing to write"))
    return 0 if good and calm and not planned.code and not applied.code else 1


def _tell_plan(screen: Screen, session: Session, folder: Path, planned: Outcome) -> bool:
    """Returns whether every number is good enough."""
    day = measure(session, folder, planned)
    shown.found(screen, found.look(session, planned.plan, "crm"), day, planned)
    shown.writes(screen, session, planned)
    return shown.measured(screen, day)


# ------------------------------------------------------------------------------ the folder


def fresh(folder: Path) -> Path | None:
    """An empty workspace with the demo's configuration. Returns where a changed one was moved to, if there was one."""
    aside = None
    if folder.exists():
        if _seals(folder) == _sealed(folder):
            shutil.rmtree(folder)
        else:
            number = next(n for n in range(1, 10**6) if not folder.with_name(f"{folder.name}-{n}").exists())
            aside = folder.rename(folder.with_name(f"{folder.name}-{number}"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "examples" / "demo", folder)
    return aside


def seal(folder: Path) -> None:
    """Writes down how the files of the folder are now."""
    text = json.dumps(_seals(folder), ensure_ascii=False, indent=1)
    (folder / SEALS).write_text(text + "\n", encoding="utf-8")


def _seals(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SEALS)
    return {path.relative_to(folder).as_posix(): hashlib.blake2b(path.read_bytes()).hexdigest()[:32] for path in files}


def _sealed(folder: Path) -> object:
    try:
        return json.loads((folder / SEALS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _near(path: Path) -> str:
    """The path as one would type it here."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(main())
