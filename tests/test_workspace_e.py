"""Does the design's workspace e run end to end: two phones, 企业微信, a sheet of visits and PostgreSQL?

Real are the CardDAV server (Radicale) and PostgreSQL; pretended is 企业微信. Only addresses are changed. Customers are made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sql

from sandbox.wecom import CORP, SECRET, WeComFake
from sync.commands.planview import view
from tests.command_line import call
from tests.dav_servers import PASSWORD, radicale
from tests.fakes_stage import Stage, workbook

SHIPPED = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces" / "e_phones_wecom"

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason="the workspaces of the design are not beside the project")

TABLES = """
CREATE TABLE accounts (id serial PRIMARY KEY, name text, short_name text, code text UNIQUE, phone text, owner_id int,
  updated_at timestamptz DEFAULT '2026-01-01T00:00:00Z');
CREATE TABLE contacts (id serial PRIMARY KEY, name text, mobile text, phone text, email text, labels text,
  account_id int REFERENCES accounts, updated_at timestamptz DEFAULT '2026-01-01T00:00:00Z');
CREATE TABLE activities (id serial PRIMARY KEY, external_id text UNIQUE, happened_at timestamptz, kind text, text text,
  user_id int, account_id int REFERENCES accounts);
INSERT INTO accounts (name, short_name, code, phone, owner_id) VALUES
  ('上海宇润科技有限公司', '宇润', 'C001', '021-55501234', 3),
  ('苏州晨光纺织厂', '晨光', 'C002', '0512-65550188', 5),
  ('北京天合国际贸易发展有限公司', '北京天合国际贸易发展有限公司国际部分公司', 'C003', '010-55501111', 5);
INSERT INTO contacts (name, mobile, email, labels, account_id) VALUES
  ('赵敏', '13911112222', 'zhaomin@yurun.example', 'VIP', 1),
  ('顾晓', '13700004444', 'gu@chenguang.example', 'VIP,老客户', 2),
  ('林建国', '13600005555', 'lin@tianhe.example', NULL, 3);
"""
TAGS = {"etVIP": "VIP", "etOLD": "老客户"}


def _card(name: str, company: str, phone: str) -> str:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{phone}", f"N:{name};;;;", f"FN:{name}", f"ORG:{company}"]
    return "\r\n".join([*lines, f"TEL;TYPE=CELL:{phone}", "END:VCARD", ""])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.fixture
def wecom(stage: Stage) -> WeComFake:
    fake = WeComFake(stage.now)
    fake.tags = dict(TAGS)
    zhao = fake.add("wangfang", "小赵", remark="赵", remark_mobiles=["13911112222"], remark_corp_name="宇润科技")
    fake.hold(zhao, "lilei", remark="赵总", remark_mobiles=["13911112222"])
    fake.add("lilei", "小顾", remark_mobiles=["13700004444"], tag_id=["etVIP"])
    fake.add("lilei", "小林", remark_mobiles=["13600005555"])
    fake.add("wangfang", "行者无疆", remark="邻居", remark_mobiles=["13500009999"])
    return stage.add(fake)  # type: ignore[no-any-return]


@pytest.fixture
def crm(stage: Stage, wecom: WeComFake, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sql.Engine]:
    engine = sql.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as c:
        for statement in TABLES.split(";\n")[:-1]:
            c.execute(sql.text(statement))
    password = str(sql.make_url(postgres_url).password)
    monkeypatch.setenv("CRM_PASSWORD", password)
    server = radicale()
    book = server.new_book(f"wang-{stage.folder.name[-12:]}")
    for n, card in enumerate([_card("赵敏", "上海宇润科技有限公司", "13911112222"), _card("妈妈", "", "13500001111")]):
        status, _, _ = server.ask("PUT", f"{book}{n}.vcf", card.encode(), {"Content-Type": "text/vcard; charset=utf-8"})
        assert status == 201
    stage.copied(
        SHIPPED,
        {
            "https://dav.example.cn/wang/contacts/": f"http://127.0.0.1:{server.port}{book}",
            "ww1234567890abcdef": f"{CORP}\n    base_url: {wecom.base}",
            "postgresql://offbook:${CRM_PASSWORD}@db.example.cn/crm": postgres_url.replace(password, "${CRM_PASSWORD}"),
        },
    )
    (stage.folder / "li.vcf").write_bytes(_card("顾晓", "苏州晨光纺织厂", "13700004444").encode())
    visits = [
        (date(2026, 2, 26), "C001", "看了样品", "王芳"),
        (date(2026, 2, 27), "C002", "谈价格", "李雷"),
        ("上周四", "C003", "送样品", "李雷"),
    ]
    workbook(stage.folder / "拜访记录.xlsx", ("日期", "客户编号", "内容", "拜访人"), visits)
    monkeypatch.setenv("WANG_DAV_PASSWORD", PASSWORD)
    monkeypatch.setenv("WECOM_SECRET", SECRET)
    yield engine
    engine.dispose()


def test_phones_and_wecom_hear_of_the_crm(stage: Stage, wecom: WeComFake, crm: sql.Engine) -> None:
    said = call("check", "--config", folder=stage.folder)
    assert (said.code, said.err) == (0, "")
    assert "nothing is wrong" in said.out
    zhao, gu, lin, neighbour = wecom.contacts
    before = {key: {who: dict(held) for who, held in one.holders.items()} for key, one in wecom.contacts.items()}
    with crm.connect() as c:
        known = c.execute(sql.text("SELECT * FROM accounts, contacts ORDER BY 1")).all()
    done = stage.run("morning")
    assert not done.failures
    after = {key: one.holders for key, one in wecom.contacts.items()}
    assert (after[gu]["lilei"]["remark"], after[gu]["lilei"]["tag_id"]) == ("晨光 顾晓", ["etVIP", "etOLD"])
    assert (after[zhao]["wangfang"]["remark"], after[zhao]["wangfang"]["tag_id"]) == ("赵", ["etVIP"]), (
        "what somebody typed is not written over"
    )
    assert after[zhao]["lilei"] == before[zhao]["lilei"], "the customer is Wang's, so Li's contact is told nothing"
    assert after[lin] == before[lin], "a remark that is too long is not cut"
    assert after[neighbour] == before[neighbour]
    assert set(after) == {zhao, gu, lin, neighbour}
    assert _standing(stage, done.plan) >= {("wecom", "!name")}
    with crm.connect() as c:
        visits = c.execute(sql.text("SELECT kind, text, user_id, account_id FROM activities ORDER BY account_id")).all()
        assert c.execute(sql.text("SELECT * FROM accounts, contacts ORDER BY 1")).all() == known, "phones are only read"
    assert [tuple(row) for row in visits] == [("V", "看了样品", 3, 1), ("V", "谈价格", 5, 2)]
    again = stage.plan("morning")
    assert not again.failures
    assert stage.lines(again) == []
    assert again.header["changes"] == 0


def _standing(stage: Stage, plan: int) -> set[tuple[str, str]]:
    with stage.session() as session:
        return {(line.table, line.field) for line in view(session, plan).left if line.verdict == "standing"}
