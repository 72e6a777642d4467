"""What does a person mean by a value that he typed? (as a source's cell is read: DESIGN §5)"""

from __future__ import annotations

from typing import Final

from connectors.contract import ConfigError, Damaged, say
from mappings.kinds import FieldDef
from mappings.people import People
from mappings.types import TYPES, At
from sync.picture.opening import Picture
from sync.picture.values import field_def
from sync.rules.cell import EMPTY, Golden, Value
from sync.units import Form, Unit

_NOTHING: Final = frozenset({"", "(empty)", "（空）", "(空)", "-"})


def typed(picture: Picture, kind: str, unit: Unit, golden: Golden | None, text: str) -> Value:
    """The canonical value of a unit: of a set, one element. Raises ConfigError where it cannot be read.

    Of a group either `member=value; member=value` (the others stay as golden has them), or the leading member alone.
    """
    if unit.form is not Form.GROUP:
        return one_value(picture, kind, unit.field.name if unit.form is Form.SET else unit.fields[0], text)
    known = golden.value if golden is not None and isinstance(golden.value, tuple) else (EMPTY,) * len(unit.fields)
    values = {name: value if isinstance(value, str) else EMPTY for name, value in zip(unit.fields, known, strict=True)}
    if "=" not in text:
        return tuple(_leading(picture, kind, unit, values, text).values())
    for piece in filter(None, (one.strip() for one in text.replace("；", ";").split(";"))):
        name, _, said = (one.strip() for one in piece.partition("="))
        if name not in values:
            raise ConfigError(
                "`{name}` is no field of {unit}; there is: {fields}",
                name=name,
                unit=unit.name,
                fields=", ".join(unit.fields),
            )
        values[name] = one_value(picture, kind, name, said)
    return tuple(values.values())


def _leading(picture: Picture, kind: str, unit: Unit, values: dict[str, str], text: str) -> dict[str, str]:
    """A value without names is the leading member's; where others are filled, nobody knows what becomes of them."""
    leading = unit.field.name
    if one_value(picture, kind, leading, text) == EMPTY:
        return dict.fromkeys(values, EMPTY)
    others = [name for name, value in values.items() if value and name != leading]
    if others:
        raise ConfigError(
            "{unit} has several fields ({others} are filled); name what you mean, `{first}=…; {leading}=…`",
            unit=unit.name,
            others=", ".join(others),
            first=others[0],
            leading=leading,
        )
    return {**values, leading: one_value(picture, kind, leading, text)}


def one_value(picture: Picture, kind: str, name: str, text: str) -> str:
    """The canonical value of one field; "" for nothing."""
    if text.strip() in _NOTHING:
        return EMPTY
    field = field_def(picture, kind, name)
    if field is None:
        raise ConfigError("[{kind}] has no field `{name}`", kind=kind, name=name)
    if field.relation:
        raise ConfigError("`{name}` points to another customer: say which with its id or SOURCE:KEY", name=name)
    workspace = picture.run.workspace
    at = At(region=workspace.region, zone=workspace.timezone, people=People(workspace.people))
    found = TYPES[field.type].parse(text, at)
    if isinstance(found, Damaged):
        raise ConfigError("what was typed for `{name}` is no {type}", name=name, type=field.type)
    return _option(picture, kind, field, found)


def _option(picture: Picture, kind: str, field: FieldDef, found: str) -> str:
    """Only an option that the mappings know: another one could be written nowhere."""
    if field.type != "choice":
        return found
    known = field.options or _used(picture, kind, field.name)
    if known and found not in known:
        fits = [one for one in known if one.casefold() == found.casefold()]
        if len(fits) != 1:
            raise ConfigError(
                "`{name}` knows no such option; there is: {known}", name=field.name, known=", ".join(known)
            )
        return fits[0]
    return found


def _used(picture: Picture, kind: str, name: str) -> tuple[str, ...]:
    """The canonical values that the mappings use."""
    found: dict[str, None] = {}
    for table in picture.run.workspace.tables.values():
        for part in table.parts:
            for place in part.fields.get(name, ()) if part.kind == kind else ():
                found.update(dict.fromkeys(text for _, canonical in place.values for text in canonical if text))
    return tuple(found)


__all__ = ["one_value", "say", "typed"]
