"""How are kinds, fields, verdicts, operations and rules called in people's languages?

The English name of a field is the one of the configuration. Fields and kinds of a workspace's own keep their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.contract import Said, say
from sync.messages import translate

KINDS_ZH: Final[Mapping[str, str]] = {"organisation": "公司", "person": "联系人", "interaction": "互动记录"}

FIELDS_ZH: Final[Mapping[str, str]] = {
    "name": "名称",
    "short_name": "简称",
    "identifiers": "证件号码",
    "credit_code": "统一社会信用代码",
    "tax_id": "税号",
    "phones": "电话",
    "emails": "邮箱",
    "website": "网址",
    "country": "国家",
    "region": "省份",
    "city": "城市",
    "district": "区县",
    "street": "街道",
    "postal_code": "邮编",
    "address": "地址",
    "industry": "行业",
    "size": "规模",
    "parent": "上级公司",
    "tier": "级别",
    "status": "状态",
    "tags": "标签",
    "owner": "负责人",
    "assistants": "协同人",
    "origin": "来源",
    "notes": "备注",
    "annual_value": "年金额",
    "currency": "币种",
    "money": "金额",
    "amount": "金额",
    "consent": "同意联系",
    "consent_at": "同意日期",
    "last_contacted_at": "最近联系",
    "next_follow_up_at": "下次跟进",
    "created_at": "创建时间",
    "updated_at": "更新时间",
    "family_name": "姓",
    "given_name": "名",
    "title": "职务",
    "department": "部门",
    "wechat": "微信",
    "birthday": "生日",
    "gender": "性别",
    "works_at": "所在公司",
    "needs": "需求",
    "preferences": "偏好",
    "do_not_contact": "请勿联系",
    "at": "时间",
    "by": "经办人",
    "type": "类型",
    "summary": "内容",
    "result": "结果",
    "next_step": "下一步",
    "score": "评分",
    "about": "相关公司",
    "with": "相关联系人",
}

VERDICTS: Final[Mapping[str, Said]] = {
    "silent": say("silent"),
    "doubt": say("in doubt"),
    "damaged": say("damaged or unmapped"),
    "frozen": say("frozen"),
    "parked": say("parked"),
    "agreed": say("agreed"),
    "filtered": say("filtered"),
    "kept": say("kept"),
    "standing": say("standing"),
    "change": say("to be written"),
}
"""The ten verdicts on a cell (RULES table 1)."""

ABSENCES: Final[Mapping[str, Said]] = {
    "gone mark": say("was there and is gone; a person says whether it may be created again"),
    "doubt": say("a create without an answer"),
    "missing": say("not in the last listing"),
    "filtered": say("not for this reader (`only`)"),
    "not wanted": say("this job creates nothing there (`create_in`)"),
    "in a sibling": say("is in another table of the same source"),
    "incomplete": say("incomplete: a field that is needed there has no value"),
    "policy": say("the filter of `create_in` does not let it pass"),
    "asked": say("waits for an answer: it may be somebody who is there already"),
    "parent": say("the one it belongs to is not there yet"),
    "picture not current": say("the table was not read to its end, so nobody knows whether it is there"),
    "orphan": say("nobody speaks of it any more"),
    "create": say("to be created"),
}
"""Why an entity has no record somewhere (RULES table 4)."""

OPS: Final[Mapping[str, Said]] = {
    "create": say("create"),
    "update": say("update"),
    "archive": say("archive"),
    "restore": say("restore"),
    "delete": say("delete"),
    "merge": say("merge records"),
}

RULES: Final[Mapping[str, Said]] = {
    "": say("the only one to say so"),
    "lone": say("the only one to say so"),
    "authority": say("ranks first"),
    "newest": say("the newest"),
    "complete": say("the most complete"),
    "strictest": say("the stricter"),
    "set": say("all together"),
    "decision": say("a person decided it"),
    "decided": say("a person decided it"),
    "pin": say("a person pinned it"),
    "pinned": say("a person pinned it"),
    "owner": say("of the one whose source it is"),
    "belongs_to": say("of the one whose source it is"),
    "undo": say("taken back"),
}
"""Why golden is what it is: the rule that chose it."""

GUARDS: Final[Mapping[str, Said]] = {
    "creates": say("creates"),
    "updates": say("updates"),
    "removals": say("removals"),
    "blanks": say("values emptied"),
    "merges": say("customers joined"),
    "moved": say("records that moved"),
    "calls": say("requests"),
}
"""What the guards of a plan count."""

LEVELS: Final[Mapping[str, Said]] = {"error": say("error"), "warning": say("warning"), "note": say("note")}

SORTS: Final[Mapping[str, Said]] = {
    "identity": say("Is this the same customer?"),
    "subject": say("Whom does this record speak of now?"),
    "field": say("Which value is right?"),
    "contradiction": say("Decisions contradict each other"),
    "merged": say("The system merged two records; are they one customer?"),
}
"""Questions to a person."""


def word(words: Mapping[str, Said], code: object, lang: str) -> str:
    """The word for a code; a code that is not known says itself."""
    return translate(words.get(str(code), str(code)), lang)


def kind_name(kind: str, lang: str) -> str:
    """`person`, 联系人; a second part of a kind keeps what tells it apart: `person.second`, 联系人.second."""
    first, dot, rest = kind.partition(".")
    return f"{KINDS_ZH.get(first, first)}{dot}{rest}" if lang == "zh" else kind


def field_name(name: str, lang: str) -> str:
    """`identifiers.credit_code` is called by its sort, a field of a relation by both."""
    first, dot, rest = name.partition(".")
    if first == "identifiers" and rest:
        first, dot, rest = rest, "", ""
    if lang != "zh":
        return name.removeprefix("identifiers.")
    return f"{FIELDS_ZH.get(first, first)}{'的' if dot else ''}{FIELDS_ZH.get(rest, rest)}"


__all__ = ["ABSENCES", "GUARDS", "LEVELS", "OPS", "RULES", "SORTS", "VERDICTS", "field_name", "kind_name", "word"]
