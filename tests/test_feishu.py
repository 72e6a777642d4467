"""What is special about 飞书多维表格: batches under a key, one writer, lost answers, rates, tokens, rights, renamed fields?"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import (
    AuthError,
    Change,
    Connector,
    Context,
    CursorExpired,
    Listing,
    LookUp,
    Op,
    Outcome,
    Query,
    Receipt,
    Repeat,
    RetryLater,
    SourceError,
    SourceRefused,
    Stopped,
    TableFacts,
)
from connectors.feishu_bitable import FeishuBitable, Options
from connectors.gate import RunGate, VirtualClock
from connectors.shared.feishu.wire import judge
from connectors.shared.web.answers import Answer, Fate
from connectors.vault import MemoryVault
from sandbox.feishu_bitable import SECRET, WIKI, FeishuFake
from sandbox.server import Call, Reply, Trouble
from tests.contract_help import create, delete, one, pull, settle, update, write, write_one
from tests.contract_write import collect
from tests.feishu_rig import TABLE, FeishuRig, column

CREATE, UPDATE, SEARCH = r"/batch_create$", r"/batch_update$", r"/records/search$"


@pytest.fixture
def rig() -> Iterator[FeishuRig]:
    rig = FeishuRig()
    yield rig
    rig.close()


def creates(rig: FeishuRig, count: int) -> list[Change]:
    return [create(rig, f"new {n}") for n in range(count)]


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def collect_from(connector: Connector, changes: Sequence[Change], receipts: list[Receipt]) -> None:
    """Collects receipts as they come, so that those before an error are not lost."""
    for receipt in connector.write(TABLE, changes):
        receipts.append(receipt)  # noqa: PERF402 - extend would lose them


def opened(rig: FeishuRig, **options: object) -> FeishuBitable:
    made = Options.model_validate({**rig.options(), **options})
    return FeishuBitable(made, Context(rig.gate, rig.vault, {TABLE: rig.facts}))


# ------------------------------------------------------------------------------ batches


def test_five_hundred_changes_are_one_request(rig: FeishuRig) -> None:
    receipts = write(rig, *creates(rig, 1_001))
    assert outcomes(receipts) == [Outcome.DONE] * 1_001
    assert [receipt.key for receipt in receipts] == list(rig.sheet.rows)
    assert rig.fake.count("POST", CREATE) == 3
    changes = [update(record, {rig.text[1]: "new"}) for record in pull(rig).live]
    assert outcomes(write(rig, *changes)) == [Outcome.DONE] * 1_001
    assert rig.fake.count("POST", UPDATE) == 3


def test_a_refused_batch_is_halved_until_the_culprit_is_alone(rig: FeishuRig) -> None:
    changes = creates(rig, 40)
    nobody = LookUp("tblCompanies0001", "recNobody")
    changes[17] = create(rig, "bad", {"fldFirm": nobody, rig.text[1]: "innocent"})
    found = {receipt.change: receipt for receipt in write(rig, *changes)}
    assert [found[c.id].outcome for c in changes] == [Outcome.DONE] * 17 + [Outcome.REJECTED] + [Outcome.DONE] * 22
    assert list(found[changes[17].id].apart) == ["fldFirm"], "the code says which type of field is at fault"
    assert len(rig.rows()) == 39
    assert rig.fake.count("POST", CREATE) <= 13


def test_one_record_that_is_gone_is_a_conflict_and_stops_no_other(rig: FeishuRig) -> None:
    keys = [rig.add({rig.text[0]: text}) for text in "xyz"]
    changes = [update(record, {rig.text[1]: "new"}) for record in pull(rig).live]
    removals = [delete(record) for record in pull(rig).live]
    rig.remove(keys[1])
    assert outcomes(write(rig, *changes)) == [Outcome.DONE, Outcome.CONFLICT, Outcome.DONE]
    assert outcomes(write(rig, *removals)) == [Outcome.DONE, Outcome.CONFLICT, Outcome.DONE]
    assert not rig.rows()


def test_a_system_that_is_down_after_the_first_request_ends_the_write(rig: FeishuRig) -> None:
    rig.fill(1_300)
    changes = [update(record, {rig.text[1]: "new"}) for record in pull(rig).live]
    rig.fake.order(Trouble.SLOW, "POST", UPDATE)
    rig.fake.order(Trouble.BROKEN, "POST", UPDATE, times=20)
    receipts: list[Receipt] = []
    with pytest.raises(SourceError):
        collect(rig, changes, receipts)
    assert outcomes(receipts) == [Outcome.DONE] * 500 + [Outcome.UNKNOWN] * 800
    assert sum(row[rig.text[1]] == "new" for row in rig.rows()) == 500


# ------------------------------------------------------------------------------ lost answers


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.DROPPED, Trouble.CUT, Trouble.BROKEN_AFTER, Trouble.HTML])
def test_a_create_without_an_answer_is_sent_again_under_its_key(rig: FeishuRig, trouble: Trouble) -> None:
    rig.fake.order(trouble, "POST", CREATE)
    receipts = write(rig, *creates(rig, 7))
    assert outcomes(receipts) == [Outcome.DONE] * 7
    assert {r.key for r in receipts} == set(rig.sheet.rows)
    assert len(rig.rows()) == 7
    keys = {call.arg("client_token") for call in rig.fake.calls if call.path.endswith("batch_create")}
    assert len(keys) == 1


def test_an_update_without_an_answer_is_looked_at_and_not_sent_again(rig: FeishuRig) -> None:
    for name in "xy":
        rig.add({rig.text[0]: name, rig.text[1]: "old"})
    changes = [update(record, {rig.text[1]: "new"}) for record in pull(rig).live]
    rig.lose_answer(Op.UPDATE)
    assert outcomes(write(rig, changes[0])) == [Outcome.DONE], "it shows what was sent"
    rig.fake.order(Trouble.DROPPED, "POST", UPDATE)
    assert outcomes(write(rig, changes[1])) == [Outcome.UNKNOWN], "it never arrived, or is on its way"
    assert rig.fake.count("POST", UPDATE) == 2
    assert [row[rig.text[1]] for row in rig.rows()] == ["new", "old"]


def test_a_delete_without_an_answer_is_in_doubt(rig: FeishuRig) -> None:
    rig.add({rig.text[0]: "x"})
    change = delete(one(rig, "x"))
    rig.lose_answer(Op.DELETE)
    assert write_one(rig, change).outcome is Outcome.UNKNOWN
    assert rig.fake.count("POST", "batch_delete$") == 1


def test_no_create_is_sent_again_once_its_key_may_be_forgotten(rig: FeishuRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try takes so long that the second would come too late."""
    written = rig.fake._written

    def slowly(call: Call, do: Any) -> Reply:
        rig.gate._passed += 40.0
        return written(call, do)

    monkeypatch.setattr(rig.fake, "_written", slowly)
    rig.fake.order(Trouble.LOST, "POST", CREATE)
    receipt = write_one(rig, create(rig, "x"))
    assert (receipt.outcome, receipt.key) == (Outcome.DONE, next(iter(rig.sheet.rows))), "it is found by our id"
    assert rig.fake.count("POST", CREATE) == 1


def test_no_create_is_sent_again_after_a_long_pause(rig: FeishuRig) -> None:
    """The rate may hold a second try back for longer than the first one's key is remembered."""
    connector = rig.open()
    pace = connector._base.pace("batch_create", 50)  # type: ignore[attr-defined]
    wait = rig.gate.wait

    def waited(seconds: float) -> None:
        wait(seconds)
        rig.gate.pause(pace, 100.0)

    rig.gate.wait = waited  # type: ignore[method-assign]
    rig.fake.order(Trouble.LOST, "POST", CREATE)
    assert outcomes(list(connector.write(TABLE, creates(rig, 2)))) == [Outcome.DONE] * 2, "found by our id"
    assert rig.fake.count("POST", CREATE) == 1
    assert len(rig.rows()) == 2


def test_a_create_that_can_neither_be_sent_again_nor_found_is_in_doubt() -> None:
    rig = FeishuRig(token=False)
    rig.fake.order(Trouble.DROPPED, "POST", CREATE, times=3)
    assert outcomes(write(rig, *creates(rig, 2))) == [Outcome.UNKNOWN] * 2
    assert rig.fake.count("POST", CREATE) == 3
    rig.close()


def test_a_second_try_that_is_refused_for_its_rate_leaves_a_doubt(rig: FeishuRig) -> None:
    changes, receipts = creates(rig, 7), list[Receipt]()
    rig.fake.order(Trouble.LOST, "POST", CREATE)
    rig.fake.order(Trouble.TOO_FAST, "POST", CREATE, seconds=90)
    receipts = list(opened(rig, batch=5).write(TABLE, changes))
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 5 + [Outcome.DEFERRED] * 2
    assert rig.fake.count("POST", CREATE) == 2


def test_a_stop_after_a_lost_answer_leaves_the_create_in_doubt(rig: FeishuRig) -> None:
    changes = creates(rig, 2)
    connector = rig.open()
    connector.describe(TABLE)
    before = rig.gate.entered
    list(connector.write(TABLE, creates(rig, 1)))
    rig.lose_answer(Op.CREATE)
    rig.gate.stop_after = rig.gate.entered + rig.gate.entered - before
    receipts: list[Receipt] = []
    with pytest.raises(Stopped):
        collect_from(connector, changes, receipts)
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 2
    assert len(rig.rows()) == 3


def test_a_key_that_the_system_calls_repeated_is_looked_up(rig: FeishuRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """1254608 says that the same was submitted before, and shows nothing of it."""
    landed, lost = creates(rig, 2)
    write(rig, landed)

    def repeated(call: Call, do: Any) -> Reply:
        return Reply(403, {"code": 1254608, "msg": "Same API requests are submitted repeatedly."})

    monkeypatch.setattr(rig.fake, "_written", repeated)
    receipts = write(rig, landed, lost)
    assert outcomes(receipts) == [Outcome.DONE, Outcome.UNKNOWN]
    assert receipts[0].key == next(iter(rig.sheet.rows))


def test_a_key_goes_with_its_creates_and_not_with_their_values(rig: FeishuRig) -> None:
    change = create(rig, "x")
    write(rig, change)
    write(rig, Change("again", Op.CREATE, after={rig.text[0]: "y"}, token=change.token))
    assert [row[rig.text[0]] for row in rig.rows()] == ["x"]


def test_after_a_minute_a_create_of_one_request_is_no_longer_promised(rig: FeishuRig) -> None:
    assert rig.open().describe(TABLE).can.keyed_for == 0.0, "a key covers the whole request"
    assert opened(rig, batch=1).describe(TABLE).can.keyed_for == 60.0


# ------------------------------------------------------------------------------ one writer, rates


def test_two_writers_of_a_base_wait_for_each_other(rig: FeishuRig) -> None:
    """The system takes two writes at a time for a conflict; a slow one is never met by another."""
    rig.fake.order(Trouble.SLOW, "POST", CREATE, times=6, seconds=0.05)
    connectors = [rig.open() for _ in range(3)]
    ours = [[create(rig, f"{n}-{m}") for m in range(2)] for n in range(3)]
    told: list[Outcome] = []

    def work(number: int) -> None:
        for change in ours[number]:
            told.extend(outcomes(list(connectors[number].write(TABLE, [change]))))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [Outcome.DONE] * 6
    assert rig.fake.count("POST", CREATE) == 6, "a conflict was met"


@pytest.mark.parametrize("code", [1254290, 1254291])
def test_a_conflict_of_writers_waits_and_goes_again(rig: FeishuRig, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    written, met = rig.fake._written, list[int]()

    def crowded(call: Call, do: Any) -> Reply:
        met.append(code)
        return Reply(200, {"code": code, "msg": "Write conflict"}) if len(met) < 3 else written(call, do)

    monkeypatch.setattr(rig.fake, "_written", crowded)
    assert outcomes(write(rig, *creates(rig, 3))) == [Outcome.DONE] * 3
    assert len(rig.rows()) == 3
    assert {seconds for _, seconds in rig.gate.pauses} == {1.0}


def test_the_rate_limit_says_for_how_long(rig: FeishuRig) -> None:
    rig.fake.order(Trouble.TOO_FAST, "POST", CREATE, times=3, seconds=7)
    assert outcomes(write(rig, *creates(rig, 3))) == [Outcome.DONE] * 3
    assert len(rig.rows()) == 3
    assert {seconds for _, seconds in rig.gate.pauses} == {7.0}


def test_the_rate_limit_may_come_inside_400() -> None:
    body = json.dumps({"code": 99991400, "msg": "request trigger frequency limit"}).encode()
    judged = judge(Answer(400, {"x-ogw-ratelimit-reset": "13"}, body))
    assert (judged.fate, judged.wait) == (Fate.LATER, 13.0)


def test_a_storm_of_refusals_loses_nothing(rig: FeishuRig) -> None:
    for path in (CREATE, SEARCH):
        rig.fake.order(Trouble.TOO_FAST_MUTE, "POST", path, times=3)
    assert outcomes(write(rig, *creates(rig, 600))) == [Outcome.DONE] * 600
    assert len(pull(rig).live) == 600


def test_a_storm_that_does_not_end_defers(rig: FeishuRig) -> None:
    rig.fake.order(Trouble.TOO_FAST_MUTE, "POST", CREATE, times=30)
    assert outcomes(write(rig, *creates(rig, 3))) == [Outcome.DEFERRED] * 3
    assert not rig.rows()


def test_the_published_rates_are_used_and_never_exceeded(rig: FeishuRig) -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    rig.fake.now, rig.fake.rates = clock.now, FeishuFake.rates
    keys = [rig.add({rig.text[0]: f"r{n}"}) for n in range(60)]
    connector = FeishuBitable(
        Options.model_validate({**rig.options(), "batch": 1}), Context(gate, rig.vault, {TABLE: rig.facts})
    )
    start = clock.monotonic()
    list(connector.write(TABLE, creates(rig, 300)))
    assert 300 / 50 - 1 <= clock.monotonic() - start <= 300 / 50 / 0.95 + 1
    start = clock.monotonic()
    for key in keys:
        list(connector.fetch(TABLE, [key], rig.text))
    assert 60 / 20 - 1 <= clock.monotonic() - start <= 60 / 20 / 0.95 + 1
    assert rig.fake.refused == 0


# ------------------------------------------------------------------------------ signing in


def tokens(rig: FeishuRig) -> int:
    return rig.fake.count("POST", "tenant_access_token/internal$")


def test_a_token_is_kept_for_all_and_renewed_before_it_ends(rig: FeishuRig) -> None:
    connector = rig.open()
    connector.tables()
    rig.open().tables()
    assert tokens(rig) == 1
    rig.gate._limit = 10 * 7_200
    rig.gate.wait(7_200 - 1_800)
    connector.tables()
    assert tokens(rig) == 1
    rig.gate.wait(100)
    connector.tables()
    assert tokens(rig) == 2


def test_a_token_that_ends_in_the_middle_is_renewed(rig: FeishuRig) -> None:
    rig.fill(1_100)
    pages = rig.open().pull(Query(TABLE, rig.facts.fields))
    first = next(pages)
    rig.fake.end_tokens()
    rest = list(pages)
    assert len(first.records) + sum(len(page.records) for page in rest) == 1_100
    connector = opened(rig, batch=10)
    receipts = connector.write(TABLE, creates(rig, 20))
    told = [next(receipts) for _ in range(10)]
    rig.fake.end_tokens()
    told += list(receipts)
    assert outcomes(told) == [Outcome.DONE] * 20
    assert len(rig.rows()) == 1_120


def test_a_wrong_secret_is_said_and_not_shown(rig: FeishuRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connector = opened(rig, app_secret="not-the-secret-4711")
    with pytest.raises(AuthError, match="app_secret") as told:
        connector.tables()
    (finding,) = connector.check()
    assert finding.level == "error"
    said = f"{told.value} {finding.text} {caplog.text}"
    assert "not-the-secret-4711" not in said
    list(rig.open().pull(Query(TABLE, rig.facts.fields)))
    assert SECRET not in caplog.text
    assert not any(token in caplog.text for token in rig.fake.tokens)


def test_both_clouds_are_known() -> None:
    for cloud, host in (("feishu", "https://open.feishu.cn"), ("lark", "https://open.larksuite.com")):
        options = {"base": "B", "app_id": "cli_a", "app_secret": "s", "cloud": cloud}
        connector = FeishuBitable(Options.model_validate(options), Context(RunGate(), MemoryVault()))
        assert connector._base.who.url == host


def test_a_base_in_a_wiki_is_found_by_its_page(rig: FeishuRig) -> None:
    rig.add({rig.text[0]: "x"})
    connector = opened(rig, base=WIKI, wiki=True)
    assert TABLE in connector.tables()
    assert len(list(connector.pull(Query(TABLE, rig.facts.fields)))[-1].records) == 1
    assert rig.fake.count("GET", "get_node$") == 1
    for base, wiki in (("SomethingElse", True), ("SomethingElse", False), (WIKI, False)):
        with pytest.raises(SourceRefused, match="/wiki/"):
            opened(rig, base=base, wiki=wiki).tables()


# ------------------------------------------------------------------------------ listings


def test_changes_alone_are_asked_for(rig: FeishuRig) -> None:
    rig.fill(30)
    rig.gate.wait(1_000.0)
    young = rig.add({rig.text[0]: "young"})
    rig.gate.wait(1_000.0)
    cursor = settle(rig).cursor
    rig.edit(young, {rig.text[1]: "edited"})
    changed = pull(rig, since=cursor)
    assert [record.key for record in changed.records] == [young], "the day's others are sorted out here"
    assert not changed.end.full


def test_a_change_of_days_ago_is_not_sent(rig: FeishuRig) -> None:
    rig.gate._limit = 100 * 86_400
    rig.fill(30)
    rig.gate.wait(10 * 86_400)
    cursor = settle(rig).cursor
    before = len(rig.fake.calls)
    rig.add({rig.text[0]: "young"})
    assert len(pull(rig, since=cursor).records) == 1
    (asked,) = [c for c in list(rig.fake.calls)[before:] if c.path.endswith("/search") and "filter" in c.json]
    assert rig.fake._found(rig.sheet, asked.json) == list(rig.sheet.rows.values())[-1:]


def test_without_a_column_of_edit_times_everything_is_read() -> None:
    rig = FeishuRig(edited=False)
    assert not rig.open().describe(TABLE).can.changes
    rig.fill(3)
    assert pull(rig).end.cursor is None
    assert [f.code for f in rig.open().check()] == ["modified"]
    rig.close()


def test_a_column_of_edit_times_that_lags_is_noticed(rig: FeishuRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be set to follow some fields only; the record's own time follows all."""
    rig.add({rig.text[0]: "x"})
    assert not rig.open().check()
    cell = rig.fake._cell

    def lagging(described: Mapping[str, Any], row: Any) -> Any:
        return row.modified - 3_600_000 if described["type"] == 1002 else cell(described, row)

    monkeypatch.setattr(rig.fake, "_cell", lagging)
    assert [(f.level, f.code) for f in rig.open().check()] == [("warning", "modified")]


def test_a_listing_that_was_forgotten_starts_again(rig: FeishuRig) -> None:
    rig.fill(1_100)
    pages = rig.open().pull(Query(TABLE, rig.facts.fields))
    next(pages)
    rig.fake.expire()
    rest = list(pages)
    assert rest[-1].end is not None
    assert rest[-1].end.complete, rest[-1].end.why
    assert len({r.key for page in rest for r in page.records}) == 1_100


def test_answers_that_are_too_large_come_in_smaller_pages(rig: FeishuRig) -> None:
    rig.fill(700)
    rig.fake.largest = 130
    pulled = pull(rig)
    assert len({record.key for record in pulled.records}) == 700
    assert pulled.end.complete, pulled.end.why
    assert max(len(page.records) for page in pulled.pages) == 125


def test_a_search_for_many_values_stays_within_what_a_filter_may_be(rig: FeishuRig) -> None:
    values = [f"{n} {'长' * (n % 7 * 40)}" for n in range(130)]
    for value in values[::2]:
        rig.add({rig.text[1]: value})
    found = list(rig.open().find(TABLE, values, rig.text, rig.text[1]))
    assert sorted(value for value, _ in found) == sorted(values[::2])


def test_of_two_options_of_one_name_the_first_is_meant(rig: FeishuRig) -> None:
    rig.sheet.fields[3]["property"]["options"].append({"id": "optTwin", "name": "VIP", "color": 3})
    rig.fake.add(rig.sheet, {"fldName": [{"type": "text", "text": "x"}], "fldLevel": "VIP"})
    assert one(rig, "x").fields["fldLevel"] == "opt0"


def test_a_month_that_is_used_up_waits_for_another_run(rig: FeishuRig, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = rig.open()
    connector.describe(TABLE)
    full = Reply(400, {"code": 99991403, "msg": "This month's API call quota has been exceeded"})
    monkeypatch.setattr(rig.fake, "_written", lambda call, do: full)
    assert outcomes(list(connector.write(TABLE, creates(rig, 2)))) == [Outcome.DEFERRED] * 2
    assert rig.fake.count("POST", CREATE) == 1


def test_a_field_that_is_renamed_goes_on_under_its_id(rig: FeishuRig) -> None:
    rig.add({rig.text[0]: "x", rig.text[1]: "kept"})
    connector = rig.open()
    list(connector.pull(Query(TABLE, rig.facts.fields)))
    rig.sheet.fields[1]["field_name"] = "说明"
    assert one(rig, "x", None).fields[rig.text[1]] == "kept"
    (page,) = connector.pull(Query(TABLE, rig.facts.fields))
    assert page.records[0].fields[rig.text[1]] == "kept"
    assert outcomes(list(connector.write(TABLE, [update(page.records[0], {rig.text[1]: "new"})]))) == [Outcome.DONE]
    assert rig.rows()[0][rig.text[1]] == "new"


def test_a_field_renamed_during_a_listing_makes_it_incomplete(rig: FeishuRig) -> None:
    rig.fill(600)
    pages = rig.open().pull(Query(TABLE, rig.facts.fields))
    next(pages)
    rig.sheet.fields[1]["field_name"] = "说明"
    with pytest.raises(RetryLater, match="renamed"):
        list(pages)


def test_a_field_hidden_after_the_last_page_makes_the_listing_incomplete(
    rig: FeishuRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.add({rig.text[0]: "x", rig.text[1]: "kept"})
    search, met = rig.fake._search, list[str]()

    def hiding(call: Call) -> Reply:
        met.append(call.path)
        reply = search(call)
        if len(met) == 2:  # the one before the listing looked for hidden fields
            rig.hide(rig.text[1])
        return reply

    rig.fake._routes = [(m, p, hiding if p.pattern.endswith("search") else h) for m, p, h in rig.fake._routes]
    end = pull(rig).end
    assert not end.complete
    assert "renamed or hidden" in end.why


def test_blank_rows_come_as_empty_records(rig: FeishuRig) -> None:
    rig.add({})
    (record,) = pull(rig).records
    assert {value for name, value in record.fields.items() if name != "fldActive"} == {None}


def test_a_foreign_page_is_no_place_to_go_on_from(rig: FeishuRig) -> None:
    rig.fill(600)
    first = next(iter(rig.open().pull(Query(TABLE, rig.facts.fields))))
    with pytest.raises(CursorExpired):
        pull(rig, fields=rig.text[:1], resume=first.resume)
    with pytest.raises(CursorExpired):
        pull(rig, resume="not ours")


def test_what_left_the_view_is_still_there_by_its_key(rig: FeishuRig) -> None:
    keys = [rig.add({rig.text[0]: text}) for text in "xy"]
    other = rig.other_scope()
    assert other.describe(TABLE).can.listing is Listing.PARTIAL
    assert [r.key for r in pull(rig, other).records] == keys[1:]
    assert [r.key for r in other.fetch(TABLE, keys, rig.text)] == keys


def test_who_edited_last_is_told(rig: FeishuRig) -> None:
    key = rig.add({rig.text[0]: "x"})
    rig.fake.edit(rig.sheet, key, {}, by="ou_3")
    record = one(rig, "x")
    assert record.editor == "ou_3"
    assert record.modified is not None
    assert record.modified - rig.gate.now() < timedelta(seconds=1)


# ------------------------------------------------------------------------------ advanced permissions


def test_success_with_nothing_in_it_is_not_believed(rig: FeishuRig) -> None:
    keys = [rig.add({rig.text[0]: text, rig.text[1]: "kept"}) for text in "xyz"]
    assert rig.open().describe(TABLE).can.listing is Listing.DRIFTING
    scope = pull(rig).end.scope
    rig.fake.advanced, rig.fake.manager = True, False
    rig.fake.silent.add(TABLE)
    pulled = pull(rig)
    assert not pulled.records
    assert not pulled.end.complete
    assert pulled.end.scope != scope
    assert pulled.end.visible == frozenset()
    assert rig.open().describe(TABLE).can.listing is Listing.PARTIAL
    assert not list(rig.open().fetch(TABLE, keys, rig.text))
    assert [(f.level, f.code) for f in rig.open().check() if f.level == "error"] == [("error", "rights")]


def test_rights_that_end_in_the_middle_make_the_listing_incomplete(rig: FeishuRig) -> None:
    rig.fill(600)
    pages = rig.open().pull(Query(TABLE, rig.facts.fields))
    next(pages)
    rig.fake.advanced, rig.fake.manager = True, False
    (last,) = pages
    assert last.end is not None
    assert not last.end.complete


def test_a_manager_sees_all_of_a_base_with_advanced_permissions(rig: FeishuRig) -> None:
    rig.add({rig.text[0]: "x"})
    rig.fake.advanced = True
    assert rig.open().describe(TABLE).can.listing is Listing.DRIFTING
    assert pull(rig).end.complete
    assert not rig.open().check()
    rig.fake.silent.add(TABLE)
    assert pull(rig).end.complete, "for a manager an empty table is empty"


def test_a_field_whose_values_are_left_out_is_not_cleared(rig: FeishuRig) -> None:
    key = rig.add({rig.text[0]: "x", rig.text[1]: "kept"})
    rig.fake.advanced, rig.fake.manager = True, False
    rig.sheet.veiled.add(rig.text[1])
    pulled = pull(rig)
    assert rig.text[1] not in one(rig, "x", pulled).fields
    assert rig.text[1] not in pulled.end.visible
    assert rig.text[0] in pulled.end.visible
    (fetched,) = rig.open().fetch(TABLE, [key], rig.text)
    assert rig.text[1] not in fetched.fields
    assert {"hidden", "rights"} <= {f.code for f in rig.open().check()}


def test_rows_that_only_managers_see_are_never_called_gone(rig: FeishuRig) -> None:
    keys = [rig.add({rig.text[0]: text}) for text in "xy"]
    rig.sheet.rows[keys[0]].hidden = True
    rig.fake.advanced, rig.fake.manager = True, False
    assert [r.key for r in pull(rig).records] == keys[1:]
    assert [r.key for r in rig.open().fetch(TABLE, keys, rig.text)] == keys[1:]
    assert rig.open().describe(TABLE).can.listing is Listing.PARTIAL


# ------------------------------------------------------------------------------ check, options, locked texts


def test_check_names_the_scope_and_the_place_to_grant(rig: FeishuRig) -> None:
    rig.fake.scopes = set()
    (finding,) = rig.open().check()
    assert "bitable:app" in finding.text
    assert "权限管理" in finding.text
    rig.fake.scopes, rig.fake.guest = {"bitable:app"}, True
    (finding,) = rig.open().check()
    assert "添加文档应用" in finding.text


def test_names_are_answered_with_the_id_to_write(rig: FeishuRig) -> None:
    with pytest.raises(SourceRefused, match=TABLE):
        rig.open().describe("客户")
    rig.facts = TableFacts(("fldName", "备注", "fldNothing"), token="fldPhone")
    texts = [finding.text for finding in rig.open().check() if finding.level == "error"]
    assert len(texts) == 3
    assert "fldNotes" in texts[0]


def test_a_mapping_that_names_no_field_of_ours_is_refused(rig: FeishuRig) -> None:
    rig.facts = TableFacts(rig.text, token="fldNothing")
    assert rig.open().describe(TABLE).can.repeat is Repeat.NOTHING
    with pytest.raises(SourceRefused, match="fldNothing"):
        write(rig, create(rig, "x"))
    assert not rig.rows()


def test_an_option_renamed_before_the_write_goes_out_under_its_new_name(rig: FeishuRig) -> None:
    rig.add({rig.text[0]: "x"})
    connector = rig.open()
    connector.describe(TABLE)
    rig.sheet.fields[3]["property"]["options"][0]["name"] = "重要"
    (receipt,) = connector.write(TABLE, [update(one(rig, "x"), {"fldLevel": "opt0"})])
    assert receipt.outcome is Outcome.DONE
    assert [o["name"] for o in rig.sheet.fields[3]["property"]["options"]] == ["重要", "普通"]
    assert next(iter(rig.sheet.rows.values())).cells["fldLevel"] == "重要"


def test_a_text_that_holds_more_than_its_words_is_locked(rig: FeishuRig) -> None:
    rich = [
        {"type": "text", "text": "问 "},
        {"type": "mention", "text": "@王芳", "token": "ou_1", "mentionType": "User"},
    ]
    linked = [{"type": "url", "text": "官网", "link": "https://yurun.example"}]
    plain = [{"type": "url", "text": "yurun.example", "link": "https://yurun.example/"}]
    rig.fake.add(rig.sheet, {"fldName": rich, "fldNotes": linked, "fldCity": plain})
    (record,) = pull(rig).records
    assert [record.fields[name] for name in rig.text] == ["问 @王芳", "官网", "yurun.example"]
    assert record.locked == {"fldName", "fldNotes"}


def test_more_fields_than_a_page_holds_are_all_described() -> None:
    rig = FeishuRig()
    rig.sheet.fields += [column(f"fldMore{n}", f"更多{n}") for n in range(120)]
    assert len(rig.open().describe(TABLE).fields) == 120 + 16
    rig.close()


# ------------------------------------------------------------------------------ its error table


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (200, {"code": 0, "msg": "success"}, Fate.FINE),
        (200, {"code": 1254291, "msg": "Write conflict"}, Fate.LATER),
        (429, {"code": 99991400, "msg": "frequency limit"}, Fate.LATER),
        (429, {"code": 42, "msg": "?"}, Fate.LATER),
        (400, {"code": 99991663, "msg": "Invalid access token"}, Fate.AUTH),
        (400, {"code": 99991672, "msg": "Access denied"}, Fate.FORBIDDEN),
        (403, {"code": 1254302, "msg": "Permission denied."}, Fate.FORBIDDEN),
        (200, {"code": 1254043, "msg": "RecordIdNotFound"}, Fate.GONE),
        (200, {"code": 1254064, "msg": "DatetimeFieldConvFail"}, Fate.REJECTED),
        (400, {"code": 1254015, "msg": "Field types do not match."}, Fate.REJECTED),
        (200, {"code": 1254045, "msg": "FieldNameNotFound"}, Fate.CONFIG),
        (403, {"code": 1254608, "msg": "Same API requests"}, Fate.DUPLICATE),
        (504, {"code": 1255040, "msg": "timeout"}, Fate.BROKEN),
        (400, {"code": 1254607, "msg": "Data not ready"}, Fate.BROKEN),
        (500, {"code": 987654, "msg": "?"}, Fate.BROKEN),
    ],
)
def test_errors_are_judged_by_their_code(status: int, body: Mapping[str, object], fate: Fate) -> None:
    assert judge(Answer(status, {}, json.dumps(body).encode())).fate is fate


def test_a_proxys_page_is_no_success() -> None:
    assert judge(Answer(200, {}, b"<html>gateway</html>")).fate is Fate.BROKEN


# ------------------------------------------------------------------------------ all at once


_TROUBLES = [
    Trouble.LOST,
    Trouble.TOO_FAST,
    Trouble.TOO_FAST_MUTE,
    Trouble.DROPPED,
    Trouble.BROKEN,
    Trouble.BROKEN_AFTER,
    Trouble.HTML,
    Trouble.CUT,
]


@settings(max_examples=12, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.sampled_from(_TROUBLES), st.sampled_from([CREATE, SEARCH, "/fields$", "/internal$"])), max_size=9
    ),
    size=st.sampled_from([1, 4, 500]),
)
def test_whatever_goes_wrong_each_customer_is_there_once(orders: list[tuple[Trouble, str]], size: int) -> None:
    """Each attempt meets some of it. What is told as done is there, nothing is there twice, and in the end all are."""
    rig = FeishuRig()
    left = {change.id: change for change in creates(rig, 9)}
    names = {str(change.after[rig.text[0]]) for change in left.values()}
    for attempt in range(len(orders) + 1):
        for trouble, path in orders[attempt : attempt + 1]:
            rig.fake.order(trouble, "", path, times=2)
        done: set[str] = set()
        with suppress(SourceError):
            for receipt in opened(rig, batch=size).write(TABLE, list(left.values())):
                done |= {receipt.change} if receipt.outcome is Outcome.DONE else set()
        there = [str(row[rig.text[0]]) for row in rig.rows()]
        assert len(there) == len(set(there)), "a customer is there twice"
        assert {str(left[one].after[rig.text[0]]) for one in done} <= set(there), "said to be done, and is not there"
        found = _tokens_there(rig, list(left.values()))
        left = {key: one for key, one in left.items() if key not in done and one.token not in found}
        if not left:
            break
    rig.fake._troubles.clear()
    write(rig, *left.values())
    assert sorted(str(row[rig.text[0]]) for row in rig.rows()) == sorted(names)
    rig.close()


def _tokens_there(rig: FeishuRig, changes: list[Change]) -> set[str]:
    """As the engine looks before it sends anything again; without an answer everything is left for the next time."""
    while True:
        with suppress(SourceError):
            return {token for token, _ in rig.open().find(TABLE, [one.token or "" for one in changes], ())}
