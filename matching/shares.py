"""How rare is what two records share? A name that one in a hundred bears says little, a number that nobody else holds
says much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from matching.columns import Codes, Column, Floats, Ints, Sets, hash_texts
from matching.forms.words import shares as known
from matching.records import Records

LEAST: Final = 0.4
"""Other holders of a value that only the two records show: somewhat less than one."""

_MORE: Final = {
    "mobiles": 2000,
    "mails": 2000,
    "wechat": 2000,
    "people": 2000,
    "phones": 2000,
    "fixed": 1000,
    "boxes": 1000,
    "domains": 1000,
    "site": 1000,
    "house": 500,
    "birth": 500,
    "whole": 20000,
    "roman": 300,
    "brand": 300,
    "employers": 300,
    "employer_brand": 300,
    "family": 200,
    "given": 200,
    "roman_family": 200,
    "roman_given": 200,
    "postal": 100,
}
"""Records that are thought to stand beside those at hand, none of which holds the value: so that a number shared in a
list of twenty is as telling as it is in a list of two thousand.
"""

_BY_NAMES: Final = {"person": "initials", "organisation": "roman"}
"""What tells holders apart, and hardly changes with a typing error."""
_HELD: Final = frozenset({"mobiles", "mails", "wechat", "fixed", "boxes", "phones"})
"""Stores whose texts are counted by how many different names hold them: a person's own number is on all of his
records.
"""
_BRANDS: Final = frozenset({"brand", "roman"})


@dataclass(frozen=True)
class Counts:
    """What is known of the whole ledger: its number of records, and for each store the holders of texts (by stable
    hash) that many hold.
    """

    records: int = 0
    holders: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shares:
    """holders: for each store, how many records or names hold each text besides the two; logs: log share of each
    text.
    """

    holders: Mapping[str, Floats]
    logs: Mapping[str, Floats]

    def log_share(self, store: str, codes: Codes) -> Floats:
        """NaN where nothing is shared (-1)."""
        logs = self.logs[store]
        return np.where(codes >= 0, logs[codes], np.nan) if len(logs) else np.full(len(codes), np.nan)


def count(records: Records, before: Counts | None = None) -> Shares:
    """Counts all stores of a batch, and what was counted before."""
    before = before or Counts()
    n = max(len(records), before.records)
    holders: dict[str, Floats] = {}
    logs: dict[str, Floats] = {}
    for name, store in _stores(records):
        own = _by_names(name, records)
        found = (_holders(name, store, records) - (1 if own else 2)).astype(float)
        if len(store.texts) and before.holders.get(name):
            seen = before.holders[name]
            found = np.maximum(
                found, np.array([seen.get(int(h), 0) for h in hash_texts(store.texts)], float) - (1 if own else 2)
            )
        holders[name] = np.maximum(found, 0)
        logs[name] = np.log(_share(name, store, np.maximum(found, LEAST), n))
    return Shares(holders, logs)


def frequent(records: Records, least: int = 3) -> Counts:
    """What to remember of these records, so that later ones are weighed as if all were at hand."""
    holders: dict[str, dict[int, int]] = {}
    for name, store in _stores(records):
        found = _holders(name, store, records)
        often = np.flatnonzero(found >= least)
        if len(often) and name != "employers":  # its texts are numbers of this run's clusters
            holders[name] = dict(zip(hash_texts(store.texts[often]).tolist(), found[often].tolist()))
    return Counts(len(records), holders)


def _stores(records: Records) -> list[tuple[str, Column | Sets]]:
    return [*records.columns.items(), *records.sets.items()]


def _by_names(name: str, records: Records) -> bool:
    """Whether the holders of a store's texts are names, not records."""
    return records.kind in _BY_NAMES and (name in _HELD or name in _BRANDS or name.startswith("identifiers."))


def _holders(name: str, store: Column | Sets, records: Records) -> Ints:
    if name == "whole":  # a full name is one company's, on however many records it stands
        return np.ones(len(store.texts), np.int64)
    if not _by_names(name, records):
        return _records(store)
    if (
        name in _BRANDS
    ):  # as many companies as there are full names with this brand; where there are none, as many as records
        full = _names(store, records, "legal")
        return np.where(full > 0, full, _records(store) - 1)
    return np.maximum(_names(store, records, _BY_NAMES[records.kind]), 1)


def _share(name: str, store: Column | Sets, others: Floats, n: int) -> Floats:
    more = 2000 if name.startswith("identifiers.") else _MORE.get(name, 0)
    if name not in ("family", "given"):
        return np.asarray(others / (n + more), float)
    table = known.FAMILY if name == "family" else known.GIVEN
    prior = np.array([table.get(t, 0.0) for t in store.texts])
    return np.asarray((others + more * prior) / (n + more), float)


def _records(store: Column | Sets) -> Ints:
    codes = store.codes[store.codes >= 0]
    return np.bincount(codes, minlength=len(store.texts)).astype(np.int64)


def _names(store: Column | Sets, records: Records, of: str) -> Ints:
    """How many different texts of another column stand beside each text; records without one are not counted."""
    codes = store.codes if store.codes.ndim == 2 else store.codes[:, None]
    name = np.repeat(records.columns[of].codes.astype(np.int64), codes.shape[1])
    flat = codes.ravel()
    on = (flat >= 0) & (name >= 0)
    found = np.unique(flat[on].astype(np.int64) << 32 | name[on]) >> 32
    return np.bincount(found, minlength=len(store.texts)).astype(np.int64)
