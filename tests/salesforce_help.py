"""What do tests of writing to Salesforce send, and what is in it afterwards?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract import Change, Connector, Op, Outcome, Query, Receipt, Record, Value
from tests.salesforce_rig import SalesforceRig

NAMES = ("LastName", "FirstName")


def listed(rig: SalesforceRig) -> list[Record]:
    return [record for page in rig.open().pull(Query("Contact", NAMES)) for record in page.records]


def creating(*names: str) -> list[Change]:
    return [Change(f"c{n}", Op.CREATE, after={"LastName": name}, token=f"{n:015d}") for n, name in enumerate(names)]


def updating(records: Sequence[Record], value: Value = "new") -> list[Change]:
    return [
        Change(f"u{one.key}", Op.UPDATE, one.key, {"FirstName": value}, {"FirstName": None}, one.version)
        for one in records
    ]


def written(rig: SalesforceRig, changes: Sequence[Change]) -> list[Receipt]:
    return list(rig.open().write("Contact", changes))


def collect(connector: Connector, changes: Sequence[Change], receipts: list[Receipt]) -> None:
    """As they come, so that those before an error are not lost."""
    for one in connector.write("Contact", changes):
        receipts.append(one)  # noqa: PERF402 - extend would lose them


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def held(rig: SalesforceRig, field: str = "LastName") -> list[Any]:
    return [row[field] for row in rig.contacts.rows.values() if not row["IsDeleted"]]


def loosen(rig: SalesforceRig) -> None:
    """The external id is one that several records may bear."""
    rig.contacts.field("Offbook_ID__c")["unique"] = False
