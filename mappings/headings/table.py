"""What is the whole table about? Contacts, companies, rows of both, or what happened with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mappings.headings.grammar import Meaning, meaning
from mappings.headings.samples import Profile

PERSON: Final = "person"
ORGANISATION: Final = "organisation"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. at: its place from the left, from 0."""

    at: int
    heading: str
    meaning: Meaning
    profile: Profile


@dataclass(frozen=True, slots=True)
class Shape:
    """What the columns say together.

    person, organisation: whether the table speaks of such. company_first: a list of companies that names contacts; a
    list of contacts that names their companies is not. contacts: a list of contacts as systems export it. names: of a
    column with a name, whose name it is. customer: whose owner, tier, status … the table's columns are.
    """

    person: bool
    organisation: bool
    company_first: bool
    contacts: bool
    lead: bool
    interaction: bool
    names: dict[int, str] = field(default_factory=dict)

    @property
    def customer(self) -> str:
        if not self.organisation:
            return PERSON
        if not self.person or self.company_first or self.lead:
            return ORGANISATION
        return PERSON if self.contacts else ORGANISATION


@dataclass(frozen=True, slots=True)
class Case:
    """One column among the others: what a rule is asked about."""

    column: Column
    columns: Sequence[Column]
    shape: Shape

    @property
    def found(self) -> Meaning:
        return self.column.meaning

    @property
    def profile(self) -> Profile:
        return self.column.profile

    @property
    def customer(self) -> str:
        """Whose owner, tier, tags … the column says: as its heading tells, else the table's."""
        parties = {self.found.party, self.found.whose}
        if parties & {"contact", "person"} and self.shape.person:
            return PERSON
        if parties & {"org", "account"} and self.shape.organisation:
            return ORGANISATION
        return self.shape.customer


def shape(columns: Sequence[Column], table_name: str = "") -> Shape:
    hint = meaning(table_name)
    names = _names(columns, hint)
    person = PERSON in names.values() or _count(columns, _PERSONAL) > 0 or _is_people(hint)
    organisation = ORGANISATION in names.values() or _has_companies(columns, names, hint)
    if not person and not organisation:
        person, organisation = _neither(columns, hint)
    lead = person and _is_lead(columns, hint)
    exported = _is_contact_export(columns, hint)
    contacts = exported or _are_contacts(columns, hint, names)
    first = person and organisation and not exported and _company_first(columns, names, hint)
    return Shape(person, organisation, first, contacts, lead, _is_interaction(columns, hint), names)


_PERSONAL: Final = frozenset({"given", "family", "person", "jobtitle", "birthday", "gender", "prefs"})
_CORPORATE: Final = frozenset({"taxid", "industry", "size", "revenue"})
_BUSINESS: Final = frozenset({*_CORPORATE, "website", "short", "tier", "department"})
_PRIVATE: Final = frozenset({"birthday", "gender", "jobtitle", "title", "department", "wechat", "idcard"})


def _count(columns: Sequence[Column], attributes: frozenset[str]) -> int:
    return sum(
        c.meaning.attribute in attributes
        and not c.meaning.blocker
        and c.meaning.party not in ("owner", "helper", "agent", "ours")
        for c in columns
    )


_PEOPLE: Final = ("名片", "通讯录", "icloud", "subscribe", "attendee", "people")


def _has_companies(columns: Sequence[Column], names: dict[int, str], hint: Meaning) -> bool:
    """Whether a table without a company's name speaks of companies all the same."""
    if _count(columns, frozenset({"taxid"})):
        return True
    named = [c.meaning.party for c in columns if names.get(c.at) == PERSON]
    if named and all(party == "contact" for party in named) and hint.party in ("org", "account", "customer"):
        return True
    corporate = _count(columns, _CORPORATE)
    return corporate > (1 if _count(columns, _PERSONAL) or named else 0)


def _is_people(hint: Meaning) -> bool:
    return hint.party in ("contact", "person") or any(word in hint.plain for word in _PEOPLE)


def is_name(found: Meaning) -> bool:
    """Whether the heading names somebody: `公司`, `Contact Name`, `姓名`."""
    if found.blocker or found.unknown or found.qualifiers & {"other", "create", "update", "shipping", "last", "next"}:
        return False
    if found.qualifiers & {"follow", "visit", "call"} and not found.party:
        return False
    if found.attribute in ("name", "person"):
        return found.party in ("", "org", "account", "customer", "lead", "contact", "person")
    return not found.attribute and found.party in ("org", "account", "customer", "lead", "contact")


def _names(columns: Sequence[Column], hint: Meaning) -> dict[int, str]:
    names: dict[int, str] = {}
    for column in columns:
        if is_name(column.meaning):
            known = ORGANISATION if _is_account(column, columns) else _whose(column)
            if known:
                names[column.at] = known
    for column in columns:
        if is_name(column.meaning) and column.at not in names:
            names[column.at] = _decided(column, columns, names, hint)
    return names


def _is_account(column: Column, columns: Sequence[Column]) -> bool:
    """`Contact Name` beside a first and a last name: the name of the account, as accounting programs write it."""
    attributes = {c.meaning.attribute for c in columns}
    taxed = "taxid" in attributes or any(c.meaning.blocker == "bank" for c in columns)
    unnamed = not any(is_name(c.meaning) and c.meaning.party in ("org", "account") for c in columns)
    contact = column.meaning.party == "contact" and column.meaning.attribute == "name"
    return contact and taxed and unnamed and {"given", "family"} <= attributes and not column.profile.share("person")


def _whose(column: Column) -> str:
    """What the heading itself or the values say, "" where neither does."""
    found = column.meaning
    if found.party in ("contact", "person"):
        return PERSON
    if found.attribute == "person":
        return PERSON
    if found.party in ("org", "account"):
        return ORGANISATION
    if column.profile.filled >= 2:
        companies, persons = column.profile.share("company"), column.profile.share("person")
        if companies >= 0.4 and companies > persons:
            return ORGANISATION
        if persons >= 0.6 and companies <= 0.1:
            return PERSON
    return ""


def _decided(column: Column, columns: Sequence[Column], names: dict[int, str], hint: Meaning) -> str:
    split = any(c.meaning.attribute in ("given", "family") for c in columns)
    others = set(names.values())
    if column.meaning.party in ("customer", "lead"):
        if PERSON in others or (split and ORGANISATION not in others):
            return ORGANISATION
        private = _count(columns, _PRIVATE)
        if column.meaning.party == "lead" and not others and not _count(columns, _BUSINESS):
            return PERSON
        return PERSON if private and (ORGANISATION in others or not _count(columns, _CORPORATE)) else ORGANISATION
    if ORGANISATION in others or split:
        return PERSON
    if PERSON in others:
        return ORGANISATION
    if _is_people(hint) or hint.party == "lead":
        return PERSON
    if hint.party == "customer" and column.meaning.plain.isascii() and not _count(columns, _BUSINESS):
        return PERSON
    if hint.party in ("org", "account", "customer"):
        return ORGANISATION
    if _count(columns, _PRIVATE) or not _count(columns, _CORPORATE):
        return PERSON if _count(columns, _PRIVATE) or column.meaning.plain.isascii() else ORGANISATION
    return ORGANISATION


def _neither(columns: Sequence[Column], hint: Meaning) -> tuple[bool, bool]:
    """A table without names: what its telephones and its own name suggest."""
    if hint.party in ("org", "account", "customer"):
        return False, True
    return any(c.meaning.attribute in ("mobile", "wechat", "email") for c in columns), False


def _is_lead(columns: Sequence[Column], hint: Meaning) -> bool:
    owners = [c.meaning for c in columns if c.meaning.party == "owner"]
    if any(m.whose == "contact" for m in owners):
        return False
    return (
        hint.party == "lead"
        or any("lead" in (m.whose, m.party) for m in owners)
        or any(c.meaning.party == "lead" and c.meaning.attribute in ("", "name", "person", "id") for c in columns)
    )


def _is_contact_export(columns: Sequence[Column], hint: Meaning) -> bool:
    """Whether the table calls itself a list of contacts, by its name or by whose owner and number it shows."""
    if _is_people(hint) or any(c.meaning.party == "owner" and c.meaning.whose == "contact" for c in columns):
        return True
    return any(word in c.meaning.plain for c in columns for word in ("客户昵称", "外部联系人", "unionid"))


def _are_contacts(columns: Sequence[Column], hint: Meaning, names: dict[int, str]) -> bool:
    if persons_are_customers(columns, names):
        return True
    by_at = {c.at: c.meaning for c in columns}
    own = [at for at, kind in names.items() if kind == PERSON and by_at[at].party in ("", "person")]
    companies = [at for at, kind in names.items() if kind == ORGANISATION]
    if own and companies and min(own) < min(companies):
        return hint.party not in ("org", "account", "customer", "lead")
    given = {c.meaning.attribute for c in columns if not c.meaning.party} & {"given", "family"}
    return len(given) == 2 and hint.party not in ("org", "account", "lead")


def _called_customer(columns: Sequence[Column], at: int) -> bool:
    return any(c.at == at and c.meaning.party == "customer" for c in columns)


def persons_are_customers(columns: Sequence[Column], names: dict[int, str]) -> bool:
    """Whether customer (客户姓名, 会员) means a person here."""
    return any(kind == PERSON and _called_customer(columns, at) for at, kind in names.items())


def _company_first(columns: Sequence[Column], names: dict[int, str], hint: Meaning) -> bool:
    """Whether a row is a company's: its contact is called so (联系人), and not the row's own name (姓名)."""
    persons = [at for at, kind in names.items() if kind == PERSON]
    companies = [at for at, kind in names.items() if kind == ORGANISATION]
    by_at = {c.at: c.meaning for c in columns}
    if not persons:
        split = [c.at for c in columns if c.meaning.attribute in ("given", "family")]
        own = bool(split) and _count(columns, frozenset({"taxid"})) == 0
        return bool(companies) and not own
    if all(by_at[at].party == "contact" for at in persons):
        business = _count(columns, _CORPORATE) or any(
            m.attribute == "code" and m.party == "customer" for m in by_at.values()
        )
        leads = bool(companies) and min(companies) < min(persons)
        return leads or bool(business) or hint.party in ("org", "account", "customer")
    own_names = [at for at in persons if by_at[at].party != "contact"]
    return bool(companies) and min(companies) < min(own_names) and by_at[min(companies)].party == "customer"


_HAPPENED: Final = frozenset({"visit", "call", "complaint", "activity", "follow", "contact"})
_TOLD: Final = frozenset({"summary", "result", "nextstep"})


def _is_interaction(columns: Sequence[Column], hint: Meaning) -> bool:
    told = sum(c.meaning.attribute in _TOLD for c in columns)
    when = any(
        c.meaning.attribute == "time" and not c.meaning.qualifiers & {"create", "update", "next"} for c in columns
    )
    named = bool(hint.qualifiers & _HAPPENED) or hint.attribute in ("summary", "notes")
    return when and (told >= 2 or (named and (told >= 1 or any(c.meaning.party == "agent" for c in columns))))
