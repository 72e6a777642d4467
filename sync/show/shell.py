"""How does a call become a command and a command's trouble an exit code? The classes that cli.py builds its commands of."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from typer.core import TyperCommand, TyperGroup

from connectors.contract import Said, say
from sync.show.call import FLAGS, VALUES, Call, Misunderstood, Usage, understood

F = TypeVar("F", bound=Callable[..., Any])
PROGRAM: Final = "offbook"
BEGIN, RUN, LOOK, DECIDE, KEEP = "Begin", "Run", "Look", "Decide", "Keep"


class Pressed(Exception):
    """Ctrl-C while a command ran. Typer would end the process by itself and say nothing."""


class Command(TyperCommand):
    """A command whose help is said in the reader's language."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as trouble:
            raise Pressed from trouble

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from sync.show.helping import help_of_command

        formatter.write(help_of_command(self, ctx, call_of(ctx).screen.lang))


class Group(TyperGroup):
    """A group of commands; the outermost one understands the options that stand everywhere and tells all trouble."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from sync.show.helping import help_of_group

        formatter.write(help_of_group(self, ctx, call_of(ctx).screen.lang))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ([] if self.invoke_without_command else ["--help"]))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            raise _no_command(ctx.command_path, args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # the other keywords are passed on by name
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Runs one command and exits with its code."""
        given = sys.argv[1:] if args is None else list(args)
        try:
            call, rest = understood(given)
        except Misunderstood as trouble:
            sys.exit(_told(trouble.call, trouble.why))
        extra["standalone_mode"] = False
        sys.exit(_answered(call, lambda: super(Group, self).main(rest, PROGRAM, obj=call, **extra)))


def call_of(ctx: Any) -> Call:
    """What was asked for beside the command."""
    found = ctx.find_root().obj
    return found if isinstance(found, Call) else Call()


def command(group: Any, name: str, panel: str = "") -> Callable[[F], F]:
    """Makes a function a command of a group; panel: under which heading --help lists it."""
    decorate: Callable[[F], F] = group.command(name, cls=Command, rich_help_panel=panel or None)
    return decorate


def _answered(call: Call, run: Callable[[], object]) -> int:
    """What the command returns is its exit code; None is 0."""
    try:
        code = run()
    except Pressed:
        return _told(call, KeyboardInterrupt())
    except Exception as trouble:  # noqa: BLE001 - told in words, or logged as a mistake of ours
        return _told(call, _usage(trouble) or trouble)
    except KeyboardInterrupt as trouble:
        return _told(call, trouble)
    return code if isinstance(code, int) else 0


def _told(call: Call, trouble: BaseException) -> int:
    from sync.show.errors import tell

    return tell(call, trouble)


# ------------------------------------------------------------------------------ a command line that means nothing


def _usage(trouble: Exception) -> Exception | None:
    """Typer's errors in our words; None for another's. Told by name, as Typer has moved these classes about."""
    names = {one.__name__ for one in type(trouble).__mro__}
    if "Abort" in names:
        return Usage("stopped; nothing was done")
    if "ClickException" not in names:
        return None
    return Usage(_in_words(trouble, names))


def _in_words(trouble: Any, names: set[str]) -> Said:
    if "NoSuchOption" in names:
        return _no_option(trouble)
    if "MissingParameter" in names and trouble.param is not None:
        named = trouble.param.metavar or trouble.param.opts[-1]
        path = trouble.ctx.command_path if trouble.ctx else PROGRAM
        return say("{name} is missing; `{command} --help` says what it is", name=named, command=path)
    if "BadOptionUsage" in names:
        return say("option {option} needs a value", option=trouble.option_name)
    if "BadParameter" in names and getattr(trouble, "param", None) is not None:
        return _bad_value(trouble.param)
    extra = re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", trouble.format_message())
    if extra:
        path = trouble.ctx.command_path if trouble.ctx else PROGRAM
        return say("`{command}` takes no more than it has; `{words}` is too much", command=path, words=extra[1])
    return say("{why}", why=trouble.format_message())


def _bad_value(param: Any) -> Said:
    """Numbers are all that our commands are picky about by themselves, and each of them counts something."""
    named = param.metavar if param.param_type_name == "argument" else param.opts[-1]
    return say("{name} takes a whole number above 0", name=named)


def _no_option(trouble: Any) -> Said:
    ctx = trouble.ctx
    known = [opt for param in ctx.command.params for opt in param.opts if opt.startswith("--")] if ctx else []
    near = difflib.get_close_matches(trouble.option_name, [*known, *FLAGS, *VALUES], 1, 0.7)
    path = ctx.command_path if ctx else PROGRAM
    if near:
        return say("`{command}` has no option {option}; did you mean {near}?",
                   command=path, option=trouble.option_name, near=near[0])  # fmt: skip
    return say("`{command}` has no option {option}; `{command} --help` lists what there is",
               command=path, option=trouble.option_name)  # fmt: skip


def _no_command(path: str, name: str, known: Sequence[str]) -> Usage:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    if near:
        return Usage("there is no command `{path} {name}`; did you mean `{path} {near}`?",
                     path=path, name=name, near=near[0])  # fmt: skip
    return Usage("there is no command `{path} {name}`; `{path} --help` lists what there is", path=path, name=name)


__all__ = ["BEGIN", "DECIDE", "KEEP", "LOOK", "RUN", "Command", "Group", "call_of", "command"]
