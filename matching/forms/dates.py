"""How is a birthday read for comparison?"""

from __future__ import annotations


def read_birthday(text: str) -> str:
    """YYYYMMDD, with blanks for what a partial date (1985, 1985-03, --05-12) does not say; "" where it is no date.

    Impossible dates (1861-17-14) are kept: a misspelt date is still evidence.
    """
    text = text[:32].strip()
    if text.startswith("--"):
        text = "    " + text[2:]
    digits = "".join(c for c in text[:10] if c in "0123456789 ")
    return digits.ljust(8) if 4 <= len(digits.rstrip()) <= 8 else ""
