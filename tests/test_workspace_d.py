"""Does the design's workspace d, a Google sheet and HubSpot, run end to end against the two pretended systems?

Only addresses and the place of the key are changed. Customers are made up, and time passes by asking and waiting only.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import OffbookError
from sandbox.google_grid import Sheet, typed
from sandbox.google_sheets import GoogleSheets, Spreadsheet
from sandbox.hubspot import HubSpotFake
from sandbox.server import Trouble
from tests.command_line import call
from tests.fakes_stage import Stage
from tests.google_sheets_rig import ACCOUNT, service

SHIPPED = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces" / "d_sheet_hubspot"
HEADINGS = (
    *("Name", "Email", "Mobile", "Office", "Job title", "Newsletter", "Opt-out"),
    *("Company", "Website", "Machines", "offbook_id"),
)
ROWS = (
    (
        "Anna Smith",
        "anna@harbour.example",
        "+44 7700 900123",
        "",
        "Buyer",
        "Yes",
        "",
        "Harbour Valve Ltd",
        "harbour.example",
        12,
    ),
    ("Ben Jones", "ben@mill.example", "+44 7700 900456", "", "Owner", "No", "", "Mill & Sons", "mill.example", ""),
    ("Carla Diaz", "carla@puerto.example", "", "+34 912 345 678", "", "", "", "Puerto Frío SL", "puerto.example", 3),
)
PEOPLE = ["anna@harbour.example", "ben@mill.example", "carla@puerto.example", "dave@northern.example"]
FIRMS = ["Harbour Valve Ltd", "Mill & Sons", "Northern Pumps", "Puerto Frío SL"]
DAY = 86_400.0

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason="the workspaces of the design are not beside the project")


@dataclass
class Field:
    """The field team's sheet and HubSpot on one stage."""

    stage: Stage
    sheets: GoogleSheets
    hubspot: HubSpotFake

    def settle(self, runs: int = 2) -> None:
        """So many runs, after which nothing is left to do."""
        for _ in range(runs):
            assert not self.stage.run("agree").failures
        last = self.stage.plan("agree")
        assert not last.failures
        assert self.stage.lines(last) == []
        assert last.header["changes"] == 0

    @property
    def sheet(self) -> Sheet:
        return next(iter(self.sheets.files.values())).sheets[0]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The sheet as people see it, by name."""
        lines = [{at: cell.plain() for at, cell in line.items()} for line in self.sheet.lines]
        found = [{str(lines[0][at]): value for at, value in line.items() if value != ""} for line in lines[1:]]
        return {row["Name"]: row for row in found if row}

    def type_in(self, name: str, heading: str, value: object) -> None:
        at = next(n for n, line in enumerate(self.sheet.lines) if 0 in line and line[0].plain() == name)
        self.sheet.put(at, HEADINGS.index(heading), typed(value))

    def people(self) -> dict[str, dict[str, str | None]]:
        live = [row for row in self.hubspot.objects["contacts"].rows.values() if row.archived is None]
        found = {str(row.values.get("email")): row.values for row in live}
        assert len(found) == len(live), "somebody is there twice"
        return found

    def firms(self) -> dict[str, dict[str, str | None]]:
        rows = self.hubspot.objects["companies"].rows.values()
        found = {str(row.values["name"]): row.values for row in rows}
        assert len(found) == len(rows), "a company is there twice"
        return found


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    stage = Stage(tmp_path / "d")
    sheets, hubspot = stage.add(GoogleSheets(stage.now)), stage.add(HubSpotFake(stage.now))
    sheet = Sheet(7, "Field contacts")
    for row, line in enumerate((HEADINGS, *ROWS)):
        sheet.rows = max(sheet.rows, row + 1)
        for column, value in enumerate(line):
            if value != "":
                sheet.put(row, column, typed(value))
    sheets.add(Spreadsheet("1Zr8kq0bXyPmZ3uFhQd5TtYw7LJ", "Field", sheets=[sheet], editors={ACCOUNT}))
    _in_hubspot(hubspot)
    key = tmp_path / "google.json"
    key.write_text(service(sheets.base), "utf-8")
    changes = {
        "file:/run/secrets/google.json": f"file:{key.as_posix()}\n    base_url: {sheets.base}",
        "token: ${HUBSPOT_TOKEN}": f"token: ${{HUBSPOT_TOKEN}}\n    base_url: {hubspot.base}",
    }
    stage.copied(SHIPPED, changes)
    monkeypatch.setenv("HUBSPOT_TOKEN", hubspot.token)
    yield Field(stage, sheets, hubspot)
    stage.close()


def _in_hubspot(fake: HubSpotFake) -> None:
    firms, people = fake.objects["companies"], fake.objects["contacts"]
    harbour = firms.create({"name": "Harbour Valve Ltd", "domain": "harbour.example", "machines_installed": "10"})
    anna = people.create(
        {"firstname": "Anna", "lastname": "Smith", "email": "anna@harbour.example", "newsletter_consent": "true"}
    )
    fake.links.make(anna.id, harbour.id, {1})
    north = firms.create({"name": "Northern Pumps", "domain": "northern.example", "phone": "+44 20 7946 0001"})
    dave = people.create({"firstname": "Dave", "lastname": "Brown", "email": "dave@northern.example"})
    people.touch(dave, hs_email_optout="true")
    fake.links.make(dave.id, north.id, {1})


def test_the_configuration_is_in_order(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "d"))
    done = call("check", "--config", folder=folder)
    assert (done.code, done.err) == (0, "")
    assert "nothing is wrong" in done.out


def test_the_sheet_and_hubspot_agree_and_then_nothing_is_left_to_do(field: Field) -> None:
    """With the customer a person, a run makes the companies that are not there, and the next who works in them."""
    checked = call("check", folder=field.stage.folder)
    assert checked.code == 0, checked.out + checked.err
    field.settle()
    people, firms = field.people(), field.firms()
    assert (sorted(people), sorted(firms)) == (PEOPLE, FIRMS)
    ben = people["ben@mill.example"]
    assert (ben["firstname"], ben["lastname"], ben["jobtitle"]) == ("Ben", "Jones", "Owner")
    assert (ben["mobilephone"], ben["newsletter_consent"]) == ("+447700900456", "false")
    assert ben["associatedcompanyid"] == firms["Mill & Sons"]["hs_object_id"]
    assert people["anna@harbour.example"]["jobtitle"] == "Buyer"
    assert firms["Puerto Frío SL"]["machines_installed"] == "3"
    assert firms["Mill & Sons"]["lifecyclestage"] == "opportunity"
    assert firms["Harbour Valve Ltd"]["machines_installed"] == "10", "what HubSpot said at the first meeting stays"
    assert list(field.rows) == ["Anna Smith", "Ben Jones", "Carla Diaz"], "nobody asked for new rows"
    assert field.sheets.refused == field.hubspot.refused == 0
    told = b"".join(path.read_bytes() for path in field.stage.folder.rglob("*") if path.is_file())
    assert field.hubspot.token.encode() not in told


def test_where_the_companies_are_there_already_one_run_is_enough(field: Field) -> None:
    field.hubspot.objects["companies"].create({"name": "Mill & Sons", "domain": "mill.example"})
    del field.sheet.lines[3]
    field.settle(1)
    assert (sorted(field.people()), sorted(field.firms())) == ([*PEOPLE[:2], PEOPLE[3]], FIRMS[:3])


def test_what_either_side_says_goes_as_the_workspace_wants_it(field: Field) -> None:
    people = field.hubspot.objects["contacts"]
    field.settle()
    anna = next(row for row in people.rows.values() if row.values.get("email") == "anna@harbour.example")
    people.touch(anna, hs_email_optout="true")
    field.type_in("Carla Diaz", "Machines", 5)
    field.settle(1)
    assert field.rows["Anna Smith"]["Opt-out"] == "x"
    assert field.firms()["Puerto Frío SL"]["machines_installed"] == "5"
    field.type_in("Carla Diaz", "Machines", "")
    field.type_in("Anna Smith", "Opt-out", "")
    field.settle(1)
    assert field.firms()["Puerto Frío SL"]["machines_installed"] == "5", "the sheet empties no number of machines"
    assert people.rows[anna.id].values["hs_email_optout"] == "true", "only HubSpot may turn it back on"


def test_who_was_merged_is_followed_and_who_was_deleted_leaves_the_sheet_after_fourteen_days(field: Field) -> None:
    people = field.hubspot.objects["contacts"]
    field.settle()
    ben = next(row for row in people.rows.values() if row.values.get("email") == "ben@mill.example")
    twin = people.create({"firstname": "Ben", "lastname": "Jones", "jobtitle": "Owner"})
    made = people.merge(ben, twin, renews=True)
    field.hubspot.links.make(made.id, str(field.firms()["Mill & Sons"]["hs_object_id"]), {1})
    field.settle()
    assert sorted(field.people()) == PEOPLE
    people.archive(made)
    field.settle(1)
    assert "Ben Jones" in field.rows, "he waits in the hold queue"
    assert len(field.people()) == 3, "who was deleted there is not made again"
    for _ in range(3):  # two later confirmations, then the removal
        field.stage.clock.sleep(8 * DAY)
        assert not field.stage.run("agree").failures
    assert list(field.rows) == ["Anna Smith", "Carla Diaz"]
    field.settle(0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_troubles_by_chance_leave_one_of_each(field: Field, seed: int) -> None:
    """Whatever a run ends with, the next goes on from there."""
    dice = random.Random(seed)
    troubles = sorted(set(Trouble) - {Trouble.SLOW})
    for _ in range(5):
        for fake in (field.hubspot, field.sheets):
            for trouble in dice.sample(troubles, 3):
                fake.order(trouble, dice.choice(("", "POST", "GET")), times=dice.randint(1, 4), seconds=1)
        with suppress(OffbookError):  # said to whoever started it
            field.stage.run("agree")
    for fake in (field.hubspot, field.sheets):
        fake._troubles.clear()
    field.settle(3)
    assert (sorted(field.people()), sorted(field.firms())) == (PEOPLE, FIRMS)
    assert list(field.rows) == ["Anna Smith", "Ben Jones", "Carla Diaz"]


def test_after_months_without_a_run_everything_is_read_anew(field: Field) -> None:
    """The cursor is older than HubSpot's archive, and a whole listing has been due for long."""
    field.settle()
    field.stage.clock.sleep(100 * DAY)
    field.settle(1)
    assert (sorted(field.people()), sorted(field.firms())) == (PEOPLE, FIRMS)


@pytest.mark.long
def test_who_was_deleted_and_brought_back_stays(field: Field) -> None:
    people = field.hubspot.objects["contacts"]
    field.settle()
    carla = next(row for row in people.rows.values() if row.values.get("email") == "carla@puerto.example")
    people.archive(carla)
    field.settle(1)
    carla.archived = None
    people.touch(carla)
    field.settle(1)
    for _ in range(3):
        field.stage.clock.sleep(8 * DAY)
        assert not field.stage.run("agree").failures
    assert "Carla Diaz" in field.rows
    assert sorted(field.people()) == PEOPLE
    field.settle(0)
