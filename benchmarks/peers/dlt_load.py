"""What does dlt do with the same CSV? (peer; runs in a virtual environment of its own)

`dlt_load.py FILE duckdb|sqlite replace|merge|incremental FOLDER`: dictionaries of the csv module into a pipeline that
lives in FOLDER. merge: by the key. incremental: the file's own time is the cursor, so that an unchanged file gives
nothing new (dlt still lists it).
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("key", "name", "code", "tel", "address", "tier", "contact", "mobile", "email", "title", "birthday", "remark")
"""In Latin letters: dlt would make one column of all Chinese headings."""


def dictionaries(file: str) -> Iterator[dict[str, Any]]:
    with Path(file).open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, NAMES)
        next(reader)
        yield from reader


def main(file: str, database: str, how: str, folder: str) -> None:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DLT_DATA_DIR"] = folder
    os.environ["NORMALIZE__WORKERS"] = "1"
    os.environ["LOAD__WORKERS"] = "1"
    import dlt  # type: ignore[import-not-found]

    def listed() -> Iterator[dict[str, Any]]:
        yield from dictionaries(file)

    def newer(cursor: Any = dlt.sources.incremental("at", initial_value=0)) -> Iterator[dict[str, Any]]:  # noqa: ARG001, B008 - dlt's own way
        at = Path(file).stat().st_mtime_ns
        yield from ({**one, "at": at} for one in dictionaries(file))

    if how == "incremental":
        rows = dlt.resource(newer, name="customers", write_disposition="merge", primary_key="key")
    else:
        rows = dlt.resource(listed, name="customers", write_disposition=how, primary_key="key")
    if database == "duckdb":
        to: Any = dlt.destinations.duckdb(str(Path(folder, "peer.duckdb")))
    else:
        to = dlt.destinations.sqlalchemy(f"sqlite:///{Path(folder, 'peer.sqlite')}")
    pipeline = dlt.pipeline("bench", destination=to, dataset_name="bench", pipelines_dir=str(Path(folder, "pipelines")))
    pipeline.run(rows, loader_file_format="parquet" if database == "duckdb" else None).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:5])
