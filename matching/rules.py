"""What may be linked without a person, whatever the score says? (DESIGN §7, NORMALISATION 2.5, 2.6, 2.8)

Certain evidence links by itself. A pair is *firm* where its score may link it. A pair that is not firm is at best asked; a *weak* one, of
which nothing but context agrees, is not even asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.columns import Bools, Floats, Ints, take
from matching.levels import CONFLICT, FORM, SOUND, TYPO
from matching.observe import Seen
from matching.records import Records
from matching.shares import Shares

MANY: Final = 6
"""Different holders of a number of one's own sort, from which on it is taken for a placeholder (0, 无) and says nothing."""


@dataclass(frozen=True)
class Judged:
    """certain: linked by a number that names the customer. firm: may be linked by score. weak: not to be asked. must_ask: always at
    least asked. parted: never together without a person, though neither score nor clusters may say so."""

    certain: Bools
    firm: Bools
    weak: Bools
    must_ask: Bools
    parted: Bools


def judge(records: Records, shares: Shares, seen: Seen, i: Ints, j: Ints, names: Floats) -> Judged:
    """Judges pairs by kind. names: log odds of what is seen of the two names."""
    none = np.zeros(len(i), np.bool_)
    if records.kind == "person":
        firm, weak, vouched = _persons(seen, names)
        must_ask, apart = none, (names < 0) & ~vouched
    elif records.kind == "organisation":
        firm, weak, must_ask, other = _organisations(seen)
        apart = other | (names < 0)
    else:
        firm, weak, must_ask, apart = ~none, none, none, none
    checked, own = _numbers(records, shares, i, j)
    differ = _checked_differ(records, i, j)
    certain = (checked | (own & ~apart)) & ~(differ & ~checked)
    clash = own & apart & ~checked
    return Judged(certain, (firm & ~differ & ~clash) | certain, weak & ~own, (must_ask | clash) & ~certain, (differ & ~checked) | clash)


def limited(p: Floats, judged: Judged, link: float, ask: float) -> Floats:
    """The probability that may be acted on: below `link` where a person has to say so, below `ask` where nobody need be asked."""
    under_link, under_ask = ask + 0.9 * (link - ask), 0.9 * ask
    p = np.where(judged.firm, p, np.minimum(p, under_link))
    p = np.where(judged.weak, np.minimum(p, under_ask), p)
    p = np.where(judged.must_ask, np.maximum(p, ask), p)
    return np.where(judged.certain, 1.0, p)


def _numbers(records: Records, shares: Shares, i: Ints, j: Ints) -> tuple[Bools, Bools]:
    """Pairs that share a checked number, and pairs that share one of their own sort which is no placeholder."""
    checked, own = np.zeros(len(i), np.bool_), np.zeros(len(i), np.bool_)
    for name in records.identifiers():
        codes = records.columns[name].codes
        same = (codes[i] >= 0) & (codes[i] == codes[j])
        sure = records.columns[name.replace("identifiers.", "checked.")].codes
        checked |= same & (sure[i] >= 0)
        few = take(shares.holders[name], codes[i], 0) + 1 < MANY
        own |= same & few
    return checked, own


def _checked_differ(records: Records, i: Ints, j: Ints) -> Bools:
    out = np.zeros(len(i), np.bool_)
    for name in records.identifiers():
        codes = records.columns[name.replace("identifiers.", "checked.")].codes
        out |= (codes[i] >= 0) & (codes[j] >= 0) & (codes[i] != codes[j])
    return out


def _persons(seen: Seen, names: Floats) -> tuple[Bools, Bools, Bools]:
    family, given = seen.of("family"), seen.of("given")
    mobile, mail, wechat, birth = (seen.of(name) for name in ("mobile", "mail", "wechat", "birth"))
    numbers = np.any([seen.of(a.name) >= 2 for a in seen.aspects if a.name.startswith("identifiers.")] or [family < 0], axis=0)
    reached = (mobile == 3) | (mail >= 3) | (wechat == 3) | numbers
    full = (family >= FORM) & (given >= FORM)
    written = full & ((family != SOUND) | (given != SOUND))
    born = birth >= 5
    placed = (seen.of("address") >= 4) | (seen.of("postal") >= 2) | (seen.of("city") >= 2)
    context = np.any([seen.of("employer") >= 4, seen.of("fixed") == 2, seen.of("domain") == 2, seen.of("box") == 2], axis=0)
    also = reached | born | placed | context | (mobile == 2) | (wechat == 2) | (seen.of("title") == 3)
    one_name = (family >= TYPO) | (given >= TYPO)
    clash = (family == CONFLICT) & (given == CONFLICT)
    firm = (written & also) | (reached & ~clash) | (born & (one_name | placed) & ~clash) | ((birth >= 2) & one_name & placed)
    personal = reached | born | (mobile == 2) | (wechat == 2) | (names > 0) | (birth == 3)
    return firm, ~personal, (birth == 6) & placed


def _organisations(seen: Seen) -> tuple[Bools, Bools, Bools, Bools]:
    core, region, branch = seen.of("core"), seen.of("region"), seen.of("branch")
    reached = (seen.of("phone") == 3) | (seen.of("mail") == 3)
    met = np.any([seen.of("domain") == 2, seen.of("site") == 2, seen.of("people") == 2, seen.of("address") >= 4], axis=0)
    moved = (region == 2) & (core >= 6) & (seen.of("trade") != CONFLICT)
    other_part = (branch == 1) | (branch == 2)
    elsewhere = region == CONFLICT
    alike = core >= 4
    firm = ~other_part & ~elsewhere & ~(moved & ~reached) & (core != CONFLICT) & ((core == 8) | reached | met | alike)
    weak = other_part | (~alike & ~reached & ~met)
    return firm, weak, moved & ~other_part, other_part | elsewhere
