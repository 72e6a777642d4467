"""How are registration codes and phone numbers made, so that their check digits and prefixes are right?"""

from __future__ import annotations

from examples.dice import Dice

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_UNIT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE = (
    *range(130, 140),
    147,
    *range(150, 154),
    *range(155, 160),
    166,
    *(171, 173, 175, 176, 177, 178),
    *range(180, 190),
    *(191, 193, 195, 196, 197, 198, 199),
)


def check_digit(code: str) -> str:
    """The 18th character of a credit code, from its first 17 (GB 32100-2015)."""
    total = sum(_ALPHABET.index(letter) * weight for letter, weight in zip(code, _WEIGHTS))
    return _ALPHABET[(31 - total % 31) % 31]


def _unit(dice: Dice, *, modern: bool) -> str:
    """The nine characters of an organisation code, the last one checked (GB 11714)."""
    body = "MA" + "".join(dice.pick(_ALPHABET) for _ in range(6)) if modern else f"{dice.between(1, 7)}{dice.digits(7)}"
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 11 - sum(letters.index(c) * w for c, w in zip(body, _UNIT_WEIGHTS)) % 11
    return body + {10: "X", 11: "0"}.get(rest, str(rest))


def credit_code(dice: Dice, region: str, *, shop: bool, modern: bool) -> str:
    """A code of a made-up company in a real county; every third of the older ones is all digits."""
    body = f"9{2 if shop else 1}{region}{_unit(dice, modern=modern)}"
    return body + check_digit(body)


def registration(dice: Dice, region: str) -> str:
    """The 15 digits a company had before 2015; the last is a check digit (GS 15-2006)."""
    body = f"{region}{dice.digits(8)}"
    rest = 10
    for digit in body:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return body + str((11 - rest) % 10)


def mobile(dice: Dice) -> str:
    """E.164, with a prefix that is in use."""
    return f"+86{dice.pick(_MOBILE)}{dice.digits(8)}"


def landline(dice: Dice, area: str) -> str:
    """E.164; eight digits behind the area code, in Xiamen seven."""
    return f"+86{area.lstrip('0')}{dice.pick('2345678')}{dice.digits(6 if area == '0592' else 7)}"


def hotline(dice: Dice) -> str:
    return f"+86400{dice.pick(['0', '1', '6', '8', '9'])}{dice.digits(6)}"


def abroad_mobile(dice: Dice, landline_stem: str) -> str:
    """A British mobile, or a fictional American number (555-01xx)."""
    if landline_stem.startswith("+44"):
        return f"+447{dice.pick('45')}{dice.digits(8)}"
    return abroad_line(dice, landline_stem)


def abroad_line(dice: Dice, stem: str) -> str:
    """From the ranges that Ofcom and NANPA keep for fiction."""
    return f"{stem}0{dice.digits(3)}" if stem.startswith("+44") else f"{stem}01{dice.digits(2)}"
