"""recordlinkage's entities for one set, by its ECM classifier: `recordlinkage_match.py RECORDS.csv FIELDS.json OUT.csv`.

Blocked on every field that tells much; names and texts agree from a Jaro-Winkler likeness of 0.85 on, numbers from a
Levenshtein likeness of 0.9 on. Pairs from 0.95 on are linked, and what hangs together is one entity.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pandas as pd
import recordlinkage as rl

THRESHOLD = 0.95
MANY = 2_000_000
"""Pairs from which on a block is left out: a town is no block."""


def blocks(columns: dict[str, str]) -> list[list[str]]:
    names = [c for c, sort in columns.items() if sort == "name"]
    others = [c for c, sort in columns.items() if sort != "name"]
    keys = [c for c, sort in columns.items() if sort in ("mail", "number", "address", "date")]
    return [[c] for c in keys] + [[c] for c in names] + [[n, o] for n in names for o in others]


def main(records: str, fields: str, out: str) -> None:
    told = json.loads(Path(fields).read_text(encoding="utf-8"))
    columns = told["columns"]
    data = pd.read_csv(records, dtype=str, keep_default_na=False).set_index("unique_id")
    data = data.replace("", None)
    pairs = None
    for block in blocks(columns):
        size = data.dropna(subset=block).groupby(block).size()
        if (size * (size - 1) / 2).sum() > MANY:
            continue
        found = rl.index.Block(block).index(data.dropna(subset=block))
        pairs = found if pairs is None else pairs.union(found)
    if pairs is None:
        raise SystemExit("every block of this set is too large for recordlinkage")
    if told["across"]:
        source = data["source"]
        one, other = (source.loc[pairs.get_level_values(k)].to_numpy() for k in (0, 1))
        pairs = pairs[one != other]
    compare = rl.Compare()
    for name, sort in columns.items():
        if sort in ("number", "post", "date", "mail"):
            compare.string(name, name, method="levenshtein", threshold=0.9, label=name)
        else:
            compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    features = compare.compute(pairs, data)
    chance = rl.ECMClassifier()
    chance.fit(features)
    linked = chance.prob(features)
    links = linked[linked >= THRESHOLD].index
    entity = {key: key for key in data.index}

    def find(x: str) -> str:
        while entity[x] != x:
            entity[x] = entity[entity[x]]
            x = entity[x]
        return x

    for a, b in links:
        entity[find(a)] = find(b)
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((key, find(key)) for key in data.index)


if __name__ == "__main__":
    main(*sys.argv[1:4])
