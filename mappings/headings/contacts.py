"""Whose are the names, telephones, mails and addresses of a table: the person's, or the company's?"""

from __future__ import annotations

from typing import Final

from mappings.headings.grammar import PHONES
from mappings.headings.guess import BLOCKED, LIKELY, MEANT, SAID, Guess, nothing, says
from mappings.headings.table import ORGANISATION, PERSON, Case, persons_are_customers


def name(case: Case) -> Guess:
    found = case.found
    kind = case.shape.names.get(case.column.at, "")
    if not kind or found.party in ("owner", "helper", "agent", "ours"):
        return nothing()
    given = found.plain.endswith(("名", "名字")) and found.party in ("", "contact") and found.attribute == "name"
    if given and any(c.meaning.attribute == "family" for c in case.columns):
        return says("person.given_name", MEANT)
    if kind == ORGANISATION and found.number >= 2:
        return nothing()
    if kind == PERSON and found.number >= 2:
        return says("person.second.name", MEANT)
    sure = SAID if found.party in ("contact", "org", "account") or found.attribute == "person" else MEANT
    if found.plain.startswith(_DEALERS) and any(c.meaning.plain.startswith("客户") for c in case.columns):
        return nothing()
    if found.plain in ("contacts", "people") and case.profile.share("person") < 0.5:
        return nothing(BLOCKED["count"])
    if found.party and not found.attribute and case.profile.share("id", "digits") >= 0.8:
        return look_up(case)
    return says(f"{kind}.name", sure)


_DEALERS: Final = ("代理商", "经销商", "渠道商")
"""Customers themselves, but beside 客户 the ones that it was bought from."""


def look_up(case: Case) -> Guess:
    """A column that holds another record's key."""
    party = case.found.party
    if party not in ("org", "account", "customer"):
        return nothing()
    if party == "customer" and (not case.shape.organisation or persons_are_customers(case.columns, case.shape.names)):
        return nothing()
    named = any(kind == ORGANISATION and at != case.column.at for at, kind in case.shape.names.items())
    if named:
        return nothing()
    if case.shape.interaction:
        return says("interaction.about", LIKELY)
    personal = any(
        c.meaning.attribute in ("given", "family", "person", "name", "jobtitle", "title") for c in case.columns
    )
    if case.shape.person and personal and PERSON in (*case.shape.names.values(), PERSON if _split(case) else ""):
        return says("person.works_at", MEANT)
    return nothing()


def _split(case: Case) -> bool:
    return any(c.meaning.attribute in ("given", "family") for c in case.columns)


def phones(case: Case) -> Guess:
    found = case.found
    if found.party in ("owner", "helper", "agent", "ours", "parent"):
        return nothing()
    if found.party in ("contact", "person") and found.number >= 2 and _numbered_contacts(case):
        return says("person.second.phones", MEANT)
    return says(*_phone_of(case))


def _numbered_contacts(case: Case) -> bool:
    return any(
        c.meaning.party == "contact" and c.meaning.number >= 2 and c.meaning.attribute in ("", "name", "person")
        for c in case.columns
    )


def _phone_of(case: Case) -> tuple[str, float]:
    found = case.found
    if found.party in ("contact", "person") or (not case.shape.organisation and found.party not in ("org", "account")):
        return "person.phones", SAID if found.party else MEANT
    if found.party in ("org", "account"):
        return "organisation.phones", SAID
    if not case.shape.person:
        return "organisation.phones", MEANT
    if case.shape.company_first:
        return _phone_in_company_row(case)
    if found.attribute == "landline" and not case.shape.contacts and not case.shape.lead:
        return "organisation.phones", LIKELY
    return "person.phones", MEANT


def _phone_in_company_row(case: Case) -> tuple[str, float]:
    found = case.found
    if found.attribute == "mobile" or found.qualifiers & {"home", "direct"} or case.profile.share("mobile") >= 0.6:
        return "person.phones", MEANT
    if found.attribute == "landline" or "work" in found.qualifiers or "primary" in found.qualifiers:
        return "organisation.phones", MEANT
    if any(word in found.plain for word in ("联系", "联络", "contact")):
        return "person.phones", LIKELY
    if _before_contact(case):
        return "organisation.phones", LIKELY
    twins = [c for c in case.columns if c.meaning.plain == found.plain and c.at < case.column.at]
    if any(_stands_before_contact(case, twin.at) for twin in twins):
        return "person.phones", LIKELY
    others = [
        c.meaning
        for c in case.columns
        if c.at != case.column.at and c.meaning.attribute in PHONES and not c.meaning.blocker
    ]
    fixed = any(m.attribute == "landline" or m.party in ("org", "account") for m in others)
    mobile = any(m.attribute == "mobile" for m in others)
    return ("organisation.phones" if mobile and not fixed else "person.phones"), LIKELY


def _before_contact(case: Case) -> bool:
    return _stands_before_contact(case, case.column.at)


def _stands_before_contact(case: Case, at: int) -> bool:
    persons = [person for person, kind in case.shape.names.items() if kind == PERSON]
    return bool(persons) and at < min(persons)


def emails(case: Case) -> Guess:
    found = case.found
    if found.party in ("owner", "helper", "agent", "ours", "parent"):
        return nothing()
    if found.party in ("contact", "person"):
        second = found.number >= 2 and _numbered_contacts(case)
        return says("person.second.emails" if second else "person.emails")
    if found.party in ("org", "account"):
        return says("organisation.emails")
    if not case.shape.organisation:
        return says("person.emails", MEANT)
    if not case.shape.person or (case.shape.company_first and _before_contact(case)):
        return says("organisation.emails", MEANT if not case.shape.person else LIKELY)
    return says("person.emails", MEANT)


_NOT_THE_MAIN_ONE: Final = frozenset({"shipping", "other", "invoice", "first", "last", "next", "visit", "complaint"})


def place(case: Case, field: str) -> Guess:
    """An address or a part of one; only the main one is taken."""
    found = case.found
    if found.number >= 2 or found.qualifiers & _NOT_THE_MAIN_ONE:
        return nothing()
    if "create" in found.qualifiers and field != "address":
        return nothing()
    if found.party in ("owner", "helper", "agent", "ours", "parent", "lead"):
        return nothing() if found.party != "lead" else says(f"{case.shape.customer}.{field}", MEANT)
    if field == "address" and found.number == 1 and _has_second_line(case):
        field = "street"
    kind = _place_of(case)
    if _in_one_piece(case):
        return nothing()
    return says(f"{kind}.{field}", SAID if found.party else MEANT)


def _place_of(case: Case) -> str:
    found = case.found
    if found.party in ("org", "account"):
        return ORGANISATION
    if found.party in ("contact", "person"):
        return PERSON
    if not case.shape.organisation:
        return PERSON
    if "home" in found.qualifiers:
        return PERSON if case.shape.person else ORGANISATION
    if not case.shape.person or case.shape.company_first or case.shape.lead or case.shape.interaction:
        return ORGANISATION
    if found.qualifiers & {"work", "billing"}:
        return ORGANISATION
    return PERSON


def _has_second_line(case: Case) -> bool:
    return any(
        c.at != case.column.at and c.meaning.attribute in ("address", "street", "line2") and c.meaning.number >= 2
        for c in case.columns
    )


def _in_one_piece(case: Case) -> bool:
    """Whether a column repeats in one piece what others say in parts (Pipedrive's `combined address`)."""
    return "combined" in case.found.plain and any(c.meaning.attribute == "street" for c in case.columns)
