"""Which pages are made from the code, and what do they say? `python docs/make.py` writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import typer  # noqa: E402 - the repository must be found first, whatever the current folder is

import cli  # noqa: E402
from connectors import registry  # noqa: E402
from connectors.contract import Op, Said  # noqa: E402
from sync.config.jsonschema import texts  # noqa: E402
from sync.messages import translate  # noqa: E402
from sync.messages.names import OPS, word  # noqa: E402
from sync.show.call import FLAGS, VALUES  # noqa: E402
from sync.show.helping import PANELS  # noqa: E402

EVERYWHERE: Final = frozenset({*FLAGS, *VALUES, "--help", "--version"})


def _tree(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(`map suggest`, its command) for every command, groups as well; the whole program is ``."""
    yield name, group
    for part, one in getattr(group, "commands", {}).items():
        yield from _tree(one, f"{name} {part}".strip())


_PROGRAM: Final = typer.main.get_command(cli.app)
VALUED: Final = frozenset({*VALUES}).union(
    *({o for p in one.params if p.param_type_name == "option" and not p.is_flag for o in p.opts}
      for _, one in _tree(_PROGRAM))
)  # fmt: skip
"""Options that are followed by a value."""


def commands() -> dict[str, frozenset[str]]:
    """Each command's name → the options it takes."""
    return {name: EVERYWHERE | {opt for p in one.params for opt in p.opts if opt.startswith("-")}
            for name, one in _tree(_PROGRAM)}  # fmt: skip


def made(root: Path) -> dict[str, str]:
    """Path in the repository → text of every generated page. root: where the decisions are read from."""
    return {
        "docs/commands.md": _commands("en"),
        "docs/zh/commands.md": _commands("zh"),
        "docs/connectors/index.md": _connectors(),
        "docs/decisions/README.md": _decisions(root),
        **{f"docs/schema/{name}": text for name, text in texts().items()},
    }


def write(root: Path = ROOT) -> list[str]:
    """Writes what is not as it should be, and names it."""
    changed = []
    for name, text in made(root).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


# ------------------------------------------------------------------------------ commands

_TITLE: Final = {"en": "Commands", "zh": "命令"}
_HEAD: Final = {
    "en": "What `offbook COMMAND --help` says, made by `python docs/make.py`.",
    "zh": "`offbook 命令 --help` 所说的内容，由 `python docs/make.py` 生成。",
}  # fmt: skip
_MORE: Final = {"en": "With every command", "zh": "每个命令都可用"}


def _commands(lang: str) -> str:
    lines = [f"# {_TITLE[lang]}", "", _HEAD[lang], ""]
    found = [(name, one) for name, one in _tree(_PROGRAM) if name and (not hasattr(one, "commands") or one.callback)]
    for panel in PANELS:
        mine = [(name, one) for name, one in found if _panel(name) == str(panel)]
        if mine:
            lines += [f"## {translate(panel, lang)}", ""]
        for name, one in mine:
            lines += _command(name, one, lang)
    lines += [f"## {_MORE[lang]}", "", *_table(_everywhere(lang))]
    return "\n".join(lines).rstrip() + "\n"


def _panel(name: str) -> str:
    first = dict(_tree(_PROGRAM))[name.split()[0]]
    panel = getattr(first, "rich_help_panel", None)
    return panel if isinstance(panel, str) else str(PANELS[-1])


def _command(name: str, one: Any, lang: str) -> Iterator[str]:
    arguments = [p for p in one.params if p.param_type_name == "argument"]
    options = [p for p in one.params if p.param_type_name == "option" and "--help" not in p.opts]
    words = ["offbook", name, *(f"[{p.metavar}]" if not p.required else str(p.metavar) for p in arguments)]
    yield from (f"### offbook {name}", "", "```", " ".join([*words, *(["[OPTION …]"] if options else [])]), "```", "")
    yield from (" ".join(translate(Said(one.help or ""), lang).split()), "")
    rows = [(str(p.metavar), _says(p, lang)) for p in arguments]
    rows += [(", ".join(p.opts) + ("" if p.is_flag else f" {p.metavar}"), _says(p, lang)) for p in options]
    if rows:
        yield from _table(rows)


def _says(param: Any, lang: str) -> str:
    return translate(Said(param.help or ""), lang)


def _everywhere(lang: str) -> list[tuple[str, str]]:
    rows = [(f"{name} {what}", translate(text, lang)) for name, (what, text) in VALUES.items()]
    return rows + [(name, translate(text, lang)) for name, text in FLAGS.items()]


def _table(rows: list[tuple[str, str]]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    for name, text in rows:
        yield _row(name, text)
    yield ""


def _row(name: str, text: str) -> str:
    return f"| `{name.replace('|', chr(92) + '|')}` | {text.replace('|', chr(92) + '|')} |"


# ------------------------------------------------------------------------------ connectors


def _connectors() -> str:
    lines = [
        "# Connectors",
        "",
        "What the best table of each system can do, made from the connectors' own capabilities by `python docs/make.py`.",
        "What a certain table can do is said by `offbook check`.",
        "",
        "| connector | system | can | needs |",
        "|---|---|---|---|",
    ]
    for name in sorted(registry.KNOWN):
        spec = registry.spec(name)
        can = spec.best
        writes = ", ".join(["read", *(word(OPS, op, "en") for op in Op if op in can.ops)])
        page = f"[{name}]({name}.md)" if (ROOT / f"docs/connectors/{name}.md").exists() else name
        lines.append(f"| {page} | {spec.title} | {writes} | {spec.extra or '–'} |")
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------ decisions


def _decisions(root: Path) -> str:
    lines = [
        "# Decisions",
        "",
        "One page each: what was decided where the design was silent or is departed from, and why.",
        "",
    ]
    for path in sorted((root / "docs/decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
        lines.append(f"- [{path.stem[:4]}]({path.name}) {title.removeprefix(path.stem[:4]).lstrip(' .:–-')}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.writelines(f"written: {name}\n" for name in write())
