"""What does a pretended base of 飞书多维表格 keep of what is written into a field, and how does it show that?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

_PHONE: Final = re.compile(r"\+?\d{0,64}")
_EMPTY: Final[tuple[object, ...]] = (None, "", [])
_options = itertools.count(1)


class Bad(Exception):
    """The value cannot stand in the field; `code` as the vendor's page on errors has it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class World:
    """What values are held against. records: the ids in a table, by its id. people: ids that there are."""

    records: Callable[[str], Collection[str]]
    people: Collection[str]


def stored(field: dict[str, Any], value: Any, world: World) -> Any:
    """As the system shows it afterwards; None: the cell is empty. Options that are not there are made. Raises Bad."""
    if value in _EMPTY:
        return None
    keep = _KEEP.get(field["type"])
    if keep is None:
        raise Bad(1254015, "Field types do not match.")
    return keep(field, value, world)


def _text(field: dict[str, Any], value: Any, _: World) -> Any:
    if not isinstance(value, str):
        raise Bad(1254060, "TextFieldConvFail")
    if field.get("ui_type") == "Email":
        return [{"type": "url", "text": value, "link": f"mailto:{value}"}]
    return [{"type": "text", "text": value}]


def _number(_: dict[str, Any], value: Any, __: World) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Bad(1254061, "NumberFieldConvFail")
    return Decimal(str(float(value)))


def _option(field: dict[str, Any], value: Any) -> str:
    there = field["property"].setdefault("options", [])
    if value not in (one["name"] for one in there):
        there.append({"id": f"optMade{next(_options)}", "name": value, "color": 0})
    return str(value)


def _single(field: dict[str, Any], value: Any, _: World) -> Any:
    if not isinstance(value, str):
        raise Bad(1254062, "SingleSelectFieldConvFail")
    return _option(field, value)


def _multi(field: dict[str, Any], value: Any, _: World) -> Any:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Bad(1254063, "MultiSelectFieldConvFail")
    return [_option(field, one) for one in value]


def _date(_: dict[str, Any], value: Any, __: World) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Bad(1254064, "DatetimeFieldConvFail")
    return value


def _checkbox(_: dict[str, Any], value: Any, __: World) -> Any:
    if not isinstance(value, bool):
        raise Bad(1254065, "CheckboxFieldConvFail")
    return value or None


def _people(_: dict[str, Any], value: Any, world: World) -> Any:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) and set(one) == {"id"} for one in value):
        raise Bad(1254066, "UserFieldConvFail")
    if not all(one["id"] in world.people for one in value):
        raise Bad(1254066, "UserFieldConvFail")
    return [{"id": one["id"], "name": f"员工 {one['id'][-1]}", "en_name": "", "email": ""} for one in value]


def _phone(_: dict[str, Any], value: Any, __: World) -> Any:
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise Bad(1254072, "Failed to convert phone field, please make sure it is correct.")
    return value


def _url(_: dict[str, Any], value: Any, __: World) -> Any:
    if not isinstance(value, Mapping) or set(value) != {"text", "link"}:
        raise Bad(1254068, "URLFieldConvFail")
    return dict(value)


def _file(_: dict[str, Any], __: Any, ___: World) -> Any:
    raise Bad(1254303, "AttachPermNotAllow")


def _link(field: dict[str, Any], value: Any, world: World) -> Any:
    ids = value.get("link_record_ids") if isinstance(value, Mapping) else value
    if not isinstance(ids, list) or not set(ids) <= set(world.records(field["property"]["table_id"])):
        raise Bad(1254067, "LinkFieldConvFail")
    return {"link_record_ids": list(ids)}


_KEEP: Final[Mapping[int, Callable[[dict[str, Any], Any, World], Any]]] = {
    1: _text,
    2: _number,
    3: _single,
    4: _multi,
    5: _date,
    7: _checkbox,
    11: _people,
    13: _phone,
    15: _url,
    17: _file,
    18: _link,
    21: _link,
}


def plain(shown: Any) -> str:
    """What filters compare: the text of a cell."""
    if isinstance(shown, list):
        return "".join(plain(one) for one in shown)
    return str(shown.get("text", "")) if isinstance(shown, Mapping) else str(shown)
