"""Which field does each column of a table hold? First suggestions from headings and from what values look like.

A suggestion abstains rather than guesses wrong: `field` is None below SAY_IT. The words stand in mappings/headings/, which
knows single words and how they combine, not whole headings. No value of a customer ever appears in a reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.contract import Said, Value, say
from mappings.headings import fields, fit
from mappings.headings.grammar import meanings
from mappings.headings.guess import Guess
from mappings.headings.hints import NO_HINTS, Hints, hints
from mappings.headings.samples import profile
from mappings.headings.table import Case, Column, Shape, shape
from mappings.kinds import Kind, built_in

SAY_IT: Final = 0.5
"""The confidence from which a suggestion is worth saying: at .5 it is right at least every other time."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one column seems to hold.

    field: `kind.field`, of a second part of a kind `person.second.name`; a relation (`person.works_at`) for a look-up.
    None: nothing of ours, or not sure enough; `maybe` is then the guess that was not good enough ("": none).
    confidence: 0 to 1, of `field` or else of `maybe`. hints: how a mapping would write it.
    """

    heading: str
    field: str | None
    confidence: float
    reason: Said
    maybe: str = ""
    hints: Hints = NO_HINTS


def suggest(
    headings: Sequence[str],
    samples: Sequence[Sequence[Value]] = (),
    *,
    table_name: str = "",
    kinds: Mapping[str, Kind] | None = None,
) -> Sequence[Suggestion]:
    """One suggestion for each heading, in their order.

    samples: some values of each column (as read, empties too; 20 to 200 are plenty), in the order of the headings; may
    be short or missing. table_name: the sheet's, file's or table's name. kinds: with fields of the workspace's own,
    which are suggested where a heading is spelt like one.
    """
    columns = [
        Column(at, heading, found, profile(samples[at] if at < len(samples) else ()))
        for at, (heading, found) in enumerate(zip(headings, meanings(headings)))
    ]
    about = shape(columns, table_name)
    spelt = sum(c.meaning.via == "initials" for c in columns)
    guesses = [_guess(column, columns, about, spelt) for column in columns]
    own = _own_fields(kinds or built_in())
    guesses = [guess or own.get(_bare(c.heading), guess) for c, guess in zip(columns, guesses)]
    guesses = _main_address(_once(guesses), columns)
    return [_suggestion(column, guess, samples) for column, guess in zip(columns, guesses)]


def suggest_file(rows: Sequence[Mapping[str, Value]], *, table_name: str = "") -> dict[str, object]:
    """What `offbook map suggest --json` prints, for some records as heading → value (all with the same headings)."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    samples = [[row.get(heading) for row in rows] for heading in headings]
    return as_json(suggest(headings, samples, table_name=table_name))


def as_json(suggestions: Sequence[Suggestion]) -> dict[str, object]:
    """`{"columns": [{"heading", "field", "confidence", "reason"}]}`; field is null where nothing is suggested."""
    return {
        "columns": [
            {"heading": s.heading, "field": s.field, "confidence": round(s.confidence, 2), "reason": str(s.reason)}
            for s in suggestions
        ]
    }


def _guess(column: Column, columns: Sequence[Column], about: Shape, spelt: int) -> Guess:
    found = column.meaning
    if not found.known:
        return fit.from_values(column.profile, about)
    guess = fields.guess(Case(column, columns, about))
    if found.via == "initials":
        guess = replace(guess, sure=guess.sure * (0.9 if spelt >= 3 else 0.65))
    if found.unknown and guess:
        guess = replace(guess, sure=guess.sure * 0.5, why=say("{why}, but a word of it is not known", why=guess.why))
    return fit.weighed(guess, column.profile)


_SINGLE: Final = ("person.name", "person.given_name", "person.family_name")
_ADDRESS: Final = ("country", "region", "city", "district", "street", "postal_code", "address")
_SECOND_RATE: Final = re.compile(r"注册|户籍|登记|registered|legal|permanent")
"""Of several addresses the one of the register is the one that nobody answers from."""


def _main_address(guesses: Sequence[Guess], columns: Sequence[Column]) -> list[Guess]:
    """Of several columns that say the same part of an address, the plainest is taken; the others get nothing."""
    best: dict[str, tuple[bool, bool, int]] = {}
    for guess, column in zip(guesses, columns):
        if guess.sure >= SAY_IT and guess.field.partition(".")[2] in _ADDRESS:
            best[guess.field] = min(best.get(guess.field, (True, True, len(columns))), _rank(column))
    other = say("another column says the same of the main address")
    return [
        Guess("", 0.0, other) if guess.field in best and _rank(column) != best[guess.field] else guess
        for guess, column in zip(guesses, columns)
    ]


def _rank(column: Column) -> tuple[bool, bool, int]:
    return bool(_SECOND_RATE.search(column.meaning.plain)), bool(column.meaning.qualifiers), column.at


def _once(guesses: Sequence[Guess]) -> list[Guess]:
    """A field of one value, named by several columns, is believed a little less of all but the first."""
    seen: set[str] = set()
    said = []
    for guess in guesses:
        again = guess.field in seen and guess.field in _SINGLE
        said.append(replace(guess, sure=guess.sure * 0.8) if again else guess)
        seen.add(guess.field)
    return said


def _suggestion(column: Column, guess: Guess, samples: Sequence[Sequence[Value]]) -> Suggestion:
    if guess.sure < SAY_IT:
        return Suggestion(column.heading, None, guess.sure, guess.why, guess.field)
    values = samples[column.at] if column.at < len(samples) else ()
    return Suggestion(column.heading, guess.field, guess.sure, guess.why, "", hints(guess.field, column, values))


def _bare(heading: str) -> str:
    return "".join(c for c in heading.lower() if c.isalnum())


def _own_fields(kinds: Mapping[str, Kind]) -> Mapping[str, Guess]:
    """Fields that the workspace declared, by their spelling; a spelling of two kinds says nothing."""
    found: dict[str, list[str]] = {}
    for kind in kinds.values():
        for name, definition in kind.fields.items():
            if not definition.built_in or not kind.built_in:
                found.setdefault(_bare(name), []).append(f"{kind.name}.{name}")
    return {k: Guess(v[0], 0.8, say("it is spelt like a field of your own")) for k, v in found.items() if len(v) == 1}
