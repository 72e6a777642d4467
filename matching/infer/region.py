"""In which country are bare telephone numbers dialled, where no prefix says so?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mappings.types.cleaning import has_han

_TRIED: Final = (
    "US",
    "CN",
    "GB",
    "AU",
    "DE",
    "FR",
    "IN",
    "HK",
    "TW",
    "SG",
    "JP",
    "NZ",
    "IE",
    "ZA",
    "ES",
    "IT",
    "NL",
    "BR",
    "MX",
)
_ENOUGH: Final = 60
_SURE: Final = 0.9
"""Share of numbers from which no other country is tried."""


def region(phones: Sequence[str], texts: Sequence[str]) -> str:
    """China where Chinese stands in the texts; else where most of the numbers exist, if more than half of them do."""
    if sum(map(has_han, texts)) >= 0.1 * max(len(texts), 1):
        return "CN"
    bare = sorted({value for value in phones if not value.lstrip().startswith(("+", "00")) and _is_whole(value)})
    if not bare:
        return "US" if texts else "CN"
    looked_at = bare[:: max(1, len(bare) // _ENOUGH)]
    best, most = "US", 0.5
    for code in _TRIED:
        share = sum(_exists(value, code) for value in looked_at) / len(looked_at)
        if share >= _SURE:
            return code
        best, most = (code, share) if share > most else (best, most)
    return best


def _is_whole(value: str) -> bool:
    """Whether it has the digits of a number with its area."""
    return sum(map(str.isdigit, value)) >= 8


def _exists(value: str, code: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, code))
    except phonenumbers.NumberParseException:
        return False
