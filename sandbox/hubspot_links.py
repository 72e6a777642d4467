"""Which companies does a contact of the pretended HubSpot belong to, and which of them is the primary one?"""

from __future__ import annotations

from typing import Any, Final

from sandbox.hubspot_objects import Objects, Wrong

PRIMARY: Final = 1
PLAIN: Final = 279
"""Types of the association of a contact with a company: the primary one, and any."""


class Links:
    """contact → company → types of their association."""

    def __init__(self, contacts: Objects, companies: Objects) -> None:
        self.held: dict[str, dict[str, set[int]]] = {}
        self._contacts, self._companies = contacts, companies

    def make(self, contact: str, company: str, types: set[int]) -> None:
        """Only one company is the primary one, and the first becomes it. Raises Wrong, as recorded."""
        person, firm = self._contacts.live(contact), self._companies.live(company)
        if person is None or firm is None:
            raise Wrong(f"CONTACT={contact} is not valid" if person is None else f"COMPANY={company} is not valid")
        there = self.held.setdefault(person.id, {})
        if PRIMARY in types or not any(PRIMARY in one for one in there.values()):
            for one in there.values():
                one.discard(PRIMARY)
            types = types | {PRIMARY}
            self._contacts.touch(person, associatedcompanyid=firm.id)
        there.setdefault(firm.id, set()).update(types | {PLAIN})

    def end(self, contact: str, company: str) -> None:
        types = self.held.get(contact, {}).pop(company, set())
        person = self._contacts.live(contact)
        if PRIMARY in types and person is not None:
            self._contacts.touch(person, associatedcompanyid=None)

    def told(self, contact: str) -> list[dict[str, Any]]:
        """As batch/read tells them."""
        return [
            {"toObjectId": int(firm), "associationTypes": [_type(number) for number in sorted(types)]}
            for firm, types in self.held.get(contact, {}).items()
        ]


def _type(number: int) -> dict[str, Any]:
    return {"category": "HUBSPOT_DEFINED", "typeId": number, "label": "Primary" if number == PRIMARY else None}
