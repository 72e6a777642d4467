"""What do the objects of the pretended HubSpot hold, and what do they refuse, property by property?"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

LONGEST: Final = 65_536
STAGES: Final = ("subscriber", "lead", "opportunity", "customer")
"""Of the life cycle, in their order: nobody goes back without clearing first."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_IDS = itertools.count(20_000_000_001)


def prop(name: str, label: str, type_: str = "string", field_type: str = "text", **more: Any) -> dict[str, Any]:
    """A property as `/crm/properties` tells it. closed: nobody writes it. options: value → label."""
    closed = bool(more.pop("closed", False))
    options: Mapping[str, str] = more.pop("options", {})
    listed = [{"label": v, "value": k, "displayOrder": n, "hidden": False} for n, (k, v) in enumerate(options.items())]
    return {
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": field_type,
        "description": "",
        "groupName": "information",
        "options": listed,
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": True, "readOnlyValue": closed},
        "formField": True,
        "dataSensitivity": "non_sensitive",
        **more,
    }


_OWNER: Final = {"externalOptions": True, "referencedObjectType": "OWNER"}
_YES: Final = {"true": "Yes", "false": "No"}
_LIFE: Final = {one: one.title() for one in STAGES}


def _common(modified: str) -> list[dict[str, Any]]:
    return [
        prop("hs_object_id", "Record ID", "number", "number", closed=True),
        prop("createdate", "Create Date", "datetime", "date", closed=True),
        prop(modified, "Last Modified Date", "datetime", "date", closed=True),
        prop("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", closed=True),
        prop("hubspot_owner_id", "Owner", "enumeration", "select", **_OWNER),
        prop("lifecyclestage", "Lifecycle Stage", "enumeration", "radio", options=_LIFE),
        prop("offbook_id", "Offbook id", hasUniqueValue=True, hubspotDefined=False),
    ]


def contacts() -> list[dict[str, Any]]:
    return [
        *_common("lastmodifieddate"),
        prop("hs_calculated_merged_vids", "Merged vids with timestamps", closed=True),
        prop("firstname", "First Name"),
        prop("lastname", "Last Name"),
        prop("email", "Email"),
        prop("hs_additional_emails", "Additional emails", "enumeration", "checkbox", closed=True, externalOptions=True),
        prop("phone", "Phone Number", "string", "phonenumber"),
        prop("mobilephone", "Mobile Phone Number", "string", "phonenumber"),
        prop("hs_searchable_calculated_phone_number", "Number", field_type="calculation_equation", calculated=True),
        prop("hs_searchable_calculated_mobile_number", "Mobile", field_type="calculation_equation", calculated=True),
        prop("jobtitle", "Job Title"),
        prop("message", "Message", "string", "textarea"),
        prop("date_of_birth", "Date of birth", "date", "date"),
        prop("last_seen", "Last seen", "datetime", "date"),
        prop("interests", "Interests", "enumeration", "checkbox", options={"drill": "Drills", "saw": "Saws"}),
        prop("newsletter_consent", "Newsletter", "enumeration", "booleancheckbox", options=_YES),
        prop("newsletter_consent_date", "Newsletter since", "date", "date"),
        prop("hs_email_optout", "Unsubscribed", "bool", "booleancheckbox", closed=True, options=_YES),
        prop("score", "Score", "number", "number"),
        prop(
            "associatedcompanyid", "Primary Associated Company ID", "number", "number",
            externalOptions=True, referencedObjectType="COMPANY", hidden=True,
        ),
    ]  # fmt: skip


def companies() -> list[dict[str, Any]]:
    return [
        *_common("hs_lastmodifieddate"),
        prop("name", "Company name"),
        prop("domain", "Company Domain Name"),
        prop("phone", "Phone Number", "string", "phonenumber"),
        prop("hs_searchable_calculated_phone_number", "Number", field_type="calculation_equation", calculated=True),
        prop("city", "City"),
        prop("machines_installed", "Machines installed", "number", "number", hubspotDefined=False),
    ]


class Wrong(Exception):
    """What HubSpot says against one input. context: as it stands in the error."""

    def __init__(
        self, message: str, category: str = "VALIDATION_ERROR", status: int = 400, **context: Sequence[str]
    ) -> None:
        super().__init__(message)
        self.message, self.category, self.status, self.context = message, category, status, context


def invalid(name: str, code: str, message: str) -> Wrong:
    """The sentence that HubSpot makes of properties that are not valid: JSON within a text."""
    told = f'[{{"isValid":false,"message":"{message}","error":"{code}","name":"{name}"}}]'
    return Wrong(f"Property values were not valid: {told}")


@dataclass
class Row:
    """One record. seen: what stood there, moment by moment, for an index that lags behind; None: archived."""

    id: str
    values: dict[str, str | None]
    created: datetime
    updated: datetime
    archived: datetime | None = None
    seen: list[tuple[datetime, dict[str, str | None] | None]] = field(default_factory=list)

    def at(self, moment: datetime) -> dict[str, str | None] | None:
        """As the index has it."""
        for when, values in reversed(self.seen):
            if when <= moment:
                return values
        return None


class Objects:
    """Records of one type. upper: properties whose text is stored in capitals, as some workflows do. moved: id → where
    it went in a merge."""

    def __init__(self, name: str, properties: list[dict[str, Any]], now: Callable[[], datetime]) -> None:
        self.name, self.properties, self._now = name, properties, now
        self.rows: dict[str, Row] = {}
        self.moved: dict[str, str] = {}
        self.upper: set[str] = set()
        self.modified = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
        self._order: list[int] = []
        self._unique: dict[tuple[str, str], str] = {}

    @property
    def singular(self) -> str:
        return {"companies": "COMPANY"}.get(self.name, self.name.rstrip("s").upper())

    def known(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.properties}

    # -------------------------------------------------------------------------- reading

    def live(self, key: str) -> Row | None:
        """The record under this id, or the one that it was merged into."""
        while key in self.moved:
            key = self.moved[key]
        row = self.rows.get(key)
        return row if row is not None and row.archived is None else None

    def gone(self, key: str) -> Row | None:
        row = self.rows.get(key)
        return row if row is not None and row.archived is not None else None

    def after(self, key: str, *, archived: bool) -> Iterable[Row]:
        """In the order of ids, which does not move."""
        at = bisect.bisect_right(self._order, int(key)) if key.isdigit() else 0
        for number in itertools.islice(self._order, at, None):
            row = self.rows.get(str(number))
            if row is not None and (row.archived is not None) is archived:
                yield row

    def by(self, name: str, value: str) -> Row | None:
        if name in ("", "hs_object_id"):
            return self.live(value)
        return self.live(self._unique.get((name, value.casefold()), ""))

    # -------------------------------------------------------------------------- writing

    def create(self, values: Mapping[str, Any]) -> Row:
        """Raises Wrong; then nothing was made."""
        made = self._fit(values, None)
        now = self._now()
        key = str(next(_IDS))
        row = Row(key, {"hs_object_id": key, "createdate": iso(now)}, now, now)
        self.rows[key] = row
        self._order.append(int(key))
        self._store(row, made)
        return row

    def update(self, row: Row, values: Mapping[str, Any]) -> Row:
        """Raises Wrong; then nothing of it was written."""
        self._store(row, self._fit(values, row))
        return row

    def archive(self, row: Row) -> None:
        row.archived = self._now()
        row.seen.append((row.archived, None))

    def forget(self, key: str) -> None:
        """For good, without a trace."""
        row = self.rows.pop(key, None)
        if row is not None:
            self._release(row)

    def merge(self, primary: Row, other: Row, *, renews: bool) -> Row:
        """renews: the outcome is a new record, as since 2025; before, the primary one stayed."""
        values = {k: v for k, v in {**other.values, **{k: v for k, v in primary.values.items() if v}}.items() if v}
        listed = [primary.values.get("hs_merged_object_ids"), other.values.get("hs_merged_object_ids")]
        ids = [one for text in listed for one in (text or "").split(";") if one]
        self.forget(other.id)
        row = primary
        if renews:
            self.forget(primary.id)
            ids.append(primary.id)
            now = self._now()
            row = Row(str(next(_IDS)), {"createdate": primary.values.get("createdate")}, now, now)
            self.rows[row.id] = row
            self._order.append(int(row.id))
            self.moved[primary.id] = row.id
        ids.append(other.id)
        self.moved[other.id] = row.id
        values |= {"hs_object_id": row.id, "hs_merged_object_ids": ";".join(ids)}
        self._store(row, values)
        return row

    def touch(self, row: Row, **values: str | None) -> None:
        """The system itself writes."""
        self._store(row, values)

    # -------------------------------------------------------------------------- one record's values

    def _fit(self, values: Mapping[str, Any], row: Row | None) -> dict[str, str | None]:
        known = self.known()
        made: dict[str, str | None] = {}
        for name, given in values.items():
            one = known.get(name)
            if one is None:
                raise invalid(name, "PROPERTY_DOESNT_EXIST", f"Property {name} does not exist")
            if one["calculated"] or one["modificationMetadata"]["readOnlyValue"] or name == "associatedcompanyid":
                raise invalid(name, "READ_ONLY_VALUE", f"{name} is a read only property; its value cannot be set.")
            made[name] = None if given is None or given == "" else self._checked(one, str(given))
            if name in self.upper and made[name]:
                made[name] = str(made[name]).upper()
        self._demand_unique(made, row, known)
        if self._goes_back(made, row):
            made.pop("lifecyclestage")
        return made

    def _goes_back(self, made: Mapping[str, str | None], row: Row | None) -> bool:
        """In silence: the answer shows the stage that was there."""
        new, old = made.get("lifecyclestage"), row.values.get("lifecyclestage") if row is not None else None
        return bool(new and old and STAGES.index(new) < STAGES.index(old))

    def _checked(self, one: Mapping[str, Any], text: str) -> str:
        name, type_ = one["name"], one["type"]
        if len(text) > LONGEST:
            raise invalid(name, "VALUE_TOO_LONG", f"{name} is longer than {LONGEST} characters")
        if type_ == "number":
            try:
                Decimal(text)
            except InvalidOperation:
                raise invalid(name, "INVALID_LONG", f"{text} was not a valid number.") from None
        elif type_ in ("enumeration", "bool") and not one["externalOptions"]:
            there = {each["value"] for each in one["options"]}
            if not set(text.split(";") if one["fieldType"] == "checkbox" else [text]) <= there:
                raise invalid(name, "INVALID_OPTION", f"{text} was not one of the allowed options: {sorted(there)}")
        elif type_ in ("date", "datetime"):
            return self._time(name, type_, text)
        elif name == "email" and self.name == "contacts":
            if not _EMAIL.fullmatch(text):
                raise invalid(name, "INVALID_EMAIL", f"Email address {text} is invalid")
            return text.lower()
        return text

    def _time(self, name: str, type_: str, text: str) -> str:
        try:
            if text.lstrip("-").isdigit():
                moment = datetime.fromtimestamp(int(text) / 1000, UTC)
            elif type_ == "date":
                return date.fromisoformat(text).isoformat()
            else:
                moment = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(name, "INVALID_DATE", f"{text} was not a valid {type_}") from None
        if type_ == "datetime":
            return iso(moment)
        if moment.time().isoformat() != "00:00:00":
            raise invalid(name, "INVALID_DATE", f"{text} is at {moment.time()}, not midnight")
        return moment.date().isoformat()

    def _demand_unique(self, made: Mapping[str, str | None], row: Row | None, known: Mapping[str, Any]) -> None:
        for name, value in made.items():
            if not value or not (known[name]["hasUniqueValue"] or name == "email"):
                continue
            other = self._unique.get((name, value.casefold()))
            if other is None or (row is not None and other == row.id) or other not in self.rows:
                continue
            if name == "email":
                raise Wrong(
                    f"{self.singular.title()} already exists. Existing ID: {other}", "CONFLICT", 409, existingId=[other]
                )
            where = f"PropertyValueCoordinates{{propertyName={name}, value={value}}}"
            raise Wrong(f"Cannot set {where}. {other} already has that value.", "CONFLICTING_UNIQUE_VALUE")

    def _store(self, row: Row, made: Mapping[str, str | None]) -> None:
        self._release(row)
        now = self._now()
        cleared = {"hubspot_owner_id": ""}  # recorded so: an owner that was taken away is told as an empty text
        row.values.update({name: cleared.get(name) if value is None else value for name, value in made.items()})
        for name, number in (("phone", "phone"), ("mobilephone", "mobile")):
            searched = f"hs_searchable_calculated_{number}_number"
            if name in made and searched in self.known():
                row.values[searched] = national(made[name] or "") or None
        row.updated = now
        row.values[self.modified] = iso(now)
        row.seen.append((now, dict(row.values)))
        for name, one in self.known().items():
            value = row.values.get(name)
            if value and (one["hasUniqueValue"] or name == "email"):
                self._unique[name, value.casefold()] = row.id

    def _release(self, row: Row) -> None:
        for name in ("email", "offbook_id"):
            value = row.values.get(name)
            if value and self._unique.get((name, value.casefold())) == row.id:
                del self._unique[name, value.casefold()]


def national(text: str) -> str:
    """Area code and local number, without the country's (of China and of North America)."""
    digits = re.sub(r"\D", "", text)
    return re.sub(r"^(?:86|1)(?=\d{10,11}$)", "", digits) if text.strip().startswith("+") else digits


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
