"""The promises of reading: C1-C16."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import (
    CursorExpired,
    Damaged,
    Identity,
    Listing,
    Op,
    Outcome,
    Page,
    Query,
    SourceError,
    State,
)
from tests.contract_help import (
    Pulled,
    can,
    demand,
    described,
    floats,
    inside,
    one,
    pull,
    settle,
    update,
    write_one,
)
from tests.rig import Rig, need, not_applicable

SAMPLES = (
    "+8613800138000",
    "007",
    "320102199001011234",
    "=1+1",
    "-5",
    "1.0",
    "1e5",
    "TRUE",
    "2026-01-02",
    "é ü 张三 😀 𠮷",
    ' said "so", twice',
    "a;b,c|d",
    "tab\there",
    "back\\slash",
    "two\nlines",
    "@at 'quote",
)


def by_pages(rig: Rig) -> Pulled:
    """A pull of a table that has more than two pages' worth."""
    rig.fill(rig.many)
    return pull(rig)


def need_pages(pulled: Pulled) -> None:
    if len(pulled.pages) < 2:
        not_applicable("everything comes on one page")


def need_changes(rig: Rig) -> None:
    if not can(rig).changes:
        not_applicable("`changes` is not declared")


class Reading:
    # -------------------------------------------------------------------------- C1

    def test_c01_a_pull_ends_with_one_certificate_on_its_last_page(self, rig: Rig) -> None:
        pulled = by_pages(rig)
        assert [page.end is not None for page in pulled.pages] == [False] * (len(pulled.pages) - 1) + [True]
        assert pulled.end.complete, pulled.end.why
        assert pulled.end.full
        assert len(pulled.live) == rig.many

    def test_c01_a_pull_of_nothing_has_a_certificate_too(self, rig: Rig) -> None:
        pulled = pull(rig)
        assert not pulled.live
        assert pulled.end.full

    def test_c01_a_pull_that_fails_raises_and_certifies_nothing(self, rig: Rig) -> None:
        need(rig, "break_pull")
        rig.fill(rig.many)
        rig.break_pull()
        pages: list[Page] = []
        with pytest.raises(SourceError):
            pages.extend(rig.open().pull(Query(rig.table, rig.facts.fields)))
        assert not any(page.end for page in pages)

    # -------------------------------------------------------------------------- C2

    def test_c02_a_pull_that_left_something_out_is_not_complete_and_says_why(self, rig: Rig) -> None:
        need(rig, "cut_pull")
        rig.fill(rig.many)
        rig.cut_pull()
        try:
            end = pull(rig).end
        except SourceError:
            return
        assert not end.complete, "something was left out, and the certificate says complete"
        assert end.why

    def test_c02_what_was_left_out_before_is_said_by_a_resumed_part_too(self, rig: Rig) -> None:
        need(rig, "cut_pull")
        rig.fill(rig.many)
        rig.cut_pull()
        with suppress(SourceError):
            pages = rig.open().pull(Query(rig.table, rig.facts.fields))
            first = next(pages)
            if first.resume is None:
                not_applicable("everything comes on one page")
            assert not pull(rig, resume=first.resume).end.complete

    # -------------------------------------------------------------------------- C3

    def test_c03_a_page_that_comes_twice_raises(self, rig: Rig) -> None:
        need(rig, "loop_pull")
        rig.fill(rig.many)
        rig.loop_pull()
        with pytest.raises(SourceError):
            pull(rig)

    def test_c03_thousands_of_records_of_one_moment_all_arrive(self, rig: Rig) -> None:
        rig.fill(rig.crowd)
        pulled = pull(rig)
        assert len(set(pulled.texts(rig.text[0]))) == rig.crowd
        assert len(pulled.live) == rig.crowd
        assert pulled.end.complete, pulled.end.why

    # -------------------------------------------------------------------------- C4

    def test_c04_an_edit_during_the_pull_comes_with_the_next_cursor(self, rig: Rig) -> None:
        need_changes(rig)
        key = rig.add({rig.text[0]: "edited meanwhile", rig.text[1]: "old"})
        rig.fill(rig.many)
        pages = rig.open().pull(Query(rig.table, rig.facts.fields))
        first = next(pages)
        rig.edit(key, {rig.text[1]: "new"})
        rig.add({rig.text[0]: "added meanwhile"})
        pulled = Pulled((first, *pages))
        after = pull(rig, since=pulled.cursor)
        assert one(rig, "edited meanwhile", after).fields[rig.text[1]] == "new"
        assert "added meanwhile" in after.texts(rig.text[0])

    def test_c04_what_appears_late_with_an_earlier_time_is_not_missed(self, rig: Rig) -> None:
        need_changes(rig)
        need(rig, "add_late")
        rig.fill(3)
        cursor = pull(rig).cursor
        rig.add_late({rig.text[0]: "late"})
        assert "late" in pull(rig, since=cursor).texts(rig.text[0])

    def test_c04_a_quiet_source_comes_to_an_end(self, rig: Rig) -> None:
        need_changes(rig)
        rig.fill(rig.many)
        last = settle(rig)
        assert not last.end.full
        assert not last.records, "nothing happened, and records come again and again"

    def test_c04_after_quiet_an_edit_is_seen(self, rig: Rig) -> None:
        need_changes(rig)
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        cursor = settle(rig).cursor
        rig.edit(key, {rig.text[1]: "new"})
        assert one(rig, "x", pull(rig, since=cursor)).fields[rig.text[1]] == "new"

    # -------------------------------------------------------------------------- C5

    def test_c05_a_complete_listing_misses_nothing_that_was_there_all_the_time(self, rig: Rig) -> None:
        if can(rig).listing is not Listing.COMPLETE:
            not_applicable("the listing is not declared complete")
        keys = [rig.add({rig.text[0]: f"early {n}"}) for n in range(2)]
        rig.fill(rig.many)
        pages = rig.open().pull(Query(rig.table, rig.facts.fields))
        first = next(pages)
        rig.remove(keys[0])
        try:
            pulled = Pulled((first, *pages))
        except SourceError:
            return
        if pulled.end.complete:
            assert {f"record {n}" for n in range(rig.many)} <= set(pulled.texts(rig.text[0]))

    # -------------------------------------------------------------------------- C6

    def test_c06_a_foreign_cursor_raises(self, rig: Rig) -> None:
        need_changes(rig)
        rig.fill(2)
        with pytest.raises(CursorExpired):
            pull(rig, since="not a cursor of ours")

    def test_c06_a_cursor_of_another_scope_raises(self, rig: Rig) -> None:
        need_changes(rig)
        need(rig, "other_scope")
        rig.fill(2)
        cursor = pull(rig).cursor
        with pytest.raises(CursorExpired):
            pull(rig, rig.other_scope(), since=cursor)

    def test_c06_a_cursor_never_hides_a_field_that_was_not_read_before(self, rig: Rig) -> None:
        need_changes(rig)
        rig.add({rig.text[0]: "x", rig.text[1]: "was not asked for"})
        cursor = pull(rig, fields=rig.text[:1]).cursor
        with suppress(CursorExpired):
            assert one(rig, "x", pull(rig, since=cursor)).fields[rig.text[1]] == "was not asked for"

    def test_c06_an_untouched_source_says_that_it_sends_no_listing(self, rig: Rig) -> None:
        need_changes(rig)
        rig.fill(2)
        assert not pull(rig, since=settle(rig).cursor).end.full

    # -------------------------------------------------------------------------- C7

    def test_c07_a_new_object_goes_on_where_the_pull_stopped(self, rig: Rig) -> None:
        whole = by_pages(rig)
        need_pages(whole)
        first = next(iter(rig.open().pull(Query(rig.table, rig.facts.fields))))
        assert first.resume is not None, "a page that is not the last says how to go on"
        rest = pull(rig, resume=first.resume)
        assert {r.key for r in (*first.records, *rest.records)} == {r.key for r in whole.records}
        assert rest.end.full == whole.end.full
        assert rest.end.complete

    def test_c07_the_cursor_of_a_resumed_pull_speaks_for_all_of_it(self, rig: Rig) -> None:
        need_changes(rig)
        key = rig.add({rig.text[0]: "on page one", rig.text[1]: "old"})
        rig.fill(rig.many)
        pages = rig.open().pull(Query(rig.table, rig.facts.fields))
        first = next(pages)
        if first.resume is None:
            not_applicable("everything comes on one page")
        rig.edit(key, {rig.text[1]: "new"})
        try:
            cursor = pull(rig, resume=first.resume).cursor
        except CursorExpired:
            return
        assert one(rig, "on page one", pull(rig, since=cursor)).fields[rig.text[1]] == "new"

    # -------------------------------------------------------------------------- C8

    def test_c08_a_key_that_stands_twice_is_delivered_twice(self, rig: Rig) -> None:
        if can(rig).identity is not Identity.CELL:
            not_applicable(f"the identity is {can(rig).identity}: no key can stand twice")
        key = rig.add_twice({rig.text[0]: "x"})
        assert [r.key for r in pull(rig).live].count(key) == 2
        assert [r.key for r in rig.open().fetch(rig.table, [key], rig.facts.fields)] == [key, key]

    # -------------------------------------------------------------------------- C9

    def test_c09_the_fields_are_those_asked_for(self, rig: Rig) -> None:
        key = rig.add({rig.text[0]: "x", rig.text[1]: "y"})
        pulled = pull(rig, fields=rig.text[:2])
        assert set(pulled.records[0].fields) == set(rig.text[:2])
        assert pulled.end.visible == frozenset(rig.text[:2])
        fetched = list(rig.open().fetch(rig.table, [key], rig.text[1:2]))
        assert [dict(r.fields) for r in fetched if r.state is State.LIVE] in ([{rig.text[1]: "y"}], [])

    def test_c09_empty_is_none_and_filler_is_as_described(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "x"})
        shown = one(rig, "x").fields
        for name in rig.text[1:]:
            assert name in shown, "an empty field is shown as None, not left out"
            assert shown[name] is None
        blanks = {field.id: field.blank for field in described(rig).fields}
        for name, value in shown.items():
            assert value not in ("", ()) or value == blanks.get(name), f"filler for empty in {name}"

    def test_c09_what_is_not_visible_is_missing(self, rig: Rig) -> None:
        need(rig, "hide")
        rig.add({rig.text[0]: "x", rig.text[1]: "secret"})
        rig.hide(rig.text[1])
        pulled = pull(rig)
        assert rig.text[1] not in one(rig, "x", pulled).fields
        assert rig.text[1] not in pulled.end.visible
        assert rig.text[0] in pulled.end.visible

    # -------------------------------------------------------------------------- C10

    @pytest.mark.parametrize("sample", SAMPLES, ids=[ascii(s) for s in SAMPLES])
    def test_c10_text_arrives_as_it_was_typed(self, rig: Rig, sample: str) -> None:
        if sample in rig.unheld:
            not_applicable(rig.unheld[sample])
        rig.add({rig.text[0]: "x", rig.text[1]: sample})
        assert one(rig, "x").fields[rig.text[1]] == sample

    @pytest.mark.parametrize("sample", SAMPLES, ids=[ascii(s) for s in SAMPLES])
    def test_c10_text_returns_as_it_was_typed(self, rig: Rig, sample: str) -> None:
        if sample in rig.unheld:
            not_applicable(rig.unheld[sample])
        demand(rig, Op.UPDATE)
        rig.add({rig.text[0]: "x"})
        receipt = write_one(rig, update(one(rig, "x"), {rig.text[1]: sample}))
        assert receipt.outcome is Outcome.DONE, receipt
        assert inside(rig, "x")[rig.text[1]] == sample
        assert one(rig, "x").fields[rig.text[1]] == sample

    def test_c10_no_value_is_a_float(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "12.50", rig.text[1]: "1.1"})
        assert not floats(value for record in pull(rig).records for value in record.fields.values())

    def test_c10_what_cannot_be_read_is_damaged_and_stops_nothing_else(self, rig: Rig) -> None:
        need(rig, "damage")
        rig.add({rig.text[0]: "whole"})
        key = rig.add({rig.text[0]: "x", rig.text[1]: "y"})
        field = rig.damage(key)
        pulled = pull(rig)
        assert any(isinstance(record.fields.get(field), Damaged) for record in pulled.live)
        assert one(rig, "whole", pulled).state is State.LIVE

    # -------------------------------------------------------------------------- C11

    @pytest.mark.parametrize("day", [date(2026, 1, 1), date(1985, 3, 5), date(2024, 2, 29), date(1900, 3, 1)])
    def test_c11_a_date_does_not_move(self, rig: Rig, day: date) -> None:
        need(rig, "date_field")
        field = rig.date_field()
        key = rig.add({rig.text[0]: "x"})
        rig.type_date(key, day)
        assert one(rig, "x").fields[field] == day
        if Op.UPDATE in can(rig).ops:
            other = day.replace(year=day.year + 4)
            assert write_one(rig, update(one(rig, "x"), {field: other})).outcome is Outcome.DONE
            assert one(rig, "x").fields[field] == other

    def test_c11_a_naive_time_is_read_in_the_zone_of_the_source(self, rig: Rig) -> None:
        need(rig, "datetime_field", "type_clock")
        key = rig.add({rig.text[0]: "x"})
        rig.type_clock(key, datetime(2026, 3, 1, 9, 30))  # noqa: DTZ001 - a wall clock
        shown = one(rig, "x").fields[rig.datetime_field()]
        assert isinstance(shown, datetime)
        assert shown.tzinfo is not None, "a datetime is aware"
        assert shown == datetime(2026, 3, 1, 9, 30, tzinfo=ZoneInfo(rig.timezone))

    # -------------------------------------------------------------------------- C12

    def test_c12_what_may_not_be_read_is_never_called_deleted(self, rig: Rig) -> None:
        need(rig, "forbid")
        keys = [rig.add({rig.text[0]: f"x{n}"}) for n in range(3)]
        connector = rig.open()
        rig.forbid()
        for opened in (connector, None):
            with suppress(SourceError):
                fetched = (opened or rig.open()).fetch(rig.table, keys, rig.facts.fields)
                assert not [r for r in fetched if r.state is State.DELETED], "forbidden is not deleted"
            with suppress(SourceError):
                assert not [r for r in pull(rig, opened).records if r.state is State.DELETED]

    def test_c12_what_another_filter_hides_is_never_called_deleted(self, rig: Rig) -> None:
        need(rig, "other_scope")
        key = rig.add({rig.text[0]: "x"})
        rig.add({rig.text[0]: "y"})
        with suppress(SourceError):
            fetched = rig.other_scope().fetch(rig.table, [key], rig.facts.fields)
            assert not [r for r in fetched if r.state is State.DELETED], "filtered is not deleted"

    def test_c12_an_end_is_confirmed_where_absence_is_declared(self, rig: Rig) -> None:
        table = can(rig)
        if table.identity is Identity.NONE:
            not_applicable("without keys nobody can ask for a record")
        key = rig.add({rig.text[0]: "x"})
        stays = rig.add({rig.text[0]: "stays"})
        if any(record.place for record in pull(rig).live):
            not_applicable("what people type has no key yet")
        rig.remove(key)
        found = {r.key: r.state for r in rig.open().fetch(rig.table, [key, stays], rig.facts.fields)}
        assert found.get(stays) is State.LIVE
        if table.absence:
            assert found.get(key) is State.DELETED
        else:
            assert found.get(key) in (None, State.DELETED)

    # -------------------------------------------------------------------------- C13

    def test_c13_a_merged_record_says_where_it_went(self, rig: Rig) -> None:
        need(rig, "merge")
        loser, winner = rig.add({rig.text[0]: "loser"}), rig.add({rig.text[0]: "winner"})
        rig.merge(loser, winner)
        found = [r for r in rig.open().fetch(rig.table, [loser], rig.facts.fields) if r.key == loser]
        assert [(r.state, r.into) for r in found] == [(State.MOVED, winner)]
        pulled = [r for r in pull(rig).records if r.key == loser]
        assert all((r.state, r.into) == (State.MOVED, winner) for r in pulled), "a pull shows it alive"

    # -------------------------------------------------------------------------- C14

    def test_c14_an_end_arrives_as_a_state(self, rig: Rig) -> None:
        if not can(rig).deletions:
            not_applicable("`deletions` is not declared")
        key = rig.add({rig.text[0]: "x"})
        rig.add({rig.text[0]: "stays"})
        cursor = pull(rig).cursor
        rig.remove(key)
        assert [r.state for r in pull(rig, since=cursor).records if r.key == key] == [State.DELETED]

    def test_c14_an_archived_record_is_still_fetched(self, rig: Rig) -> None:
        if not can(rig).deletions:
            not_applicable("`deletions` is not declared")
        need(rig, "archive")
        key = rig.add({rig.text[0]: "x"})
        rig.archive(key)
        assert [r.state for r in rig.open().fetch(rig.table, [key], rig.facts.fields)] == [State.ARCHIVED]

    # -------------------------------------------------------------------------- C15

    def test_c15_every_edit_gives_another_version(self, rig: Rig) -> None:
        key = rig.add({rig.text[0]: "x", rig.text[1]: "0"})
        versions = [one(rig, "x").version]
        if versions == [None]:
            not_applicable("the table has no versions")
        for n in range(1, 4):
            rig.edit(key, {rig.text[1]: str(n)})
            versions.append(one(rig, "x").version)
        told = [version for version in versions if version is not None]
        assert len(set(told)) == len(told), "an edit left the version as it was"

    def test_c15_our_own_writes_give_another_version_too(self, rig: Rig) -> None:
        demand(rig, Op.UPDATE)
        rig.add({rig.text[0]: "x", rig.text[1]: "0"})
        before = one(rig, "x")
        if before.version is None:
            not_applicable("the table has no versions")
        write_one(rig, update(before, {rig.text[1]: "1"}))
        assert one(rig, "x").version != before.version

    # -------------------------------------------------------------------------- C16

    def test_c16_another_filter_view_or_account_is_another_scope(self, rig: Rig) -> None:
        need(rig, "other_scope")
        rig.fill(2)
        assert pull(rig).end.scope == pull(rig).end.scope
        assert pull(rig).end.scope != pull(rig, rig.other_scope()).end.scope

    def test_c16_describe_shows_what_these_credentials_see(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "x"})
        assert set(rig.text) <= {field.id for field in described(rig).fields}
        need(rig, "hide")
        rig.hide(rig.text[1])
        assert rig.text[1] not in {field.id for field in described(rig).fields}

    def test_c16_the_table_is_listed(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "x"})
        assert rig.table in rig.open().tables()
        assert described(rig).id == rig.table
