"""What must a semantic type answer, and what does it know of the place a value stands in? (DESIGN §5)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, TypeAlias

from connectors.contract import Damaged, Field, LookUp, Said, Value, say
from mappings.types.cleaning import clean, form
from mappings.types.damage import checked

if TYPE_CHECKING:
    from mappings.people import People

Canonical: TypeAlias = "str | Damaged | tuple[str | Damaged, ...] | None"
"""None: absent; "": empty; of a set a text for each mapped place, its elements joined by GLUE."""
GLUE: Final = "\n"
EMPTY: Final = ""

_TEXT_KINDS: Final = frozenset({"text", "other", ""})


@dataclass(frozen=True, slots=True)
class At:
    """The place a value is read from or written to, as far as a type needs to know it.

    zone: of naive times. region: of bare phone numbers and of month-and-day dates. format: the mapping's.
    """

    field: Field = field(default_factory=lambda: Field("", ""))
    format: str = ""
    region: str = "CN"
    zone: str = "Asia/Shanghai"
    source: str = ""
    people: People | None = None


@dataclass(frozen=True, slots=True)
class Cannot:
    """This value cannot be written there, and why (verdict standing). lens: because it would not read back."""

    why: Said
    lens: bool = False


class SemanticType:
    """What a field's values mean: how they are read, compared and written.

    name: as in CONFIG. cuttable: a system that cuts it still shows the same value, only shorter (RULES table 1).
    sensitive: masked in plans, logs and exports. placeholders: folded texts that stand where nothing is known.
    glue: joins several elements that one cell comes to hold; "": a cell holds one.
    """

    name: str = "text"
    cuttable: bool = False
    sensitive: bool = False
    placeholders: frozenset[str] = frozenset()
    glue: str = ""

    def parse(self, raw: Value, at: At) -> str | Damaged:
        """The canonical value, "" for empty; Damaged with a code where it cannot be told. Never raises."""
        if raw is None:
            return EMPTY
        if isinstance(raw, Damaged):
            return raw
        text = checked(raw if isinstance(raw, str) else raw_text(raw))
        if not text or isinstance(text, Damaged):
            return text
        if len(text) < 8 and text.casefold() in self.placeholders:
            return Damaged("placeholder", text)
        value = self.read(text, at)
        if value is text or isinstance(value, Damaged) or value.isascii():
            return value
        again = checked(value)  # without its blanks a text can turn out to be mojibake
        return again if isinstance(again, Damaged) else value

    def read(self, text: str, at: At) -> str | Damaged:
        """The canonical value of a cleaned text that is not empty."""
        return text

    def elements(self, raw: Value, at: At) -> Sequence[tuple[str, str | Damaged]]:
        """The pieces of one cell as typed, each with its canonical value; nothing for an empty cell."""
        value = self.parse(raw, at)
        return ((raw_text(raw), value),) if value != EMPTY else ()

    def parse_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        """parse() of many texts, which types can often do for less than each by itself."""
        return [self.parse(text, at) for text in texts]

    def join_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        """What each of many cells of a set holds, joined by GLUE; of types that find several elements in a text."""
        found = [self.parse_many(text, at) for text in texts]
        return [one if isinstance(one, Damaged) else one[0] if len(one) == 1 else GLUE.join(one) for one in found]

    def parse_many(self, raw: Value, at: At) -> tuple[str, ...] | Damaged:
        """Each canonical value that one cell holds, once, in its order."""
        found: dict[str, None] = {}
        for _, value in self.elements(raw, at):
            if isinstance(value, Damaged):
                return value
            if value:
                found[value] = None
        return tuple(found)

    def form(self, value: str) -> str:
        """The comparison form of R4j: values with one form differ by taste only. Idempotent."""
        return form(value)

    def same(self, a: str, b: str, zone: str = "Asia/Shanghai") -> bool:
        """Whether two canonical values say the same, one of them perhaps less of it (`--05-12`, `1985-05-12`)."""
        return a == b

    def says_more(self, a: str, b: str) -> bool:
        """Whether `a`, being the same as `b`, says more than it."""
        return False

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        """The raw value that says a non-empty canonical one there; `shown` is what stands there now, for its style."""
        return fit(value, at.field)


def only(found: tuple[str, ...] | Damaged, raw: Value) -> str | Damaged:
    """The one element of a cell that holds one value; several are damaged, as nobody can tell which is meant."""
    if isinstance(found, Damaged):
        return found
    return (found[0] if found else EMPTY) if len(found) < 2 else Damaged("several", raw_text(raw))


def raw_text(raw: Value) -> str:
    """What a raw value looks like as text: plain digits, ISO dates, the label of a look-up; "" for None."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return EMPTY
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, Decimal):
        return plain(raw) or str(raw)
    if isinstance(raw, date | datetime):
        return raw.isoformat()
    if isinstance(raw, LookUp):
        return raw.label or raw.key
    if isinstance(raw, Damaged):
        return raw.text
    if isinstance(raw, tuple):
        return GLUE.join(raw_text(one) for one in raw)
    return str(raw)


DIGITS: Final = 60
"""A number with more digits than this before or behind the point is none that a person typed."""


def plain(number: Decimal) -> str | None:
    """Plain digits without exponent or idle zeros (`1200000`, `0.5`); None for NaN, infinity and endless digits."""
    if not number.is_finite() or abs(number.adjusted()) > DIGITS or len(number.as_tuple().digits) > 2 * DIGITS:
        return None
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def fit(text: str, there: Field) -> Value | Cannot:
    """A text as the described field's kind wants it; dates, users and look-ups are their types' own matter."""
    fitted = _FITS.get(there.kind)
    if there.options:
        return option(text, there)
    if fitted is None:
        return text if there.kind in _TEXT_KINDS or there.kind == "choice" else _wrong(there)
    return fitted(text, there)


def option(name: str, there: Field) -> Value | Cannot:
    """The id of the option that bears this name: exactly, else the only one that does in comparison form."""
    for wanted in (str, clean, form):
        bearers = [key for key, label in there.options if wanted(label) == wanted(name)]
        if len(bearers) == 1:
            return bearers[0]
    return Cannot(say("{column} has no option of that name", column=there.name or there.id))


def _number(text: str, there: Field) -> Value | Cannot:
    number = decimal(text)
    if number is None or plain(number) is None:
        return _wrong(there)
    return int(number) if number == number.to_integral_value() else number


def _bool(text: str, there: Field) -> Value | Cannot:
    return text == "true" if text in ("true", "false") else _wrong(there)


def _date(text: str, there: Field) -> Value | Cannot:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _wrong(there)


def _wrong(there: Field) -> Cannot:
    return Cannot(say("{column} holds a {kind}, and this is none", column=there.name or there.id, kind=there.kind))


_FITS: Final[dict[str, Callable[[str, Field], Value | Cannot]]] = {"number": _number, "bool": _bool, "date": _date}
