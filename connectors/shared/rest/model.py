"""What may stand in the specification of a system that is reached by `rest`? (docs/connectors/rest.md)

A closed language: no expressions, no loops, no code. Capabilities are derived from these words (capabilities.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from connectors.contract import say
from connectors.settings import OneOrMany, Strict, Wrong, YesNo

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
KindName = Literal["text", "number", "bool", "date", "datetime", "choice", "lookup", "staff", "file", "other"]
FateName = Literal[
    "auth", "forbidden", "gone", "conflict", "duplicate", "rejected", "locked", "later", "expired", "config"
]


def _text(value: object) -> object:
    """Places in lists are numbers in YAML: `0` is the path to the first."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _named(value: object) -> object:
    """`one` stands for {one: {}}."""
    return {value: {}} if isinstance(value, str) else value


_ANY: Final = WithJsonSchema({})
PathText = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number"]})]
Template = Annotated[Any, _ANY]
"""Constants and slots, of any shape."""
Shape = Annotated[Any, _ANY]
"""How a value looks in the system's JSON; values.py knows them."""
Flag = Annotated[Any, _ANY]
"""A constant, a path, a condition, or a list of these: any holds."""
When = dict[str, Template]


class Ask(Strict):
    """One request: a method and its path below `base`, or a `call` of the `rpc`."""

    GET: str | None = None
    POST: str | None = None
    PUT: str | None = None
    PATCH: str | None = None
    DELETE: str | None = None
    call: dict[str, Template] | None = Field(
        default=None, description="Parts that `rpc` puts into its body as <call.x>."
    )
    query: dict[str, Template] = Field(default_factory=dict, description="Percent-encoded; a list repeats its name.")
    headers: dict[str, Template] = Field(default_factory=dict)
    body: Template = None

    @model_validator(mode="after")
    def _one_way(self) -> Ask:
        if sum(way is not None for way in (self.call, *(getattr(self, m) for m in METHODS))) != 1:
            raise Wrong(say("a request has one method with its path, as in {GET: /customers}, or a `call`"))
        return self

    @property
    def method(self) -> str:
        return next((name for name in METHODS if getattr(self, name) is not None), "POST")

    @property
    def path(self) -> str:
        return str(getattr(self, self.method) or "")


class Use(Strict):
    header: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Template] = Field(default_factory=dict)
    body: dict[str, Template] = Field(default_factory=dict)


class Login(Strict):
    request: Ask
    take: dict[str, PathText] = Field(description="Name: path; then <login.name>.")
    refused: OneOrMany[When] = ()
    lasts: int | PathText | None = Field(default=None, description="Seconds, or the path to them.")
    use: Use = Use()


class Basic(Strict):
    user: Template
    password: Template


class Auth(Strict):
    bearer: Template = None
    header: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Template] = Field(default_factory=dict)
    body: dict[str, Template] = Field(default_factory=dict, description="Merged into every body.")
    basic: Basic | None = None
    login: Login | None = None
    renew: OneOrMany[When] = Field(default=(), description="Answers after which it logs in once more.")


class Rate(Strict):
    key: str = ""
    units: int = Field(ge=1)
    seconds: float = Field(gt=0)
    of: Literal["read", "write", "both"] = "both"
    per: int = Field(default=0, ge=0)


class Paces(Strict):
    limits: tuple[Rate, ...] = ()
    wait: PathText | None = Field(
        default=None, description="Where an answer says how long to wait, as header:Retry-After."
    )
    penalty: float | None = Field(default=None, gt=0, description="Seconds when the answer names none.")


class ErrorLine(Strict):
    """The first line whose condition holds says what an answer means, also inside 200."""

    when: When
    fate: FateName = Field(alias="as")
    fields: PathText | None = Field(default=None, description="Path to a map or list of the fields at fault.")
    key: PathText | None = Field(default=None, description="Path to the key of the record that is there already.")
    text: PathText | None = Field(default=None, description="Path to the system's words.")


class FieldWords(Strict):
    """A field that the system does not describe itself."""

    kind: KindName = "text"
    name: str = ""
    many: YesNo = False
    required: YesNo = False
    readonly: YesNo = False
    unique: YesNo = False
    findable: YesNo = False
    max_length: int | None = Field(default=None, ge=1)
    options: dict[str, str] | tuple[str, ...] = ()
    refers: OneOrMany[str] = ()


class TableWords(Strict):
    name: str = ""
    fields: dict[str, FieldWords] = Field(default_factory=dict)


class Tables(Strict):
    declared: dict[str, TableWords] = Field(default_factory=dict)
    request: Ask | None = None
    items: PathText = "$"
    id: PathText = "id"
    name: PathText = "name"
    also: PathText | None = Field(default=None, description="Another id by which fields refer to the table.")


class KindPath(Strict):
    path: PathText
    map: dict[str, KindName] = Field(default_factory=dict)


class OptionWords(Strict):
    items: PathText
    id: PathText = "$"
    label: PathText = "$"


class Describe(Strict):
    request: Ask | None = None
    items: PathText = "$"
    id: PathText = "id"
    name: PathText = "name"
    kind: KindPath | None = None
    required: Flag = False
    readonly: Flag = False
    hidden: Flag = False
    unique: Flag = False
    many: Flag = Field(default=False, description="Also a path to how many there may be.")
    max_length: int | PathText | None = None
    options: OptionWords | PathText | None = None
    refers: PathText | None = None
    fields: dict[str, FieldWords] = Field(default_factory=dict, description="Those that every table has.")
    findable: Literal["all"] | tuple[str, ...] = ()


class RecordWords(Strict):
    key: PathText
    keys: Literal["text", "number"] = "text"
    fields: PathText = "$"
    version: PathText | None = None
    modified: OneOrMany[PathText] = ()
    editor: PathText | None = None
    archived: When | None = None
    deleted: When | None = None
    moved: PathText | None = None
    absent: Literal["empty", "unseen"] = "unseen"


class KindWords(Strict):
    empty: tuple[Template, ...] | None = Field(
        default=None, description="Raw values that say nothing; the first is written."
    )
    blank: Template = Field(default=None, description="Cannot be empty: shown instead.")
    read: Shape = None
    write: Shape = None


class Numbered(Strict):
    start: int = Field(default=1, alias="from")


class ByToken(Strict):
    take: PathText
    end: Template = None


class ByLink(Strict):
    take: PathText
    same_host: YesNo = True

    @field_validator("same_host")
    @classmethod
    def _always(cls, given: bool) -> bool:  # noqa: FBT001 - pydantic hands it over by place
        if not given:
            raise Wrong(say("a link to another host is never followed; leave `same_host` out"))
        return given


class ByKey(Strict):
    by: PathText
    first: Template = ""


class ByRange(Strict):
    unit: str = "items"


class Nothing(Strict):
    """A word that needs no keys."""


class Paging(Strict):
    one: Nothing | None = None
    page: Numbered | None = None
    offset: Nothing | None = None
    token: ByToken | None = None
    link: ByLink | None = None
    keyset: ByKey | None = None
    range: ByRange | None = None

    @model_validator(mode="after")
    def _only_one(self) -> Paging:
        if len(self.model_fields_set) != 1:
            raise Wrong(say("pages go by one of: one, page, offset, token, link, keyset, range"))
        return self


class Listing(Strict):
    request: Ask
    items: PathText = "$"
    total: PathText | None = None
    size: int = Field(default=100, ge=1)
    paging: Annotated[Paging, BeforeValidator(_named)] = Paging(one=Nothing())
    more: Literal["short"] | When | None = None
    empty: OneOrMany[When] = ()
    restart: OneOrMany[When] = ()
    order: Literal["fixed"] | None = None
    filtered: YesNo = False


class Changes(Strict):
    request: Ask | None = None
    add: dict[str, Template] = Field(default_factory=dict)
    cursor: Literal["time", "etag", "number"] = "time"
    fields: OneOrMany[PathText] = ()
    format: Shape = "iso"
    shown: Literal["s", "ms", "us"] = "s"
    stored: Literal["s", "ms", "us"] | None = None
    overlap: float = Field(default=60.0, ge=0)
    tombstones: YesNo = False
    unchanged: When | None = None
    take: PathText | None = None
    taken_from: Literal["list"] | None = Field(default=None, alias="from")

    @model_validator(mode="after")
    def _has_cursor(self) -> Changes:
        if (self.cursor == "time") is (self.take is not None):
            raise Wrong(say("`take` says where a cursor stands in the answer; a cursor of time has none"))
        return self


class Many(Strict):
    request: Ask | None = None
    add: dict[str, Template] = Field(default_factory=dict)
    items: PathText | None = None
    size: int = Field(ge=1)


class Get(Strict):
    request: Ask | None = None
    record: PathText = "$"
    gone: OneOrMany[When] = ()
    many: Many | None = None


class Find(Strict):
    request: Ask | None = None
    add: dict[str, Template] = Field(default_factory=dict)
    items: PathText | None = None
    exact: YesNo = True
    size: int = Field(default=1, ge=1)
    lag: float = Field(default=0.0, ge=0, description="Seconds until a new record is found.")


class Token(Strict):
    """Where the id of a create goes, so that nothing is created twice."""

    way: Literal["key", "upsert", "field", "header", "query"] = Field(alias="as")
    at: str = Field(default="", description="The field, header or parameter; without it the mapping's `offbook_id`.")
    lasts: float = Field(default=0.0, ge=0, description="Seconds that the system remembers a header or parameter.")


class CheckWords(Strict):
    header: dict[str, Template] = Field(default_factory=dict)
    query: dict[str, Template] = Field(default_factory=dict)
    body: dict[str, Template] = Field(default_factory=dict)


class Batch(Strict):
    size: int = Field(ge=1)
    items: PathText | None = Field(default=None, description="Path in the body to a list whose one entry is repeated.")
    receipts: PathText | None = None
    order: Literal["same"] | dict[Literal["by"], PathText] = "same"
    refused: OneOrMany[When] = Field(default=(), description="Of one receipt: this record was not taken.")


class Write(Strict):
    request: Ask
    send: Literal["all", "changed"] = "changed"
    key: PathText | None = None
    record: PathText | None = None
    wrap: PathText | None = None
    always: dict[str, Template] = Field(default_factory=dict)
    token: OneOrMany[Token] = ()
    exists: OneOrMany[When] = ()
    check: CheckWords | None = None
    batch: Batch | None = None
    quiet: CheckWords | None = None


class Rpc(Strict):
    url: str
    body: Template


def _paces(value: object) -> object:
    return {"limits": value} if isinstance(value, list | tuple) else value


def _auth(value: object) -> object:
    return {} if value == "none" else value


class Specification(Strict):
    """One system: how it is asked and what its answers mean."""

    base: str
    auth: Annotated[Auth, BeforeValidator(_auth)] = Auth()
    headers: dict[str, Template] = Field(default_factory=dict)
    paces: Annotated[Paces, BeforeValidator(_paces)] = Paces()
    errors: tuple[ErrorLine, ...] = ()
    bare_5xx: Literal["rejected"] | None = None
    tables: Tables
    describe: Describe = Describe()
    record: RecordWords
    kinds: dict[KindName, KindWords] = Field(default_factory=dict)
    listing: Listing = Field(alias="list")
    changes: Changes | None = None
    get: Get | None = None
    find: Find | None = None
    create: Write | None = None
    update: Write | None = None
    archive: Write | None = None
    restore: Write | None = None
    delete: Write | None = None
    escape: Literal["backslash", "double", "refuse"] = "refuse"
    rpc: Rpc | None = None
