"""What is said of a run: numbers, what each column was taken for, and reasons in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from connectors.contract import Said, say
from matching import Link, Reason
from matching.infer import Role
from sync.dedupe.finding import Found
from sync.dedupe.tables import Sheet
from sync.messages import translate
from sync.messages.names import field_name, kind_name
from sync.picture.reasons import Why, why_text

MOST: Final = 6
"""Reasons that are told of a pair."""
_SILENT: Final = frozenset({"table", "elsewhere", "straight"})
"""Levels that go without saying."""
_ROLES: Final[Mapping[str, Said]] = {
    "key": say("the record's key"),
    "source": say("the record's source"),
    "text": say("text to be compared"),
    "middle": say("middle name"),
    "house": say("house number"),
    "company": say("name of the company"),
    "": say("not used"),
}


def role_name(role: str, lang: str) -> str:
    """What a column was taken for."""
    name, _, own = role.partition(".")
    said = _ROLES.get(name)
    if said is not None:
        return translate(said, lang)
    called = field_name(name, lang).replace("_", " ")
    return f"{called} ({own})" if own else called


@dataclass(frozen=True)
class Speaker:
    """Says reasons of matching."""

    lang: str

    def say(self, said: object) -> str:
        return translate(said, self.lang)

    def field(self, name: str) -> str:
        _, _, own = name.partition(".")
        return (own or name).replace("_", " ")

    def reasons(self, reasons: Iterable[Reason], most: int = MOST) -> str:
        """`+ mobile: the same; − company: different`, the weightiest first."""
        lines: list[str] = []
        for one in reasons:
            if one.level in _SILENT or len(lines) == most:
                continue
            why = Why(one.aspect, one.level, one.weight, one.others)
            lines.append(f"{'+' if one.weight > 0 else '−'} {why_text(self, why)}")
        return "; ".join(lines)


@dataclass(frozen=True)
class Row:
    """One record as it is told. why: in words, in comparison with the record `beside`, -1 for none."""

    row: int
    held: float
    why: str
    beside: int = -1


class Telling:
    """Groups and questions of a run in words."""

    def __init__(self, found: Found, lang: str, most: int = MOST) -> None:
        """most: reasons for each record."""
        self.found, self.speaker, self._most = found, Speaker(lang), most
        self.refs = found.refs()

    @cached_property
    def _links(self) -> Mapping[int, Sequence[Link]]:
        out: dict[int, list[Link]] = {}
        for link in self.found.links:
            out.setdefault(link.a, []).append(link)
            out.setdefault(link.b, []).append(link)
        return out

    @cached_property
    def _filled(self) -> Sequence[tuple[int, int]]:
        """How many cells of each record say something, and how much."""
        out = []
        for sheet in self.found.sheets:
            used = [
                column for column, role in zip(sheet.columns, sheet.told.columns) if role.role not in ("key", "source")
            ]
            out += [(sum(map(bool, row)), sum(map(len, row))) for row in zip(*used)] if used else [(0, 0)] * len(sheet)
        return out

    def group(self, rows: Sequence[int]) -> list[Row]:
        """The records of a group, the most complete one first."""
        ordered = sorted(rows, key=lambda row: (*(-n for n in self._filled[row]), row))
        return [Row(ordered[0], self.found.held[ordered[0]], ""), *map(self._row, ordered[1:])]

    def _row(self, row: int) -> Row:
        """Why a record is in its group: the link that holds it, the likeliest of several."""
        links = self._links.get(row, ())
        if not links:
            return Row(row, self.found.held[row], self.speaker.say(say("you decided it")))
        link = max(links, key=lambda one: (one.p, -one.a, -one.b))
        beside = link.b if link.a == row else link.a
        return Row(row, self.found.held[row], self.because(link), beside)

    def because(self, link: Link) -> str:
        a, b = (self.found.at(row) for row in (link.a, link.b))
        if _content(*a) == _content(*b):
            return self.speaker.say(say("they say the same in every column"))
        return self.speaker.reasons(link.reasons, self._most) or self.speaker.say(say("certain evidence"))

    def called(self, row: int) -> str:
        """What a record is called: its names, else the first text that it shows."""
        sheet, at = self.found.at(row)
        for roles in (("name",), ("given_name", "middle", "family_name"), ("company",), ("text",)):
            texts = [sheet.columns[column][at] for column in sheet.told.where(*roles)[:3]]
            if any(texts):
                return " ".join(filter(None, texts[:1] if roles == ("text",) else texts))[:60]
        return self.refs[row][1]


def _content(sheet: Sheet, at: int) -> list[tuple[str, str]]:
    """What is compared of a record: column by column, empty ones left out."""
    return sorted(
        (role.role, column[at].strip())
        for role, column in zip(sheet.told.columns, sheet.columns)
        if role.role not in ("", "key", "source") and column[at].strip()
    )


# ------------------------------------------------------------------------------ numbers


@dataclass(frozen=True)
class Numbers:
    """records: read. entities: different ones. groups: entities with several records. duplicates: records beyond the
    first of their entity. precision, recall: what the model expects.
    """

    records: int
    entities: int
    groups: int
    duplicates: int
    questions: int
    precision: float
    recall: float
    subjects: Mapping[str, int]


def numbers(found: Found) -> Numbers:
    sizes = Counter(found.label)
    report = found.report
    several = [size for size in sizes.values() if size > 1]
    return Numbers(len(found), len(sizes), len(several), len(found) - len(sizes), len(found.questions),
                   report.precision, report.recall, dict(sorted(Counter(found.subject).items())))  # fmt: skip


def subject_said(found: Found) -> Said:
    """What a record stands for in the result."""
    kinds = numbers(found).subjects
    if set(kinds) == {"person"}:
        return say("each record stands for the person it names")
    if set(kinds) == {"organisation"}:
        return say("each record stands for the company it names")
    if set(kinds) == {"thing"}:
        return say("the records are neither people nor companies: all their texts are compared")
    if "thing" not in kinds:
        return say("a record stands for the person it names ({persons}), for its company where it names none ({companies})",
                   persons=kinds.get("person", 0), companies=kinds.get("organisation", 0))  # fmt: skip
    return say("the tables speak of different things; each is compared with its like")


def columns_told(found: Found) -> list[tuple[Sheet, Role]]:
    return [(sheet, role) for sheet in found.sheets for role in sheet.told.columns]


def as_json(found: Found, lang: str, *, biggest: int = 5) -> dict[str, Any]:
    """What `--json` prints, without a customer's value."""
    n, telling = numbers(found), Telling(found, lang)
    files = [{"name": sheet.name, "records": len(sheet), "kind": sheet.told.kind, "key": sheet.keyed or None}
             for sheet in found.sheets]  # fmt: skip
    columns = [{"table": sheet.name, "heading": role.heading, "role": role.role or None,
                "why": translate(role.why, lang)} for sheet, role in columns_told(found)]  # fmt: skip
    groups = [_group_json(telling, rows) for rows in found.groups()[:biggest]]
    return {
        "tables": files, "unused": list(found.unused), "columns": columns, "subject": translate(subject_said(found), lang),
        "subjects": dict(n.subjects), "records": n.records, "entities": n.entities, "groups": n.groups,
        "duplicates": n.duplicates, "questions": n.questions, "contradictions": len(found.contradictions),
        "precision": round(n.precision, 4), "recall": round(n.recall, 4), "largest": groups,
    }  # fmt: skip


def _group_json(telling: Telling, rows: Sequence[int]) -> dict[str, Any]:
    told = [
        {"source": telling.refs[one.row][0], "key": telling.refs[one.row][1], "probability": round(one.held, 4),
         "why": one.why, "beside": list(telling.refs[one.beside]) if one.beside >= 0 else None}
        for one in telling.group(rows)
    ]  # fmt: skip
    return {"size": len(rows), "records": told}


__all__ = ["Numbers", "Row", "Speaker", "Telling", "as_json", "columns_told", "kind_name", "numbers", "role_name",
           "subject_said"]  # fmt: skip
