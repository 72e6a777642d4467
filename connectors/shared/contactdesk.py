"""What becomes of a whole file's cards when changes are made to them? (vCard files; one write() at a time)"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from connectors.contract import Capabilities, Change, Check, Op, Outcome, Said, say
from connectors.shared import rows, sheets
from connectors.shared.contactedits import created, edit
from connectors.shared.contacts import Place, place, read
from connectors.shared.values import as_text
from connectors.shared.vcards import Card

OURS: Final = uuid.UUID("0ffb0000-c0de-5000-8000-76436172640a")
"""Namespace of the UIDs of contacts that we create: the same token gets the same UID."""


@dataclass(frozen=True, slots=True)
class Names:
    """How cards are called. keys: where a card's key stands, the first that is filled; token: where our id stands."""

    keys: tuple[Place, ...]
    token: Place
    token_field: str

    def key_of(self, card: Card) -> str:
        """The card's key, "" where it has none."""
        return next((key for where in self.keys if (key := as_text(read(card, where)).strip())), "")

    def token_of(self, card: Card) -> str:
        return as_text(read(card, self.token)).strip()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one change. at: its card on the desk, -1 for none."""

    outcome: Outcome
    at: int = -1
    apart: Mapping[str, tuple[Outcome, str]] = field(default_factory=dict)
    why: str = ""


class Desk:
    """The cards of a file while changes are made to them. `cards`: the old ones (None: taken out), `new`: more.

    names_rows: whether the mapping names a property for our id, so that a card without a key gets one (C27).
    """

    def __init__(self, cards: Sequence[Card], names: Names, can: Capabilities, *, names_rows: bool) -> None:
        self.cards: list[Card | None] = list(cards)
        self.new: list[Card] = []
        self.touched = False
        self._names, self._can, self._names_rows = names, can, names_rows
        self._index = rows.RowIndex([names.key_of(card) for card in cards], lambda at: version(cards[at]))
        self._tokens = {token: at for at, card in enumerate(cards) if (token := names.token_of(card))}

    def take(self, change: Change) -> Fate:
        """Makes one change; nothing of it where it is a conflict or refused."""
        return self._create(change) if change.op is Op.CREATE else self._alter(change)

    def places(self) -> Mapping[int, int]:
        """Card on the desk → its place in the new file."""
        left = [at for at, card in enumerate([*self.cards, *self.new]) if card is not None]
        return {at: now for now, at in enumerate(left)}

    def _create(self, change: Change) -> Fate:
        token = change.token or rows.new_id()
        if token in self._tokens:
            return Fate(Outcome.DUPLICATE, self._tokens[token])
        also = {self._names.token_field: token}
        if place("UID") in self._names.keys:
            also["UID"] = f"urn:uuid:{uuid.uuid5(OURS, token)}"
        like = next((card for card in self.cards if card is not None), None)
        card, refused = created(like, {k: v for k, v in change.after.items() if k not in also}, also)
        if refused:
            return Fate(Outcome.REJECTED, apart=_apart(refused))
        self.new.append(card)
        self.touched = True
        self._tokens[token] = len(self.cards) + len(self.new) - 1
        return Fate(Outcome.DONE, self._tokens[token])

    def _alter(self, change: Change) -> Fate:
        at = sheets.find(self._index, change, self._can.checks[change.op])
        if not isinstance(at, int):
            return Fate(Outcome.CONFLICT, why=at)
        card = self.cards[at]
        if card is None:
            return Fate(Outcome.CONFLICT, why=rows.GONE)
        if change.op is Op.DELETE:
            self.cards[at], self.touched = None, True
            return Fate(Outcome.DONE)
        shown = {name: read(card, where) for name in change.before if (where := place(name))}
        if self._can.checks[Op.UPDATE] is Check.FIELDS and (name := sheets.moved(change, shown)):
            return Fate(Outcome.CONFLICT, at, why=say("`{field}` was changed since it was read", field=name))
        return self._update(change, at, card)

    def _update(self, change: Change, at: int, card: Card) -> Fate:
        after, refused = edit(card, change.after)
        apart = _apart(refused)
        if refused and len(refused) == len(change.after):
            return Fate(Outcome.REJECTED, at, apart)
        if self._names_rows and not self._names.key_of(after) and not self._names.token_of(after):
            after, _ = edit(after, {self._names.token_field: rows.new_id()})
        self.touched = self.touched or after.raw != card.raw
        self.cards[at] = after
        return Fate(Outcome.DONE, at, apart)


def version(card: Card) -> str:
    """Changes with every byte of the card."""
    return blake2b(card.raw, digest_size=16).hexdigest()


def _apart(refused: Mapping[str, Said]) -> dict[str, tuple[Outcome, str]]:
    return {name: (Outcome.REJECTED, why) for name, why in refused.items()}
