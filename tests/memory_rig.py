"""How does the contract suite reach behind the memory connector?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

from connectors.contract import (
    Capabilities,
    Check,
    Connector,
    Damaged,
    Field,
    Identity,
    Listing,
    LookUp,
    Op,
    Pace,
    Repeat,
    TableFacts,
    Value,
)
from connectors.memory import BEST, SPEC, Fault, Store
from tests.rig import Rig

_names = itertools.count(1)
PACE = Pace("memory", 100, 1.0)
NATIVE = replace(BEST, page=2, batch=dict.fromkeys(Op, 2), paces=(PACE,))
DRIFTING = replace(
    NATIVE,
    listing=Listing.DRIFTING,
    deletions=False,
    absence=False,
    checks={},
    repeat=Repeat.FIND,
    keyed_for=60.0,
    lag=30.0,
    clock=False,
)
SHEET = replace(
    BEST,
    ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
    deletions=False,
    identity=Identity.CELL,
    checks={Op.UPDATE: Check.FIELDS, Op.DELETE: Check.RECORD},
    page=0,
    batch={Op.CREATE: 0, Op.UPDATE: 0, Op.DELETE: 0},
    clock=False,
    paces=(PACE,),
)
KEYLESS = replace(SHEET, identity=Identity.NONE, absence=False, repeat=Repeat.NOTHING, checks=BEST.checks)
FIELDS = (
    Field("id", "Id"),
    Field("name", "Name", findable=True),
    Field("phone", "Phone", findable=True, max_length=5000),
    Field("note", "Note"),
    Field("level", "Level", "choice", options=(("1", "VIP"), ("2", "Normal"))),
    Field("company", "Company", "lookup", refers=("companies",)),
    Field("owner", "Owner", "staff", own_call=True),
    Field("born", "Born", "date"),
    Field("serial", "Serial", on_update=False),
    Field("offbook_id", "Offbook"),
)


class MemoryRig(Rig):
    spec = SPEC
    table = "contacts"
    text = ("name", "phone", "note")
    cannot: ClassVar[Mapping[str, str]] = {
        "datetime_field": "the store holds aware times only",
        "backups": "the store is no file",
        "open_elsewhere": "the store is no file",
        "during_write": "the store is no file",
    }

    def __init__(self, can: Capabilities = NATIVE, *, answers: bool = True) -> None:
        super().__init__()
        self.store = Store(f"rig {next(_names)}")
        self.crowd = MemoryRig.crowd if can is NATIVE else 1_201  # by pages of two, ten thousand are read once
        self.companies = self.store.table("companies", "name")
        self.companies.add({"name": "宇润"})
        self.contacts = self.store.table("contacts", *FIELDS, can=can)
        self.contacts.answers = answers
        self.contacts.key_field = "id"
        self.facts = TableFacts(
            tuple(f.id for f in FIELDS), "id" if can.identity is Identity.CELL else None, self._token(can)
        )
        self._ids = itertools.count(1)
        if can.identity is not Identity.NATIVE:
            alike = {"merge": "sheets merge nothing", "own_call_field": "a sheet is written at once"}
            alike["loop_pull"] = "a sheet is one page"
            self.cannot = {**self.cannot, **alike}  # type: ignore[misc]
        else:
            self.cannot = {**self.cannot, "add_twice": "the store guards its keys"}  # type: ignore[misc]

    @staticmethod
    def _token(can: Capabilities) -> str | None:
        return "offbook_id" if can.identity is Identity.CELL else None

    def options(self) -> Mapping[str, object]:
        return {"store": self.store.name}

    def add(self, values: Mapping[str, Value]) -> str:
        more = {"id": f"k{next(self._ids)}"} if self.contacts.can.identity is Identity.CELL else {}
        return self.contacts.add({**more, **values})

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.contacts.edit(key, values)

    def remove(self, key: str) -> None:
        self.contacts.remove(key)

    def rows(self) -> list[Mapping[str, Value]]:
        return list(self.contacts.all().values())

    def state(self) -> object:
        rows = [(r.key, dict(r.values), r.state, r.seq, r.token) for r in (*self.contacts.rows, *self.contacts.ended)]
        return rows, self.companies.all()

    def fill(self, count: int) -> None:
        self.store.step = timedelta(0)
        super().fill(count)
        self.store.step = timedelta(seconds=1)

    def break_pull(self) -> None:
        self.store.fault(Fault.BREAKS)

    def cut_pull(self) -> None:
        self.store.fault(Fault.CUT)

    def loop_pull(self) -> None:
        self.store.fault(Fault.LOOPS)

    def add_late(self, values: Mapping[str, Value]) -> str:
        self.store.time -= timedelta(days=1)
        return self.add(values)

    def other_scope(self) -> Connector:
        """The view of another account: it sees the later half of the keys."""
        self.contacts.view = "other"
        seen = [row.id for row in self.contacts.rows][len(self.contacts.rows) // 2 :]
        self.contacts.shown = lambda row: row.id in seen
        return self.open()

    def hide(self, field: str) -> None:
        self.contacts.hidden.add(field)

    def damage(self, key: str) -> str:
        self.contacts.edit(key, {"note": Damaged("scientific", "1.38E+10")})
        return "note"

    def date_field(self) -> str:
        return "born"

    def type_date(self, key: str, day: date) -> None:
        self.edit(key, {"born": day})

    def forbid(self) -> None:
        self.contacts.denied = True

    def merge(self, loser: str, winner: str) -> None:
        self.contacts.merge(loser, winner)

    def archive(self, key: str) -> None:
        self.contacts.archive(key)

    def add_twice(self, values: Mapping[str, Value]) -> str:
        self.contacts.add({"id": "twice", **values})
        return self.contacts.add({"id": "twice", **values, "note": "another"})

    def lose_answer(self, op: Op) -> None:
        self.store.fault(Fault.LOST_ANSWER, op=op)

    def break_write(self) -> None:
        self.store.fault(Fault.BREAKS)

    def bad(self) -> tuple[str, Value]:
        return "serial", "4711"

    def taste(self, field: str) -> None:
        self.contacts.upper.add(field)

    def own_call_field(self) -> str:
        return "owner"

    def own_call_value(self) -> Value:
        return LookUp("@staff", "3")

    def lose_own_call(self) -> None:
        self.store.fault(Fault.LOST_OWN_CALL)

    def shuffle(self) -> None:
        self.contacts.sort("name", descending=True)

    def copy_row(self, key: str) -> None:
        row = self.contacts.row(key)
        self.contacts.add(row.values, at=0)

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        return self.contacts.add(values)

    def choice_field(self) -> str:
        return "level"

    def lookup_field(self) -> str:
        return "company"

    def targets(self) -> object:
        return self.companies.all()

    def slow_job(self) -> None:
        self.contacts.merge_takes = 60.0

    def fired(self) -> int:
        return self.contacts.fired

    def requests(self) -> int:
        return self.store.requests

    def throttle(self) -> None:
        self.store.fault(Fault.THROTTLED)
