"""How far are two names apart: the same, a typing error, or another customer's? (RULES R2c)"""

from __future__ import annotations

from typing import Literal

from rapidfuzz.distance import OSA

from mappings.types.cleaning import form, has_han
from matching.forms.companies import CompanyName, read_company
from matching.forms.names import PersonName, read_name
from matching.forms.text import fold

Distance = Literal["equal", "typing distance", "apart"]


def similar_name(kind: str, a: str, b: str) -> Distance:
    """ "equal": in comparison form. "typing distance": a correction of the other. Empty texts are apart from all
    others.
    """
    if not a or not b:
        return "equal" if a == b else "apart"
    if form(fold(a)) == form(fold(b)):
        return "equal"
    if kind == "person":
        return _persons(read_name(a), read_name(b))
    if kind == "organisation":
        return _companies(read_company(a), read_company(b))
    return "typing distance" if _is_typing(fold(a), fold(b)) else "apart"


def _is_typing(x: str, y: str) -> bool:
    """One error in four letters or more, two in eight or more."""
    errors = OSA.distance(x, y)
    return (errors <= 1 and max(len(x), len(y)) >= 4) or (errors <= 2 and min(len(x), len(y)) >= 8)


def _persons(a: PersonName, b: PersonName) -> Distance:
    if (a.family, a.given, a.middle) in ((b.family, b.given, b.middle), (b.given, b.family, b.middle)):
        return "equal"
    if (a.roman_family, a.roman_given) in ((b.roman_family, b.roman_given), (b.roman_given, b.roman_family)):
        return "typing distance"
    if has_han(a.family) and has_han(b.family):
        whole = a.family + a.given, b.family + b.given
        return "typing distance" if a.given and b.given and _is_han_typing(*whole) else "apart"
    return "typing distance" if _is_typing(f"{a.given}{a.family}", f"{b.given}{b.family}") else "apart"


def _is_han_typing(x: str, y: str) -> bool:
    """One character of three or more, behind the first: Chinese names are too short for more."""
    return x[0] == y[0] and max(len(x), len(y)) >= 3 and OSA.distance(x, y) <= 1


def _companies(a: CompanyName, b: CompanyName) -> Distance:
    if a.branch != b.branch or (a.region and b.region and a.region != b.region) or a.moved != b.moved:
        return "apart"
    if a.trade and b.trade and a.trade[:2] != b.trade[:2] and not _is_typing(a.trade, b.trade):
        return "apart"
    if a.brand == b.brand or a.roman == b.roman:
        return "typing distance"
    if has_han(a.brand) and has_han(b.brand):
        return (
            "typing distance"
            if max(len(a.brand), len(b.brand)) >= 3 and OSA.distance(a.brand, b.brand) <= 1
            else "apart"
        )
    return (
        "typing distance" if _is_typing(f"{a.brand} {a.trade}".rstrip(), f"{b.brand} {b.trade}".rstrip()) else "apart"
    )
