"""In which country are bare telephone numbers dialled, where no prefix says so?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mappings.types.cleaning import has_han

_TRIED: Final = ("GB", "AU", "DE", "FR", "IN", "HK", "TW", "SG", "JP", "NZ", "IE", "ZA", "ES", "IT", "NL", "BR", "MX")
_ENOUGH: Final = 60


def region(phones: Sequence[str], texts: Sequence[str]) -> str:
    """China where Chinese stands in the texts; else where most of the numbers exist, if more than half of them do."""
    if sum(map(has_han, texts)) >= 0.1 * max(len(texts), 1):
        return "CN"
    bare = sorted({value for value in phones if not value.lstrip().startswith(("+", "00"))})
    if not bare:
        return "US" if texts else "CN"
    looked_at = bare[:: max(1, len(bare) // _ENOUGH)]
    valid = {code: sum(_exists(value, code) for value in looked_at) for code in ("US", "CN", *_TRIED)}
    best = max(valid, key=valid.__getitem__)
    return best if valid[best] >= 0.5 * len(looked_at) else "US"


def _exists(value: str, code: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, code))
    except phonenumbers.NumberParseException:
        return False
