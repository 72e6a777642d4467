"""Does a whole run join a phone's address book with the formal system, both ways, and find nothing to do the second time?"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.carddav_rig import CardDavRig
from tests.command_line import Said, call
from tests.dav_servers import PASSWORD, Server, radicale, xandikos

WORKSPACE = """\
authority: [crm]
sources:
  phone: {{connector: carddav, url: "{url}", user: wang, password: "${{WANG_DAV_PASSWORD}}", page: 2}}
  crm: crm.csv
jobs:
  morning:
    push: [phone, crm]
    create_in: [phone, crm]
"""
PHONE = "table: phone\nrecord:\n  person: {name: FN, phones: TEL, emails: EMAIL, title: TITLE}\n"
CRM = "table: crm\nkey: id\noffbook_id: offbook_id\nrecord:\n  person: {name: name, phones: phone, emails: email, title: title}\n"
HEADINGS = ("id", "name", "phone", "email", "title", "offbook_id")


@pytest.fixture(params=[radicale, xandikos], ids=["radicale", "xandikos"])
def rig(request: pytest.FixtureRequest) -> Iterator[CardDavRig]:
    start = request.param
    server: Server = start()
    rig = CardDavRig(server)
    yield rig
    rig.close()


def workspace(folder: Path, rig: CardDavRig) -> None:
    (folder / "mappings").mkdir()
    (folder / "offbook.yaml").write_text(WORKSPACE.format(url=rig.fake.base + rig.path), "utf-8")
    (folder / "mappings" / "phone.yaml").write_text(PHONE, "utf-8")
    (folder / "mappings" / "crm.yaml").write_text(CRM, "utf-8")
    rows = [
        ("1", "王秀英", "13800138001", "xiuying@example.com", "", ""),
        ("2", "李建国", "13800138002", "jianguo@example.com", "经理", ""),
    ]
    with (folder / "crm.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])


def phone(rig: CardDavRig, number: int, name: str, tel: str, mail: str, title: str = "") -> None:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:u{number}", f"N:{name};;;;", f"FN:{name}", f"TEL;TYPE=CELL:{tel}"]
    lines += [f"EMAIL:{mail}", *([f"TITLE:{title}"] if title else []), "X-RING:loud", "END:VCARD", ""]
    rig.put(f"{number}.vcf", "\r\n".join(lines).encode())


def rows(folder: Path) -> dict[str, Mapping[str, str]]:
    with (folder / "crm.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def ran(folder: Path, *words: str) -> Said:
    said = call(*words, folder=folder)
    assert said.code == 0, said.err + said.out
    return said


def test_a_phone_and_a_crm_agree_and_stay_agreed(
    rig: CardDavRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANG_DAV_PASSWORD", PASSWORD)
    workspace(tmp_path, rig)
    phone(rig, 1, "王秀英", "+86 138 0013 8001", "xiuying@example.com", "采购总监")
    phone(rig, 2, "赵敏", "+86 138 0013 8003", "zhao@example.com", "店长")
    ran(tmp_path, "check")
    planned = ran(tmp_path, "plan")
    first = ran(tmp_path, "apply", "1")
    crm = rows(tmp_path)
    assert crm["王秀英"]["title"] == "采购总监", first.out
    assert crm["赵敏"]["title"] == "店长"
    cards = {str(row["FN"]): row for row in rig.rows()}
    assert set(cards) == {"王秀英", "赵敏", "李建国"}
    assert cards["李建国"]["TITLE"] == "经理"
    assert all(b"X-RING:loud" in rig.raw(key) for key in ("1.vcf", "2.vcf"))
    before = rig.state()
    again = ran(tmp_path, "sync")
    assert "everything agrees" in again.out
    assert "warning" not in again.out
    assert rig.state() == before
    assert rows(tmp_path) == crm
    assert PASSWORD not in "".join(said.out + said.err for said in (planned, first, again))
