"""Which records are the same? From files to groups, links and questions, in rows numbered over all sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from matching import Batch, Link, Question, Report, Result, match
from sync.dedupe.shaping import Part, Shaped, shape
from sync.dedupe.tables import Asked, Progress, Ref, Sheet, overruled, read_files


@dataclass(frozen=True)
class Decided:
    """What a person said of pairs of records: rows, the smaller first."""

    same: frozenset[tuple[int, int]] = frozenset()
    different: frozenset[tuple[int, int]] = frozenset()
    lost: int = 0
    """Decisions of which a record is not there any more."""


@dataclass(frozen=True)
class Found:
    """sheets: in the order in which they were named. subject: of each row its kind. label: of each row the first row that
    is the same. held: how surely it is. links, questions: in rows. reports: by kind. employers: organisations that
    several rows name, and those rows. unused: sheets in which nothing could be compared.
    """

    sheets: Sequence[Sheet]
    subject: Sequence[str]
    label: Sequence[int]
    held: Sequence[float]
    links: Sequence[Link]
    questions: Sequence[Question]
    contradictions: Sequence[tuple[int, int]]
    reports: Mapping[str, Report]
    decided: Decided = field(default_factory=Decided)
    companies: tuple[int, int] = (0, 0)
    unused: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.label)

    def refs(self) -> list[Ref]:
        return [ref for sheet in self.sheets for ref in sheet.refs]

    def at(self, row: int) -> tuple[Sheet, int]:
        """The sheet of a row, and its place there."""
        for sheet in self.sheets:
            if row < len(sheet):
                return sheet, row
            row -= len(sheet)
        raise IndexError(row)

    def groups(self) -> list[list[int]]:
        """Rows that are the same, where there are several, the largest group first."""
        found: dict[int, list[int]] = {}
        for row, label in enumerate(self.label):
            found.setdefault(label, []).append(row)
        return sorted((rows for rows in found.values() if len(rows) > 1), key=lambda rows: (-len(rows), rows))

    @property
    def report(self) -> Report:
        """Of all kinds together; precision and recall weighed by the links of each."""
        reports = [one for kind, one in self.reports.items() if kind in set(self.subject)]
        if len(reports) == 1:
            return reports[0]
        weights = [one.records for one in reports]
        total = sum(weights) or 1
        return Report(
            records=len(self),
            candidates=sum(one.candidates for one in reports),
            walked=sum(one.walked for one in reports),
            precision=sum(one.precision * w for one, w in zip(reports, weights)) / total,
            recall=sum(one.recall * w for one, w in zip(reports, weights)) / total,
        )


def find(files: Sequence[str], folder: Path, asked: Asked, decisions: Path | None, progress: Progress) -> Found:
    """Reads, infers, matches. Raises ConfigError, SourceError."""
    from sync.dedupe.decided import decided_in, read_decisions

    said = read_decisions(decisions) if decisions is not None else ()
    sheets, unused = read_files(files, folder, asked, progress)
    kind = overruled(sheets, asked.kind)
    progress("match", 0, 0)
    found = compared(sheets, asked.across, decided_in(said, sheets), kind)
    return replace(found, unused=unused)


def compared(sheets: Sequence[Sheet], across: bool, decided: Decided, kind: str = "") -> Found:  # noqa: FBT001
    """Companies first, then the people who work there, then everything else."""
    shaped = shape(sheets, kind)
    named = sorted({source for sheet in sheets for source, _ in sheet.refs})
    numbers = {name: at for at, name in enumerate(named)}
    sources = [numbers[source] for sheet in sheets for source, _ in sheet.refs]
    alone = sorted(set(sources)) if across else []
    n = len(sources)
    made = _Made(shaped, list(range(n)), [1.0] * n)
    employer: dict[int, int] = {}
    firms = shaped.parts.get("organisation")
    if firms is not None:
        if alone and "person" in shaped.parts:  # one company stands on the rows of many people, also of one source
            label = match(firms.batch(sources, ())).label
            own = [at for at, row in enumerate(firms.rows) if shaped.subject[row] == firms.kind]
            part = Part(firms.kind, [firms.rows[at] for at in own])
            made.take(part, firms.batch(sources, alone).rows(own), decided)
        else:
            label = made.take(firms, firms.batch(sources, alone), decided).label
        employer = dict(zip(firms.rows, label))
    people = shaped.parts.get("person")
    if people is not None:
        works = [employer.get(row, -1) for row in people.rows] if employer else ()
        made.take(people, people.batch(sources, alone, works), decided)
    if "thing" in shaped.parts:
        things = shaped.parts["thing"]
        made.take(things, things.batch(sources, alone), decided)
    works_at = [employer[row] for row in people.rows if row in employer] if people is not None else []
    companies = (len(works_at), len(set(works_at)))
    return Found(sheets, shaped.subject, made.label, made.held, made.links, made.questions, made.contradictions,
                 made.reports, decided, companies)  # fmt: skip


@dataclass
class _Made:
    """What came of each part, in rows over all sheets, as far as it speaks of the rows' subjects."""

    shaped: Shaped
    label: list[int]
    held: list[float]
    links: list[Link] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    contradictions: list[tuple[int, int]] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)

    def take(self, part: Part, batch: Batch, decided: Decided) -> Result:
        rows = part.rows
        place = {row: at for at, row in enumerate(rows)}
        same, different = (_within(pairs, place, self.shaped, part.kind) for pairs in (decided.same, decided.different))
        result = match(batch, same=same, different=different)
        first: dict[int, int] = {}
        for at, row in enumerate(rows):
            if self.shaped.subject[row] == part.kind:
                self.label[row] = first.setdefault(result.label[at], row)
                self.held[row] = result.held[at]

        def ours(a: int, b: int) -> bool:
            return self.shaped.subject[rows[a]] == self.shaped.subject[rows[b]] == part.kind

        self.links += [replace(one, a=rows[one.a], b=rows[one.b]) for one in result.links if ours(one.a, one.b)]
        self.questions += [replace(one, a=rows[one.a], b=rows[one.b]) for one in result.questions if ours(one.a, one.b)]
        self.contradictions += [(rows[a], rows[b]) for a, b in result.contradictions]
        self.reports[part.kind] = result.report
        return result


def _within(
    pairs: Iterable[tuple[int, int]], place: Mapping[int, int], shaped: Shaped, kind: str
) -> list[tuple[int, int]]:
    return [
        (place[a], place[b])
        for a, b in sorted(pairs)
        if a in place and b in place and shaped.subject[a] == shaped.subject[b] == kind
    ]


__all__ = ["Decided", "Found", "compared", "find"]
