"""Does the language assume nothing that only some systems do, and is what is wrong in a specification told in place?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import (
    AuthError,
    Change,
    Context,
    LookUp,
    Op,
    Outcome,
    Query,
    Record,
    SourceError,
    State,
    TableFacts,
)
from connectors.rest import SPEC, Rest
from connectors.settings import WrongFiles
from connectors.shared.rest.jsonschema import schema
from connectors.shared.rest.load import load, shipped
from connectors.shared.rest.trial import tried
from connectors.vault import MemoryVault
from sandbox.server import Fake, Trouble
from tests.command_line import call
from tests.odd_systems import BATCH, HOUSE, RPC, SECRET, House, Rpc
from tests.rig import CountingGate

NAMES = ("name", "phone", "note")


class World:
    """Pretended systems and the connectors opened on them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.gate, self.vault = folder, CountingGate(), MemoryVault()
        self.opened: list[Any] = []

    def house(self, fields: str = "modified, created", send: str = "changed", **habits: Any) -> tuple[House, Rest]:
        fake = House(self.gate.now, **habits).start()
        return fake, self.open(fake, HOUSE.replace("FIELDS", fields).replace("SEND", send), key=SECRET)

    def open(self, fake: Fake, text: str, **options: str) -> Rest:
        (self.folder / "odd.rest.yaml").write_text(text)
        given = SPEC.options.model_validate({"spec": "odd.rest.yaml", "url": fake.base, **options})
        facts = {"c": TableFacts(NAMES)}
        connector = SPEC.connect(given, Context(self.gate, self.vault, facts, "UTC", str(self.folder)))
        assert isinstance(connector, Rest)
        self.opened += [closing(connector), fake]
        return connector


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    for one in world.opened:
        one.stop() if isinstance(one, Fake) else one.__exit__(None, None, None)


def pulled(connector: Rest, since: str | None = None) -> tuple[list[Record], str | None]:
    pages = list(connector.pull(Query("c", NAMES, since)))
    assert pages[-1].end is not None
    return [one for page in pages for one in page.records], pages[-1].end.cursor


def names(records: list[Record]) -> list[object]:
    return [one.fields["name"] for one in records]


def test_an_empty_list_that_is_404_is_empty(world: World) -> None:
    fake, connector = world.house(empty_404=True)
    assert pulled(connector)[0] == []
    fake.add(name="x")
    assert names(pulled(connector)[0]) == ["x"]


def test_false_for_an_empty_list_is_empty(world: World) -> None:
    _, connector = world.house(false_list=True)
    assert pulled(connector)[0] == []


def test_a_time_that_is_null_until_the_first_edit_hides_no_new_record(world: World) -> None:
    fake, connector = world.house(null_until_edited=True)
    fake.add(name="old")
    _, cursor = pulled(connector)
    world.gate.wait(100)
    fake.add(name="new")
    assert names(pulled(connector, cursor)[0]) == ["new"]


def test_check_finds_a_time_that_is_null_until_the_first_edit(world: World) -> None:
    fake, connector = world.house(fields="modified", null_until_edited=True)
    fake.add(name="x")
    assert [one.code for one in connector.check() if one.level == "error"] == ["changes"]
    fake, connector = world.house(null_until_edited=True)
    fake.add(name="x")
    assert not [one for one in connector.check() if one.code == "changes"]


def test_microseconds_behind_whole_seconds_hide_no_edit(world: World) -> None:
    fake, connector = world.house()
    key = fake.add(name="x", note="0")
    world.gate.wait(60.25)
    _, cursor = pulled(connector)
    for n in range(1, 6):
        world.gate.wait(0.3)
        fake.edit(key, note=str(n))
        records, cursor = pulled(connector, cursor)
        assert [one.fields["note"] for one in records] == [str(n)]
        assert records[0].version is None, "a later edit of this second would bear the same version"
    world.gate.wait(10)
    assert pulled(connector, cursor)[0] == []


def test_a_server_that_gives_fewer_than_asked_is_read_to_the_end(world: World) -> None:
    fake, connector = world.house(cap=20)
    for n in range(45):
        fake.add(name=f"r{n}")
    assert len(pulled(connector)[0]) == 45


def test_a_phone_that_is_rewritten_and_a_field_that_is_dropped_are_seen(world: World) -> None:
    fake, connector = world.house()
    key = fake.add(name="x")
    change = Change("1", Op.UPDATE, key, {"phone": "138 0013-8000", "wechat": "dropped"})
    (receipt,) = connector.write("c", [change])
    assert receipt.outcome is Outcome.DONE
    assert receipt.record is not None
    assert receipt.record.fields["phone"] == "13800138000"
    assert "wechat" not in receipt.record.fields


def test_forbidden_for_what_is_missing_proves_nothing(world: World) -> None:
    fake, connector = world.house(hides=True)
    key = fake.add(name="x")
    found = list(connector.fetch("c", [key, "99"], NAMES))
    assert [one.key for one in found] == [key]


@pytest.mark.parametrize("inside", [False, True])
def test_errors_count_also_inside_200(world: World, inside: bool) -> None:
    fake, connector = world.house(ok_always=inside)
    key = fake.add(name="x")
    changes = [Change("1", Op.UPDATE, key, {"name": "bad"}), Change("2", Op.UPDATE, "99", {"name": "y"})]
    refused, gone = connector.write("c", changes)
    assert (refused.outcome, list(refused.apart)) == (Outcome.REJECTED, ["name"])
    assert gone.outcome is Outcome.CONFLICT
    assert [one.state for one in connector.fetch("c", ["99"], NAMES)] == [State.DELETED]


def test_where_a_whole_record_must_be_sent_the_other_fields_stay(world: World) -> None:
    fake, connector = world.house(send="all")
    key = fake.add(name="x", note="stays", phone="1")
    (receipt,) = connector.write("c", [Change("1", Op.UPDATE, key, {"phone": "2"})])
    assert receipt.outcome is Outcome.DONE
    body = next(call.json for call in fake.calls if call.method == "PUT")
    assert (body["note"], body["phone"], body["name"]) == ("stays", "2", "x")


def test_a_search_that_finds_parts_is_compared_again(world: World) -> None:
    fake, connector = world.house()
    fake.add(name="x", phone="138")
    fake.add(name="y", phone="1380")
    assert [(v, one.fields["name"]) for v, one in connector.find("c", ["138"], NAMES, "phone")] == [("138", "x")]


def test_too_fast_is_waited_out_and_nothing_is_lost(world: World) -> None:
    fake, connector = world.house()
    keys = [fake.add(name=f"r{n}") for n in range(5)]
    fake.order(Trouble.TOO_FAST, "PUT", "", times=3, seconds=7)
    changes = [Change(str(n), Op.UPDATE, key, {"note": "new"}) for n, key in enumerate(keys)]
    assert {one.outcome for one in connector.write("c", changes)} == {Outcome.DONE}
    assert [pause for _, pause in world.gate.pauses] == [7, 7, 7]
    assert {row["note"] for row in fake.rows.values()} == {"new"}


def test_html_instead_of_json_is_no_empty_list(world: World) -> None:
    fake, connector = world.house()
    fake.add(name="x")
    fake.order(Trouble.HTML, "GET", "/c$")
    with pytest.raises(SourceError):
        pulled(connector)


# ------------------------------------------------------------------------------ batches


def batched(world: World, **habits: Any) -> tuple[House, Rest]:
    fake = House(world.gate.now, **habits).start()
    text = HOUSE.replace("FIELDS", "modified").replace("SEND", "changed")
    alone = next(line for line in text.splitlines() if line.startswith("create:"))
    return fake, world.open(fake, text.replace(alone, BATCH), key=SECRET)


def creates(*given: str) -> list[Change]:
    return [Change(str(n), Op.CREATE, None, {"name": name}, token=f"{n:015d}") for n, name in enumerate(given)]


def test_a_batch_is_one_request(world: World) -> None:
    fake, connector = batched(world)
    receipts = list(connector.write("c", creates(*(f"r{n}" for n in range(25)))))
    assert [one.outcome for one in receipts] == [Outcome.DONE] * 25
    assert [one.key for one in receipts] == [str(n) for n in range(1, 26)]
    assert fake.count("POST", "/batch") == 3


@pytest.mark.parametrize("each", [False, True])
def test_one_bad_record_of_a_batch_stops_no_other(world: World, each: bool) -> None:
    fake, connector = batched(world, each=each)
    receipts = {one.change: one.outcome for one in connector.write("c", creates("a", "b", "bad", "d", "e"))}
    assert receipts == {str(n): Outcome.REJECTED if n == 2 else Outcome.DONE for n in range(5)}
    assert sorted(str(row["name"]) for row in fake.rows.values()) == ["a", "b", "d", "e"]


def test_a_record_that_the_answer_does_not_speak_of_is_in_doubt(world: World) -> None:
    _, connector = batched(world, forgets=2)
    assert {one.outcome for one in connector.write("c", creates("a", "b", "c"))} == {Outcome.UNKNOWN}


def test_a_batch_without_an_answer_is_in_doubt_and_nothing_more_is_sent(world: World) -> None:
    fake, connector = batched(world)
    fake.order(Trouble.LOST, "POST", "/batch")
    receipts: list[Any] = []
    with pytest.raises(SourceError):
        receipts.extend(connector.write("c", creates(*(f"r{n}" for n in range(15)))))
    assert fake.count("POST", "/batch") == 1
    assert len(fake.rows) == 10


# ------------------------------------------------------------------------------ json-rpc


@pytest.fixture
def rpc(world: World) -> tuple[Rpc, Rest]:
    fake = Rpc(world.gate.now).start()
    return fake, world.open(fake, RPC, user="seller", password=SECRET)


def test_json_rpc_with_false_for_empty(rpc: tuple[Rpc, Rest]) -> None:
    fake, connector = rpc
    assert pulled(connector)[0] == []
    (made,) = connector.write("c", [Change("1", Op.CREATE, None, {"name": "x"}, token="0" * 15)])
    assert (made.outcome, made.key) == (Outcome.DONE, "1")
    fake.rows[1]["company"] = [7, "宇润"]
    (record,) = connector.fetch("c", ["1"], ("name", "phone", "company"))
    assert dict(record.fields) == {"name": "x", "phone": None, "company": LookUp("companies", "7", "宇润")}
    (cleared,) = connector.write("c", [Change("2", Op.UPDATE, "1", {"name": None})])
    assert (cleared.outcome, list(cleared.apart)) == (Outcome.REJECTED, ["name"])
    (gone,) = connector.write("c", [Change("3", Op.UPDATE, "9", {"name": "y"})])
    assert gone.outcome is Outcome.CONFLICT
    assert [one.state for one in connector.fetch("c", ["9"], NAMES)] == [State.DELETED]


def test_a_session_that_dies_between_pages_and_writes_is_renewed(rpc: tuple[Rpc, Rest]) -> None:
    fake, connector = rpc
    fake.rows = {n: {"id": n, "name": f"r{n}", "phone": False} for n in range(1, 101)}
    fake.lives = 2
    assert len(pulled(connector)[0]) == 100
    changes = [Change(str(n), Op.UPDATE, str(n), {"phone": "1"}) for n in range(1, 8)]
    assert {one.outcome for one in connector.write("c", changes)} == {Outcome.DONE}
    assert sum(row["phone"] == "1" for row in fake.rows.values()) == 7


def test_a_wrong_password_is_told_as_such(world: World) -> None:
    fake = Rpc(world.gate.now).start()
    connector = world.open(fake, RPC, user="seller", password="another")
    with pytest.raises(AuthError):
        pulled(connector)
    assert [one.level for one in connector.check()] == ["error"]


# ------------------------------------------------------------------------------ specifications


def _faults(folder: Path, change: Callable[[str], str]) -> list[str]:
    (folder / "odd.rest.yaml").write_text(change(HOUSE.replace("FIELDS", "modified").replace("SEND", "all")))
    with pytest.raises(WrongFiles) as told:
        load("odd.rest.yaml", folder)
    return [str(fault) for fault in told.value.faults]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("paging:", "pageing:", "odd.rest.yaml:19 list.pageing: no such key here; did you mean `paging`?"),
        ("q: <values>", "q: <valuse>", "there is no slot <valuse>; did you mean <values>?"),
        ("as: gone", "as: away", "`away` cannot stand here; write"),
        ("{GET: /c/<key>}", "{query: {a: b}}", "a request has one method with its path"),
        ("size: 100", "size: many", "`many` cannot stand here; write a whole number"),
        ('{read: "%Y-%m-%d %H:%M:%S"}', "{read: someday}", "a datetime is written as"),
        ("paging: {page: {from: 1}}", "paging: {page: {from: 1}, one: {}}", "pages go by one of"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert any(said in one for one in _faults(tmp_path, lambda text: text.replace(right, wrong, 1)))


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_loads(name: str, tmp_path: Path) -> None:
    assert load(name, tmp_path).options


def test_the_designs_own_specifications_load() -> None:
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces" / "f_rest_csv"
    if not folder.is_dir():
        pytest.skip("the design's workspaces are not beside the repository")
    assert load("inhouse.rest.yaml", folder).secrets == ("token",)
    assert load("tryton.rest.yaml", folder).options == ("database", "url")


def test_every_word_of_the_language_is_told() -> None:
    """Each key of the schema stands as code in the page, and each of its words."""
    page = (Path(__file__).resolve().parents[1] / "docs" / "connectors" / "rest.md").read_text("utf-8")
    told = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))
    made = schema()
    keys = {key for part in (made, *made["$defs"].values()) for key in part.get("properties", {})}
    assert keys - told == set()
    words = {
        word
        for found in re.findall(r'"enum": \[([^\]]*)\]', json.dumps(made))
        for word in re.findall(r'"(\w+)"', found)
    }
    assert words - told - {"yes", "no", "true", "false"} == set()


def test_trying_a_specification_shows_everything_but_secrets(world: World) -> None:
    fake, connector = world.house()
    fake.add(name="x", phone="138")
    steps = list(tried(connector, "c"))
    assert [step.name for step in steps] == ["tables", "describe", "list", "get", "find", "changes"]
    assert not any(step.failed for step in steps)
    text = repr(steps)
    assert "GET /c?size=100&page=1" in text
    assert SECRET not in text


def test_trying_a_wrong_specification_says_where_it_stops(world: World) -> None:
    fake, _ = world.house()
    text = HOUSE.replace("FIELDS", "modified").replace("SEND", "all").replace("data.rows", "data.records")
    connector = world.open(fake, text, key=SECRET)
    failed = [step for step in tried(connector, "c") if step.failed]
    assert failed[0].name == "list"
    assert "there is no list at `data.records`" in str(failed[0].understood[-1])


def test_the_command_tries_a_specification(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, _ = world.house()
    fake.add(name="x")
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    monkeypatch.chdir(tmp_path)
    given = ["--with", f"url={fake.base}", "--with", "key=${HOUSE_KEY}"]
    said = call("rest", "try", "odd.rest.yaml", "c", *given)
    assert said.code == 0, said.err
    assert "GET /c?size=100&page=1" in said.out
    assert SECRET not in said.out + said.err
    steps = call("rest", "try", "odd.rest.yaml", "c", *given, "--json").json()["steps"]
    assert [step["name"] for step in steps][:3] == ["tables", "describe", "list"]
    assert call("rest", "try", "odd.rest.yaml", "c", "--with", "url").code == 2
    assert call("rest", "try", "odd.rest.yaml", "nothing", *given).code == 3


def test_times_are_never_before_the_clock(world: World) -> None:
    fake, connector = world.house()
    fake.add(name="x")
    records, _ = pulled(connector)
    assert records[0].modified is not None
    assert abs(records[0].modified - world.gate.now()) < timedelta(seconds=1)
