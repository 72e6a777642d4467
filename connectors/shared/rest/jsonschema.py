"""What do editors need to complete and check a specification? A JSON Schema, made from the model that reads it"""

from __future__ import annotations

import json
from typing import Any

from connectors.shared.rest.model import Specification


def schema() -> dict[str, Any]:
    """JSON Schema of a specification."""
    made = _tidy(Specification.model_json_schema(by_alias=True))
    title = "SYSTEM.rest.yaml: a system that the rest connector reaches"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def text() -> str:
    """What docs/schema/rest.schema.json holds."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def _tidy(node: Any) -> Any:
    """Without what only pydantic needs: titles made from names, null, and defaults that nobody types."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            made[key] = {name: _tidy(one) for name, one in value.items()}
        elif key == "anyOf":
            made[key] = [_tidy(one) for one in value if one != {"type": "null"}]
        elif not (key == "title" or (key == "default" and not isinstance(value, bool | int | float))):
            made[key] = _tidy(value)
    return made
