"""What does --help say? The usage, what the command does, its arguments and options, in either language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Said, say
from sync.messages import translate
from sync.show.call import FLAGS, VALUES
from sync.show.words import padded, width, wrap

if TYPE_CHECKING:
    from typer import Context

COLUMNS: Final = 80
PANELS: Final = (
    say("Begin"),
    say("Run"),
    say("Look"),
    say("Decide"),
    say("Keep"),
)
"""Commands are listed under these, in this order."""


def help_of_command(command: Any, ctx: Context, lang: str) -> str:
    """The help of one command."""
    arguments = [(_argument(p), _help(p, lang)) for p in command.params if p.param_type_name == "argument"]
    options = [(_option(p), _help(p, lang)) for p in command.params if p.param_type_name == "option" and not p.hidden]
    lines = [*_usage(command, ctx, lang), *_purpose(command, lang)]
    lines += _listed(say("Arguments"), arguments, lang)
    lines += _listed(say("Options"), [one for one in options if one[0] != "--help"], lang)
    lines += _everywhere(lang)
    return "\n".join(lines) + "\n"


def help_of_group(group: Any, ctx: Context, lang: str) -> str:
    """The help of `offbook` itself, or of a group of commands, which are listed by what they are for."""
    lines = [*_usage(group, ctx, lang), *_purpose(group, lang)]
    found: dict[str, list[tuple[str, str]]] = {}
    for name in group.list_commands(ctx):
        one = group.get_command(ctx, name)
        if one is not None and not one.hidden:
            panel = getattr(one, "rich_help_panel", None)
            first = translate(Said(one.help or ""), lang).split("\n\n")[0]
            found.setdefault(panel if isinstance(panel, str) else "", []).append((name, first))
    for panel in (*PANELS, ""):
        lines += _listed(panel or say("Commands"), found.get(str(panel), ()), lang)
    lines += _everywhere(lang)
    return "\n".join(lines) + "\n"


def _usage(command: Any, ctx: Context, lang: str) -> Iterator[str]:
    pieces = [_argument(p) for p in command.params if p.param_type_name == "argument"]
    if hasattr(command, "commands"):
        pieces.append(translate(say("COMMAND …"), lang))
    options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
    words = [ctx.command_path, *(["[…]"] if options else []), *pieces]
    yield " ".join(words)


def _purpose(command: Any, lang: str) -> Iterator[str]:
    for paragraph in translate(Said(command.help or ""), lang).split("\n\n"):
        yield ""
        yield from wrap(" ".join(paragraph.split()), COLUMNS)


def _argument(param: Any) -> str:
    name = str(param.metavar or param.name.upper())
    if name.startswith("["):
        return name
    many = "…" if param.nargs != 1 else ""
    return f"{name}{many}" if param.required else f"[{name}{many}]"


def _option(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"


def _help(param: Any, lang: str) -> str:
    return translate(Said(param.help or ""), lang)


def _everywhere(lang: str) -> Iterator[str]:
    rows = [(f"{name} {what}", translate(text, lang)) for name, (what, text) in VALUES.items()]
    rows += [(name, translate(text, lang)) for name, text in FLAGS.items()]
    rows.append(("--help", translate(say("This text."), lang)))
    yield from _listed(say("With every command"), rows, lang)


def _listed(title: Said | str, rows: Iterable[tuple[str, str]], lang: str) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield ""
    yield translate(title, lang)
    column = min(26, max(width(name) for name, _ in rows)) + 2
    for name, text in rows:
        yield from _row(name, wrap(" ".join(text.split()), COLUMNS - column - 2), column)


def _row(name: str, lines: Sequence[str], column: int) -> Iterator[str]:
    if width(name) >= column:
        yield f"  {name}"
        name = ""
    for at, line in enumerate(lines or [""]):
        yield f"  {padded(name if at == 0 else '', column)}{line}".rstrip()


__all__ = ["PANELS", "help_of_command", "help_of_group"]
