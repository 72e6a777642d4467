"""Which values does a field of a CRM take, and how are the plain ones read? (C10, C11, C28)

For systems that describe their fields by kind and speak JSON; what differs (how a choice or a look-up stands there) is
left to the vendor's own file.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from connectors.contract import Field, LookUp, Said, Value, say

STAFF: Final = "@staff"


class Unfit(ValueError):
    """A value that this field cannot take, said for a person."""

    def __init__(self, why: Said) -> None:
        self.why = why
        super().__init__(why)


# ------------------------------------------------------------------------------ theirs to ours


def as_text(raw: Any) -> str:
    """Texts as they are; lists and objects as they came, so that a change is seen."""
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)


def number(raw: Any) -> int | Decimal:
    """Raises TypeError, ValueError and ArithmeticError for what is none."""
    if isinstance(raw, bool):
        raise TypeError
    if isinstance(raw, int | Decimal):
        return raw
    found = Decimal(raw)
    if not found.is_finite():
        raise ValueError
    return int(found) if found == found.to_integral_value() and "." not in raw else found


def yes_or_no(raw: Any) -> bool:
    """Raises TypeError for what is neither."""
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def moment(raw: Any) -> datetime:
    """Raises ValueError for a time without a zone."""
    found = datetime.fromisoformat(raw)
    if found.tzinfo is None:
        raise ValueError(raw)
    return found


# ------------------------------------------------------------------------------ ours to theirs: each raises Unfit


def text_out(value: Value) -> str:
    if not isinstance(value, str):
        raise Unfit(say("this field takes text only"))
    return value


def number_out(value: Value) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unfit(say("this field takes numbers only"))
    return value


def yes_or_no_out(value: Value) -> bool:
    if not isinstance(value, bool):
        raise Unfit(say("this field takes yes and no only"))
    return value


def day_out(value: Value) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Unfit(say("this field takes dates only"))
    return value.isoformat()


def moment_out(value: Value) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit(say("this field takes moments only"))
    return value.isoformat(timespec="seconds")


def chosen(field: Field, value: Value) -> list[str]:
    """Ids of options. A system may take any text as a choice, so only its own are sent (C28)."""
    there = {option for option, _ in field.options}
    every = value if isinstance(value, tuple) else (value,)
    found = [one for one in every if isinstance(one, str) and one in there]
    if len(found) != len(every) or (len(every) > 1 and not field.many):
        raise Unfit(say("this is none of the field's options"))
    return found


def pointed(field: Field, value: Value) -> str:
    """The key of the record or of the person that is meant."""
    wanted = (STAFF,) if field.kind == "staff" else field.refers
    if not isinstance(value, LookUp) or (wanted and value.table not in wanted):
        raise Unfit(say("this field takes another record only"))
    return value.key
