"""What do the words of a command line mean in this workspace: a job, a guard to let through, changes to pick?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from connectors.contract import ConfigError, Op, say
from sync.config.model import Workspace

PLAN_GUARDS: Final = ("creates", "updates", "removals", "blanks", "merges", "moved", "calls")
"""Guards on a number: `--allow creates=300`."""
SOURCE_GUARDS: Final = ("emptied", "scope", "fields", "mapping", "moved", "restored", "shifted")
"""Guards on a source: `--allow wang:emptied`."""


def job_named(workspace: Workspace, name: str | None) -> str:
    """The job; the only one there is, where none is named. Raises ConfigError."""
    known = list(workspace.jobs)
    if name is None:
        if len(known) == 1:
            return known[0]
        if not known:
            raise ConfigError("there is no job in offbook.yaml yet; write one under `jobs:`")
        raise ConfigError("say which job: {known}", known=", ".join(known))
    if name not in workspace.jobs:
        raise _unknown(name, known)
    return name


def _unknown(name: str, known: Sequence[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return ConfigError("no job is called `{name}`; did you mean `{near}`?", name=name, near=near[0])
    return ConfigError("no job is called `{name}`; there is: {known}", name=name, known=", ".join(known))


def allowances(words: Iterable[str], workspace: Workspace) -> dict[str, str]:
    """`creates=8600` and `wang:emptied` as the engine takes them. Raises ConfigError for words that are neither."""
    allowed: dict[str, str] = {}
    for word in words:
        guard, equals, number = word.partition("=")
        source, colon, other = word.rpartition(":")
        if equals and guard in PLAN_GUARDS and number.isdigit():
            allowed[guard] = number
        elif colon and other in SOURCE_GUARDS and (source in workspace.sources or source in workspace.tables):
            allowed[word] = ""
        else:
            raise ConfigError(
                "--allow takes GUARD=NUMBER with one of {guards}, or SOURCE:GUARD with one of {others}; `{word}` is neither",
                guards=", ".join(PLAN_GUARDS),
                others=", ".join(SOURCE_GUARDS),
                word=word,
            )
    return allowed


def picks(words: Iterable[str], workspace: Workspace, option: str) -> tuple[str, ...]:
    """What --only and --except name: a source, a table, an operation, or `table:operation`. Raises ConfigError."""
    ops = [str(op) for op in Op]
    tables = [*workspace.sources, *workspace.tables]
    known = {*tables, *ops, *(f"{table}:{op}" for table in tables for op in ops)}
    chosen = tuple(words)
    for word in chosen:
        if word not in known:
            near = difflib.get_close_matches(word, sorted(known), 1)
            hint = say("; did you mean `{near}`?", near=near[0]) if near else ""
            raise ConfigError(
                "{option} takes a source, a table, an operation ({ops}) or TABLE:OPERATION; `{word}` is none{hint}",
                option=option,
                ops=", ".join(ops),
                word=word,
                hint=hint,
            )
    return chosen


__all__ = ["PLAN_GUARDS", "SOURCE_GUARDS", "allowances", "job_named", "picks"]
