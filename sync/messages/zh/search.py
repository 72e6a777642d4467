"""Chinese: finding a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    # sync/search/find.py
    "begins so": "以此开头",
    "ends so": "以此结尾",
    "holds it": "含有它",
    "sounds so": "读音如此",
    "has these initials": "首字母如此",
    "the family name that goes with the title": "姓氏与称呼相符",
    "{word}: not found": "{word}：未找到",
    "{field}: {how}": "{field}：{how}",
    # sync/show/found.py
    "Nobody is found.": "没有找到。",
    "so many customers are looked up by whole names, numbers and addresses only": "客户太多，只按完整的姓名、号码和邮箱查找",
    "{count} more records; --verbose shows them": "另有 {count} 条记录；--verbose 全部显示",
    # sync/commands/app_find.py
    "Finds customers by name, pinyin, part of a number, mail address, WeChat id or code; without words, line by line.": (
        "按姓名、拼音、号码的一部分、邮箱、微信号或代码查找客户；不带词时逐行读入并回答。"
    ),
    "At most so many customers.": "最多显示多少个客户。",
    "What is remembered: a name, pinyin, some digits, a mail address, a code; several words narrow it down.": (
        "记得的内容：姓名、拼音、几位数字、邮箱、代码；多个词会缩小范围。"
    ),
}

__all__ = ["WORDS"]
