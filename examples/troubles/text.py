"""What happens to any text: width, blanks, invisible and look-alike characters."""

from __future__ import annotations

from collections.abc import Iterable

from examples.dice import Dice
from examples.troubles.hand import Hand
from examples.words import words

ZERO_WIDTH = ("\u200b", "\ufeff", "\u200e", "\u2060")
DOTS = ("•", "・", "‧", ".", "∙")


def full_width(text: str) -> str:
    """ASCII letters, digits and signs in their wide form; blanks stay."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def wide_brackets(text: str) -> str:
    return text.replace("(", "（").replace(")", "）")


def narrow_brackets(text: str) -> str:
    return text.replace("（", "(").replace("）", ")")


def traditional(text: str) -> str:
    return text.translate(str.maketrans(words("people")["traditional"]))


def cosmetic(hand: Hand, text: str) -> str:
    """What changes the look and not the meaning; at most one of them."""
    if "（" in text:
        return hand.turn("brackets", text, narrow_brackets)
    if "&" in text or " and " in text:
        return hand.turn("ampersand", text, _ampersand)
    return hand.first(
        text,
        ("full_width", full_width),
        ("spaces", lambda t: blanks(hand.dice, t)),
        ("zero_width", lambda t: invisible(hand.dice, t)),
        ("dashes", lambda t: t.replace("-", "–").replace("'", "’")),
    )


def blanks(dice: Dice, text: str) -> str:
    """Around it, or between the two characters of a short name."""
    if len(text) in (2, 3) and not text.isascii() and dice.chance(0.6):
        return text[0] + dice.pick((" ", "  ", "\u3000")) + text[1:]
    return dice.pick((f" {text}", f"{text} ", f"{text}\u3000", f"{text}\xa0", f"{text}  "))


def invisible(dice: Dice, text: str) -> str:
    place = dice.between(0, len(text))
    return text[:place] + dice.pick(ZERO_WIDTH) + text[place:]


def dots(dice: Dice, text: str) -> str:
    return text.replace("·", dice.pick(DOTS))


def mistyped(dice: Dice, text: str, similar: Iterable[tuple[str, str]]) -> str:
    """A similar character for one that has such, else two neighbours swapped (English) or nothing."""
    pairs = {a: b for pair in similar for a, b in (tuple(pair), tuple(pair)[::-1])}
    places = [place for place, letter in enumerate(text) if letter in pairs]
    if places:
        place = dice.pick(places)
        return text[:place] + pairs[text[place]] + text[place + 1 :]
    if text.isascii() and len(text) > 4:
        place = dice.between(1, len(text) - 3)
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text


def _ampersand(text: str) -> str:
    return text.replace("&", "and") if "&" in text else text.replace(" and ", " & ")
