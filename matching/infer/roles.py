"""Which field does each column hold, and what are the rows? Headings first where the values can be what they say, then
the values themselves; then all columns together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from connectors.contract import Said, say
from matching.infer import headings
from matching.infer.headings import CODE, NONE
from matching.infer.stats import Stats, Untold, look

PERSON: Final = "person"
ORGANISATION: Final = "organisation"
THING: Final = "thing"
"""Anything else: told apart by what all its texts say."""
UNKNOWN: Final = "unknown"

_TYPED: Final = ("email", "url", "date", "ip", "image", "coordinate")
_POSTAL: Final = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4,6}(?:-\d{3,4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d", re.IGNORECASE
)
_COMPACT: Final = re.compile(r"(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Role:
    """What one column is taken for. role: a field of a person or organisation (mappings.kinds), or `company`, `middle`,
    `house`, `identifiers.NAME`, `text`, `key`, `source`; "": it is not used. by: `heading` or `values`, which of them said
    so; `unknown` where neither did.
    """

    heading: str
    role: str
    why: Said
    by: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """kind: person, organisation or thing. columns: a role for each column of the table."""

    kind: str
    columns: tuple[Role, ...]

    def where(self, *roles: str) -> list[int]:
        """The columns of a role, from the left."""
        return [at for at, one in enumerate(self.columns) if one.role.partition(".")[0] in roles]

    def role(self, at: int) -> str:
        return self.columns[at].role


def infer(table: Untold, *, key: Collection[int] = (), source: Collection[int] = (), find_key: bool = True) -> Told:
    """key, source: columns that are known to be such. find_key: whether a column that is obviously a key is taken."""
    stats = look(table)
    known = {**dict.fromkeys(key, "key"), **dict.fromkeys(source, "source")}
    hints = headings.said(table, stats)
    first = [
        Role(heading, known[at], say("as you said")) if at in known else _first(heading, stats[at], hints[at])
        for at, heading in enumerate(table.headings)
    ]
    if find_key and not key:
        first = _with_key(first, stats, hints)
    kind = _kind(first, stats)
    if kind == THING:
        return Told(kind, tuple(_as_text(role, stats[at]) for at, role in enumerate(first)))
    return Told(kind, tuple(_fitted(_named(first, stats), stats, kind)))


# ------------------------------------------------------------------------------ one column


def _first(heading: str, s: Stats, hint: str) -> Role:
    if s.filled == 0:
        return Role(heading, "", say("it is empty"))
    if s.distinct == 1 and s.rows > 2:
        return Role(heading, "", say("it says the same everywhere"))
    if hint == NONE:
        return Role(heading, "", say("customers are not told apart by it"))
    if hint and hint != CODE and _fits(hint, s):
        return Role(heading, hint, say("the heading says so"), "heading")
    found = _by_values(s)
    if found and not (hint == CODE and found == "postal_code"):
        why = say("its values say so, though the heading does not") if hint else say("its values say so")
        return Role(heading, found, why, "values")
    if hint == CODE:
        return Role(heading, _code(s), say("it is a number of records"))
    return Role(heading, "", say("neither the heading nor the values say what it is"), UNKNOWN)


def _code(s: Stats) -> str:
    """A number that is given once says nothing of duplicates; one that is given twice may be the customer's."""
    return "identifiers" if s.unique < 1 and _fits("identifiers", s) and s.mask[0].count("9") >= 6 else ""


def _fits(role: str, s: Stats) -> bool:
    """Whether the values can be what the heading says."""
    test = _FITS.get(role)
    return test is None or test(s)


def _is_plain(s: Stats) -> bool:
    return max(s.share(shape) for shape in _TYPED) < 0.5


def _is_name(s: Stats) -> bool:
    return _is_plain(s) and s.figures < 0.3 and s.letters >= 0.3


def _is_word(s: Stats) -> bool:
    return _is_plain(s) and s.figures < 0.5 and s.words <= 6


def _is_class(s: Stats) -> bool:
    """Words that many share: a column of different ones holds names or titles of works."""
    return _is_word(s) and (s.unique < 0.6 or s.filled < 30)


def _is_gender(s: Stats) -> bool:
    return s.share("gender") >= 0.5 or (s.distinct <= 4 and all(len(value) == 1 for value in s.sample))


def _is_date(s: Stats) -> bool:
    return s.share("date") >= 0.3 or s.mask in (("99999999", s.mask[1]), ("9999", s.mask[1])) or _in_words(s)


def _in_words(s: Stats) -> bool:
    return s.letters < 0.3 and 4 <= sum(map(len, s.sample)) / len(s.sample) <= 20 and s.figures < 0.3


def _is_postal(s: Stats) -> bool:
    return _is_plain(s) and s.letters < 0.5 and sum(map(len, s.sample)) / len(s.sample) <= 11


def _is_identifier(s: Stats) -> bool:
    """Few records have the same one: what many share is a class."""
    return _is_plain(s) and s.letters < 0.5 and s.words < 2 and not s.sequence and s.unique >= 0.15


_FITS: Final[Mapping[str, Callable[[Stats], bool]]] = {
    "emails": lambda s: s.share("email") >= 0.4,
    "phones": lambda s: s.share("phone", "mobile") >= 0.4 and s.share("date") < 0.5,
    "website": lambda s: s.share("url", "social") >= 0.4,
    "birthday": _is_date,
    "gender": _is_gender,
    "given_name": lambda s: _is_name(s) and s.words < 3,
    "family_name": lambda s: _is_name(s) and s.words < 3,
    "middle": lambda s: _is_name(s) and s.words < 3,
    "name": _is_name,
    "company": lambda s: _is_plain(s) and s.figures < 0.3,
    "short_name": lambda s: _is_plain(s) and s.figures < 0.3,
    "wechat": lambda s: _is_plain(s) and s.words < 2,
    "title": _is_class,
    "department": _is_class,
    "industry": _is_class,
    "city": _is_word,
    "district": _is_word,
    "region": _is_word,
    "country": _is_word,
    "postal_code": _is_postal,
    "address": lambda s: _is_plain(s) and s.figures < 0.5,
    "street": lambda s: _is_plain(s) and s.figures < 0.5,
    "house": lambda s: _is_plain(s) and s.letters < 0.5,
    "identifiers": _is_identifier,
}


def _by_values(s: Stats) -> str:
    """The role that values have by themselves, "" where they leave doubt."""
    if s.sequence:
        return ""
    for role, test in _PLAIN:
        if test(s):
            return role
    n = s.natures
    if n.several >= 0.25 or n.text >= 0.5 or not _is_plain(s):
        return ""
    if n.organisation >= 0.4 and n.organisation > n.person and s.unique >= 0.2 and s.letters >= 0.3:
        return "company"
    if (n.person >= 0.4 and n.person > 2 * n.organisation) or (s.han >= 0.5 and s.share("person") >= 0.7):
        return "name"
    if s.single >= 0.8 and max(n.given, n.family) >= 0.2 and s.distinct > 12:
        return "given_name" if n.given >= n.family else "family_name"
    return _of_codes(s)


def _of_codes(s: Stats) -> str:
    postal = sum(_POSTAL.fullmatch(value) is not None for value in s.sample) / len(s.sample)
    if postal >= 0.8 and s.unique < 0.9 and not _are_years(s):
        return "postal_code"
    if s.letters <= 0.1 and s.single >= 0.9 and s.mask[1] >= 0.8 and len(s.mask[0]) >= 6 and 0.3 < s.unique < 1:
        return "identifiers"
    if s.letters >= 0.9 and s.words <= 2.5 and s.unique < 0.3 and s.distinct > 20:
        return "city"
    return ""


def _are_years(s: Stats) -> bool:
    return s.mask == ("9999", s.mask[1]) and all(
        value[:2] in ("18", "19", "20") for value in s.sample if len(value) == 4
    )


def _is_birthday(s: Stats) -> bool:
    """Dates over more than 25 years, as lives are; 19081209 too."""
    if s.share("date") < 0.7 and sum(_COMPACT.fullmatch(value) is not None for value in s.sample) < 0.8 * len(s.sample):
        return False
    years = [int(found[0]) for found in (re.search(r"(?:1[89]|20)\d\d", value) for value in s.sample) if found]
    return len(years) > 0.5 * len(s.sample) and sorted(years)[-len(years) // 20] - sorted(years)[len(years) // 20] > 25


_PLAIN: Final[Sequence[tuple[str, Callable[[Stats], bool]]]] = (
    ("emails", lambda s: s.share("email") >= 0.6),
    ("website", lambda s: s.share("url") >= 0.6),
    ("identifiers", lambda s: s.share("social") >= 0.6),
    ("birthday", _is_birthday),
    ("gender", lambda s: s.share("gender") >= 0.8 and s.distinct <= 8),
    ("identifiers", lambda s: s.share("credit", "resident") >= 0.6),
    ("wechat", lambda s: sum(value.startswith("wxid_") for value in s.sample) >= 0.1 * len(s.sample)),
    ("phones", lambda s: s.share("mobile") >= 0.6 or _is_dialled(s)),
    ("address", lambda s: s.share("address") >= 0.5 and s.unique >= 0.2),
    ("city", lambda s: s.share("place") >= 0.5 and s.han >= 0.5),
)


def _is_dialled(s: Stats) -> bool:
    """Telephone numbers as they are dialled: 7 to 15 digits with something between them, or ten of a kind."""
    if s.share("phone") < 0.8 or s.share("date", "coordinate") >= 0.3:
        return False
    digits = [sum(map(str.isdigit, value)) for value in s.sample]
    if sum(7 <= n <= 15 for n in digits) < 0.8 * len(digits):
        return False
    return s.figures < 0.5 or (s.mask[1] >= 0.7 and s.mask[0] == "9" * 10)


# ------------------------------------------------------------------------------ all columns


def _with_key(roles: Sequence[Role], stats: Sequence[Stats], hints: Sequence[str]) -> list[Role]:
    """The first column whose heading says id and whose values are all there and all different."""
    out = list(roles)
    for at, s in enumerate(stats):
        if hints[at] in (CODE, "identifiers") and s.rows > 1 and s.filled == s.rows and s.distinct == s.rows:
            out[at] = replace(out[at], role="key", why=say("it numbers the records"))
            break
    return out


_REACHED: Final = frozenset(
    (
        "phones",
        "emails",
        "wechat",
        "website",
        "address",
        "street",
        "house",
        "postal_code",
        "city",
        "region",
        "identifiers",
    )
)
"""What people and organisations have, and works and goods have not."""
_PRIVATE: Final = frozenset(("birthday", "gender", "title", "department"))


def _kind(roles: Sequence[Role], stats: Sequence[Stats]) -> str:
    """Of whom or what the rows speak. Names that no heading calls so count only beside what people or companies have."""
    held = {role.role for role in roles}
    called = {role.role for role in roles if role.by == "heading"}
    weak = {role.role for role in roles if role.by == "values"} & {"identifiers", "city"} - called
    lives = bool(held & (_REACHED | {"birthday", "gender"}) - weak)
    if called & {"given_name", "family_name"} or {"given_name", "family_name"} <= held:
        return PERSON
    names = [stats[at] for at, role in enumerate(roles) if role.role == "name" and (role.by == "heading" or lives)]
    if names:
        kinds = [_of_name(s, held) for s in names]
        if PERSON in kinds or ORGANISATION in kinds:
            return PERSON if PERSON in kinds else ORGANISATION
    if "company" in held and not _is_library(stats) and ("company" in called or lives):
        return ORGANISATION
    if held & {"given_name", "family_name"} and lives:
        return PERSON
    if held & {"wechat", "birthday", "gender"} and held & _REACHED:
        return PERSON
    reached = held & {"phones", "emails"} and not any(s.natures.text + s.natures.several >= 0.5 for s in stats)
    return PERSON if reached else THING


def _is_library(stats: Sequence[Stats]) -> bool:
    """Titles beside lists of people: works, not companies."""
    return any(s.natures.several >= 0.25 for s in stats) and any(s.words >= 4 for s in stats)


def _of_name(s: Stats, held: Set[str]) -> str:
    """Whose names these are."""
    n = s.natures
    if n.text + n.several >= 0.5:
        return THING
    if not held & (_REACHED | _PRIVATE | {"company"}):
        return ORGANISATION if s.share("company") >= 0.3 else PERSON if n.person >= 0.5 else THING
    if max(n.person, n.organisation) >= 0.12 and n.person != n.organisation:
        return PERSON if n.person > n.organisation else ORGANISATION
    if held & {"birthday", "gender", "title", "company"}:
        return PERSON
    spelt = sum(value.replace(" ", "").isalpha() and 2 <= len(value.split()) <= 3 for value in s.sample)
    return PERSON if spelt >= 0.7 * len(s.sample) else ORGANISATION


def _named(roles: Sequence[Role], stats: Sequence[Stats]) -> list[Role]:
    """A column of names that are those of organisations is the company's; single words beside given names, some of them
    family names, are family names.
    """
    held = {role.role for role in roles}
    out = list(roles)
    if "given_name" in held and "family_name" not in held:
        guessed = [
            at for at, role in enumerate(roles) if role.by == UNKNOWN or (role.role == "city" and role.by == "values")
        ]
        found = [at for at in guessed if _may_be_family(stats[at])]
        if found:
            best = max(found, key=lambda at: (stats[at].natures.family, stats[at].distinct))
            out[best] = replace(out[best], role="family_name", why=say("its values say so"))
    for at, role in enumerate(roles):
        if role.role == "name" and _of_name(stats[at], held) != PERSON:
            second = any(one.role == "company" for one in out)
            why = say("names of organisations stand there")
            out[at] = replace(role, role="short_name" if second else "company", why=why)
    return out


def _may_be_family(s: Stats) -> bool:
    return s.letters >= 0.9 and s.single >= 0.8 and s.distinct > 20 and s.natures.family >= 0.03 and _is_plain(s)


_MANY: Final = frozenset({"phones", "emails", "identifiers", "address", "street", "house", "", "key", "source"})
_SLOTS: Final[Mapping[str, Sequence[str]]] = {PERSON: ("title", "department"), ORGANISATION: ("industry",)}
"""Fields that hold any word by which records differ."""


def _fitted(roles: Sequence[Role], stats: Sequence[Stats], kind: str) -> list[Role]:
    """Each single field once; words that have no field of their own where one is free."""
    out: list[Role] = []
    taken: set[str] = set()
    spare: list[int] = []
    for at, role in enumerate(roles):
        field = role.role
        if field not in _MANY and field in taken:
            spare.append(at)
            out.append(replace(role, role="", why=say("another column says it already")))
            continue
        if field in ("title", "department", "industry") and field not in _SLOTS[kind]:
            spare.append(at)
            out.append(replace(role, role="", why=say("customers are not told apart by it")))
            continue
        taken.add(field)
        named = f"identifiers.{_spelt(role.heading, at)}" if field == "identifiers" else field
        out.append(replace(role, role=named))
    return _with_words(out, roles, stats, [slot for slot in _SLOTS[kind] if slot not in taken], spare)


def _with_words(
    out: list[Role], roles: Sequence[Role], stats: Sequence[Stats], free: list[str], spare: Sequence[int]
) -> list[Role]:
    """Columns of words that say something of the customer: a trade, a birth place, a party."""
    unknown = [at for at, role in enumerate(roles) if role.by == UNKNOWN and not out[at].role]
    for at in (*spare, *unknown):
        s = stats[at]
        if free and _is_word(s) and s.letters >= 0.7 and s.unique < 0.5 and s.filled >= 0.05 * s.rows:
            out[at] = replace(out[at], role=free.pop(0), why=say("words by which records differ"))
    return out


def _as_text(role: Role, s: Stats) -> Role:
    """Things are compared by all their texts; numbers that are given once, and what is hardly ever filled, say nothing."""
    if role.role in ("key", "source"):
        return role
    if s.distinct <= 1 or s.sequence or s.filled < 0.02 * s.rows or (s.unique == 1 and s.letters < 0.5 and s.words < 2):
        return replace(role, role="", why=say("it says nothing about which records are the same"))
    return replace(role, role="text", why=say("its text is compared"))


def _spelt(heading: str, at: int) -> str:
    return "".join(c if c.isalnum() else "_" for c in heading.lower())[:40] or f"column_{at + 1}"
