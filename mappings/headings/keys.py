"""Which columns say who answers for a customer, and which number or name him for certain?"""

from __future__ import annotations

from typing import Final

from mappings.headings import contacts
from mappings.headings.guess import BLOCKED, LIKELY, MAYBE, MEANT, SAID, Guess, nothing, says
from mappings.headings.table import Case, persons_are_customers

STAFF: Final = ("owner", "helper", "agent", "ours")
"""Parties that are our own people."""


def owner(case: Case) -> Guess:
    found = case.found
    if found.attribute not in ("", "name", "person", "id", "code", "by") or "other" in found.qualifiers:
        return nothing()
    if found.qualifiers & {"create", "update", "first"} or case.profile.share("date") > 0.5:
        return nothing()
    if "co" in found.qualifiers:
        return helper(case)
    if found.plain.startswith("负责人") and _has_salesman(case):
        return nothing(BLOCKED["legal"])
    if found.attribute in ("id", "code") and any(
        c.at != case.column.at and c.meaning.party == "owner" and c.meaning.attribute in ("", "name", "person")
        for c in case.columns
    ):
        return nothing()
    if case.shape.interaction:
        busy = any(c.meaning.party == "agent" and not c.meaning.blocker for c in case.columns)
        return nothing() if busy else says("interaction.by", LIKELY)
    return says(f"{case.customer}.owner", SAID if found.attribute not in ("id", "code") else MEANT)


def _has_salesman(case: Case) -> bool:
    """Where a 業務員 stands beside him, 負責人 is who signs for the customer's company."""
    owners = [c.meaning.plain for c in case.columns if c.meaning.party == "owner" and not c.meaning.blocker]
    return any(not plain.startswith("负责人") for plain in owners)


def helper(case: Case) -> Guess:
    if case.found.attribute not in ("", "name", "person"):
        return nothing()
    return says(f"{case.customer}.assistants", MEANT)


def agent(case: Case) -> Guess:
    if case.shape.interaction and case.found.attribute in ("", "name", "person", "by"):
        return says("interaction.by", MEANT)
    return nothing()


def parent(case: Case) -> Guess:
    if case.found.attribute not in ("", "name", "id", "person") or case.found.qualifiers:
        return nothing()
    if not case.shape.organisation or case.shape.contacts:
        return nothing()
    return says("organisation.parent", MEANT)


def tax(case: Case) -> Guess:
    return nothing() if case.found.party in (*STAFF, "parent") else says("organisation.identifiers")


def id_card(case: Case) -> Guess:
    if case.found.party in STAFF or not case.shape.person:
        return nothing()
    return says("person.identifiers", MEANT)


def code(case: Case) -> Guess:
    """A number that people gave; what counts rows is no number of the customer's."""
    found = case.found
    if found.party in STAFF:
        return owner(case) if found.party == "owner" else nothing()
    if found.qualifiers - {"primary"} or found.party in ("parent", "helper"):
        return nothing()
    if not found.party and not _numbers_records(case):
        return nothing()
    if found.party == "contact":
        return nothing()
    if not case.shape.organisation or (
        found.party == "customer" and persons_are_customers(case.columns, case.shape.names)
    ):
        return says("person.identifiers", LIKELY)
    if not found.party and not _first_columns(case):
        return nothing()
    if case.shape.contacts and found.party in ("org", "account", "customer") and not case.shape.organisation:
        return contacts.look_up(case)
    return says("organisation.identifiers", MEANT if found.party else MAYBE)


def _numbers_records(case: Case) -> bool:
    """Whether a bare `编码` holds codes; 1, 2, 3 are no codes."""
    if case.profile.filled:
        return case.profile.share("code", "id") >= 0.6
    return case.found.plain in ("编码", "代码", "code")


def _first_columns(case: Case) -> bool:
    """Whether it stands beside the name in a list of companies."""
    companies = not case.shape.person or case.shape.company_first
    return companies and not case.shape.interaction and case.column.at <= min(case.shape.names, default=0) + 1


def id_(case: Case) -> Guess:
    found = case.found
    if found.party == "owner":
        return owner(case)
    if found.party == "parent":
        return parent(case)
    return contacts.look_up(case) if not found.qualifiers - {"primary"} else nothing()
