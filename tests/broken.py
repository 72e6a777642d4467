"""Connectors that break one promise each, made from the memory connector: what the contract suite must catch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Connector,
    CursorExpired,
    Finding,
    LookUp,
    Op,
    Outcome,
    Page,
    Query,
    Receipt,
    Record,
    SourceError,
    SourceRefused,
    State,
    Stopped,
    Table,
    Value,
)
from connectors.memory import Store
from tests.memory_rig import MemoryRig


class Proxy:
    """The memory connector unchanged; each breakage overrides what it breaks."""

    def __init__(self, inner: Connector, rig: MemoryRig) -> None:
        self.inner, self.rig = inner, rig

    def check(self) -> Sequence[Finding]:
        return self.inner.check()

    def tables(self) -> Mapping[str, str]:
        return self.inner.tables()

    def describe(self, table: str) -> Table:
        return self.inner.describe(table)

    def pull(self, query: Query) -> Iterator[Page]:
        for page in self.inner.pull(query):
            records = tuple(shown for record in page.records if (shown := self.show(record)))
            yield Page(records, page.resume, page.end and self.end(page.end))

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from (shown for record in self.inner.fetch(table, keys, fields) if (shown := self.show(record)))

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        yield from self.inner.find(table, values, fields, by)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for receipt in self.inner.write(table, [self.send(change) for change in changes]):
            yield self.answer(receipt)

    def close(self) -> None:
        self.inner.close()

    def show(self, record: Record) -> Record | None:
        return record

    def end(self, certificate: Certificate) -> Certificate:
        return certificate

    def send(self, change: Change) -> Change:
        return change

    def answer(self, receipt: Receipt) -> Receipt:
        return receipt

    @property
    def store(self) -> Store:
        return self.rig.store


def _values(record: Record, **changes: Value) -> Record:
    return replace(record, fields={**record.fields, **changes})


# ------------------------------------------------------------------------------ C1-C7: pulling


class CertifiesEveryPage(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        pages = list(self.inner.pull(query))
        yield from (replace(page, end=pages[-1].end) for page in pages)


class HidesTheFailure(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        try:
            yield from self.inner.pull(query)
        except CursorExpired:
            raise
        except SourceError:
            yield Page((), None, Certificate(full=True, complete=True, scope="", visible=frozenset(query.fields)))


class AlwaysComplete(Proxy):
    def end(self, certificate: Certificate) -> Certificate:
        return replace(certificate, complete=True, why="")


class ForgetsWhatWasCut(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        for page in self.inner.pull(query):
            resumed = query.resume is not None and page.end
            yield replace(page, end=replace(page.end, complete=True)) if resumed and page.end else page


class SaysNotWhy(Proxy):
    def end(self, certificate: Certificate) -> Certificate:
        return replace(certificate, why="")


class SkipsEqualTimes(Proxy):
    """Pages by a time that ten thousand records share."""

    def pull(self, query: Query) -> Iterator[Page]:
        seen: dict[object, int] = {}
        for page in super().pull(query):
            kept = []
            for record in page.records:
                seen[record.modified] = seen.get(record.modified, 0) + 1
                if seen[record.modified] <= 9_990:
                    kept.append(record)
            yield replace(page, records=tuple(kept))


class CursorFromTheEnd(Proxy):
    def end(self, certificate: Certificate) -> Certificate:
        if certificate.cursor is None:
            return certificate
        head, _, _ = certificate.cursor.rpartition(".")
        return replace(certificate, cursor=f"{head}.{self.store.seq}")


class SendsTheLastForEver(Proxy):
    """`since` is met by everything at or after it."""

    def pull(self, query: Query) -> Iterator[Page]:
        if query.since is not None and query.resume is None:
            head, _, tail = query.since.rpartition(".")
            query = replace(query, since=f"{head}.{int(tail) - 1}") if tail.isdigit() else query
        yield from self.inner.pull(query)


class SaysComplete(Proxy):
    """A listing by offset, called complete."""

    def describe(self, table: str) -> Table:
        described = super().describe(table)
        return replace(described, can=replace(described.can, listing=self.rig.spec.best.listing))


class NothingChanged(Proxy):
    """Whatever the cursor is, nothing changed."""

    def pull(self, query: Query) -> Iterator[Page]:
        try:
            yield from self.inner.pull(query)
        except CursorExpired:
            visible = frozenset(query.fields)
            yield Page((), None, Certificate(full=False, complete=True, scope="", visible=visible, cursor=query.since))


class AlwaysFull(Proxy):
    def end(self, certificate: Certificate) -> Certificate:
        return replace(certificate, full=True)


class SaysNotHowToGoOn(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        yield from (replace(page, resume=None) for page in self.inner.pull(query))


class LosesAPageOnResuming(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        pages = list(self.inner.pull(query))
        yield from pages[1:] if query.resume is not None and len(pages) > 1 else pages


# ------------------------------------------------------------------------------ C8-C16: what is shown


class EachKeyOnce(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        seen: set[str] = set()
        for page in self.inner.pull(query):
            kept = tuple(r for r in page.records if r.key not in seen and not seen.add(r.key))  # type: ignore[func-returns-value]
            yield replace(page, records=kept)


class LeavesEmptyOut(Proxy):
    def show(self, record: Record) -> Record:
        return replace(record, fields={k: v for k, v in record.fields.items() if v is not None})


class EmptyIsText(Proxy):
    def show(self, record: Record) -> Record:
        return replace(record, fields={k: "" if v is None else v for k, v in record.fields.items()})


class HiddenLooksEmpty(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        for page in self.inner.pull(query):
            records = tuple(_values(r, **{n: r.fields.get(n) for n in query.fields}) for r in page.records)
            yield replace(page, records=records)


class ShowsEverything(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        yield from self.inner.pull(replace(query, fields=tuple(self.rig.facts.fields)))


class Numericises(Proxy):
    """What gspread did to phones."""

    def show(self, record: Record) -> Record:
        fields = {k: int(v) if isinstance(v, str) and v.lstrip("+").isdigit() else v for k, v in record.fields.items()}
        return replace(record, fields=fields)


class ReadsFloats(Proxy):
    def show(self, record: Record) -> Record:
        phone = record.fields.get("phone")
        is_number = isinstance(phone, str) and phone.replace(".", "", 1).isdigit()
        return _values(record, phone=float(str(phone))) if is_number else record  # type: ignore[arg-type]


class EscapesFormulas(Proxy):
    """A guard against formula injection that changes what people typed."""

    def send(self, change: Change) -> Change:
        safe = {k: f"'{v}" if isinstance(v, str) and v[:1] in "=+-@" else v for k, v in change.after.items()}
        return replace(change, after=safe)


class DamagedIsEmpty(Proxy):
    def show(self, record: Record) -> Record:
        return _values(record, note=None) if "note" in record.fields else record


class BirthdayOneDayEarly(Proxy):
    def show(self, record: Record) -> Record:
        born = record.fields.get("born")
        return _values(record, born=born - timedelta(days=1)) if isinstance(born, date) else record


class ForbiddenIsDeleted(Proxy):
    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        found = list(self.inner.fetch(table, keys, fields))
        yield from found
        missing = set(keys) - {record.key for record in found}
        yield from (Record(table, key, {}, state=State.DELETED) for key in sorted(missing))


class NeverConfirmsAnEnd(Proxy):
    def show(self, record: Record) -> Record | None:
        return None if record.state is State.DELETED else record


class MergedLooksAlive(Proxy):
    """A read of the old key silently answers with the other record."""

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        for record in self.inner.fetch(table, keys, fields):
            if record.state is State.MOVED and record.into:
                yield from (replace(r, key=record.key) for r in self.inner.fetch(table, [record.into], fields))
            else:
                yield record


class ArchivedVanishes(Proxy):
    def show(self, record: Record) -> Record | None:
        return None if record.state is State.ARCHIVED else record


class OneVersion(Proxy):
    def show(self, record: Record) -> Record:
        return replace(record, version="1")


class VersionByTheHour(Proxy):
    """Whole hours, which a later edit could still bear."""

    def show(self, record: Record) -> Record:
        return replace(record, version=str(record.modified)[:13])


class OneScope(Proxy):
    def end(self, certificate: Certificate) -> Certificate:
        return replace(certificate, scope="contacts")


class DescribesTheHidden(Proxy):
    def describe(self, table: str) -> Table:
        return replace(super().describe(table), fields=tuple(self.rig.contacts.fields.values()))


# ------------------------------------------------------------------------------ C17-C30: writing


class ForgetsAReceipt(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        yield from list(self.inner.write(table, changes))[:-1]


class ReceiptsAtTheEnd(Proxy):
    """Nothing is told of what was sent before it failed."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        yield from list(self.inner.write(table, changes))


class RetriesBlindly(Proxy):
    """A vendor library's own retries: the create is sent again, without its token."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for change in changes:
            for receipt in self.inner.write(table, [change]):
                if receipt.outcome is Outcome.UNKNOWN:
                    yield from self.inner.write(table, [replace(change, token=None)])
                else:
                    yield receipt


class DropsTheToken(Proxy):
    def send(self, change: Change) -> Change:
        return replace(change, token=None)


class CallsADuplicateDone(Proxy):
    def answer(self, receipt: Receipt) -> Receipt:
        return replace(receipt, outcome=Outcome.DONE) if receipt.outcome is Outcome.DUPLICATE else receipt


class FindsWhatBegins(Proxy):
    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        yield from self.inner.find(table, values, fields, by)
        for row in self.rig.contacts.rows if by else ():
            yield from (
                (value, self.rig.contacts.record(row, fields))
                for value in values
                if str(row.values[str(by)]).startswith(value) and row.values[str(by)] != value
            )


class ShowsAnotherKey(Proxy):
    def answer(self, receipt: Receipt) -> Receipt:
        return replace(receipt, key="0")


class ChecksNothing(Proxy):
    """Last writer wins: whatever stands there now is what was expected."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for change in changes:
            now = [r.version for r in self.inner.fetch(table, [change.key], []) if change.key] if change.key else []
            yield from self.inner.write(table, [replace(change, expect=now[0] if now else None, before={})])


class WritesInSpiteOfConflict(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for receipt in self.inner.write(table, changes):
            if receipt.outcome is Outcome.CONFLICT and receipt.key in self.rig.contacts.all():
                change = next(c for c in changes if c.id == receipt.change)
                self.rig.contacts.edit(receipt.key, change.after)
            yield receipt


class WritesTheWholeRecord(Proxy):
    """What is not in `after` is emptied (an ORM's replace)."""

    def send(self, change: Change) -> Change:
        if change.op is not Op.UPDATE:
            return change
        return replace(change, after={"phone": None, "note": None, **change.after})


class WritesTextForNone(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for change in changes:
            after = {k: "-" if v is None else v for k, v in change.after.items()}
            yield from self.inner.write(table, [replace(change, after=after)])


class OneBadStopsAll(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        if any("serial" in change.after for change in changes):
            yield from (Receipt(change.id, Outcome.REJECTED, change.key, apart=_AT_FAULT) for change in changes)
        else:
            yield from self.inner.write(table, changes)


_AT_FAULT = {"serial": (Outcome.REJECTED, "read-only")}


class NamesNoField(Proxy):
    def answer(self, receipt: Receipt) -> Receipt:
        return replace(receipt, apart={})


class CallsHalfRejected(Proxy):
    """The rest was written, and the receipt says that nothing was."""

    def answer(self, receipt: Receipt) -> Receipt:
        return replace(receipt, outcome=Outcome.REJECTED) if receipt.apart else receipt


class EchoesWhatWasSent(Proxy):
    """The receipt shows what we sent, not what is stored."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for change in changes:
            for receipt in self.inner.write(table, [change]):
                record = receipt.record
                yield replace(receipt, record=record and _values(record, **change.after))


class HidesTheLaterRequest(Proxy):
    def answer(self, receipt: Receipt) -> Receipt:
        certain = {k: v for k, v in receipt.apart.items() if v[0] is not Outcome.UNKNOWN}
        return replace(receipt, apart=certain)


class WritesByPosition(Proxy):
    """The row that now stands where the one that was read stood."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        contacts = self.rig.contacts
        for change in changes:
            if change.op is Op.CREATE or not (change.key or "").startswith("#"):
                yield from self.inner.write(table, [change])
                continue
            row = contacts.rows[int((change.key or "#1")[1:]) - 1]
            contacts.edit(row, change.after)
            yield Receipt(change.id, Outcome.DONE, change.key, contacts.record(row, contacts.fields))


class WritesTheFirstOfTwo(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        contacts = self.rig.contacts
        for change in changes:
            rows = [row for row in contacts.rows if contacts.key_of(row) == change.key]
            if change.op is Op.UPDATE and len(rows) > 1:
                contacts.edit(rows[0], change.after)
                yield Receipt(change.id, Outcome.DONE, change.key, contacts.record(rows[0], contacts.fields))
            else:
                yield from self.inner.write(table, [change])


class KeepsTheOldKey(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        keys = {change.id: change.key for change in changes}
        for receipt in self.inner.write(table, changes):
            yield replace(receipt, key=keys[receipt.change] or receipt.key)


class MakesUpOptions(Proxy):
    """What a typecast does."""

    def send(self, change: Change) -> Change:
        level = change.after.get("level")
        field = self.rig.contacts.fields["level"]
        if isinstance(level, str) and level not in {option for option, _ in field.options}:
            self.rig.contacts.fields["level"] = replace(field, options=(*field.options, (level, level)))
        return change


class MakesUpRecords(Proxy):
    def send(self, change: Change) -> Change:
        company = change.after.get("company")
        if isinstance(company, LookUp) and company.key not in self.rig.companies.all():
            self.rig.companies.add({"name": company.label}, key=company.key)
        return change


class WaitsForEver(Proxy):
    """A merge is called done when it was only asked for."""

    def answer(self, receipt: Receipt) -> Receipt:
        return replace(receipt, outcome=Outcome.DONE) if receipt.outcome is Outcome.UNKNOWN else receipt


class FiresWorkflows(Proxy):
    def answer(self, receipt: Receipt) -> Receipt:
        self.rig.contacts.fired += 1
        return receipt


# ------------------------------------------------------------------------------ C31-C36: manners


class PassesTheGate(Proxy):
    def describe(self, table: str) -> Table:
        self.store.requests += 1
        return self.inner.describe(table)


class Sleeps(Proxy):
    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        time.sleep(0.0)
        yield from self.inner.fetch(table, keys, fields)


class KeepsThePenalty(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        yield from self.inner.pull(query)
        self.rig.gate.pauses.clear()


class GoesOnAfterTheStop(Proxy):
    def pull(self, query: Query) -> Iterator[Page]:
        stop, self.rig.gate.stop_after = self.rig.gate.stop_after, None
        yield from self.inner.pull(query)
        self.rig.gate.stop_after = stop


class WritesAfterTheStop(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        try:
            yield from self.inner.write(table, changes)
        except Stopped:
            for change in changes:
                self.rig.contacts.edit(str(change.key), change.after)
            raise


class WritesWhileReading(Proxy):
    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        for record in self.inner.fetch(table, keys, fields):
            self.rig.contacts.edit(record.key, {})
            yield record


class TellsTheCustomer(Proxy):
    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        for change in changes:
            for receipt in self.inner.write(table, [change]):
                yield replace(receipt, detail=f"could not store {dict(change.after)}")


class FindsNothingWrong(Proxy):
    def check(self) -> Sequence[Finding]:
        return ()


class AlwaysComplains(Proxy):
    def check(self) -> Sequence[Finding]:
        return (Finding("error", "odd", "something is wrong somewhere, look at it"),)


class ClaimsMore(Proxy):
    def describe(self, table: str) -> Table:
        described = super().describe(table)
        can: Capabilities = replace(described.can, lag=-1.0)
        return replace(described, can=can)


class IgnoresOtherOps(Proxy):
    """An op that the table has not is answered, not refused."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        try:
            yield from self.inner.write(table, changes)
        except SourceRefused:
            yield from (Receipt(change.id, Outcome.REJECTED, change.key) for change in changes)


class ClaimsToDelete(Proxy):
    """Declares an op and rejects it."""

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        if changes and changes[0].op is Op.DELETE:
            yield from (Receipt(change.id, Outcome.REJECTED, change.key) for change in changes)
        else:
            yield from self.inner.write(table, changes)
