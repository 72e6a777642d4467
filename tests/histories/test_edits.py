"""Who wins when people edit in several places, and who is asked? (RULES R4, R12, R13)"""

from __future__ import annotations

from pathlib import Path

from connectors.contract import Damaged, Op
from connectors.memory import Fault
from tests.histories.stage import FORMAL, OFF_BOOK, QIMING, TIANHE, YURUN, Stage, asks, shared, two


def test_r4b_race_on_b_after_a_was_edited(tmp_path: Path) -> None:
    """A edits; before our write arrives in B somebody edits B: a conflict, then a vote on top of nothing, and A's
    authority decides. B's edit is a loser kept with its run."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="from A")
    world.stores["book"].fault(Fault.BEFORE, table="main", op=Op.UPDATE, do=lambda: world.edit("book", book, a="race"))
    outcome = world.run()
    assert outcome.applied is not None
    assert outcome.applied.conflict == 1
    assert world.shows("book", book, "a") == "race", "an edit inside the run is never trampled"
    assert world.golden(YURUN, "a") == "from A"
    world.run()
    assert world.shows("book", book, "a") == "from A"
    assert ("a", "race") in world.losers(YURUN)
    world.settles()


def test_r4b_race_won_by_authority(tmp_path: Path) -> None:
    """The same, but the race is in the formal source: it had not seen the edit, so both vote and authority wins."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("book", book, a="from book")
    world.stores["crm"].fault(Fault.BEFORE, table="main", op=Op.UPDATE, do=lambda: world.edit("crm", crm, a="race"))
    world.run()
    world.run()
    assert world.shows("crm", crm, "a") == world.shows("book", book, "a") == "race"
    assert ("a", "from book") in world.losers(YURUN)
    world.settles()


def test_r4_a_job_that_pulls_only_some_sources(tmp_path: Path) -> None:
    """The others take part as last stored: what they were edited to meanwhile is met later, as a vote that had not seen
    the new golden."""
    sides = {"crm": FORMAL, "book": OFF_BOOK, "phone": OFF_BOOK}
    job = {"small": {"pull": ["crm", "book"], "push": ["crm", "book"]}}
    world = Stage(tmp_path, sides, jobs=job)
    crm, book, phone = shared(world, ("crm", "book", "phone"), a="old", b="stays")
    world.edit("phone", phone, a="typed meanwhile")
    world.edit("book", book, a="new")
    world.run("small")
    assert world.shows("crm", crm, "a") == "new"
    assert world.shows("phone", phone, "a") == "typed meanwhile", "nothing is written that was not read"
    world.run()
    assert world.golden(YURUN, "a") == "new", "golden is one more voter, as its voter was behind, and ranks before it"
    assert ("a", "typed meanwhile") in world.losers(YURUN)
    assert world.shows("phone", phone, "a") == "new"
    world.settles()


def test_r4_what_a_source_never_showed_is_not_voted_down(tmp_path: Path) -> None:
    """A source outside the job whose stored cell is merely behind gets the value when it is read again."""
    sides = {"crm": FORMAL, "book": OFF_BOOK, "phone": OFF_BOOK}
    world = Stage(tmp_path, sides, jobs={"small": {"pull": ["crm", "book"], "push": ["crm", "book"]}})
    _, book, phone = shared(world, ("crm", "book", "phone"), a="old")
    for value in ("one", "two"):
        world.edit("book", book, a=value)
        world.run("small")
    world.run()
    assert world.shows("phone", phone, "a") == "two"
    assert world.losers(YURUN) == []
    world.settles()


def test_r4e_edit_after_the_stewards_decision(tmp_path: Path) -> None:
    """A decision is spent once taken: a later edit in the source that lost is a change like any other."""
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="x")
    world.edit("book", book, a="y")
    world.run()
    assert [q.field for q in world.questions("field")] == ["a"]
    world.decide(YURUN, "a", "x", {("crm", crm): "x", ("book", book): "y"})
    world.run()
    assert world.shows("book", book, "a") == "x"
    assert world.questions() == []
    world.settles()
    world.edit("book", book, a="z")
    world.run()
    assert world.golden(YURUN, "a") == "x", "protected: a lone off-book change of what a formal source fills asks too"
    assert [q.field for q in world.questions("field")] == ["a"]
    world.edit("crm", crm, a="formal")
    world.edit("book", book, a="formal")
    world.run()
    assert world.golden(YURUN, "a") == "formal"
    world.settles()


def test_r4e_edit_between_question_and_decision(tmp_path: Path) -> None:
    """The decision moves `seen` to the values it was shown; what was typed after the question is a new change."""
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="x")
    world.edit("book", book, a="y")
    world.run()
    world.edit("book", book, a="newer")
    world.decide(YURUN, "a", "x", {("crm", crm): "x", ("book", book): "y"})
    world.run()
    assert world.shows("book", book, "a") == "newer", "nobody has seen it yet, so nobody overwrites it"
    assert [q.field for q in world.questions("field")] == ["a"]
    assert world.golden(YURUN, "a") == "x"
    assert ("a", "y") in world.losers(YURUN)
    world.decide(YURUN, "a", "newer", {("crm", crm): "x", ("book", book): "newer"})
    world.run()
    assert world.shows("crm", crm, "a") == world.shows("book", book, "a") == "newer"
    world.settles()


def test_r4d_parked_and_another_field_written(tmp_path: Path) -> None:
    """A parked field moves nothing and nothing is written for it, whatever else of its record is."""
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="x", b="new")
    world.edit("book", book, a="y")
    for _ in range(3):
        world.run()
        assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("x", "y")
        assert world.shows("book", book, "b") == "new"
        assert world.golden(YURUN, "a") == "old"
        assert world.verdict("crm", crm, "a") == world.verdict("book", book, "a") == "parked"
    assert world.plan().header["changes"] == 0
    world.edit("book", book, a="x")
    world.run()
    assert world.golden(YURUN, "a") == "x", "the voters agree: nobody is asked any more"
    assert world.questions() == []
    world.settles()


def test_r4d_all_but_one_went_back(tmp_path: Path) -> None:
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="x")
    world.edit("book", book, a="y")
    world.run()
    world.edit("book", book, a="old")
    world.run()
    assert world.golden(YURUN, "a") == world.shows("book", book, "a") == "x"
    world.settles()


def test_r13_dry_run_then_run(tmp_path: Path) -> None:
    """A plan that nobody applies moves neither seen, agreed, golden, links nor holds: the run after decides the same."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    stayed = world.add("book", TIANHE, a="unknown to the CRM")
    world.edit("crm", crm, a="x")
    world.edit("book", book, a="y")
    before = _decided(world)
    for _ in range(3):
        assert world.plan().header["changes"] == 1
    assert _decided(world) == before
    assert world.shows("book", book, "a") == "y"
    world.run()
    assert world.golden(YURUN, "a") == world.shows("book", book, "a") == "x"
    assert ("a", "y") in world.losers(YURUN)
    assert world.shows("book", stayed, "a") == "unknown to the CRM"
    world.settles()


def _decided(world: Stage) -> list[object]:
    tables = ("entity", "link", "cell", "loser", "mark", "hold", "golden_step")
    return [world.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables if table != "entity"] + [
        world.rows("SELECT id, golden FROM entity ORDER BY id")
    ]


def test_r12_guard_trips_then_run(tmp_path: Path) -> None:
    """What a guard stopped stays open and is let through once: nothing of it is lost and nothing is done twice."""
    world = two(tmp_path)
    names = [YURUN, TIANHE, QIMING]
    keys = {name: (world.add("crm", name, a="old"), world.add("book", name, a="old")) for name in names}
    world.add("crm", "深圳海通物流有限公司", b="only there")
    world.run()
    world.edit("crm", keys[YURUN][0], b="first")
    world.run()
    world.config["guards"] = {"updates": "1", "creates": "100", "blanks": "100"}
    world.write_workspace()
    for name in names:
        world.edit("crm", keys[name][0], a="new")
    outcome = world.run(code=5)
    assert [(one.table, one.guard, one.count, one.limit) for one in outcome.tripped] == [("book", "updates", 3, 1)]
    assert all(world.shows("book", keys[name][1], "a") == "old" for name in names)
    assert outcome.applied is not None
    assert dict(outcome.applied.not_sent) == {"guard updates": 3}
    world.edit("book", keys[YURUN][1], b="meanwhile")
    outcome = world.run(code=5)
    assert world.shows("crm", keys[YURUN][0], "b") == "meanwhile", "other destinations go on"
    outcome = world.run(allow={"updates": "3"})
    assert all(world.shows("book", keys[name][1], "a") == "new" for name in names)
    assert world.losers(YURUN) == []
    world.settles()


def test_r12_edit_after_a_guard_tripped(tmp_path: Path) -> None:
    """The cell that a guard kept from being written had not agreed to the new golden, so an edit there does not win
    over it unseen."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, b="x")
    world.run()
    world.config["guards"] = {"updates": "0", "creates": "100"}
    world.write_workspace()
    world.edit("crm", crm, a="new")
    world.run(code=5)
    world.edit("book", book, a="typed without having seen it")
    world.run(allow={"updates": "9"})
    assert world.golden(YURUN, "a") == "new"
    assert ("a", "typed without having seen it") in world.losers(YURUN)
    assert world.shows("book", book, "a") == "new"


def test_r1e_damaged_beside_a_good_golden(tmp_path: Path) -> None:
    """Neither absent, empty nor a vote, and nothing is written over it until it is readable or a person says so."""
    world = two(tmp_path)
    crm, book = shared(world, a="good", b="x")
    world.table("book").edit(book, {"a": Damaged("scientific", "1.38E+10")})
    world.run()
    assert world.golden(YURUN, "a") == "good"
    assert world.verdict("book", book, "a") == "damaged"
    world.edit("crm", crm, a="better", b="y")
    world.run()
    assert world.shows("book", book, "b") == "y", "refusal is per field"
    assert world.shows("book", book, "a") == Damaged("scientific", "1.38E+10")
    assert world.shows("crm", crm, "a") == "better"
    assert world.plan().header["changes"] == 0
    world.edit("book", book, a="readable again")
    world.run()
    assert world.golden(YURUN, "a") == "better", "it had not seen `better`, and the formal source ranks before it"
    assert ("a", "readable again") in world.losers(YURUN)
    world.settles()


def test_r1e_a_person_lets_golden_be_written_over_it(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="good")
    broken = Damaged("scientific", "1.38E+10")
    world.table("book").edit(book, {"a": broken})
    world.run()
    world.decide(YURUN, "a", "good", {("book", book): broken, ("crm", crm): "good"}, of=("crm", crm))
    world.run()
    assert world.shows("book", book, "a") == "good"
    world.settles()
