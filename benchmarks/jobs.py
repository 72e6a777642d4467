"""Which commands are measured, ours and each peer's, and what must hold? (the table "Speed and size")"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import made
from benchmarks.measure import Cost, cheapest, child
from benchmarks.venvs import BENCH, HOME, python_of

ROOT = HOME.parent
WORKSPACE = """\
sources:
  one: one.csv
  two: two.csv
jobs:
  take: {pull: [one], push: []}
  agree: {pull: [one, two], push: [two], create_in: {two: {}}}
"""
CODE = ("cli.py", "offbook", "connectors", "mappings", "matching", "sync")
CHANGED = 100
"""One record of so many is changed."""
MEGA = 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ratio: how many times cheaper than the peer, or None where the bar is seconds."""

    job: str
    ours: Cost
    bar: str
    ok: bool
    peer: str = ""
    theirs: Cost | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.theirs.cpu / self.ours.cpu if self.theirs is not None else None


@dataclass(slots=True)
class Bench:
    """One size of data in a folder of its own. times: how often each command runs; the cheapest run counts."""

    count: int
    times: int = 3
    rows: list[Row] = field(default_factory=list)
    tell: Callable[[Row], None] = lambda _row: None

    @property
    def folder(self) -> Path:
        return BENCH / f"data-{self.count}"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        code = [str(ROOT / name) for name in CODE]
        compiling = [sys.executable, "-m", "compileall", "-q", *code]  # as pip does for a peer
        child(compiling, ROOT, self.folder / "said.txt")
        for name, changed in (("one.csv", 0), ("changed.csv", CHANGED)):
            if not (self.folder / name).exists():
                words = [str(self.folder / name), str(self.count), str(changed)]
                child([sys.executable, "-m", "benchmarks.made", *words], ROOT, self.folder / "said.txt")

    # -------------------------------------------------------------------------- ours

    def fresh(self, name: str) -> Path:
        """A workspace without a ledger, in which both sources hold the same records."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        (place / "mappings").mkdir(parents=True)
        (place / "offbook.yaml").write_text(WORKSPACE, encoding="utf-8")
        for table in ("one", "two"):
            (place / "mappings" / f"{table}.yaml").write_text(made.MAPPING.format(table=table), encoding="utf-8")
            shutil.copyfile(self.folder / "one.csv", place / f"{table}.csv")
        return place

    def offbook(self, place: Path, *words: str) -> Cost:
        return child([sys.executable, "-m", "offbook", "--workspace", str(place), *words], ROOT, place / "said.txt")

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.tell(row)

    def against(self, job: str, ours: Cost, peer: str, theirs: Cost, *, cheaper: float, smaller: float = 0.0,
                below: int = 0, note: str = "") -> None:  # fmt: skip
        """cheaper: times less CPU. smaller: times less memory. below: MB at the most."""
        bar = f"≥ {cheaper:g}× cheaper" if cheaper > 1 else "no slower"
        bar += f", ≥ {smaller:g}× smaller" if smaller else ""
        bar += f", ≤ {below} MB" if below else ""
        ok = theirs.cpu >= cheaper * ours.cpu and theirs.peak >= smaller * ours.peak
        ok = ok and (not below or ours.peak <= below * MEGA)
        self.add(Row(job, ours, bar, ok, peer, theirs, note))

    # -------------------------------------------------------------------------- the table's lines

    def starting(self) -> None:
        place = self.fresh("start")
        for words, bar in ((("--version",), 0.25), (("--help",), 0.25), (("jobs", "--json"), 0.6)):
            cost = cheapest(self.times + 2, partial(self.command, place, words))
            self.add(Row(f"offbook {' '.join(words)}", cost, f"≤ {bar:g} s", cost.cpu <= bar))

    def command(self, place: Path, words: tuple[str, ...]) -> Cost:
        if words[0].startswith("--"):
            return child([sys.executable, "-m", "offbook", *words], ROOT, place / "said.txt")
        return self.offbook(place, *words)

    def reading(self) -> None:
        """A CSV file into a ledger and into dlt's destinations; then 1 % changed."""
        place = self.folder / "read"
        first = cheapest(self.times, lambda: self.offbook(place, "pull", "take"), lambda: self.fresh("read"))
        for database, cheaper in (("duckdb", 3.0), ("sqlite", 4.0)):
            home = self.folder / f"dlt-{database}"

            load = partial(self.dlt, "one.csv", database, "replace", home)
            theirs = cheapest(self.times, load, partial(_emptied, home))
            name = "dlt → DuckDB" if database == "duckdb" else "dlt → SQLite"
            self.against("CSV → ledger", first, name, theirs, cheaper=cheaper, below=150)
        self.changed(place)

    def changed(self, place: Path) -> None:
        kept = place / "offbook.db"
        ledger = next(one for one in place.iterdir() if one.suffix == ".db") if not kept.exists() else kept
        copy = place / "before.copy"
        shutil.copyfile(ledger, copy)
        shutil.copyfile(self.folder / "changed.csv", place / "one.csv")
        ours = cheapest(
            self.times, lambda: self.offbook(place, "--json", "pull", "take"), lambda: shutil.copyfile(copy, ledger)
        )
        home, kept_home = self.folder / "dlt-merge", self.folder / "dlt-merge-kept"
        shutil.rmtree(kept_home, ignore_errors=True)
        _emptied(home)
        self.dlt("one.csv", "duckdb", "merge", home)
        shutil.copytree(home, kept_home)

        def back() -> None:
            shutil.rmtree(home)
            shutil.copytree(kept_home, home)

        theirs = cheapest(self.times, lambda: self.dlt("changed.csv", "duckdb", "merge", home), back)
        found = _found(ours.said)
        wanted = made.altered(self.count, CHANGED)
        note = "every update, create and missing record found" if found == wanted else f"found {found}, not {wanted}"
        self.against("1 % changed", ours, "dlt merge", theirs, cheaper=3.0, note=note)

    def dlt(self, name: str, database: str, how: str, home: Path) -> Cost:
        script = HOME / "peers" / "dlt_load.py"
        python = python_of("dlt" if database == "duckdb" else "dlt_sqlite")
        words = [python, str(script), str(self.folder / name), database, how, str(home)]
        return child(words, self.folder, home / "said.txt")

    def agreeing(self) -> None:
        """Two sources that agree: unchanged, then one of them with 1 % changed."""
        place = self.fresh("agree")
        first = self.offbook(place, "plan", "agree")
        applied = self.offbook(place, "apply", "1")
        self.add(Row("first plan of two sources", first, "", ok=True, note="matching included"))
        self.add(Row("apply of that plan", applied, "", ok=True))
        again = cheapest(self.times, lambda: self.offbook(place, "--json", "plan", "agree"))
        self.unchanged(again)
        shutil.copyfile(self.folder / "changed.csv", place / "one.csv")
        ledger = next(one for one in place.iterdir() if one.suffix == ".db")
        copy = place / "before.copy"
        shutil.copyfile(ledger, copy)
        ours = cheapest(self.times, lambda: self.offbook(place, "plan", "agree"), lambda: shutil.copyfile(copy, ledger))
        script = HOME / "peers" / "diffsync_compare.py"
        words = [python_of("diffsync"), str(script), *(str(self.folder / name) for name in ("one.csv", "changed.csv"))]
        theirs = cheapest(self.times, lambda: child(words, self.folder, place / "said.txt"))
        job = "two sources compared and planned, 1 % different"
        self.against(job, ours, "diffsync", theirs, cheaper=12.0, smaller=4.0)

    def unchanged(self, again: Cost) -> None:
        home = self.folder / "dlt-again"
        _emptied(home)
        self.dlt("one.csv", "duckdb", "incremental", home)
        theirs = cheapest(self.times, lambda: self.dlt("one.csv", "duckdb", "incremental", home))
        read = sum(one.get("read", 0) for one in json.loads(again.said).get("read", {}).values())
        note = "ours plans two sources" + ("; no record re-read" if read == 0 else f"; {read} records re-read")
        self.against("file unchanged", again, "dlt incremental", theirs, cheaper=4.0, note=note)


def _emptied(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()


def _found(said: str) -> tuple[int, int, int]:
    """Updates, creates and missing records that `pull --json` tells."""
    read = json.loads(said)["read"]
    counts = next(iter(read.values())) if isinstance(read, dict) else read[0]
    return int(counts.get("changed", 0)), int(counts.get("new", 0)), int(counts.get("missing", 0))
