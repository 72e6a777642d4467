"""Which kinds of entity are there, and what fields, groups and relations has each? (DESIGN §5)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

TYPES: Final = (
    "text",
    "person_name",
    "company_name",
    "phone",
    "email",
    "url",
    "date",
    "datetime",
    "number",
    "money",
    "boolean",
    "choice",
    "tags",
    "staff",
    "address",
    "identifier",
    "note",
)
SURVIVE: Final = ("authority", "newest", "complete", "ask")


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One field of a kind, with the rules that the workspace may set for it (CONFIG, "kinds.NAME").

    `relation`: the kind it points to, for relations. `group`: the group it is voted with. `derived`: worked out from
    the leading member of its group, never voted. `bookkeeping`: read for `newest` and for show only (R4g).
    `survive` is without the closing `ask`. `authority`, `first_link` and `clear` None: the workspace's.
    """

    name: str
    type: str
    many: bool = False
    group: str = ""
    derived: bool = False
    bookkeeping: bool = False
    relation: str = ""
    survive: tuple[str, ...] = ("authority",)
    first_link: str | None = None
    clear: str | None = None
    authority: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None
    sensitive: bool = False
    built_in: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that describe one thing and are voted, parked and planned together (R4f)."""

    name: str
    members: tuple[str, ...]
    leading: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity.

    exists: a part exists when one of these is filled (empty: any field). names: what names it (R2c); contacts: what
    names a part without those, and only when all of them change at once. identify: fields that together say it is the
    same one. customer: may be the workspace's unit. Fields stand in the order in which they are shown.
    """

    name: str
    fields: Mapping[str, FieldDef]
    groups: Mapping[str, Group] = field(default_factory=dict)
    exists: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    identify: tuple[str, ...] = ()
    customer: bool = False
    built_in: bool = True

    def field(self, name: str) -> FieldDef:
        """The definition behind a mapped field; `identifiers.credit_code` is a single-valued field of its own (R5f)."""
        if name.startswith("identifiers.") and "identifiers" in self.fields:
            return replace(self.fields["identifiers"], name=name, many=False)
        return self.fields[name]

    def relations(self) -> dict[str, str]:
        """Relation → the kind it points to."""
        return {f.name: f.relation for f in self.fields.values() if f.relation}


def _fields(*texts: str) -> dict[str, FieldDef]:
    """ "name:type", with `*` behind a set's name and `→kind` instead of a type for a relation."""
    made = {}
    for text in texts:
        name, _, type_ = text.partition(":")
        many = name.endswith("*")
        name = name.rstrip("*")
        relation = type_[1:] if type_.startswith("→") else ""
        made[name] = FieldDef(name, "relation" if relation else type_, many=many, relation=relation)
    return made


_ADDRESS = ("country", "region", "city", "district", "street", "postal_code", "address")
_WHERE = tuple(f"{name}:{'address' if name in ('street', 'address') else 'text'}" for name in _ADDRESS)
_CUSTOMER = (
    "tier:choice",
    "status:choice",
    "tags*:tags",
    "owner:staff",
    "assistants*:staff",
    "origin:choice",
    "notes*:note",
    "annual_value:money",
    "currency:text",
    "consent:boolean",
    "consent_at:datetime",
    "last_contacted_at:datetime",
    "next_follow_up_at:datetime",
)
_BOOKKEEPING = ("created_at:datetime", "updated_at:datetime")
_SENSITIVE = frozenset({"phones", "emails", "wechat", "identifiers", "birthday", "annual_value"})


def _kind(
    name: str,
    texts: Iterable[str],
    groups: Iterable[Group],
    *,
    derived: Iterable[str] = (),
    exists: tuple[str, ...],
    names: tuple[str, ...],
    contacts: tuple[str, ...] = (),
    customer: bool,
) -> Kind:
    fields, derived = _fields(*texts), set(derived)
    grouped = {member: group.name for group in groups for member in group.members if member in fields}
    for key, one in fields.items():
        fields[key] = replace(
            one,
            group=grouped.get(key, ""),
            derived=key in derived,
            bookkeeping=f"{key}:datetime" in _BOOKKEEPING,
            survive=() if key in ("identifiers", "owner") else ("authority",),
            sensitive=key in _SENSITIVE,
        )
    return Kind(name, fields, {g.name: g for g in groups}, exists, names, contacts, customer=customer)


def built_in() -> dict[str, Kind]:
    """person, organisation and interaction (DESIGN §5); both of the first may be the workspace's customer."""
    address = Group("address", _ADDRESS, "address")
    money = Group("money", ("annual_value", "currency"), "annual_value")
    consent = Group("consent", ("consent", "consent_at"), "consent")
    organisation = _kind(
        "organisation",
        (
            "name:company_name",
            "short_name:company_name",
            "identifiers*:identifier",
            "phones*:phone",
            "emails*:email",
            "website:url",
            *_WHERE,
            "industry:choice",
            "size:choice",
            "parent:→organisation",
            *_CUSTOMER,
            *_BOOKKEEPING,
        ),
        (address, money, consent),
        exists=("name", "short_name", "identifiers"),
        names=("name", "identifiers"),
        contacts=("phones", "emails"),
        customer=True,
    )
    person = _kind(
        "person",
        (
            "name:person_name",
            "family_name:person_name",
            "given_name:person_name",
            "title:text",
            "department:text",
            "phones*:phone",
            "emails*:email",
            "wechat:text",
            "identifiers*:identifier",
            "birthday:date",
            "gender:choice",
            *_WHERE,
            "works_at:→organisation",
            "needs:note",
            "preferences:note",
            "do_not_contact:boolean",
            *_CUSTOMER,
            *_BOOKKEEPING,
        ),
        (Group("name", ("name", "family_name", "given_name"), "name"), address, money, consent),
        derived=("family_name", "given_name"),
        exists=("name", "phones", "emails", "wechat", "identifiers"),
        names=("name", "identifiers"),
        contacts=("phones", "emails", "wechat"),
        customer=True,
    )
    interaction = _kind(
        "interaction",
        (
            "at:datetime",
            "by:staff",
            "type:choice",
            "summary:note",
            "result:note",
            "next_step:note",
            "score:number",
            "amount:money",
            "currency:text",
            "about:→organisation",
            "with:→person",
            *_BOOKKEEPING,
        ),
        (Group("money", ("amount", "currency"), "amount"),),
        exists=("at",),
        names=(),
        customer=False,
    )
    return {kind.name: kind for kind in (organisation, person, interaction)}
