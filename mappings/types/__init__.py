"""What does each semantic type mean? The registry; TYPES["phone"].parse(raw, At(…)) (DESIGN §5)"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mappings.types.base import GLUE, At, Cannot, Canonical, SemanticType
from mappings.types.choices import ChoiceType, StaffType, TagsType
from mappings.types.dates import DateTimeType, DateType
from mappings.types.identifiers import IdentifierType
from mappings.types.names import PersonNameType
from mappings.types.numbers import BooleanType, MoneyType, NumberType
from mappings.types.online import EmailType, UrlType
from mappings.types.phones import PhoneType
from mappings.types.phones import is_valid as phone_is_valid
from mappings.types.texts import AddressType, CompanyNameType, NoteType, TextType

__all__ = ["CANONICALISER", "GLUE", "TYPES", "At", "Cannot", "Canonical", "SemanticType", "phone_is_valid"]

CANONICALISER: Final = "1"
"""Raised whenever a type reads a raw value as another canonical one than before (R20)."""

TYPES: Final[Mapping[str, SemanticType]] = MappingProxyType(
    {
        one.name: one
        for one in (
            TextType(),
            PersonNameType(),
            CompanyNameType(),
            PhoneType(),
            EmailType(),
            UrlType(),
            DateType(),
            DateTimeType(),
            NumberType(),
            MoneyType(),
            BooleanType(),
            ChoiceType(),
            TagsType(),
            StaffType(),
            AddressType(),
            IdentifierType(),
            NoteType(),
        )
    }
)
