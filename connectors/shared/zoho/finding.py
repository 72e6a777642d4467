"""How is a record looked for by what stands in one of its fields? (COQL; an external id has an address of its own)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from connectors.contract import Record, SourceRefused
from connectors.shared.web.answers import Fate
from connectors.shared.zoho.account import Account
from connectors.shared.zoho.records import COQL, FETCH, PAGE, Records

_MOST: Final = 50
"""Pages of one question: more than 10,000 equal values are no identifier."""


class Finder:
    """Looks in one module."""

    def __init__(self, account: Account, records: Records) -> None:
        self._account, self._records = account, records

    def found(self, values: Sequence[str], fields: Sequence[str], by: str) -> Iterator[tuple[str, Record]]:
        """All exact matches: what COQL finds without regard to case is compared again."""
        slot = self._records.shape.slots.get(by)
        table = self._records.shape.id
        if slot is None or not (slot.field.findable or slot.external):
            raise SourceRefused("`{table}` cannot be searched by `{field}`", table=table, field=by)
        wanted = [value for value in dict.fromkeys(values) if value]
        keys = self._by_external(wanted, by) if slot.external else self._by_query(wanted, by)
        asked = self._records.shape.visible(fields)
        both = self._records.shape.visible([*fields, by])
        known = list(dict.fromkeys(keys))
        for at in range(0, len(known), FETCH):
            batch = self._records.by_id(known[at : at + FETCH], both)
            for raw in batch.items:
                value = slot.decoded(raw.get(by))
                if isinstance(value, str) and value in wanted:
                    yield value, self._records.shown(raw, asked, batch.now)

    def probe(self) -> None:
        """Raises what stands against searching."""
        self._keys(f"select id from {self._records.shape.id} where id is not null limit 0, 1")  # noqa: S608 - a name that Zoho gave

    # -------------------------------------------------------------------------- two ways

    def _by_external(self, values: Sequence[str], by: str) -> Iterator[str]:
        table = self._records.shape.id
        for value in values:
            asked = self._account.request(
                "GET", f"{table}/{quote(value, safe='')}", {"fields": by}, headers={"X-EXTERNAL": f"{table}.{by}"}, safe=True
            )  # fmt: skip
            reply = self._account.client.send(asked)
            if reply.answer.at("code") == "INVALID_DATA" or reply.fate is Fate.GONE:
                continue
            if reply.fate is not Fate.FINE:
                raise self._account.client.error(reply)
            found = reply.answer.at("data", 0, "id")
            if found:
                yield str(found)

    def _by_query(self, values: Sequence[str], by: str) -> Iterator[str]:
        table = self._records.shape.id
        for at in range(0, len(values), COQL):
            listed = ", ".join(f"'{_escaped(one)}'" for one in values[at : at + COQL])
            for page in range(_MOST):
                keys, more = self._keys(
                    f"select id from {table} where {by} in ({listed}) order by id asc limit {page * PAGE}, {PAGE}"  # noqa: S608 - names that Zoho gave, texts escaped
                )
                yield from keys
                if not more:
                    break
            else:
                raise SourceRefused("too many records of `{table}` say the same in `{field}`", table=table, field=by)

    def _keys(self, query: str) -> tuple[list[str], bool]:
        request = self._account.request("POST", "coql", json={"select_query": query}, safe=True)
        answer = self._account.client.read(request)
        data = answer.at("data")
        keys = (
            [str(one["id"]) for one in data if isinstance(one, dict) and one.get("id")]
            if isinstance(data, list)
            else []
        )
        return keys, answer.at("info", "more_records") is True


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
