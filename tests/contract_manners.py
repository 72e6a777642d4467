"""The promises of good manners: C31-C36."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from unittest.mock import patch

import pytest

from connectors.contract import (
    Capabilities,
    Change,
    Check,
    Identity,
    Listing,
    Op,
    Outcome,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Stopped,
)
from tests.contract_help import can, create, demand, new_token, one, pull, update, write, write_one
from tests.contract_write import collect, landed, three
from tests.rig import Rig, need, not_applicable

CUSTOMER = "Planted-Customer-4711"


def everything(rig: Rig) -> None:
    """One of each call, with a write where the table takes one."""
    key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
    connector = rig.open()
    connector.check()
    connector.tables()
    connector.describe(rig.table)
    pull(rig, connector)
    list(connector.fetch(rig.table, [key], rig.facts.fields))
    if Op.CREATE in can(rig).ops:
        write_one(rig, create(rig, "y"), connector)
    if Op.UPDATE in can(rig).ops:
        write_one(rig, update(one(rig, "x"), {rig.text[1]: "new"}), connector)
    connector.close()


class Manners:
    # -------------------------------------------------------------------------- C31

    def test_c31_the_gate_is_entered_before_every_request(self, rig: Rig) -> None:
        need(rig, "requests")
        before = rig.gate.entered - rig.requests()
        everything(rig)
        assert rig.requests() > 0
        assert rig.gate.entered - rig.requests() >= before, "a request went out without the gate"

    def test_c31_nothing_sleeps_but_the_gate(self, rig: Rig) -> None:
        def no(_: float) -> None:
            raise AssertionError("time.sleep was called; Gate.wait is the only sleep")

        with patch.object(time, "sleep", no):
            everything(rig)

    def test_c31_a_penalty_goes_to_the_gate(self, rig: Rig) -> None:
        need(rig, "throttle")
        rig.add({rig.text[0]: "x"})
        connector = rig.open()
        rig.throttle()
        with suppress(SourceError):
            pull(rig, connector)
        assert rig.gate.pauses, "the vendor's penalty was not handed to Gate.pause"

    # -------------------------------------------------------------------------- C32

    def test_c32_a_stopped_run_reads_and_writes_nothing(self, rig: Rig) -> None:
        changes = three(rig) if Op.UPDATE in can(rig).ops else []
        connector = rig.open()
        before = rig.state()
        rig.gate.stop_after = rig.gate.entered
        with pytest.raises(Stopped):
            list(connector.pull(Query(rig.table, rig.facts.fields)))
        if changes:
            with pytest.raises(Stopped):
                list(connector.write(rig.table, changes))
            assert rig.state() == before, "something was written after the stop"

    @pytest.mark.parametrize("requests", range(1, 6))
    def test_c32_receipts_of_what_was_sent_have_come_before_the_stop(self, rig: Rig, requests: int) -> None:
        demand(rig, Op.UPDATE)
        changes = three(rig)
        names = dict(zip((c.id for c in changes), "xyz"))
        rig.gate.stop_after = rig.gate.entered + requests
        receipts: list[Receipt] = []
        with suppress(Stopped):
            collect(rig, changes, receipts)
        rig.gate.stop_after = None
        told = {names[r.change] for r in receipts if r.outcome in (Outcome.DONE, Outcome.UNKNOWN)}
        assert landed(rig) <= told, "something was sent, and no receipt says so"

    # -------------------------------------------------------------------------- C33

    def test_c33_only_write_writes(self, rig: Rig) -> None:
        keys = [rig.add({rig.text[0]: text, rig.text[1]: "y"}) for text in ("x", "z")]
        before = rig.state()
        connector = rig.open()
        connector.check()
        connector.tables()
        connector.describe(rig.table)
        pulled = pull(rig, connector)
        if pulled.end.cursor is not None:
            pull(rig, connector, since=pulled.end.cursor)
        list(connector.fetch(rig.table, keys, rig.facts.fields))
        with suppress(SourceRefused):
            list(connector.find(rig.table, ["x"], rig.facts.fields, rig.text[0]))
        with suppress(SourceRefused):
            list(connector.find(rig.table, [new_token()], rig.facts.fields))
        connector.close()
        assert rig.state() == before

    # -------------------------------------------------------------------------- C34

    def test_c34_no_secret_and_no_customer_is_in_what_is_said(self, rig: Rig) -> None:
        said: list[str] = []
        with _logs(said):
            self._troubles(rig, said)
        text = "\n".join(said)
        for secret in rig.secrets:
            assert secret not in text, "a secret was said"
        assert CUSTOMER not in text, "a customer's value was said"

    def _troubles(self, rig: Rig, said: list[str]) -> None:
        """All that a connector can be brought to say: conflicts, refusals, findings, and errors."""
        key = rig.add({rig.text[0]: CUSTOMER, rig.text[1]: CUSTOMER})
        connector = rig.open()
        said.append(repr(connector))
        record = one(rig, CUSTOMER)
        if Op.UPDATE in can(rig).ops:
            stale = update(record, {rig.text[1]: f"{CUSTOMER}-2"})
            rig.edit(key, {rig.text[1]: f"{CUSTOMER}-3"})
            said += map(_told, write(rig, stale))
            if "bad" not in rig.cannot:
                field, value = rig.bad()
                said += map(_told, write(rig, update(one(rig, CUSTOMER), {field: value})))
        for op in Op:
            try:
                change = Change("c", op, "nobody", {rig.text[0]: CUSTOMER}, expect="0", token=new_token())
                said += map(_told, connector.write(rig.table, [change]))
            except SourceError as error:
                said.append(str(error))
        if "forbid" not in rig.cannot:
            rig.forbid()
        try:
            said += [finding.text for finding in connector.check()]
            list(connector.pull(Query(rig.table, rig.facts.fields)))
        except SourceError as error:
            said.append(str(error))

    # -------------------------------------------------------------------------- C35

    def test_c35_check_finds_nothing_wrong_with_what_works(self, rig: Rig) -> None:
        rig.add({rig.text[0]: "x"})
        assert not [f for f in rig.open().check() if f.level == "error"]

    def test_c35_check_names_what_may_not_be_read_and_where_it_is_granted(self, rig: Rig) -> None:
        need(rig, "forbid")
        rig.add({rig.text[0]: "x"})
        connector = rig.open()
        rig.forbid()
        errors = [f for f in connector.check() if f.level == "error"]
        assert errors, "the table cannot be read, and check() does not say so"
        assert all(f.code and len(f.text) > 20 for f in errors)

    # -------------------------------------------------------------------------- C36

    def test_c36_a_table_can_no_more_than_its_connector(self, rig: Rig) -> None:
        beyond = list(_beyond(can(rig), rig.spec.best))
        assert not beyond, f"beyond SPEC.best: {beyond}"

    def test_c36_an_op_that_is_not_declared_is_refused_before_any_request(self, rig: Rig) -> None:
        key = rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        missing = [op for op in Op if op not in can(rig).ops]
        if not missing:
            not_applicable("the table can do everything")
        connector = rig.open()
        before, entered = rig.state(), rig.gate.entered
        for op in missing:
            change = Change("c", op, None if op is Op.CREATE else key, {rig.text[1]: "new"}, token=new_token())
            with pytest.raises(SourceRefused):
                list(connector.write(rig.table, [change]))
        assert rig.state() == before
        if "requests" not in rig.cannot:
            assert rig.gate.entered == entered, "a request went out"

    def test_c36_what_is_declared_works(self, rig: Rig) -> None:
        """A declared op is not a promise on paper: one change of each kind is done."""
        ops = can(rig).ops
        if Op.CREATE in ops:
            assert write_one(rig, create(rig, "created")).outcome is Outcome.DONE
        rig.add({rig.text[0]: "x", rig.text[1]: "old"})
        record = one(rig, "x")
        for op in (Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE):
            if op in ops:
                after = {rig.text[1]: "new"} if op is Op.UPDATE else {}
                change = replace(update(record, after), op=op)
                receipt = write_one(rig, change)
                assert receipt.outcome is Outcome.DONE, f"{op}: {receipt.detail}"
                record = self._again(rig, receipt.key or record.key)
        assert [row[rig.text[0]] for row in rig.rows()].count("x") == (Op.DELETE not in ops)

    def _again(self, rig: Rig, key: str) -> Record:
        """The record as it is now, archived or not."""
        fetched = list(rig.open().fetch(rig.table, [key], rig.facts.fields))
        shown = fetched or [r for r in pull(rig).live if r.fields.get(rig.text[0]) == "x"]
        return shown[0] if shown else Record(rig.table, key, {})


def _told(receipt: Receipt) -> str:
    return " ".join([receipt.detail, *(why for _, why in receipt.apart.values())])


@contextmanager
def _logs(said: list[str]) -> Iterator[None]:
    """Everything that is logged meanwhile, at any level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        said.append(stream.getvalue())


_LISTING = (Listing.PARTIAL, Listing.DRIFTING, Listing.COMPLETE)
_IDENTITY = (Identity.NONE, Identity.CELL, Identity.NATIVE)
_REPEAT = (Repeat.NOTHING, Repeat.FIND, Repeat.CHOSEN)


def _beyond(table: Capabilities, best: Capabilities) -> Iterator[str]:
    """What a table claims that its connector does not."""
    if not table.ops <= best.ops:
        yield "ops"
    for flag in ("changes", "deletions", "absence", "clock", "quiet"):
        if getattr(table, flag) and not getattr(best, flag):
            yield flag
    if _LISTING.index(table.listing) > _LISTING.index(best.listing):
        yield "listing"
    if _IDENTITY.index(table.identity) > _IDENTITY.index(best.identity):
        yield "identity"
    if _REPEAT.index(table.repeat) > _REPEAT.index(best.repeat):
        yield "repeat"
    if table.keyed_for > best.keyed_for and best.repeat is not Repeat.CHOSEN:  # chosen is keyed for ever
        yield "keyed_for"
    if table.lag < best.lag:
        yield "lag"
    none = Check.NONE
    if any(best.checks.get(op, none) is none for op, check in table.checks.items() if check is not none):
        yield "checks"
