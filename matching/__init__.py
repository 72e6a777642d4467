"""WHO is who: which parts are one customer, and what a person should be asked. Pure: no I/O, no clock, no chance.

batch = Batch("person", {"name": [...], "phones": [...]}, source=[...])
result = match(batch)                     result.label[k]: the group of row k
keys(batch)                               blocking keys, for an index of what is known
neighbours(keys(new), kept)               which of the known are worth comparing with the new
match(batch, only_new=rows, model=learn(everything))
compare(batch, i, j)                      one pair, with its reasons
similar_name("person", "张三", "张叁")    how far two names are apart
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matching.blocking import Keys
    from matching.model import Model
    from matching.model import dump as dump_model
    from matching.model import load as load_model
    from matching.near import neighbours
    from matching.parts import Batch, Link, Question, Reason, Report, Result, Score
    from matching.resolve import compare, keys, learn, match
    from matching.similar import similar_name

__all__ = [
    "Batch",
    "Keys",
    "Link",
    "Model",
    "Question",
    "Reason",
    "Report",
    "Result",
    "Score",
    "compare",
    "dump_model",
    "keys",
    "learn",
    "load_model",
    "match",
    "neighbours",
    "similar_name",
]

_WHERE = {
    **dict.fromkeys(("Batch", "Link", "Question", "Reason", "Report", "Result", "Score"), ("matching.parts", "")),
    **dict.fromkeys(("compare", "keys", "learn", "match"), ("matching.resolve", "")),
    "Keys": ("matching.blocking", ""),
    "Model": ("matching.model", ""),
    "dump_model": ("matching.model", "dump"),
    "load_model": ("matching.model", "load"),
    "neighbours": ("matching.near", ""),
    "similar_name": ("matching.similar", ""),
}
"""Name → its module, and its name there where that is another. Most runs compare nobody: they never wait for NumPy."""


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _WHERE[name]
    found = getattr(import_module(module), there or name)
    globals()[name] = found
    return found
