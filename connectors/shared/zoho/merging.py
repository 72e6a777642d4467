"""How does Zoho merge records of its own, and when is that done? (C29; an asynchronous job)"""

from __future__ import annotations

from typing import Any, Final

from connectors.contract import Change, Gate, Outcome, Receipt, SourceError, Stopped, say
from connectors.http import Lost
from connectors.shared.web.answers import Fate
from connectors.shared.web.redact import told
from connectors.shared.zoho.account import Account

MODULES: Final = frozenset({"Accounts", "Contacts", "Leads", "Vendors"})
AT_ONCE: Final = 2
"""Records that go into another in one job."""
_LONGEST: Final = 10.0


class Merging:
    """Merges of one module: `change.key` keeps its values, `change.losers` go into it."""

    def __init__(self, account: Account, module: str, gate: Gate) -> None:
        self._account, self._module, self._gate = account, module, gate
        self.stopped: SourceError | None = None

    def one(self, change: Change) -> Receipt:
        """`stopped` is set where the run must end behind this receipt."""
        for at in range(0, len(change.losers), AT_ONCE):
            outcome, why = self._job(change, change.losers[at : at + AT_ONCE])
            if outcome is not Outcome.DONE:  # part of it may be done already: then nobody can say "nothing was written"
                return Receipt(change.id, Outcome.UNKNOWN if at else outcome, change.key, detail=why)
        return Receipt(change.id, Outcome.DONE, change.key)

    def _job(self, change: Change, losers: tuple[str, ...]) -> tuple[Outcome, str]:
        path = f"{self._module}/{change.key}/actions/merge"
        body = {"merge": [{"data": [{"id": key} for key in losers]}]}
        try:
            reply = self._account.client.send(self._account.request("POST", path, json=body))
        except Lost as lost:
            return Outcome.UNKNOWN, str(lost)
        if reply.fate in (Fate.FORBIDDEN, Fate.GONE):
            raise self._account.client.error(reply)
        item = reply.answer.at("merge", 0) or reply.answer.json
        item = item if isinstance(item, dict) else {}
        if item.get("status") != "success":
            why = told(f"{item.get('code')}: {item.get('message') or ''}", body, self._account.secrets)
            return Outcome.CONFLICT if item.get("code") == "ALREADY_MODIFIED" else Outcome.REJECTED, why
        details: Any = item.get("details")
        job = str(details.get("job_id") or "") if isinstance(details, dict) else ""
        return self._waited(path, job) if job else (Outcome.DONE, "")

    def _waited(self, path: str, job: str) -> tuple[Outcome, str]:
        """Asked again and again, more seldom each time, while the run has time left."""
        pause = 1.0
        try:
            while self._gate.left() > pause + 1.0:
                self._gate.wait(pause)
                status = str(self._account.get(path, {"job_id": job}).at("merge", 0, "status") or "").upper()
                if status in ("COMPLETED", "SUCCESS"):
                    return Outcome.DONE, ""
                if status in ("FAILED", "ERROR"):
                    return Outcome.REJECTED, say("Zoho's merge failed")
                pause = min(_LONGEST, pause * 2)
        except Stopped as stopped:
            self.stopped = stopped
        except SourceError as error:
            return Outcome.UNKNOWN, str(error)
        return Outcome.UNKNOWN, say("Zoho still merges; the next run looks again")
