"""Does the design's workspace d, a Google sheet and HubSpot, run end to end against the two pretended systems?

Only addresses and the place of the key are changed. Customers are made up.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.google_grid import Sheet, typed
from sandbox.google_sheets import GoogleSheets, Spreadsheet
from sandbox.hubspot import HubSpotFake
from sandbox.server import Fake, Trouble
from tests.command_line import Said, call
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

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason="the workspaces of the design are not beside the project")


@dataclass
class Stage:
    folder: Path
    sheets: GoogleSheets
    hubspot: HubSpotFake
    runs: int = 0

    def run(self) -> Said:
        """Plan and apply; what the plan said."""
        self.runs += 1
        planned = call("plan", folder=self.folder)
        assert planned.code == 0, planned.out + planned.err
        if "Nothing: everything agrees." not in planned.out:
            applied = call("apply", self.runs, folder=self.folder)
            assert applied.code in (0, 4), applied.out + applied.err
        return planned

    def settle(self, most: int = 2) -> None:
        """Runs, so many of them, after which nothing is left to do."""
        for _ in range(most):
            self.run()
        last = self.run().out
        assert "Nothing: everything agrees." in last, last

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The sheet as people see it."""
        sheet = next(iter(self.sheets.files.values())).sheets[0]
        lines = [{at: cell.plain() for at, cell in line.items()} for line in sheet.lines]
        names = lines[0]
        return [
            {str(names[at]): value for at, value in line.items() if value != ""}
            for line in lines[1:]
            if any(line.values())
        ]

    def row(self, name: str) -> dict[str, Any]:
        (found,) = [row for row in self.rows if row.get("Name") == name]
        return found

    def type_in(self, name: str, heading: str, value: object) -> None:
        sheet = next(iter(self.sheets.files.values())).sheets[0]
        at = next(n for n, line in enumerate(sheet.lines) if line.get(0) is not None and line[0].plain() == name)
        sheet.put(at, HEADINGS.index(heading), typed(value))

    def people(self) -> dict[str, dict[str, str | None]]:
        live = [row for row in self.hubspot.objects["contacts"].rows.values() if row.archived is None]
        return {str(row.values.get("email")): row.values for row in live}

    def firms(self) -> dict[str, dict[str, str | None]]:
        return {str(row.values["name"]): row.values for row in self.hubspot.objects["companies"].rows.values()}


def _moving(fake: Fake, passed: list[int]) -> None:
    """A second goes by with each request to any of the fakes."""
    inner = fake.handle

    def handle(call: Any) -> Any:
        passed[0] += 1
        return inner(call)

    fake.handle = handle  # type: ignore[method-assign]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    passed = [0]

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=passed[0])

    sheets, hubspot = GoogleSheets(now), HubSpotFake(now)
    for fake in (sheets, hubspot):
        _moving(fake, passed)
        fake.start()
    sheet = Sheet(7, "Field contacts")
    for row, line in enumerate((HEADINGS, *ROWS)):
        sheet.rows = max(sheet.rows, row + 1)
        for column, value in enumerate(line):
            if value != "":
                sheet.put(row, column, typed(value))
    sheets.add(Spreadsheet("1Zr8kq0bXyPmZ3uFhQd5TtYw7LJ", "Field", sheets=[sheet], editors={ACCOUNT}))
    _in_hubspot(hubspot)
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "d"))
    (tmp_path / "google.json").write_text(service(sheets.base), "utf-8")
    file = folder / "offbook.yaml"
    text = file.read_text("utf-8")
    for old, new in (
        ("file:/run/secrets/google.json", f"file:{(tmp_path / 'google.json').as_posix()}\n    base_url: {sheets.base}"),
        ("token: ${HUBSPOT_TOKEN}", f"token: ${{HUBSPOT_TOKEN}}\n    base_url: {hubspot.base}"),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    monkeypatch.setenv("HUBSPOT_TOKEN", hubspot.token)
    yield Stage(folder, sheets, hubspot)
    sheets.stop()
    hubspot.stop()


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


def test_the_sheet_and_hubspot_agree_and_then_nothing_is_left_to_do(stage: Stage) -> None:
    """With the customer a person, a run makes the companies that are not there, and the next who works in them."""
    checked = call("check", folder=stage.folder)
    assert checked.code == 0, checked.out + checked.err
    stage.settle()
    people, firms = stage.people(), stage.firms()
    assert sorted(people) == [
        "anna@harbour.example",
        "ben@mill.example",
        "carla@puerto.example",
        "dave@northern.example",
    ]
    assert sorted(firms) == ["Harbour Valve Ltd", "Mill & Sons", "Northern Pumps", "Puerto Frío SL"]
    ben = people["ben@mill.example"]
    assert (ben["firstname"], ben["lastname"], ben["jobtitle"]) == ("Ben", "Jones", "Owner")
    assert (ben["mobilephone"], ben["newsletter_consent"]) == ("+447700900456", "false")
    assert ben["associatedcompanyid"] == firms["Mill & Sons"]["hs_object_id"]
    assert people["anna@harbour.example"]["jobtitle"] == "Buyer"
    assert firms["Puerto Frío SL"]["machines_installed"] == "3"
    assert firms["Mill & Sons"]["lifecyclestage"] == "opportunity"
    assert firms["Harbour Valve Ltd"]["machines_installed"] == "10", "what HubSpot said at the first meeting stays"
    assert [row["Name"] for row in stage.rows] == ["Anna Smith", "Ben Jones", "Carla Diaz"], "nobody asked for new rows"
    assert stage.sheets.refused == stage.hubspot.refused == 0
    told = b"".join(path.read_bytes() for path in stage.folder.rglob("*") if path.is_file())
    assert stage.hubspot.token.encode() not in told


def test_what_either_side_says_goes_as_the_workspace_wants_it(stage: Stage) -> None:
    people = stage.hubspot.objects["contacts"]
    stage.settle()
    anna = next(row for row in people.rows.values() if row.values.get("email") == "anna@harbour.example")
    people.touch(anna, hs_email_optout="true")
    stage.type_in("Carla Diaz", "Machines", 5)
    stage.settle(1)
    assert stage.row("Anna Smith")["Opt-out"] == "x"
    assert stage.firms()["Puerto Frío SL"]["machines_installed"] == "5"
    stage.type_in("Carla Diaz", "Machines", "")
    stage.type_in("Anna Smith", "Opt-out", "")
    stage.settle(1)
    assert stage.firms()["Puerto Frío SL"]["machines_installed"] == "5", "the sheet empties no number of machines"
    assert people.rows[anna.id].values["hs_email_optout"] == "true", "only HubSpot may turn it back on"


def test_lost_answers_and_a_merge_in_hubspot_leave_one_of_each(stage: Stage) -> None:
    people = stage.hubspot.objects["contacts"]
    stage.hubspot.order(Trouble.LOST, "POST", r"/batch/(upsert|update)$", times=3)
    stage.sheets.order(Trouble.LOST, "POST", ":batchUpdate")
    stage.settle(3)
    assert sorted(stage.people()) == [
        *("anna@harbour.example", "ben@mill.example", "carla@puerto.example", "dave@northern.example"),
    ]
    ben = next(row for row in people.rows.values() if row.values.get("email") == "ben@mill.example")
    twin = people.create({"firstname": "Ben", "lastname": "Jones", "jobtitle": "Owner"})
    made = people.merge(ben, twin, renews=True)
    stage.hubspot.links.make(made.id, str(stage.firms()["Mill & Sons"]["hs_object_id"]), {1})
    stage.settle(2)
    assert len(stage.people()) == 4
    people.archive(made)
    stage.settle(1)
    assert "Ben Jones" in [row["Name"] for row in stage.rows], "a row goes after fourteen days in the hold queue only"
    assert len(stage.people()) == 3, "who was deleted there is not made again"
