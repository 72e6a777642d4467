"""Explaining: whose records are these and why, where does each value come from, why is it written or not?"""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest

from connectors.contract import ConfigError
from sync.explain import Explained, explain
from sync.messages.names import ABSENCES
from sync.picture.reasons import ASPECTS, LEVELS
from sync.review.answers import decide, pin
from sync.show.explained import print_explained
from sync.show.screen import Screen
from tests.engine import Side, World
from tests.review_rig import Keys, listed, one, waiting

YURUN = "上海宇润科技有限公司"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Keys]:
    return waiting(tmp_path_factory.mktemp("still"))


def told(world: World, name: str, **options: str) -> Explained:
    with world.session() as session:
        return explain(session, name, **options)  # type: ignore[arg-type]


def printed(found: Explained, lang: str = "en", *, as_json: bool = False) -> str:
    stream = StringIO()
    print_explained(Screen(out=stream, err=stream, lang=lang, json=as_json, verbose=True), found)
    return stream.getvalue()


def test_a_customer_is_found_by_id_and_by_each_of_its_records(still: tuple[World, Keys]) -> None:
    world, keys = still
    entity = world.entity(YURUN)
    names = [entity, entity.upper(), f"crm:{keys.crm}", f"wang:{keys.wang}", f"lee:{keys.lee}"]
    assert {told(world, name).entity for name in names} == {entity}
    assert told(world, entity[-8:]).entity == told(world, entity[:31]).entity == entity
    with pytest.raises(ConfigError, match="several customers"):
        told(world, entity[:6])


@pytest.mark.parametrize(
    "name", ["", "abc", "zzzzzzzz", "00000000", "crm:nothing", "erp:1", "crm:", ":", "019cad'; --"]
)
def test_a_name_that_is_nobody_is_refused(still: tuple[World, Keys], name: str) -> None:
    with pytest.raises(ConfigError):
        told(still[0], name)


def test_golden_says_where_it_comes_from_and_why(still: tuple[World, Keys]) -> None:
    world, keys = still
    found = told(world, f"crm:{keys.crm}")
    fields = {field.unit: field for field in found.fields}
    assert (fields["a"].value, fields["a"].source, fields["a"].rule) == ("crm says", "crm main-2", "ranks first")
    assert fields["phones"].source == "crm main-2, wang main-2"
    assert fields["a"].since.startswith("2026-03-02T08:01")
    assert (fields["b"].parked, fields["a"].parked) == (True, False)


def test_each_record_says_why_it_is_his_and_each_cell_what_becomes_of_it(still: tuple[World, Keys]) -> None:
    world, keys = still
    found = told(world, f"crm:{keys.crm}")
    assert [record.record for record in found.records] == ["crm main-2", "wang main-2", "lee main-2"]
    assert all(record.probability > 0.99 for record in found.records)
    assert "code: the same" in found.records[1].reasons
    cells = {(record.record, cell.unit): cell for record in found.records for cell in record.cells}
    assert cells["wang main-2", "a"].verdict == "kept"
    assert cells["lee main-2", "phones"].verdict == "damaged"
    assert cells["crm main-2", "phones"].details == "no place for +862155550002"
    assert cells["lee main-2", "b"].verdict == "parked"
    assert [(note.sort, note.todo) for note in found.notes] == [
        ("question", f"offbook review show {one(world, 'field').number}")
    ]


def test_an_absence_says_what_can_be_done(still: tuple[World, Keys]) -> None:
    world, _ = still
    mark = listed(world).noted[0]
    found = told(world, mark.entity)
    (note,) = [note for note in found.notes if note.sort == "absence" and note.where == "crm"]
    assert note.text == str(ABSENCES["gone mark"])
    assert mark.name in note.todo
    assert [record.state for record in found.records] == ["gone", "live"]


def test_both_languages_and_json(still: tuple[World, Keys]) -> None:
    world, keys = still
    english = printed(told(world, f"crm:{keys.crm}"))
    chinese = printed(told(world, f"crm:{keys.crm}", lang="zh"), "zh")
    assert "waits for an answer" in english
    assert "等待答复" in chinese
    assert "waits" not in chinese
    data = json.loads(printed(told(world, f"crm:{keys.crm}"), as_json=True))
    assert data["entity"] == world.entity(YURUN)
    assert {field["field"] for field in data["fields"]} >= {"name", "a", "b", "phones"}
    (field,) = [field for field in data["fields"] if field["field"] == "a"]
    assert (field["value"], field["from"], field["parked"]) == ("crm says", "crm main-2", False)


def test_sensitive_values_can_be_masked(still: tuple[World, Keys]) -> None:
    world, keys = still
    with world.session() as session:
        text = printed(explain(session, f"crm:{keys.crm}", values=False))
    assert "2155550001" not in text
    assert "请致电前台" not in text
    assert "crm says" in text


def test_a_reader_is_told_of_his_own_customers_only(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("wang: {name: 王芳}\nlee: {name: Lee}\n", encoding="utf-8")
    sides = {
        "crm": Side(formal=True, fields=("a", "b", "owner")),
        "book": Side(extra={"belongs_to": "wang"}),
    }
    world = World(tmp_path, sides, people="people.yaml")
    keys = [world.add("crm", f"customer {owner}", a="x", owner=owner) for owner in ("wang", "lee")]
    world.run()
    assert told(world, f"crm:{keys[0]}", reader="wang").called == "customer wang"
    assert told(world, f"crm:{keys[1]}", reader="lee").called == "customer lee"
    for key, reader in ((keys[1], "wang"), (keys[0], "lee"), (keys[0], "nobody")):
        with pytest.raises(ConfigError):
            told(world, f"crm:{key}", reader=reader)


def test_decisions_pins_losers_and_former_values_are_told(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    crm = world.add("crm", "one", a="first")
    world.add("book", "one", a="other")
    world.run()
    world.edit("crm", crm, a="second")
    world.run()
    with world.session() as session:
        pin(session, f"crm:{crm}", "a", by="boss")
        decide(session, f"crm:{crm}", "value:b decided", field="b", by="boss")
    found = told(world, f"crm:{crm}")
    (field,) = [field for field in found.fields if field.unit == "a"]
    assert (field.value, field.pinned) == ("second", True)
    assert "first" in (*field.former, *(loser[0] for loser in field.losers))
    texts = [note.text for note in found.notes if note.sort == "decision"]
    assert any("a = second" in text for text in texts)
    assert any("b = b decided" in text for text in texts)
    world.settles()
    found = told(world, f"crm:{crm}")
    (field,) = [field for field in found.fields if field.unit == "b"]
    assert (field.value, field.rule) == ("b decided", "a person decided it")


def test_the_newest_plan_is_laid_over_and_said_so(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    key = world.add("book", "one", a="x")
    planned = world.plan()
    found = told(world, f"book:{key}")
    assert found.plan == planned.plan
    assert any(note.text == str(ABSENCES["create"]) for note in found.notes)
    assert "not applied yet" in printed(found)
    world.apply(planned.plan)
    assert told(world, f"book:{key}").plan == 0
    assert {record.record.split()[0]: record.ours for record in told(world, f"book:{key}").records} == {
        "book": False,
        "crm": True,
    }


def documented() -> tuple[set[str], set[str]]:
    """(aspects, levels) of docs/matching.md, which another test keeps equal to what matching says."""
    text = (Path(__file__).resolve().parents[1] / "docs" / "matching.md").read_text(encoding="utf-8")
    text = text.partition("## What decides")[0]  # the tables behind it are of rules
    rows = re.findall(r"^\| ([a-z][^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    rows = [row for row in rows if not row[0].startswith("aspect")]
    aspects = {name.strip() for names, _ in rows for name in names.split(",")}
    levels = {
        re.sub(r"\(.*", "", level).strip()
        for _, said in rows
        for level in re.sub(r"\([^)]*\)", "", re.split("[:;]", said)[0]).split(",")
    }
    return aspects - {"identifiers.X"}, levels


def test_every_code_of_matching_has_words() -> None:
    aspects, levels = documented()
    assert len(aspects) > 20
    assert aspects <= ASPECTS.keys()
    assert levels <= LEVELS.keys()
