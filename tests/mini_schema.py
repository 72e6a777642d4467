"""Does a value keep a JSON Schema? As much of the standard as our own schemas use; any other word is a KeyError."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "integer": int,
}
_SILENT = {"$schema", "$defs", "title", "description", "default"}


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], way: str = "") -> Iterator[str]:
    """Each thing that is wrong, with the way to it."""
    for word, said in schema.items():
        if word in _SILENT or (word in ("properties", "additionalProperties") and not isinstance(value, dict)):
            continue
        if word == "$ref":
            yield from faults(value, root["$defs"][said.removeprefix("#/$defs/")], root, way)
        elif word == "anyOf":
            if all(any(faults(value, choice, root, way)) for choice in said):
                yield f"{way}: {value!r} is none of the choices"
        elif word == "allOf":
            for choice in said:
                yield from faults(value, choice, root, way)
        elif word == "properties":
            for key in said.keys() & value.keys():
                yield from faults(value[key], said[key], root, f"{way}.{key}")
        elif word == "additionalProperties":
            yield from _others(value, schema, root, way)
        else:
            yield from _simple(value, word, said, root, way)


def _others(value: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], way: str) -> Iterator[str]:
    rest = schema["additionalProperties"]
    for key in value.keys() - schema.get("properties", {}).keys():
        if rest is False:
            yield f"{way}.{key}: no such key"
        else:
            yield from faults(value[key], rest, root, f"{way}.{key}")


def _simple(value: Any, word: str, said: Any, root: Mapping[str, Any], way: str) -> Iterator[str]:
    if word == "items":
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from faults(item, said, root, f"{way}[{index}]")
    elif word == "required":
        yield from (f"{way}: {key} is missing" for key in said if isinstance(value, dict) and key not in value)
    elif not _KEPT[word](value, said):
        yield f"{way}: {value!r} does not keep {word} {said}"


def _is_type(value: Any, said: Any) -> bool:
    kinds = said if isinstance(said, list) else [said]
    fits = any(isinstance(value, _TYPES[kind]) for kind in kinds)
    return fits and not (isinstance(value, bool) and "boolean" not in kinds)


_KEPT: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _is_type,
    "enum": lambda value, said: any(value == one and type(value) is type(one) for one in said),
    "pattern": lambda value, said: not isinstance(value, str) or bool(re.search(said, value)),
    "minimum": lambda value, said: not isinstance(value, int | float) or value >= said,
    "maximum": lambda value, said: not isinstance(value, int | float) or value <= said,
    "minItems": lambda value, said: not isinstance(value, list) or len(value) >= said,
    "minProperties": lambda value, said: not isinstance(value, dict) or len(value) >= said,
}
