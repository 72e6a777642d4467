"""Is this what was typed, or what a program made of it? (DESIGN §5 "Damaged, not guessed")

Recognised: Excel's error cells, numbers in scientific notation, and text read in the wrong encoding. What only one
type can judge (a date serial, an identifier that lost its last digits) is recognised there.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from connectors.contract import Damaged
from mappings.types.cleaning import clean, clean_easy

EMPTY: Final = ""

_ERROR = re.compile(
    r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|ERROR!|GETTING_DATA|#{3,})"
    r"|ERR:5\d\d",
    re.IGNORECASE,
)
"""Error cells as Excel, WPS, LibreOffice and Google Sheets show them."""
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+\d{2,3}")
_EASY = re.compile("[\u4e00-\u5c6e\u5c70-\u65a3\u65a5-\u70ea\u70ec-\u9fa5 -~！-～\u3000、。《》【】“”‘’—…]+")
"""What most cells are made of, without 屯, 斤 and 烫: garbled only in the way of `_read_as_gbk`, and soon cleaned."""
_GARBLED = re.compile("\ufffd|锟斤|斤拷|烫烫烫|屯屯屯|ï¿½|[\ud800-\udfff]")
_UTF8_AS_LATIN = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
_GBK_AS_LATIN = re.compile("[\u00b0-\u00f7][\u00a1-\u00fe](?:[\u00a1-\u00f7][\u00a1-\u00fe])+")
_HIGH_LATIN = re.compile("[\u00a1-\u00ff]+")


def checked(text: str) -> str | Damaged:
    """The cleaned text ("" where there is nothing), or why it cannot be what was typed.

    Codes: excel_error, scientific, mojibake.
    """
    if not text.isascii() and _EASY.fullmatch(text) and in_gb2312(text):
        done = clean_easy(text)
        found = damage_of_ascii(done) if done.isascii() else EMPTY  # ＃ＲＥＦ！ is an error cell as well
        return Damaged(found, text.strip()) if found else done
    found, done = damage_of(text), EMPTY
    if not found:
        done = clean(text)
        found = damage_of(done) if done != text else EMPTY
    return Damaged(found, text.strip()) if found else done


def damage_of(text: str) -> str:
    """The code of what is wrong with an uncleaned text; "" where nothing is."""
    if text.isascii():
        return damage_of_ascii(text)
    return "mojibake" if _is_mojibake(text) else EMPTY


def damage_of_ascii(text: str) -> str:
    """The code of an error cell or a number in scientific notation."""
    if ("#" in text or ":" in text) and _ERROR.fullmatch(text.strip()):
        return "excel_error"
    if "+" in text and _SCIENTIFIC.fullmatch(text.strip()):
        return "scientific"
    return EMPTY


def _is_mojibake(text: str) -> bool:
    return (
        _GARBLED.search(text) is not None
        or (_UTF8_AS_LATIN.search(text) is not None and _read_as_latin(text))
        or _gbk_read_as_latin(text)
        or (not in_gb2312(text) and _read_as_gbk(text))
    )


def in_gb2312(text: str) -> bool:
    """UTF-8 read as GBK always leaves characters that GB2312 does not have."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _read_as_gbk(text: str) -> bool:
    """UTF-8 bytes of Chinese text shown as GBK: 张三 as 寮犱笁. A last byte may have been lost."""
    tidy = text.strip().rstrip("?€")
    try:
        raw = tidy.encode("gb18030")
        back = codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeError:
        return False
    found = [c for c in back if not c.isascii()]
    return len(found) > 1 and all("\u2e80" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in found)


def _read_as_latin(text: str) -> bool:
    """UTF-8 bytes shown as Windows-1252 or Latin-1: é as Ã©, 张 as å¼\xa0, whose last character is a blank."""
    raw = bytearray()
    for char in text.strip():
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 255:
                return False
            raw.append(ord(char))
    return any(_is_utf8(one) for one in (bytes(raw), bytes(raw).replace(b" ", b"\xa0")))


def _is_utf8(raw: bytes) -> bool:
    try:
        return not codecs.getincrementaldecoder("utf-8")().decode(raw).isascii()
    except UnicodeDecodeError:
        return False


def _gbk_read_as_latin(text: str) -> bool:
    """GBK bytes shown as Latin-1: 张三 as ÕÅÈý. No word has four accented letters in a row."""
    for run in _HIGH_LATIN.findall(text):
        if len(run) % 2 == 0 and _GBK_AS_LATIN.fullmatch(run):
            try:
                run.encode("latin-1").decode("gb2312")
            except UnicodeDecodeError:
                continue
            return True
    return False
