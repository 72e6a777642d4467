"""Made-up customers, about 600 of them, as two salespeople, an ERP, a phone and a CRM know them, and the truth.

`python -m examples.generate FOLDER [--seed N] [--customers N]` writes the five files of the demo's workspace, and
truth.csv and truth.json, which only the judge reads. One seed always gives the same bytes (with one release of
XlsxWriter and of SQLite).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.files import crm, erp, lee, phone, wang
from examples.files.cards import write_cards
from examples.files.rows import Row
from examples.files.tables import write_crm, write_erp
from examples.files.workbooks import write_lee, write_wang
from examples.troubles.hand import Tally
from examples.truth import write_truth
from examples.world.build import build
from examples.world.model import World

SEED: Final = 2026
CUSTOMERS: Final = 600
FILES: Final = {
    "wang": "王芳-客户.xlsx",
    "lee": "lee-accounts.xlsx",
    "erp": "erp-export.csv",
    "phone": "phone.vcf",
    "crm": "crm.sqlite",
}


@dataclass(frozen=True, slots=True)
class Made:
    """All that was made up: the customers, every record of every source in its file's order, and the troubles."""

    world: World
    rows: tuple[Row, ...]
    tally: Tally

    def of(self, source: str) -> list[Row]:
        return [row for row in self.rows if row.source == source]


def make(seed: int = SEED, customers: int = CUSTOMERS) -> Made:
    """Makes everything up without writing it. Raises ValueError where the customers are too few."""
    world, tally = build(seed, customers), Tally()
    rows = [row for source in (wang, lee, erp, phone, crm) for row in source.rows(world, seed, tally)]
    return Made(world, tuple(rows), tally)


def generate(folder: Path | str, seed: int = SEED, customers: int = CUSTOMERS) -> Made:
    """Writes the five files and the truth into a folder, over what is there. Raises ValueError as `make` does."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = make(seed, customers)
    write_wang(folder / FILES["wang"], made.of("wang"))
    write_lee(folder / FILES["lee"], made.of("lee"))
    write_erp(folder / FILES["erp"], made.of("erp"))
    write_cards(folder / FILES["phone"], made.of("phone"))
    write_crm(folder / FILES["crm"], made.of("crm"))
    write_truth(folder, made.world, made.rows, made.tally)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m examples.generate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    chosen = parser.parse_args(arguments)
    made = generate(chosen.folder, chosen.seed, chosen.customers)
    for source, name in FILES.items():
        print(f"{chosen.folder / name}: {len(made.of(source))} records")


if __name__ == "__main__":
    main()
