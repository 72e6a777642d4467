"""What do peers make of a labelled set? Each in a virtual environment of its own, told what each column is.

A peer gets a CSV file of clean cells (Unicode NFKC, small letters, single spaces; of phone numbers the last eleven digits) and
the sort of each column, and answers with the entity of each record. Results are kept under build/bench, by the
digest of everything that goes in, so that a second run costs nothing.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.matching_quality import Labelled
from benchmarks.measure import Cost, child
from benchmarks.venvs import BENCH, HOME, python_of

PLACE: Final = BENCH / "matching"
_FEBRL: Final = {
    "given_name": "name",
    "surname": "name",
    "street": "address",
    "suburb": "text",
    "postcode": "post",
    "state": "text",
    "date_of_birth": "date",
    "soc_sec_id": "number",
}
_CONTACTS: Final = {
    "name": "name",
    "company": "name",
    "title": "text",
    "mobile": "number",
    "landline": "number",
    "email": "mail",
    "wechat": "number",
    "city": "text",
    "address": "address",
}
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    **{f"febrl{number}": _FEBRL for number in (1, 2, 3, 4)},
    "fake_1000": {"first_name": "name", "surname": "name", "dob": "date", "city": "text", "email": "mail"},
    "fodors_zagats": {"name": "name", "addr": "address", "city": "text", "phone": "number", "type": "text"},
    "csv_example_a": {"site_name": "name", "address": "address", "zip": "post", "phone": "number", "email": "mail"},
    "historical_50k_a": {
        "first_name": "name",
        "surname": "name",
        "dob": "date",
        "birth_place": "text",
        "postcode_fake": "post",
        "gender": "text",
        "occupation": "text",
    },
    "dblp_acm": {"title": "name", "authors": "name", "venue": "text", "year": "post"},
    "zh_20k": _CONTACTS,
    "crowd": _CONTACTS,
}
"""Set → what each column is. The full name of historical_50k is its two parts once more, and left out."""
KILO: Final = 1024 if sys.platform != "darwin" else 1
_PHONES: Final = frozenset({"mobile", "landline", "phone"})


@dataclass(frozen=True, slots=True)
class Answer:
    """entities: one for each row. cpu: seconds. peak: bytes. failed: the last words of a peer that gave none."""

    entities: list[str]
    cpu: float
    peak: int
    failed: str = ""


def answer(peer: str, name: str, labelled: Labelled) -> Answer:
    """What a peer says of a set, as it is kept or by asking it."""
    PLACE.mkdir(parents=True, exist_ok=True)
    columns = COLUMNS[name]
    records, fields = PLACE / f"{name}.csv", PLACE / f"{name}.json"
    _write(records, labelled, columns)
    fields.write_text(json.dumps({"columns": columns, "across": labelled.across}), encoding="utf-8")
    script, pins = HOME / "peers" / f"{peer}_match.py", HOME / "peers" / f"{peer}.txt"
    truth = PLACE / f"{name}.truth.json"  # only for a peer that is told what a steward would say
    truth.write_text(json.dumps([labelled.truth[r["source"], r["key"]] for r in labelled.rows]), encoding="utf-8")
    digest = hashlib.blake2b(digest_size=8)
    for path in (records, fields, script, pins):
        digest.update(path.read_bytes())
    kept = PLACE / f"{peer}-{name}-{digest.hexdigest()}.json"
    if not kept.exists():
        kept.write_text(
            json.dumps(_asked(peer, script, [records, fields, PLACE / f"{peer}-{name}.out.csv"], len(labelled.rows))),
            encoding="utf-8",
        )
    return Answer(**json.loads(kept.read_text(encoding="utf-8")))


_LAUNCH: Final = """\
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump([used.ru_utime + used.ru_stime, used.ru_maxrss], file)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def by_itself(command: Sequence[str], folder: Path, out: Path) -> Cost:
    """The cost of a command that a small process starts: else its peak would count the memory of this one as well."""
    report = out.with_suffix(".cost.json")
    said = child([sys.executable, "-S", "-c", _LAUNCH, str(report), *command], folder, out)
    cpu, peak = json.loads(report.read_text(encoding="ascii"))
    return Cost(cpu, peak * KILO, said.said)


def _asked(peer: str, script: Path, files: list[Path], many: int) -> dict[str, object]:
    out = files[-1]
    out.unlink(missing_ok=True)
    try:
        cost = by_itself([python_of(peer), str(script), *map(str, files)], PLACE, PLACE / f"{peer}.said.txt")
    except RuntimeError as error:
        last = [line for line in str(error).splitlines() if line.strip()][-1]
        return {"entities": [], "cpu": 0.0, "peak": 0, "failed": last[:200]}
    with out.open(encoding="utf-8", newline="") as file:
        said = {int(row): entity for row, entity in csv.reader(file)}
    return {"entities": [said.get(row, f"alone {row}") for row in range(many)], "cpu": cost.cpu, "peak": cost.peak}


def _write(path: Path, labelled: Labelled, columns: Mapping[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("unique_id", "source", *columns))
        for at, row in enumerate(labelled.rows):
            writer.writerow((at, row["source"], *(_clean(name, row[name]) for name in columns)))


def _clean(name: str, cell: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", cell).casefold().split())
    return re.sub(r"\D", "", text)[-11:] if name in _PHONES else text
