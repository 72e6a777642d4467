"""How does a Bulk API 2.0 job run, and how do values stand in its CSV without loss? (C29)

Above 2,000 records Salesforce wants jobs. Empty cells mean "nothing" in a result and "leave it" in an upload; `#N/A`
clears. A text that is `#N/A` itself cannot go this way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from connectors.contract import Gate, RetryLater, SourceRefused
from connectors.shared.salesforce.account import Account
from connectors.shared.web.answers import Answer

CLEARED: Final = "#N/A"
_FIRST, _LONGEST = 1.0, 15.0
_OVER: Final = frozenset({"JobComplete", "Failed", "Aborted"})


class Jobs:
    """Jobs of one kind (`query`, `ingest`)."""

    def __init__(self, account: Account, gate: Gate, kind: str) -> None:
        self._account, self._gate, self._path = account, gate, f"jobs/{kind}"

    def waited(self, job: str) -> Mapping[str, Any]:
        """The job when it is over, whatever came of it. Asked again and again, more seldom each time; raises RetryLater
        where the run has no time left for it, and Stopped."""
        pause = _FIRST
        while True:
            info = self._account.get(f"{self._path}/{job}").json
            if isinstance(info, dict) and info.get("state") in _OVER:
                return info
            if self._gate.left() <= pause + 1.0:
                raise RetryLater("Salesforce still works on a Bulk job; Offbook looks again later")
            self._gate.wait(pause)
            pause = min(_LONGEST, pause * 2)

    def demand_complete(self, info: Mapping[str, Any]) -> None:
        """Raises SourceRefused with what Salesforce says."""
        if info.get("state") != "JobComplete":
            why = self._account.secrets.cover(str(info.get("errorMessage") or info.get("state") or ""))[:200]
            raise SourceRefused("Salesforce's Bulk job failed: {why}", why=why)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, clears: bool) -> bytes:
    """Every cell in quotes, lines ended by LF. clears: None is `#N/A`; else it is left empty, and nothing is set."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name], clears=clears) if name in row else "" for name in columns])
    return out.getvalue().encode()


def _cell(value: object, *, clears: bool) -> str:
    if value is None or value == "":
        return CLEARED if clears else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def from_csv(answer: Answer) -> list[dict[str, str]]:
    """Rows by heading; line breaks within a cell as they were."""
    lines = csv.reader(io.StringIO(answer.body.decode("utf-8"), newline=""))
    head = next(lines, [])
    return [dict(zip(head, line)) for line in lines if len(line) == len(head)]
