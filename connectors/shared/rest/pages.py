"""How does one listing come page by page, to its end and never in a circle? (`paging`, `more`; C3)"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import CursorExpired, SourceRefused
from connectors.shared.rest.model import Ask, Listing
from connectors.shared.rest.paths import Condition, any_holds, holds, known, pick
from connectors.shared.rest.talk import Said, Talk
from connectors.shared.web.answers import Answer

Spot = dict[str, Any]
"""Where a page begins; goes through JSON."""
_NEXT: Final = re.compile(r'<([^>]*)>[^,]*;\s*rel="?next"?', re.IGNORECASE)
_CAPPED: Final = 10
"""A first page shorter than asked but not shorter than this may be all that the system ever gives at a time."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its items, the answer they came in, and where the next one begins (None: there is none)."""

    items: list[Any]
    answer: Answer
    after: Spot | None


class Pages:
    """Walks one request. items: path of the list; fine: answers besides `empty` that mean "none"."""

    def __init__(
        self,
        talk: Talk,
        words: Listing,
        ask: Ask,
        slots: Mapping[str, Any],
        items: str = "",
        fine: Sequence[Condition] = (),
    ) -> None:
        self._talk, self._words, self._ask, self._slots = talk, words, ask, slots
        self._items, self._key = items or words.items, talk.words.record.key
        self._none = (*words.empty, *fine)
        self._seen: set[bytes] = set()

    def walk(self, spot: Spot | None = None) -> Iterator[Page]:
        """From `spot`, or from the beginning. Raises SourceRefused where a page comes twice, CursorExpired where the
        way to the next page died."""
        while True:
            spot = self._first() if spot is None else spot
            page = self._page(spot)
            self._demand_new(page.items)
            yield page
            if page.after is None:
                return
            spot = page.after

    # -------------------------------------------------------------------------- one page

    def _page(self, spot: Spot) -> Page:
        words = self._words
        cut = words.restart
        said = Said(fine=(*self._none, *cut), link=spot.get("link", ""), headers=self._range(spot))
        slots = {**self._slots, "size": words.size, "page": spot.get("page"), "offset": spot.get("offset", 0),
                 "last": spot.get("last")}  # fmt: skip
        answer = self._talk.read(self._ask, slots, said)
        if any_holds(cut, answer):
            raise CursorExpired("{where} does not know the page any more; it is read anew", where=self._talk.where)
        items = [] if any_holds(self._none, answer) else self._listed(answer)
        return Page(items, answer, self._after(spot, items, answer))

    def _listed(self, answer: Answer) -> list[Any]:
        found = pick(answer, self._items)
        if isinstance(found, list):
            return found
        if found is None or found is False or found in ("", {}):
            return []  # how some systems write an empty list
        raise SourceRefused("{where}: there is no list at `{path}` of the answer", where=self._talk.where,
                            path=self._items)  # fmt: skip

    def _demand_new(self, items: list[Any]) -> None:
        if not items:
            return
        mark = blake2b(repr([known(item, self._key) for item in items]).encode(), digest_size=12).digest()
        if mark in self._seen:
            raise SourceRefused("{where} gives the same page twice; its paging is not as the specification says",
                                where=self._talk.where)  # fmt: skip
        self._seen.add(mark)

    # -------------------------------------------------------------------------- the next

    def _first(self) -> Spot:
        paging = self._words.paging
        if paging.page is not None:
            return {"page": paging.page.start}
        if paging.keyset is not None:
            return {"last": paging.keyset.first}
        return {"offset": 0}

    def _after(self, spot: Spot, items: list[Any], answer: Answer) -> Spot | None:
        paging, more = self._words.paging, self._words.more
        if paging.one is not None or (isinstance(more, Mapping) and not holds(more, answer)):
            return None
        if paging.token is not None:
            token = known(answer, paging.token.take)
            return None if token in (None, "", False, paging.token.end) else self._new(spot, "page", token)
        if paging.link is not None:
            link = _link(known(answer, paging.link.take))
            return self._new(spot, "link", link) if link else None
        left = self._left(spot, len(items)) if not isinstance(more, Mapping) else {}
        if left is None or not items:
            return None
        if paging.page is not None:
            return {"page": spot["page"] + 1, **left}
        if paging.keyset is not None:
            return {"last": known(items[-1], paging.keyset.by), **left}
        return {"offset": spot.get("offset", 0) + len(items), **left}

    def _left(self, spot: Spot, count: int) -> Spot | None:
        """What is known of the size of a page, where a short one ends the listing; None at its end. A system may give
        fewer than were asked for, always: a first page that is short is believed only if the second is empty."""
        size = spot.get("cap", self._words.size)
        if count >= size:
            return {"cap": size} if "cap" in spot else {"on": True}
        return {"cap": count} if count >= _CAPPED and "cap" not in spot and "on" not in spot else None

    def _new(self, spot: Spot, name: str, value: Any) -> Spot:
        if spot.get(name) == value:
            raise SourceRefused("{where} gives the same page twice; its paging is not as the specification says",
                                where=self._talk.where)  # fmt: skip
        return {name: value}

    def _range(self, spot: Spot) -> dict[str, str]:
        unit = self._words.paging.range
        if unit is None:
            return {}
        start = spot.get("offset", 0)
        return {"Range": f"{unit.unit}={start}-{start + self._words.size - 1}"}


def _link(found: Any) -> str:
    """An address, or the one called next in a header `Link`."""
    text = str(found or "")
    if text.startswith("<"):
        named = _NEXT.search(text)
        return named[1] if named else ""
    return text
