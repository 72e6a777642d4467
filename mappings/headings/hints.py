"""How would a mapping write this column? Sort of an identifier, separator of a set, direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectors.contract import Value
from mappings.headings.samples import LOOKED_AT
from mappings.headings.table import Column


@dataclass(frozen=True, slots=True)
class Hints:
    """sort: `as` of an identifier. split: separator inside a cell of a set. direction: "" is the default. raw: the few
    different texts of a choice or yes/no column, for the `values` that a person fills in (never of another column).
    """

    sort: str = ""
    split: str = ""
    direction: str = ""
    raw: tuple[str, ...] = ()
    format: str = ""


NO_HINTS: Final = Hints()
_CHOICES: Final = frozenset(
    {"tier", "status", "origin", "industry", "size", "gender", "type", "consent", "do_not_contact"}
)
_MOST: Final = 12
"""Different texts that a choice may have; more are free text, perhaps customers' own."""


def hints(field: str, column: Column, values: Sequence[Value]) -> Hints:
    name = field.rpartition(".")[2]
    if name == "identifiers":
        return Hints(sort=_sort(column), direction="pull" if column.meaning.attribute == "code" else "")
    if name in ("tags", "phones", "emails", "assistants"):
        return Hints(split=_separator(values))
    if name in _CHOICES:
        return Hints(raw=_raw(values, column))
    if name == "birthday" and column.profile.share("date") > 0.5:
        return Hints(format=_format(values))
    return Hints()


def _sort(column: Column) -> str:
    """One's own word for an identifier: the same in every mapping."""
    found = column.meaning
    if found.attribute == "taxid":
        return "tax_id" if column.profile.share("credit") < 0.5 and _foreign(column) else "credit_code"
    if found.attribute == "idcard":
        return "id_card"
    return "member_no" if found.party == "contact" or "会员" in found.plain else "customer_no"


def _foreign(column: Column) -> bool:
    return not any(word in column.meaning.plain for word in ("信用", "纳税", "税号", "credit code", "uscc"))


def _separator(values: Sequence[Value]) -> str:
    texts = [v for v in values[:LOOKED_AT] if isinstance(v, str) and v]
    for separator in (" ::: ", ";", "；", "、", "，", ",", "/", "|"):
        holding = sum(separator in t for t in texts)
        if holding and (holding >= 2 or len(texts) <= 4):
            return separator
    return ""


def _raw(values: Sequence[Value], column: Column) -> tuple[str, ...]:
    """The few texts of a choice; only where they repeat, or are words of choices, and so are nobody's own."""
    texts = [str(v).strip() for v in values if isinstance(v, str | bool | int) and str(v).strip()]
    different = tuple(dict.fromkeys(texts))
    common = column.profile.share("bool", "gender", "tier", "status", "subscribed") >= 0.8
    repeated = len(texts) >= 2 * len(different)
    few = len(different) <= _MOST and all(len(t) <= 24 for t in different)
    return different if few and (common or repeated) else ()


def _format(values: Sequence[Value]) -> str:
    texts = [v for v in values if isinstance(v, str) and v]
    if texts and all("月" in t and "年" not in t for t in texts):
        return "%m月%d日"
    return ""
