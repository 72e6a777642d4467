"""What is looked through: of each customer its names, numbers and addresses, in comparison form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mappings.types.cleaning import has_han
from matching.forms.text import fold, romanise
from sync.ledger import codec, looks
from sync.picture.opening import Picture
from sync.rules.cell import Golden
from sync.rules.sets import SetGolden
from sync.search.asked import DIGITS, MAIL, Word, national

CHUNK: Final = 5000
EXACT, BEGINS, ENDS, HOLDS, SOUNDS, INITIALS, TITLE = "exact", "begins", "ends", "holds", "sounds", "initials", "title"
NOTHING: Final = 0.0
ELSEWHERE: Final = 0.6
"""What a word counts that is found in the company at which a person works."""

_UNITS: Final = ("name", "short_name", "phones", "emails", "wechat", "works_at")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a word was found. worth: 0 to 1."""

    worth: float
    unit: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """One customer. names: folded, with how they sound and their initials; employer: the customer it works at, or ""."""

    entity: str
    kind: str
    names: tuple[tuple[str, str, str], ...]
    phones: tuple[str, ...]
    mails: tuple[str, ...]
    wechat: str
    codes: tuple[tuple[str, str], ...]
    employer: str
    values: Mapping[str, Any]

    def hit(self, word: Word) -> Hit:
        """The best place in which a word is found."""
        return max(self._hits(word), key=lambda hit: hit.worth, default=Hit(NOTHING))

    def _hits(self, word: Word) -> Iterator[Hit]:
        text = word.text
        if word.sort == DIGITS:
            yield from (_of(text, number, "phones", 0.9) for number in self.phones)
            yield from (_of(text, code, unit, 0.8) for unit, code in self.codes)
            yield _of(text, self.wechat, "wechat", 0.7)
            return
        yield from (_of(text, mail, "emails", 1.0 if word.sort == MAIL else 0.7) for mail in self.mails)
        if word.sort == MAIL:
            return
        for name, sound, initials in self.names:
            yield _of(text, name, "name", 1.0)
            if word.latin:
                yield _sounding(text, name, sound, initials)
            elif word.family and self.kind == "person" and name.startswith(word.family):
                yield Hit(0.6, "name", TITLE)
        yield _of(text, self.wechat, "wechat", 0.9)
        if len(code := _signs(text)) >= 4:
            yield from (_of(code, known, unit, 0.9) for unit, known in self.codes)


def _signs(code: str) -> str:
    """Letters and digits: K-1001 and K 1001 are one."""
    return "".join(c for c in code if c.isalnum())


def _of(text: str, value: str, unit: str, most: float) -> Hit:
    if not value or text not in value:
        return Hit(NOTHING)
    if text == value:
        return Hit(most, unit, EXACT)
    if value.startswith(text):
        return Hit(0.9 * most, unit, BEGINS)
    if len(text) >= 3 and value.endswith(text):
        return Hit(0.85 * most, unit, ENDS)
    return Hit(0.7 * most, unit, HOLDS) if len(text) >= 3 or has_han(text) or f" {text}" in value else Hit(NOTHING)


def _sounding(text: str, name: str, sound: str, initials: str) -> Hit:
    """Pinyin, whole or as far as it was typed, and the first letters of a Chinese name."""
    if not has_han(name):
        return Hit(0.85, "name", BEGINS) if f" {text}" in name else Hit(NOTHING)
    if sound == text:
        return Hit(0.85, "name", SOUNDS)
    if len(text) >= 2 and sound.startswith(text):
        return Hit(0.75, "name", SOUNDS)
    if len(text) >= 2 and initials == text:
        return Hit(0.65, "name", INITIALS)
    return Hit(0.5, "name", SOUNDS) if len(text) >= 4 and text in sound else Hit(NOTHING)


# ------------------------------------------------------------------------------ from the ledger


def everybody(picture: Picture) -> Iterator[Known]:
    """All customers, as the newest plan leaves them."""
    for rows in looks.all_goldens(picture.ledger, picture.c, picture.plan, CHUNK):
        yield from _known(rows)


def some(picture: Picture, ids: Iterable[str]) -> Iterator[Known]:
    found = looks.goldens(picture.ledger, picture.c, picture.plan, ids)
    yield from _known((entity, kind, data) for entity, (kind, data) in sorted(found.items()))


def _known(rows: Iterable[tuple[str, str, bytes]]) -> Iterator[Known]:
    for entity, kind, data in rows:
        packed = orjson.loads(data)
        units = [name for name in packed if name in _UNITS or name.startswith("identifiers.")]
        values = {name: _value(codec.unpack_golden(packed[name])) for name in units}
        names = [fold(text) for name in ("name", "short_name") if isinstance(text := values.get(name), str) and text]
        yield Known(
            entity,
            kind,
            tuple((name, *_sound(name)) for name in names),
            tuple(national(p) for p in _set(values.get("phones"))),
            tuple(fold(m) for m in _set(values.get("emails"))),
            fold(_text(values.get("wechat"))),
            tuple((n, _signs(fold(_text(v)))) for n, v in values.items() if n.startswith("identifiers.")),
            _text(values.get("works_at")),
            values,
        )


def _sound(name: str) -> tuple[str, str]:
    if not has_han(name):
        return "", ""
    letters = [romanise(c) for c in name if c.isalnum()]
    return "".join(letters), "".join(one[:1] for one in letters)


def _value(golden: Golden | SetGolden) -> str | tuple[str, ...]:
    if isinstance(golden, SetGolden):
        return tuple(golden.elements)
    return golden.value if isinstance(golden.value, str) else ""


def _text(value: str | tuple[str, ...] | None) -> str:
    return value if isinstance(value, str) else ""


def _set(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


__all__ = ["ELSEWHERE", "Hit", "Known", "everybody", "some"]
