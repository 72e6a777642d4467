"""How are numbers, amounts of money and yes-or-no read and written?"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from connectors.contract import Damaged, Value, say
from mappings.types.base import EMPTY, At, Cannot, SemanticType, decimal, fit, option, plain, raw_text
from mappings.types.cleaning import clean
from mappings.types.texts import NOTHING

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?")
_GROUPED_4 = re.compile(r"[+-]?\d{1,4}(?:,\d{4})+(?:\.\d+)?")
_EUROPEAN = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+")
_POWER = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,2}")
_SCALES: Final = {"千": 3, "k": 3, "万": 4, "萬": 4, "w": 4, "百万": 6, "千万": 7, "千萬": 7, "亿": 8, "億": 8}
_SCALE = re.compile(r"(.*?)\s*(百万|千万|千萬|[千kK万萬wW亿億])")
_MONEY = re.compile(
    r"^(?:人民币|rmb|cny|usd|eur|hkd|us\$|hk\$|[¥$€£￥])\s*|\s*(?:元整|元|圆|块|rmb|cny|usd|eur|hkd)$", re.IGNORECASE
)
_FORMAT = re.compile(r"([^0#]*)(#,##0|0)(?:\.(0+))?([^0#]*)")


def _number(text: str) -> Decimal | None:
    if _PLAIN.fullmatch(text) or _POWER.fullmatch(text):
        return decimal(text)
    if _GROUPED.fullmatch(text) or _GROUPED_4.fullmatch(text):
        return decimal(re.sub("[,' ]", "", text))
    if _EUROPEAN.fullmatch(text):
        return decimal(text.replace(".", "").replace(",", "."))
    if text.endswith("%"):
        share = _number(text[:-1].rstrip())
        return None if share is None else share.scaleb(-2)
    scaled = _SCALE.fullmatch(text)
    if scaled:
        base = _number(scaled[1])
        return None if base is None else base.scaleb(_SCALES[scaled[2].lower()])
    if text.startswith("(") and text.endswith(")"):  # an accountant's minus
        inner = _number(text[1:-1])
        return None if inner is None else -inner
    return None


class NumberType(SemanticType):
    """Plain decimal text: no exponent, no separators, no idle zeros. Reads 1,200 · 1.200,50 · 12万 · 1.2亿 · 50%.

    format, where the mapping gives one: `0`, `0.00`, `#,##0`, `#,##0.00`, with words around it; 万 and 亿 scale.
    """

    name = "number"
    placeholders = NOTHING

    def parse(self, raw: Value, at: At) -> str | Damaged:
        if isinstance(raw, bool):
            return "1" if raw else "0"
        if isinstance(raw, int | Decimal):
            text = plain(Decimal(raw))
            return Damaged("not_a_number", str(raw)) if text is None else text
        return super().parse(raw, at)

    def read(self, text: str, at: At) -> str | Damaged:
        number = _number(_bare(text, at.format))
        said = None if number is None else plain(number)
        return Damaged("not_a_number", text) if said is None else said

    def form(self, value: str) -> str:
        return value

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        if not at.format or at.field.kind == "number":
            return fit(value, at.field)
        said = _formatted(value, at.format)
        return said if isinstance(said, Cannot) else fit(said, at.field)


class MoneyType(NumberType):
    """A number with a sign or name of its currency, which is a field of its own: ¥1,200.00 · 1200元 · 12万元."""

    name = "money"
    sensitive = True

    def read(self, text: str, at: At) -> str | Damaged:
        bare = _bare(text, at.format)
        for _ in range(3):
            bare = _MONEY.sub("", bare).strip()
        found = super().read(bare, At(region=at.region))
        return Damaged("not_a_number", text) if isinstance(found, Damaged) else found


def _bare(text: str, format_: str) -> str:
    """The text without the words that the place's format puts around the number; a scale stays, as it counts."""
    shape = _FORMAT.fullmatch(format_) if format_ else None
    if shape is None:
        return text
    before, after = clean(shape[1]), clean(shape[4])
    return text.removeprefix(before).removesuffix("" if after in _SCALES else after).strip()


def _formatted(value: str, format_: str) -> str | Cannot:
    shape = _FORMAT.fullmatch(format_)
    number = decimal(value)
    if shape is None or number is None:
        return Cannot(say("`{format}` is no format of a number; write one like `0.00` or `#,##0`", format=format_))
    before, whole, places, after = shape.groups()
    number = number.scaleb(-_SCALES.get(after.strip(), 0))
    return f"{before}{number:{',' if ',' in whole else ''}.{len(places or '')}f}{after}"


_PAIRS: Final = (
    ("是", "否"),
    ("yes", "no"),
    ("true", "false"),
    ("1", "0"),
    ("y", "n"),
    ("有", "无"),
    ("√", "×"),
    ("✓", "✗"),
    ("✔", "✘"),
    ("对", "错"),
    ("真", "假"),
    ("t", "f"),
    ("on", "off"),
    ("已", "未"),
    ("ja", "nein"),
    ("oui", "non"),
)
_TRUTH: Final = {word: truth for yes, no in _PAIRS for word, truth in ((yes, "true"), (no, "false"))}


class BooleanType(SemanticType):
    """true or false. A word that says neither is unmapped: list it under `values`."""

    name = "boolean"

    def parse(self, raw: Value, at: At) -> str | Damaged:
        if isinstance(raw, bool):
            return "true" if raw else "false"
        return super().parse(raw, at)

    def read(self, text: str, at: At) -> str | Damaged:
        return _TRUTH.get(text.casefold()) or Damaged("unmapped", text)

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        """In a text as the cell's other word (是 → 否, Yes → No), in an empty one as the region says it."""
        there = at.field
        if there.kind == "number":
            return 1 if value == "true" else 0
        if there.options:
            words = [yes if value == "true" else no for yes, no in _PAIRS]
            found = (option(word, there) for word in words)
            return next((one for one in found if not isinstance(one, Cannot)), option(value, there))
        if there.kind == "bool":
            return value == "true"
        return fit(self._word(value, clean(raw_text(shown)) if shown is not None else EMPTY, at), there)

    def _word(self, value: str, shown: str, at: At) -> str:
        pairs = [pair for pair in _PAIRS if shown.casefold() in pair] if shown else []
        pair = pairs[0] if pairs else ("是", "否") if at.region == "CN" else ("yes", "no")
        word = pair[0] if value == "true" else pair[1]
        return word.upper() if shown and shown.isupper() else word.title() if shown.istitle() else word
