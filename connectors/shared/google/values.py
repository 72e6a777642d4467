"""What value does a cell of Google Sheets hold, given its number and its format, and how is a value put into one?

Days are counted from 1899-12-30 without the leap day that Excel invented (Sheets API, "DateTimeRenderOption").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from connectors.contract import Damaged, Said, Value
from connectors.shared.workbook.formats import Form, form, shown
from connectors.shared.workbook.fresh import Clock, Place, fresh
from connectors.shared.workbook.serials import clock, duration

NUMBER: Final = Form()
_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet's clock has no zone
_DAY: Final = 86_400
_MOST: Final = 10**15
_EXCEL: Final = 61
"""From this serial on (1900-03-01) Google and Excel count alike; before it Excel is a day behind."""
_DAYS: Final = {"DATE": "date", "DATE_TIME": "datetime", "TIME": "time"}
_WRITTEN: Final = {"d": ("DATE", "yyyy-mm-dd"), "m": ("DATE_TIME", "yyyy-mm-dd hh:mm:ss")}


@lru_cache(maxsize=4096)
def form_of(kind: str, pattern: str) -> Form:
    """What Google's type and pattern make of a number; a type without a pattern is shown as its language does."""
    found = form(pattern) if pattern else NUMBER
    if kind in _DAYS:
        fits = found.kind in ("date", "datetime", "time", "duration", "partial")
        return found if fits else Form(_DAYS[kind], pattern)
    if found.kind == "padded":
        return found
    return Form("text", pattern) if kind == "TEXT" else NUMBER


def number(value: int | Decimal, look: Form, zone: tzinfo) -> Value:
    """A number as a person typed it; a date only where the cell's format is a date's (C10, C11)."""
    kind = look.kind
    if kind in ("number", "text", "padded"):
        return _plain(value, look)
    if kind == "time":
        return clock(float(value), seconds=look.seconds)
    if kind == "duration":
        return duration(float(value), seconds=look.seconds)
    when = moment(value)
    if when is None:
        return Damaged("no_such_day", str(value))
    if kind == "date":
        return when.date()
    return when.replace(tzinfo=zone) if kind == "datetime" else shown(look.tokens, when)


def _plain(value: int | Decimal, look: Form) -> Value:
    if isinstance(value, int):
        if abs(value) >= _MOST:
            return Damaged("long_number", str(value))
        return f"{value:0{look.width}d}" if look.kind == "padded" and value >= 0 else value
    if not value.is_finite() or abs(value) >= _MOST:
        return Damaged("long_number", str(value))
    if value == value.to_integral_value():
        return _plain(int(value), look)
    return Decimal(f"{value:.15g}")


def moment(serial: int | Decimal) -> datetime | None:
    """The naive moment, rounded to a whole second where it is within five milliseconds of one; None: no such day."""
    if not -693_593 <= serial < 2_958_466:
        return None
    milli = round(serial * _DAY * 1000)
    near = round(milli / 1000) * 1000
    return _FIRST + timedelta(milliseconds=near if abs(near - milli) <= 5 else milli)


@dataclass(frozen=True, slots=True)
class Typed:
    """What goes into a cell: `userEnteredValue` of CellData, and a number format where it needs another one."""

    value: Mapping[str, Any]
    format: tuple[str, str] | None = None

    def cell(self) -> dict[str, Any]:
        made: dict[str, Any] = {"userEnteredValue": dict(self.value)} if self.value else {}
        if self.format is not None:
            made["userEnteredFormat"] = {"numberFormat": {"type": self.format[0], "pattern": self.format[1]}}
        return made


def typed(value: Value, place: Place, zone: tzinfo) -> Typed | Said:
    """The value as a typed cell, never to be parsed by Google: text is stringValue whatever it looks like. Or why it
    cannot stand in a cell. Between day and number formats the cell gets the one its value needs."""
    made = fresh(value, place, Clock(zone, since_1904=False))
    if isinstance(made, Said):
        return made
    if made.kind == "":
        return Typed({})
    if made.kind == "t":
        return Typed({"stringValue": made.text})
    if made.kind == "b":
        return Typed({"boolValue": made.text == "1"})
    if made.kind == "n":
        return Typed({"numberValue": Decimal(made.text)})
    serial = Decimal(made.text)
    serial += 1 if serial < _EXCEL else 0
    return Typed({"numberValue": serial}, None if place.form.is_day else _WRITTEN[made.kind])


def bare(place: Place) -> Place:
    """The same place in a row that has no format yet."""
    return replace(place, form=NUMBER)
