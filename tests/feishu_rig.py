"""How does the contract suite reach behind the feishu_bitable connector?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors.contract import Connector, Context, Op, TableFacts, Value
from connectors.feishu_bitable import SPEC
from sandbox.feishu_bitable import APP, BASE, SECRET, FeishuFake
from sandbox.feishu_cells import plain
from sandbox.server import Trouble
from tests.web_rig import WebRig

ZONE = ZoneInfo("Asia/Shanghai")
TABLE, COMPANIES = "tblCustomers0001", "tblCompanies0001"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def column(id_: str, name: str, type_: int = 1, **property_: Any) -> dict[str, Any]:
    return {"field_id": id_, "field_name": name, "type": type_, "property": property_, "is_primary": id_ == "fldName"}


def options(*names: str) -> list[dict[str, Any]]:
    return [{"id": f"opt{number}", "name": name, "color": number} for number, name in enumerate(names)]


def customers() -> list[dict[str, Any]]:
    return [
        column("fldName", "客户名称"),
        column("fldNotes", "备注"),
        column("fldCity", "城市"),
        column("fldLevel", "等级", 3, options=options("VIP", "普通")),
        column("fldTags", "标签", 4, options=options("展会", "老客户")),
        column("fldBorn", "成立日期", 5, date_formatter="yyyy/MM/dd"),
        column("fldCall", "下次联系", 5, date_formatter="yyyy-MM-dd HH:mm"),
        column("fldSize", "人数", 2, formatter="0"),
        column("fldActive", "活跃", 7),
        column("fldPhone", "电话", 13),
        column("fldSite", "网站", 15),
        column("fldOwner", "负责人", 11, multiple=False),
        column("fldFirm", "公司", 18, table_id=COMPANIES, multiple=False),
        column("fldWorth", "金额", 20, type={"data_type": 2}),
        column("fldEdited", "最后更新时间", 1002, date_formatter="yyyy/MM/dd"),
    ]


class FeishuRig(WebRig):
    """token: the type of the field for our id, None for none; size: changes in a request."""

    fake: FeishuFake
    spec = SPEC
    table = TABLE
    text = ("fldName", "fldNotes", "fldCity")
    many = 1_100
    crowd = 10_001
    listing = ("POST", "/records/search$")
    secrets = (SECRET, "sandboxtoken")
    writes = {  # noqa: RUF012
        Op.CREATE: ("POST", "/batch_create$"),
        Op.UPDATE: ("POST", "/batch_update$"),
        Op.DELETE: ("POST", "/batch_delete$"),
    }
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "merge": "the system merges nothing",
        "archive": "the system archives nothing",
        "own_call_field": "a record is written by one request",
        "slow_job": "there are no jobs",
        "break_write": "three changes are one request; tests/test_feishu.py tries a system that goes down between two",
    }

    def __init__(self, *, token: bool = True, size: int = 500, edited: bool = True) -> None:
        super().__init__()
        self.fake = FeishuFake(now=self.gate.now)
        self.fake.rates = ()  # the suite's gate counts and does not wait; the rate is tried by itself
        fields = customers() if edited else customers()[:-1]
        fields += [column("fldOffbook", "offbook id")] if token else []
        self.sheet = self.fake.sheet(TABLE, "客户", fields)
        self.firms = self.fake.sheet(COMPANIES, "公司", [column("fldFirmName", "名称")])
        self.firm = self.fake.add(self.firms, {"fldFirmName": [{"type": "text", "text": "宇润"}]})
        self.fake.start()
        self._size = size
        asked = tuple(one["field_id"] for one in fields if one["type"] != 1002)
        self.facts = TableFacts(asked, token="fldOffbook" if token else None)

    def options(self) -> Mapping[str, object]:
        return {
            "base": BASE, "app_id": APP, "app_secret": SecretStr(SECRET), "base_url": self.fake.base, "batch": self._size,
        }  # fmt: skip

    # -------------------------------------------------------------------------- people

    def add(self, values: Mapping[str, Value]) -> str:
        return self.fake.add(self.sheet, {name: self.raw(name, value) for name, value in values.items()})

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.fake.edit(self.sheet, key, {name: self.raw(name, value) for name, value in values.items()})

    def remove(self, key: str) -> None:
        del self.sheet.rows[key]

    def raw(self, name: str, value: Value) -> Any:
        """As the system shows what a person typed."""
        described = next(one for one in self.sheet.fields if one["field_id"] == name)
        if value is None or value == "":
            return None
        if described["type"] == 1:
            return [{"type": "text", "text": value}]
        if isinstance(value, date) and not isinstance(value, datetime):
            midnight = datetime(value.year, value.month, value.day, tzinfo=ZONE)
            return (midnight.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
        return value

    def rows(self) -> list[Mapping[str, Value]]:
        return [
            {one["field_id"]: self.value(one, row.cells.get(one["field_id"])) for one in self.sheet.fields}
            for row in self.sheet.rows.values()
        ]

    def value(self, described: Mapping[str, Any], shown: Any) -> Value:
        if shown is None:
            return None
        if described["type"] == 1:
            return plain(shown) or None
        if described["type"] == 3:
            return next(str(one["id"]) for one in described["property"]["options"] if one["name"] == shown)
        return shown if isinstance(shown, str | int | bool | Decimal) else str(shown)

    def state(self) -> object:
        return [(row.id, dict(row.cells)) for sheet in self.fake.sheets.values() for row in sheet.rows.values()]

    # -------------------------------------------------------------------------- trouble

    def break_pull(self) -> None:
        """The pages after the first cannot be had; a search of one record comes before them."""
        self.fake.order(Trouble.SLOW, *self.listing, times=2)
        self.fake.order(Trouble.BROKEN, *self.listing, times=20)

    def cut_pull(self) -> None:
        self.fake.cut = True

    def loop_pull(self) -> None:
        self.fake.looping = 1

    def add_late(self, values: Mapping[str, Value]) -> str:
        key = self.add(values)
        row = self.sheet.rows[key]
        row.created = row.modified = row.created - 240_000
        return key

    def other_scope(self) -> Connector:
        self.sheet.views["vewMine"] = lambda row: row.id > min(self.sheet.rows)
        opened = self.spec.options.model_validate({**self.options(), "views": {self.table: "vewMine"}})
        return self.spec.connect(opened, Context(self.gate, self.vault, {self.table: self.facts}, self.timezone))

    def hide(self, field: str) -> None:
        self.sheet.hidden.add(field)

    def damage(self, key: str) -> str:
        self.sheet.rows[key].cells["fldSize"] = "many"
        return "fldSize"

    def date_field(self) -> str:
        return "fldBorn"

    def datetime_field(self) -> str:
        return "fldCall"

    def type_clock(self, key: str, clock: datetime) -> None:
        """The base keeps the moment; what a person types is in the base's zone."""
        typed = clock.replace(tzinfo=ZONE).astimezone(UTC)
        self.fake.edit(self.sheet, key, {"fldCall": (typed - _EPOCH) // timedelta(milliseconds=1)})

    def forbid(self) -> None:
        self.fake.guest = True

    def bad(self) -> tuple[str, Value]:
        return "fldPhone", "12345 ext. 9"

    def taste(self, field: str) -> None:
        self.sheet.tastes.add(field)

    def choice_field(self) -> str:
        return "fldLevel"

    def lookup_field(self) -> str:
        return "fldFirm"

    def targets(self) -> object:
        return {key: dict(row.cells) for key, row in self.firms.rows.items()}

    def fired(self) -> int:
        return self.fake.fired


__all__ = ["COMPANIES", "TABLE", "ZONE", "FeishuRig", "column", "customers", "options"]
