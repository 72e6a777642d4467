"""What may stand in offbook.yaml? (CONFIG §1)"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from connectors.contract import say
from connectors.settings import OneOrMany, Strict, Text, Wrong, YesNo, nearest, shown
from mappings.filters import Written
from mappings.kinds import SURVIVE, TYPES
from sync.config.guards import GuardsFile
from sync.config.schedule import Schedule, parse_schedule

FieldType = Literal[
    "text", "person_name", "company_name", "phone", "email", "url", "date", "datetime", "number", "money",
    "boolean", "choice", "tags", "staff", "address", "identifier", "note",
]  # fmt: skip
assert FieldType.__args__ == TYPES  # type: ignore[attr-defined]  # one list, once for people who check types

FirstLink: TypeAlias = Literal["keep", "ask", "rules"]
Conditions: TypeAlias = dict[str, Written]


class _ShortOr:
    """For editors: the short form beside the long one."""

    def __init__(self, short: JsonSchemaValue) -> None:
        self.short = short

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [self.short, handler(core)]}


_TEXT_SCHEMA: JsonSchemaValue = {"type": ["string", "number", "boolean"]}


def region_of(value: object) -> object:
    """Two capital letters of ISO 3166; bare phone numbers are read as this country's."""
    if isinstance(value, str) and not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise Wrong(
            say("`{text}` cannot stand here; write a country's two capital letters, CN or DE", text=shown(value))
        )
    return value


def timezone_of(value: object) -> object:
    """A name of the time zone database."""
    if isinstance(value, str):
        try:
            ZoneInfo(value)
        except (ValueError, OSError, LookupError):
            raise Wrong(_no_zone(value)) from None
    return value


def _no_zone(text: str) -> Any:
    from zoneinfo import available_timezones  # slow, and only needed here

    near = nearest(text, sorted(available_timezones()))
    if near:
        return say("no time zone is called `{text}`; did you mean `{near}`?", text=shown(text), near=near)
    return say("no time zone is called `{text}`; write Asia/Shanghai or the like", text=shown(text))


def _schedule(value: object) -> object:
    return parse_schedule(value) if isinstance(value, str) else value


Region = Annotated[str, BeforeValidator(region_of), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Timezone = Annotated[str, BeforeValidator(timezone_of), WithJsonSchema({"type": "string"})]


class PersonFile(Strict):
    """One of our own staff."""

    name: Text = Field(description="How his name is written.")
    also: OneOrMany[Text] = Field(default=(), description="Other spellings; a spelling belongs to one person.")
    email: Text = Field(default="", description="Finds the user in systems that list users.")
    there: dict[str, Text] = Field(default_factory=dict, alias="in", description="Source: id or spelling there.")
    successor: Text | None = Field(
        default=None, description="Has left: what he owns goes to this one when it must be written; empty: to nobody."
    )


class MatchFile(Strict):
    """Thresholds: the probability of being the same."""

    link: float = Field(default=0.95, ge=0.5, le=1, description="From here on two records are linked.")
    ask: float = Field(default=0.60, ge=0, le=1, description="From here on a person is asked.")


_Rule = Annotated[str, WithJsonSchema({"type": "string", "enum": list(SURVIVE)})]


class FieldFile(Strict):
    """A field of your own, or rules for one that is built in."""

    type: FieldType | None = Field(default=None, description="Own fields need one; built-in fields have theirs.")
    many: YesNo | None = Field(default=None, description="Holds a set.")
    options: OneOrMany[Text] | None = Field(default=None, description="The only canonical values of a choice.")
    group: Text = Field(default="", description="Fields of one group are decided together.")
    authority: OneOrMany[Text] | None = Field(default=None, description="Sources in order, for this field only.")
    survive: OneOrMany[_Rule] | None = Field(
        default=None, description="What decides between values, in order: authority, newest, complete, ask."
    )
    first_link: FirstLink | None = Field(default=None, description="A value met for the first time that differs.")
    clear: Literal["formal", "anyone", "nobody"] | None = Field(default=None, description="Who may empty it.")
    sensitive: YesNo | None = Field(default=None, description="Masked in plans, logs and exports.")


def _field(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


class KindFile(Strict):
    """Fields and rules of a kind; a kind of your own by any other name."""

    fields: dict[
        str, Annotated[FieldFile, BeforeValidator(_field), _ShortOr({"type": "string", "enum": list(TYPES)})]
    ] = Field(default_factory=dict, description="Name: a type, or name: {rules}.")
    relations: dict[str, Text] = Field(default_factory=dict, description="Own kinds: name: the kind it goes to.")
    identify: OneOrMany[Text] = Field(
        default=(), description="Own kinds and interaction: fields that together say it is the same one."
    )


class BelongsTo(Strict):
    """The one whose private source this is, or the column that says who holds each record."""

    person: Text = Field(default="", exclude=True)
    column: Text = Field(default="", description="The column that says by whom each record is held.")

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"person": value}
        if isinstance(value, dict) and ("person" in value or not value):
            raise Wrong(say("write the id of one of `people`, or {column: C}"))
        return value


class OnLeave(Strict):
    """What happens to a record whose customer left the filter or was deleted."""

    word: Literal["keep", "remove", "mark"] = Field(default="keep", exclude=True)
    mark: Text = Field(default="", description="The column that says since when he has left.")

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if value in ("keep", "remove"):
            return {"word": value}
        if isinstance(value, dict) and set(value) == {"mark"}:
            return {"word": "mark", **value}
        raise Wrong(say("write `keep`, `remove` or {mark: column}"))


class SourceFile(Strict):
    """The eight keys of ours; every other key is an option of the connector."""

    connector: Text = Field(
        default="", description="A name from `offbook connectors`, or module:SPEC. Default: from the path or URL."
    )
    belongs_to: Annotated[
        BelongsTo | None,
        WithJsonSchema(
            {
                "anyOf": [
                    _TEXT_SCHEMA,
                    {
                        "type": "object",
                        "properties": {"column": _TEXT_SCHEMA},
                        "required": ["column"],
                        "additionalProperties": False,
                    },
                ]
            }
        ),
    ] = Field(default=None, description="The one of `people` whose private source this is, or {column: C}.")
    only: Conditions | None = Field(
        default=None, description="Which customers it may receive. Default with belongs_to: {owner: me}."
    )
    on_leave: Annotated[
        OnLeave,
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string", "enum": ["keep", "remove"]},
                    {
                        "type": "object",
                        "properties": {"mark": _TEXT_SCHEMA},
                        "required": ["mark"],
                        "additionalProperties": False,
                    },
                ],
                "default": "keep",
            }
        ),
    ] = Field(
        default=OnLeave.model_construct(),
        description="What happens to a record whose customer left the filter or was deleted.",
    )
    may_delete: YesNo = Field(default=False, description="The end of the last record here deletes the customer.")
    no_duplicates: YesNo = Field(default=False, description="Two records of a table here are never the same customer.")
    region: Region | None = Field(default=None, description="Of this source. Default: the workspace's.")
    timezone: Timezone | None = Field(default=None, description="Of this source. Default: the workspace's.")


OWN_KEYS = tuple(SourceFile.model_fields)
"""The keys of a source that are Offbook's; no connector's option may bear one of these names."""


class JobFile(Strict):
    """What one run reads and writes; a job only narrows."""

    pull: OneOrMany[Text] = Field(default=(), description="Sources or tables that are read. Default: all.")
    push: OneOrMany[Text] = Field(default=(), description="That may be written. Default: none, the job compares.")
    create_in: Annotated[
        dict[str, Conditions],
        _ShortOr({"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA}]}),
    ] = Field(default_factory=dict, description="Tables that may get new records; with a filter: which.")
    sample: int | None = Field(default=None, ge=1, description="At most so many customers.")
    review: Literal["all", "new", "questions"] = Field(default="all", description="What waits for a person.")
    schedule: Annotated[Schedule | None, BeforeValidator(_schedule), WithJsonSchema({"type": "string"})] = Field(
        default=None, description="`daily 02:30`, `mon-fri 07:00`, `every 2h`, or five cron fields in quotes."
    )

    @field_validator("create_in", mode="before")
    @classmethod
    def _tables(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {value: {}}
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return {one: {} for one in value}
        return value


class _SourcesSchema:
    """For editors: a path, a URL, or our keys beside the connector's, which its documentation lists."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        keys = SourceFile.model_json_schema()
        keys.pop("additionalProperties")
        assert "$defs" not in keys  # everything in it stands in place
        return {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [{"type": "string"}, keys]}}


class WorkspaceFile(Strict):
    """offbook.yaml: what belongs to the ledger, the sources, and the jobs."""

    ledger: Text = Field(default="offbook.db", description="File or database URL of the ledger.")
    customer: Literal["organisation", "person"] = Field(
        default="organisation", description="Which kind is the customer."
    )
    region: Region = Field(default="CN", description="Where bare phone numbers are read.")
    timezone: Timezone = Field(default="Asia/Shanghai", description="Where times without a zone are read.")
    people: Annotated[dict[str, PersonFile] | None, _ShortOr({"type": "string"})] = Field(
        default=None, description="Our staff: the records themselves, or the name of a .yaml or .csv file."
    )
    authority: OneOrMany[Text] = Field(default=(), description="The formal sources, most trusted first.")
    first_link: FirstLink = Field(default="keep", description="A value met for the first time that differs.")
    match: MatchFile = Field(default=MatchFile(), description="Thresholds of matching.")
    guards: GuardsFile = Field(default=GuardsFile(), description="How much one run may change.")
    kinds: dict[str, KindFile] = Field(default_factory=dict, description="Kinds and fields of your own, and rules.")
    sources: Annotated[dict[str, Any], _SourcesSchema()] = Field(
        description="Where customers are kept: a path, a database URL, or keys."
    )
    jobs: dict[str, JobFile] = Field(default_factory=dict, description="What runs.")
