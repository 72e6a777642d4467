"""What is derived anew when a mapping, people file or canonicaliser changes? (RULES R20)"""

from __future__ import annotations

from sync.context import Run
from sync.ledger import staging
from sync.relate import Pointers


def reread_changed(run: Run, pointers: Pointers) -> None:
    del pointers
    with run.transaction() as c:
        for table in run.tables.values():
            table.row.mapping = table.converter.version
            staging.save_table(run.ledger, c, table.row)
