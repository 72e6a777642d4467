"""Which customers are in the pretended 纷享销客 and 伙伴云 that users try?"""

from __future__ import annotations

from sandbox.command import Example
from sandbox.fxiaoke import APP, CODE, SECRET, USER, FxiaokeFake
from sandbox.huoban import KEY, SPACE, HuobanFake

_CUSTOMERS = (
    ("上海宇润科技有限公司", "021-68881234", "老客户"),
    ("北京天合贸易有限公司", "13900139000", ""),
    ("深圳伟瑞农业科技有限公司", "", "展会认识"),
)
_TABLE = "2100000000000001"
_COLUMNS = (
    ("2200000000000001", "客户名称"),
    ("2200000000000002", "电话"),
    ("2200000000000003", "备注"),
    ("2200000000000004", "offbook"),
)
_HUOBAN = """sources:
  huoban:
    connector: huoban
    api_key: ${{HUOBAN_KEY}}
    space: "{space}"
    base_url: {url}"""
_HUOBAN_MAPPING = """table: huoban
at: "2100000000000001"                 # 客户
offbook_id: "2200000000000004"         # offbook
record:
  organisation:
    name: "2200000000000001"           # 客户名称
    phones: "2200000000000002"         # 电话
    notes: "2200000000000003"          # 备注"""
_FXIAOKE = """sources:
  fxiaoke:
    connector: fxiaoke
    app_id: {app}
    app_secret: ${{FX_APP_SECRET}}
    permanent_code: ${{FX_PERMANENT_CODE}}
    acting_user: "{user}"
    base_url: {url}"""
_FXIAOKE_MAPPING = """table: fxiaoke
at: AccountObj
offbook_id: offbook_id__c
record:
  organisation:
    name: name
    phones: tel
    notes: remark"""


def huoban(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = HuobanFake()
    fake.table(_TABLE, "客户", [{"field_id": i, "name": n, "type": "text", "config": {}} for i, n in _COLUMNS])
    for values in _CUSTOMERS:
        fake.add(_TABLE, dict(zip((i for i, _ in _COLUMNS), values)))
    fake.start(port)
    source = _HUOBAN.format(space=SPACE, url=fake.url)
    return Example(fake, "伙伴云", source, {"huoban.yaml": _HUOBAN_MAPPING}, {"HUOBAN_KEY": KEY})


def fxiaoke(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = FxiaokeFake()
    text = {"type": "text", "max_length": 200}
    labels = {"name": "客户名称", "tel": "电话", "remark": "备注", "offbook_id__c": "offbook"}
    fake.thing("AccountObj", "客户", {name: {"label": label, **text} for name, label in labels.items()})
    for name, tel, remark in _CUSTOMERS:
        fake.add("AccountObj", {"name": name, "tel": tel, "remark": remark, "owner": [USER]})
    fake.start(port)
    source = _FXIAOKE.format(app=APP, user=USER, url=fake.base)
    secrets = {"FX_APP_SECRET": SECRET, "FX_PERMANENT_CODE": CODE}
    return Example(fake, "纷享销客", source, {"fxiaoke.yaml": _FXIAOKE_MAPPING}, secrets)
