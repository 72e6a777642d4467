"""What objects and records has the pretended Salesforce, and what may be written to them?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sandbox.server import Reply

USERS: Final = {
    "0055g00000AAAAAAAA": ("王芳", "wangfang@example.cn"),
    "0055g00000BBBBBBBB": ("李雷", "lilei@example.cn"),
    "0055g00000CCCCCCCC": ("Offbook", "offbook@example.cn"),
}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SYSTEM: Final = (
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
)


class Refused(Exception):
    """One record's error, with Salesforce's code."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.code, self.message, self.fields = code, message, list(fields)


def errors(status: int, code: str, message: str, *fields: str) -> Reply:
    return Reply(status, [{"message": message, "errorCode": code, **({"fields": list(fields)} if fields else {})}])


def id18(prefix: str, number: int) -> str:
    """Fifteen letters that tell capitals apart, and three that say where they are."""
    digits = ""
    for _ in range(12 - 4):
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    short = f"{prefix}5g00{digits}"
    marks = (sum(1 << n for n, one in enumerate(short[at : at + 5]) if "A" <= one <= "Z") for at in (0, 5, 10))
    return short + "".join(_LETTERS[mark] for mark in marks)


def described(name: str, type_: str = "string", label: str = "", **more: Any) -> dict[str, Any]:
    """A field as `describe` shows it."""
    length = {"string": 80, "phone": 40, "email": 80, "url": 255, "textarea": 32_000, "id": 18, "reference": 18}
    return {
        "name": name,
        "label": label or name,
        "type": type_,
        "length": length.get(type_, 0),
        "createable": True,
        "updateable": True,
        "nillable": True,
        "defaultedOnCreate": type_ == "boolean",
        "unique": False,
        "externalId": False,
        "idLookup": type_ == "email",
        "calculated": False,
        "filterable": True,
        "custom": name.endswith("__c"),
        "caseSensitive": False,
        "restrictedPicklist": False,
        "referenceTo": [],
        "relationshipName": None,
        "picklistValues": [],
        "deprecatedAndHidden": False,
        **more,
    }


def system(name: str, type_: str, **more: Any) -> dict[str, Any]:
    return described(name, type_, createable=False, updateable=False, nillable=False, defaultedOnCreate=True, **more)


def choices(*values: str, closed: bool = True) -> dict[str, Any]:
    listed = [{"value": one, "label": one, "active": True, "defaultValue": False} for one in values]
    return {"picklistValues": listed, "restrictedPicklist": closed}


@dataclass(slots=True)
class Sobject:
    """name, label, prefix: as described. rows: by id, the recycle bin included. required: fields a create must have."""

    name: str
    label: str
    prefix: str
    fields: list[dict[str, Any]]
    now: Callable[[], datetime]
    person: bool = False
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    upper: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _held: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def field(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.fields if one["name"] == name), None)

    def types(self, hidden: set[str]) -> dict[str, str]:
        """Field → type of those that are seen; a long text cannot be searched."""
        long = {one["name"] for one in self.fields if not one["filterable"]}
        return {
            one["name"]: "textarea long" if one["name"] in long else one["type"]
            for one in self.fields
            if one["name"] not in hidden
        }

    def stamp(self) -> str:
        return told(self.now())

    # -------------------------------------------------------------------------- writes

    def insert(self, values: Mapping[str, Any], actor: str, others: Mapping[str, Sobject]) -> str:
        self._demand(values, others, creates=True)
        missing = [
            one["name"]
            for one in self.fields
            if one["createable"]
            and not one["nillable"]
            and not one["defaultedOnCreate"]
            and not values.get(one["name"])
        ]
        if missing:
            raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)
        key, at = id18(self.prefix, next(self._numbers)), self.stamp()
        blank = {one["name"]: False if one["type"] == "boolean" else None for one in self.fields}
        owner = {"OwnerId": actor} if "OwnerId" in blank else {}
        stamps = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        people = {"CreatedById": actor, "LastModifiedById": actor}
        self.rows[key] = {**blank, "Id": key, "IsDeleted": False, **stamps, **people, **owner}
        self._store(key, values)
        return key

    def update(self, key: str, values: Mapping[str, Any], actor: str, others: Mapping[str, Sobject]) -> None:
        row = self.live(key)
        self._demand(values, others, creates=False, own=key)
        self._store(row["Id"], values)
        row.update(LastModifiedDate=self.stamp(), LastModifiedById=actor, SystemModstamp=self.stamp())

    def delete(self, key: str, actor: str, into: str | None = None) -> None:
        row = self.live(key)
        row.update(IsDeleted=True, LastModifiedDate=self.stamp(), LastModifiedById=actor, SystemModstamp=self.stamp())
        if "MasterRecordId" in row:
            row["MasterRecordId"] = into
        self._forget(row)

    def purge(self, key: str) -> None:
        """Out of the recycle bin too."""
        self.delete(key, "") if not self.rows[key]["IsDeleted"] else None
        del self.rows[key]

    def touch(self, key: str) -> None:
        """A process of the system: nobody edited anything."""
        self.rows[key]["SystemModstamp"] = self.stamp()

    def live(self, key: str) -> dict[str, Any]:
        row = self.rows.get(key) or next((r for k, r in self.rows.items() if len(key) == 15 and k[:15] == key), None)
        if row is None:
            raise Refused("NOT_FOUND", "Provided external ID field does not exist or is not accessible: Id")
        if row["IsDeleted"]:
            raise Refused("ENTITY_IS_DELETED", "entity is deleted")
        return row

    def bearing(self, name: str, value: str) -> list[str]:
        """Live records that say so; ids of other systems are looked up, all else is looked through."""
        wanted = value.casefold()
        described = self.field(name)
        if described is not None and described["externalId"]:
            return list(self._held.get((name, wanted), ()))
        return [k for k, r in self.rows.items() if not r["IsDeleted"] and str(r.get(name) or "").casefold() == wanted]

    def _forget(self, row: Mapping[str, Any]) -> None:
        for spot in self._spots(row):
            self._held[spot].remove(row["Id"])

    def _spots(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        names = (one["name"] for one in self.fields if one["externalId"])
        return [(name, str(row[name]).casefold()) for name in names if row.get(name)]

    # -------------------------------------------------------------------------- rules

    def _store(self, key: str, values: Mapping[str, Any]) -> None:
        row = self.rows[key]
        self._forget(row)
        for name, value in values.items():
            type_ = (self.field(name) or {}).get("type")
            kept = value.strip() or None if isinstance(value, str) else value
            if type_ == "datetime" and isinstance(kept, str):
                kept = told(datetime.fromisoformat(kept))
            row[name] = kept.upper() if name in self.upper and isinstance(kept, str) else kept
        if self.person:
            row["Name"] = " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))
        for spot in self._spots(row):
            self._held.setdefault(spot, []).append(key)

    def _demand(
        self, values: Mapping[str, Any], others: Mapping[str, Sobject], *, creates: bool, own: str = ""
    ) -> None:
        for name, value in values.items():
            one = self.field(name)
            if one is None:
                raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {self.name}")
            if not one["createable" if creates else "updateable"]:
                message = f"Unable to create/update fields: {name}. Please check the security settings of this field"
                raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, name)
            if value is None:
                if not creates and not one["nillable"]:
                    raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{name}]", name)
                continue
            _fits(one, value, others)
            if one["unique"] and (held := [k for k in self.bearing(name, str(value)) if k != own]):
                message = f"duplicate value found: {name} duplicates value on record with id: {held[0][:15]}"
                raise Refused("DUPLICATE_VALUE", message)


def _fits(one: Mapping[str, Any], value: Any, others: Mapping[str, Sobject]) -> None:
    name, type_ = one["name"], one["type"]
    if isinstance(value, str) and one["length"] and len(value) > one["length"] and type_ not in ("id", "reference"):
        raise Refused("STRING_TOO_LONG", f"{one['label']}: data value too large: (max length={one['length']})", name)
    if type_ == "email" and not _EMAIL.fullmatch(str(value)):
        raise Refused("INVALID_EMAIL_ADDRESS", f"{one['label']}: invalid email address: {value}", name)
    if type_ in ("picklist", "multipicklist") and one["restrictedPicklist"]:
        there = {option["value"] for option in one["picklistValues"]}
        if not set(str(value).split(";") if type_ == "multipicklist" else [value]) <= there:
            message = f"{one['label']}: bad value for restricted picklist field: {value}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, name)
    if type_ == "reference":
        known = {key for key in USERS if "User" in one["referenceTo"]}
        known |= {
            k
            for table in one["referenceTo"]
            if table in others
            for k, r in others[table].rows.items()
            if not r["IsDeleted"]
        }
        if value not in known:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", name)
    if type_ == "date":
        _parsed(one, date.fromisoformat, value)
    if type_ == "datetime":
        _parsed(one, datetime.fromisoformat, value)


def _parsed(one: Mapping[str, Any], parse: Callable[[str], object], value: Any) -> None:
    try:
        parse(value)
    except (ValueError, TypeError):
        raise Refused("JSON_PARSER_ERROR", f"Cannot deserialize instance of {one['type']}", one["name"]) from None


def told(when: datetime) -> str:
    """As Salesforce tells moments: whole seconds, no colon in the offset."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


# ------------------------------------------------------------------------------ an example org


def _common() -> list[dict[str, Any]]:
    return [
        system("Id", "id", idLookup=True),
        system("IsDeleted", "boolean"),
        system("CreatedDate", "datetime"),
        system("CreatedById", "reference", referenceTo=["User"]),
        system("LastModifiedDate", "datetime"),
        system("LastModifiedById", "reference", referenceTo=["User"]),
        system("SystemModstamp", "datetime"),
        described("OwnerId", "reference", "Owner ID", nillable=False, defaultedOnCreate=True, referenceTo=["User"]),
        described("Offbook_ID__c", "string", "Offbook ID", length=18, externalId=True, unique=True, idLookup=True),
    ]


def _master(name: str) -> dict[str, Any]:
    return described("MasterRecordId", "reference", createable=False, updateable=False, referenceTo=[name])


def example_objects(now: Callable[[], datetime]) -> dict[str, Sobject]:
    """Account, Contact, Lead and Task, as far as customers need them."""
    account = [
        described("Name", "string", "Account Name", length=255, nillable=False),
        described("Phone", "phone"),
        described("Website", "url"),
        described("Rating", "picklist", **choices("Hot", "Warm", "Cold")),
        described("AnnualRevenue", "currency"),
        described("Description", "textarea", filterable=False),
    ]
    contact = [
        described("LastName", "string", "Last Name", nillable=False),
        described("FirstName", "string", "First Name", length=40),
        described("Name", "string", "Full Name", length=121, createable=False, updateable=False),
        described("Email", "email"),
        described("Phone", "phone"),
        described("MobilePhone", "phone", "Mobile"),
        described("Department", "string"),
        described("Description", "textarea", filterable=False),
        described("Birthdate", "date"),
        described("Last_Seen__c", "datetime", "Last Seen"),
        described("Score__c", "double", "Score"),
        described("LeadSource", "picklist", "Lead Source", **choices("Web", "Phone", "Partner")),
        described("Interests__c", "multipicklist", "Interests", **choices("Tea", "Coffee", "Go")),
        described("HasOptedOutOfEmail", "boolean", "Email Opt Out"),
        described("AccountId", "reference", "Account ID", referenceTo=["Account"], relationshipName="Account"),
        described("MailingCity", "string", "Mailing City", length=40),
        described("MailingAddress", "address", createable=False, updateable=False, filterable=False),
    ]
    lead = [
        described("LastName", "string", "Last Name", nillable=False),
        described("FirstName", "string", "First Name", length=40),
        described("Company", "string", length=255, nillable=False),
        described("Email", "email"),
        described("MobilePhone", "phone", "Mobile"),
        described("Status", "picklist", **choices("Open", "Working", "Closed")),
        system("IsConverted", "boolean"),
    ]
    task = [
        described("Subject", "string", length=255),
        described("WhoId", "reference", "Name ID", referenceTo=["Contact", "Lead"]),
    ]
    return {
        "User": _users(now),
        "Account": Sobject("Account", "Accounts", "001", [*_common(), _master("Account"), *account], now),
        "Contact": Sobject("Contact", "Contacts", "003", [*_common(), _master("Contact"), *contact], now, person=True),
        "Lead": Sobject("Lead", "Leads", "00Q", [*_common(), _master("Lead"), *lead], now, person=True),
        "Task": Sobject("Task", "Tasks", "00T", [*_common(), *task], now),
    }


def _users(now: Callable[[], datetime]) -> Sobject:
    """Nobody writes them here."""
    fields = [*(one for one in _common() if one["name"] in SYSTEM and one["name"] != "IsDeleted")]
    fields += [system("Name", "string"), system("Email", "email"), system("IsActive", "boolean")]
    made = Sobject("User", "Users", "005", fields, now)
    stamps = {"CreatedDate": made.stamp(), "LastModifiedDate": made.stamp(), "SystemModstamp": made.stamp()}
    for key, (name, email) in USERS.items():
        person = {"Id": key, "Name": name, "Email": email, "IsActive": True, "IsDeleted": False}
        made.rows[key] = {**person, **stamps, "CreatedById": key, "LastModifiedById": key}
    return made


def fill_examples(objects: Mapping[str, Sobject]) -> None:
    """Customers that a user meets when the sandbox starts; edited an hour ago, so that nothing is young."""
    actor = next(iter(USERS))
    rows = (
        ("上海宇润科技有限公司", "021-62345678", "Hot", ("赵", "敏", "zhaomin@yurun.example", "13911112222")),
        ("北京博远商贸有限公司", "010-88886666", "Warm", ("李", "强", "liqiang@boyuan.example", "+86 138 1234 5678")),
        ("Smith & Sons Ltd", "+44 20 7946 0123", "Cold", ("Smith", "John", "john@smith.example", "+44 7700 900123")),
    )
    for name, phone, rating, (last, first, email, mobile) in rows:
        account = objects["Account"].insert({"Name": name, "Phone": phone, "Rating": rating}, actor, objects)
        person = {"LastName": last, "FirstName": first, "Email": email, "MobilePhone": mobile, "AccountId": account}
        objects["Contact"].insert(person, actor, objects)
    lead = {
        "LastName": "王",
        "FirstName": "芳",
        "Company": "广州南风食品厂",
        "MobilePhone": "13600001111",
        "Status": "Open",
    }
    objects["Lead"].insert(lead, actor, objects)
    for one in objects.values():
        for row in one.rows.values():
            earlier = told(one.now() - timedelta(hours=1))
            row.update(CreatedDate=earlier, LastModifiedDate=earlier, SystemModstamp=earlier)
