"""Does the vcard connector keep the contract, and does a phone's file stay what it was but for what we write?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Change, Context, Op, Outcome, Query, Record, SourceRefused, State, TableFacts
from connectors.vault import MemoryVault
from connectors.vcard import SPEC, TABLE, Contacts, Options
from tests.contract import Contract
from tests.rig import CountingGate, Rig
from tests.vcard_rig import KEYLESS, MODERN, OLD, OURS, VcardRig


class TestModern(Contract):
    """vCard 3.0, every card with its UID."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> VcardRig:
        return VcardRig(tmp_path, MODERN)


class TestOld(Contract):
    """vCard 2.1 in quoted-printable, with a property that people keep."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> VcardRig:
        return VcardRig(tmp_path, OLD)


class TestKeyless(Contract):
    """vCard 4.0, nothing that tells cards apart."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> VcardRig:
        return VcardRig(tmp_path, KEYLESS)

    def test_c08_a_key_that_stands_twice_is_delivered_twice(self, rig: Rig) -> None:
        """In an empty file every card has a UID; one without is needed to make it keyless."""
        rig.add({"FN": "first"})
        super().test_c08_a_key_that_stands_twice_is_delivered_twice(rig)


class TestOurs(Contract):
    """No UID, but the mapping names a property for our id."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> VcardRig:
        return VcardRig(tmp_path, OURS)


# ------------------------------------------------------------------------------ a phone's file

PHONE = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E8=8A=B3;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=E8=8A=B3\r\n"
    "TEL;CELL:138-0013-8000\r\nTEL;WORK;FAX:021-58880000\r\n"
    "ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E4=B8=8A=E6=B5=B7=E5=AE=87=E6=B6=A6=E7=A7=91=\r\n"
    "=E6=8A=80;=E9=94=80=E5=94=AE=E9=83=A8\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQN\r\n"
    " DAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/\r\n\r\n"
    "END:VCARD\r\n"
    "\r\n"
    "begin:vcard\nversion:3.0\nfn:李雷\nitem1.tel;type=pref:+86 139 1234 5678\n"
    'item1.X-ABLabel:_$!<Mobile>!$_\nX-FUTURE;A=1;B="x:y":keep\\, me\nend:vcard\n'
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:No end\r\nTEL;VALUE=uri:tel:+86-10-1234-5678\r\n"
).encode()


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    path = tmp_path / "li.vcf"
    path.write_bytes(PHONE)
    return path


def opened(path: Path, gate: CountingGate | None = None, facts: TableFacts | None = None, **more: object) -> Contacts:
    options = Options.model_validate({"path": path.name, **more})
    tables = {TABLE: facts or TableFacts(("FN", "TEL", "EMAIL", "TITLE", "ORG"))}
    found = SPEC.connect(options, Context(gate or CountingGate(), MemoryVault(), tables, folder=str(path.parent)))
    assert isinstance(found, Contacts)
    return found


def records(path: Path, *names: str) -> list[Record]:
    (page,) = opened(path).pull(Query(TABLE, names or ("FN", "TEL", "EMAIL", "TITLE", "ORG")))
    return list(page.records)


def test_the_phone_book_of_the_workspace_is_read(phone: Path) -> None:
    wang, li, last = records(phone)
    assert wang.fields == {
        "FN": "王芳",
        "TEL": ("138-0013-8000",),
        "EMAIL": None,
        "TITLE": None,
        "ORG": "上海宇润科技",
    }
    assert li.fields["TEL"] == ("+86 139 1234 5678",)
    assert last.fields["TEL"] == ("+86-10-1234-5678",)
    assert [r.key for r in (wang, li, last)] == ["#1", "#2", "#3"]


def test_a_file_that_ends_within_a_card_is_not_complete(phone: Path) -> None:
    (page,) = opened(phone).pull(Query(TABLE, ("FN",)))
    assert page.end is not None
    assert (page.end.complete, page.end.cursor) == (False, None)
    assert {f.code for f in opened(phone).check()} >= {"no_end", "no_key"}


def test_an_edit_changes_one_line_of_one_card(phone: Path) -> None:
    wang, li, _ = records(phone)
    changes = [
        Change("1", Op.UPDATE, wang.key, {"ORG": "上海宇润科技有限公司"}, {"ORG": "上海宇润科技"}, wang.version),
        Change("2", Op.UPDATE, li.key, {"TEL": ("13912345678",)}, {"TEL": li.fields["TEL"]}, li.version),
    ]
    receipts = list(opened(phone).write(TABLE, changes))
    assert [r.outcome for r in receipts] == [Outcome.DONE, Outcome.DONE]
    old, new = PHONE.splitlines(keepends=True), phone.read_bytes().splitlines(keepends=True)
    gone, come = [line for line in old if line not in new], [line for line in new if line not in old]
    assert gone[1:] == [
        b"=E6=8A=80;=E9=94=80=E5=94=AE=E9=83=A8\r\n",
        b"item1.tel;type=pref:+86 139 1234 5678\n",
    ]
    assert come[-1] == b"item1.tel;type=pref:13912345678\n"
    assert come[0].startswith(b"ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E4=B8=8A")
    assert records(phone, "ORG", "ORG.unit")[0].fields == {"ORG": "上海宇润科技有限公司", "ORG.unit": "销售部"}
    assert receipts[0].detail.startswith("the file as it was: li.vcf.offbook-")


def test_a_created_contact_is_written_as_the_others_are(phone: Path) -> None:
    phone.write_bytes(phone.read_bytes() + b"END:VCARD\r\n")
    after = {"FN": "韩梅梅", "TEL": ("13700000000", "021-1"), "ORG": "宇润", "EMAIL": ("h@x.cn",), "TITLE": None}
    (receipt,) = opened(phone).write(TABLE, [Change("1", Op.CREATE, None, after, token="0123456789abcde")])
    assert (receipt.outcome, receipt.key) == (Outcome.DONE, "#4")
    assert receipt.record is not None
    assert receipt.record.fields == after
    assert phone.read_bytes().removeprefix(PHONE + b"END:VCARD\r\n").splitlines() == [
        b"BEGIN:VCARD",
        b"VERSION:2.1",
        b"N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E9=9F=A9=E6=A2=85=E6=A2=85;;;;",
        b"FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E9=9F=A9=E6=A2=85=E6=A2=85",
        b"TEL:13700000000",
        b"TEL:021-1",
        b"ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E5=AE=87=E6=B6=A6",
        b"EMAIL:h@x.cn",
        b"X-OFFBOOK-ID:0123456789abcde",
        b"END:VCARD",
    ]
    again = list(opened(phone).write(TABLE, [Change("1", Op.CREATE, None, after, token="0123456789abcde")]))
    assert [(r.outcome, r.key) for r in again] == [(Outcome.DUPLICATE, "#4")]


def test_a_contact_created_beside_uids_gets_one_that_its_token_decides(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.vcf"
        path.write_bytes(b"BEGIN:VCARD\nVERSION:3.0\nUID:1\nFN:x\nEND:VCARD\n")
        (receipt,) = opened(path).write(TABLE, [Change("1", Op.CREATE, None, {"FN": "y"}, token="0123456789abcde")])
        keys.append(receipt.key)
    assert keys[0] == keys[1]
    assert str(keys[0]).startswith("urn:uuid:")


def test_a_change_that_changes_nothing_writes_no_file(phone: Path) -> None:
    before = phone.stat().st_mtime_ns
    wang = records(phone)[0]
    (receipt,) = opened(phone).write(TABLE, [Change("1", Op.UPDATE, wang.key, {"FN": "王芳"}, {}, wang.version)])
    assert receipt.outcome is Outcome.DONE
    assert phone.stat().st_mtime_ns == before
    assert list(phone.parent.iterdir()) == [phone]


def test_a_deleted_card_goes_and_the_others_keep_their_bytes(phone: Path) -> None:
    li = records(phone)[1]
    (receipt,) = opened(phone).write(TABLE, [Change("1", Op.DELETE, li.key, expect=li.version)])
    assert receipt.outcome is Outcome.DONE
    start, end = PHONE.index(b"begin:vcard"), PHONE.index(b"end:vcard\n") + len(b"end:vcard\n")
    assert phone.read_bytes() == PHONE[:start] + PHONE[end:]


def test_a_photo_is_told_from_another_but_not_written(phone: Path) -> None:
    described = {f.id: f for f in opened(phone).describe(TABLE).fields}
    assert (described["PHOTO"].kind, described["PHOTO"].on_update) == ("file", False)
    shown = records(phone, "PHOTO")[0]
    phone.write_bytes(PHONE.replace(b"/9j/4AAQ", b"/9j/4AAR"))
    assert records(phone, "PHOTO")[0].fields != shown.fields


def test_no_vcard_at_all_is_refused_and_an_empty_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes("姓名,电话\n王芳,138\n".encode("gb18030"))
    with pytest.raises(SourceRefused, match="no vCard"):
        records(path)
    path.write_bytes(b"")
    assert records(path) == []


def test_an_unknown_encoding_is_told_when_the_options_are_read() -> None:
    with pytest.raises(ValueError, match="is no encoding"):
        Options.model_validate({"path": "x.vcf", "encoding": "gbk2"})
    assert Options.model_validate({"path": "x.vcf", "encoding": "GBK"}).encoding == "gb18030"


def test_broken_utf_16_is_read_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    path.write_bytes(
        b"\xff\xfe" + "BEGIN:VCARD\nVERSION:3.0\nFN:x\nEND:VCARD\n".encode("utf-16-le") + b"\x00\xd8\n\x00"
    )
    (record,) = records(path, "FN")
    with pytest.raises(SourceRefused, match="UTF-16"):
        list(opened(path).write(TABLE, [Change("1", Op.UPDATE, record.key, {"FN": "y"}, {}, record.version)]))


def test_a_read_only_file_is_read_and_offers_no_writes(phone: Path) -> None:
    phone.chmod(0o444)
    try:
        assert opened(phone).describe(TABLE).can.ops == frozenset()
        assert "read_only" in {f.code for f in opened(phone).check()}
    finally:
        phone.chmod(0o644)


def test_the_newest_of_several_exports_is_meant(tmp_path: Path) -> None:
    for name in ("contacts-9.vcf", "contacts-10.vcf"):
        (tmp_path / name).write_bytes(f"BEGIN:VCARD\nFN:{name}\nEND:VCARD\n".encode())
    assert opened(tmp_path / "contacts-*.vcf").tables() == {TABLE: "contacts-10.vcf"}


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["2.1", "3.0", "4.0"]), st.binary(max_size=30)), min_size=1, max_size=5),
    st.data(),
)
def test_whatever_one_card_gets_the_others_stay_byte_for_byte(
    tmp_path: Path, cards: list[tuple[str, str, bytes]], data: st.DataObject
) -> None:
    path = tmp_path / "x.vcf"
    raw = [
        f"BEGIN:VCARD\r\nVERSION:{version}\r\nFN:{name.strip() or 'x'}\r\nX-JUNK:".encode()
        + junk.replace(b"\r", b"").replace(b"\n", b"")
        + b"\r\nEND:VCARD\r\n"
        for name, version, junk in cards
    ]
    path.write_bytes(b"".join(raw))
    found = records(path, "FN", "NOTE", "TEL")
    at = data.draw(st.integers(0, len(raw) - 1))
    after = {"NOTE": data.draw(NAMES), "TEL": tuple(data.draw(st.lists(NAMES, max_size=3, unique=True))) or None}
    change = Change("1", Op.UPDATE, found[at].key, after, {}, found[at].version)
    if sum(record.version == found[at].version for record in found) > 1:
        return  # the same card twice: a conflict
    (receipt,) = opened(path, backups=0).write(TABLE, [change])
    assert receipt.outcome is Outcome.DONE
    now = path.read_bytes()
    assert now.startswith(b"".join(raw[:at]))
    assert now.endswith(b"".join(raw[at + 1 :]))
    shown = records(path, "NOTE", "TEL")[at].fields
    assert {name: shown[name] for name in after} == after


def test_a_card_known_under_our_id_that_got_a_key_has_moved(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf"
    facts = TableFacts(("FN",), "X-CUSTOMER-NO", "X-OFFBOOK-ID")
    path.write_bytes(b"BEGIN:VCARD\nVERSION:3.0\nFN:x\nX-OFFBOOK-ID:0123456789abcde\nEND:VCARD\n")
    (page,) = opened(path, facts=facts).pull(Query(TABLE, ("FN",)))
    assert [r.key for r in page.records] == ["0123456789abcde"]
    path.write_bytes(path.read_bytes().replace(b"FN:x", b"FN:x\nX-CUSTOMER-NO:7"))
    found = list(opened(path, facts=facts).fetch(TABLE, ["0123456789abcde", "7"], ("FN",)))
    assert [(r.key, r.state, r.into) for r in found] == [
        ("0123456789abcde", State.MOVED, "7"),
        ("7", State.LIVE, None),
    ]
