"""Which commands and options are there, and how does the page of commands show them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import typer

import cli
from connectors.contract import Said, say
from sync.messages import translate
from sync.show.call import FLAGS, VALUES
from sync.show.helping import PANELS

EVERYWHERE: Final = frozenset({*FLAGS, *VALUES, "--help", "--version"})
"""Options that every command takes."""

_HEAD: Final = {
    "en": ("# Commands", "What `offbook COMMAND --help` says; `python docs/make.py` writes this page."),
    "zh": ("# 命令", "`offbook 命令 --help` 所说的内容；本页由 `python docs/make.py` 生成。"),
}

_EXAMPLES: Final = {
    "dedupe": (
        "offbook dedupe 客户.xlsx",
        "offbook dedupe crm.csv phone.vcf --across --report duplicates.xlsx",
        "offbook dedupe crm.csv --decisions duplicates.xlsx --report duplicates.xlsx --out links.csv",
    ),
    "init": ("offbook init --formal crm", "offbook init 客户.xlsx crm.sqlite --formal crm --template rows"),
    "check": ("offbook check", "offbook check --config", "offbook check wang"),
    "map suggest": (
        "offbook map suggest 客户.xlsx",
        "offbook map suggest wang --mapping",
        "offbook map suggest wang --write",
    ),
    "map check": ("offbook map check", "offbook map check wang crm.accounts --sample 200"),
    "plan": ("offbook plan agree", "offbook plan agree --allow wang:emptied", "offbook plan agree --json"),
    "apply": (
        "offbook apply 12 --limit 20",
        "offbook apply 12 --only crm.accounts:create --except phone",
        "offbook apply 12 --allow creates=300",
    ),
    "sync": ("offbook sync agree", "offbook sync agree --yes --strict --json"),
    "pull": ("offbook pull agree",),
    "match": ("offbook match agree",),
    "migrate": ("offbook migrate move --sample 50", "offbook migrate move"),
    "schedule": ("offbook schedule", "offbook schedule --print systemd"),
    "jobs": ("offbook jobs --json",),
    "sources": ("offbook sources",),
    "sources rename": ("offbook sources rename book wang",),
    "runs": ("offbook runs --limit 5",),
    "show": ("offbook show 12 --all", "offbook show wang 8", "offbook show question 26"),
    "find": ("offbook find 王芳 138", "offbook find wangfang --limit 3 --json"),
    "explain": ("offbook explain crm.contacts 36", "offbook explain 01a204 --for wang"),
    "doctor": ("offbook doctor",),
    "export": (
        "offbook export customers customers.xlsx --for wang",
        "offbook export links --format csv",
        "offbook export duplicates",
        "offbook export changes --plan 12 changes.csv",
        "offbook export report plan.html --plan 12 --for wang",
    ),
    "review list": ("offbook review list", "offbook review list --for wang"),
    "review show": ("offbook review show 26", "offbook review show kept/organisation.name/wang"),
    "review accept": ("offbook review accept 26 27",),
    "review reject": ("offbook review reject 28",),
    "review decide": (
        "offbook review decide 28 A",
        "offbook review decide kept/organisation.address/wang golden",
        "offbook review decide crm.contacts:36 add:13800138000 --field phones",
    ),
    "review pin": ("offbook review pin 01a204bd owner wang", "offbook review pin --lift 3"),
    "review export": ("offbook review export questions.xlsx --for wang", "offbook review export decisions.txt"),
    "review import": ("offbook review import questions.xlsx",),
    "undo": ("offbook undo", "offbook undo 12 --yes"),
    "erase": ("offbook erase 01a204bd", "offbook erase wang 8"),
    "backup": ("offbook backup offbook-monday.db",),
    "restore": ("offbook restore offbook-monday.db",),
}
"""What one would type; check.py looks that each is a command with these options."""


def tree(group: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """(`map suggest`, its command) for every command and group; the program itself is called ``."""
    group = typer.main.get_command(cli.app) if group is None else group
    yield name, group
    for part, one in getattr(group, "commands", {}).items():
        yield from tree(one, f"{name} {part}".strip())


def commands() -> dict[str, frozenset[str]]:
    """Each command's name → the options it takes."""
    return {name: EVERYWHERE.union(*(param.opts for param in one.params)) for name, one in tree()}


def valued() -> frozenset[str]:
    """Options that are followed by a value."""
    options = (p for _, one in tree() for p in one.params if p.param_type_name == "option" and not p.is_flag)
    return frozenset(VALUES).union(*(param.opts for param in options))


def page(lang: str) -> str:
    """The page of all commands, by what they are for."""
    title, what = _HEAD[lang]
    panels = {name: str(one.rich_help_panel) for name, one in tree() if name and " " not in name}
    found = [(name, one) for name, one in tree() if name and (one.callback or not hasattr(one, "commands"))]
    lines = [title, "", what, ""]
    for panel in PANELS:
        mine = [(name, one) for name, one in found if panels[name.split()[0]] == str(panel)]
        lines += [f"## {translate(panel, lang)}", ""] if mine else []
        for name, one in mine:
            lines += _command(name, one, lang)
    lines += [f"## {translate(say('With every command'), lang)}", "", *_table(_everywhere(lang))]
    return "\n".join(lines).rstrip() + "\n"


def _command(name: str, one: Any, lang: str) -> Iterator[str]:
    arguments = [p for p in one.params if p.param_type_name == "argument"]
    options = [p for p in one.params if p.param_type_name == "option" and "--help" not in p.opts and not p.hidden]
    usage = ["offbook", name, *(_usage(p) for p in arguments), *(["[…]"] if options else [])]
    yield from (f"### offbook {name}", "", "```text", " ".join(usage), "```", "")
    yield from (" ".join(translate(Said(one.help or ""), lang).split()), "")
    rows = [(_named(p), _says(p, lang)) for p in arguments]
    rows += [(", ".join(p.opts) + ("" if p.is_flag else f" {_named(p)}"), _says(p, lang)) for p in options]
    if rows:
        yield from _table(rows)
    if name in _EXAMPLES:
        yield from ("```sh", *_EXAMPLES[name], "```", "")


def _named(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _usage(param: Any) -> str:
    many = "…" if param.nargs != 1 else ""
    return f"{_named(param)}{many}" if param.required else f"[{_named(param)}{many}]"


def _says(param: Any, lang: str) -> str:
    return translate(Said(param.help or ""), lang)


def _everywhere(lang: str) -> list[tuple[str, str]]:
    rows = [(f"{name} {what}", translate(text, lang)) for name, (what, text) in VALUES.items()]
    rows += [(name, translate(text, lang)) for name, text in FLAGS.items()]
    return [*rows, ("--help", translate(say("This text."), lang))]


def _table(rows: list[tuple[str, str]]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    yield from (f"| `{cell(name)}` | {cell(text)} |" for name, text in rows)
    yield ""


def cell(text: str) -> str:
    """Text as it may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")
