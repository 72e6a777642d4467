"""WHAT is in the columns of a table that nobody described: which kind its rows are, and which field each column holds.

table = Untold(["name", "tel"], [["张三", …], ["138…", …]])
told = infer(table)                    told.kind, told.columns: a role for each column, and why
together(told_1, told_2)               the same of several tables that are to be compared

From headings where they are known, from values where they are not; values outweigh headings that they cannot belong
to. Pure, and independent of the order of rows.
"""

from __future__ import annotations

from matching.infer.roles import Role, Told, infer
from matching.infer.stats import Untold

__all__ = ["Role", "Told", "Untold", "infer"]
