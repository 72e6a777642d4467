"""Which fields has a contact of a colleague in 企业微信, and how do they become ours and back?

Names differ between reading and writing: `remark_corp_name` is read, `remark_company` written; a field bears the name
that is written. What the contact is called and who holds it is read only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from connectors.contract import Damaged, Field, LookUp, Said, Value, say
from connectors.shared.values import as_text

STAFF: Final = "@staff"
TAGS: Final = "tag_id"
MOBILES: Final = "remark_mobiles"
COMPANY: Final = "remark_company"
WECOM_USER: Final = 2
"""`type` of a contact who uses 企业微信 as well; his company is his own to name."""
_READ: Final[Mapping[str, str]] = {COMPANY: "remark_corp_name"}
_OF_CONTACT: Final = frozenset(
    {"external_userid", "name", "position", "corp_name", "corp_full_name", "type", "gender", "unionid"}
)
_WAYS: Final = (
    *(
        ("0", "未知来源"),
        ("1", "扫描二维码"),
        ("2", "搜索手机号"),
        ("3", "名片分享"),
        ("4", "群聊"),
        ("5", "手机通讯录"),
    ),
    *(("6", "微信联系人"), ("8", "安装第三方应用时自动添加的客服人员"), ("9", "搜索邮箱"), ("10", "视频号添加")),
    *(("201", "内部成员共享"), ("202", "管理员/负责人分配")),
)


def _text(id_: str, name: str, longest: int | None = None, *, many: bool = False, written: bool = False) -> Field:
    """That an empty text clears a remark is written nowhere; of the phones it is."""
    return Field(id_, name, many=many, on_create=False, on_update=written, clearable=id_ == MOBILES, max_length=longest)


def _told(id_: str, name: str, kind: str, options: tuple[tuple[str, str], ...] = (), blank: Value = None) -> Field:
    return Field(id_, name, kind, on_create=False, on_update=False, options=options, blank=blank)


def fields(tags: tuple[tuple[str, str], ...] | None) -> tuple[Field, ...]:
    """tags: those of the corporation, (id, name); None where the app may not read them: then none is written."""
    return (
        _text("remark", "备注", 20, written=True),
        _text(MOBILES, "备注手机号", many=True, written=True),
        _text(COMPANY, "备注企业", 20, written=True),
        _text("description", "描述", 150, written=True),
        Field(TAGS, "标签", "choice", many=True, on_create=False, on_update=tags is not None, own_call=True,
              options=tags or ()),
        _text("name", "名称"),
        _told("userid", "添加人", "staff"),
        _text("external_userid", "外部联系人"),
        _text("position", "职位"),
        _text("corp_name", "企业简称"),
        _text("corp_full_name", "企业全称"),
        _told("type", "类型", "choice", (("1", "微信用户"), ("2", "企业微信用户"))),
        _told("gender", "性别", "choice", (("0", "未知"), ("1", "男"), ("2", "女")), blank="0"),
        _text("unionid", "unionid"),
        _told("createtime", "添加时间", "datetime"),
        _told("add_way", "来源", "choice", _WAYS, blank="0"),
        _text("state", "渠道"),
        _told("oper_userid", "发起添加的人", "staff"),
    )  # fmt: skip


NAMES: Final = frozenset(one.id for one in fields(None))


def read(name: str, contact: Mapping[str, Any], follow: Mapping[str, Any]) -> Value:
    """One field of one contact as one colleague holds it; None where nothing stands."""
    if name == TAGS:
        return _tags(follow)
    raw = (contact if name in _OF_CONTACT else follow).get(_READ.get(name, name))
    if raw is None or raw in ("", []):
        return None
    if name in ("userid", "oper_userid"):
        return LookUp(STAFF, str(raw))
    if name == "createtime":
        return _moment(raw)
    if name == MOBILES:
        return tuple(str(one) for one in raw if one) or None if isinstance(raw, list) else Damaged("list", str(raw))
    return raw if isinstance(raw, str) else str(raw)


def _tags(follow: Mapping[str, Any]) -> Value:
    """Ids stand in a listing; with one contact come maps, also of tags that a colleague made up, which have no id."""
    shown = follow.get("tags")
    if isinstance(shown, list):
        found = [str(one["tag_id"]) for one in shown if one.get("tag_id") and one.get("type", 1) == 1]
    else:
        found = [str(one) for one in follow.get(TAGS) or () if one]
    return tuple(sorted(set(found))) or None


def _moment(raw: Any) -> Value:
    """Seconds, not milliseconds."""
    try:
        return datetime.fromtimestamp(int(raw), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return Damaged("datetime", str(raw))


def sent(name: str, value: Value) -> Any:
    """What is sent for a field; an empty text in the list of phones clears it."""
    if name == MOBILES:
        return [as_text(one) for one in several(value)] or [""]
    return as_text(value)


def several(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def fault(field: Field | None, value: Value) -> Said | None:
    """Why this cannot be written; None where it can. What is too long is refused here: nobody knows whether the
    system would cut it."""
    if field is None or not field.on_update:
        return say("there is no such column, or it is read-only")
    if value is None and not field.clearable:
        return say("企业微信 cannot empty this")
    if field.max_length is not None and len(as_text(value)) > field.max_length:
        return say("this holds {count} characters at most", count=field.max_length)
    if field.options and not {as_text(one) for one in several(value)} <= {id_ for id_, _ in field.options}:
        return say("this is no tag of the corporation")
    return None
