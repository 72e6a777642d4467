"""What does matching see of a batch? Every value read once for comparison, column by column, in an order that depends
on content alone.
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mappings.types.cleaning import is_han
from mappings.types.identifiers import is_checked
from matching.columns import (
    Codes,
    Column,
    Hashes,
    Ints,
    Sets,
    column,
    distinct,
    mix,
    nothing,
    object_array,
    sets,
    stable_hash,
    take,
)
from matching.forms.companies import read_company
from matching.forms.contacts import FIXED, MOBILE, read_account, read_mail, read_phone, read_site
from matching.forms.dates import read_birthday
from matching.forms.names import read_name
from matching.forms.places import read_address, read_city
from matching.forms.text import fold
from matching.parts import Batch, Value

_FIGURES: Final = re.compile(r"[0-9]+")
OF_NAMES: Final = ("family", "given", "middle", "roman_family", "roman_given")
OF_COMPANIES: Final = ("brand", "region", "trade", "branch", "legal", "roman")


@dataclass(frozen=True)
class Records:
    """n parts read for comparison, in canonical order: by content, so that the order of input means nothing.

    order: the batch's row of each record. digest: equal for records of equal content. columns, sets: by name;
    `identifiers.X` stand under their own names, `checked.X` holds those that pass their check.
    """

    kind: str
    order: Ints
    source: Ints
    table: Ints
    entity: Ints
    employer: Ints
    digest: Hashes
    columns: Mapping[str, Column]
    sets: Mapping[str, Sets]
    types: Mapping[str, str] = field(default_factory=dict)
    identify: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.order)

    def identifiers(self) -> list[str]:
        return [name for name in self.columns if name.startswith("identifiers.")]


@dataclass
class _Reader:
    """Collects what is read of n records."""

    n: int
    raw: Mapping[str, Column]
    columns: dict[str, Column] = field(default_factory=dict)
    sets: dict[str, Sets] = field(default_factory=dict)

    def get(self, name: str) -> Column:
        return self.raw.get(name) or nothing(self.n)

    def keep(self, name: str, work: Callable[[str], str], of: str = "") -> None:
        self.columns[name] = self.get(of or name).derive(work)


def read(batch: Batch) -> Records:
    """Reads every value of the batch; the batch read last is remembered for as long as it lives, so that to learn, to
    match and to index it reads it once.
    """
    if (known := _LAST.get(id(batch))) is not None:
        return known
    records = _read(batch)
    _LAST.clear()
    _LAST[id(batch)] = records
    weakref.finalize(batch, _LAST.pop, id(batch), None).atexit = False
    return records


_LAST: dict[int, Records] = {}


def _read(batch: Batch) -> Records:
    n = len(batch)
    raw = {name: _raw(values) for name, values in batch.values.items() if any(values)}
    employer, source, table = _ints(batch.employer, n), _ints(batch.source, n), _ints(batch.table, n)
    known = mix(*(mix(stable_hash(name), raw[name].hashes()) for name in sorted(raw)), np.zeros(n, np.uint64))
    order = np.lexsort((np.arange(n), table, source, known))
    reader = _Reader(n, {name: Column(c.texts, c.codes[order]) for name, c in raw.items()})
    if batch.identify:
        _read_other(reader, batch.identify)
    else:
        {"person": _read_person, "organisation": _read_organisation}.get(batch.kind, _read_all)(reader)
    if "employer_brand" in reader.columns:
        reader.columns["employers"] = _employers(reader, employer[order])
    return Records(
        batch.kind,
        order,
        source[order],
        table[order],
        _ints(batch.entity, n)[order],
        employer[order],
        _digest(reader, employer[order]),
        reader.columns,
        reader.sets,
        dict(batch.types),
        tuple(batch.identify),
    )


def _raw(values: Sequence[Value]) -> Column:
    """A set is one text, its elements on lines of their own."""
    return column([_one_text(v) if v else "" for v in values])


def _one_text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[0] if len(value) == 1 else "\n".join(value)


def _ints(values: Sequence[int], n: int) -> Ints:
    return np.asarray(values, np.int64) if len(values) else np.full(n, -1, np.int64)


def _digest(reader: _Reader, employer: Ints) -> Hashes:
    parts = [mix(stable_hash(name), c.hashes()) for name, c in sorted(reader.columns.items())]
    for name, one in sorted(reader.sets.items()):
        hashes = np.sort(one.hashes(), axis=1)
        parts += [mix(stable_hash(name), hashes[:, k]) for k in range(one.width)]
    return mix(*parts, employer.astype(np.uint64))


def _combined(reader: _Reader, names: Sequence[str]) -> tuple[list[tuple[str, ...]], Codes]:
    """The distinct combinations of several columns, and which of them each record shows."""
    columns = [reader.get(name) for name in names]
    codes = np.stack([c.codes for c in columns], axis=1)
    found, where = _rows(codes, [len(c.texts) for c in columns])
    texts = [tuple(c.texts[k] if k >= 0 else "" for c, k in zip(columns, row)) for row in found.tolist()]
    return texts, where.reshape(-1).astype(np.int32)


def _rows(codes: Codes, sizes: Sequence[int]) -> tuple[Codes, Ints]:
    """The distinct rows in order, and which of them each row is."""
    if math.prod(size + 1 for size in sizes) >= 1 << 62:
        found, where = np.unique(codes, axis=0, return_inverse=True)
        return found, where.reshape(-1)
    joined = np.zeros(len(codes), np.int64)
    for at, size in enumerate(sizes):
        joined = joined * (size + 1) + codes[:, at] + 1
    _, first, where = np.unique(joined, return_index=True, return_inverse=True)
    return codes[first], where.reshape(-1)


def _read_person(reader: _Reader) -> None:
    reader.raw = {**reader.raw, "name": _without_employer(reader.get("name"), reader.get("works_at.name"))}
    texts, where = _combined(reader, ("name", "family_name", "given_name"))
    names = [read_name(*t) for t in texts]
    parts = column([getattr(name, part) for name in names for part in OF_NAMES])
    codes = parts.codes.reshape(-1, len(OF_NAMES))[where]
    for at, part in enumerate(OF_NAMES):
        reader.columns[part] = Column(parts.texts, codes[:, at])
    reader.columns["initials"] = _initials(reader.columns["roman_family"], reader.columns["roman_given"])
    reader.keep("figures", figures, "name")
    _read_contacts(reader)
    _read_place(reader)
    reader.keep("birth", read_birthday, "birthday")
    for name in ("gender", "title", "department"):
        reader.keep(name, fold)
    reader.keep("wechat", read_account)
    reader.sets["mobiles"] = _with_accounts(reader)
    _read_companies(reader, {"employer": "works_at.name"})
    reader.keep("site", read_site, "works_at.website")


def _without_employer(names: Column, employers: Column) -> Column:
    """海石许睿 of 武汉海石化工有限公司 is 许睿: in a phone the company stands before the name, as people call it."""
    long = np.fromiter((len(text) >= 4 and is_han(text) for text in names.texts), np.bool_, len(names.texts))
    at = np.flatnonzero(take(long, names.codes, 0) & (employers.codes >= 0))
    if not len(at):
        return names
    pairs = distinct(names.codes[at], employers.codes[at])
    bare = [
        _behind(names.texts[x], read_company(employers.texts[y]).brand)
        for x, y in zip(pairs.a.tolist(), pairs.b.tolist())
    ]
    shown = [names.texts[k] if k >= 0 else "" for k in names.codes.tolist()]
    for row, which in zip(at.tolist(), pairs.where.tolist()):
        shown[row] = bare[which]
    return column(shown)


def _behind(name: str, brand: str) -> str:
    rest = name[len(brand) :]
    return rest if brand and name.startswith(brand) and 2 <= len(rest) <= 4 else name


def _initials(family: Column, given: Column) -> Column:
    """First letters of family and given name, in either order; nothing where one of them is missing."""
    pairs = distinct(family.codes, given.codes)
    both = zip(pairs.a.tolist(), pairs.b.tolist())
    made = column(
        ["".join(sorted(family.texts[x][0] + given.texts[y][0])) if x >= 0 and y >= 0 else "" for x, y in both]
    )
    return Column(made.texts, take(made.codes, pairs.where.astype(np.int32), -1))


def figures(name: str) -> str:
    """The numbers in a name: 12号店 and 13号店 are two, however much else is alike."""
    if name.isalpha() or name.replace(" ", "").isalpha():
        return ""
    return " ".join(found.lstrip("0") or "0" for found in _FIGURES.findall(fold(name)))


def _read_organisation(reader: _Reader) -> None:
    _read_companies(reader, {"": "name", "short": "short_name"})
    reader.keep("whole", lambda t: "".join(c for c in fold(t) if c.isalnum()), "name")
    reader.keep("figures", figures, "name")
    _read_contacts(reader)
    _read_place(reader)
    reader.keep("industry", fold)
    reader.keep("site", read_site, "website")
    people = reader.get("people")
    reader.sets["people"] = _over(people, [[read_account(t) for t in text.split("\n")] for text in people.texts])
    _with_people(reader, people)


def _with_people(reader: _Reader, people: Column) -> None:
    """What its people's numbers and addresses say of the company: the number in front of an extension is its own, and
    so is a mail domain that not everybody may use.
    """
    split = [text.split("\n") for text in people.texts]
    lines = [[read_phone(t) for t in row if ";ext=" in t] for row in split]
    mails = [[read_mail(t) for t in row if "@" in t] for row in split]
    for name, rows in (
        ("phones", [[p.digits for p in row if p.sort == FIXED] for row in lines]),
        ("direct", [[p.digits for p in row if p.sort == FIXED] for row in lines]),
        ("domains", [[m.domain for m in row if m.domain and not m.public] for row in mails]),
    ):
        if any(rows):
            reader.sets[name] = _both(reader.sets[name], _over(people, rows))
    site = reader.columns["site"]
    reader.sets["domains"] = _both(reader.sets["domains"], Sets(site.texts, site.codes[:, None]))


def _both(one: Sets, other: Sets) -> Sets:
    rows = zip(one.codes.tolist(), other.codes.tolist())
    return sets(
        [
            list(dict.fromkeys([*(one.texts[k] for k in a if k >= 0), *(other.texts[k] for k in b if k >= 0)]))
            for a, b in rows
        ]
    )


def _read_all(reader: _Reader) -> None:
    _read_other(reader, tuple(reader.raw))


def _read_other(reader: _Reader, names: Sequence[str]) -> None:
    for name in names:
        reader.keep(name, fold)


def _read_companies(reader: _Reader, fields: Mapping[str, str]) -> None:
    """One store of texts for all names, so that a short name can be compared with a full one."""
    read_ = {prefix: [read_company(t) for t in reader.get(name).texts] for prefix, name in fields.items()}
    parts = column([getattr(c, part) for prefix in fields for c in read_[prefix] for part in OF_COMPANIES])
    codes = parts.codes.reshape(-1, len(OF_COMPANIES))
    start = 0
    for prefix, name in fields.items():
        whole = reader.get(name)
        for at, part in enumerate(OF_COMPANIES):
            mine = codes[start : start + len(whole.texts), at]
            reader.columns[f"{prefix}_{part}".lstrip("_")] = Column(parts.texts, take(mine, whole.codes, -1))
        moved = ["moved" if c.moved else "" for c in read_[prefix]]
        made = column(moved)
        reader.columns[f"{prefix}_moved".lstrip("_")] = Column(made.texts, take(made.codes, whole.codes, -1))
        start += len(whole.texts)


def _employers(reader: _Reader, employer: Ints) -> Column:
    """The organisation a person works at, as it is counted: its cluster, else its name."""
    names = reader.columns["employer_legal"], reader.columns["employer_brand"]
    shown = [
        next((c.texts[c.codes[at]] for c in names if c.codes[at] >= 0), "")
        for at in np.flatnonzero(employer < 0).tolist()
    ]
    texts = object_array(f"#{k}" for k in employer.tolist())
    texts[employer < 0] = object_array(shown)
    return column(texts.tolist())


def _over(raw: Column, rows: Sequence[Sequence[str]]) -> Sets:
    """Sets of the records, from the elements of each distinct text."""
    made = sets(rows)
    if not rows:
        return Sets(made.texts, np.full((len(raw), 1), -1, np.int32))
    return Sets(made.texts, np.where((raw.codes >= 0)[:, None], made.codes[raw.codes], np.int32(-1)))


def _read_contacts(reader: _Reader) -> None:
    phones = reader.get("phones")
    numbers = [[p for p in map(read_phone, text.split("\n")) if p.digits] for text in phones.texts.tolist()]
    reader.sets["phones"] = _over(phones, [[p.digits for p in row] for row in numbers])
    reader.sets["mobiles"] = _over(phones, [[p.digits for p in row if p.sort != FIXED] for row in numbers])
    reader.sets["direct"] = _over(phones, [[p.digits for p in row if not p.shared] for row in numbers])
    lines = [[t for t in text.split("\n") if ";ext=" in t] if ";ext=" in text else () for text in phones.texts.tolist()]
    reader.sets["lines"] = _over(phones, lines)
    reader.sets["fixed"] = _over(phones, [[p.digits for p in row if p.sort == FIXED] for row in numbers])
    emails = reader.get("emails")
    mails = [[m for m in map(read_mail, text.split("\n")) if m.local] for text in emails.texts.tolist()]
    reader.sets["mails"] = _over(emails, [[m.address for m in row if not m.shared] for row in mails])
    reader.sets["boxes"] = _over(emails, [[m.address for m in row if m.shared] for row in mails])
    reader.sets["locals"] = _over(emails, [[m.local for m in row if not m.shared] for row in mails])
    reader.sets["domains"] = _over(emails, [[m.domain for m in row if not m.public] for row in mails])
    for name in reader.raw:
        if name.startswith("identifiers."):
            reader.keep(name, lambda t: "".join(c for c in fold(t) if c.isalnum()))
            reader.keep(name.replace("identifiers.", "checked."), lambda t: t if is_checked(t) else "", name)


def _with_accounts(reader: _Reader) -> Sets:
    """Mobile numbers, and those that stand as a WeChat id, before the @ of a mail address, or in the place of the
    name.
    """
    mobiles, locals_, wechat = reader.sets["mobiles"], reader.sets["locals"], reader.columns["wechat"]
    name = reader.get("name")
    texts = {*locals_.texts, *wechat.texts, *(t for t in name.texts if t.isdigit())}
    number = {t: read_phone(t) for t in texts if len(t) >= 11 and sum(map(str.isdecimal, t)) >= 11}
    also = {t: phone.digits for t, phone in number.items() if phone.sort == MOBILE}
    if not also:
        return mobiles
    rows = [[mobiles.texts[k] for k in row if k >= 0] for row in mobiles.codes.tolist()]
    for one in (locals_, Sets(wechat.texts, wechat.codes[:, None]), Sets(name.texts, name.codes[:, None])):
        has = np.fromiter((t in also for t in one.texts), bool, len(one.texts))
        for at, slot in np.argwhere(take(has, one.codes, 0)).tolist():
            rows[at].append(also[one.texts[one.codes[at, slot]]])
    return sets(rows)


def _read_place(reader: _Reader) -> None:
    reader.keep("city", read_city)
    reader.keep("district", read_city)
    reader.keep("state", read_city, "region")
    reader.keep("postal", lambda t: "".join(c for c in fold(t) if c.isalnum()), "postal_code")
    texts, where = _combined(reader, ("street", "address"))
    found = [read_address(street or whole) for street, whole in texts]
    for name, made in (
        ("address", [a.text for a in found]),
        ("number", [a.number for a in found]),
        ("street", [a.street for a in found]),
        ("house", [f"{a.number} {a.street}" if a.number and a.street else "" for a in found]),
    ):
        one = column(made)
        reader.columns[name] = Column(one.texts, take(one.codes, where, -1))
