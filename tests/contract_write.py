"""The promises of writing: C17-C30."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from connectors.contract import (
    Change,
    Check,
    Identity,
    LookUp,
    Op,
    Outcome,
    Receipt,
    Repeat,
    SourceError,
    State,
    Value,
)
from tests.contract_help import (
    can,
    count,
    create,
    delete,
    demand,
    described,
    inside,
    one,
    pull,
    update,
    write,
    write_one,
)
from tests.rig import Rig, need, not_applicable


def need_check(rig: Rig, op: Op) -> Check:
    check = demand(rig, op).checks.get(op, Check.NONE)
    if check is Check.NONE:
        not_applicable(f"no check is declared for {op}: the engine re-reads")
    return check


def need_whole_file(rig: Rig) -> None:
    table = demand(rig, Op.UPDATE)
    if table.batch.get(Op.UPDATE) != 0:
        not_applicable("the table is not written as a whole file")


def three(rig: Rig) -> list[Change]:
    """Updates of three records."""
    for text in "xyz":
        rig.add({rig.text[0]: text, rig.text[1]: "old"})
    pulled = pull(rig)
    return [update(one(rig, text, pulled), {rig.text[1]: "new"}) for text in "xyz"]


def landed(rig: Rig) -> set[Value]:
    return {row[rig.text[0]] for row in rig.rows() if row[rig.text[1]] == "new"}


class Writing:
    # -------------------------------------------------------------------------- C17

    def test_c17_each_change_gets_one_receipt(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        changes = three(rig)
        receipts = write(rig, *changes)
        assert sorted(r.change for r in receipts) == sorted(c.id for c in changes)
        assert {r.outcome for r in receipts} == {Outcome.DONE}
        assert landed(rig) == {"x", "y", "z"}

    def test_c17_what_has_no_receipt_was_not_sent(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "break_write")
        changes = three(rig)
        rig.break_write()
        receipts: list[Receipt] = []
        with pytest.raises(SourceError):
            collect(rig, changes, receipts)
        told = {r.change for r in receipts if r.outcome in (Outcome.DONE, Outcome.UNKNOWN)}
        names = dict(zip("xyz", (c.id for c in changes)))
        assert {names[str(text)] for text in landed(rig)} <= told, "something was written without a receipt"

    # -------------------------------------------------------------------------- C18

    def test_c18_a_create_whose_answer_is_lost_is_not_sent_again_blindly(self, rig: Rig) -> None:
        demand(rig, Op.CREATE)
        need(rig, "lose_answer")
        rig.lose_answer(Op.CREATE)
        receipt = write_one(rig, create(rig, "x"))
        assert count(rig, "x") == 1, "the create was sent again"
        assert receipt.outcome in (Outcome.UNKNOWN, Outcome.DONE, Outcome.DUPLICATE)
        if receipt.outcome is not Outcome.UNKNOWN:
            assert receipt.key == one(rig, "x").key

    # -------------------------------------------------------------------------- C19

    def test_c19_a_create_sent_twice_under_its_token_is_a_duplicate(self, rig: Rig) -> None:
        if demand(rig, Op.CREATE).repeat is not Repeat.CHOSEN:
            not_applicable("`repeat` is not chosen: the system does not refuse a token that it has")
        change = create(rig, "x")
        first = write_one(rig, change)
        again = write_one(rig, change)
        assert first.outcome is Outcome.DONE
        assert again.outcome is Outcome.DUPLICATE, "sent again, it is a duplicate"
        assert again.key in (first.key, None)
        assert count(rig, "x") == 1

    def test_c19_the_token_goes_with_the_create_itself(self, rig: Rig) -> None:
        if demand(rig, Op.CREATE).repeat is not Repeat.CHOSEN:
            not_applicable("`repeat` is not chosen")
        need(rig, "lose_answer")
        change = create(rig, "x")
        rig.lose_answer(Op.CREATE)
        write_one(rig, change)
        assert write_one(rig, change).outcome is Outcome.DUPLICATE
        assert count(rig, "x") == 1

    def test_c19_within_keyed_for_a_create_may_be_sent_again(self, rig: Rig) -> None:
        table = demand(rig, Op.CREATE)
        if not table.keyed_for or table.repeat is Repeat.CHOSEN:
            not_applicable("`keyed_for` is not declared")
        change = create(rig, "x")
        write_one(rig, change)
        assert write_one(rig, change).outcome in (Outcome.DUPLICATE, Outcome.DONE)
        assert count(rig, "x") == 1

    def test_c19_a_token_finds_the_record_that_was_created_with_it(self, rig: Rig) -> None:
        table = demand(rig, Op.CREATE)
        if table.repeat is Repeat.NOTHING:
            not_applicable("`repeat` is nothing: the table keeps no tokens")
        change, other = create(rig, "x"), create(rig, "y")
        for each in (change, other):
            assert write_one(rig, each).outcome is Outcome.DONE
        rig.gate.wait(table.lag)
        assert change.token is not None
        found = list(rig.open().find(rig.table, [change.token, "000000000000000"], rig.text))
        assert [(token, record.fields[rig.text[0]]) for token, record in found] == [(change.token, "x")]

    def test_c19_find_gives_all_exact_matches_and_no_others(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "x", rig.text[1]: "same"})
        rig.add({rig.text[0]: "y", rig.text[1]: "same"})
        rig.add({rig.text[0]: "z", rig.text[1]: "same but longer"})
        if rig.text[1] not in {field.id for field in described(rig).fields if field.findable}:
            not_applicable(f"`{rig.text[1]}` cannot be searched")
        rig.gate.wait(can(rig).lag)
        found = list(rig.open().find(rig.table, ["same", "nobody"], rig.text, rig.text[1]))
        assert [value for value, _ in found] == ["same", "same"]
        assert sorted(str(record.fields[rig.text[0]]) for _, record in found) == ["x", "y"]

    def test_c19_a_create_shows_its_key(self, rig: Rig) -> None:
        demand(rig, Op.CREATE)
        receipt = write_one(rig, create(rig, "x", {rig.text[1]: "y"}))
        assert receipt.outcome is Outcome.DONE, receipt
        shown = one(rig, "x")
        assert receipt.key == shown.key
        assert shown.fields[rig.text[1]] == "y"

    # -------------------------------------------------------------------------- C20

    def test_c20_a_record_that_moved_is_a_conflict(self, rig: Rig) -> None:
        check = need_check(rig, Op.UPDATE)
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old", rig.text[2]: "old"})
        change = update(one(rig, "x"), {rig.text[1]: "ours"})
        rig.edit(key, {rig.text[2 if check is Check.RECORD else 1]: "theirs"})
        kept = dict(inside(rig, "x"))
        assert write_one(rig, change).outcome is Outcome.CONFLICT
        assert inside(rig, "x") == kept, "a conflict wrote something"

    def test_c20_checking_fields_lets_other_fields_move(self, rig: Rig) -> None:
        if need_check(rig, Op.UPDATE) is not Check.FIELDS:
            not_applicable("the whole record is checked")
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old", rig.text[2]: "old"})
        record = one(rig, "x")
        if record.place:
            not_applicable("a row that has no key yet is known by all its cells")
        change = update(record, {rig.text[1]: "ours"})
        rig.edit(key, {rig.text[2]: "theirs"})
        assert write_one(rig, change).outcome is Outcome.DONE
        assert (inside(rig, "x")[rig.text[1]], inside(rig, "x")[rig.text[2]]) == ("ours", "theirs")

    def test_c20_a_record_that_moved_is_not_deleted(self, rig: Rig) -> None:
        check = need_check(rig, Op.DELETE)
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        change = delete(one(rig, "x"))
        rig.edit(key, {rig.text[1]: "theirs"})
        assert write_one(rig, change).outcome is Outcome.CONFLICT, check
        assert inside(rig, "x")[rig.text[1]] == "theirs"

    def test_c20_a_record_that_is_gone_is_a_conflict_or_refused(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        rig.add({rig.text[0]: "y", rig.text[1]: "old"})
        change = update(one(rig, "x"), {rig.text[1]: "ours"})
        rig.remove(key)
        assert write_one(rig, change).outcome in (Outcome.CONFLICT, Outcome.REJECTED)
        assert [row[rig.text[1]] for row in rig.rows()] == ["old"]

    def test_c20_a_record_that_we_delete_is_gone(self, rig: Rig) -> None:
        demand(rig, Op.DELETE)
        for text in ("x", "stays"):
            rig.add({rig.text[0]: text})
        assert write_one(rig, delete(one(rig, "x"))).outcome is Outcome.DONE
        assert [row[rig.text[0]] for row in rig.rows()] == ["stays"]

    # -------------------------------------------------------------------------- C21

    def test_c21_only_what_is_in_after_changes(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        rig.add({rig.text[0]: "x", rig.text[1]: "old", rig.text[2]: "stays"})
        rig.add({rig.text[0]: "other", rig.text[1]: "old"})
        before, other = dict(inside(rig, "x")), dict(inside(rig, "other"))
        write_one(rig, update(one(rig, "x"), {rig.text[1]: "new"}))
        assert _without_id(inside(rig, "x"), rig) == _without_id({**before, rig.text[1]: "new"}, rig)
        assert _without_id(inside(rig, "other"), rig) == _without_id(other, rig)

    def test_c21_none_clears_and_nothing_stands_in_for_it(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        if not next(f for f in described(rig).fields if f.id == rig.text[1]).clearable:
            not_applicable(f"`{rig.text[1]}` cannot be cleared")
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        assert write_one(rig, update(one(rig, "x"), {rig.text[1]: None})).outcome is Outcome.DONE
        assert inside(rig, "x")[rig.text[1]] is None
        assert one(rig, "x").fields[rig.text[1]] is None

    # -------------------------------------------------------------------------- C22, C23

    def test_c22_one_bad_record_stops_no_other(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "bad")
        changes = three(rig)
        field, value = rig.bad()
        pulled = pull(rig)
        changes[1] = update(one(rig, "y", pulled), {field: value})
        outcomes = {r.change: r.outcome for r in write(rig, *changes)}
        assert [outcomes[c.id] for c in changes] == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
        assert landed(rig) == {"x", "z"}

    def test_c22_one_bad_create_stops_no_other(self, rig: Rig) -> None:
        demand(rig, Op.CREATE)
        need(rig, "bad")
        field, value = rig.bad()
        write(rig, create(rig, "x"), create(rig, "y", {field: value}), create(rig, "z"))
        assert (count(rig, "x"), count(rig, "z")) == (1, 1)

    def test_c23_refused_fields_are_named(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "bad")
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        field, value = rig.bad()
        before = dict(inside(rig, "x"))
        receipt = write_one(rig, update(one(rig, "x"), {rig.text[1]: "new", field: value}))
        assert field in receipt.apart, "the field at fault is not named"
        assert receipt.apart[field][1], "nothing says why"
        after = inside(rig, "x")
        if receipt.outcome is Outcome.REJECTED:
            assert after == before, "REJECTED means that nothing was written"
        else:
            assert receipt.outcome is Outcome.DONE
            assert after[rig.text[1]] == "new", "DONE means that the rest was written"
            assert after[field] == before[field]

    # -------------------------------------------------------------------------- C24

    def test_c24_the_record_in_a_receipt_is_what_the_source_shows(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        rig.add({rig.text[0]: "x", rig.text[1]: "old", rig.text[2]: "stays"})
        receipt = write_one(rig, update(one(rig, "x"), {rig.text[1]: "new"}))
        shown = one(rig, "x")
        assert receipt.key == shown.key
        if receipt.record is not None:
            assert receipt.record.state is State.LIVE
            for name, value in receipt.record.fields.items():
                assert value == shown.fields.get(name, value), f"the receipt shows another {name}"
            assert receipt.record.version in (shown.version, None)

    def test_c24_what_the_source_stores_otherwise_is_seen(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "taste")
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        rig.taste(rig.text[1])
        receipt = write_one(rig, update(one(rig, "x"), {rig.text[1]: "what we sent and how we sent it"}))
        stored = inside(rig, "x")[rig.text[1]]
        assert stored != "what we sent and how we sent it", "the rig's taste changes nothing"
        assert receipt.record is None or receipt.record.fields[rig.text[1]] == stored

    # -------------------------------------------------------------------------- C25

    def test_c25_a_later_request_has_a_fate_of_its_own(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "own_call_field", "lose_own_call")
        field = rig.own_call_field()
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        rig.lose_own_call()
        receipt = write_one(rig, update(one(rig, "x"), {rig.text[1]: "new", field: rig.own_call_value()}))
        assert receipt.outcome is Outcome.DONE, "the record itself was written"
        assert inside(rig, "x")[rig.text[1]] == "new"
        assert field in receipt.apart
        assert receipt.apart[field][0] is Outcome.UNKNOWN

    # -------------------------------------------------------------------------- C26

    def test_c26_a_whole_file_leaves_a_backup(self, rig: Rig) -> None:
        need_whole_file(rig)
        need(rig, "backups")
        changes = three(rig)
        before = rig.state()
        assert isinstance(before, Mapping), "a file rig's state() gives the contents of the folder"
        write(rig, *changes)
        assert any(content in before.values() for content in rig.backups()), "no backup holds the file as it was"

    def test_c26_an_open_file_defers_everything_and_says_who_has_it(self, rig: Rig) -> None:
        need_whole_file(rig)
        need(rig, "open_elsewhere")
        changes = three(rig)
        who = rig.open_elsewhere()
        before = rig.state()
        receipts = write(rig, *changes)
        assert {r.outcome for r in receipts} == {Outcome.DEFERRED}
        assert sorted(r.change for r in receipts) == sorted(c.id for c in changes)
        assert all(who in r.detail for r in receipts)
        assert rig.state() == before

    def test_c26_a_file_that_changes_under_our_hands_defers_everything(self, rig: Rig) -> None:
        need_whole_file(rig)
        need(rig, "during_write")
        changes = three(rig)
        with rig.during_write(lambda: rig.add({rig.text[0]: "typed meanwhile"})):
            receipts = write(rig, *changes)
        assert {r.outcome for r in receipts} == {Outcome.DEFERRED}
        assert count(rig, "typed meanwhile") == 1, "a person's row was overwritten"
        assert not landed(rig)

    # -------------------------------------------------------------------------- C27

    def test_c27_a_row_is_found_wherever_it_stands_now(self, rig: Rig) -> None:
        self._need_rows(rig)
        changes = three(rig)
        rig.shuffle()
        receipts = write(rig, changes[1])
        assert receipts[0].outcome is Outcome.DONE
        assert landed(rig) == {"y"}, "another row was written"

    def test_c27_two_rows_that_could_be_meant_are_a_conflict(self, rig: Rig) -> None:
        self._need_rows(rig)
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        rig.add({rig.text[0]: "y", rig.text[1]: "old"})
        change = update(one(rig, "x"), {rig.text[1]: "new"})
        rig.copy_row(key)
        assert write_one(rig, change).outcome is Outcome.CONFLICT
        assert not landed(rig)

    def test_c27_of_two_rows_with_one_key_the_one_that_was_read_is_written(self, rig: Rig) -> None:
        if demand(rig, Op.UPDATE).identity is not Identity.CELL:
            not_applicable("no key can stand twice")
        rig.add_twice({rig.text[0]: "x", rig.text[1]: "old"})
        records = [r for r in pull(rig).live if r.fields[rig.text[0]] == "x"]
        if len({r.version for r in records}) < 2:
            not_applicable("the two rows are the same in every cell")
        write_one(rig, update(records[1], {rig.text[1]: "new"}))
        assert sorted(str(row[rig.text[1]]) for row in rig.rows()) == ["new", "old"]

    def test_c27_a_row_that_gets_a_key_says_so(self, rig: Rig) -> None:
        table = demand(rig, Op.UPDATE)
        if table.identity is not Identity.CELL or not rig.facts.token:
            not_applicable("rows get no key here")
        need(rig, "add_keyless")
        rig.add_keyless({rig.text[0]: "x", rig.text[1]: "old"})
        record = one(rig, "x")
        assert record.place, "the key of a row without one is its place"
        receipt = write_one(rig, update(record, {rig.text[1]: "new"}))
        assert receipt.outcome is Outcome.DONE
        assert receipt.key is not None
        assert re.fullmatch(r"[0-9a-z]{15}", receipt.key), "the row has our id now"
        assert (one(rig, "x").key, one(rig, "x").place) == (receipt.key, False)

    def _need_rows(self, rig: Rig) -> None:
        if demand(rig, Op.UPDATE).identity is Identity.NATIVE:
            not_applicable("records are not rows: the system guards the key")

    # -------------------------------------------------------------------------- C28

    def test_c28_no_option_is_made_up(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "choice_field")
        field = rig.choice_field()
        rig.add({rig.text[0]: "x"})
        before = next(f.options for f in described(rig).fields if f.id == field)
        assert before
        chosen = write_one(rig, update(one(rig, "x"), {field: before[0][0]}))
        assert (chosen.outcome, inside(rig, "x")[field]) == (Outcome.DONE, before[0][0])
        wrong = write_one(rig, update(one(rig, "x"), {field: "no such option"}))
        assert wrong.outcome is Outcome.REJECTED or field in wrong.apart
        assert next(f.options for f in described(rig).fields if f.id == field) == before
        assert inside(rig, "x")[field] == before[0][0]

    def test_c28_no_related_record_is_made_up(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        need(rig, "lookup_field", "targets")
        field = rig.lookup_field()
        (table, *_) = next(f.refers for f in described(rig).fields if f.id == field)
        rig.add({rig.text[0]: "x"})
        before = rig.targets()
        receipt = write_one(rig, update(one(rig, "x"), {field: LookUp(table, "999999999", "Nobody Ltd")}))
        assert receipt.outcome is Outcome.REJECTED or field in receipt.apart
        assert rig.targets() == before

    # -------------------------------------------------------------------------- C29, C30

    def test_c29_a_job_that_outlasts_the_run_is_in_doubt(self, rig: Rig) -> None:
        demand(rig, Op.MERGE)
        need(rig, "slow_job")
        for text in ("winner", "loser"):
            rig.add({rig.text[0]: text})
        rig.slow_job()
        connector = rig.open()
        winner, loser = one(rig, "winner"), one(rig, "loser")
        rig.gate.limit(20.0)
        change = Change("m1", Op.MERGE, winner.key, expect=winner.version, losers=(loser.key,))
        assert write_one(rig, change, connector).outcome is Outcome.UNKNOWN
        assert sum(rig.gate.waits) <= 20.0

    def test_c29_a_merge_is_waited_for(self, rig: Rig) -> None:
        demand(rig, Op.MERGE)
        for text in ("winner", "loser"):
            rig.add({rig.text[0]: text})
        winner, loser = one(rig, "winner"), one(rig, "loser")
        change = Change("m1", Op.MERGE, winner.key, expect=winner.version, losers=(loser.key,))
        assert write_one(rig, change).outcome is Outcome.DONE
        assert [row[rig.text[0]] for row in rig.rows()] == ["winner"]

    def test_c30_a_quiet_source_fires_nothing(self, rig: Rig) -> None:
        if not can(rig).quiet:
            not_applicable("`quiet` is not declared: the plan warns")
        need(rig, "fired")
        demand(rig, Op.UPDATE)
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        before = rig.fired()
        write_one(rig, update(one(rig, "x"), {rig.text[1]: "new"}))
        assert rig.fired() == before


def _without_id(row: Mapping[str, Value], rig: Rig) -> dict[str, Value]:
    """A row may get our id with its first write."""
    return {name: value for name, value in row.items() if name != rig.facts.token}


def collect(rig: Rig, changes: list[Change], receipts: list[Receipt]) -> None:
    """Collects receipts as they come, so that those before an error are not lost."""
    for receipt in rig.open().write(rig.table, changes):
        receipts.append(receipt)  # noqa: PERF402 - extend would lose them
