"""What do the modules of the pretended Zoho hold, and what do they refuse, record by record?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Of the organisation: its times are told in it, in whole seconds."""
_IDS = itertools.count(1)


def error(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "details": dict(details or {}), "message": message, "status": "error"}


def success(details: Mapping[str, Any], message: str) -> dict[str, Any]:
    return {"code": "SUCCESS", "details": dict(details), "message": message, "status": "success"}


def text(name: str, label: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    """A field as /settings/fields tells it."""
    shown = {"picklist": "string", "multiselectpicklist": "jsonarray", "boolean": "boolean", "integer": "integer"}
    shown |= {"currency": "double", "lookup": "jsonobject", "ownerlookup": "jsonobject"}
    closed = bool(more.pop("closed", False))
    may = {"web_update": not closed, "api_create": not closed, "web_create": not closed, "api_update": not closed}
    return {
        "api_name": name,
        "field_label": label,
        "display_label": label,
        "data_type": type_,
        "json_type": shown.get(type_, "string"),
        "length": 255 if type_ == "text" else 120,
        "visible": True,
        "system_mandatory": False,
        "read_only": closed,
        "field_read_only": closed,
        "virtual_field": False,
        "operation_type": may,
        "unique": {},
        "external": None,
        "custom_field": False,
        "type": "used",
        "pick_list_values": [],
        "lookup": {},
        "decimal_place": None,
        "id": str(487687600000002000 + next(_IDS)),
        **more,
    }


def options(*values: str) -> list[dict[str, Any]]:
    return [
        {"display_value": one, "actual_value": one, "type": "used", "id": str(487687600000003000 + next(_IDS))}
        for one in values
    ]


_SYSTEM: Final[tuple[tuple[str, str, str], ...]] = (
    ("Created_By", "Created By", "ownerlookup"),
    ("Modified_By", "Modified By", "ownerlookup"),
    ("Created_Time", "Created Time", "datetime"),
    ("Modified_Time", "Modified Time", "datetime"),
)


class Module:
    """Fields and records of one module. upper: fields whose text is stored in capitals, as some workflows do."""

    def __init__(
        self,
        name: str,
        fields: Sequence[dict[str, Any]],
        now: Callable[[], datetime],
        world: Mapping[str, Module],
        users: Mapping[str, Any],
    ) -> None:
        self.name = name
        closed = [text(api, label, type_, closed=True) for api, label, type_ in _SYSTEM]
        self.fields = [text("id", "Record Id", "bigint", closed=True), *fields, *closed]
        self.rows: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.upper: set[str] = set()
        self._now, self._world, self._users = now, world, users
        self._ids = itertools.count(487687600000100000)

    def described(self, number: int) -> dict[str, Any]:
        return {
            "api_name": self.name,
            "module_name": self.name,
            "plural_label": self.name,
            "singular_label": self.name,
            "id": str(487687600000002000 + number),
            "api_supported": True,
            "generated_type": "default",
            "creatable": True,
            "editable": True,
            "deletable": True,
            "viewable": True,
            "visible": True,
        }

    # -------------------------------------------------------------------------- reading

    def rank(self, row: Mapping[str, Any], by: str) -> tuple[str, int]:
        return (str(row.get(by) or "") if by != "id" else "", int(row["id"]))

    def sorted_rows(self, by: str, ids: set[str]) -> list[dict[str, Any]]:
        rows = [self.rows[key] for key in ids if key in self.rows] if ids else list(self.rows.values())
        return sorted(rows, key=lambda row: self.rank(row, by))

    # -------------------------------------------------------------------------- writing

    def stamp(self) -> str:
        return self._now().astimezone(ZONE).replace(microsecond=0).isoformat()

    def touch(self, row: dict[str, Any], user: str) -> None:
        row["Modified_Time"], row["Modified_By"] = self.stamp(), self._user(user)

    def insert(self, data: Mapping[str, Any], n: int, user: str) -> dict[str, Any]:
        missing = [f["api_name"] for f in self.fields if f["system_mandatory"] and not data.get(f["api_name"])]
        if missing:
            return error("MANDATORY_NOT_FOUND", "required field not found", _at(missing[0], n))
        wrong = self.wrong(data, n) or self._twice(data, n, None)
        if wrong:
            return wrong
        row: dict[str, Any] = {"id": str(next(self._ids)), **{f["api_name"]: _blank(f) for f in self.fields[1:]}}
        self.rows[row["id"]] = row
        row["Owner"] = self._user(user)
        self._typed(row, data)
        row["Created_Time"], row["Created_By"] = self.stamp(), self._user(user)
        self.touch(row, user)
        return success(self._facts(row), "record added")

    def update(self, data: Mapping[str, Any], n: int, user: str, until: datetime | None) -> dict[str, Any]:
        row = self.rows.get(str(data.get("id") or ""))
        if row is None:
            return error("INVALID_DATA", "the id given seems to be invalid", _at("id", n))
        if until is not None and datetime.fromisoformat(row["Modified_Time"]) > until:
            facts = {"Modified_Time": row["Modified_Time"], "id": row["id"]}
            return error("ALREADY_MODIFIED", "record already modified", facts)
        if row.get("Locked__s") or row.get("Converted__s"):
            return error("RECORD_LOCKED", "record is locked", {"id": row["id"]})
        cleared = [
            f["api_name"] for f in self.fields if f["system_mandatory"] and data.get(f["api_name"], "-") in (None, "")
        ]
        if cleared:
            return error("MANDATORY_NOT_FOUND", "required field not found", _at(cleared[0], n))
        wrong = self.wrong(data, n) or self._twice(data, n, row["id"])
        if wrong:
            return wrong
        self._typed(row, data)
        self.touch(row, user)
        return success(self._facts(row), "record updated")

    def upsert(
        self, data: Mapping[str, Any], n: int, user: str, until: datetime | None, checks: Sequence[str] | None
    ) -> dict[str, Any]:
        names = checks or {"Leads": ["Email"], "Contacts": ["Email"], "Accounts": ["Account_Name"]}.get(self.name, [])
        for name in names:
            found = next((row for row in self.rows.values() if data.get(name) and row.get(name) == data[name]), None)
            if found is not None:
                said = self.update({**data, "id": found["id"]}, n, user, until)
                return {**said, "action": "update", "duplicate_field": name} if said["status"] == "success" else said
        said = self.insert(data, n, user)
        return {**said, "action": "insert", "duplicate_field": None} if said["status"] == "success" else said

    def delete(self, key: str, n: int, user: str, kind: str = "recycle") -> dict[str, Any]:
        row = self.rows.pop(key, None)
        if row is None:
            return error("INVALID_DATA", "the id given seems to be invalid", _at("id", n))
        name = row.get("Last_Name") or row.get("Account_Name") if kind == "recycle" else None
        who = self._user(user)
        self.ended[key] = {
            "id": key,
            "display_name": name,
            "type": kind,
            "deleted_time": self.stamp(),
            "deleted_by": who,
            "created_by": row["Created_By"],
        }
        return success({"id": key}, "record deleted")

    def _facts(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("Modified_Time", "Modified_By", "Created_Time", "id", "Created_By")}

    def _typed(self, row: dict[str, Any], data: Mapping[str, Any]) -> None:
        """Read-only and unknown fields are left out without a word."""
        for field in self.fields:
            name = field["api_name"]
            if name not in data or field["read_only"]:
                continue
            value = data[name]
            if field["data_type"] in ("lookup", "ownerlookup") and isinstance(value, dict):
                value = self._pointed(field, str(value["id"]))
            if isinstance(value, str):
                value = value.upper() if name in self.upper else value or None
            row[name] = value

    def _pointed(self, field: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        if field["data_type"] == "ownerlookup":
            return self._user(key)
        target = self._world[field["lookup"]["module"]["api_name"]]
        return {"name": target.rows[key].get("Account_Name") or target.rows[key].get("Last_Name"), "id": key}

    def _user(self, key: str) -> dict[str, Any]:
        user = self._users.get(key, {"full_name": "?", "email": "?"})
        return {"name": user["full_name"], "id": key, "email": user["email"]}

    # -------------------------------------------------------------------------- refusals

    def wrong(self, data: Mapping[str, Any], n: int) -> dict[str, Any] | None:
        for field in self.fields:
            name = field["api_name"]
            value = data.get(name)
            if value is None or field["read_only"]:
                continue
            why = self._unfit(field, value)
            if why:
                return error("INVALID_DATA", why, {**_at(name, n), "expected_data_type": field["data_type"]})
        return None

    def _unfit(self, field: Mapping[str, Any], value: Any) -> str:
        type_ = field["data_type"]
        if type_ in ("lookup", "ownerlookup"):
            there = self._users if type_ == "ownerlookup" else self._world[field["lookup"]["module"]["api_name"]].rows
            ok = isinstance(value, dict) and str(value.get("id")) in there
            return "" if ok else "the related id given seems to be invalid"
        if type_ == "email" and ("@" not in str(value) or " " in str(value)):
            return "invalid data"
        if type_ in ("integer", "currency"):
            return "" if isinstance(value, int | Decimal) and not isinstance(value, bool) else "invalid data"
        if type_ == "boolean":
            return "" if isinstance(value, bool) else "invalid data"
        if type_ in ("date", "datetime"):
            return "" if _is_time(type_, value) else "invalid data"
        if type_ == "multiselectpicklist":
            return "" if isinstance(value, list) else "invalid data"
        if not isinstance(value, str):
            return "invalid data"
        return "" if len(value) <= field["length"] or type_ == "textarea" else "invalid data"

    def _twice(self, data: Mapping[str, Any], n: int, key: str | None) -> dict[str, Any] | None:
        for field in self.fields:
            name = field["api_name"]
            if not (field["unique"] or field["external"]) or data.get(name) in (None, ""):
                continue
            for other in self.rows.values():
                if other["id"] != key and other.get(name) == data[name]:
                    return error("DUPLICATE_DATA", "duplicate data", {**_at(name, n), "id": other["id"]})
        return None


def _at(name: str, n: int) -> dict[str, Any]:
    return {"api_name": name, "json_path": f"$.data[{n}].{name}"}


def _blank(field: Mapping[str, Any]) -> Any:
    return {"boolean": False, "multiselectpicklist": []}.get(field["data_type"])


def _is_time(type_: str, value: Any) -> bool:
    try:
        if type_ == "date":
            date.fromisoformat(value)
            return True
        return datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, TypeError):
        return False


# ------------------------------------------------------------------------------ what there is at first


def example_modules(now: Callable[[], datetime], users: Mapping[str, Any]) -> dict[str, Module]:
    """Accounts, Contacts and Leads with the vendor's own field names, and a field for our id in each."""
    world: dict[str, Module] = {}
    common = [
        text("Owner", "Owner", "ownerlookup"),
        text("Phone", "Phone", "phone", length=50),
        text("Description", "Description", "textarea", length=32000),
        text("Offbook_ID", "Offbook ID", length=60, unique={"casesensitive": "false"}, custom_field=True),
        text("Tag", "Tag", json_type="jsonarray", closed=True),
    ]
    person = [
        text("First_Name", "First Name"),
        text("Last_Name", "Last Name", system_mandatory=True),
        text("Full_Name", "Full Name", closed=True),
        text("Email", "Email", "email"),
        text("Mobile", "Mobile", "phone", length=50),
        text("Locked__s", "Locked", "boolean", closed=True),
    ]
    to_account = {"module": {"api_name": "Accounts", "id": "487687600000002177"}}
    listed: dict[str, list[dict[str, Any]]] = {
        "Accounts": [
            text("Account_Name", "Account Name", system_mandatory=True),
            text("Website", "Website", "website", length=255),
            text("Rating", "Rating", "picklist", pick_list_values=options("-None-", "VIP", "Normal", "Potential")),
            text(
                "Account_Type",
                "Account Type",
                "picklist",
                pick_list_values=options("-None-", "Prospect", "Customer", "Competitor"),
            ),
            text("Annual_Revenue", "Annual Revenue", "currency"),
            text("Employees", "Employees", "integer"),
        ],
        "Contacts": [
            *person,
            text("Secondary_Email", "Secondary Email", "email"),
            text("Account_Name", "Account Name", "lookup", lookup=to_account),
            text("Date_of_Birth", "Date of Birth", "date"),
            text("Last_Seen", "Last Seen", "datetime", custom_field=True),
            text(
                "Lead_Source", "Lead Source", "picklist", pick_list_values=options("-None-", "Web Site", "Trade Show")
            ),
            text(
                "Interests",
                "Interests",
                "multiselectpicklist",
                pick_list_values=options("Pumps", "Valves"),
                custom_field=True,
            ),
            text("Email_Opt_Out", "Email Opt Out", "boolean"),
        ],
        "Leads": [
            *person,
            text("Company", "Company"),
            text("Website", "Website", "website", length=255),
            text(
                "Lead_Source", "Lead Source", "picklist", pick_list_values=options("-None-", "Web Site", "Trade Show")
            ),
            text("Converted__s", "Is Converted", "boolean", closed=True),
        ],
    }
    for name, fields in listed.items():
        own = [dict(one) for one in (*fields, *common)]
        world[name] = Module(name, own, now, world, users)
    return world


_YURUN: Final = (("张", "伟", "13800138000"), ("李", "娜", "13900139000"))
_HARBOUR: Final = (("Smith", "Anna", "+447700900001"),)


def fill_examples(modules: Mapping[str, Module], user: str = "487687600000022501") -> None:
    """A few made-up customers, for people who try the sandbox."""
    companies = (
        ({"Account_Name": "上海宇润机电有限公司", "Phone": "021-55501234", "Rating": "VIP"}, _YURUN),
        ({"Account_Name": "Harbour Valve Ltd", "Phone": "+44 20 7946 0000"}, _HARBOUR),
    )
    for company, people in companies:
        made = modules["Accounts"].insert(company, 0, user)
        for last, given, mobile in people:
            data = {
                "Last_Name": last,
                "First_Name": given,
                "Mobile": mobile,
                "Account_Name": {"id": made["details"]["id"]},
            }
            modules["Contacts"].insert(data, 0, user)
    lead = {"Last_Name": "Meier", "Company": "Meier Pumpen GmbH", "Email": "meier@example.de"}
    modules["Leads"].insert(lead, 0, user)
