"""What may stand in mappings/*.yaml? (CONFIG §2)"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from connectors.contract import Said, say
from connectors.settings import Faults, OneOrMany, Rules, Strict, Text, Tree, Way, Wrong, YesNo, fit, read, shown
from mappings.filters import Written


class PlaceFile(Strict):
    """Where a field stands in a record: a column's name, or these keys."""

    columns: OneOrMany[Text] = Field(
        default=(), alias="from", description="The column; several only with `join` or `python`."
    )
    constant: Text = Field(default="", description="Instead of `from`: what every record of this table says.")
    direction: Literal["both", "pull", "push"] | None = Field(
        default=None,
        description="`pull` is only read, `push` only written. Default: `both`; `pull` for constants, created_at,"
        " updated_at, and in off-book sources for notes, needs and interactions.",
    )
    sort: Text = Field(
        default="", alias="as", description="Sort of an identifier (required there), a phone or an e-mail."
    )
    values: dict[str, OneOrMany[Text]] = Field(
        default_factory=dict,
        description='Raw value: canonical value. "" is the empty cell, on the right empty; "*" is everything else.',
    )
    split: Text = Field(default="", description="Separator inside one cell of a set.")
    join: Text | None = Field(default=None, description="Glue between several columns; only read.")
    format: Text = Field(default="", description="Of a date, number, phone or name.")
    lossy: YesNo = Field(default=False, description="What is written cannot be read back: only into an empty cell.")
    template: Text = Field(default="", description="`{works_at.short_name} {name}`; only written.")
    python: Text = Field(
        default="", description="module:function beside offbook.yaml, or module:name with read, write."
    )
    ref: OneOrMany[Text] = Field(default=(), description="Relations: the mapped tables that the column points into.")
    by: Text = Field(default="", description="The column of that table with the same value, when it is not its key.")


class _ColumnOrPlace:
    """For editors: a column's name, or the keys of a place."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": ["string", "number", "boolean"]}, handler(core)]}


def _place(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


Place = Annotated[PlaceFile, BeforeValidator(_place), _ColumnOrPlace()]


class MappingFile(Strict):
    """One table's mapping; of several sources where they have the same shape."""

    table: OneOrMany[Text] = Field(
        min_length=1, description="`source` or `source.alias`; a list when several sources have the same shape."
    )
    at: Text = Field(
        default="",
        description="The table's own id in the source (a sheet's name, AccountObj). Default: the alias; without alias"
        " the only table there is.",
    )
    key: Text = Field(default="", description="A column that the user keeps unique (sheets, CSV).")
    offbook_id: Text = Field(default="", description="A column Offbook may write its id into; naming it permits it.")
    modified: Text = Field(default="", description="SQL: the column every edit moves.")
    where: dict[str, Written] = Field(default_factory=dict, description="Which records are read, by column.")
    on_create: dict[str, Text] = Field(
        default_factory=dict, description="Column: raw value, written in a create where nothing else fills the column."
    )
    record: dict[str, dict[str, OneOrMany[Place]]] = Field(
        min_length=1, description="Part (a kind, or person.second): field or relation: place, or a list of places."
    )

    @field_validator("record", mode="before")
    @classmethod
    def _no_part_is_empty(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name, part in value.items():
                if part == {}:
                    raise Wrong(
                        say("the part `{part}` has no fields; write field: column, or take it out", part=shown(name))
                    )
        return value


def read_mapping(path: Path, name: str, faults: Faults) -> tuple[Tree, MappingFile] | None:
    """The file's own mistakes are in `faults`; None where it cannot be gone on with. name: for messages."""
    tree = read(path, name, faults, Rules(empty=_empty))
    made = fit(MappingFile, tree, faults) if tree is not None else None
    return None if tree is None or made is None else (tree, made)


def _empty(way: Way) -> Said | None:
    if "values" in way or (way and way[-1] == "join"):
        return None
    if way and way[0] == "where":
        return say("an empty text means nothing here; write {empty: true}")
    return say("an empty text means nothing here; write a value, or take the line out")
