"""dedupe's entities for one set, with fifty answers of a steward: `dedupe_match.py RECORDS.csv FIELDS.json OUT.csv`.

The answers are read from the truth that stands beside FIELDS.json, for the pairs that dedupe asks about. At its default
threshold. Sets of more than 2,500 records are left out: its training takes many minutes there.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from pathlib import Path

import dedupe
import numpy as np

ANSWERS = 50
MOST = 2500


def field(name: str, sort: str) -> object:
    if sort in ("number", "post", "date"):
        return dedupe.variables.ShortString(name, has_missing=True)
    return dedupe.variables.String(name, has_missing=True)


def main(records: str, fields: str, out: str) -> None:
    random.seed(1)
    np.random.seed(1)
    told = json.loads(Path(fields).read_text(encoding="utf-8"))
    truth = json.loads(Path(fields).with_suffix(".truth.json").read_text(encoding="utf-8"))
    with Path(records).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) > MOST:
        raise SystemExit(f"left out: {len(rows)} records")
    columns = told["columns"]
    data = {
        at: {"at": at, "source": row["source"], **{c: row[c] or None for c in columns}} for at, row in enumerate(rows)
    }
    variables = [field(name, sort) for name, sort in columns.items()]
    first, second = data, None
    if told["across"]:
        sources = sorted({row["source"] for row in rows})
        first, second = ({at: row for at, row in data.items() if row["source"] == source} for source in sources)
        linker = dedupe.RecordLink(variables, num_cores=1)
        linker.prepare_training(first, second)
    else:
        linker = dedupe.Dedupe(variables, num_cores=1)
        linker.prepare_training(data)
    for _ in range(ANSWERS):
        a, b = linker.uncertain_pairs()[0]
        same = truth[a["at"]] == truth[b["at"]]
        linker.mark_pairs({"match": [(a, b)] if same else [], "distinct": [] if same else [(a, b)]})
    linker.train()
    entity = {at: f"alone {at}" for at in data}
    if second is not None:
        for n, (pair, _) in enumerate(linker.join(first, second, 0.5)):
            for at in pair:
                entity[at] = f"{n}"
    else:
        for n, (members, _) in enumerate(linker.partition(data, 0.5)):
            for at in members:
                entity[at] = f"{n}"
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(entity.items())


if __name__ == "__main__":
    main(*sys.argv[1:4])
