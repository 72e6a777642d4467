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
