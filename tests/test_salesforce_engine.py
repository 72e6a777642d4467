"""Do a book and Salesforce come to agree through the whole engine, twice, also after a merge and where answers are lost?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from sandbox.salesforce import SalesforceFake
from sandbox.salesforce_org import fill_examples
from sandbox.server import Trouble
from tests.command_line import call

_BOOK = (
    "公司,姓名,手机,邮箱,负责人,编号\n"
    "上海宇润科技有限公司,赵敏,13911112222,zhaomin@yurun.example,王芳,\n"
    "深圳明远物流有限公司,周杰,13700137000,zhou@mingyuan.example,李雷,\n"
)
_FILES = {
    "book.csv": _BOOK,
    "people.yaml": """
        wang: {name: 王芳, email: wangfang@example.cn}
        li: {name: 李雷, email: lilei@example.cn}
        bot: {name: Offbook, email: offbook@example.cn}
        """,
    "mappings/book.yaml": """
        table: book
        offbook_id: 编号
        record:
          organisation: {name: 公司}
          person: {name: 姓名, phones: 手机, emails: 邮箱, owner: 负责人, works_at: organisation}
        """,
    "mappings/accounts.yaml": """
        table: crm.Account
        offbook_id: Offbook_ID__c
        record:
          organisation: {name: Name, phones: Phone, website: Website}
        """,
    "mappings/contacts.yaml": """
        table: crm.Contact
        offbook_id: Offbook_ID__c
        record:
          person:
            family_name: LastName
            given_name: FirstName
            emails: Email
            phones: MobilePhone
            owner: OwnerId
            works_at: {from: AccountId, ref: crm.Account}
        """,
}


@pytest.fixture
def fake() -> Iterator[SalesforceFake]:
    """Three seconds pass with each request, so that nothing is too young to be written."""
    passed: list[SalesforceFake] = []

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=3 * sum(one.received for one in passed))

    with SalesforceFake(now) as made:
        passed.append(made)
        fill_examples(made.objects)
        yield made


@pytest.fixture
def folder(fake: SalesforceFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SALESFORCE_SECRET", fake.signin.client_secret)
    workspace = f"""
        authority: [crm]
        people: people.yaml
        sources:
          book: {{connector: csv, path: book.csv}}
          crm:
            connector: salesforce
            base_url: {fake.base}
            client_id: "{fake.signin.client_id}"
            client_secret: ${{SALESFORCE_SECRET}}
        jobs:
          nightly:
            push: [crm, book]
            create_in: {{crm.Account: {{}}, crm.Contact: {{}}, book: {{}}}}
        """
    (tmp_path / "mappings").mkdir()
    for name, text in {**_FILES, "offbook.yaml": workspace}.items():
        (tmp_path / name).write_text(dedent(text), encoding="utf-8")
    return tmp_path


def run(folder: Path, number: int) -> str:
    planned = call("plan", folder=folder)
    assert planned.code == 0, planned.err
    applied = call("apply", number, folder=folder)
    assert applied.code in (0, 4), applied.err
    return planned.out


def live(fake: SalesforceFake, table: str) -> list[dict[str, object]]:
    return [row for row in fake.objects[table].rows.values() if not row["IsDeleted"]]


def test_a_book_and_salesforce_agree_after_one_run_and_the_second_has_nothing_to_do(
    fake: SalesforceFake, folder: Path
) -> None:
    run(folder, 1)
    _demand_agreed(fake, folder)
    assert "Nothing: everything agrees." in run(folder, 2)
    assert fake.refused == 0
    told = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert fake.signin.client_secret.encode() not in told


@pytest.mark.long
def test_answers_that_are_lost_make_nothing_twice(fake: SalesforceFake, folder: Path) -> None:
    fake.order(Trouble.LOST, "POST", r"/composite/sobjects$", times=4)
    fake.order(Trouble.LOST, "PATCH", r"/sobjects/", times=2)
    for number in range(1, 4):
        run(folder, number)
    _demand_agreed(fake, folder)
    assert "Nothing: everything agrees." in run(folder, 4)


@pytest.mark.long
def test_a_contact_that_people_merged_is_followed(fake: SalesforceFake, folder: Path) -> None:
    run(folder, 1)
    rows = fake.objects["Contact"].rows
    loser = next(key for key, row in rows.items() if row["LastName"] == "周")
    after = {"LastName": "周", "FirstName": "杰", "MobilePhone": "13700137000", "AccountId": rows[loser]["AccountId"]}
    winner = fake.objects["Contact"].insert(after, "0055g00000BBBBBBBB", fake.objects)
    fake.merge("Contact", loser, winner)
    for number in range(2, 4):
        run(folder, number)
    assert [row["Id"] for row in live(fake, "Contact") if row["LastName"] == "周"] == [winner]
    assert "周杰" in (folder / "book.csv").read_text(encoding="utf-8-sig")
    assert "Nothing: everything agrees." in run(folder, 4)


def _demand_agreed(fake: SalesforceFake, folder: Path) -> None:
    contacts = live(fake, "Contact")
    assert sorted((row["LastName"], row["FirstName"]) for row in contacts) == [
        *(("Smith", "John"), ("周", "杰"), ("李", "强"), ("赵", "敏")),
    ]
    made = next(row for row in contacts if row["LastName"] == "周")
    assert made["OwnerId"] == "0055g00000BBBBBBBB"
    account = fake.objects["Account"].rows[str(made["AccountId"])]
    assert account["Name"] == "深圳明远物流有限公司"
    assert len(live(fake, "Account")) == 4
    assert len((folder / "book.csv").read_text(encoding="utf-8-sig").splitlines()) == 5
