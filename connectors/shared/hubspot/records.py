"""How are records of one type asked for by page, by id and by value, and how are their ends proved?

What a search finds is read again by id: its index lags behind, and would show what stood there before.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from connectors.contract import LookUp, Record, SourceRefused, State, Value
from connectors.shared.hubspot.account import Account
from connectors.shared.hubspot.shape import COMPANY, MERGED, MERGED_BEFORE, Shape, Slot
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.web.fitting import STAFF, moment

PAGE: Final = 100
FETCH: Final = 100
FOUND: Final = 200
"""Records on one page of a search."""
WINDOW: Final = 10_000
"""Records that one question to the search reaches."""
_ADDRESS: Final = 4_000
"""Characters of properties that an address holds; what is longer is asked for by id, in a body."""
_QUESTION: Final = 2_000
"""Characters of values in one search, whose body holds 3,000."""
_VALUES: Final = 50
_NATIONAL: Final = re.compile(r"\D")


class Records:
    """One object type, read."""

    def __init__(self, account: Account, shape: Shape) -> None:
        self.account, self.shape = account, shape
        self._owners: Mapping[str, str] | None = None

    def path(self, *rest: str) -> str:
        return self.account.path("objects", self.shape.id, *rest)

    # -------------------------------------------------------------------------- asking

    def page(self, names: Sequence[str], after: str, size: int, *, archived: bool) -> Answer:
        asked = ",".join(names)
        query = [("limit", str(size)), ("archived", "true" if archived else "false")]
        query += [("properties", asked)] if 0 < len(asked) <= _ADDRESS else []
        query += [("after", after)] if after else []
        return self.account.get(self.path(), query)

    def whole(self, items: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]]:
        """With all the properties, where they were too many for the address of a page."""
        if len(",".join(names)) <= _ADDRESS:
            return list(items)
        found = {str(one["id"]): one for one in self.batch([str(one["id"]) for one in items], names)}
        return [found[str(one["id"])] for one in items if str(one["id"]) in found]

    def batch(
        self, keys: Sequence[str], names: Sequence[str], *, by: str = "", archived: bool = False
    ) -> list[Mapping[str, Any]]:
        """Those that HubSpot shows; the id of one that was merged shows the record that it went into."""
        found = []
        for at in range(0, len(keys), FETCH):
            body: dict[str, Any] = {
                "inputs": [{"id": key} for key in keys[at : at + FETCH]],
                "properties": list(names),
                "propertiesWithHistory": [],
            }
            if by:
                body["idProperty"] = by
            answer = self.account.ask(self.path("batch", "read"), body, [("archived", "true")] if archived else ())
            found += whole_of(answer)
        return found

    def searched(self, groups: Sequence[Mapping[str, Any]], after: str, size: int = FOUND) -> list[str]:
        """Ids beyond `after`, in their order, so that no window of results bounds them."""
        beyond = [{"propertyName": "hs_object_id", "operator": "GT", "value": after}] if after else []
        body = {
            "filterGroups": [{"filters": [*group["filters"], *beyond]} for group in groups],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": size,
        }
        found = [str(one["id"]) for one in whole_of(self.account.search(self.shape.id, body))]
        numbers = [int(after or 0), *map(int, found)]
        if any(one >= another for one, another in itertools.pairwise(numbers)):
            raise SourceRefused(
                "the search of HubSpot does not list {table} in the order of ids; what changed cannot be told",
                table=self.shape.id,
            )
        return found

    # -------------------------------------------------------------------------- one record

    def shown(self, raw: Mapping[str, Any], asked: Sequence[str]) -> Record:
        """A property that HubSpot leaves out is not visible there; one without a value is told as null (C9)."""
        told = raw.get("properties") or {}
        slots = self.shape.slots
        fields = {name: self._value(slots[name], told[name]) for name in asked if name in told}
        return Record(self.shape.id, str(raw["id"]), fields, version=_version(raw), modified=modified_of(raw))

    def _value(self, slot: Slot, raw: Any) -> Value:
        value = slot.decoded(raw)
        if isinstance(value, LookUp) and value.table == STAFF:
            return LookUp(STAFF, value.key, self.owners().get(value.key, ""))
        return value

    def owners(self) -> Mapping[str, str]:
        """Staff by id; nobody where the token may not read them: their ids do without names."""
        if self._owners is None:
            found: dict[str, str] = {}
            after = ""
            while True:
                query = [("limit", "100"), ("archived", "false"), *([("after", after)] if after else [])]
                reply = self.account.try_get(self.account.path("owners"), query)
                for one in whole_of(reply.answer) if reply.fate is Fate.FINE else ():
                    name = f"{one.get('firstName') or ''} {one.get('lastName') or ''}".strip()
                    found[str(one["id"])] = name or str(one.get("email") or "")
                following = next_of(reply.answer)
                if not following or following == after:
                    break
                after = following
            self._owners = found
        return self._owners

    def merged(self, raw: Mapping[str, Any]) -> Iterator[Record]:
        """The records that went into this one."""
        for key in merged_ids(raw):
            yield Record(self.shape.id, key, {}, state=State.MOVED, into=str(raw["id"]))

    # -------------------------------------------------------------------------- by key

    def fetch(self, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        asked = self.shape.visible(fields)
        for at in range(0, len(keys), FETCH):
            part = [key for key in dict.fromkeys(keys[at : at + FETCH]) if key.isascii() and key.isdigit()]
            if not part:
                continue
            found = self.batch(part, self.shape.asked(asked))
            there = {str(raw["id"]) for raw in found}
            yield from (self.shown(raw, asked) for raw in found if str(raw["id"]) in part)
            yield from self._ends([key for key in part if key not in there], found)

    def _ends(self, missing: Sequence[str], found: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
        """Merged, archived, or gone for good: each of them proved, and what is not is left out (C12, C13)."""
        moved = {old: str(raw["id"]) for raw in found for old in merged_ids(raw)}
        yield from (self._moved(key, moved[key]) for key in missing if key in moved)
        missing = [key for key in missing if key not in moved]
        archived = {str(raw["id"]): raw for raw in self.batch(missing, [], archived=True)}
        yield from (self.ended(archived[key]) for key in missing if key in archived)
        nowhere = []
        for key in missing:
            if key not in archived:
                reply = self.account.try_get(self.path(quote(key, safe="")))
                into = str(reply.answer.at("id") or "") if reply.fate is Fate.FINE else ""
                if into and into != key:
                    yield self._moved(key, into)
                elif reply.fate is Fate.GONE:
                    nowhere.append(key)
                elif reply.fate is not Fate.FINE:
                    raise self.account.error(reply)
        if nowhere and self._sees_any():
            yield from (Record(self.shape.id, key, {}, state=State.DELETED) for key in nowhere)

    def resolved(self, archived: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
        """Records of the archive, but those that went into another, which is another end."""
        keys = [str(raw["id"]) for raw in archived]
        moved = {old: str(raw["id"]) for raw in self.batch(keys, self.shape.asked(())) for old in merged_ids(raw)}
        for raw in archived:
            key = str(raw["id"])
            yield self._moved(key, moved[key]) if key in moved else self.ended(raw)

    def ended(self, raw: Mapping[str, Any]) -> Record:
        """People call this deleting; only they bring it back, within 90 days."""
        return Record(self.shape.id, str(raw["id"]), {}, modified=archived_at(raw), state=State.DELETED)

    def _moved(self, key: str, into: str) -> Record:
        return Record(self.shape.id, key, {}, state=State.MOVED, into=into)

    def _sees_any(self) -> bool:
        """A type that shows nothing at all may be hidden from us: then silence is no proof."""
        return bool(whole_of(self.page([], "", 1, archived=False)))

    # -------------------------------------------------------------------------- by value

    def find(self, values: Sequence[str], fields: Sequence[str], by: str) -> Iterator[tuple[str, Record]]:
        """All exact matches. By a unique property HubSpot is asked itself; by others its search, which lags."""
        slot = self.shape.slots.get(by)
        if slot is None or not slot.field.findable:
            raise SourceRefused("`{table}` cannot be searched by `{field}`", table=self.shape.id, field=by)
        asked = self.shape.visible(fields)
        wanted = list(dict.fromkeys(value for value in values if value))
        names = self.shape.asked([*asked, by])
        if slot.known:
            found = self.batch(wanted, names, by=by)
        else:
            keys = [key for part in _parts(wanted) for key in self._keys(slot, part)]
            found = self.batch(list(dict.fromkeys(keys)), names)
        for raw in {str(one["id"]): one for one in found}.values():
            value = slot.decoded((raw.get("properties") or {}).get(by))
            if isinstance(value, str) and value in wanted:
                yield value, self.shown(raw, asked)

    def _keys(self, slot: Slot, values: Sequence[str]) -> Iterator[str]:
        """In lower case, as the search compares; exact matches are picked out later."""
        groups = [_any_of(slot.field.id, [value.lower() for value in values])]
        if slot.searched:
            groups.append(_any_of(slot.searched, sorted({_national(value) for value in values} - {""})))
        after = ""
        while True:
            keys = self.searched(groups, after)
            yield from keys
            if len(keys) < FOUND:
                return
            after = keys[-1]


def _any_of(name: str, values: Sequence[str]) -> Mapping[str, Any]:
    return {"filters": [{"propertyName": name, "operator": "IN", "values": list(values)}]}


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    """As many as the body of one search holds, a phone number twice."""
    part: list[str] = []
    for value in values:
        if part and (len(part) == _VALUES or sum(len(one) + 20 for one in [*part, value]) > _QUESTION):
            yield part
            part = []
        part.append(value)
    if part:
        yield part


def _national(value: str) -> str:
    """Area code and local number, the country's left off, as HubSpot searches phones."""
    import phonenumbers

    if value.strip().startswith(("+", "00")):
        try:
            return str(phonenumbers.parse(re.sub(r"^\s*00", "+", value)).national_number)
        except phonenumbers.NumberParseException:
            pass
    return _NATIONAL.sub("", value)


def whole_of(answer: Answer) -> list[Mapping[str, Any]]:
    """The records of an answer that can be read."""
    listed = answer.at("results")
    if not isinstance(listed, list):
        raise SourceRefused("HubSpot answers without a list of records; nothing can be said of it")
    return [one for one in listed if isinstance(one, Mapping) and one.get("id")]


def next_of(answer: Answer) -> str:
    return str(answer.at("paging", "next", "after") or "")


def modified_of(raw: Mapping[str, Any]) -> datetime | None:
    return _time(raw.get("updatedAt"))


def _version(raw: Mapping[str, Any]) -> str | None:
    """With the company of a contact: it is an association, and nobody promises that it moves the time of the contact."""
    company = (raw.get("properties") or {}).get(COMPANY)
    return " ".join(str(one) for one in (raw.get("updatedAt"), company) if one) or None


def archived_at(raw: Mapping[str, Any]) -> datetime | None:
    return _time(raw.get("archivedAt"))


def _time(raw: Any) -> datetime | None:
    try:
        return moment(raw)
    except (ValueError, TypeError):
        return None


def merged_ids(raw: Mapping[str, Any]) -> Iterable[str]:
    shown = raw.get("properties") or {}
    told = [one for name in (MERGED, MERGED_BEFORE) for one in str(shown.get(name) or "").split(";")]
    ids = [one.partition(":")[0].strip() for one in told]
    return [one for one in dict.fromkeys(ids) if one.isdigit() and one != str(raw.get("id"))]
