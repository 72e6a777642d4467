"""Which customers are in the pretended 飞书多维表格 that users try?"""

from __future__ import annotations

from typing import Any

from sandbox.command import Example
from sandbox.feishu_bitable import APP, BASE, SECRET, FeishuFake

_FIRMS, _PEOPLE = "tblSandboxFirms1", "tblSandboxPeople"
_COMPANIES = (
    ("上海宇润科技有限公司", "https://yurun.example", "VIP"),
    ("北京天合贸易有限公司", None, "普通"),
    ("Nordwind Logistics GmbH", "https://nordwind.example", "普通"),
)
_CONTACTS = (
    ("张伟", "13800138000", "zhang.wei@yurun.example", 0),
    ("李娜", "13900139000", None, 1),
    ("Anna Keller", "+49405550123", "keller@nordwind.example", 2),
)
_SOURCE = """sources:
  feishu_bitable:
    connector: feishu_bitable
    base: {base}
    app_id: {app}
    app_secret: ${{FEISHU_APP_SECRET}}
    base_url: {url}"""
_FIRM_MAPPING = """table: feishu_bitable.companies
at: tblSandboxFirms1                   # 公司
offbook_id: fldFirmOffbook             # offbook
record:
  organisation:
    name: fldFirmName                  # 公司名称
    website: fldFirmSite               # 网站
    tier: {from: fldFirmLevel, values: {VIP: vip, 普通: normal}}"""
_PEOPLE_MAPPING = """table: feishu_bitable.people
at: tblSandboxPeople                   # 联系人
offbook_id: fldPersonOffbook           # offbook
record:
  person:
    name: fldPersonName                # 姓名
    phones: fldPersonPhone             # 电话
    emails: fldPersonMail              # 邮箱
    works_at: {from: fldPersonFirm, ref: feishu_bitable.companies}"""


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = FeishuFake()
    firms = fake.sheet(_FIRMS, "公司", [
        _field("fldFirmName", "公司名称"),
        _field("fldFirmSite", "网站", 15),
        _field("fldFirmLevel", "等级", 3, options=[{"id": "optVip", "name": "VIP"}, {"id": "optNormal", "name": "普通"}]),
        _field("fldFirmOffbook", "offbook"),
        _field("fldFirmEdited", "最后更新时间", 1002),
    ])  # fmt: skip
    people = fake.sheet(_PEOPLE, "联系人", [
        _field("fldPersonName", "姓名"),
        _field("fldPersonPhone", "电话", 13),
        {**_field("fldPersonMail", "邮箱"), "ui_type": "Email"},
        _field("fldPersonFirm", "公司", 18, table_id=_FIRMS, multiple=False),
        _field("fldPersonOffbook", "offbook"),
        _field("fldPersonEdited", "最后更新时间", 1002),
    ])  # fmt: skip
    keys = [
        fake.add(
            firms,
            {"fldFirmName": _text(name), "fldFirmSite": site and {"text": site, "link": site}, "fldFirmLevel": tier},
        )
        for name, site, tier in _COMPANIES
    ]
    for name, phone, mail, at in _CONTACTS:
        link = {"link_record_ids": [keys[at]]}
        told = mail and [{"type": "url", "text": mail, "link": f"mailto:{mail}"}]
        cells = {"fldPersonName": _text(name), "fldPersonPhone": phone, "fldPersonMail": told, "fldPersonFirm": link}
        fake.add(people, cells)
    fake.start(port)
    source = _SOURCE.format(base=BASE, app=APP, url=fake.base)
    mappings = {"feishu_bitable.companies.yaml": _FIRM_MAPPING, "feishu_bitable.people.yaml": _PEOPLE_MAPPING}
    return Example(fake, "飞书多维表格", source, mappings, {"FEISHU_APP_SECRET": SECRET})


def _field(id_: str, name: str, type_: int = 1, **property_: Any) -> dict[str, Any]:
    return {"field_id": id_, "field_name": name, "type": type_, "property": property_}


def _text(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]
