"""Entities by rules, as people write them with RapidFuzz: `rapidfuzz_match.py RECORDS.csv FIELDS.json OUT.csv`.

Pairs that share any value of a telling field; linked where the mean likeness of the fields that both fill is 0.85 or more
and at least two are filled. What hangs together is one entity.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

LEAST = 85
MANY = 60
"""Records of one value from which on it is no block."""


def main(records: str, fields: str, out: str) -> None:
    told = json.loads(Path(fields).read_text(encoding="utf-8"))
    columns = told["columns"]
    with Path(records).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        for name, sort in columns.items():
            if row[name] and sort != "text":
                blocks[name, row[name]].append(at)
    seen: set[tuple[int, int]] = set()
    entity = list(range(len(rows)))

    def find(x: int) -> int:
        while entity[x] != x:
            entity[x] = entity[entity[x]]
            x = entity[x]
        return x

    for members in blocks.values():
        for pair in combinations(members, 2) if len(members) <= MANY else ():
            a, b = rows[pair[0]], rows[pair[1]]
            if pair in seen or (told["across"] and a["source"] == b["source"]):
                continue
            seen.add(pair)
            alike = [fuzz.token_sort_ratio(a[name], b[name]) for name in columns if a[name] and b[name]]
            if len(alike) >= 2 and sum(alike) / len(alike) >= LEAST:
                entity[find(pair[0])] = find(pair[1])
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((at, find(at)) for at in range(len(rows)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
