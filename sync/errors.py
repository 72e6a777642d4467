"""Which errors does the engine raise besides those of a connector's border? (DESIGN §10)"""

from __future__ import annotations

from connectors.contract import OffbookError


class GuardTripped(OffbookError):
    """A guard stopped a destination; the others went on."""

    exit_code = 5


class StalePlan(OffbookError):
    """The world moved since the plan was made; plan again."""

    exit_code = 6


class LedgerError(OffbookError):
    """The ledger cannot be used as it is: damaged, in a place where it would be lost, newer than this Offbook."""

    exit_code = 2


class LedgerBusy(OffbookError):
    """Another process holds the ledger's lease, or its file is locked."""

    exit_code = 4
