"""How does diffsync compare two CSV files? (peer; runs in a virtual environment of its own)

`diffsync_compare.py ONE TWO` prints how many records differ; a record is a DiffSyncModel with its key and eleven
attributes, as in diffsync's own examples.
"""

from __future__ import annotations

import csv
import logging
import sys
from pathlib import Path

import structlog  # type: ignore[import-not-found]
from diffsync import Adapter, DiffSyncModel  # type: ignore[import-not-found]

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

NAMES = ("name", "code", "tel", "address", "tier", "contact", "mobile", "email", "title", "birthday", "remark")


class Customer(DiffSyncModel):  # type: ignore[misc]
    _modelname = "customer"
    _identifiers = ("key",)
    _attributes = NAMES

    key: str
    name: str
    code: str
    tel: str
    address: str
    tier: str
    contact: str
    mobile: str
    email: str
    title: str
    birthday: str
    remark: str


class Source(Adapter):  # type: ignore[misc]
    customer = Customer
    top_level = ("customer",)

    def load(self, path: str) -> None:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            for cells in reader:
                self.add(Customer(key=cells[0], **dict(zip(NAMES, cells[1:]))))


def main(one: str, two: str) -> None:
    left, right = Source(), Source()
    left.load(one)
    right.load(two)
    print(left.diff_to(right).summary())


if __name__ == "__main__":
    main(*sys.argv[1:3])
