"""What does a number format make of a number: a number, a date, a time, or only part of a date?

Format codes: ECMA-376 part 1, 18.8.31; built-in ids without a code of their own: 18.8.30, and for 27-36 and 50-58
the table for zh-cn there, which Excel and WPS write in Chinese editions without ever defining the codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

BUILTIN = {
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<skip>[_*].)|\[(?P<elapsed>[hHmMsS]+)\]|(?P<bracket>\[[^\]]*\])'
    r"|(?P<half>[aA][mM]/[pP][mM]|[aA]/[pP]|上午/下午)|(?P<general>[gG]eneral|GENERAL|G/通用格式)"
    r"|(?P<part>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+|a{3,}|A{3,}|[eE]+(?![+-])|[gG]+|[bB]+)"
    r"|(?P<exponent>[eE][+-])|(?P<digit>[0#?])|(?P<text>@)|(?P<other>.)",
    re.DOTALL,
)
_MONTHS: tuple[str, ...] = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@dataclass(frozen=True, slots=True)
class Form:
    """kind: number, padded, date, datetime, time, duration, partial (a date of which the sheet hides a part) or text.

    tokens: what a partial date is shown with, as (kind, text). seconds: whether a time shows them. width: how many
    digits a padded number always shows (the format `00000`).
    """

    kind: str = "number"
    code: str = "General"
    seconds: bool = False
    tokens: tuple[tuple[str, str], ...] = ()
    width: int = 0

    @property
    def is_day(self) -> bool:
        return self.kind in ("date", "datetime")


@lru_cache(maxsize=4096)
def form(code: str) -> Form:
    """What the first section of a format code (that of positive numbers) says."""
    if len(code) > 1 and code.strip("0") == "":
        return Form("padded", code, width=len(code))
    tokens = _tokens(code)
    kinds = [kind for kind, _ in tokens]
    if "general" in kinds or "exponent" in kinds:
        return Form("number", code)
    letters = {text[0].lower() for kind, text in tokens if kind == "part"}
    if "elapsed" in kinds:
        return Form("duration", code, seconds="s" in letters or "s" in _elapsed(tokens))
    if not letters & set("ymdhsae") or _is_number(tokens):
        return Form("text" if "text" in kinds and "digit" not in kinds else "number", code)
    tokens = _with_minutes(tokens)
    return _of_date(code, tokens)


def shown(tokens: tuple[tuple[str, str], ...], when: datetime) -> str:
    """A date as a partial format shows it: 5月6日 where the year is hidden."""
    return "".join(_shown(kind, text, when) for kind, text in tokens).strip()


def _of_date(code: str, tokens: list[tuple[str, str]]) -> Form:
    parts = {_named(text) for kind, text in tokens if kind == "part"}
    minutes = any(kind == "minute" for kind, _ in tokens)
    clock = minutes or bool(parts & {"hour", "second"})
    seconds = "second" in parts
    if {"year", "month", "day"} <= parts:
        return Form("datetime" if clock else "date", code, seconds=seconds)
    if parts & {"year", "month", "day", "weekday"}:
        return Form("partial", code, seconds=seconds, tokens=tuple(tokens))
    return Form("time", code, seconds=seconds)


def _named(text: str) -> str:
    letter = text[0].lower()
    if letter == "d":
        return "day" if len(text) < 3 else "weekday"
    return {"y": "year", "e": "year", "b": "year", "m": "month", "h": "hour", "s": "second", "a": "weekday"}.get(
        letter, ""
    )


def _tokens(code: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "other"
        text = match.group(kind)
        if kind == "other" and text == ";":
            break
        if kind in ("quoted", "escaped"):
            found.append(("literal", text))
        elif kind not in ("skip", "bracket"):
            found.append((kind, text))
    return found


def _elapsed(tokens: list[tuple[str, str]]) -> str:
    return "".join(text for kind, text in tokens if kind == "elapsed").lower()


def _is_number(tokens: list[tuple[str, str]]) -> bool:
    """Digits other than fractions of a second: `0.00`, `#,##0"元"`, but not `mm:ss.0`."""
    letters = "".join(text for kind, text in tokens if kind == "part").lower()
    digits = sum(kind == "digit" for kind, _ in tokens)
    return digits > 0 and "s" not in letters


def _with_minutes(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """An m right after an hour or right before a second means minutes (18.8.31)."""
    spots = [i for i, (kind, _) in enumerate(tokens) if kind == "part"]
    result = list(tokens)
    for place, i in enumerate(spots):
        if tokens[i][1][0] not in "mM" or len(tokens[i][1]) > 2:
            continue
        before = tokens[spots[place - 1]][1][0].lower() if place else ""
        after = tokens[spots[place + 1]][1][0].lower() if place + 1 < len(spots) else ""
        if before == "h" or after == "s":
            result[i] = ("minute", tokens[i][1])
    return result


def _shown(kind: str, text: str, when: datetime) -> str:
    if kind == "minute":
        return f"{when.minute:0{len(text)}d}"
    if kind == "half":
        return ("下午" if when.hour >= 12 else "上午") if text[0] == "上" else ("PM" if when.hour >= 12 else "AM")
    if kind != "part":
        return "" if kind in ("digit", "text") else text
    return _part(text, when)


def _part(text: str, when: datetime) -> str:
    letter, width = text[0].lower(), len(text)
    if letter in "ye":
        return f"{when.year % 100:02d}" if letter == "y" and width < 3 else f"{when.year:04d}"
    if letter == "m" and width >= 3:
        return _month_name(when, width)
    if letter == "d" and width >= 3:
        return _DAYS[when.weekday()][: 3 if width == 3 else None]
    if letter == "a":
        return _WEEKDAYS[when.weekday()][2 if width == 3 else 0 :]
    number = {"m": when.month, "d": when.day, "h": when.hour, "s": when.second}.get(letter)
    return "" if number is None else f"{number:0{min(width, 2)}d}"


def _month_name(when: datetime, width: int) -> str:
    name = _MONTHS[when.month - 1]
    return name if width == 4 else name[:1] if width == 5 else name[:3]
