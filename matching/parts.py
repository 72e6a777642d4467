"""What goes into matching, and what comes out?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | tuple[str, ...] | None"


@dataclass(frozen=True)
class Batch:
    """n parts of one kind, column by column; row k of every column speaks of part k.

    values: canonical *own* values by field (RULES R3b); a set is a tuple of its elements; None and "" are nothing.
    Fields are those of mappings.kinds; `identifiers.X` is single-valued. A person's employer: `works_at.name`,
    `works_at.website`. An organisation's `people`: phones, mail addresses and WeChat ids of those who stand in the
    same record. source, table: who says it, any numbers. entity: the known entity, or -1. employer: of persons, the
    organisation's entity or label, or -1. alone: sources of which no table holds one customer twice
    (`no_duplicates`). identify: of kinds of one's own, fields that together say it is the same one. types: semantic
    types of fields that no built-in kind has; with them, and without `identify`, an own kind is matched by what its
    texts say.
    """

    kind: str
    values: Mapping[str, Sequence[Value]]
    source: Sequence[int]
    table: Sequence[int] = ()
    entity: Sequence[int] = ()
    employer: Sequence[int] = ()
    alone: Collection[int] = ()
    identify: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.source)

    def rows(self, chosen: Sequence[int]) -> Batch:
        """A batch of some of the rows, in the order given."""

        def pick(numbers: Sequence[int]) -> Sequence[int]:
            return [numbers[k] for k in chosen] if len(numbers) else ()

        values = {name: [column[k] for k in chosen] for name, column in self.values.items()}
        parts = (pick(self.source), pick(self.table), pick(self.entity), pick(self.employer))
        return Batch(self.kind, values, *parts, self.alone, self.identify, self.types)


@dataclass(frozen=True, slots=True)
class Reason:
    """One observation that counted. aspect and level: codes (docs/matching.md). weight: natural log of how much
    likelier it is if the two are the same than if they are not; negative speaks against. others: how many other
    records or names show what is shared; None where that is not counted.
    """

    aspect: str
    level: str
    weight: float
    others: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """p: probability that two parts are the same customer, 0 to 1. reasons: the strongest first."""

    p: float
    reasons: tuple[Reason, ...]
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Two rows by which two groups became one, and how sure that was."""

    a: int
    b: int
    p: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Two rows that a person should judge. p: how likely they are one. joins: records that are or would come together.
    gain: pairs of records that the answer is expected to set right.
    """

    a: int
    b: int
    p: float
    reasons: tuple[Reason, ...]
    joins: int = 2
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What was done. records and distinct: how many, and how many of different content. candidates: pairs compared.
    refined, walked: blocks that were too large, and those that stayed so and were walked in sorted order only.
    fitted: whether the model was fitted to this data. precision, recall: what the model expects of the links (of
    pairs that blocking brings together).
    """

    records: int = 0
    distinct: int = 0
    candidates: int = 0
    blocks: int = 0
    refined: int = 0
    walked: int = 0
    fitted: bool = False
    precision: float = 1.0
    recall: float = 1.0


@dataclass(frozen=True)
class Result:
    """label: for each row the smallest row that is the same customer. held: how surely each row is in its group: the
    probability of the weakest link that holds it there (1 for a row by itself). links: one for each merge; groups
    known before have none. questions: of rows of different groups, the most informative first; doubts: links to be
    checked, of rows of one group. contradictions: rows that a decision, an entity or certain evidence wants together
    and a decision wants apart: nothing is merged for them.
    """

    label: Sequence[int]
    held: Sequence[float]
    links: Sequence[Link]
    questions: Sequence[Question]
    contradictions: Sequence[tuple[int, int]]
    report: Report
    doubts: Sequence[Question] = ()
