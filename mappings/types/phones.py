"""How is a cell of phone numbers read, and how is a number written? (NORMALISATION 2.4)

Canonical is E.164 with `;ext=8001`, or the bare digits where no numbering plan explains them: an invalid number is
kept, `is_valid` tells. Mainland mobiles, nearly all of the numbers, are told apart without the phonenumbers library,
which is imported when the first other number comes: it costs 0.1 s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from connectors.contract import Damaged, Value, say
from mappings.types import together
from mappings.types.base import EMPTY, At, Cannot, SemanticType, fit, only, raw_text
from mappings.types.cleaning import clean
from mappings.types.damage import checked
from mappings.types.texts import NOTHING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_EXT: Final = ";ext="
_LONGEST: Final = 300
"""A cell longer than this, in characters, is a text that may name numbers, not a cell of numbers."""
_PREFIXES = "140 141 142 143 144 146 148 149 154 160 161 163 164 168 169 174 179 194"
_UNUSED: Final = frozenset(_PREFIXES.split())
"""Mobile prefixes that phonenumbers 9.0 judges invalid (NORMALISATION 2.4); a test compares them."""

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILES = re.compile(r"1[3-9][0-9]{9}(?:\n1[3-9][0-9]{9})*")
_TYPED_MOBILE = re.compile(r"\s*(?:(?:\+|00)86[ -]?)?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})\s*")
_TYPED_LANDLINE = re.compile(
    r"\s*(?:\+86[ -]?|(?=0))0?(10|2[0-57-9]|3(?:11|7[179])|4(?:[15]1|3[12])|5(?:1[0-9]|2[37]|3[12]|51|7[13-79]|9[15])"
    r"|7(?:[39]1|5[57]|6[09])|8(?:71|98))[ -]?((?!800)[2-8][0-9]{3})[ -]?([0-9]{4})\s*"
)
"""Areas of eight-digit numbers, as phonenumbers 9.0 has them; a test compares them."""
_TYPED_ABROAD = re.compile(
    r"\s*\+(?:(1)[ -]?(?:\(([2-9][0-9]{2})\)|([2-9][0-9]{2}))[ -]?([0-9]{3})[ -]?([0-9]{4})"
    r"|(3[1-49]|4[136-9]|6[0256]|8[124]|9[01]|852|853|886|971)[ -]?([1-9][0-9]*(?:[ -][0-9]+)*))\s*"
)
"""Numbers behind a country's code whose digits are the number, valid or not: the national prefix there is 0 or none, and
these do not begin with it (North America: ten digits, none of which can be a prefix)."""
_SHORTEST, _LONGEST_ABROAD = 8, 13
"""Digits with the country's code: beyond them a cell may hold two numbers."""
_TRUNK = re.compile(r"(?:\+?(?:00)?86|0)?(1[3-9][0-9]{9})")
_BETWEEN = re.compile(
    r"[/／、;；，,|｜\n\r\t\\&]+|\s+(?:或|or|and|和|及)\s+|(?<=[0-9])\s*(?:或|和|及)\s*(?=[0-9])", re.IGNORECASE
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}")
_EXTENSION = re.compile(
    r"[\s\-(]*(?:转|轉|分机|分機|内线|內線|;ext=|ext(?:ension)?\.?|(?<=[0-9)\s])x|#)\s*[:.号]?\s*([0-9]{1,7})\)?\s*$",
    re.IGNORECASE,
)
_DASH_EXTENSION = re.compile(
    r"((?:\+?86[- ]?)?(?:\(?0[0-9]{2,3}\)?[- ]?)?[0-9]{7,8}|[48]00[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}|1[3-9][0-9]{9})"
    r"(?:-|\s*\()([0-9]{1,6})\)?"
)
_NUMBER = re.compile(
    r"(?:\+[0-9]{1,3}[ -]?)?(?:\(?0[0-9]{2,3}\)?[ -]?)?[0-9](?:[0-9-]{5,}[0-9])"
    r"(?:\s*(?:转|轉|分机|分機|ext\.?|x)\s*[0-9]{1,6})?",
    re.IGNORECASE,
)
_REMARK = re.compile(r"[(\[【<][^()\[\]【】<>]*[^()\[\]【】<>0-9+\-\s][^()\[\]【】<>]*[)\]】>]")
_LABEL = re.compile(r"^[^0-9+(]*[:.]?\s*(?=[0-9+(])")
_HAN_OR_KANA = re.compile("[\u2e80-\u9fff\uac00-\ud7af]+")
_TAIL = re.compile(r"(?<=[0-9])\s+[a-z][a-z .]*$", re.IGNORECASE)
_NEIGHBOUR = re.compile(r"(852|853|886)[-\s]\s*(?=[0-9])")
_FLOAT_TAIL = re.compile(r"([0-9]{5,15})\.0+")


class PhoneType(SemanticType):
    """One cell may hold several numbers, extensions (转, ext, a third group) and remarks in brackets.

    Written: to a text in region CN, its own numbers as people there type them (13800138000, 021-58881234, 转8001),
    all others in E.164; a cell that shows a `+` keeps E.164. format: e164, national, international or digits.
    """

    name = "phone"
    sensitive = True
    placeholders = NOTHING
    glue = "/"

    def parse(self, raw: Value, at: At) -> str | Damaged:
        return only(self.parse_many(raw, at), raw)

    def elements(self, raw: Value, at: At) -> Sequence[tuple[str, str | Damaged]]:
        text = raw if isinstance(raw, str) else raw_text(raw)
        number = _plainly(text, at.region)
        if number:
            return ((text, number),)
        if isinstance(raw, Damaged):
            return ((text, raw),)
        found = checked(text)
        if isinstance(found, Damaged):
            return ((text, found),)
        if found.casefold() in self.placeholders or len(found) > _LONGEST:
            return ((text, Damaged("placeholder" if len(found) <= _LONGEST else "not_a_phone", text)),)
        return _read_pieces(_pieces(text) or [text], at.region) if found else ()

    def parse_many(self, raw: Value, at: At) -> tuple[str, ...] | Damaged:
        if isinstance(raw, str) and (number := _plainly(raw, at.region)):
            return (number,)
        return super().parse_many(raw, at)

    def join_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        made: list[str | Damaged] = []
        for piece in together.pieces(texts):
            if at.region == "CN" and _MOBILES.fullmatch("\n".join(piece)):
                made += [f"+86{text}" for text in piece]
            else:
                for text in piece:
                    made += (_plainly(text, at.region) or super().join_texts((text,), at)[0],)
        return made

    def form(self, value: str) -> str:
        return value

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        style = at.format or _style(value, at.region, raw_text(shown) if shown is not None else EMPTY)
        text = written(value, style, at.region)
        if text is None:
            return Cannot(
                say("`{format}` is no format of a phone: e164, national, international, digits", format=style)
            )
        return fit(text, at.field)


def _plainly(text: str, region: str) -> str | None:
    """A number typed in one of the usual ways; most cells end here."""
    if region == "CN":
        if len(text) == 11 and _MOBILE.fullmatch(text):
            return f"+86{text}"
        found = _TYPED_MOBILE.fullmatch(text) or _TYPED_LANDLINE.fullmatch(text)
        if found:
            return f"+86{found[1]}{found[2]}{found[3]}"
    found = _TYPED_ABROAD.fullmatch(text) if "+" in text else None
    if found is None:
        return None
    if found[1]:
        return f"+1{found[2] or found[3]}{found[4]}{found[5]}"
    digits = found[6] + found[7].replace(" ", "").replace("-", "")
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST_ABROAD else None


def _pieces(text: str) -> list[str]:
    """The cell cut where another number begins; blanks cut only between numbers that are whole by themselves."""
    guarded = text.replace(_EXT, "转")
    if _GROUPED.fullmatch(clean(guarded)):
        return [guarded.replace(",", "").replace("，", "")]
    found: list[str] = []
    for piece in _BETWEEN.split(guarded):
        words = piece.split()
        whole = len(words) > 1 and all(7 <= sum(c.isdigit() for c in w) == len(w.strip("+-()")) for w in words)
        found += words if whole else _names_between(piece)
    return [piece for piece in found if piece]


def _names_between(piece: str) -> list[str]:
    """张三 13800138000 李四 13900139000: the numbers, where they take up all digits."""
    if sum(c.isdigit() for c in piece) > 15:
        numbers = [found[0] for found in _NUMBER.finditer(clean(piece))]
        if len(numbers) > 1 and not any(c.isdigit() for c in _NUMBER.sub("", clean(piece))):
            return numbers
    return [piece.strip()]


def _read_pieces(pieces: list[str], region: str) -> list[tuple[str, str | Damaged]]:
    found: list[tuple[str, str | Damaged]] = []
    for piece in pieces:
        text = clean(piece)
        last = found[-1][1] if found else EMPTY
        if re.fullmatch("[0-9]{1,2}", text) and isinstance(last, str) and len(last) > 6 and _EXT not in last:
            number: str | None = last[: -len(text)] + text  # 021-58881234/35
        else:
            number = parse(text, region)
        if number:
            found.append((piece, number))
        elif any(c.isdigit() for c in text):
            found.append((piece, Damaged("not_a_phone", text)))
    text = " ".join(pieces)
    return found or [(text, Damaged("not_a_phone", text))]


@lru_cache(maxsize=65_536)
def parse(text: str, region: str) -> str | None:
    """One cleaned number as E.164 with its extension, or its digits; None for what holds fewer than three digits."""
    number = _parse(text, region)
    for _ in range(3):  # digits that were hidden in punctuation may read as a number once they are bare
        if number is None or (number.startswith("+") and is_valid(number)):
            break
        number = _parse(number, region)
    return number


def _parse(text: str, region: str) -> str | None:
    main, extension = _without_extension(_ascii_digits(text), region)
    main = _LABEL.sub("", _REMARK.sub(" ", main))
    main = _TAIL.sub("", _HAN_OR_KANA.sub(" ", main)).strip(" .,:;-")
    if tail := _FLOAT_TAIL.fullmatch(main):
        main = tail[1]
    digits = re.sub("[^0-9]", "", main)
    is_spelt = any(c.isalpha() for c in main)  # 1-800-FLOWERS
    number = (None if is_spelt else _mobile(main, digits, region)) or _by_plan(main, digits, region)
    if number is None:
        if len(digits) < 3:
            return None
        number = f"+{digits}" if main.startswith("+") else digits
    return f"{number}{_EXT}{extension}" if extension and _EXT not in number else number


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def _without_extension(text: str, region: str) -> tuple[str, str]:
    found = _EXTENSION.search(text)
    if found and any(c.isdigit() for c in text[: found.start()]):
        return text[: found.start()], found[1]
    if region == "CN" and (dashed := _DASH_EXTENSION.fullmatch(text)):
        return dashed[1], dashed[2]
    return text, EMPTY


def _mobile(main: str, digits: str, region: str) -> str | None:
    """A mainland mobile: by its own shape in region CN, elsewhere only behind +86 or 0086."""
    if region != "CN" and not (main.startswith("+") or digits.startswith("0086")):
        return None
    if not main.startswith("+") and _NEIGHBOUR.match(main):
        return None
    bare = f"86{digits[3:]}" if digits.startswith("8601") else digits  # +86 (0) 138…
    found = _TRUNK.fullmatch(bare)
    return f"+86{found[1]}" if found and (not main.startswith("+") or bare.startswith("86")) else None


def _by_plan(main: str, digits: str, region: str) -> str | None:
    """What phonenumbers makes of it, where it is valid."""
    if not 3 <= len(digits) <= 17:
        return None
    if region == "CN" and _NEIGHBOUR.match(main):  # 852-23456789 is read as a number of the mainland
        main = f"+{main}"
    import phonenumbers

    try:
        number = phonenumbers.parse(main, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164}{_EXT}{number.extension}" if number.extension else e164


# ------------------------------------------------------------------------------ what is known of a number


def _plan(value: str) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(value.partition(_EXT)[0], None)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=65_536)
def is_valid(value: str) -> bool:
    """Whether a numbering plan knows this canonical number; one that is not valid is kept all the same."""
    if value.startswith("+861") and _MOBILE.fullmatch(value[3:]):
        return value[3:6] not in _UNUSED
    if not value.startswith("+"):
        return False
    import phonenumbers

    number = _plan(value)
    return number is not None and phonenumbers.is_valid_number(number)


@lru_cache(maxsize=65_536)
def is_mobile(value: str) -> bool:
    """Whether it reaches one person's mobile; where a country does not tell mobiles apart, False."""
    if value.startswith("+861") and _MOBILE.fullmatch(value[3:]):
        return True
    if not value.startswith("+"):
        return False
    import phonenumbers

    number = _plan(value)
    return number is not None and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


@lru_cache(maxsize=65_536)
def is_shared(value: str) -> bool:
    """Whether it is a service number of many (400, 800, 95…, toll-free): weak evidence of who somebody is."""
    bare = value.removeprefix("+86").partition(_EXT)[0]
    if re.fullmatch(r"[48]00[0-9]{7}|95[0-9]{3,4}|1[02][0-9]{3}", bare):
        return True
    if not value.startswith("+") or value.startswith("+861"):
        return False
    import phonenumbers

    number = _plan(value)
    kinds = phonenumbers.PhoneNumberType
    return number is not None and phonenumbers.number_type(number) in (kinds.TOLL_FREE, kinds.SHARED_COST, kinds.UAN)


# ------------------------------------------------------------------------------ writing


def _style(value: str, region: str, shown: str) -> str:
    ours = region == "CN" and not re.match(r"\+(?!86)", value) and not shown.lstrip().startswith("+")
    return "national" if ours else "e164"


def written(value: str, style: str, region: str) -> str | None:
    """A canonical number in the style e164, national, international or digits; None for another word."""
    number, _, extension = value.partition(_EXT)
    if style == "e164":
        return value
    if not number.startswith("+"):
        text = number
    elif style == "digits":
        text = number.removeprefix("+86") if _MOBILE.fullmatch(number[3:]) else number[1:]
    elif style in ("national", "international"):
        text = _by_format(number, style)
    else:
        return None
    sign = "转" if region == "CN" and style != "international" else " ext. "
    said = f"{text}{sign}{extension}" if extension else text
    return said if parse(clean(said), region) == value else value


def _by_format(number: str, style: str) -> str:
    if style == "national" and number.startswith("+86") and _MOBILE.fullmatch(number[3:]):
        return number[3:]
    import phonenumbers

    known = _plan(number)
    if known is None:
        return number
    national, international = phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    text = str(phonenumbers.format_number(known, national if style == "national" else international))
    if style == "national" and known.country_code == 86:
        area, _, rest = text.partition(" ")
        return f"{area}-{rest.replace(' ', '')}" if area.startswith("0") else text.replace(" ", "-")
    return text
