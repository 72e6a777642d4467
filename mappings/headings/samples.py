"""What do a column's values look like? Shares of shapes, never the values themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from connectors.contract import Damaged, LookUp, Value
from mappings.types.surnames import SINGLE

LOOKED_AT: Final = 60
"""Filled values of a column that are looked at closely; the first ones, as order says nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """shares: shape → share of the filled values that have it. filled: how many were looked at. distinct: share of
    different ones. look_up: the table that the values point into, where the source says so.
    """

    filled: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)
    distinct: float = 1.0
    look_up: str = ""

    def share(self, *shapes: str) -> float:
        """Of values with any of the shapes, at most (shapes may overlap)."""
        return min(1.0, sum(self.shares.get(shape, 0.0) for shape in shapes))


def profile(values: Sequence[Value]) -> Profile:
    filled = [v for v in _flat(values) if v is not None and v != "" and not isinstance(v, Damaged)][:LOOKED_AT]
    if not filled:
        return Profile()
    counts: dict[str, int] = {}
    for value in filled:
        for shape in _shapes(value):
            counts[shape] = counts.get(shape, 0) + 1
    look_ups = [v.table for v in filled if isinstance(v, LookUp)]
    shares = {shape: count / len(filled) for shape, count in counts.items()}
    return Profile(len(filled), shares, len(set(map(str, filled))) / len(filled), look_ups[0] if look_ups else "")


def _flat(values: Iterable[Value]) -> Iterable[Value]:
    for value in values:
        if isinstance(value, tuple):
            yield from value
        else:
            yield value


def _shapes(value: Value) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"bool"})
    if isinstance(value, datetime):
        return frozenset({"date", "clock"})
    if isinstance(value, date):
        return frozenset({"date"})
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, LookUp):
        return text_shapes(value.label)
    return text_shapes(str(value))


# ------------------------------------------------------------------------------ one text

_EMAIL: Final = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]{2,}")
_SOCIAL: Final = re.compile(r"linkedin\.|facebook\.|twitter\.|weibo\.|instagram\.", re.IGNORECASE)
_IMAGE: Final = re.compile(r"\.(png|jpe?g|gif|webp|pdf|docx?|svg)$", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/:?].*)?", re.IGNORECASE)
_PHONE: Final = re.compile(r"[+(（]?[\d\s().+/#*x;,、-]*(?:(?:转|ext\.?|x|分机)\s*\d{1,6})?", re.IGNORECASE)
_MOBILE: Final = re.compile(r"(?:\+?86|0086)?1[3-9]\d{9}(?:\.0)?|09\d{8}|\+?852[5-9]\d{7}|\+?8869\d{8}")
_CREDIT: Final = re.compile(r"[0-9A-Z]{2}\d{6}[0-9A-Z]{10}")
_RESIDENT: Final = re.compile(r"\d{17}[\dXx]")
_DATE: Final = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}(?:\s?[-/.月]\s?\d{1,2}日?)?(?:[ T]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?"
    r"|\d{1,2}月\d{1,2}日?|\d{1,2}/\d{1,2}"
    r"|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{4}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},? \d{4}.*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[-+¥$€£]?\s?\d[\d,]*(?:\.\d+)?\s?(?:万|亿|元|万元|k|m)?", re.IGNORECASE)
_RANGE: Final = re.compile(r"\d[\d,]*\s?[-~–至]\s?\d[\d,]*\s?(?:人|employees)?|\d+\s?人.*|\d+\+", re.IGNORECASE)
_ID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|00[0-9A-Za-z]{13}(?:[0-9A-Za-z]{3})?"
    r"|(?:rec|usr|cus|ou|oX)_?[0-9A-Za-z]{8,}|[0-9a-f]{24}|[0-9a-f]{32}",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"(?=.*\d)[A-Za-z]{1,6}[-_/]?\d[\dA-Za-z-]*|\d{2,}-\d[\d-]*")
_ZH_COMPANY: Final = re.compile(
    r"公司|集团|股份|厂$|店$|商行|经营部|事务所|合作社|研究院|医院|学校|大学|银行|酒店|商贸|科技$|[贸商]易行|工作室"
)
_EN_COMPANY: Final = re.compile(
    r"\b(?:inc|ltd|llc|gmbh|corp|corporation|plc|limited|company|holdings?|ag|bv|s\.?a|pty|group|trading|industries"
    r"|solutions|technologies|partners|enterprises|co|sons|labs|systems|services|university|bank)\b\.?",
    re.IGNORECASE,
)
_EN_PERSON: Final = re.compile(r"(?:[A-Z][\w'’-]*\.?,? ){1,3}[A-Z][\w'’-]+")
_ADDRESS: Final = re.compile(
    r"[路街道巷弄]\d|[路街道巷]|\d号|大厦|[省市区县镇].*[路街道镇区号]"
    r"|\d+\s+\w+.*\b(?:st|street|rd|road|ave|avenue|blvd|dr|lane|ln|way|suite)\b",
    re.IGNORECASE,
)
_VOCABULARY: Final = """
bool: 是 否 有 无 yes no true false y n 1 0 √ × x on off checked
gender: 男 女 男性 女性 male female m f 未知 other unknown 保密 先生 女士
salutation: mr mr. mrs mrs. ms ms. dr dr. prof. miss 先生 女士 小姐 太太
subscribed: subscribed unsubscribed opted-in opted-out no-consent 已订阅 未订阅 已退订
status: prospect customer lead active inactive churned former evaluator potential qualified unqualified contacted new
 opportunity subscriber closed open nurturing working converted lost 潜在 潜在客户 意向客户 成交客户
 老客户 新客户 流失客户 已成交 未成交 跟进中 已流失 合作中 意向 成交 流失 正式客户 已合作 未合作 目标客户 公海 休眠 沉睡
 询盘 初访 洽谈 签约 合作 已签约
tier: a b c d e s a+ b+ a类 b类 c类 d类 a级 b级 c级 vip svip hot warm cold gold silver platinum bronze normal key
 重点 普通 一般 重要 核心 战略 重点客户 普通客户 一般客户 重要客户 核心客户 vip客户 大客户 金卡 银卡 钻石 一级 二级 三级 一星 二星
 三星 四星 五星 热 温 冷 高 中 低
"""
"""Texts that choices of one sort consist of; a blank inside a text is written as a hyphen."""
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    line.partition(":")[0]: frozenset(line.partition(":")[2].split())
    for line in _VOCABULARY.strip().replace("\n ", " ").splitlines()
}
_STATUS: Final = re.compile(r"\b(?:customer|prospect|lead)\b|inactive|churn|qualified|evaluat|潜在|成交|流失|意向|跟进")
_PLACE: Final = re.compile(
    r"^(?:北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?:省|市|自治区)?$|^.{1,7}[省市区县州]$"
)


@lru_cache(maxsize=16384)
def text_shapes(text: str) -> frozenset[str]:
    """The shapes of one text; a text may have several (11 digits are a mobile, a phone and a number)."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip()
    if not text:
        return frozenset()
    if len(text) > 60 or "\n" in text:
        return frozenset({"long"} | ({"address"} if len(text) < 120 and _ADDRESS.search(text) else set()))
    lower = text.lower()
    shapes = {name for name, words in _WORDS.items() if lower.replace(" ", "-") in words}
    if _STATUS.search(lower) and len(lower) < 30:
        shapes.add("status")
    shapes |= _lettered(text) if any(c.isalpha() for c in text) else set()
    if any(c.isdigit() for c in text):
        shapes |= _numbered(text)
    return frozenset(shapes or {"text"})


def _numbered(text: str) -> set[str]:
    shapes = {name for name, matches in _NUMBERED.items() if matches(text)}
    if _PHONE.fullmatch(text) and 5 <= sum(c.isdigit() for c in text) <= 24 and "date" not in shapes:
        shapes.add("phone")
    if _MOBILE.fullmatch(re.sub(r"[\s()-]", "", text)):
        shapes |= {"mobile", "phone"}
    if text.isdigit():
        shapes.add("digits")
    return shapes


_NUMBERED: Final[Mapping[str, Callable[[str], object]]] = {
    "credit": lambda t: _CREDIT.fullmatch(t.upper().replace(" ", "")) and not t.isdigit(),
    "resident": _RESIDENT.fullmatch,
    "date": _DATE.fullmatch,
    "clock": re.compile(r".*\d:\d\d").match,
    "number": _NUMBER.fullmatch,
    "range": _RANGE.fullmatch,
    "id": _ID.fullmatch,
    "code": _CODE.fullmatch,
    "percent": re.compile(r"\d+(?:\.\d+)?\s?%").fullmatch,
    "ip": re.compile(r"\d{1,3}(?:\.\d{1,3}){3}").fullmatch,
    "coordinate": re.compile(r"-?\d{1,3}\.\d{3,}(?:\s?,\s?-?\d{1,3}\.\d{2,})?").fullmatch,
}


def _lettered(text: str) -> set[str]:
    if "@" in text and _EMAIL.search(text):
        return {"email"}
    shapes: set[str] = set()
    if "." in text and " " not in text and _DOMAIN.fullmatch(text):
        shapes.add("social" if _SOCIAL.search(text) else "image" if _IMAGE.search(text) else "url")
        return shapes
    if "." in text and _IMAGE.search(text):
        return {"image"}
    if _ADDRESS.search(text) and len(text) > 5:
        shapes.add("address")
    if _PLACE.search(text):
        shapes.add("place")
    if _ZH_COMPANY.search(text) or _EN_COMPANY.search(text):
        shapes.add("company")
    elif _is_person(text):
        shapes.add("person")
    if len(text) > 24 or any(c in text for c in "，。；！？"):
        shapes.add("sentence")
    return shapes


def _is_person(text: str) -> bool:
    if not text.isascii():
        return 2 <= len(text) <= 4 and text[0] in SINGLE and all("\u3400" <= c <= "\u9fff" for c in text)
    return bool(_EN_PERSON.fullmatch(text))
