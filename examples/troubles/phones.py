"""How are phone numbers typed? They come as E.164, an extension behind `;ext=`."""

from __future__ import annotations

from examples.troubles.hand import Cell, Hand
from examples.troubles.text import full_width, invisible

_AREAS = ("10", "20", "21", "22", "23", "24", "25", "27", "28", "29")


def national(number: str) -> str:
    """As written at home, without an extension: 13800138000, 021-58881234, 4008201234, 020 7946 0123."""
    number = number.partition(";")[0]
    if number.startswith("+44"):
        rest = number[3:]
        parts = (rest[:2], rest[2:6], rest[6:]) if rest.startswith("20") else (rest[:3], rest[3:6], rest[6:])
        return "0" + " ".join(parts)
    if number.startswith("+1"):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    rest = number.removeprefix("+86")
    if is_mobile(number) or rest.startswith("400"):
        return rest
    area = rest[:2] if rest[:2] in _AREAS else rest[:3]
    return f"0{area}-{rest[len(area) :]}"


def is_mobile(number: str) -> bool:
    """A mainland mobile."""
    return number.startswith("+861") and len(number) == 14


def phone(hand: Hand, field: str, number: str, *, other: str = "", numeric: bool = False) -> Cell:
    """A cell that shows the number. other: a second one that may stand in it. numeric: the file has number cells."""
    if not number:
        return hand.empty(field)
    base, _, extension = number.partition(";ext=")
    if extension:
        at_home = base.startswith("+86") and hand.source != "lee"
        text = national(base) + _extension(hand, extension) if at_home else _abroad(hand, base, extension)
        return hand.cell(field, text, number)
    if other and hand.draw("two_numbers"):
        glue = hand.dice.pick(("/", "、", ";", " ", "，", "\n"))
        second = other.partition(";")[0]
        shown = glue.join(national(n) if n.startswith("+86") else n for n in (number, second))
        return hand.cell(field, shown, f"{number}\n{second}")
    if number.startswith("+86") and hand.source != "lee":
        write = _mobile if is_mobile(number) else _line
        return write(hand, field, number, numeric=numeric)
    if numeric and number.startswith("+1") and hand.source == "lee" and hand.draw("phone_as_number"):
        return hand.cell(field, int(number[2:]), number)
    return hand.cell(field, _typed(hand, number), number)


def _mobile(hand: Hand, field: str, number: str, *, numeric: bool) -> Cell:
    text = number[3:]
    if hand.draw("scientific"):
        return hand.cell(field, f"{text[0]}.{text[1:6]}E+10", "")
    if hand.draw("phone_typo"):
        place = hand.dice.between(4, 9)
        text = text[:place] + text[place + 1 :]
        return hand.cell(field, text, text)
    if numeric and hand.draw("phone_as_number"):
        return hand.cell(field, int(text), number)
    if hand.draw("dot_tail"):
        return hand.cell(field, f"{text}.0", number)
    return hand.cell(field, _shape(hand, text), number)


def _shape(hand: Hand, text: str) -> str:
    """At most one way of writing a mobile that its digits survive."""
    grouped = (text[:3], text[3:7], text[7:])
    return hand.first(
        text,
        ("plus86", lambda t: f"+86{hand.dice.pick(('', ' ', '-'))}{t}"),
        ("zeros86", lambda t: f"0086{hand.dice.pick(('', '-'))}{t}"),
        ("bare86", lambda t: f"86-{t}"),
        ("leading_zero", lambda t: f"0{t}"),
        ("phone_spaces", lambda _: " ".join(grouped)),
        ("phone_dashes", lambda _: "-".join(grouped)),
        ("full_width", full_width),
        ("zero_width", lambda t: invisible(hand.dice, t)),
        ("phone_remark", lambda t: t + hand.dice.pick(("(微信同号)", "（微信同号）", "（办公室）", "(勿打)"))),
    )


def _line(hand: Hand, field: str, number: str, *, numeric: bool) -> Cell:
    text = national(number)
    area, _, local = text.partition("-")
    if not local:  # a 400 number
        return hand.cell(field, hand.turn("phone_dashes", text, lambda t: f"{t[:3]}-{t[3:6]}-{t[6:]}"), number)
    if hand.draw("no_area_code"):
        return hand.cell(field, local, local)
    if numeric and hand.draw("lost_zero"):
        return hand.cell(field, int(area + local), number)
    text = hand.first(
        text,
        ("phone_brackets", lambda _: hand.dice.pick((f"({area}){local}", f"（{area}）{local[:4]} {local[4:]}"))),
        ("phone_spaces", lambda _: f"{area} {local}"),
        ("plus86", lambda _: f"+86-{area.lstrip('0')}-{local}"),
        ("full_width", full_width),
    )
    return hand.cell(field, text, number)


def _extension(hand: Hand, digits: str) -> str:
    if hand.draw("extension_zhuan"):
        return f"{hand.dice.pick(('转', ' 转 ', '轉'))}{digits}"
    if hand.draw("extension_dash"):
        return f"-{digits}"
    return hand.dice.pick((f" ext {digits}", f"分机{digits}")) if hand.draw("extension_word") else f"转{digits}"


def _abroad(hand: Hand, number: str, digits: str) -> str:
    """With an extension in English; a dash before it would make it part of the number."""
    return _typed(hand, number) + (f" ext. {digits}" if hand.draw("extension_word") else f" x{digits}")


def _typed(hand: Hand, number: str) -> str:
    """A number with its country code, in one of the ways that people group it; at home, in America, without."""
    code = next(code for code in ("+86", "+44", "+1") if number.startswith(code))
    home = national(number)
    groups = home.replace("(", "").replace(")", "").replace("-", " ")
    groups = f"{home[:3]} {home[3:7]} {home[7:]}" if is_mobile(number) else groups.removeprefix("0")
    at_home = {"+44": f"+44 (0){groups}", "+1": home if hand.source == "lee" else number}
    return hand.first(
        number,
        ("phone_spaces", lambda _: f"{code} {groups}"),
        ("phone_dashes", lambda _: f"{code}-{groups.replace(' ', '-')}"),
        ("phone_brackets", lambda _: at_home.get(code, number)),
    )


def stale(hand: Hand, number: str, old: str) -> str:
    """The number he had before, now and then."""
    return old if number and old and hand.draw("stale_phone") else number
