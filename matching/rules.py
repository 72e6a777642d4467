"""What may be linked without a person, whatever the score says? (DESIGN §7, NORMALISATION 2.5, 2.6, 2.8)

Certain evidence links by itself. A pair is *firm* where its score may link it. A pair that is not firm is at best
asked; a *weak* one, of which nothing but context agrees, is not even asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.columns import Bools, Floats, Ints, Levels, take
from matching.levels import (
    CONFLICT,
    FORM,
    HALF,
    SOUND,
    TYPO,
    column_levels,
    near_code,
    near_name,
    near_numbered,
    near_whole,
    set_levels,
)
from matching.observe import Seen
from matching.records import Records
from matching.shares import Shares

MANY: Final = 6
"""Different holders of a number of one's own sort, from which on it is taken for a placeholder (0, 无) and says
nothing.
"""


@dataclass(frozen=True)
class Judged:
    """certain: linked by a number that names the customer. firm: may be linked by score. weak: not to be asked.
    must_ask: always at least asked. parted: their groups are not joined without a person, whatever else ties them.
    """

    certain: Bools
    firm: Bools
    weak: Bools
    must_ask: Bools
    parted: Bools


def judge(
    records: Records, shares: Shares, seen: Seen, i: Ints, j: Ints, names: Floats, *, repeated: bool = False
) -> Judged:
    """Judges pairs by kind. names: log odds of what is seen of the two names. repeated: tables are known to hold their
    customers twice, so that two of one name in one table are not taken for namesakes.
    """
    none = np.zeros(len(i), np.bool_)
    parted = none
    checked, own, near = _numbers(records, shares, i, j)
    if records.kind == "person":
        firm, weak, must_ask, parted, vouched = _persons(
            seen,
            _person(seen, names, _of_others(records, shares, "mobiles", i, j), checked | own | near),
            _Names(
                _han_names(records, i, j),
                _family_only(records, i, j),
                _numbered(records, seen, i, j),
                set_levels(records.sets["lines"], i, j, None, 2)[0] == 2,
                (seen.of("origin") == 1) & (not repeated),
                (seen.of("fixed") == 2) & ~_of_others(records, shares, "fixed", i, j),
            ),
        )
        apart = (names < 0) & ~vouched
    elif records.kind == "organisation":
        firm, weak, must_ask, parted, other = _organisations(seen, _misspelt(records, seen, i, j))
        apart = other | (names < 0)
    else:
        firm, weak, must_ask, apart = ~none, none, none, none
    firm = firm & ~_figures_differ(records, i, j)
    differ = _checked_differ(records, i, j)
    certain = (checked | (own & ~apart)) & ~(differ & ~checked)
    clash = own & apart & ~checked
    return Judged(
        certain,
        (firm & ~differ & ~clash) | certain,
        weak & ~own,
        (must_ask & ~differ | clash) & ~certain,
        ((differ | parted) & ~certain) | clash,
    )


def limited(p: Floats, judged: Judged, link: float, ask: float) -> Floats:
    """The probability that may be acted on: below `link` where a person has to say so, below `ask` where nobody need
    be asked.
    """
    under_link, under_ask = doubtful(link, ask), 0.9 * ask
    p = np.where(judged.firm, p, np.minimum(p, under_link))
    p = np.where(judged.weak, np.minimum(p, under_ask), p)
    p = np.where(judged.must_ask, np.maximum(p, ask), p)
    return np.where(judged.certain, 1.0, p)


def doubtful(link: float, ask: float) -> float:
    """The most that may be said of a pair that no score may link."""
    return ask + 0.9 * (link - ask)


def _numbers(records: Records, shares: Shares, i: Ints, j: Ints) -> tuple[Bools, Bools, Bools]:
    """Pairs that share a checked number; one of their own sort that is no placeholder; or one but for a typing error."""
    checked, own, near = (np.zeros(len(i), np.bool_) for _ in range(3))
    for name in records.identifiers():
        one = records.columns[name]
        sure = records.columns[name.replace("identifiers.", "checked.")].codes
        few = take(shares.holders[name], one.codes, MANY) + 1 < MANY
        found = column_levels(one, i, j, near_code, 3)
        checked |= (found == 3) & (sure[i] >= 0)
        own |= (found == 3) & few[i]
        near |= (found == 2) & few[i] & few[j]
    return checked, own, near


def _of_others(records: Records, shares: Shares, numbers: str, i: Ints, j: Ints) -> Bools:
    """Whether a number that both have is held by somebody of another name as well."""
    _, shared = set_levels(records.sets[numbers], i, j, None, 2)
    others: Bools = take(shares.holders[numbers], shared, 0) > 0
    return others


def _han_names(records: Records, i: Ints, j: Ints) -> Ints:
    """How many of the two given names are Chinese; where both are, each of their characters means something."""
    given, roman = records.columns["given"].codes, records.columns["roman_given"].codes
    han = ((given >= 0) & (given != roman)).astype(np.int64)
    return np.asarray(han[i] + han[j])


def _family_only(records: Records, i: Ints, j: Ints) -> Bools:
    given = records.columns["given"].codes
    return np.asarray((given[i] < 0) & (given[j] < 0))


def _numbered(records: Records, seen: Seen, i: Ints, j: Ints) -> Bools:
    """fang.wang@ and fang.wang2@ of one domain."""
    out = np.zeros(len(i), np.bool_)
    at = np.flatnonzero(seen.of("mail") == CONFLICT)
    if len(at):
        out[at] = set_levels(records.sets["mails"], i[at], j[at], near_numbered, 3)[0] == 2
    return out


def _figures_differ(records: Records, i: Ints, j: Ints) -> Bools:
    """Both names hold numbers, and not the same."""
    one = records.columns.get("figures")
    if one is None:
        return np.zeros(len(i), np.bool_)
    return np.asarray((one.codes[i] >= 0) & (one.codes[j] >= 0) & (one.codes[i] != one.codes[j]))


def _checked_differ(records: Records, i: Ints, j: Ints) -> Bools:
    out = np.zeros(len(i), np.bool_)
    for name in records.identifiers():
        codes = records.columns[name.replace("identifiers.", "checked.")].codes
        out |= (codes[i] >= 0) & (codes[j] >= 0) & (codes[i] != codes[j])
    return out


@dataclass(frozen=True)
class _Person:
    """What is seen of two persons, as the rules ask for it."""

    family: Levels
    given: Levels
    reached: Ints
    born: Bools
    placed: Bools
    context: Bools
    against: Bools
    names: Floats

    @property
    def written(self) -> Bools:
        """The whole name, and not only by its sound."""
        return np.asarray(self.full & ((self.family != SOUND) | (self.given != SOUND)))

    @property
    def full(self) -> Bools:
        return np.asarray((self.family >= FORM) & (self.given >= FORM))

    @property
    def one_name(self) -> Bools:
        return np.asarray((self.family >= TYPO) | (self.given >= TYPO))

    @property
    def clash(self) -> Bools:
        return np.asarray((self.family == CONFLICT) | (self.given == CONFLICT))

    @property
    def strangers(self) -> Bools:
        return np.asarray((self.family == CONFLICT) & (self.given == CONFLICT))


def _person(seen: Seen, names: Floats, shared: Bools, numbers: Bools) -> _Person:
    """shared: the mobile that both have is held by another name as well, so that it reaches nobody in particular.
    numbers: they have a number of their own sort in common.
    """
    family, given, mobile = seen.of("family"), seen.of("given"), seen.of("mobile")
    employer, title, birth = seen.of("employer"), seen.of("title"), seen.of("birth")
    full = (family >= FORM) & (given >= FORM)
    ways = [seen.of("mail") >= 3, seen.of("wechat") == 3, (mobile >= 3) & (full | ~shared), numbers]
    at_work = [
        employer >= 4,
        seen.of("fixed") == 2,
        seen.of("domain") == 2,
        seen.of("box") == 2,
        seen.of("address") >= 4,
    ]
    against = [
        mobile == CONFLICT,
        seen.of("wechat") == CONFLICT,
        (employer >= 4) & ((title == CONFLICT) | (birth == CONFLICT)),
    ]
    near_home = [seen.of("address") >= 4, seen.of("postal") >= 2, seen.of("city") >= 2]
    return _Person(
        family,
        given,
        np.sum(ways, axis=0),
        birth >= 5,
        np.any(near_home, axis=0),
        np.any(at_work, axis=0),
        np.any(against, axis=0),
        names,
    )


@dataclass(frozen=True)
class _Names:
    """han: how many of the two given names are Chinese. family_only: of neither the given name is known. numbered: their
    mail addresses differ by a number only, as those of two namesakes in one company do. line: one extension.
    listed: one table tells them as two. desk: a landline that nobody of another name has.
    """

    han: Ints
    family_only: Bools
    numbered: Bools
    line: Bools
    listed: Bools
    desk: Bools


def _persons(seen: Seen, p: _Person, told: _Names) -> tuple[Bools, Bools, Bools, Bools, Bools]:
    """firm, weak, to be asked in any case, parted, and whether birthday and place vouch for the pair."""
    birth, table = seen.of("birth"), seen.of("origin") == 1
    colleagues = p.full & (seen.of("employer") >= 4) & p.against & (p.reached == 0) & ~p.born
    doubled = told.numbered & (p.reached == 0)
    twice = (told.listed & colleagues) | doubled  # one table knows both: namesakes, or a double to be looked at
    title_only = table & ((p.family == 0) | (p.given == 0)) & (seen.of("employer") >= 4)
    firm = np.any(
        [
            p.written & (p.born | (p.placed & ~p.against) | (p.context & (birth != CONFLICT))),
            p.full & (told.han == 1) & (seen.of("employer") >= 4) & ~p.against,  # 张伟 and Zhang Wei of one company
            p.written & (seen.of("mobile") == 2) & (seen.of("employer") != CONFLICT),
            (p.reached > 0) & ~p.clash & ~(title_only & (p.reached == 1)),
            (p.reached > 1) & ~p.strangers,
            p.born & p.one_name,
            p.born & p.placed & ~p.strangers,
            (birth >= 2) & p.one_name & p.placed,
            (p.given >= TYPO) & (p.family == 0) & ((seen.of("address") >= 4) | (seen.of("postal") == 3)),
        ],
        axis=0,
    )
    personal = (
        (p.reached > 0) | p.born | (seen.of("mobile") >= 2) | (seen.of("wechat") == 2) | (p.names > 0) | (birth == 3)
    )
    others = (told.han == 2) & p.clash & (p.reached <= 1) & ~p.born  # 李俊 and 李月 share a phone: two people
    half = (told.han == 2) & (p.given == HALF) & (p.reached <= 1) & ~p.born  # 方鑫 and 方鑫俊 do: nobody can tell
    titles = told.family_only & (p.reached == 0) & ~p.born  # 王总 and 王经理
    nothing, otherwise = _nothing_own(seen, p, told)
    new_number = otherwise & (seen.of("employer") >= 4)
    namesakes = nothing & (seen.of("employer") == CONFLICT) & ~p.placed
    moved = namesakes & told.desk  # one landline at two companies: he changed the one, or has a desk in both
    weak = ~personal | others | titles | (namesakes & ~moved)
    return (
        firm & ~twice & ~others & ~half & ~_listed_twice(seen, p, told.listed) & ~new_number & ~namesakes,
        weak,
        (_worth_asking(seen, p, told.han) | new_number | moved) & ~weak,
        twice,
        p.born & p.placed,
    )


def _nothing_own(seen: Seen, p: _Person, told: _Names) -> tuple[Bools, Bools]:
    """Equal names of which nothing of a person's own agrees, not even birthday or job; and those who have a number or
    an address of their own each.

    张伟 and 张伟 of one company: he has a new number, or it is his namesake; of two companies: somebody else.
    """
    ways = [seen.of(name) for name in ("mobile", "mail", "wechat")]
    differs, own = np.any([way == CONFLICT for way in ways], axis=0), np.any([way >= 2 for way in ways], axis=0)
    agrees = own | told.line | (p.reached > 0) | (seen.of("birth") >= 3)
    nothing = p.full & ~agrees
    return np.asarray(nothing), np.asarray(nothing & differs & (seen.of("title") < 2))


def _listed_twice(seen: Seen, p: _Person, listed: Bools) -> Bools:
    """One table that lists two of one name in one company, each with an address of its own in the company's mail."""
    colleagues = listed & p.full & (seen.of("employer") >= 4)
    return np.asarray(colleagues & (seen.of("domain") == 2) & (p.reached == 0) & ~p.born)


def _worth_asking(seen: Seen, p: _Person, han: Ints) -> Bools:
    """Where two records may well be one person and a score cannot tell: a way to reach him in common and names that do
    not contradict, though company and title are others (he moved); and 张总 beside the 张毅 of one company of whom
    nothing differs that is a person's own; and Xiu Wang beside the 王秀 of one company.
    """
    differs = np.any([seen.of(name) == CONFLICT for name in ("mail", "wechat", "birth", "title")], axis=0)
    title = (p.family >= FORM) & (p.given == 0) & (seen.of("employer") >= 4)
    abroad = p.full & (han == 1) & (seen.of("employer") >= 4)
    return np.asarray(((p.reached > 0) & ~p.clash) | (title & ~differs) | abroad)


def _misspelt(records: Records, seen: Seen, i: Ints, j: Ints) -> Bools:
    """Names of one place and trade that miss by a letter, or whole names that do: 北京明隆仪器 and 北京明降仪器."""
    out = np.zeros(len(i), np.bool_)
    core, region, trade = seen.of("core"), seen.of("region"), seen.of("trade")
    others = np.any([seen.of(name) == CONFLICT for name in ("region", "trade", *records.identifiers())], axis=0)
    at = np.flatnonzero((core > 0) & (core < 6) & ~others)
    if len(at):
        brand = column_levels(records.columns["brand"], i[at], j[at], near_name, 3)
        whole = column_levels(records.columns["whole"], i[at], j[at], near_whole, 3)
        placed = (region[at] == 3) | (core[at] >= 4)
        out[at] = ((brand == 2) & (trade[at] == 3) & placed) | (whole == 2)
    return out


def _organisations(seen: Seen, misspelt: Bools) -> tuple[Bools, Bools, Bools, Bools, Bools]:
    """firm, weak, to be asked in any case, parted, and whether the names are those of two."""
    core, region, branch = seen.of("core"), seen.of("region"), seen.of("branch")
    reached = (seen.of("phone") >= 3) | (seen.of("mail") == 3) | (seen.of("people") == 2)
    met = np.any([seen.of("domain") == 2, seen.of("site") == 2, seen.of("address") >= 4], axis=0)
    moved = (region == 2) & (core >= 6)
    against = np.any([seen.of(name) == CONFLICT for name in ("trade", "phone", "site", "domain", "address")], axis=0)
    other_part = (branch == 1) | (branch == 2)
    elsewhere = region == CONFLICT
    alike = core >= 4
    doubtful = misspelt & ~reached & ~met
    firm = ~other_part & ~elsewhere & ~(moved & ~reached) & (core != CONFLICT) & ((core == 8) | reached | met | alike)
    weak = other_part | (~alike & ~reached & ~met & ~misspelt)
    must_ask = (moved | ((core >= 6) & ~elsewhere & ~weak) | misspelt) & ~other_part & ~against
    return firm & ~doubtful, weak, must_ask, moved & ~reached, other_part | elsewhere
