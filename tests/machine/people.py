"""What people, runs and the steward do in one history over the naive engine, in short notation; the ghost watches.

e:0,a,P  types        s shortens   l lengthens   u upper-case   c clears   b puts back what stood under our write
g:0,a,P  unreadable   m the system title-cases what we wrote     O I:0,P  opts out, in
t x z:0,P a phone added, removed, retyped   h:0,P out of view   d deletes   R:0 all back   n:0,P a new row
r · dry · sub:0,1 · po:0 · kill · fail rej drop lost crash ign race late:1 · dec:n · dk:n · undo · merge · split
rr:1 the mapping turns · late:2 joins
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Damaged
from tests.machine.ghost import IN, OUT, Ghost, Place, Raw, is_form, text_of
from tests.machine.naive import SCALARS, Naive, Row, Setup, source

WHO = ("P", "Q")
FAULTS = ("fail", "rej", "drop", "lost", "crash", "ign", "race")
LISTED = ("silent", "doubt", "damaged", "frozen", "parked", "filtered", "kept", "standing")


class History:
    """One history; `told` is its notation so far."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.told = setup, list[str]()
        self.ghost = Ghost(read_only=setup.read_only, may_loosen=frozenset(range(setup.n)) - setup.no_loosen)
        self.bin: list[dict[str, Row]] = [{} for _ in range(setup.n)]
        self.under: dict[Place, Any] = {}
        self.office = Naive(setup, [{} for _ in range(setup.n)])
        for who in WHO:
            for i in range(setup.n):
                self._first_row(i, who)
        self.office.in_job = set(range(setup.n)) - setup.late
        self.office.run()
        self.look(by_a_person=True)

    def _first_row(self, i: int, who: str) -> None:
        values: dict[str, Any] = {}
        late = i in self.setup.late
        for name in self.setup.fields:
            text = text_of(who, i if late else 0)
            values[name] = {"o": "", "p": self._phones(i, [f"1{who}", f"2{who}"])}.get(
                name, self.setup.stored(i, name, text)
            )
        ref = f"{i}:{who}"
        self.office.tables[i][ref] = Row(who, values)
        for name, value in values.items():
            knows = frozenset({-1 - i if late else 0})
            for one in value if isinstance(value, tuple) else (value,):
                self.ghost.born((i, ref, name), who, one, knows, first=late and name in SCALARS)
            self.ghost.raws[i, ref, name].value = value

    def _phones(self, i: int, phones: list[str]) -> tuple[str, ...]:
        places = self.setup.places[i]
        return tuple(phones) if places is None else (*phones, *[""] * places)[:places]

    # -------------------------------------------------------------------------- people

    def row(self, i: int, who: str) -> tuple[str, Row] | None:
        rows = [(ref, row) for ref, row in sorted(self.office.tables[i].items()) if row.who == who and not row.hidden]
        return rows[0] if rows else None

    def doubtful(self, ref: str, name: str, value: Any) -> bool:
        """Putting back a value of a write whose answer is open: nobody can tell who did it."""
        cell = self.office.ledger.cells.get((ref, name))
        doubt = cell.doubt if cell else None
        now = self.office.read(source(ref), name, value)
        return doubt is not None and (now in (doubt.before, doubt.intended) or is_form(now, doubt.intended))

    def put(self, i: int, ref: str, name: str, value: Any) -> None:
        row = self.office.tables[i][ref]
        if value == row.cells[name] or self.doubtful(ref, name, value):
            return
        row.cells[name] = value
        self.under.pop((i, ref, name), None)
        self.ghost.typed((i, ref, name), value)
        cell = self.office.ledger.cells.get((ref, name))
        if cell is None or self.office.shown(ref, name, value) in (cell.shown, cell.seen):
            self.ghost.safe |= self.ghost.raws[i, ref, name].knows  # nobody read what stood between
        elif value == "" and cell.seen is None:
            self.ghost.safe |= self.ghost.raws[i, ref, name].knows  # cleared before anybody ever read it

    def person(self, word: str, i: int, name: str, who: str) -> None:
        found = self.row(i, who)
        if found is None:
            return
        ref, row = found
        raw = row.cells[name]
        text = raw if isinstance(raw, str) else ""
        if word == "e":
            self.put(i, ref, name, self.setup.stored(i, name, self.ghost.fresh(who)))
        elif word == "s" and len(text) > 3:
            self.put(i, ref, name, text[:3])
        elif word == "l" and text:
            self.put(i, ref, name, self.setup.stored(i, name, text + "q"))
        elif word == "u" and text.upper() != text:
            self.put(i, ref, name, text.upper())
        elif word == "c" and raw != "":
            self.put(i, ref, name, "")
        elif word == "g":
            self.put(i, ref, name, Damaged("unreadable", f"#{self.ghost.count}"))
        elif word == "b" and isinstance(self.under.get((i, ref, name)), str):
            self.put(i, ref, name, self.under[i, ref, name])
        elif word == "m" and (i, ref, name) in self.under and text:
            row.cells[name] = text.title()
            self.ghost.retold((i, ref, name), text.title())

    def opt(self, word: str, i: int, who: str) -> None:
        found = self.row(i, who)
        if found is not None:
            was = found[1].cells["o"]
            self.ghost.loosened -= {who} if word == "O" and was != OUT else set()
            self.put(i, found[0], "o", OUT if word == "O" else IN)
            if word == "I" and was == OUT and i in self.ghost.may_loosen:
                self.ghost.loosened.add(who)

    def phone(self, word: str, i: int, who: str) -> None:
        found = self.row(i, who)
        if found is None:
            return
        ref, row = found
        value, has = list(row.cells["p"]), [one for one in row.cells["p"] if one]
        if word == "x" and has:
            self.ghost.removed |= {has[0], *self._seen_there(ref, value.index(has[0]))}
            value = [one for one in value if one != has[0]] if self.setup.places[i] is None else [
                "" if one == has[0] else one for one in value
            ]  # fmt: skip
        elif word in "tz":
            old = sorted(one for one in self.ghost.removed if self.ghost.author.get(one) == who)
            new = old[0] if word == "z" and old else self.ghost.fresh(who, "1")
            self.ghost.author.setdefault(new, who)
            if len(has) <= 1 or self.setup.places[i] is not None:
                self.ghost.removed |= set(value[:1]) | set(self._seen_there(ref, 0))  # R5d: replaced, perhaps
            rest = [one for one in value if one != new]
            value = [new, *rest] if self.setup.places[i] is None else [new, *value[1:]]
            if self.setup.places[i] is not None:
                value = [one if n == 0 or one != new else "" for n, one in enumerate(value)]
        self.put(i, ref, "p", tuple(value))

    def _seen_there(self, ref: str, place: int) -> list[str]:
        cell = self.office.ledger.cells.get((ref, "p"))
        seen = cell.seen if cell is not None and isinstance(cell.seen, tuple) else ()
        slot = seen[place] if place < len(seen) else ""
        return slot.split("\n") if isinstance(slot, str) else []

    def life(self, word: str, i: int, who: str) -> None:
        found = self.row(i, who)
        if word == "R":
            for ref, row in self.bin[i].items():
                self.office.tables[i][ref] = row
                self.ghost.deleted.discard((i, row.who))
                for name, value in row.cells.items():
                    self.ghost.raws[i, ref, name] = self._remembered(row.who, name, value)
            self.bin[i] = {}
            for row in self.office.tables[i].values():
                row.hidden = False
        elif found is None:
            if word == "n" and not any(row.who == who for row in self.office.tables[i].values()):
                self.ghost.count += 1
                ref = f"{i}:n{self.ghost.count}"
                values = {name: self._phones(i, []) if name == "p" else "" for name in self.setup.fields}
                self.office.tables[i][ref] = Row(who, values)
                self.bin[i] = {r: one for r, one in self.bin[i].items() if one.who != who}
                self.ghost.deleted.discard((i, who))
                for name, value in values.items():
                    self.ghost.born((i, ref, name), who, value if name != "p" else None, frozenset())
                    self.ghost.raws[i, ref, name].value = value
                self.put(i, ref, "a", self.setup.stored(i, "a", self.ghost.fresh(who)))
        elif word == "h":
            found[1].hidden = True
        elif word == "d":
            self.ghost.removed |= set(found[1].cells["p"])
            self.bin[i][found[0]] = self.office.tables[i].pop(found[0])
            self.ghost.ended((i, found[0]))
            self.ghost.deleted.add((i, who))

    def _remembered(self, who: str, name: str, value: Any) -> Any:
        knows = self.ghost.behind(who, name, value) if isinstance(value, str) else None
        return Raw(value, knows or frozenset())

    # -------------------------------------------------------------------------- runs and the steward

    def run(self, word: str, sources: list[int]) -> None:
        before = {place: raw.value for place, raw in self.ghost.raws.items()}
        held = self._held()
        faults = dict.fromkeys(sources, word) if word in FAULTS and word != "race" else {}
        pulled = sources if word in ("sub", "po") else None
        push = sources if word == "sub" else None
        race = sources if word == "race" else []
        self.office.run(
            pulled, push, faults, dry=word == "dry", kill=word == "kill", between=lambda: self._edit_meanwhile(race)
        )
        self.look(held=held & self._held())
        self.decided = self.decided and word == "dry"
        for place, raw in self.ghost.raws.items():
            if place in before and before[place] != raw.value and not race:
                self.under[place] = before[place]

    def _edit_meanwhile(self, sources: list[int]) -> None:
        for i in sources:
            self.person("e", i, "a", "P")

    def _held(self) -> set[Place]:
        """The cells of fields that ask: R4d writes none of them."""
        links = self.office.ledger.links.values()
        return {(source(k.ref), k.ref, name) for k in links for e, name in self.office.asking() if e == k.entity}

    def steward(self, word: str, n: int) -> None:
        office = self.office
        if word in ("dec", "dk"):
            (office.decide if word == "dec" else office.decide_kept)(n)
            return
        if word == "undo":
            office.undo()
        elif word == "merge":
            office.merge("P", "Q")
            self.ghost.joined = True
        elif word == "split":
            office.split("P")
        elif word == "turn":
            office.turn(n % self.setup.n)
        elif word == "late":
            office.in_job |= self.setup.late
        self.look(by_a_person=True)

    def look(self, *, by_a_person: bool = False, held: set[Place] | None = None) -> None:
        """The ghost looks at all sources and at golden."""
        self.ghost.step = self.told[-1] if self.told else "the start"
        self.ghost.learn(self.office.values())
        rows = {
            (i, ref): (row.who, row.cells) for i, table in enumerate(self.office.tables) for ref, row in table.items()
        }
        self.ghost.saw_sources(rows, held or set())
        self.ghost.saw_golden(self.office.values(), by_a_person=by_a_person or self.decided)

    decided = False

    # -------------------------------------------------------------------------- one step, and the end

    def step(self, text: str) -> None:
        self.told.append(text)
        word, _, rest = text.partition(":")
        args = rest.split(",") if rest else []
        numbers = [int(one) % self.setup.n for one in args if one.isdigit()]
        if word in ("dec", "dk", "undo", "merge", "split", "turn", "late"):
            self.decided = self.decided or word in ("dec", "dk")
            self.ghost.acts = self.ghost.acts or word != "late"
            self.steward(word, int(args[0]) if args else 0)
        elif word in ("r", "dry", "sub", "po", "kill", *FAULTS):
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
        """I5: at rest after three quiet runs; then I1 and I7."""
        for _ in range(3):
            self.step("r")
        self.step("r")
        if self.office.plan:
            self.ghost.violate(f"RESTLESS {self.office.plan}")
        listed = self.office.listed()
        for (i, ref, name), verdict in listed.items():
            if verdict == "agreed" and name != "p":
                self._is_really_agreed(i, ref, name)
        values = self.office.values()
        aside = [place for place, verdict in listed.items() if verdict in LISTED or self._shows_golden(place, values)]
        aside += [place for place in self.ghost.raws if place not in listed]
        open_values = [
            (key[0], key[1], vote.value) for key, votes in self.office.ledger.parked.items() for vote in votes
        ]
        lost = self.ghost.lost([*self.office.losers(), *open_values], aside)
        if lost:
            self.ghost.violate(f"LOST {sorted(lost)}")
        assert not self.ghost.violations, self.report()

    def _is_really_agreed(self, i: int, ref: str, name: str) -> None:
        entity = self.office.ledger.links[ref].entity
        golden, shown = self.office.values()[entity, name], self.office.ledger.cells[ref, name].shown
        one, two = str(golden).lower(), str(shown).lower()
        cut = two != "" and one.startswith(two)
        backwards = i in self.office.turned and i in self.setup.cut  # cut, then read backwards: stored otherwise
        if one != two and not cut and not backwards:
            self.ghost.violate(f"DIFFER {ref}.{name} shows {shown}, golden is {golden}")

    def _shows_golden(self, place: Place, golden: dict[tuple[str, str], Any]) -> bool:
        """It shows golden, or a system's form of it."""
        entity = self.office.ledger.links[place[1]].entity
        return place in self.ghost.raws and is_form(self.ghost.raws[place].value, golden[entity, place[2]])

    def report(self) -> str:
        return f"{self.setup}\n{' ; '.join(self.told)}\n{self.ghost.violations}"


def outcome(setup: Setup, steps: Sequence[str]) -> str:
    """What a history breaks; "" for nothing."""
    try:
        history = History(setup)
        for step in steps:
            history.step(step)
        history.finish()
    except AssertionError as found:
        return str(found)
    return ""


def shortened(setup: Setup, steps: Sequence[str]) -> str:
    """The report of a shortest history found by leaving out steps."""
    left, size = list(steps), 16
    while size:
        at = 0
        while at < len(left):
            less = left[:at] + left[at + size :]
            if outcome(setup, less):
                left = less
            else:
                at += size
        size //= 2
    return outcome(setup, left) or "it broke only once"
