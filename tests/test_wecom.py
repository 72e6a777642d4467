"""What is special about 企业微信: one contact of several colleagues, names that differ, tags, tokens in addresses, codes."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.contract import (
    AuthError,
    Change,
    Context,
    LookUp,
    Op,
    Outcome,
    Query,
    RetryLater,
    SourceRefused,
)
from connectors.gate import RunGate, VirtualClock
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.wecom.account import judge
from connectors.vault import MemoryVault
from connectors.wecom import SPEC, TABLE
from sandbox.server import Trouble
from sandbox.wecom import CORP, LIFE, SECRET, WeComFake
from tests.contract_help import pull
from tests.wecom_rig import FIELDS, MEMBER, WeComRig


@pytest.fixture
def rig() -> Iterator[WeComRig]:
    made = WeComRig()
    yield made
    made.close()


def update(key: str, **after: object) -> Change:
    return Change("c", Op.UPDATE, key, after)  # type: ignore[arg-type]


def test_a_contact_of_several_colleagues_is_a_record_for_each(rig: WeComRig) -> None:
    contact = rig.fake.add(MEMBER, "行者", remark="宇润 赵敏", remark_mobiles=["13911112222"], tag_id=["etVIP"])
    rig.fake.hold(contact, "lilei", remark="赵总")
    found = {record.key: record.fields for record in pull(rig).records}
    assert sorted(found) == [f"{contact}/lilei", f"{contact}/{MEMBER}"]
    mine, his = found[f"{contact}/{MEMBER}"], found[f"{contact}/lilei"]
    assert (mine["remark"], mine["remark_mobiles"], mine["tag_id"]) == ("宇润 赵敏", ("13911112222",), ("etVIP",))
    assert (his["remark"], his["remark_mobiles"], his["tag_id"]) == ("赵总", None, None)
    assert mine["userid"] == LookUp("@staff", MEMBER)
    assert mine["createtime"] == datetime(2026, 3, 1, tzinfo=UTC)
    before = rig.fake.received
    fetched = list(rig.open().fetch(TABLE, sorted(found), FIELDS))
    assert {record.key: record.fields for record in fetched} == found, "a listing and a look at one show the same"
    assert rig.fake.received == before + 1, "one request for all who hold a contact"
    (receipt,) = rig.open().write(TABLE, [update(f"{contact}/lilei", remark="赵敏 采购")])
    assert receipt.outcome is Outcome.DONE
    assert {r.key: r.fields["remark"] for r in pull(rig).records} == {
        f"{contact}/{MEMBER}": "宇润 赵敏",
        f"{contact}/lilei": "赵敏 采购",
    }


def test_more_holders_than_stand_on_a_page(rig: WeComRig) -> None:
    contact = rig.fake.add("m0000", "x")
    for n in range(1, 620):
        rig.fake.hold(contact, f"m{n:04d}")
    keys = [f"{contact}/m0001", f"{contact}/m0619"]
    assert sorted(record.key for record in rig.open().fetch(TABLE, keys, ("name",))) == keys


def test_members_without_contacts_and_pages_of_many_members(rig: WeComRig) -> None:
    rig.fake.members = ["a", "b", "c"]
    for n in range(101):
        rig.fake.add("b", f"b{n}")
    rig.fake.add("c", "c0")
    pulled = pull(rig)
    assert [len(page.records) for page in pulled.pages] == [100, 1, 1]
    assert pulled.end.complete
    for page in pulled.pages[:-1]:
        rest = pull(rig, resume=page.resume)
        at = pulled.pages.index(page)
        assert [r.key for r in rest.records] == [r.key for p in pulled.pages[at + 1 :] for r in p.records]


def test_what_is_read_under_one_name_is_written_under_another(rig: WeComRig) -> None:
    key = rig.add({"name": "x"})
    (receipt,) = rig.open().write(TABLE, [update(key, remark_company="宇润", remark_mobiles=("13911112222", "021-5"))])
    assert receipt.outcome is Outcome.DONE
    (shown,) = pull(rig).records
    assert (shown.fields["remark_company"], shown.fields["remark_mobiles"]) == ("宇润", ("13911112222", "021-5"))
    (receipt,) = rig.open().write(TABLE, [update(key, remark_mobiles=None)])
    assert receipt.outcome is Outcome.DONE
    (shown,) = pull(rig).records
    assert (shown.fields["remark_company"], shown.fields["remark_mobiles"]) == ("宇润", None)


@pytest.mark.parametrize("field", ["remark", "description", "remark_company"])
def test_what_nobody_says_can_be_emptied_is_not(rig: WeComRig, field: str) -> None:
    key = rig.add({"name": "x", field: "stays"})
    assert not next(f for f in rig.open().describe(TABLE).fields if f.id == field).clearable
    (receipt,) = rig.open().write(TABLE, [update(key, **{field: None})])
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.REJECTED, [field])
    assert pull(rig).records[0].fields[field] == "stays"


def test_nothing_is_cut(rig: WeComRig) -> None:
    key = rig.add({"name": "x", "remark": "short"})
    known = {one.id: one.max_length for one in rig.open().describe(TABLE).fields}
    assert (known["remark"], known["remark_company"], known["description"]) == (20, 20, 150)
    (receipt,) = rig.open().write(TABLE, [update(key, remark="赵" * 21)])
    assert receipt.outcome is Outcome.REJECTED
    assert rig.fake.count("POST", "/remark$") == 0
    (receipt,) = rig.open().write(TABLE, [update(key, remark="赵" * 20)])
    assert receipt.outcome is Outcome.DONE


def test_the_company_of_one_who_uses_wecom_is_locked(rig: WeComRig) -> None:
    rig.fake.add(MEMBER, "陈刚", external={"type": 2, "corp_name": "天合"})
    rig.fake.add(MEMBER, "小赵")
    assert [sorted(record.locked) for record in pull(rig).records] == [["remark_company"], []]


def test_tags_are_put_on_and_taken_off(rig: WeComRig) -> None:
    contact = rig.fake.add(MEMBER, "x", tag_id=["etVIP"], own_tags=["钓友"])
    key = f"{contact}/{MEMBER}"
    (shown,) = rig.open().fetch(TABLE, [key], ("tag_id",))
    assert shown.fields["tag_id"] == ("etVIP",), "what a colleague made up has no id"
    change = replace(update(key, tag_id=("etOLD",)), before={"tag_id": ("etVIP",)})
    rig.fake.tags["etNEW"] = "新"
    rig.fake.edit(contact, MEMBER, tag_id=["etVIP", "etNEW"])  # somebody, meanwhile
    (receipt,) = rig.open().write(TABLE, [change])
    assert receipt.outcome is Outcome.DONE
    assert pull(rig).records[0].fields["tag_id"] == ("etNEW", "etOLD")
    (receipt,) = rig.open().write(TABLE, [update(key, tag_id=None)])  # nothing said of before: it is looked up
    assert receipt.outcome is Outcome.DONE
    assert pull(rig).records[0].fields["tag_id"] is None
    asked = rig.fake.count("POST", "/mark_tag$")
    (receipt,) = rig.open().write(TABLE, [update(key, tag_id=())])
    assert (receipt.outcome, rig.fake.count("POST", "/mark_tag$")) == (Outcome.DONE, asked), (
        "nothing to do, nothing asked"
    )


def test_tags_that_may_not_be_read_are_not_written_and_check_says_so(rig: WeComRig) -> None:
    key = rig.add({"name": "x"})
    rig.fake.tagless = True
    connector = rig.open()
    assert [(f.level, f.code) for f in connector.check()] == [("warning", "tags")]
    assert not next(one for one in connector.describe(TABLE).fields if one.id == "tag_id").on_update
    (receipt,) = connector.write(TABLE, [update(key, tag_id=("etVIP",))])
    assert receipt.outcome is Outcome.REJECTED


def test_a_contact_who_is_no_longer_held_is_a_conflict(rig: WeComRig) -> None:
    contact = rig.fake.add(MEMBER, "x")
    rig.fake.hold(contact, "lilei")
    rig.fake.drop(contact, MEMBER)
    receipts = [
        *rig.open().write(TABLE, [update(f"{contact}/{MEMBER}", remark="a")]),
        *rig.open().write(TABLE, [update("nobody/lilei", remark="a")]),
        *rig.open().write(TABLE, [update(f"{contact}/lilei", remark="a")]),
    ]
    assert [r.outcome for r in receipts] == [Outcome.CONFLICT, Outcome.CONFLICT, Outcome.DONE]
    assert [r.key for r in rig.open().fetch(TABLE, [f"{contact}/{MEMBER}", "nobody/lilei"], ("name",))] == []


def test_a_token_that_ends_in_the_middle_is_renewed(rig: WeComRig) -> None:
    rig.fill(120)
    pages = rig.open().pull(Query(TABLE, FIELDS))
    first = next(pages)
    rig.fake.expire()
    assert len(first.records) + sum(len(page.records) for page in pages) == 120
    key = first.records[0].key
    connector = rig.open()
    connector.describe(TABLE)
    rig.fake.expire()
    (receipt,) = connector.write(TABLE, [update(key, remark="a")])
    assert receipt.outcome is Outcome.DONE
    assert rig.fake.signed_in == 3


def test_a_token_is_kept_to_its_end_and_not_asked_for_again_and_again(rig: WeComRig) -> None:
    """Near its end the system gives the same one, with what is left of its life."""
    rig.open().tables()
    for wait in (LIFE - 100, 50, 20):
        pull(rig)
        rig.gate.limit(10_000)
        rig.gate.wait(wait)
    pull(rig)
    assert rig.fake.signed_in == 1
    rig.gate.wait(60)
    pull(rig)
    assert rig.fake.signed_in == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("denied", "可调用接口的应用"), ("strange", r"企业可信IP.*203\.0\.113\.7"), ("nobody", "可见范围")],
)
def test_check_says_where_it_is_mended(rig: WeComRig, trouble: str, words: str) -> None:
    rig.add({"name": "x"})
    if trouble == "nobody":
        rig.fake.members = []
    else:
        setattr(rig.fake, trouble, True)
    (finding,) = [one for one in rig.open().check() if one.level == "error"]
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(finding.text))
    if trouble == "nobody":
        assert not pull(rig).end.complete
    else:
        with pytest.raises(SourceRefused, match=words):
            pull(rig)


def test_a_member_that_is_asked_for_and_not_seen(rig: WeComRig) -> None:
    rig.add({"name": "x"})
    rig.users = [MEMBER, "zhaomin"]
    assert [(f.level, f.code) for f in rig.open().check()] == [("warning", "member")]
    end = pull(rig).end
    assert (end.complete, "zhaomin" in end.why) == (False, True)


@pytest.mark.parametrize("wrong", ["corp_id", "secret"])
def test_a_wrong_secret_is_said(rig: WeComRig, wrong: str) -> None:
    options = SPEC.options.model_validate({**rig.options(), wrong: "another"})
    connector = SPEC.connect(options, Context(rig.gate, rig.vault, {TABLE: rig.facts}))
    with pytest.raises(AuthError):
        list(connector.pull(Query(TABLE, FIELDS)))
    assert [finding.level for finding in connector.check()] == ["error"]


@pytest.mark.parametrize("trouble", [Trouble.DROPPED, Trouble.BROKEN, Trouble.HTML, Trouble.CUT])
def test_the_secrets_in_addresses_are_in_no_traceback(rig: WeComRig, trouble: Trouble) -> None:
    connector = rig.open()
    connector.tables()
    rig.fake.order(trouble, times=50)
    with pytest.raises(RetryLater) as raised:
        list(connector.pull(Query(TABLE, FIELDS)))
    rig.fake.stop()
    with pytest.raises(RetryLater) as refused:
        list(connector.pull(Query(TABLE, FIELDS)))
    for one in (raised, refused):
        text = "".join(traceback.format_exception(one.value))
        assert SECRET not in text
        assert "accesstoken" not in text


def test_a_storm_of_refusals_loses_nothing(rig: WeComRig) -> None:
    keys = [rig.add({"name": f"n{n}"}) for n in range(5)]
    rig.fake.order(Trouble.TOO_FAST_MUTE, "POST", "/remark$", times=3)
    rig.fake.busy = 0
    changes = [Change(key, Op.UPDATE, key, {"remark": "a"}) for key in keys]
    assert {r.outcome for r in rig.open().write(TABLE, changes)} == {Outcome.DONE}
    assert {seconds for _, seconds in rig.gate.pauses} == {60.0}
    rig.fake.busy = 2
    assert len(pull(rig).records) == 5


def test_the_rate_is_never_exceeded() -> None:
    clock = VirtualClock()
    fake = WeComFake(now=clock.now)
    fake.rates = tuple(replace(rate, units=rate.units // 1000) for rate in fake.rates)
    contacts = [fake.add(MEMBER, f"n{n}") for n in range(200)]
    with fake:
        options = SPEC.options.model_validate({"corp_id": CORP, "secret": SECRET, "base_url": fake.base, "rate": 10})
        connector = SPEC.connect(options, Context(RunGate(clock=clock), MemoryVault()))
        changes = [Change(one, Op.UPDATE, f"{one}/{MEMBER}", {"remark": "a"}) for one in contacts]
        assert {r.outcome for r in connector.write(TABLE, changes)} == {Outcome.DONE}
    assert fake.refused == 0
    assert clock.monotonic() < 1.05 * 3600 + 10 * 60


@pytest.mark.parametrize(
    ("body", "fate", "wait"),
    [
        (b'{"errcode":0,"errmsg":"ok"}', Fate.FINE, None),
        (b'{"errcode":-1,"errmsg":"system busy"}', Fate.LATER, None),
        (b'{"errcode":45009,"errmsg":"x"}', Fate.LATER, 60.0),
        (b'{"errcode":45033,"errmsg":"x"}', Fate.LATER, 1.0),
        (b'{"errcode":6000,"errmsg":"x"}', Fate.LATER, None),
        (b'{"errcode":42001,"errmsg":"x"}', Fate.AUTH, None),
        (b'{"errcode":84061,"errmsg":"x"}', Fate.GONE, None),
        (b'{"errcode":40096,"errmsg":"x"}', Fate.GONE, None),
        (b'{"errcode":48002,"errmsg":"x"}', Fate.FORBIDDEN, None),
        (b'{"errcode":60020,"errmsg":"x"}', Fate.FORBIDDEN, None),
        (b'{"errcode":40058,"errmsg":"x"}', Fate.REJECTED, None),
        (b"<html>gateway</html>", Fate.BROKEN, None),
    ],
)
def test_errors_are_inside_200(body: bytes, fate: Fate, wait: float | None) -> None:
    judged = judge(Answer(200, {}, body))
    assert (judged.fate, judged.wait) == (fate, wait)
