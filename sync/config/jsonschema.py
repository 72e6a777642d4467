"""What do editors need to complete and check a workspace's files? JSON Schemas, made from the models that read them

`python -m sync.config.jsonschema docs/schema` writes them anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mappings.kinds import built_in
from mappings.schema import MappingFile
from sync.config.file import PersonFile, WorkspaceFile

_KINDS = {
    "organisation": "A company, an office, a household: the customer unless `customer` says person.",
    "person": "A customer, or a contact of one; a second one in the same record is person.second.",
    "interaction": "A visit, call, complaint, survey or purchase.",
}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """File name → JSON Schema of offbook.yaml, of mappings/*.yaml and of a people file."""
    people = {"type": "object", "additionalProperties": PersonFile.model_json_schema()}
    return {
        "offbook.schema.json": _finished(_workspace(), "offbook.yaml: one workspace of Offbook"),
        "mapping.schema.json": _finished(_mapping(), "mappings/*.yaml: what the columns of one table mean"),
        "people.schema.json": _finished(people, "people.yaml: our own staff"),
    }


def texts() -> dict[str, str]:
    """File name → the text that docs/schema holds."""
    return {name: json.dumps(made, ensure_ascii=False, indent=1) + "\n" for name, made in schemas().items()}


def write(folder: Path) -> None:
    """Writes the schemas into `folder`."""
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _workspace() -> dict[str, Any]:
    """Built-in kinds offer their fields; others may be added."""
    made = WorkspaceFile.model_json_schema()
    fields = made["$defs"]["KindFile"]["properties"]["fields"]
    made["$defs"]["FieldRules"] = fields["additionalProperties"]
    fields["additionalProperties"] = rules = {"$ref": "#/$defs/FieldRules"}
    made["properties"]["kinds"]["properties"] = {
        name: {
            "description": _KINDS[name],
            "allOf": [{"$ref": "#/$defs/KindFile"}],
            "properties": {"fields": {"properties": dict.fromkeys(kind.fields, rules)}},
        }
        for name, kind in built_in().items()
    }
    return made


def _mapping() -> dict[str, Any]:
    made = MappingFile.model_json_schema()
    record = made["properties"]["record"]
    part = record["additionalProperties"]
    made["$defs"]["Places"] = part["additionalProperties"]
    part["additionalProperties"] = places = {"$ref": "#/$defs/Places"}
    for name, kind in built_in().items():
        fields = {f.name: {**places, "description": _meaning(f.type, f.relation)} for f in kind.fields.values()}
        record.setdefault("properties", {})[name] = {**part, "description": _KINDS[name], "properties": fields}
    return made


def _meaning(type_: str, relation: str) -> str:
    return f"→ {relation}: a part of this record, or {{from: column, ref: source.table}}" if relation else type_


def _finished(made: dict[str, Any], title: str) -> dict[str, Any]:
    return {
        "$schema": _DRAFT,
        "title": title,
        **{k: v for k, v in _tidy(made).items() if k not in ("title", "$schema")},
    }


def _tidy(node: Any) -> Any:
    """Without what only pydantic needs: titles made from names, `null`, and defaults that nobody can type."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not _is_noise(key, value)}
    made = {key: _named(value) if key in ("properties", "$defs") else _tidy(value) for key, value in kept.items()}
    choices = made.get("anyOf")
    if choices:
        choices = [choice for choice in choices if choice != {"type": "null"}]
        if len(choices) == 1:
            made.pop("anyOf")
            return {**choices[0], **made}
        made["anyOf"] = choices
    return made


def _named(properties: dict[str, Any]) -> dict[str, Any]:
    """Here the keys are people's words: a field may well be called title."""
    return {name: _tidy(value) for name, value in properties.items()}


def _is_noise(key: str, value: object) -> bool:
    return key == "title" or (
        key == "default" and not isinstance(value, bool | int | float) and not (value and isinstance(value, str))
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
