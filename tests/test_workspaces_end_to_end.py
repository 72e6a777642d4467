"""Do the workspaces of the design run end to end against pretended systems: plan, apply, and nothing left to do?

Only addresses are changed: where a system is, and where files lie. Customers are made up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sandbox.airtable import Airtable
from sandbox.airtable_base import Base, Sheet
from sandbox.fxiaoke import APP, CODE, SECRET, FxiaokeFake
from sandbox.huoban import KEY, SPACE, HuobanFake
from sandbox.zoho_crm import ZohoFake
from tests.fakes_stage import Stage, rows_of, workbook

SHIPPED = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces"

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason="the workspaces of the design are not beside the project")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def demand_calm(stage: Stage, job: str) -> None:
    """The next plan finds nothing to do; and what may not be, a failure or a tripped guard, is not hidden in that."""
    again = stage.plan(job)
    assert not again.failures
    assert stage.lines(again) == []
    assert again.header["changes"] == 0


# ------------------------------------------------------------------------------ b: three books, Airtable, Zoho

WANG, LI = "487687600000022501", "487687600000022502"
BOOK = ("公司", "座机", "级别", "负责人", "跟进记录", "姓名", "手机", "邮箱", "状态", "编号(勿改)")
LEADS = "tblLx7Qm2Vd8RtYwP"


def _books(folder: Path) -> None:
    workbook(
        folder / "王芳.xlsx",
        BOOK,
        [
            (
                "上海宇润机电有限公司",
                "021-55501234",
                "A",
                "王芳",
                "老客户",
                "张伟",
                "13800138000",
                "zhang@yurun.example",
            ),
            ("苏州晨光纺织厂", "0512-65550188", "B", "王芳", "展会认识", "顾晓", "13700004444", "gu@chenguang.example"),
        ],
    )
    workbook(
        folder / "李雷.xlsx",
        BOOK,
        [("北京华清科技有限公司", "010-55501111", "C", "李雷", "", "王强", "13700137000", "")],
    )
    workbook(folder / "赵敏.xlsx", BOOK, [("杭州远山茶业有限公司", "", "B", "赵敏", "", "林茶", "13611110000", "")])


def _airtable(stage: Stage) -> Airtable:
    names = {
        "fldOb0000000000Id": ("offbook id", "singleLineText"),
        "fldCo1111111111Na": ("Company", "singleLineText"),
        "fldWe2222222222Si": ("Website", "url"),
        "fldCh3333333333An": ("Channel", "singleLineText"),
        "fldNa4444444444Me": ("Name", "singleLineText"),
        "fldEm5555555555Ai": ("Email", "email"),
        "fldPh6666666666On": ("Phone", "phoneNumber"),
    }
    fake: Airtable = Airtable(now=stage.now)
    table = Sheet(LEADS, "Leads", [{"id": i, "name": n, "type": t} for i, (n, t) in names.items()])
    fake.bases["appQ3kW9ZbTn5LxYe"] = Base("appQ3kW9ZbTn5LxYe", "Marketing", tables=[table])
    fake.add(
        table,
        {
            "fldCo1111111111Na": "广州未来软件有限公司",
            "fldWe2222222222Si": "https://weilai.example",
            "fldCh3333333333An": "website",
            "fldNa4444444444Me": "陈静",
            "fldEm5555555555Ai": "chenjing@weilai.example",
            "fldPh6666666666On": "13911112222",
        },
    )
    stage.add(fake)
    return fake


def _zoho(stage: Stage) -> ZohoFake:
    fake = ZohoFake(stage.now)
    accounts = fake.modules["Accounts"]
    yurun = {
        "Account_Name": "上海宇润机电有限公司",
        "Phone": "021-55501234",
        "Rating": "VIP",
        "Account_Type": "Customer",
    }
    made = accounts.insert({**yurun, "Owner": {"id": WANG}}, 0, WANG)
    person = {"Last_Name": "张", "First_Name": "伟", "Mobile": "13800138000", "Email": "zhang@yurun.example"}
    fake.modules["Contacts"].insert({**person, "Account_Name": {"id": made["details"]["id"]}}, 0, WANG)
    hidden = {"Account_Name": "天合竞争有限公司", "Phone": "010-11112222", "Account_Type": "Competitor"}
    accounts.insert({**hidden, "Owner": {"id": WANG}}, 0, WANG)
    harbour = {"Account_Name": "Harbour Valve Ltd", "Phone": "+44 20 7946 0000", "Rating": "Normal"}
    made = accounts.insert({**harbour, "Owner": {"id": LI}}, 0, LI)
    anna = {"Last_Name": "Smith", "First_Name": "Anna", "Email": "anna@harbour.example"}
    fake.modules["Contacts"].insert({**anna, "Account_Name": {"id": made["details"]["id"]}}, 0, LI)
    return stage.add(fake)  # type: ignore[no-any-return]


@pytest.fixture
def three_books(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[Airtable, ZohoFake]:
    airtable, zoho = _airtable(stage), _zoho(stage)
    at = f"connector: zoho_crm\n    base_url: {zoho.base}\n    accounts_url: {zoho.base}"
    stage.copied(
        SHIPPED / "b_three_books_zoho",
        {
            "//nas/sales/": "",
            "connector: airtable": f"connector: airtable\n    base_url: {airtable.base}",
            "connector: zoho_crm": at,
        },
    )
    _books(stage.folder)
    keyring = ModuleType("keyring")
    kept = {"zoho": zoho.client_secret, "zoho-refresh": zoho.refresh_token}
    keyring.get_password = lambda service, name: kept[name] if service == "offbook" else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setenv("AIRTABLE_TOKEN", airtable.token)
    monkeypatch.setenv("ZOHO_CLIENT_ID", zoho.client_id)
    return airtable, zoho


def test_three_books_and_leads_agree_with_zoho(stage: Stage, three_books: tuple[Airtable, ZohoFake]) -> None:
    airtable, zoho = three_books
    done = stage.run("nightly")
    assert not done.failures
    accounts = {row["Account_Name"]: row for row in zoho.modules["Accounts"].rows.values()}
    assert {name: row["Owner"]["name"] for name, row in accounts.items()} == {
        "上海宇润机电有限公司": "王芳",
        "苏州晨光纺织厂": "王芳",
        "北京华清科技有限公司": "李雷",
        "Harbour Valve Ltd": "李雷",
        "天合竞争有限公司": "王芳",
    }
    contacts = zoho.modules["Contacts"].rows.values()
    assert sorted((row["Last_Name"] + row["First_Name"], row["Account_Name"]["name"]) for row in contacts) == [
        ("Smith" + "Anna", "Harbour Valve Ltd"),
        ("张伟", "上海宇润机电有限公司"),
        ("王强", "北京华清科技有限公司"),
        ("顾晓", "苏州晨光纺织厂"),
    ]
    (lead,) = zoho.modules["Leads"].rows.values()
    assert (lead["Company"], lead["Last_Name"], lead["Lead_Source"]) == ("广州未来软件有限公司", "陈", "Web Site")
    assert {one: _held(stage, one) for one in ("王芳", "李雷", "赵敏")} == {
        "王芳": {"上海宇润机电有限公司", "苏州晨光纺织厂"},
        "李雷": {"北京华清科技有限公司", "Harbour Valve Ltd"},
        "赵敏": {"杭州远山茶业有限公司"},
    }
    (leads,) = airtable.bases["appQ3kW9ZbTn5LxYe"].tables
    assert len(leads.records) == 1, "a customer who has an owner is not marketing's"
    _demand_nothing_given_away(stage)
    demand_calm(stage, "nightly")
    key = accounts["上海宇润机电有限公司"]["id"]
    zoho.modules["Accounts"].update({"id": key, "Owner": {"id": LI}}, 0, LI, None)
    stage.run("nightly")  # the one who loses him is told; the one who gets him receives him with the run after (R8a)
    stage.run("nightly")
    (row,) = [one for one in rows_of(stage.folder / "王芳.xlsx") if one["公司"].startswith("上海宇润")]
    assert row["状态"].startswith("已转出")
    assert "上海宇润机电有限公司" in _held(stage, "李雷")
    demand_calm(stage, "nightly")


def _demand_nothing_given_away(stage: Stage) -> None:
    """赵敏 has no user in Zoho: made there, her customer would become that of the user who acts, as if given to him."""
    (row,) = rows_of(stage.folder / "赵敏.xlsx")
    assert row["状态"] == ""


def _held(stage: Stage, who: str) -> set[str]:
    return {row["公司"] for row in rows_of(stage.folder / f"{who}.xlsx")}


# ------------------------------------------------------------------------------ c: a list and Huoban move into Fxiaoke

TEXT = {"type": "text", "label": "", "max_length": 200}
TABLE = "2100000012345678"
LIST = (
    *("客户编号", "客户名称", "税号", "行业", "省", "市", "详细地址", "跟进人"),
    *("联系人1", "联系人1电话", "联系人2", "联系人2电话"),
)
SEAS = "64f1c0ffee0000000000aa01"


def _fxiaoke(stage: Stage) -> FxiaokeFake:
    fake = FxiaokeFake(stage.now)
    levels = [{"value": one, "label": label} for one, label in (("1", "VIP"), ("2", "普通"), ("3", "潜在"))]
    trades = [{"value": one, "label": label} for one, label in (("mfg01", "制造业"), ("it02", "软件"))]
    names = (
        "name",
        "tax_no__c",
        "old_no__c",
        "tel",
        "address",
        "remark",
        "offbook_id__c",
        "record_type",
        "high_seas_id",
    )
    accounts = {name: {**TEXT, "label": name} for name in names}
    accounts["account_level"] = {"type": "select_one", "label": "级别", "options": levels}
    accounts["industry_level1"] = {"type": "select_one", "label": "行业", "options": trades}
    fake.thing("AccountObj", "客户", accounts)
    contacts = {name: {**TEXT, "label": name} for name in ("name", "mobile1", "tel1", "offbook_id__c", "record_type")}
    contacts["account_id"] = {"type": "object_reference", "label": "客户", "target_api_name": "AccountObj"}
    fake.thing("ContactObj", "联系人", contacts)
    fake.add("AccountObj", {"name": "苏州晨光纺织厂", "tel": "0512-65550188", "owner": ["1002"]})
    return stage.add(fake)  # type: ignore[no-any-return]


def _huoban(stage: Stage) -> HuobanFake:
    fake = HuobanFake(stage.now)
    levels = [{"id": one, "name": name} for one, name in (("1", "VIP"), ("2", "普通"), ("3", "潜在"))]
    kinds = ("text", "text", "category", "user", "textarea")
    described = [
        {"field_id": f"220000010000000{n}", "name": name, "type": kind, "config": {"options": levels} if n == 3 else {}}
        for n, (name, kind) in enumerate(zip(("客户名称", "电话", "等级", "负责人", "跟进情况"), kinds), 1)
    ]
    fake.table(TABLE, "客户", described)
    for name, phone, level, owner, notes in (
        ("上海宇润科技有限公司", "021-55501234", ["1"], ["11000001"], "十年老客户"),
        ("深圳伟瑞农业科技有限公司", "0755-55502222", ["3"], [], "展会认识"),
        ("杭州远山茶业有限公司", "0571-55503333", ["2"], ["11000009"], ""),
    ):
        fake.add(TABLE, {f"220000010000000{n}": one for n, one in enumerate((name, phone, level, owner, notes), 1)})
    return stage.add(fake)  # type: ignore[no-any-return]


@pytest.fixture
def migration(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> FxiaokeFake:
    fx, huoban = _fxiaoke(stage), _huoban(stage)
    stage.copied(
        SHIPPED / "c_migration_fxiaoke",
        {
            '"4000000003170001"': f'"{SPACE}"\n    base_url: {huoban.url}',
            "FSAID_131a0c5": f"{APP}\n    base_url: {fx.base}",
        },
    )
    rows = [
        ("K1", "上海宇润科技有限公司", "91310000MA1FL0AB1C", "制造业", "上海市", "上海市", "张江路1号", "小王",
         "赵敏", "13911112222", "钱进", "13911113333"),
        ("K2", "苏州晨光纺织厂", "", "制造业", "江苏省", "苏州市", "人民路2号", "李雷", "顾晓", "13700004444", "", ""),
        ("K3", "北京天合贸易有限公司", "", "互联网", "北京市", "北京市", "建国路3号", "", "", "", "", ""),
    ]  # fmt: skip
    workbook(stage.folder / "全部客户2026.xlsx", LIST, rows, "汇总")
    for name, value in (("HUOBAN_KEY", KEY), ("FX_APP_SECRET", SECRET), ("FX_PERMANENT_CODE", CODE)):
        monkeypatch.setenv(name, value)
    return fx


def test_a_list_and_huoban_move_into_fxiaoke(stage: Stage, migration: FxiaokeFake) -> None:
    book = (stage.folder / "全部客户2026.xlsx").read_bytes()
    for job in ("trial", "move"):
        done = stage.run(job)
        assert not done.failures
    accounts = {row["name"]: row for row in migration.things["AccountObj"].rows.values()}
    told = {name: (row["owner"], row.get("high_seas_id"), row.get("industry_level1")) for name, row in accounts.items()}
    assert told == {
        "上海宇润科技有限公司": (["1001"], None, "mfg01"),
        "苏州晨光纺织厂": (["1002"], None, "mfg01"),
        "北京天合贸易有限公司": (["1000"], SEAS, "it02"),  # nobody's: into the high seas
        "深圳伟瑞农业科技有限公司": (["1000"], SEAS, None),
        "杭州远山茶业有限公司": (["1002"], None, None),  # of one who left: his successor's
    }
    yurun = accounts["上海宇润科技有限公司"]
    assert (yurun["tel"], yurun["account_level"], yurun["remark"], yurun["old_no__c"], yurun["tax_no__c"]) == (
        *("021-55501234", "1", "十年老客户", "K1", "91310000MA1FL0AB1C"),
    )
    assert yurun["address"] == "上海市上海市张江路1号"
    assert {row["record_type"] for name, row in accounts.items() if name != "苏州晨光纺织厂"} == {"default__c"}
    names = {row["_id"]: row["name"] for row in accounts.values()}
    contacts = migration.things["ContactObj"].rows.values()
    assert sorted((row["name"], row["mobile1"], names[row["account_id"]]) for row in contacts) == [
        ("赵敏", "13911112222", "上海宇润科技有限公司"),
        ("钱进", "13911113333", "上海宇润科技有限公司"),
        ("顾晓", "13700004444", "苏州晨光纺织厂"),
    ]
    assert migration.fired == 0, "no approval and no workflow starts"
    assert (stage.folder / "全部客户2026.xlsx").read_bytes() == book, "the old places are only read"
    demand_calm(stage, "move")
