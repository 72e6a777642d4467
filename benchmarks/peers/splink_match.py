"""Splink's entities for one set: `splink_match.py RECORDS.csv FIELDS.json OUT.csv`.

FIELDS.json: {"columns": {name: sort}, "across": bool}; sort is name, text, mail, number, date, post or address. Every sort
has the comparison that Splink's library has for it, with term frequencies on names; blocking is on every field that tells
much, and on the start of a name with another field. Trained as its tutorials do: chance by random pairs, agreement by
expectation maximisation over two or three blocking rules. Pairs from 0.95 on are clustered. Prints one line of JSON: pairs.
"""

from __future__ import annotations

import csv
import json
import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.95
_CSV = "header=true, auto_detect=false, delim=',', quote='\"', escape='\"'"
SURE = ("mail", "number", "date")


def comparison(name: str, sort: str) -> object:
    if sort == "name":
        return cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(term_frequency_adjustments=True)
    if sort == "mail":
        return cl.EmailComparison(name)
    if sort == "date":
        return cl.DamerauLevenshteinAtThresholds(name, [1, 2])
    if sort in ("number", "post"):
        return cl.LevenshteinAtThresholds(name, [1])
    if sort == "address":
        return cl.JaroWinklerAtThresholds(name, [0.9, 0.75])
    return cl.JaroWinklerAtThresholds(name, [0.9]).configure(term_frequency_adjustments=True)


def rules(columns: dict[str, str]) -> list[object]:
    names = [c for c, sort in columns.items() if sort == "name"]
    starts = [block_on(f"substr({c}, 1, 10)") for c in names]
    others = [c for c, sort in columns.items() if sort != "name"]
    made = [block_on(c) for c, sort in columns.items() if sort in ("name", "mail", "number", "address")]
    if len(names) > 1:  # two names together are rarer than each
        made = [block_on(*names), *(block_on(n, o) for n in names for o in others)]
        made += [block_on(c) for c, sort in columns.items() if sort in ("mail", "number", "address", "date")]
    made += (
        [block_on(f"substr({names[0]}, 1, 1)", o) for o in others if columns[o] in ("text", "post", "date")]
        if names
        else []
    )
    return made + starts


def main(records: str, fields: str, out: str) -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
    with Path(fields).open(encoding="utf-8") as file:
        told = json.load(file)
    columns: dict[str, str] = told["columns"]
    connection = duckdb.connect()
    connection.execute("SET threads=1")
    tables = read(connection, records, columns, across=told["across"])
    settings = SettingsCreator(
        link_type="link_only" if told["across"] else "dedupe_only",
        comparisons=[comparison(name, sort) for name, sort in columns.items()],
        blocking_rules_to_generate_predictions=rules(columns),
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection)
    linker = Linker([api.register(name) for name in tables], settings, log_level=logging.ERROR)
    names = [c for c, sort in columns.items() if sort == "name"]
    sure = [c for c, sort in columns.items() if sort in SURE]
    certain = [block_on(*names, *sure[:1])] if sure else [block_on(*list(columns)[:2])]
    certain += [block_on(c, *names[:1]) for c in sure[1:]]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in [block_on(*names[:2])] + [block_on(c) for c in sure[:2]]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.05)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=THRESHOLD)
    found = clusters.as_record_list()
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((one["unique_id"], one["cluster_id"]) for one in found)
    print(json.dumps({"entities": len({one["cluster_id"] for one in found})}))


def read(connection: duckdb.DuckDBPyConnection, records: str, columns: dict[str, str], *, across: bool) -> list[str]:
    """The tables made of the file: one for each source where links are looked for across only."""
    types = dict.fromkeys(("unique_id", "source", *columns), "VARCHAR")
    cells = ", ".join(f"nullif({name}, '') AS {name}" for name in columns)
    connection.execute(
        f"CREATE TABLE everything AS SELECT unique_id, source, {cells} FROM read_csv(?, {_CSV}, columns={types})",
        [records],
    )
    if not across:
        return ["everything"]
    sources = [row[0] for row in connection.execute("SELECT DISTINCT source FROM everything ORDER BY 1").fetchall()]
    for at, source in enumerate(sources):
        connection.execute(f"CREATE TABLE t{at} AS SELECT * FROM everything WHERE source = ?", [source])
    return [f"t{at}" for at in range(len(sources))]


if __name__ == "__main__":
    main(*sys.argv[1:4])
