"""Do a book and Zoho come to agree through the whole engine, twice, also where answers are lost on the way?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from sandbox.server import Trouble
from sandbox.zoho_crm import ZohoFake
from sandbox.zoho_modules import fill_examples
from tests.command_line import call

_BOOK = (
    "公司,姓名,手机,邮箱,编号\n"
    "上海宇润机电有限公司,张伟,13800138000,zhang@yurun.example,\n"
    "北京华清科技有限公司,王芳,13700137000,wang@huaqing.example,\n"
)
_FILES = {
    "book.csv": _BOOK,
    "mappings/book.yaml": """
        table: book
        offbook_id: 编号
        record:
          organisation: {name: 公司}
          person: {name: 姓名, phones: 手机, emails: 邮箱, works_at: organisation}
        """,
    "mappings/accounts.yaml": """
        table: zoho.Accounts
        offbook_id: Offbook_ID
        record:
          organisation: {name: Account_Name, phones: Phone, website: Website}
        """,
    "mappings/contacts.yaml": """
        table: zoho.Contacts
        offbook_id: Offbook_ID
        record:
          person:
            family_name: Last_Name
            given_name: First_Name
            emails: [Email, Secondary_Email]
            phones: Mobile
            works_at: {from: Account_Name, ref: zoho.Accounts}
        """,
}


@pytest.fixture
def fake() -> Iterator[ZohoFake]:
    """Three seconds pass with each request, so that nothing is too young to be written."""
    passed: list[ZohoFake] = []

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=3 * sum(one.received for one in passed))

    with ZohoFake(now) as made:
        passed.append(made)
        fill_examples(made.modules)
        yield made


@pytest.fixture
def folder(fake: ZohoFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOHO_SECRET", fake.client_secret)
    monkeypatch.setenv("ZOHO_REFRESH", fake.refresh_token)
    workspace = f"""
        authority: [zoho]
        sources:
          book: {{connector: csv, path: book.csv}}
          zoho:
            connector: zoho_crm
            client_id: "{fake.client_id}"
            client_secret: ${{ZOHO_SECRET}}
            refresh_token: ${{ZOHO_REFRESH}}
            base_url: {fake.base}
            accounts_url: {fake.base}
        jobs:
          nightly:
            push: [zoho, book]
            create_in: {{zoho.Accounts: {{}}, zoho.Contacts: {{}}, book: {{}}}}
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


def test_a_book_and_zoho_agree_after_one_run_and_the_second_has_nothing_to_do(fake: ZohoFake, folder: Path) -> None:
    run(folder, 1)
    _demand_agreed(fake, folder)
    assert "Nothing: everything agrees." in run(folder, 2)
    assert fake.fired == 0
    told = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert fake.client_secret.encode() not in told
    assert fake.refresh_token.encode() not in told


@pytest.mark.long
def test_answers_that_are_lost_make_nothing_twice(fake: ZohoFake, folder: Path) -> None:
    for method in ("POST", "PUT"):
        fake.order(Trouble.LOST, method, r"/(Accounts|Contacts)$", times=2)
    for number in range(1, 4):
        run(folder, number)
    _demand_agreed(fake, folder)
    assert "Nothing: everything agrees." in run(folder, 4)


def _demand_agreed(fake: ZohoFake, folder: Path) -> None:
    contacts = fake.modules["Contacts"].rows.values()
    assert sorted((row["Last_Name"], row["First_Name"]) for row in contacts) == [
        *(("Smith", "Anna"), ("张", "伟"), ("李", "娜"), ("王", "芳")),
    ]
    assert {row["Email"] for row in contacts} == {None, "zhang@yurun.example", "wang@huaqing.example"}
    made = next(row for row in contacts if row["Last_Name"] == "王")
    assert made["Account_Name"]["name"] == "北京华清科技有限公司"
    assert len(fake.modules["Accounts"].rows) == 3
    assert len((folder / "book.csv").read_text(encoding="utf-8-sig").splitlines()) == 5
