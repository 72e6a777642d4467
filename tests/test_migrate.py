"""A migration writes, reads everything back, and accounts for every record that came in; it goes on where it was stopped."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Op
from connectors.memory import Died, Fault
from sync.migrate.line import Migrated, migrate
from sync.reading.sampling import evenly, with_others
from tests.engine import Side, World
from tests.postgres import without_secret
from tests.small_world import Files

JOB = {"push": ["crm"], "create_in": ["crm"], "pull": ["crm", "old", "list"]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    sides = {"crm": Side(formal=True, create=True), "old": Side(push=False), "list": Side(push=False)}
    made = World(tmp_path, sides, jobs={"move": JOB})
    for n in range(12):
        made.add("list", f"客户{n:02}号公司", f"C-{n}", a=f"a{n}")
    return made


def moved(world: World, *, says: bool | None = True, **options: Any) -> Migrated:
    world.tick()
    with world.session() as session:
        return migrate(session, "move", lambda _plan: says, by="王芳", **options)


def reckoned(done: Migrated) -> dict[str, Any]:
    found: Any = done.as_json()["reconciliation"]
    (sums,) = found
    assert sums["balances"], sums
    return dict(sums)


def test_everything_that_came_in_is_accounted_for(world: World) -> None:
    world.add("crm", "客户00号公司", "C-0")
    world.add("old", "客户03号公司", "C-3", b="from the old one")
    world.add("list", "无说法公司", "C-99")
    world.config["jobs"]["move"] = {**JOB, "create_in": {"crm": {"a": {"empty": False}}}}
    world.write_workspace()
    done = moved(world)
    sums = reckoned(done)
    assert (sums["in"], sums["created"], sums["linked"], sums["waiting"]) == (14, 11, 2, {"policy": 1})
    assert len(world.keys("crm", "客户03号公司")) == 1
    assert done.left == 0
    assert done.code == 0
    assert done.written["done"] >= 11
    again = moved(world)
    assert reckoned(again) == sums
    assert not again.written


def test_nothing_is_written_before_a_person_says_so(world: World) -> None:
    for answer in (False, None):
        done = moved(world, says=answer)
        assert (done.answer, dict(done.written), done.left, done.sums) == (answer, {}, 12, [])
    assert world.table("crm").all() == {}


def test_what_differs_there_stands_in_a_file_and_is_counted_by_class(world: World) -> None:
    world.add("crm", "客户00号公司", "C-0", a="=typed in the crm")
    done = moved(world)
    assert done.unequal == {("list", "crm", "organisation.a", "another value was taken"): 1}
    path = Path(done.file)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["value"], line["value_there"]) == ("a0", "'=typed in the crm")
    assert "typed in the crm" not in str(done.as_json())
    world.edit("crm", world.keys("crm", "客户00号公司")[0], a="a0")
    assert moved(world).file == ""


def test_a_sample_is_spread_evenly_and_the_rest_comes_later_once(world: World) -> None:
    done = moved(world, sample=3)
    sums = reckoned(done)
    assert (sums["in"], sums["created"], sums["waiting"]) == (12, 3, {"beyond the sample": 9})
    assert sorted(str(values["name"]) for values in world.table("crm").all().values()) == [
        *("客户00号公司", "客户04号公司", "客户08号公司"),
    ]
    sums = reckoned(moved(world))
    assert (sums["in"], sums["created"], sums["waiting"]) == (12, 12, {})
    assert len(world.table("crm").all()) == 12
    world.settles()


def test_a_job_of_its_own_may_be_a_sample(world: World) -> None:
    world.config["jobs"]["move"] = {**JOB, "sample": 2}
    world.write_workspace()
    planned = world.plan("move")
    assert planned.header["changes"] == 2
    assert planned.header["sample"] == {"customers": 2, "of": 12}
    world.run("move")
    world.run("move")
    assert len(world.table("crm").all()) == 4


def test_an_edit_outside_the_sample_is_not_lost(world: World) -> None:
    moved(world)
    keys = [world.keys("list", f"客户{n:02}号公司")[0] for n in range(4)]
    for n, key in enumerate(keys):
        world.edit("list", key, a=f"new{n}")
    world.plan("move", sample=2)
    done = moved(world, sample=2)
    assert done.written == {"done": 2}
    moved(world)
    shown = [world.shows("crm", world.keys("crm", f"客户{n:02}号公司")[0], "a") for n in range(4)]
    assert shown == ["new0", "new1", "new2", "new3"]


def test_the_same_command_goes_on_after_a_kill(world: World) -> None:
    world.stores["crm"].fault(Fault.DIES, table="main", op=Op.CREATE)
    with pytest.raises(Died):
        moved(world)
    world.tick(minutes=10)
    world.stores["crm"].troubles.clear()
    sums = reckoned(moved(world))
    assert (sums["in"], sums["created"]) == (12, 12)
    assert len(world.table("crm").all()) == 12


def test_rows_of_company_and_contact_go_with_their_customer(tmp_path: Path) -> None:
    """A sample of companies takes their contacts and nobody else's; the row of both is not left half read."""
    files = Files(tmp_path)
    files.configure()
    people = ("张伟", "李娜", "王芳芳", "赵铁柱", "钱多多", "孙悦")
    firms = ("上海宇润", "北京方圆", "广州明达", "成都锦程", "武汉长江", "西安古都")
    rows = [f"{firms[n]}科技有限公司,,,{people[n]},13{n + 1}0123456{n},," for n in range(6)]
    files.write("crm.csv", "name,phone,site,id")
    files.write("book.csv", "公司,座机,网址,联系人,手机,邮箱,备注", *rows)
    with files.session() as session:
        done = migrate(session, "agree", lambda _: True, sample=2, by="王芳")
    assert done.sums[0].created == 2
    assert len(files.rows("SELECT id FROM entity WHERE kind = 'person'")) == 2
    assert len(files.text("crm.csv").splitlines()) == 3
    with files.session() as session:
        done = migrate(session, "agree", lambda _: True, by="王芳")
    assert done.sums[0].created == 6
    assert len(files.rows("SELECT id FROM entity WHERE kind = 'person'")) == 6
    assert len(files.text("crm.csv").splitlines()) == 7


def test_a_migration_on_a_database_server(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = {"crm": Side(formal=True, create=True), "old": Side(push=False), "list": Side(push=False)}
    world = World(tmp_path, sides, ledger=without_secret(postgres_url, monkeypatch), jobs={"move": JOB})
    for n, name in enumerate(("上海宇润", "北京方圆", "广州明达", "成都锦程")):
        world.add("list", f"{name}科技有限公司", f"C-{n}", a=f"a{n}")
    assert reckoned(moved(world, sample=2))["created"] == 2
    assert reckoned(moved(world))["created"] == 4


def test_who_goes_along() -> None:
    assert evenly(list("abcdefghij"), 3) == ["a", "d", "g"]
    assert evenly(["a"], 3) == ["a"]
    points = {"p1": {"o1"}, "p2": {"o2"}, "o1": {"mother"}, "daughter": {"o1"}, "mother": {"grandmother"}}
    kinds = dict.fromkeys(("o1", "o2", "mother", "grandmother", "daughter"), "organisation") | {
        "p1": "person",
        "p2": "person",
    }
    assert with_others({"o1"}, points, kinds, "organisation") == {"o1", "p1", "mother", "grandmother"}
