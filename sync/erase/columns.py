"""Which columns of a record say something of one part?"""

from __future__ import annotations

from mappings.model import PartMap


def columns_of(part: PartMap) -> set[str]:
    return {
        c for places in (*part.fields.values(), *part.relations.values()) for place in places for c in place.columns
    }
