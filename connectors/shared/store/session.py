"""Who talks to a store: its gate, what the mapping says of its tables, and how a request is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import AuthError, Gate, SourceRefused, TableFacts
from connectors.shared.store import Row, Store, TableStore
from connectors.shared.store.faults import Fault
from connectors.shared.values import as_text


@dataclass(frozen=True, slots=True)
class Session:
    store: Store
    gate: Gate
    tables: Mapping[str, TableFacts]

    def table(self, table: str) -> TableStore:
        """Raises SourceRefused for a table that is not there."""
        if table not in self.store.tables:
            raise SourceRefused(
                "there is no table `{table}`; there is: {there}", table=table, there=", ".join(self.store.tables)
            )
        return self.store.tables[table]

    def facts(self, table: str) -> TableFacts:
        return self.tables.get(table, TableFacts())

    def token(self, table: str) -> str:
        """The column our id may stand in; "" where the store keeps it beside the record."""
        name = self.facts(table).token
        return name if name and name in self.table(table).fields else ""

    def request(self, table: TableStore) -> None:
        """One request: through the gate, counted, and perhaps refused."""
        self.gate.enter(*table.can.paces)
        self.store.requests += 1
        trouble = self.store.take(Fault.THROTTLED, table=table.id)
        if trouble:
            for pace in table.can.paces[:1]:
                self.gate.pause(pace, trouble.seconds)
            self.request(table)
        if self.store.take(Fault.LOGGED_OUT, table=table.id):
            raise AuthError("the store refuses the account {actor}; sign it in again", actor=self.store.actor)


def token_of(row: Row, column: str) -> str:
    return (as_text(row.values.get(column)) if column else "") or row.token or ""
