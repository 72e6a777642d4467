"""The stage of the five systems' tests: the example's workspace on a clock of its own, troubles at random, and the truth."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import openpyxl

from examples.five_systems import systems
from examples.five_systems.systems import FIELDS, PLACES, Customer, Systems
from sandbox.google_grid import typed
from sandbox.server import Fake, Trouble
from sync.run import Outcome
from tests.fakes_stage import Stage

WORKSPACE: Final = Path(systems.__file__).parent / "workspace"
TROUBLES: Final = tuple(one for one in Trouble if one is not Trouble.SLOW)
JOB: Final = "agree"


@dataclass
class Five(Stage):
    """dice: where troubles come from, None for none; often: which share of the requests meets one."""

    seed: int = 0
    count: int = 8
    dice: random.Random | None = None
    often: float = 0.06
    met: list[tuple[str, Trouble | str]] = field(default_factory=list)

    def open(self, setenv: Callable[[str, str], None]) -> None:
        self.known: list[Customer] = systems.customers(self.seed, self.count)
        shutil.copytree(WORKSPACE, self.folder, dirs_exist_ok=True)
        self.systems = Systems(self.folder, self.now)
        self.systems.build(self.known)
        for place, fake in self.systems.fakes.items():
            self.add(fake)
            self._troubled(place, fake)
        for name, value in self.systems.environment().items():
            setenv(name, value)

    def _troubled(self, place: str, fake: Fake) -> None:
        answer = fake.handle

        def handle(call: Any) -> Any:
            if self.dice is not None and self.dice.random() < self.often:
                self._trouble(place, fake, call.method, call.path)
            return answer(call)

        fake.handle = handle  # type: ignore[method-assign]

    def _trouble(self, place: str, fake: Any, method: str, path: str) -> None:
        assert self.dice is not None
        expire = getattr(fake, "expire", None) or getattr(fake, "expire_tokens", None)
        if expire is not None and self.dice.random() < 0.15:
            expire()
            self.met.append((place, "expired"))
            return
        what = self.dice.choice(TROUBLES)
        fake.order(what, method, f"^{re.escape(path)}$")
        self.met.append((place, what))

    @contextmanager
    def moody(self, dice: random.Random) -> Iterator[None]:
        """For one run somebody has no right to a table, or is shown nothing of it, as if it were empty."""
        fakes = self.systems.fakes
        moods: dict[str, tuple[set[str], str]] = {
            "zoho denied": (fakes["zoho"].denied, dice.choice(("Accounts", "Contacts"))),
            "zoho blind": (fakes["zoho"].blind, dice.choice(("Accounts", "Contacts"))),
            "airtable denied": (fakes["airtable"].denied, dice.choice(("tblCompanies00001", "tblPeople00000001"))),
            "fx denied": (fakes["fx"].denied, dice.choice(("AccountObj", "ContactObj"))),
        }
        chosen = dice.choice(sorted(moods))
        kept, name = moods[chosen]
        self.met.append((chosen, name))
        kept.add(name)
        try:
            yield
        finally:
            kept.discard(name)

    # -------------------------------------------------------------------------- people

    def types(self, dice: random.Random) -> None:
        """Somebody types a new title for a contact somewhere, never the same contact twice."""
        left = [n for n, one in enumerate(self.known) if not one.values["title"].startswith("新任")]
        at, place = dice.choice(left), dice.choice(PLACES)
        one = self.known[at]
        title = f"新任{at:02d}"
        _EDITS[place](self.systems, one.values["name"], title)
        where = {**one.where, place: (*one.where.get(place, ()), "title")}
        self.known[at] = Customer({**one.values, "title": title}, where)

    # -------------------------------------------------------------------------- truth

    def demand_agreed(self) -> None:
        """Each place shows each customer exactly once, with everything that any of them knew."""
        wanted = sorted(_line(one) for one in systems.expected(self.known))
        firms = sorted(one.values["company"] for one in self.known)
        for place in PLACES:
            assert sorted(_line(one) for one in self.systems.shown(place)) == wanted, place
            assert sorted(self.systems.companies(place)) == firms, place

    def until_calm(self, most: int = 8) -> Outcome:
        """Runs until a plan is empty; what is waited for by a person, or fails, is told."""
        for _ in range(most):
            planned = self.run(JOB)
            assert not planned.failures, planned.failures
            if not planned.header["changes"]:
                return planned
        raise AssertionError("\n".join(self.lines(planned)))


def _line(shown: dict[str, str]) -> list[str]:
    """Phones without the form in which a place keeps them."""
    return [shown[name].replace(" ", "") for name in FIELDS]


def _in_book(made: Systems, name: str, title: str) -> None:
    book = openpyxl.load_workbook(made.book)
    page = book.worksheets[0]
    names = [cell.value for cell in page[1]]
    row = next(row for row in page.iter_rows(min_row=2) if row[names.index("联系人")].value == name)
    row[names.index("职务")].value = title
    book.save(made.book)


def _in_airtable(made: Systems, name: str, title: str) -> None:
    fake = made.fakes["airtable"]
    people = fake.bases["appFiveSystems001"].tables[1]
    key = next(one.id for one in people.records.values() if one.cells["fldPersonName0001"] == name)
    fake.edit(people, key, {"fldPersonTitle001": title})


def _in_sheet(made: Systems, name: str, title: str) -> None:
    page = made.fakes["sheet"].files["five-systems-customers"].sheets[0]
    line = next(y for y in range(1, page.rows) if 3 in page.line(y) and page.line(y)[3].plain() == name)
    page.put(line, 6, typed(title))


def _in_zoho(made: Systems, name: str, title: str) -> None:
    contacts = made.fakes["zoho"].modules["Contacts"]
    key = next(k for k, row in contacts.rows.items() if f"{row['Last_Name']}{row['First_Name']}" == name)
    said = contacts.update({"id": key, "Title": title}, 0, systems.WANG, None)
    assert said["status"] == "success", said


def _in_fx(made: Systems, name: str, title: str) -> None:
    fake = made.fakes["fx"]
    rows = fake.things["ContactObj"].rows
    fake.edit("ContactObj", next(key for key, row in rows.items() if row["name"] == name), {"job_title": title})


_EDITS: Final[Mapping[str, Callable[[Systems, str, str], None]]] = {
    "book": _in_book,
    "airtable": _in_airtable,
    "sheet": _in_sheet,
    "zoho": _in_zoho,
    "fx": _in_fx,
}
