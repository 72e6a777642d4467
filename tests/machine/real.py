"""One history through the real engine: memory stores, a ledger in SQLite, and the same ghost over them.

The steps are those of tests/machine/people.py, but for joins and mappings that turn, which tests/test_engine_model.py
plays. Every run is checked for R17 and I7 by the histories' stage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

from connectors.contract import Check, ConfigError, Damaged, Op, Repeat
from connectors.memory import Died, Fault
from sync.ledger import codec
from sync.review.answers import decide
from sync.review.desk import desk
from sync.review.model import ANSWERS
from tests.engine import GUARDS, Side, cautious
from tests.histories.stage import Stage
from tests.machine.ghost import IN, OUT, Ghost, Place, Raw, is_form, text_of
from tests.machine.naive import Setup
from tests.machine.people import LISTED, WHO

FAULTS = {
    "fail": Fault.CONFLICT,
    "rej": Fault.REJECTED,
    "drop": Fault.LOST_REQUEST,
    "lost": Fault.LOST_ANSWER,
    "ign": Fault.IGNORED,
    "crash": Fault.DIES,
}
FIELDS = {"a": "a", "b": "b", "o": "consent", "p": "phones"}
CONSENT = {"false": OUT, "true": IN, "": ""}
FILLER = "填充有限公司"
NAMES = {"P": "上海宇润科技有限公司", "Q": "广州方圆设计有限公司"}


def number(who: str, n: int) -> str:
    return f"138{'PQ'.index(who)}{n:07d}"


class RealHistory:
    """`told` is its notation so far. Keys of records are those of the stores."""

    def __init__(self, setup: Setup, folder: Path) -> None:
        self.setup, self.told = setup, list[str]()
        self.ghost = Ghost(read_only=setup.read_only, may_loosen=frozenset(range(setup.n)) - setup.no_loosen)
        self.in_job = set(range(setup.n)) - setup.late
        self.under: dict[Place, Any] = {}
        self.bin: dict[tuple[int, str], dict[str, Any]] = {}
        self.hidden: set[tuple[int, str]] = set()
        self.decided = False
        self.read_last: dict[Place, tuple[Any, ...]] = {}
        self.whose: dict[str, str] = {}
        fields = {"b": {"survive": "ask"}, "consent": {"authority": [f"s{i}" for i in sorted(self.ghost.may_loosen)]}}
        self.world = Stage(
            folder,
            {f"s{i}": self._side(i) for i in range(setup.n)},
            kinds={"organisation": {"fields": fields}},
            guards={**GUARDS, "hold": "1m"},
            jobs=self._jobs(),
        )
        for i in range(setup.n):
            table = self.table(i)
            table.answers, table.editors = setup.answers, False
            table.cut, table.upper = ({"a", "b"} if i in some else set() for some in (setup.cut, setup.fold))
            self.world.add(f"s{i}", FILLER, "FILLER")
            for who in WHO:
                self._first_row(i, who)
        self.run("r", [])

    def _side(self, i: int) -> Side:
        setup, places = self.setup, self.setup.places[i]
        mapping: dict[str, Any] = {"consent": {"from": "o", "values": {OUT: "false", IN: "true"}}}
        if places is None:
            mapping["phones"] = {"from": "p", "split": "/"}
        if i in setup.read_only:
            mapping |= {name: {"from": name, "direction": "pull"} for name in "ab"}
        can = cautious(
            checks={Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD},
            repeat=Repeat.CHOSEN,
            changes=False,
            deletions=False,
            absence=False,
            ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
        )
        return Side(
            formal=i not in setup.off_book,
            columns=("o", "p"),
            phones=places or 0,
            can=can,
            mapping=mapping,
            create=i in setup.create_in,
            lengths={"a": 3, "b": 3} if i in setup.cut else {},
        )

    def _jobs(self) -> dict[str, Any]:
        names = [f"s{i}" for i in sorted(self.in_job)]
        push = [f"s{i}" for i in sorted(self.in_job - self.setup.read_only)]
        create = [f"s{i}" for i in sorted(self.in_job & self.setup.create_in)]
        jobs = {"agree": {"pull": names, "push": push, "create_in": create}}
        for name in names:
            own = {"push": [name] if name in push else [], "create_in": [name] if name in create else []}
            jobs[f"sub_{name}"] = {"pull": [name], **own}
        return jobs

    def table(self, i: int) -> Any:
        return self.world.table(f"s{i}")

    def _first_row(self, i: int, who: str) -> None:
        late = i in self.setup.late
        knows = frozenset({-1 - i if late else 0})
        text = self.setup.stored(i, "a", text_of(who, i if late else 0))
        values = {"a": text, "b": text, "o": "", "p": self._places(i, (number(who, 1), number(who, 2)))}
        key = self.world.add(f"s{i}", NAMES[who], f"C{who}", **self._columns(i, values))
        for name, value in values.items():
            for one in value if isinstance(value, tuple) else (value,):
                self.ghost.born((i, key, name), who, one, knows)
            self.ghost.raws[i, key, name] = Raw(value, knows, first=late and name in "ab")

    def _places(self, i: int, phones: tuple[str, ...]) -> tuple[str, ...]:
        places = self.setup.places[i]
        return tuple(one for one in phones if one) if places is None else (*phones, "", "")[:places]

    def _columns(self, i: int, values: dict[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, value in values.items():
            if name != "p":
                out[name] = value if value != "" else None
            elif self.setup.places[i] is None:
                out["p"] = "/".join(value) or None
            else:
                out |= {f"p{n + 1}": one or None for n, one in enumerate(value)}
        return out

    def _cells(self, i: int, row: dict[str, Any]) -> dict[str, Any]:
        cells = {name: row[name] or "" for name in "abo"}
        places = self.setup.places[i]
        phones = (row["p"] or "").split("/") if places is None else [row[f"p{n + 1}"] or "" for n in range(places)]
        return {**cells, "p": self._places(i, tuple(phones))}

    # -------------------------------------------------------------------------- people

    def row(self, i: int, who: str) -> str:
        """The key of this customer's record; "" where nobody sees one."""
        for key, values in self.table(i).all().items():
            if values["code"] == f"C{who}" and (i, key) not in self.hidden:
                return str(key)
        return ""

    def put(self, i: int, key: str, name: str, value: Any) -> None:
        place = (i, key, name)
        raw = self.ghost.raws[place]
        cell = self.world.state(f"s{i}", key, FIELDS[name])
        if value == raw.value or (cell is not None and cell.doubt is not None and name != "p" and value == raw.value):
            return
        doubt = cell.doubt if cell is not None else None
        if doubt is not None and (value in ("", OUT, IN) or is_form(value, doubt.intended) or value == doubt.before):
            return  # nobody could tell who did it
        self.table(i).edit(key, self._columns(i, {name: value}))
        self.under.pop(place, None)
        self.ghost.typed(place, value)
        if value in self.read_last.get(place, ()) or (value == "" and place not in self.read_last):
            self.ghost.safe |= raw.knows  # what stood between, nobody read
        elif value == self.ghost.golden.get((self.ghost.who[place[:2]], name)):
            self.ghost.safe |= raw.knows  # back at what is agreed: taken back by whoever typed it

    def person(self, word: str, i: int, name: str, who: str) -> None:
        key = self.row(i, who)
        if not key:
            return
        raw = self.ghost.raws[i, key, name].value
        text = raw if isinstance(raw, str) else ""
        stored = self.setup.stored
        made: dict[str, Any] = {
            "e": stored(i, name, self.ghost.fresh(who)),
            "s": text[:3],
            "l": stored(i, name, text + "q") if text else "",
            "u": text.upper(),
            "c": "",
            "g": Damaged("unreadable", f"#{self.ghost.count}"),
            "b": self.under.get((i, key, name), raw),
        }
        if word == "m":
            if (i, key, name) in self.under and text:
                self.table(i).edit(key, {name: text.title()})
                self.ghost.retold((i, key, name), text.title())
        elif made[word] != raw and (made[word] != "" or word in "cb"):
            self.put(i, key, name, made[word])

    def opt(self, word: str, i: int, who: str) -> None:
        key = self.row(i, who)
        if key:
            was = self.ghost.raws[i, key, "o"].value
            self.ghost.loosened -= {who} if word == "O" and was != OUT else set()
            self.put(i, key, "o", OUT if word == "O" else IN)
            if word == "I" and was == OUT and i in self.ghost.may_loosen:
                self.ghost.loosened.add(who)

    def phone(self, word: str, i: int, who: str) -> None:
        key = self.row(i, who)
        if not key:
            return
        value = self.ghost.raws[i, key, "p"].value
        has = [one for one in value if one]
        if word == "x":
            self.ghost.removed |= set(has[:1])
            new = tuple("" if one in has[:1] else one for one in value)
        else:
            old = sorted(one for one in self.ghost.removed if self.ghost.author.get(one) == who)
            one = old[0] if word == "z" and old else number(who, 10 + self.ghost.count)
            self.ghost.author.setdefault(one, who)
            self.ghost.removed |= set(value[:1])  # R5d: perhaps it is replaced
            rest = [x for x in (value if self.setup.places[i] is None else value[1:]) if x != one]
            new = (one, *rest)
        self.put(i, key, "p", self._places(i, new))

    def life(self, word: str, i: int, who: str) -> None:
        key, table = self.row(i, who), self.table(i)
        if word == "R":
            for (at, old), values in list(self.bin.items()):
                if at == i:
                    table.add(values, key=old)
                    self._seen_again((i, old), values, "P" if values["code"] == "CP" else "Q")
                    del self.bin[at, old]
            self.hidden = {one for one in self.hidden if one[0] != i}
        elif key and word == "h":
            self.hidden.add((i, key))
        elif key and word == "d":
            self.bin[i, key] = dict(table.values(key))
            table.remove(key)
            self.ghost.removed |= set(self.ghost.raws[i, key, "p"].value)
            self.ghost.ended((i, key))
            self.ghost.deleted.add((i, who))
        elif not key and word == "n" and not any(v["code"] == f"C{who}" for v in table.all().values()):
            self.ghost.count += 1
            self.bin = {one: values for one, values in self.bin.items() if one[0] != i or values["code"] != f"C{who}"}
            key = self.world.add(f"s{i}", NAMES[who], f"C{who}")
            self._seen_again((i, key), table.values(key), who)
            self.put(i, key, "a", self.setup.stored(i, "a", self.ghost.fresh(who)))
        hidden = {one[1] for one in self.hidden if one[0] == i}
        table.shown = lambda row: table.key_of(row) not in hidden

    def _seen_again(self, key: tuple[int, str], values: dict[str, Any], who: str) -> None:
        self.ghost.deleted.discard((key[0], who))
        self.ghost.who[key] = who
        for name, value in self._cells(key[0], values).items():
            known = self.ghost.behind(who, name, value) if isinstance(value, str) else None
            self.ghost.raws[*key, name] = Raw(value, known or frozenset())

    # -------------------------------------------------------------------------- runs and the steward

    def run(self, word: str, sources: list[int]) -> None:
        before = {place: raw.value for place, raw in self.ghost.raws.items()}
        inside = [i for i in sources if i in self.in_job]
        job = f"sub_s{inside[0]}" if word == "sub" and inside else "agree"
        asked = self._asking() if self.told else set()
        for i in inside if word in FAULTS else ():
            self.world.stores[f"s{i}"].fault(FAULTS[word], table="main", times=1 if word == "crash" else 20)
        allowed = {f"s{i}:mapping": "" for i in range(self.setup.n)}
        planned = self.world.plan(job, allowed=allowed)
        for i in inside if word == "race" else ():
            self.person("e", i, "a", "P")
        if word != "dry":
            self._apply(planned, allowed, kill=word == "kill")
        for store in self.world.stores.values():
            store.troubles.clear()
        self.read_last = {place: (value,) for place, value in before.items() if place[0] in self.in_job}
        self.look(held=asked & self._asking())
        self.decided = self.decided and word == "dry"
        if word != "race":
            changed = {p: v for p, v in before.items() if p in self.ghost.raws and self.ghost.raws[p].value != v}
            self.under |= changed

    def _apply(self, planned: Any, allowed: dict[str, str], *, kill: bool) -> None:
        def dies(*_: object, **__: object) -> None:
            raise Died

        try:
            if kill:
                with patch("sync.run.apply", dies):
                    self.world.apply(planned.plan, allowed=allowed)
            else:
                done = self.world.apply(planned.plan, allowed=allowed)
                planned.applied = done.applied
                self.world.adds_up(planned)
        except Died:
            self.world.tick(minutes=10)

    def steward(self, word: str, n: int) -> None:
        if word == "late":
            self.in_job |= self.setup.late
            self.world.config["jobs"] = self._jobs()
            self.world.write_workspace()
            return
        if word == "undo":
            try:
                self.world.undo()
            except ConfigError:
                return
            self.look(by_a_person=True)
            return
        self.decided = True
        if word == "dec":
            names, answers = [str(one.id) for one in self.world.questions("field")], ["A", "B"]
        else:
            with self.world.session() as session, desk(session, by="steward") as one:
                names, answers = [k for k, g in one.groups().items() if g.sort == "kept"], list(ANSWERS["kept"])
        for name in names:
            try:
                with self.world.session() as session:
                    decide(session, name, answers[n % len(answers)], by="steward")
            except ConfigError:  # no such answer here
                continue

    # -------------------------------------------------------------------------- the ghost looks

    def _asking(self) -> set[Place]:
        return {place for place, verdict in self.listed().items() if verdict == "parked"}

    def listed(self) -> dict[Place, str]:
        """The cells that deviate, with their verdicts; silent where the link is not live."""
        rows = self.world.rows(
            "SELECT s.name, r.key, l.state, k.field, k.verdict FROM record r JOIN link l ON l.record_id = r.id "
            "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source "
            "LEFT JOIN cell k ON k.record_id = r.id"
        )
        short = {field: name for name, field in FIELDS.items()}
        out: dict[Place, str] = {}
        for name, key, state, field, verdict in rows:
            if state != "live":
                out |= {(int(name[1:]), key, one): "silent" for one in FIELDS}
            elif field in short:
                out[int(name[1:]), key, short[field]] = verdict
        return out

    def goldens(self) -> dict[tuple[str, str], Any]:
        out: dict[tuple[str, str], Any] = {}
        for entity, values in self.world.entities().items():
            code = values.get("identifiers.code")
            if code not in ("CP", "CQ"):
                continue
            who = self.whose[entity] = str(code)[1]
            out |= {(who, name): values.get(name, "") for name in "ab"}
            out[who, "o"] = CONSENT[str(values.get("consent", ""))]
            phones = values.get("phones", ())
            assert isinstance(phones, tuple)
            out[who, "p"] = tuple(str(one).partition(";")[0][-11:] for one in phones)
        return out

    def look(self, *, by_a_person: bool = False, held: set[Place] | None = None) -> None:
        self.ghost.step = self.told[-1] if self.told else "the start"
        golden = self.goldens()
        self.ghost.learn(golden)
        rows: dict[tuple[int, str], tuple[str, dict[str, Any]]] = {}
        for i in range(self.setup.n):
            for key, values in self.table(i).all().items():
                if values["name"] != FILLER:
                    rows[i, key] = (str(values["code"])[1], self._cells(i, values))
        self.ghost.saw_sources(rows, held or set())
        self.ghost.saw_golden(golden, by_a_person=by_a_person or self.decided)

    # -------------------------------------------------------------------------- one step, and the end

    def step(self, text: str) -> None:
        self.told.append(text)
        word, _, rest = text.partition(":")
        args = rest.split(",") if rest else []
        numbers = [int(one) % self.setup.n for one in args if one.isdigit()]
        if word in ("dec", "dk", "undo", "late"):
            self.ghost.acts = self.ghost.acts or word != "late"
            self.steward(word, int(args[0]) if args else 0)
        elif word in ("r", "dry", "sub", "kill", "race", *FAULTS):
            self.run(word, numbers)
        elif word in "OI":
            self.opt(word, numbers[0], args[-1])
        elif word in "txz":
            self.phone(word, numbers[0], args[-1])
        elif word in "hdRn":
            self.life(word, numbers[0], args[-1])
        else:
            self.person(word, numbers[0], args[1], args[2])
        assert not self.ghost.violations, self.report()

    def finish(self) -> None:
        """I5: the plan after three quiet runs is empty; I1: no edit is lost."""
        for _ in range(3):
            self.step("r")
        left = self.world.plan(allowed={f"s{i}:mapping": "" for i in range(self.setup.n)}).header
        if left["changes"]:
            self.ghost.violate(f"RESTLESS {left['changes']} changes: {left['counts']}")
        golden, listed = self.goldens(), self.listed()
        aside = [place for place, verdict in listed.items() if verdict in LISTED]
        aside += [place for place in self.ghost.raws if place[0] not in self.in_job or place[:2] in self.hidden]
        for place, raw in self.ghost.raws.items():
            said = golden.get((self.ghost.who[place[:2]], place[2]))
            if place[2] != "p" and is_form(raw.value, said):
                aside.append(place)
        rows = self.world.rows("SELECT entity, field, value FROM loser")
        losers = [(self.whose.get(e, ""), f, codec.load(v)) for e, f, v in rows if f in ("a", "b")]
        if lost := self.ghost.lost(losers, aside) - self.opted:
            self.ghost.violate(f"LOST {sorted(lost)}")
        assert not self.ghost.violations, self.report()

    @property
    def opted(self) -> set[int]:
        """Opt-outs and their taking back are judged by what golden says, not by numbers."""
        return {n for (_, name, _), knows in self._three() if name == "o" for n in knows}

    def _three(self) -> list[tuple[Any, frozenset[int]]]:
        return [(key, knows) for key, knows in self.ghost.texts.items() if isinstance(key, tuple)]

    def report(self) -> str:
        return f"{self.setup}\n{' ; '.join(self.told)}\n{self.ghost.violations}"
