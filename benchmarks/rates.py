"""Is the published rate reached in real seconds, against pretended systems that answer after 50, 200 and 500 ms?

`rates.py [--only VENDOR …] [--latency MS …] [--save]`: prints a line for each; --save writes RATES.md. Each pretended system
is a process of its own and answers each request so long after it came. Whole runs of Offbook read and write there, and what
counts is when requests came there: how many pages a second while it is listed, how many requests a second while it is
written. `--serve` is how the process of a pretended system is started.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.paces import HEAD, table  # noqa: E402

LATENCIES: Final = (50, 200, 500)
FLOOR: Final = 0.95
FIRST: Final = 10
"""Writes that are not counted: by the first of them it is measured how many writers are needed."""
_SIGNS: Final = "东西南北江河湖海山川松竹梅兰金木水火土天地玄黄宇宙洪荒日月星辰云雨雷电风霜雪露春夏秋冬青红紫蓝"
_GUARDS: Final = "{creates: 100000, updates: 100000, removals: 100000, blanks: 100000, merges: 100000, moved: 100000}"


@dataclass(frozen=True, slots=True)
class Vendor:
    """units, seconds: the rate for writing; listed: the one for listing. kept: which mapping is used. pages, size: pages of
    so many records that are read. batches, batch: requests that write, of so many records each. spends: requests that count
    under the rate. options: lines of the source in offbook.yaml."""

    units: int
    seconds: float
    listed: tuple[int, float]
    kept: str
    page: tuple[str, str]
    write: tuple[str, str]
    spends: str
    pages: int
    size: int
    batches: int
    batch: int
    options: str = ""
    one_writer: bool = False


VENDORS: Final = {
    "airtable": Vendor(
        5, 1.0, (5, 1.0), "airtable.companies.yaml", ("GET", r"/tblCompanies00001$"),
        ("PATCH", r"/tblCompanies00001$"), r"/app\w+", 30, 100, 60, 10,
    ),
    "fxiaoke": Vendor(
        100, 20.0, (100, 20.0), "fxiaoke.yaml", ("POST", "/data/query$"), ("POST", "/data/create$"), "/data/create$",
        30, 100, 205, 1,
    ),
    "hubspot": Vendor(
        100, 10.0, (100, 10.0), "hubspot.companies.yaml", ("GET", "/companies$"),
        ("POST", "/companies/batch/(upsert|create)$"), r"^(?!.*/search$)", 30, 100, 205, 2, "batch: 2",
    ),
    "feishu_bitable": Vendor(
        50, 1.0, (20, 1.0), "feishu_bitable.companies.yaml", ("POST", "/records/search$"), ("POST", "/batch_create$"),
        "/batch_create$", 20, 500, 60, 10, "batch: 10", one_writer=True,
    ),
}  # fmt: skip


def names(count: int) -> list[str]:
    """Companies that are not taken for each other; the same in every run."""
    dice, signs = (
        random.Random(4),
        "东西南北江河湖海山川松竹梅兰金木水火土天地玄黄宇宙洪荒日月星辰云雨雷电风霜雪露春夏秋冬青红紫蓝",
    )
    made = {"".join(dice.sample(signs, 5)) for _ in range(count * 2)}
    return [f"{one}有限公司" for one in sorted(made)][:count]


# ------------------------------------------------------------------------------ the pretended system


def serve(vendor: str, latency: float, records: int) -> None:
    """Says how to reach it, and at the next line of standard input what it was asked."""
    from sandbox.command import started

    example = started(vendor, 0)
    fake: Any = example.fake
    fillers: Mapping[str, Callable[[str], object]] = {
        "airtable": lambda name: fake.add(fake.bases["appSandbox0000001"].tables[0], {"fldCompanyName001": name}),
        "fxiaoke": lambda name: fake.add("AccountObj", {"name": name}),
        "hubspot": lambda name: fake.objects["companies"].create({"name": name}),
        "feishu_bitable": lambda name: fake.add(
            fake.sheets["tblSandboxFirms1"], {"fldFirmName": [{"type": "text", "text": name}]}
        ),
    }
    for name in names(records):
        fillers[vendor](name)
    came: list[tuple[float, str, str]] = []
    answer = fake.handle

    def handle(call: Any) -> Any:
        at = time.monotonic()
        came.append((at, call.method, call.path))
        reply, trouble = answer(call)
        whole = replace(reply, body=reply.raw())  # made within the time that it takes to answer
        time.sleep(max(0.0, at + latency - time.monotonic()))
        return whole, trouble

    fake.handle = handle
    told = {"source": example.source, "mappings": dict(example.mappings), "secrets": dict(example.secrets)}
    print(json.dumps(told), flush=True)
    sys.stdin.readline()
    print(json.dumps({"came": came, "refused": fake.refused}), flush=True)
    fake.stop()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pretended system was asked: (moment, method, path); and how often it refused for its rate."""

    came: Sequence[tuple[float, str, str]]
    refused: int

    def times(self, method: str, path: str) -> list[float]:
        return sorted(at for at, how, where in self.came if method in ("", how) and re.search(path, where))


@contextmanager
def pretended(vendor: str, latency: int, records: int, folder: Path, spec: Vendor) -> Iterator[Callable[[], Heard]]:
    """A workspace in `folder` on a pretended system. Gives what ends it and tells what it heard."""
    command = [sys.executable, __file__, "--serve", vendor, str(latency / 1000), str(records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        lay_out(folder, vendor, told, spec)
        os.environ.update(told["secrets"])

        def heard() -> Heard:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            return Heard(**json.loads(process.stdout.readline()))

        try:
            yield heard
        finally:
            process.kill()


def lay_out(folder: Path, vendor: str, told: Mapping[str, Any], spec: Vendor) -> None:
    """A workspace in `folder`: a book, and the source that `told` describes (as sandbox.command.Example)."""
    source = told["source"] + (f"\n    {spec.options}" if spec.options else "")
    place = spec.kept.removesuffix(".yaml")
    jobs = f"\n  book: book.csv\njobs:\n  agree: {{push: [{vendor}], create_in: [{place}]}}\nguards: {_GUARDS}\n"
    (folder / "mappings").mkdir(parents=True)
    (folder / "offbook.yaml").write_text(source + jobs, "utf-8")
    (folder / "mappings" / spec.kept).write_text(told["mappings"][spec.kept], "utf-8")
    (folder / "mappings" / "book.yaml").write_text("table: book\nrecord:\n  organisation: {name: 公司}\n", "utf-8")


def fill_book(folder: Path, count: int) -> None:
    """So many companies in the book."""
    with (folder / "book.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["公司"], *([name] for name in names(count))])


# ------------------------------------------------------------------------------ what is measured


@dataclass(frozen=True, slots=True)
class Line:
    """rate, bound: requests a second, as measured and as they could be."""

    vendor: str
    what: str
    latency: int
    rate: float
    bound: float
    requests: int
    refused: int
    said: str = ""

    @property
    def holds(self) -> bool:
        return self.rate >= FLOOR * self.bound and not self.refused

    def __str__(self) -> str:
        shares = f"{self.rate / self.bound:.0%}"
        return (
            f"| {self.vendor} | {self.what} | {self.latency} ms | {self.requests} | {self.rate:.2f} | {self.bound:.2f} |"
            f" {shares} | {self.refused} | {'yes' if self.holds else 'no'} | {self.said} |"
        )


def sustained(came: Sequence[float], units: int) -> float:
    """Requests a second, over whole runs of `units` where there are so many: what goes out at once at the beginning is
    neither slow nor fast."""
    if len(came) > units:
        spans = [later - at for at, later in zip(came, came[units:])]
        return units * len(spans) / sum(spans)
    return (len(came) - 1) / (came[-1] - came[0])


def pulled(vendor: str, latency: int, home: Path) -> Line:
    from sync.partly import pull

    spec = VENDORS[vendor]
    with pretended(vendor, latency, spec.pages * spec.size, home, spec) as heard:
        fill_book(home, 1)
        with _session(home) as session:
            pull(session, "agree")
        told = heard()
    came = told.times(*spec.page)
    units, seconds = spec.listed
    bound = min(units / seconds, 1000 / latency)
    said = "" if len(came) > units else "fewer than the rate takes at once"
    return Line(vendor, "pull", latency, sustained(came, units), bound, len(came), told.refused, said)


def pushed(vendor: str, latency: int, home: Path) -> Line:
    from sync.run import apply_plan, make_plan

    spec = VENDORS[vendor]
    with pretended(vendor, latency, 0, home, spec) as heard:
        fill_book(home, spec.batches * spec.batch)
        with _session(home) as session:
            planned = make_plan(session, "agree")
        with _session(home) as session:
            done = apply_plan(session, planned.plan, by="bench").applied
        told = heard()
    assert done is not None
    writes = told.times(*spec.write)
    if done.done != spec.batches * spec.batch:
        raise RuntimeError(f"{vendor}: {done.done} of {spec.batches * spec.batch} records were written")
    counted = [at for at in told.times("", spec.spends) if writes[FIRST] <= at <= writes[-1]]
    bound = spec.units / spec.seconds
    bound, said = (
        (min(bound, 1000 / latency), "one writer in a base: min(rate, 1/latency)") if spec.one_writer else (bound, "")
    )
    return Line(vendor, "push", latency, sustained(counted, spec.units), bound, len(counted), told.refused, said)


@contextmanager
def _session(home: Path) -> Iterator[Any]:
    from connectors.gate import RunGate
    from connectors.vault import FileVault
    from sync.run import open_session
    from sync.workspace import load

    gate = RunGate()
    vault = FileVault(home / "offbook.vault.json", gate.wait)
    session = open_session(load(home), create=True, gate=gate, vault=vault)
    try:
        yield session
    finally:
        session.close()


# ------------------------------------------------------------------------------ the page

_TITLES: Final = (
    "| vendor | | answers after | requests | a second | could be | used | refused | ≥ 95 % | |\n"
    "|---|---|---|---:|---:|---:|---:|---:|---|---|"
)
_PAGE: Final = """# Rates

`python benchmarks/rates.py --save` writes this page; measured {when} on {cpus} CPUs, load average {load}.

## Under a virtual clock

No request is made; what goes out at the gate is counted by what is published (benchmarks/paces.py). The same table is a
test (tests/test_paces.py).

{paces}

## In real seconds

Whole runs of Offbook against the pretended systems of `sandbox/`, each a process of its own that answers each request so
long after it came. Counted is when requests came there. *pull*: pages of a listing; *could be*: min(rate, 1/latency).
*push*: requests under the vendor's rate while records are created, those that read before and after a write among them;
*could be*: the rate. The first ten writes are not counted: by them it is measured how many writers are needed. Rates go by
whole windows: Airtable 5 in a second, 纷享销客 100 in 20 s for each endpoint, HubSpot 100 in 10 s, 飞书 20 searches and 50
writes in a second. Pages are as the vendors have them (100 records, 飞书 500); HubSpot is written 2 records at a time and
飞书 10, so that there are requests enough.

{lines}

{words}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--serve", nargs=3, metavar=("VENDOR", "SECONDS", "RECORDS"), help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", choices=tuple(VENDORS), default=list(VENDORS))
    parser.add_argument("--latency", nargs="+", type=int, default=list(LATENCIES), help="in milliseconds")
    parser.add_argument("--what", nargs="+", choices=("pull", "push"), default=["pull", "push"])
    parser.add_argument("--save", action="store_true", help="write benchmarks/RATES.md")
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve[0], float(asked.serve[1]), int(asked.serve[2]))
        return 0
    begun = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    paces = "\n".join([HEAD, *map(str, table())])
    print(f"{paces}\n\n{_TITLES}", flush=True)
    lines = []
    for vendor in asked.only:
        for what in asked.what:
            for latency in asked.latency:
                with tempfile.TemporaryDirectory() as home:
                    lines.append((pulled if what == "pull" else pushed)(vendor, latency, Path(home) / "w"))
                print(lines[-1], flush=True)
    if asked.save:
        _save(paces, lines, begun)
    return 0


def _save(paces: str, lines: Sequence[Line], begun: float) -> None:
    load = f"{begun:.1f} at the beginning" + (f", {os.getloadavg()[0]:.1f} at the end" if begun else "")
    missed = [line for line in lines if not line.holds]
    words = f"{len(lines) - len(missed)} of {len(lines)} reach 95 %; {sum(line.refused for line in lines)} requests were refused."
    page = _PAGE.format(
        when=datetime.now(UTC).date(), cpus=os.cpu_count(), load=load, paces=paces,
        lines="\n".join([_TITLES, *map(str, lines)]), words=words,
    )  # fmt: skip
    (HERE / "RATES.md").write_text(page, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
