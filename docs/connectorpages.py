"""What can each connector do at best, and how does the page of connectors show it, in English and in Chinese?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors import registry
from connectors.contract import Capabilities, Check, Identity, Listing, Op, Pace, Repeat, Spec, say
from docs.commandpages import cell
from sync.messages import translate
from sync.messages.names import OPS, word

_CHINESE: Final = {
    "Connectors": "连接器",
    "Made from the connectors' own capabilities by `python docs/make.py`: what the best table of\n"
    "each system can do with every right. A certain table may do less; `offbook check` says so.": "本页由 `python docs/make.py`"
    " 按连接器自己声明的能力生成：每个系统最好的表在权限齐全时能做什么。\n某一张表可能做得少些；`offbook check` 会说明。",
    "[中文](../zh/connectors/index.md)": "[English](../../connectors/index.md)",
    "connector": "连接器",
    "system": "系统",
    "can": "能做",
    "needs": "需要",
    "How safely": "有多安全",
    "key": "键",
    "gone when missing from": "从哪里缺少才算不在了",
    "checked in the same step as the write": "与写入同一步检查的",
    "never created twice by": "靠什么不会新建两次",
    "records in one step": "一步的记录数",
    "How quickly": "有多快",
    "reads only what changed": "只读变化",
    "tells what was removed": "告知删除",
    "at most": "上限",
    "yes": "是",
    "no": "否",
    "no limit": "无限制",
    "the file": "整个文件",
    "read": "读",
    "write": "写",
    "both": "读写",
    "Writing one for another system: [the contract](contract.md).": (
        "为别的系统写一个连接器：[契约](../../connectors/contract.md)（英文）。"
    ),
    "the system's own": "系统自己的",
    "a column (`key`, `offbook_id`, a UID); without one records are told apart by what they say": (
        "一个列（`key`、`offbook_id`、UID）；没有则按内容辨认"
    ),
    "none: records are told apart by what they say": "无：按内容辨认",
    "a complete listing": "一次完整读取",
    "two complete listings, or asking for each": "两次完整读取，或逐条询问",
    "never": "从不",
    "nothing: read again directly before": "无：写前再读一次",
    "the fields that are written": "要写的字段",
    "the whole record": "整条记录",
    "asking a person": "问人",
    "looking for our id": "查找我们的编号",
    "our id in it": "其中有我们的编号",
    "Address books of phones (CardDAV)": "手机通讯录（CardDAV）",
    "CSV files": "CSV 文件",
    "Google Sheets": "Google 表格",
    "A store in memory, or in a JSON file": "内存或 JSON 文件中的存储",
    "Any system with JSON over HTTP, described by a YAML file": "任何以 JSON over HTTP 对话的系统，用 YAML 文件描述",
    "Tables of a database (SQLite, PostgreSQL, MySQL, MariaDB and others)": "数据库的表（SQLite、PostgreSQL、MySQL、MariaDB 等）",
    "Contacts of a phone (vCard file)": "手机联系人（vCard 文件）",
    "Workbook (Excel, WPS, LibreOffice)": "工作簿（Excel、WPS、LibreOffice）",
}
_KEYS: Final = {
    Identity.NATIVE: "the system's own",
    Identity.CELL: "a column (`key`, `offbook_id`, a UID); without one records are told apart by what they say",
    Identity.NONE: "none: records are told apart by what they say",
}
_LISTING: Final = {
    Listing.COMPLETE: "a complete listing",
    Listing.DRIFTING: "two complete listings, or asking for each",
    Listing.PARTIAL: "never",
}
_CHECK: Final = {
    Check.NONE: "nothing: read again directly before",
    Check.FIELDS: "the fields that are written",
    Check.RECORD: "the whole record",
}
_REPEAT: Final = {Repeat.NOTHING: "asking a person", Repeat.FIND: "looking for our id", Repeat.CHOSEN: "our id in it"}


def row(*cells: str) -> str:
    """A line of a table; what is empty is a dash."""
    return "| " + " | ".join(cell(one) or "–" for one in cells) + " |"


def connectors(lang: str) -> Iterator[str]:
    """The lines of the page. lang: en or zh."""
    specs = {name: registry.spec(name) for name in sorted(registry.KNOWN)}
    said = _Words(lang)
    yield from (f"# {said('Connectors')}", "", said("[中文](../zh/connectors/index.md)"), "")
    yield from said(_HEAD).split("\n")
    yield from ("", *said.head("connector", "system", "can", "needs"))
    for name, spec in specs.items():
        extra = f'`pip install "offbook[{spec.extra}]"`' if spec.extra else ""
        yield row(_link(name), said(spec.title), _can(spec, lang), extra)
    yield from ("", f"## {said('How safely')}", "")
    yield from said.head(
        "connector",
        "key",
        "gone when missing from",
        "checked in the same step as the write",
        "never created twice by",
        "records in one step",
    )
    for name, spec in specs.items():
        yield row(_link(name), *map(said, _safety(spec.best)))
    yield from ("", f"## {said('How quickly')}", "")
    yield from said.head("connector", "reads only what changed", "tells what was removed", "at most")
    for name, spec in specs.items():
        can = spec.best
        paces = ("；" if lang == "zh" else ", ").join(_pace(pace, said) for pace in can.paces)
        told = [said("yes" if one else "no") for one in (can.changes, can.deletions)]
        yield row(_link(name), *told, paces or said("no limit"))
    yield from ("", said("Writing one for another system: [the contract](contract.md)."))


_HEAD: Final = next(text for text in _CHINESE if text.startswith("Made from"))


class _Words:
    """A text of this page in a language; names of systems stay as they are."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, text: str) -> str:
        return text if self.lang == "en" else _CHINESE.get(text, text)

    def head(self, *names: str) -> tuple[str, str]:
        return row(*map(self, names)), row(*["---"] * len(names))


def _can(spec: Spec, lang: str) -> str:
    told = [translate(say("read"), lang), *(word(OPS, op, lang) for op in Op if op in spec.best.ops)]
    return ("、" if lang == "zh" else ", ").join(told)


def _pace(pace: Pace, said: _Words) -> str:
    if said.lang == "en":
        return f"{pace.units:,} {pace.of} in {pace.seconds:g} s"
    return f"{pace.seconds:g} 秒 {pace.units:,} 次（{said(pace.of)}）"


def _link(name: str) -> str:
    return f"[{name}]({name}.md)"


def _safety(can: Capabilities) -> tuple[str, ...]:
    batch = can.batch.get(Op.UPDATE, 1)
    checked = _CHECK[can.checks.get(Op.UPDATE, Check.NONE)]
    size = f"{batch:,}" if batch else "the file"
    return _KEYS[can.identity], _LISTING[can.listing], checked, _REPEAT[can.repeat], size
