"""How are choices, tags and our own people read and written?"""

from __future__ import annotations

from connectors.contract import Damaged, LookUp, Said, Value
from mappings.types.base import EMPTY, At, Cannot, SemanticType, fit, raw_text


class ChoiceType(SemanticType):
    """An option by its name; a raw value that is an option's id is that name (CONFIG "Unmapped values")."""

    name = "choice"

    def parse(self, raw: Value, at: At) -> str | Damaged:
        return super().parse(_by_name(raw, at), at)


class TagsType(ChoiceType):
    """One tag; a set's places hold several."""

    name = "tags"


def _by_name(raw: Value, at: At) -> Value:
    options = at.field.options
    if not options or raw is None or isinstance(raw, Damaged):
        return raw
    text = raw.key if isinstance(raw, LookUp) else raw_text(raw)
    label = next((label for key, label in options if key == text), None)
    if label is not None:
        return label
    is_named = any(label == text for _, label in options)
    return raw if is_named or not text.strip() else Damaged("unmapped", text)


class StaffType(SemanticType):
    """The people id; whom nobody in the people file explains is unmapped, never "no owner" (CONFIG §3)."""

    name = "staff"

    def parse(self, raw: Value, at: At) -> str | Damaged:
        if raw is None or isinstance(raw, Damaged):
            return EMPTY if raw is None else raw
        text = raw_text(raw)
        if not text.strip() and not isinstance(raw, LookUp):
            return EMPTY
        found = at.people.read(at.source, raw, at.field) if at.people is not None else None
        return found or Damaged("unmapped", text)

    def form(self, value: str) -> str:
        return value

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        """None where the person has left and nobody takes over."""
        if at.people is None:
            return value
        said = at.people.write(at.source, value, at.field)
        if isinstance(said, Said):
            return Cannot(said)
        return fit(said, at.field) if isinstance(said, str) and not at.field.options else said
