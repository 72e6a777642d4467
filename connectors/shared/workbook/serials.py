"""Which day and hour does a serial number mean, and which serial a day?

Excel counts days from 1900-01-01 = 1 and believes in a 29 February 1900 (serial 60); the 1904 date system, from old
Macs, counts from 1904-01-01 = 0 (ECMA-376 part 1, 18.17.4.1).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

_1900 = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet's clock has no zone
_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST = 2958466  # 10000-01-01
_DAY = 86400


def moment(serial: float, *, since_1904: bool) -> datetime | None:
    """The naive moment, to the millisecond and rounded to a whole second where it is that near; None: no such day."""
    if not (0 if since_1904 else 1) <= serial < _LAST - (1462 if since_1904 else 0):
        return None
    if since_1904:
        base = _1904
    elif serial >= 61:
        base = _1900
    elif serial < 60:
        base = _1900 + timedelta(days=1)
    else:
        return None  # 29 February 1900, which never was
    days, milli = divmod(round(serial * _DAY * 1000), _DAY * 1000)
    near = round(milli / 1000) * 1000
    if abs(near - milli) <= 5:
        milli = near
    return base + timedelta(days=days, milliseconds=milli)


def clock(serial: float, *, seconds: bool) -> str:
    """The time of day as text: 09:46, or 09:46:30 where the format shows seconds or there are some."""
    total = round((serial % 1) * _DAY) % _DAY
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{hours:02d}:{minutes:02d}:{rest:02d}" if seconds or rest else f"{hours:02d}:{minutes:02d}"


def duration(serial: float, *, seconds: bool) -> str:
    """Elapsed time as text: 25:30."""
    total = round(abs(serial) * _DAY)
    sign = "-" if serial < 0 else ""
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if seconds or rest else f"{sign}{hours}:{minutes:02d}"


def serial_of(when: date, *, since_1904: bool) -> int | float | None:
    """The serial of a date or of a naive datetime; None: before the sheet's first day, so it can only be text."""
    whole = datetime(when.year, when.month, when.day)  # noqa: DTZ001
    days = (whole - (_1904 if since_1904 else _1900)).days
    if not since_1904 and days < 61:
        days -= 1
    if days < (0 if since_1904 else 1):
        return None
    if not isinstance(when, datetime):
        return days
    seconds = when.hour * 3600 + when.minute * 60 + when.second + when.microsecond / 1_000_000
    return days if seconds == 0 else days + seconds / _DAY
