"""How does what people write in YAML become checked settings, with every mistake said where it stands? (CONFIG)

Connectors take SecretText, OneOrMany and YesNo from here for their options; sync and the rest connector call `read`
and `fit`. Options are a pydantic model with `extra="forbid"`; its validators get `info.context["folder"]`, the folder
of the workspace, and `info.context["unresolved"]` while secrets are references still.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, ValidationError, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails

from connectors.contract import ConfigError, Said, say
from connectors.faults import Fault, Faults, WrongFiles, listed, meant, nearest
from connectors.secrets import Secret, SecretText, Wrong, holds_reference, resolve, shown
from connectors.tree import Keyed, Leaf, Listed, Node, Rules, Tree, Way, parse, plain, read

__all__ = [
    "Fault",
    "Faults",
    "Keyed",
    "Leaf",
    "Listed",
    "Node",
    "OneOrMany",
    "Rules",
    "Secret",
    "SecretText",
    "Strict",
    "Text",
    "Tree",
    "Way",
    "Wrong",
    "WrongFiles",
    "YesNo",
    "fit",
    "fit_resolved",
    "listed",
    "meant",
    "nearest",
    "parse",
    "plain",
    "read",
    "shown",
]

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Strict(BaseModel):
    """Base of what stands in a settings file: no key that is not there, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _OneOrListSchema:
    """For editors: the single value or the list of them."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(core)
        return {"anyOf": [made["items"], {"type": "array", "items": made["items"]}]}


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _yes_or_no(value: object) -> object:
    if isinstance(value, str):
        found = {"true": True, "yes": True, "false": False, "no": False}.get(value.casefold())
        if found is None:
            raise Wrong(say("`{text}` cannot stand here; write true or false", text=shown(value)))
        return found
    return value


OneOrMany = Annotated[tuple[T, ...], BeforeValidator(_as_list), _OneOrListSchema()]
"""A list, where a single value may stand for a list of one."""
YesNo = Annotated[
    bool, BeforeValidator(_yes_or_no), WithJsonSchema({"enum": [True, False, "true", "false", "yes", "no"]})
]
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text as it was typed; an editor takes 01 for a number and yes for a boolean, which the reader does not."""


def fit(
    model: type[M],
    tree: Tree,
    faults: Faults,
    *,
    way: Way = (),
    value: object = None,
    context: Mapping[str, object] | None = None,
    stranger: Callable[[str, Sequence[str]], Said] | None = None,
) -> M | None:
    """What stands at `way` as `model`, or None with every mistake in `faults`.

    value: what to check instead of the text at `way` (a short form written out). stranger: what an unknown key is told,
    given it and the keys there are. With context["unresolved"] an option whose value is a reference is not judged.
    """
    node = tree.node(way) if way else tree.root
    given = value if value is not None else plain(node) if node else {}
    try:
        return model.model_validate(given, context=dict(context or {}))
    except WrongFiles as error:  # a validator that read another file, such as a specification
        for fault in error.faults:
            faults.add(fault.file, fault.line, fault.where, fault.text)
        return None
    except ConfigError as error:
        tree.fault(faults, way, error.said)
        return None
    except ValidationError as error:
        unresolved = bool(context and context.get("unresolved"))
        told = False
        for one in error.errors(include_url=False):
            told |= _told(model, tree, faults, tuple(way), one, stranger or unknown_key, unresolved=unresolved)
        return None if told else _unjudged(model, given)


def fit_resolved(model: type[M], given: object, where: str, context: Mapping[str, object]) -> M:
    """The same when a source is opened: references are replaced by what they stand for, which no error repeats.

    Raises ConfigError with `where` (file and key) in front.
    """
    try:
        return model.model_validate(_resolved(given), context=dict(context))
    except ValidationError as error:
        keys = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])
        raise ConfigError(
            "{where}.{keys}: what the reference stands for cannot stand here", where=where, keys=keys
        ) from None
    except ConfigError as error:
        raise ConfigError("{where}: {why}", where=where, why=error.said) from None


def unknown_key(key: str, known: Sequence[str]) -> Said:
    """CONFIG §5, 1."""
    return meant(
        lambda near: say("no such key here; did you mean `{near}`?", near=near),
        lambda every: say("no such key here; there is: {every}", every=every),
        key,
        known,
    )


# ------------------------------------------------------------------------------ pydantic's errors in words


def _told(
    model: type[BaseModel],
    tree: Tree,
    faults: Faults,
    way: tuple[str | int, ...],
    error: ErrorDetails,
    stranger: Callable[[str, Sequence[str]], Said],
    *,
    unresolved: bool,
) -> bool:
    """Puts one error into `faults`; False where the value is a reference that cannot be judged yet."""
    loc = error["loc"]
    if error["type"] == "extra_forbidden":
        tree.fault(faults, (*way, *loc), stranger(str(loc[-1]), keys_at(model, loc[:-1])))
        return True
    if error["type"] == "missing":
        told = say("`{key}` is missing and has no default", key=str(loc[-1]))
        tree.fault(faults, (*way, *loc[:-1]), told)
        return True
    node = _deepest(tree, (*way, *loc))
    wrong = error.get("ctx", {}).get("error")
    if unresolved and isinstance(node, Leaf) and holds_reference(node.text or "") and not isinstance(wrong, Wrong):
        return False
    _, where = tree.spot((*way, *loc))
    if not faults.knows(tree.file, where):
        tree.fault(faults, (*way, *loc), _words(error, node))
    return True


def _deepest(tree: Tree, way: Way) -> Node:
    """What stands at the last step of the way that the file knows."""
    node = tree.root
    for step in way:
        if isinstance(node, Keyed) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Listed) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node


def _words(error: ErrorDetails, node: Node) -> Said:
    wrong = error.get("ctx", {}).get("error")
    if isinstance(wrong, Exception):
        said = getattr(wrong, "said", None) or (wrong.args[0] if wrong.args else "")
        return said if isinstance(said, Said) else say("{why}", why=str(said))
    kind = error["type"]
    if kind in _SHAPES or not isinstance(node, Leaf):
        return _SHAPES.get(kind, say("one value is meant here, no list and no keys"))
    text, context = shown(node.text or ""), error.get("ctx", {})
    if kind in ("literal_error", "enum"):
        choice = " or ".join(re.findall(r"'([^']*)'", str(context.get("expected", ""))))
        return say("`{text}` cannot stand here; write {choice}", text=text, choice=choice)
    if made := _bound(kind, text, next(iter(context.values()), "")):
        return made
    if kind.startswith("int_"):
        return say("`{text}` cannot stand here; write a whole number", text=text)
    if kind.startswith(("float_", "decimal_", "finite_")):
        return say("`{text}` cannot stand here; write a number", text=text)
    if kind.startswith("bool_"):
        return say("`{text}` cannot stand here; write true or false", text=text)
    return say("`{text}` cannot stand here ({why})", text=text, why=error["msg"])


def _bound(kind: str, text: str, bound: object) -> Said | None:
    if kind == "greater_than":
        return say("`{text}` cannot stand here; it must be above {bound}", text=text, bound=bound)
    if kind == "greater_than_equal":
        return say("`{text}` cannot stand here; it must be at least {bound}", text=text, bound=bound)
    if kind == "less_than":
        return say("`{text}` cannot stand here; it must be below {bound}", text=text, bound=bound)
    if kind == "less_than_equal":
        return say("`{text}` cannot stand here; it must be at most {bound}", text=text, bound=bound)
    return None


_SHAPES: Mapping[str, Said] = {
    **dict.fromkeys(("dict_type", "model_type", "mapping_type"), say("keys and values are meant here: {…}")),
    **dict.fromkeys(("list_type", "tuple_type"), say("a list is meant here: […]")),
    "string_type": say("one value is meant here, no list and no keys"),
    "too_short": say("at least one is needed here"),
    "string_too_short": say("an empty text means nothing here; write a value, or take the line out"),
}


def keys_at(model: object, loc: Way) -> list[str]:
    """The keys that a model takes at a place, for "did you mean"."""
    found = [model]
    for step in loc:
        found = [inner for one in found for inner in _step(one, step)]
    return [
        field.alias or name
        for one in found
        if isinstance(one, type) and issubclass(one, BaseModel)
        for name, field in one.model_fields.items()
    ]


def _step(model: object, step: str | int) -> list[object]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            if step in (field.alias, name):
                return _models(field.annotation)
        return [model]
    origin, inside = get_origin(model), get_args(model)
    if origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _models(inside[1])
    if origin in (list, tuple):
        return _models(inside[0]) if isinstance(step, int) else [model]
    return [model]


def _models(annotation: object) -> list[object]:
    """The types that an annotation may hold, without Annotated and unions around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [one for part in get_args(annotation) for one in _models(part)]
    if origin in (list, tuple):
        return [annotation, *_models(get_args(annotation)[0])]
    return [annotation]


# ------------------------------------------------------------------------------ references


def _resolved(given: object) -> object:
    if isinstance(given, str):
        return resolve(given)
    if isinstance(given, list):
        return [_resolved(item) for item in given]
    if isinstance(given, Mapping):
        return {key: _resolved(item) for key, item in given.items()}
    return given


def _unjudged(model: type[M], given: object) -> M:
    """A model of what is known; only where every error was about a value that is a reference still."""
    return model.model_construct(**given) if isinstance(given, dict) else model.model_construct()


def folder_of(context: Mapping[str, object] | None) -> Path:
    """The workspace's folder, in a validator: `folder_of(info.context)`."""
    return Path(str((context or {}).get("folder", ".")))
