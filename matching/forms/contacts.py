"""How are phone numbers, mail addresses and accounts read for comparison?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from matching.forms.text import fold
from matching.forms.words.mail import PUBLIC, SHARED

MOBILE, FIXED, OPEN = "mobile", "fixed", "open"


@dataclass(frozen=True, slots=True)
class Phone:
    """digits: national number without extension, or "" if it is no number. sort: a mainland mobile, a number
    everybody shares (400, 800, 95…) or of unknown use.
    """

    digits: str = ""
    sort: str = OPEN
    shared: bool = False


_CELLS: Final = {
    "44": "7",
    "33": "67",
    "34": "67",
    "39": "3",
    "61": "4",
    "64": "2",
    "81": "789",
    "852": "5679",
    "886": "9",
    "65": "89",
    "60": "1",
    "84": "35789",
    "62": "8",
    "63": "9",
    "31": "6",
    "41": "7",
    "46": "7",
}
"""Country → first digits of its mobile numbers (ITU-T E.164, national numbering plans); others are landlines. North
America is not among them: there a mobile cannot be told from a landline.
"""


def _abroad(digits: str) -> str:
    for size in (2, 3):
        first = _CELLS.get(digits[:size])
        if first is not None:
            return OPEN if digits[size : size + 1] in first else FIXED
    return OPEN


@lru_cache(maxsize=1 << 16)
def read_phone(text: str) -> Phone:
    """From E.164 with `;ext=`, or from digits as typed."""
    number, _, _ = text[:64].partition(";")
    abroad = number.startswith("+") and not number.startswith("+86")
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        digits = "".join(c for c in number if c.isdecimal() and c.isascii())
    if not abroad:
        for prefix in ("0086", "86"):
            if digits.startswith(prefix) and len(digits) - len(prefix) >= 9:
                digits = digits[len(prefix) :]
                break
    if len(digits) < 5 or len(set(digits)) == 1:
        return Phone()
    if not abroad and len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789":
        return Phone(digits, MOBILE)
    digits = digits.lstrip("0") or digits
    shared = not abroad and (
        (len(digits) == 10 and digits[:3] in ("400", "800")) or (len(digits) <= 8 and digits[:2] == "95")
    )
    chinese = number.startswith("+86") or (not abroad and 9 <= len(digits) <= 11 and not number.startswith("1"))
    return Phone(digits, _abroad(digits) if abroad else FIXED if shared or chinese else OPEN, shared)


@dataclass(frozen=True, slots=True)
class Mail:
    """local part and domain; public: everybody may have an address there; shared: a mailbox of no person (info@,
    sales@).
    """

    local: str = ""
    domain: str = ""
    public: bool = False
    shared: bool = False

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}" if self.local else ""


NO_MAIL: Final = Mail()


@lru_cache(maxsize=1 << 16)
def read_mail(text: str) -> Mail:
    local, at, domain = fold(text).replace(" ", "").rpartition("@")
    if not at or not local or not domain:
        return NO_MAIL
    domain = domain.removeprefix("www.").strip(".")
    plain = local.partition("+")[0]
    return Mail(local, domain, domain in PUBLIC, plain.strip("0123456789-_.") in SHARED or plain in SHARED)


@lru_cache(maxsize=1 << 14)
def read_site(text: str) -> str:
    """The host of a web address, without scheme and www."""
    host = fold(text).partition("://")[2] or fold(text)
    return host.partition("/")[0].partition("?")[0].partition(":")[0].removeprefix("www.").strip(". ")


def read_account(text: str) -> str:
    """A WeChat id or the like: letters and digits as typed, without case and blanks."""
    return fold(text).replace(" ", "")
