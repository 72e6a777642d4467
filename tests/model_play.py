"""Plays one history twice: in the design's model, and in the real engine over memory stores. Both must show the same.

The model (shared/design/model) is the oracle. People's steps happen in its world and are copied into the stores; runs
happen in both, with the same faults; then every record of every source must read the same, and golden too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from connectors.contract import Check, Damaged, Op, Repeat
from connectors.memory import Died, Fault
from sync.rules import sets
from tests.engine import GUARDS, Side, World, cautious

MODEL = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "model"
FAULTS = {
    "fail": Fault.CONFLICT,
    "rej": Fault.REJECTED,
    "drop": Fault.LOST_REQUEST,
    "lost": Fault.LOST_ANSWER,
    "ign": Fault.IGNORED,
}


def _writes(text: str, columns: Sequence[str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A workflow that sets each of the columns that holds something."""
    return lambda values: {n: text for n in columns if values.get(n)}


def model() -> Any:
    """The model's module `world`, or None where the design is not beside this repository."""
    if not (MODEL / "world.py").exists():
        return None
    if str(MODEL) not in sys.path:
        sys.path.insert(0, str(MODEL))
    return import_module("world")


class Skipped(Exception):
    """What the model does here cannot be said to the engine in the same way."""


class Play:
    """One history in both worlds. `refs`: record of the model → key in the store."""

    def __init__(self, setup: Any, folder: Path) -> None:
        self.setup, self.module = setup, model()
        self.real = World(folder, {f"s{i}": self._side(i) for i in range(setup.n)}, **self._config())
        self.refs: dict[str, str] = {}
        self.model: Any = None
        world_class = self.module.World
        first_run, world_class.run = world_class.run, lambda *a, **k: None
        try:
            self.model = world_class(setup)
        finally:
            world_class.run = first_run
        self.in_job = set(self.model.in_job)
        self._job()
        for i in range(setup.n):  # no table is ever empty: an empty listing proves nothing
            self.real.add(f"s{i}", FILLER, "FILLER")
        self.mirror()
        self.run()

    # -------------------------------------------------------------------------- the same setup

    def _side(self, i: int) -> Side:
        setup = self.setup
        fields = tuple(f for f in setup.fields if f in "ab")
        can = cautious(
            checks={Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD},
            repeat=Repeat.CHOSEN,
            changes=False,
            deletions=False,
            absence=False,
            ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
        )
        places = setup.places.get(i)
        mapping: dict[str, Any] = {}
        if "p" in setup.fields and places is None:
            mapping["phones"] = {"from": "p", "split": "/"}
        if "o" in setup.fields:
            mapping["consent"] = {"from": "o", "values": {"out": "false", "in": "true"}}
        direction = {"direction": "pull"} if i in setup.read_only else {}
        for name in [f for f in setup.fields if f in "ab"]:
            mapping[name] = {"from": name, **direction} if direction else name
        return Side(
            formal=i not in setup.informal and i not in setup.no_clear,
            fields=fields,
            columns=tuple(f for f in setup.fields if f in "op"),
            phones=(places or 0) if "p" in setup.fields else 0,
            can=can,
            mapping=mapping,
            create=i in setup.create_in,
            lengths={"a": 3, "b": 3} if i in setup.cut else {},
            extra={
                **({"may_delete": "true"} if i in setup.may_delete else {}),
                **({"on_leave": "remove"} if setup.deletes else {}),
            },
        )

    def _config(self) -> dict[str, Any]:
        setup = self.setup
        rules: dict[str, Any] = {"survive": "ask"} if setup.ask else {}
        fields: dict[str, Any] = {name: dict(rules) for name in setup.fields if name in "ab"}
        if "o" in setup.fields:
            fields["consent"] = {"authority": [f"s{i}" for i in range(setup.n) if i not in setup.no_loosen]}
        kinds = {"organisation": {"fields": {name: one for name, one in fields.items() if one}}}
        return {"first_link": setup.first, "kinds": kinds, "guards": {**GUARDS, "hold": "1m"}}

    def _job(self) -> None:
        """The job names the sources that have joined."""
        names = [f"s{i}" for i in sorted(self.in_job)]
        setup = self.setup
        self.real.config["jobs"] = {
            "agree": {
                "pull": names,
                "push": names,
                "create_in": [f"s{i}" for i in sorted(self.in_job) if i in setup.create_in],
            },
            **self._subjobs(),
        }
        for i in range(setup.n):
            table = self.real.table(f"s{i}")
            table.answers = setup.answers
            table.cut = {"a", "b"} if i in setup.cut else set()
            table.upper = {"a", "b"} if i in setup.fold else set()
            table.editors = False
            if i in setup.flow and not table.workflows:
                moment, text = setup.flow[i]
                table.workflow(moment, _writes(text, [n for n in "ab" if n in setup.fields]))
        self.real.write_workspace()

    def _subjobs(self) -> dict[str, Any]:
        import itertools

        out: dict[str, Any] = {}
        inside = sorted(self.in_job)
        for size in range(1, len(inside) + 1):
            for some in itertools.combinations(inside, size):
                names = [f"s{i}" for i in some]
                create = [f"s{i}" for i in some if i in self.setup.create_in]
                out["sub" + "".join(map(str, some))] = {"pull": names, "push": names, "create_in": create}
        return out

    # -------------------------------------------------------------------------- people

    def mirror(self) -> None:
        """Copies what people did in the model's sources into the stores."""
        for i in range(self.setup.n):
            table = self.real.table(f"s{i}")
            rows = self.model.tables[i]
            hidden = {f"CC{row.who}" for row in rows.values() if row.hidden}
            table.shown = lambda row, hidden=hidden: f"C{row.values.get('code')}" not in hidden  # type: ignore[misc]
            for ref in [r for r in self.refs if r.startswith(f"{i}:") and r not in rows]:
                if self.refs[ref] in table.all():
                    table.remove(self.refs[ref])
            for ref, row in rows.items():
                values = self._values(i, row)
                key = self.refs.get(ref)
                if key is not None and self.model.joins:  # names went together; nobody types them back
                    values = {name: value for name, value in values.items() if name not in ("name", "code")}
                if key is None or key not in table.all():
                    self.refs[ref] = table.add(values, key=key or "")
                elif any(table.values(key).get(name) != value for name, value in values.items()):
                    now = table.values(key)
                    table.edit(key, {n: v for n, v in values.items() if now.get(n) != v})

    def _values(self, i: int, row: Any) -> dict[str, Any]:
        out: dict[str, Any] = {"name": f"{NAMES.get(row.who[:1], '乙')}{row.who}有限公司", "code": f"C{row.who}"}
        for name, raw in row.cells.items():
            if name == "p":
                places = self.setup.places.get(i)
                if places is None:
                    out["p"] = "/".join(phone(e) for e in raw.value if e) or None
                    continue
                shown = (*raw.value, *("",) * places)[:places]
                out.update({f"p{n + 1}": phone(e) if e else None for n, e in enumerate(shown)})
            else:
                out[name] = self._raw(raw.value)
        return out

    def _raw(self, value: Any) -> Any:
        if isinstance(value, self.module.Damaged):
            return Damaged("unreadable", value.raw)
        return value or None

    # -------------------------------------------------------------------------- runs

    def step(self, text: str) -> None:
        """One step of a history in the model's notation."""
        op, _, rest = text.partition(":")
        if op == "late_in":
            self.in_job.add(int(rest))
            self.model.in_job.add(int(rest))
            self._job()
        elif op in ("r", "sub", "po", "dry", "kill") or op in self.module.FAULTS:
            ints = [int(x) for x in rest.split(",") if x.isdigit()]
            self.run(op, ints)
        elif op in ("merge", "split"):
            self._pair(text)
        elif op == "undo":
            self._undo(text)
        elif op == "rr":
            self.module.step(self.model, text)
            self._remap(int(rest))
        elif op in ("dec", "dk"):
            before = len(self.model.decisions)
            self.module.step(self.model, text)
            self._decide(self.model.decisions[before:])
        else:
            self.module.step(self.model, text)
            self.mirror()

    def run(self, op: str = "r", ints: tuple[int, ...] | list[int] = ()) -> None:
        """A run in both; faults that people take part in (race, late, del) happen in the model first, and are copied."""
        job = "agree"
        if op == "sub":
            job = "sub" + "".join(str(i) for i in sorted(set(ints) & self.in_job))
        for i in ints if op in FAULTS or op == "crash" else ():
            fault = Fault.DIES if op == "crash" else FAULTS[op]
            self.real.stores[f"s{i}"].fault(fault, table="main", times=20)
        text = op if not ints else f"{op}:{','.join(map(str, ints))}"
        if op == "kill":
            self._commit_only(job)
        elif op == "dry":
            self.real.plan(job, allowed={f"s{i}:mapping": "" for i in range(self.setup.n)})
        elif job == "sub":
            return
        else:
            self._real_run(job)
        self.module.step(self.model, text)
        for store in self.real.stores.values():
            store.troubles.clear()
            store.run_workflows()
        self.compare(text)

    def _commit_only(self, job: str) -> None:
        """A run that dies after it has committed what it decided and before it wrote anything."""

        def dies(*_: object, **__: object) -> None:
            raise Died

        with patch("sync.run.apply", dies):
            self._real_run(job)

    def _real_run(self, job: str) -> None:
        allowed = {f"s{i}:mapping": "" for i in range(self.setup.n)}
        planned = self.real.plan(job, allowed=allowed)
        if self._answer_subjects():
            planned = self.real.plan(job, allowed=allowed)
        try:
            self.real.apply(planned.plan)
        except Died:
            self.real.tick(minutes=10)

    def _undo(self, text: str) -> None:
        """Takes back the last run in both, where there is something to take back."""
        from connectors.contract import ConfigError
        from sync.run import make_undo

        self.real.tick()
        last = self.real.rows("SELECT MAX(id) FROM run WHERE sort = 'apply'")[0][0]
        try:
            with self.real.session() as session:
                made = make_undo(session, last)
            self.real.apply(made.plan)
        except ConfigError:
            pass
        self.module.step(self.model, text)
        self.compare(text)

    def _pair(self, text: str) -> None:
        """The steward says that the first two customers are one, or are two after all."""
        from sync.decisions import Sort, append
        from sync.ledger import pairs

        joined = [key for key in self.model.ledger.joined if len(key) == 2]
        if (text == "merge" and not {"E1", "E2"} <= set(self.model.ledger.ident)) or (text == "split" and not joined):
            return
        with self.real.session() as session, session.ledger.transaction() as c:
            ids = dict(session.ledger.rows(c, "SELECT r.key, r.id FROM record r WHERE r.table_id = 1"))
            links = dict(session.ledger.rows(c, "SELECT record_id, state FROM link"))
            refs = [f"{ids[self.refs[r]]}:organisation" for r in ("0:P", "0:Q") if self.refs.get(r) in ids]
            if len(refs) < 2 or any(links.get(int(ref.partition(":")[0])) is None for ref in refs):
                raise Skipped(text)
            one, two = sorted(refs)
            sort = Sort.SAME if text == "merge" else Sort.DIFFERENT
            pairs.keep_apart(session.ledger, c, [(one, two)], same=text == "merge")
            append(
                session.ledger, c, sort=sort, content={"refs": [one, two]}, entity=None, by="tester", at=self.real.now
            )
        self.module.step(self.model, text)

    def _remap(self, i: int) -> None:
        """The mapping of a source changes: its texts are read backwards, or forwards again."""
        from dataclasses import replace

        (self.real.folder / "flip.py").write_text(FLIP, encoding="utf-8")
        side = self.real.sides[f"s{i}"]
        turned = {
            f: {"from": f, "python": "flip:turn"} if self.model.mapping[i] else f
            for f in self.setup.fields
            if f in "ab"
        }
        self.real.sides[f"s{i}"] = replace(side, mapping={**side.mapping, **turned})
        self.real.write_workspace()

    def _decide(self, made: list[Any]) -> None:
        """The same decisions: each names the values it was shown."""
        from sync.decisions import Sort, append, field_content
        from sync.sides import ref_of

        with self.real.session() as session, session.ledger.transaction() as c:
            ids = {
                (row[0], row[1]): row[2]
                for row in session.ledger.rows(
                    c,
                    "SELECT s.name, r.key, r.id FROM record r "
                    "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source",
                )
            }
            links = dict(session.ledger.rows(c, "SELECT record_id, entity FROM link"))
            for _, f, value, ref, shown, _ in made:
                refs = {r: ids.get((f"s{r.split(':')[0]}", self.refs.get(r, ""))) for r in {*shown, ref}}
                entity = next(links[n] for n in refs.values() if n in links)

                def named(one: str, refs: Any = refs) -> str:
                    return ref_of(refs[one], "organisation") if refs.get(one) else one

                said = {named(r): self._canonical(v) for r, v in shown.items()}
                content = field_content(f, "value", self._canonical(value), named(ref), said)
                append(
                    session.ledger, c, sort=Sort.FIELD, content=content, entity=entity, by="tester", at=self.real.now
                )

    def _canonical(self, value: Any) -> Any:
        return Damaged("unreadable", value.raw) if isinstance(value, self.module.Damaged) else value

    def _answer_subjects(self) -> int:
        """The model knows of whom a row speaks; here a person says so: of another customer, every time it is asked."""
        from sync.decisions import Sort, append
        from sync.ledger import asked

        with self.real.session() as session, session.ledger.transaction() as c:
            found = asked.open_questions(session.ledger, c, ["subject"])
            for one in found:
                content = {"ref": one.content["ref"], "answer": "other", "entity": None, "name": one.content["name"]}
                append(
                    session.ledger,
                    c,
                    sort=Sort.SUBJECT,
                    content=content,
                    entity=one.entity,
                    by="tester",
                    at=self.real.now,
                )
                asked.close(session.ledger, c, [one.id])
            return len(found)

    # -------------------------------------------------------------------------- what both show

    def compare(self, after: str) -> None:
        """Every record of every source reads the same in both worlds."""
        for i in range(self.setup.n):
            mine = {key: v for key, v in self.real.table(f"s{i}").all().items() if v["name"] != FILLER}
            theirs = self.model.tables[i]
            created = {ref for ref in theirs if ref not in self.refs}
            for ref in created:
                taken = {key for known, key in self.refs.items() if known.startswith(f"{i}:")}
                code = f"C{theirs[ref].who}"
                key = next((k for k, v in mine.items() if k not in taken and v["code"] == code), None)
                assert key is not None, f"{after}: the model created {ref} in s{i}, the engine did not"
                self.refs[ref] = key
            known = {self.refs[ref] for ref in theirs}
            extra = set(mine) - known
            assert not extra, f"{after}: the engine has {extra} in s{i}: {[mine[k] for k in extra]}"
            for ref, row in theirs.items():
                want = self._values(i, row)
                if self.model.joins:  # the model has no names, and joins those of two customers with them
                    want = {name: value for name, value in want.items() if name not in ("name", "code")}
                got = {name: mine[self.refs[ref]].get(name) for name in want}
                assert got == want, f"{after}: {ref} in s{i}\n engine {got}\n model  {want}"


FILLER = "填充有限公司"
FLIP = """class turn:
    read = staticmethod(lambda value: value[::-1] if isinstance(value, str) else value)
    write = staticmethod(lambda value: value[::-1] if isinstance(value, str) else value)
"""
NAMES = {"P": "甲", "Q": "丙", "A": "丁", "B": "戊", "U": "己"}


def phone(element: str) -> str:
    """A model's phone, told as a mobile number."""
    number = sum(ord(ch) * 131**n for n, ch in enumerate(element)) % 10**8
    return f"138{number:08d}"


__all__ = ["MODEL", "Play", "Skipped", "model", "sets"]
