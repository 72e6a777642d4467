"""How is the company of a contact written? (associations; a request of its own, after the record's)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import LookUp, Outcome, SourceError, say
from connectors.http import Lost
from connectors.shared.hubspot.account import Account
from connectors.shared.hubspot.records import Records
from connectors.shared.hubspot.shape import COMPANY
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.web.redact import told

PRIMARY: Final = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
"""contact → the company that it belongs to first of all; the one before stays a company of it."""
Fared = tuple[Outcome, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """contact: its id. company: where it belongs; None: nowhere."""

    contact: str
    company: LookUp | None


class Linking:
    """Doing it twice does the same, so an answer that was lost is asked for again."""

    def __init__(self, account: Account, records: Records) -> None:
        self._account, self._records = account, records

    def linked(self, wishes: Sequence[Wish]) -> tuple[dict[str, Fared], SourceError | None]:
        """What did not come to pass, by contact; and what the write must end with."""
        fared: dict[str, Fared] = {}
        stopped: SourceError | None = None
        made = [one for one in wishes if one.company is not None]
        ended = [one for one in wishes if one.company is None]
        for part, do in ((made, self._made), (ended, self._ended)):
            if not part:
                continue
            if stopped is not None:
                fared.update({one.contact: (Outcome.DEFERRED, str(stopped)) for one in part})
                continue
            try:
                fared.update(do(part))
            except Lost as lost:
                fared.update({one.contact: (Outcome.UNKNOWN, str(lost)) for one in part})
            except SourceError as error:
                stopped = error
                fared.update({one.contact: (Outcome.DEFERRED, str(error)) for one in part})
        return fared, stopped

    def _made(self, wishes: Sequence[Wish]) -> Mapping[str, Fared]:
        inputs = [_pair(one.contact, one.company.key if one.company else "") for one in wishes]
        body = {"inputs": [{**one, "types": [PRIMARY]} for one in inputs]}
        reply = self._account.write(
            self._account.path("associations", "contacts", "companies", "batch", "create"), body, again=True
        )
        if reply.fate is not Fate.FINE:
            if len(wishes) == 1 or reply.fate is Fate.FORBIDDEN:
                return {one.contact: (Outcome.REJECTED, reply.told) for one in wishes}
            middle = len(wishes) // 2
            return {**self._made(wishes[:middle]), **self._made(wishes[middle:])}
        done = _done(reply.answer)
        errors = [one for one in reply.answer.at("errors") or () if isinstance(one, Mapping)]
        failed = [one for one in wishes if one.contact not in done]
        if not failed:
            return {}
        if len(failed) > 1 and len(wishes) > 1:  # recorded errors do not say whose they are
            return {key: fared for one in failed for key, fared in self._made([one]).items()}
        why = told(str(errors[0].get("message") or "") if errors else "", body, self._account.secrets)
        why = why or say("HubSpot does not say why")
        return {one.contact: (Outcome.REJECTED, why) for one in failed}

    def _ended(self, wishes: Sequence[Wish]) -> Mapping[str, Fared]:
        """The company that is the first one now, whatever was read before."""
        shown = self._records.batch([one.contact for one in wishes], [COMPANY])
        now = {str(raw["id"]): str((raw.get("properties") or {}).get(COMPANY) or "") for raw in shown}
        body = {"inputs": [{"from": {"id": key}, "to": [{"id": company}]} for key, company in now.items() if company]}
        if not body["inputs"]:
            return {}
        path = self._account.path("associations", "contacts", "companies", "batch", "archive")
        reply = self._account.write(path, body, again=True)
        if reply.fate is Fate.FINE and not reply.answer.at("errors"):
            return {}
        why = reply.told or say("HubSpot does not say why")
        return {one.contact: (Outcome.REJECTED, why) for one in wishes}


def _pair(contact: str, company: str) -> dict[str, Any]:
    return {"from": {"id": contact}, "to": {"id": company}}


def _done(answer: Answer) -> set[str]:
    """Contacts that have their company now; the answer tells ids as numbers."""
    listed = answer.at("results")
    found = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return {str(one.get("fromObjectId") or (one.get("from") or {}).get("id") or "") for one in found}
