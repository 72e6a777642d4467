"""How is a value written into a cell, so that it reads back as the same value and looks as its neighbours do?

Text is text: a phone, an id, a long number, `=1+1` never become a number. A text that is a plain number is written as
one only where the cell, or else most of its column, holds numbers. (C10, C21)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from connectors.contract import Damaged, LookUp, Said, Value, say
from connectors.shared.values import as_text
from connectors.shared.workbook.formats import Form
from connectors.shared.workbook.patch import New
from connectors.shared.workbook.serials import serial_of
from connectors.shared.workbook.strings import is_sayable, is_too_long

_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d*[1-9])?")
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_LONG = 11
"""Whole numbers of so many digits are phones and ids; an amount of that size is written as text too."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes. form: of the style the cell will have; holds: what it, or else most of its column, holds:
    number, date, text, bool or "" (nothing yet)."""

    form: Form
    holds: str


@dataclass(frozen=True, slots=True)
class Clock:
    """How this book counts time."""

    zone: tzinfo
    since_1904: bool


def fresh(value: Value, place: Place, clock: Clock) -> New | Said:
    """What to put into the cell, or why this value cannot stand in one. `New.kind` "d" and "m": a day or a moment as
    its serial, which needs a date style; everything else fits any style."""
    if value is None:
        return New("")
    if isinstance(value, Damaged | tuple):
        return say("a cell holds one readable value")
    if isinstance(value, bool):
        return New("b", "1" if value else "0") if place.holds != "text" else New("t", "TRUE" if value else "FALSE")
    if isinstance(value, LookUp):
        return _text(value.key, place, clock)
    if isinstance(value, date):
        return _day(value, place, clock)
    if isinstance(value, int | Decimal):
        return _number(value, place)
    return _text(value, place, clock)


def _number(value: int | Decimal, place: Place) -> New | Said:
    if isinstance(value, Decimal) and not value.is_finite():
        return say("a cell holds no such number")
    text = as_text(value)
    is_number = place.form.kind in ("number", "padded")
    if place.holds == "text" or not is_number or len(text.strip("-").replace(".", "").strip("0")) > 15:
        return New("t", text)
    return New("n", text)


def _day(value: date, place: Place, clock: Clock) -> New:
    is_moment = isinstance(value, datetime)
    naive: date = value.astimezone(clock.zone).replace(tzinfo=None) if isinstance(value, datetime) else value
    text = naive.isoformat(" ", "seconds") if isinstance(naive, datetime) else naive.isoformat()
    if place.holds == "text":
        return New("t", text)
    serial = serial_of(naive, since_1904=clock.since_1904)
    return New("t", text) if serial is None else New("m" if is_moment else "d", repr(serial))


def _text(text: str, place: Place, clock: Clock) -> New | Said:
    if not text:
        return New("")
    if is_too_long(text):
        return say("a cell holds at most 32,767 characters")
    if not is_sayable(text):
        return say("the text holds half a character, which no file can hold")
    if place.holds == "number" and (number := _as_number(text, place.form)):
        return New("n", number)
    if place.holds == "date" and place.form.kind == "date" and (serial := _as_day(text, clock)):
        return New("d", serial)
    return New("t", text)


def _as_number(text: str, form: Form) -> str:
    """The number that reads back as this text under the cell's number format; "" where none does."""
    if form.kind == "padded":
        return str(int(text)) if text.isascii() and text.isdigit() and f"{int(text):0{form.width}d}" == text else ""
    if form.kind in ("time", "duration"):
        return _as_time(text, form)
    is_long = len(text.lstrip("-")) >= _LONG and "." not in text
    is_plain = _PLAIN.fullmatch(text) is not None and text != "-0"
    return text if form.kind == "number" and is_plain and not is_long else ""


def _as_time(text: str, form: Form) -> str:
    match = _CLOCK.fullmatch(text)
    if match is None or (match.group(3) is not None) != form.seconds:
        return ""
    hours, minutes, seconds = int(match.group(1)), int(match.group(2)), int(match.group(3) or 0)
    if form.kind == "time" and (hours > 23 or len(match.group(1)) != 2):
        return ""
    return repr((hours * 3600 + minutes * 60 + seconds) / 86400)


def _as_day(text: str, clock: Clock) -> str:
    try:
        serial = serial_of(date.fromisoformat(text), since_1904=clock.since_1904) if len(text) == 10 else None
    except ValueError:
        return ""
    return "" if serial is None else str(serial)
