"""Do the pages say what is so? `python docs/check.py` prints what does not, and exits 1; it needs no network.

`python docs/make.py` writes the generated pages anew. Each check takes the folder of the repository, so that tests can
hand it a damaged copy, and yields one line for each thing that is wrong.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs import commandpages, make  # noqa: E402 - the repository must be found first, whatever the current folder is
from docs.keys import keys_are_told, options_are_told, promises_are_told, rules_are_told  # noqa: E402
from docs.pages import anchors, fenced, headings, links, pages  # noqa: E402
from docs.samples import samples_load  # noqa: E402

Check = Callable[[Path], Iterator[str]]


def links_lead_somewhere(root: Path) -> Iterator[str]:
    """Every relative link, image and anchor of every page."""
    for page in pages(root):
        for line, target in links(page.read_text(encoding="utf-8")):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            path, _, anchor = target.partition("#")
            goal = (page.parent / path).resolve() if path else page
            where = f"{page.relative_to(root)}:{line}"
            if not goal.exists():
                yield f"{where}: there is no {target}"
            elif anchor and goal.suffix == ".md" and anchor not in anchors(goal.read_text(encoding="utf-8")):
                yield f"{where}: {path or 'this page'} has no heading #{anchor}"


def made_pages_are_of_today(root: Path) -> Iterator[str]:
    """Commands, connectors, decisions and schemas: what stands there is what the code says now."""
    for name, text in make.made(root).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{name}: is not what the code says now; run: python docs/make.py"


def readmes_are_alike(root: Path) -> Iterator[str]:
    """The two carry the same sections and the same commands."""
    both = [(root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")]
    levels = [[level for level, _ in headings(text)] for text in both]
    if levels[0] != levels[1]:
        yield f"README.zh-CN.md: its headings have the levels {levels[1]}, those of README.md {levels[0]}"
    typed = [[typed for _, typed in _typed(text)] for text in both]
    if typed[0] != typed[1]:
        odd = sorted(set(typed[0]) ^ set(typed[1]))
        yield f"README.zh-CN.md: shows other commands than README.md: {', '.join(odd) or 'in another order'}"


def commands_exist(root: Path) -> Iterator[str]:
    """Each `offbook …` that a reader is told to type."""
    known, valued = commandpages.commands(), commandpages.valued()
    for page in pages(root):
        for line, typed in _typed(page.read_text(encoding="utf-8")):
            wrong = _misused(typed.split(" #")[0].split(), known, valued)
            if wrong:
                yield f"{page.relative_to(root)}:{line}: {wrong}"


def changelog_is_open(root: Path) -> Iterator[str]:
    """There is a place for the next line."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(r"^## \[?Unreleased\]?", text, re.MULTILINE):
        yield "CHANGELOG.md: has no section `## Unreleased`"


_PRIVATE: Final = re.compile(
    rb"(?<![\w./$}<-])/(?:work|tmp|root|home)/[a-z]"  # a path of somebody's machine
    rb"|https?://[^\s\"')]*(?:py" + rb"pi|python" + rb"hosted|/simple\b)"  # the address of a registry
    rb"|(?:--)?(?:extra-)?index-url[ =]+https?:"
)


def nothing_private(root: Path) -> Iterator[str]:
    """No path of a machine, no address of a package registry, in any file that is kept."""
    for path in _kept(root):
        for at, line in enumerate(path.read_bytes().splitlines() if path.is_file() else (), 1):
            found = _PRIVATE.search(line)
            if found:
                yield f"{path.relative_to(root)}:{at}: names {found[0].decode()}"


CHECKS: Final[tuple[Check, ...]] = (
    links_lead_somewhere,
    made_pages_are_of_today,
    readmes_are_alike,
    commands_exist,
    keys_are_told,
    options_are_told,
    promises_are_told,
    rules_are_told,
    samples_load,
    changelog_is_open,
    nothing_private,
)


def _typed(text: str) -> Iterator[tuple[int, str]]:
    """The command lines in blocks of a shell, as (line, what is typed)."""
    for start, kind, lines in fenced(text):
        if kind not in ("console", "sh", "shell", "bash"):
            continue
        for at, line in enumerate(lines, start + 1):
            found = re.match(r"(\$ )?(offbook( .*)?)$", line)
            if found and (found[1] or kind != "console"):
                yield at, found[2]


def _misused(words: list[str], known: dict[str, frozenset[str]], valued: frozenset[str]) -> str:
    """What is wrong with a command line; empty if nothing is."""
    options = [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
    bare, skip = list[str](), False
    for word in words[1:]:
        if skip or word.startswith("-"):
            skip = not skip and word in valued
            continue
        bare.append(word)
    name = next((" ".join(bare[:n]) for n in (2, 1) if " ".join(bare[:n]) in known), "")
    more = bare[len(name.split()) :]
    if (bare and not name) or (more and any(other.startswith(f"{name} ") for other in known)):
        return f"there is no command `offbook {' '.join(bare[:2])}`"
    for option in options:
        if option not in known[name]:
            return f"`offbook {name}`".replace(" `", "`") + f" has no option {option}"
    return ""


def _kept(root: Path) -> Iterator[Path]:
    """The files under version control; in a copy without it, all but what tools leave behind."""
    if (root / ".git").exists():
        said = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout  # noqa: S607
        yield from (root / name for name in said.decode().split("\0") if name)
        return
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        folders = path.relative_to(root).parts[:-1]
        if not any(one in ("build", "__pycache__") or (one[0] == "." and one != ".ci") for one in folders):
            yield path


def wrong(root: Path = ROOT) -> list[str]:
    """Everything that is wrong."""
    return [line for check in CHECKS for line in check(root)]


def main() -> int:
    found = wrong()
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(found)} to mend in the docs\n" if found else "the docs are in order\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
