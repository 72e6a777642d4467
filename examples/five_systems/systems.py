"""Which customers stand where in the example, and what do the five systems show now?

Each customer is a company with one contact. Every system knows two of five customers from its own side and shares some
with its neighbours; each knows other things of them. Made up, the same for one seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from python_calamine import CalamineWorkbook

from sandbox import fxiaoke, google_sheets
from sandbox.airtable import Airtable
from sandbox.airtable_base import Base
from sandbox.airtable_base import Sheet as AirtableTable
from sandbox.google_grid import Sheet, typed
from sandbox.server import Fake
from sandbox.zoho_crm import ZohoFake
from sandbox.zoho_modules import text

PLACES: Final = ("book", "airtable", "sheet", "zoho", "fx")
FIELDS: Final = ("company", "office", "website", "name", "mobile", "email", "title")
WANG: Final = "487687600000022501"
_BOOK: Final = ("公司名称", "座机", "网址", "联系人", "手机", "邮箱", "职务", "编号(勿改)")
_SHEET: Final = ("Company", "Office", "Website", "Contact", "Mobile", "Email", "Title", "offbook_id")
_CITIES: Final = ("上海", "北京", "深圳", "苏州", "杭州", "成都", "武汉", "青岛", "西安", "宁波", "长沙", "厦门")
_BRANDS: Final = (
    *(
        "宇润",
        "天合",
        "伟瑞",
        "晨光",
        "远山",
        "华清",
        "启明",
        "方圆",
        "海纳",
        "永泰",
        "金石",
        "星河",
        "东篱",
        "南屏",
        "北辰",
    ),
    *(
        "万象",
        "百川",
        "千帆",
        "盛景",
        "嘉禾",
        "德馨",
        "瑞雪",
        "青禾",
        "白鹭",
        "红枫",
        "紫荆",
        "蓝田",
        "碧波",
        "墨香",
        "松涛",
    ),
    *("竹溪", "梅岭", "兰亭", "菊园", "荷塘", "柳岸", "桂香", "桃源", "杏坛", "槐荫"),
)
_TRADES: Final = ("科技", "贸易", "机电设备", "纺织", "茶业", "食品", "电子", "建材")
_FAMILY: Final = "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜"
_GIVEN: Final = (
    *(
        "秀英",
        "建国",
        "晓明",
        "丽华",
        "志强",
        "海燕",
        "文博",
        "雪梅",
        "永健",
        "思远",
        "佳怡",
        "国栋",
        "春兰",
        "一鸣",
        "若溪",
    ),
    *(
        "浩然",
        "美玲",
        "天佑",
        "云飞",
        "诗涵",
        "振东",
        "桂芳",
        "俊杰",
        "婉清",
        "少峰",
        "玉珍",
        "启航",
        "彤彤",
        "嘉树",
        "怀瑾",
    ),
)
_TITLES: Final = ("采购经理", "总经理", "财务主管", "技术总监", "店长", "销售总监")


@dataclass(frozen=True)
class Customer:
    """values: by FIELDS, everything that is true of him. where: place → which of the fields stand there."""

    values: Mapping[str, str]
    where: Mapping[str, tuple[str, ...]]


def customers(seed: int, count: int) -> list[Customer]:
    """No two share a name, a brand, a number or an address. At most 27 of them."""
    dice = random.Random(seed)
    brands, families = dice.sample(_BRANDS, count), dice.sample(_FAMILY, count)
    chosen = [f"{dice.choice(_CITIES)}{brand}{dice.choice(_TRADES)}有限公司" for brand in brands]
    called = [family + given for family, given in zip(families, dice.sample(_GIVEN, count))]
    made = []
    for firm, name in zip(chosen, called):
        domain, local = (_word(dice) for _ in range(2))
        values = dict(zip(FIELDS, (
            firm, f"021-5{dice.randrange(10**7):07d}", f"https://{domain}.example", name,
            f"138{dice.randrange(10**8):08d}", f"{local}@{domain}.example", dice.choice(_TITLES),
        )))  # fmt: skip
        places = dice.sample(PLACES, dice.choice((1, 1, 2, 3)))
        extra = ("office", "website", "email", "title")
        where = {place: ("company", "name", "mobile", *dice.sample(extra, 2)) for place in sorted(places)}
        made.append(Customer(values, where))
    return made


def _word(dice: random.Random) -> str:
    return "".join(dice.choice(pool) for pool in ("bcdfghklmnpst", "aeiou") * 4)


def expected(known: list[Customer]) -> list[dict[str, str]]:
    """What each place must show in the end: every customer once, with all that any place knew of him."""
    return [
        {name: one.values[name] if any(name in fields for fields in one.where.values()) else "" for name in FIELDS}
        for one in known
    ]


@dataclass
class Systems:
    """The workbook in a folder, and the pretended systems, by place."""

    folder: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    fakes: dict[str, Any] = field(default_factory=dict)

    @property
    def book(self) -> Path:
        return self.folder / "客户.xlsx"

    def build(self, known: list[Customer]) -> None:
        """Makes them all and fills them; they are not started."""
        makers: Mapping[str, Callable[[list[Mapping[str, str]]], Fake | None]] = {
            "book": self._book, "airtable": self._airtable, "sheet": self._sheet, "zoho": self._zoho, "fx": self._fx,
        }  # fmt: skip
        for place, make in makers.items():
            rows: list[Mapping[str, str]] = [
                {name: one.values[name] if name in one.where[place] else "" for name in FIELDS}
                for one in known
                if place in one.where
            ]
            made = make(rows)
            if made is not None:
                self.fakes[place] = made

    def environment(self) -> dict[str, str]:
        """What offbook.yaml refers to; the systems are started."""
        zoho, sheet = self.fakes["zoho"], self.fakes["sheet"]
        person = {
            "type": "authorized_user",
            "client_id": "example",
            "client_secret": "example-secret",
            "refresh_token": "example-sign-in",
            "token_uri": f"{sheet.base}/token",
        }
        return {
            "AIRTABLE_TOKEN": self.fakes["airtable"].token,
            "AIRTABLE_URL": self.fakes["airtable"].base,
            "GOOGLE_CREDENTIALS": json.dumps(person, separators=(",", ":")),
            "GOOGLE_URL": sheet.base,
            "ZOHO_CLIENT_ID": zoho.client_id,
            "ZOHO_CLIENT_SECRET": zoho.client_secret,
            "ZOHO_REFRESH_TOKEN": zoho.refresh_token,
            "ZOHO_URL": zoho.base,
            "FX_APP_ID": fxiaoke.APP,
            "FX_APP_SECRET": fxiaoke.SECRET,
            "FX_PERMANENT_CODE": fxiaoke.CODE,
            "FX_URL": self.fakes["fx"].base,
        }

    # -------------------------------------------------------------------------- making

    def _book(self, rows: list[Mapping[str, str]]) -> None:
        with xlsxwriter.Workbook(str(self.book)) as book:
            page = book.add_worksheet("客户")
            for y, row in enumerate([_BOOK, *([one[name] for name in FIELDS] for one in rows)]):
                for x, value in enumerate(row):
                    if value:
                        page.write_string(y, x, value)

    def _airtable(self, rows: list[Mapping[str, str]]) -> Airtable:
        def plain(*names: tuple[str, str, str]) -> list[dict[str, Any]]:
            return [{"id": id_, "name": name, "type": kind} for id_, name, kind in names]

        link = {"linkedTableId": "tblCompanies00001", "prefersSingleRecordLink": True}
        firms = AirtableTable("tblCompanies00001", "Companies", plain(
            ("fldCompanyName001", "Name", "singleLineText"), ("fldCompanyPhone01", "Phone", "phoneNumber"),
            ("fldCompanyWeb0001", "Website", "url"), ("fldCompanyOffbook", "offbook id", "singleLineText"),
        ))  # fmt: skip
        people = AirtableTable("tblPeople00000001", "People", [
            *plain(
                ("fldPersonName0001", "Name", "singleLineText"), ("fldPersonPhone001", "Mobile", "phoneNumber"),
                ("fldPersonMail0001", "Mail", "email"), ("fldPersonTitle001", "Title", "singleLineText"),
                ("fldPersonOffbook1", "offbook id", "singleLineText"),
            ),
            {"id": "fldPersonFirm0001", "name": "Company", "type": "multipleRecordLinks", "options": link},
        ])  # fmt: skip
        fake = Airtable(self.now)
        fake.bases["appFiveSystems001"] = Base("appFiveSystems001", "Sales", tables=[firms, people])
        for row in rows:
            key = fake.add(firms, {"fldCompanyName001": row["company"], "fldCompanyPhone01": row["office"],
                                   "fldCompanyWeb0001": row["website"]})  # fmt: skip
            fake.add(people, {"fldPersonName0001": row["name"], "fldPersonPhone001": row["mobile"],
                              "fldPersonMail0001": row["email"], "fldPersonTitle001": row["title"],
                              "fldPersonFirm0001": [key]})  # fmt: skip
        return fake

    def _sheet(self, rows: list[Mapping[str, str]]) -> google_sheets.GoogleSheets:
        fake = google_sheets.GoogleSheets(self.now)
        page = Sheet(0, "Customers")
        fake.people["example-sign-in"] = google_sheets.ACCOUNT
        fake.add(google_sheets.Spreadsheet("five-systems-customers", "Customers", sheets=[page],
                                           editors={google_sheets.ACCOUNT}))  # fmt: skip
        for y, row in enumerate([_SHEET, *([one[name] for name in FIELDS] for one in rows)]):
            for x, value in enumerate(row):
                if value:
                    page.put(y, x, typed(value))
        return fake

    def _zoho(self, rows: list[Mapping[str, str]]) -> ZohoFake:
        fake = ZohoFake(self.now)
        fake.modules["Contacts"].fields.append(text("Title", "Title"))
        for row in rows:
            firm = {"Account_Name": row["company"], "Phone": row["office"], "Website": row["website"]}
            made = fake.modules["Accounts"].insert(_filled(firm), 0, WANG)
            person = {"Last_Name": row["name"][0], "First_Name": row["name"][1:], "Mobile": row["mobile"],
                      "Email": row["email"], "Title": row["title"],
                      "Account_Name": {"id": made["details"]["id"]}}  # fmt: skip
            fake.modules["Contacts"].insert(_filled(person), 0, WANG)
        return fake

    def _fx(self, rows: list[Mapping[str, str]]) -> fxiaoke.FxiaokeFake:
        fake = fxiaoke.FxiaokeFake(self.now)
        plain = {"type": "text", "max_length": 200}
        fake.thing("AccountObj", "客户", {n: {**plain, "label": n} for n in ("name", "tel", "url", "offbook_id__c")})
        names = ("name", "mobile1", "email", "job_title", "offbook_id__c")
        firm = {"type": "object_reference", "label": "客户", "target_api_name": "AccountObj"}
        fake.thing("ContactObj", "联系人", {**{n: {**plain, "label": n} for n in names}, "account_id": firm})
        for row in rows:
            key = fake.add("AccountObj", _filled({"name": row["company"], "tel": row["office"], "url": row["website"]}))
            person = {"name": row["name"], "mobile1": row["mobile"], "email": row["email"], "job_title": row["title"]}
            fake.add("ContactObj", _filled({**person, "account_id": key}))
        return fake

    # -------------------------------------------------------------------------- looking

    def shown(self, place: str) -> list[dict[str, str]]:
        """What stands there now, looked at without Offbook: every contact with the company he is with, by FIELDS."""
        found = {"book": self._in_book, "airtable": self._in_airtable, "sheet": self._in_sheet, "zoho": self._in_zoho,
                 "fx": self._in_fx}[place]()  # fmt: skip
        return [{name: str(one.get(name) or "") for name in FIELDS} for one in found]

    def companies(self, place: str) -> list[str]:
        """The names of all companies there, also of those without a contact."""
        if place == "airtable":
            return [str(one.cells.get("fldCompanyName001")) for one in self._tables()[0].records.values()]
        if place == "zoho":
            return [str(row["Account_Name"]) for row in self.fakes["zoho"].modules["Accounts"].rows.values()]
        if place == "fx":
            return [str(row["name"]) for row in self.fakes["fx"].things["AccountObj"].rows.values()]
        return [one["company"] for one in self.shown(place)]

    def _tables(self) -> list[AirtableTable]:
        found: list[AirtableTable] = self.fakes["airtable"].bases["appFiveSystems001"].tables
        return found

    def _in_book(self) -> Iterator[Mapping[str, Any]]:
        first, *rest = CalamineWorkbook.from_path(self.book).get_sheet_by_index(0).to_python()
        for row in rest:
            if any(row):
                yield {FIELDS[_BOOK.index(str(name))]: value for name, value in zip(first, row) if name in _BOOK[:-1]}

    def _in_airtable(self) -> Iterator[Mapping[str, Any]]:
        firms, people = self._tables()
        for one in people.records.values():
            firm = firms.records[one.cells["fldPersonFirm0001"][0]].cells if "fldPersonFirm0001" in one.cells else {}
            yield {
                "company": firm.get("fldCompanyName001"), "office": firm.get("fldCompanyPhone01"),
                "website": firm.get("fldCompanyWeb0001"), "name": one.cells.get("fldPersonName0001"),
                "mobile": one.cells.get("fldPersonPhone001"), "email": one.cells.get("fldPersonMail0001"),
                "title": one.cells.get("fldPersonTitle001"),
            }  # fmt: skip

    def _in_sheet(self) -> Iterator[Mapping[str, Any]]:
        page = self.fakes["sheet"].files["five-systems-customers"].sheets[0]
        lines = [[str(page.line(y)[x].plain()) if x in page.line(y) else "" for x in range(len(_SHEET))]
                 for y in range(1, page.rows)]  # fmt: skip
        for line in lines:
            if any(line):
                yield dict(zip(FIELDS, line))

    def _in_zoho(self) -> Iterator[Mapping[str, Any]]:
        modules = self.fakes["zoho"].modules
        for row in modules["Contacts"].rows.values():
            firm = modules["Accounts"].rows[row["Account_Name"]["id"]] if row.get("Account_Name") else {}
            yield {
                "company": firm.get("Account_Name"), "office": firm.get("Phone"), "website": firm.get("Website"),
                "name": f"{row.get('Last_Name') or ''}{row.get('First_Name') or ''}", "mobile": row.get("Mobile"),
                "email": row.get("Email"), "title": row.get("Title"),
            }  # fmt: skip

    def _in_fx(self) -> Iterator[Mapping[str, Any]]:
        things = self.fakes["fx"].things
        for row in things["ContactObj"].rows.values():
            firm = things["AccountObj"].rows.get(row.get("account_id"), {})
            yield {
                "company": firm.get("name"), "office": firm.get("tel"), "website": firm.get("url"),
                "name": row.get("name"), "mobile": row.get("mobile1"), "email": row.get("email"),
                "title": row.get("job_title"),
            }  # fmt: skip


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
