"""How is a canonical value said to a person: an element, a set, a group, a relation, something unreadable?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.contract import Damaged, Said, say
from mappings.kinds import FieldDef
from sync.ledger import codec, graph
from sync.messages import translate
from sync.messages.names import field_name, kind_name
from sync.picture.opening import Picture
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden, parts
from sync.show.masks import HIDDEN, masked
from sync.units import Form, Unit

DAMAGES: Final[Mapping[str, Said]] = {
    "unmapped": say("not listed under `values`"),
    "placeholder": say("a word that stands for nothing"),
    "encoding": say("letters that were destroyed"),
    "mojibake": say("letters that were destroyed"),
    "scientific": say("a number that lost its digits"),
    "float_tail": say("a number that lost its digits"),
    "long_number": say("a number that lost its digits"),
    "precision": say("a number that lost its digits"),
    "excel_error": say("an error of the workbook"),
    "not_calculated": say("a formula that was never calculated"),
    "date_serial": say("a date that became a number"),
    "ambiguous_date": say("day and month cannot be told apart"),
    "no_such_day": say("there is no such day"),
    "not_a_date": say("no date"),
    "date": say("no date"),
    "datetime": say("no date"),
    "not_a_number": say("no number"),
    "number": say("no number"),
    "boolean": say("neither yes nor no"),
    "not_a_phone": say("no telephone number"),
    "not_an_email": say("no mail address"),
    "not_a_url": say("no web address"),
    "several": say("several values where one is meant"),
    "unreadable": say("cannot be read"),
    "python": say("the hook of the mapping failed"),
    "no_such_record": say("the look-up names no record"),
    "several_records": say("the look-up names several records"),
}
"""What is wrong with a value that cannot be read; a code that is not here says itself."""

EMPTY_TEXT: Final = say("(empty)")
_YES: Final[Mapping[str, Said]] = {"true": say("yes"), "false": say("no")}
_SHORT: Final = 8


def name_entities(picture: Picture, ids: Iterable[str]) -> None:
    """Reads what these entities are called, those that were not read yet."""
    wanted = sorted({one for one in ids if one and one not in picture.names})
    for row in graph.entities(picture.ledger, picture.c, picture.plan, wanted).values():
        data = row.draft if row.draft not in (None, b"{}") else row.golden
        goldens = codec.load_goldens(data)
        picture.names[row.id] = called(goldens)
        picture.kinds[row.id] = row.kind
        contact = _contact(goldens)
        if not picture.names[row.id] and contact is not None:
            picture.contacts[row.id] = contact


def called(goldens: Mapping[str, Golden | SetGolden]) -> str:
    """What an entity is called by its goldens; "" where it has no name."""
    for unit in ("name", "short_name"):
        golden = goldens.get(unit)
        if isinstance(golden, Golden) and isinstance(golden.value, str) and golden.value:
            return golden.value
    return ""


def _contact(goldens: Mapping[str, Golden | SetGolden]) -> tuple[str, str] | None:
    """(unit, value) of what else tells who it is, where there is no name."""
    for unit in ("phones", "emails", "wechat", *(name for name in goldens if name.startswith("identifiers."))):
        golden = goldens.get(unit)
        value = golden.order()[:1] if isinstance(golden, SetGolden) else (golden.value,) if golden is not None else ()
        if value and isinstance(value[0], str) and value[0]:
            return unit, value[0]
    return None


@dataclass(frozen=True, slots=True)
class Words:
    """Says values of this picture in one language. masked: sensitive fields (CONFIG `sensitive`) only by a hint."""

    picture: Picture
    lang: str
    masked: bool = False

    # -------------------------------------------------------------------------- names

    def say(self, said: object) -> str:
        return translate(said, self.lang)

    def entity(self, entity: str) -> str:
        """Its name, what else it is known by, or the end of its id, as ids begin with the time at which they were made."""
        if entity not in self.picture.names:
            name_entities(self.picture, [entity])
        name, contact = self.picture.names.get(entity, ""), self.picture.contacts.get(entity)
        if not name and contact is not None:
            name = self._text(self.picture.kinds.get(entity, ""), *contact)
        return name or f"{self.kind(entity)} {entity[-_SHORT:]}".strip()

    def kind(self, entity: str) -> str:
        return kind_name(self.picture.kinds.get(entity, ""), self.lang)

    def unit(self, kind: str, unit: str) -> str:
        """`organisation.phones`, 公司 · 电话."""
        joint = " · " if self.lang == "zh" else "."
        return f"{kind_name(kind, self.lang)}{joint}{field_name(unit, self.lang)}"

    def field(self, unit: str) -> str:
        return field_name(unit, self.lang)

    def record(self, record: int, table: int, key: str, place: str | None) -> str:
        """Where a record stands: `wang, row 4`, `crm.accounts 1001`."""
        del record
        name = self.picture.table_name(table)
        if not place:
            return f"{name} {key}" if not key.startswith("~") else name
        number = place.removeprefix("#")
        if self._connector(table) == "vcard":
            return self.say(say("{table}, card {number}", table=name, number=number))
        return self.say(say("{table}, row {number}", table=name, number=number))

    def _connector(self, table: int) -> str:
        source = self.picture.run.workspace.sources.get(self.picture.source_of(table))
        return source.connector if source is not None else ""

    def person(self, staff: str) -> str:
        """One of our own people, by name."""
        found = next((one for one in self.picture.run.workspace.people if one.id == staff), None)
        return (found.name or staff) if found is not None else staff

    # -------------------------------------------------------------------------- values

    def value(self, kind: str, unit: str, value: Value) -> str:
        """Of one unit: a text, the elements of a set, the members of a group; "–" where nothing is shown."""
        if value is None:
            return "–"
        if isinstance(value, Damaged):
            return self.damaged(value, hidden=self.hides(kind, unit))
        found = self.picture.run.units.get(kind, {}).get(unit)
        if isinstance(value, str):
            return self._text(kind, found.fields[0] if found else unit, value)
        if found is not None and found.form is Form.GROUP:
            return self._group(kind, found, value)
        elements = [e for slot in value for e in (parts(slot) if isinstance(slot, str) else [slot]) if e]
        hidden = self.hides(kind, unit)
        texts = [
            self.damaged(e, hidden=hidden) if isinstance(e, Damaged) else self._text(kind, unit, str(e))
            for e in elements
        ]
        return self._listed(texts)

    def golden(self, kind: str, unit: str, golden: Golden | SetGolden) -> str:
        return self.value(kind, unit, golden.order() if isinstance(golden, SetGolden) else golden.value)

    def _listed(self, texts: Iterable[str]) -> str:
        joint = "；" if self.lang == "zh" else "; "
        return joint.join(texts) or self.say(EMPTY_TEXT)

    def _group(self, kind: str, unit: Unit, value: tuple[object, ...]) -> str:
        """The leading member where it says all (a full address), else the members in their order."""
        named = list(zip(unit.fields, value, strict=False))
        line = [v for name, v in named if name == "address" and v]
        shown = [("address", line[0])] if unit.name == "address" and line else [(n, v) for n, v in named if v]
        hidden = self.hides(kind, unit.name)
        texts = [
            self.damaged(v, hidden=hidden) if isinstance(v, Damaged) else self._text(kind, n, str(v)) for n, v in shown
        ]
        joint = " " if unit.name in ("money", "consent") else self._joint(texts)
        return joint.join(texts) or self.say(EMPTY_TEXT)

    @staticmethod
    def _joint(texts: Iterable[str]) -> str:
        return "" if any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in text) else ", "

    def _text(self, kind: str, name: str, value: str) -> str:
        if not value:
            return self.say(EMPTY_TEXT)
        field = field_def(self.picture, kind, name)
        if field is not None and field.relation:
            return self.entity(value)
        if self.masked and field is not None and field.sensitive:
            return masked(value, field.type)
        if field is not None and field.type == "staff":
            return self.person(value)
        if field is not None and field.type == "boolean":
            return self.say(_YES.get(value, value))
        return value.replace(";ext=", "-") if field is not None and field.type == "phone" else value

    def damaged(self, value: Damaged, *, hidden: bool = False) -> str:
        """What stands there and what is wrong with it."""
        text = HIDDEN if hidden else value.text
        why = self.say(DAMAGES.get(value.code, value.code))
        return f"‹{text}› ({why})"

    def hides(self, kind: str, unit: str) -> bool:
        """Whether values of this unit are only hinted at."""
        return self.masked and is_sensitive(self.picture, kind, unit)


def field_def(picture: Picture, kind: str, name: str) -> FieldDef | None:
    """The definition behind a field's name; None for a field that left the workspace."""
    known = picture.run.workspace.kinds.get(kind)
    if known is None or name.partition(".")[0] not in known.fields:
        return None
    return known.field(name)


def is_sensitive(picture: Picture, kind: str, unit: str) -> bool:
    """Whether a unit, or a member of it, is masked in plans, logs and exports."""
    found = picture.run.units.get(kind, {}).get(unit)
    names = found.fields if found is not None else (unit,)
    return any(one is not None and one.sensitive for one in (field_def(picture, kind, name) for name in names))


__all__ = ["DAMAGES", "EMPTY_TEXT", "Words", "called", "field_def", "is_sensitive", "name_entities"]
