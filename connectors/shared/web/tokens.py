"""Where does a token that expires come from, when is it renewed, and who renews it? (DESIGN §11; one refresher at a time)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from connectors.contract import Gate, Vault
from connectors.shared.web.redact import Secrets

EARLY: Final = 300.0
"""Seconds before its end in which a token is renewed already."""


@dataclass(frozen=True, slots=True)
class Token:
    """access: what is sent. until: when it ends; None: not told. refresh: what the next one is asked with."""

    access: str
    until: datetime | None = None
    refresh: str = ""

    def dump(self) -> str:
        until = self.until.isoformat() if self.until else None
        return orjson.dumps([self.access, until, self.refresh]).decode()


def load_token(text: str | None) -> Token | None:
    """None where nothing is kept, or nothing that can be read."""
    try:
        access, until, refresh = orjson.loads(text or "")
        return Token(access, datetime.fromisoformat(until) if until else None, refresh)
    except (ValueError, TypeError):
        return None


class Tokens:
    """The token of one account, shared by threads and processes through the vault.

    ask: gets the last token (None: none is known) and brings a new one; raises AuthError where a person must sign in
    again. early: seconds before its end in which it is renewed, but never more than half of its life is left unused.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[Token | None], Token],
        gate: Gate,
        vault: Vault,
        secrets: Secrets,
        early: float = EARLY,
    ) -> None:
        self._name, self._ask, self._gate, self._vault = name, ask, gate, vault
        self._secrets, self._early = secrets, timedelta(seconds=early)

    def current(self) -> str:
        """The access token to send now. Raises AuthError and what `ask` raises."""
        known = self._kept()
        return known.access if known is not None and self._is_good(known) else self.renewed(None)

    def renewed(self, refused: str | None) -> str:
        """A token other than the one that was refused; one that another thread or process brought meanwhile will do."""
        with self._vault.lock(self._name):
            known = self._kept()
            if known is not None and known.access != refused and self._is_good(known):
                return known.access
            fresh = self._ask(known)
            self._secrets.add(fresh.access, fresh.refresh)
            if not fresh.refresh and known is not None and known.refresh:
                fresh = Token(fresh.access, fresh.until, known.refresh)
            self._vault.set(self._name, fresh.dump())
            return fresh.access

    def _kept(self) -> Token | None:
        known = load_token(self._vault.get(self._name))
        if known is not None:
            self._secrets.add(known.access, known.refresh)
        return known

    def _is_good(self, token: Token) -> bool:
        return token.until is None or token.until - self._early > self._gate.now()
