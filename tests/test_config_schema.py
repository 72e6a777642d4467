"""Do the JSON Schemas for editors say what the reader says, and are the files that we ship current?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sync.config.jsonschema import schemas, texts
from tests.mini_schema import faults

ROOT = Path(__file__).resolve().parents[1]
WORKSPACES = ROOT.parent / "shared" / "design" / "workspaces"
EXAMPLES = sorted(
    path
    for folder in (WORKSPACES, ROOT / "examples" / "demo")
    for path in folder.rglob("*.yaml")
    if not path.name.endswith(".rest.yaml")
)


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: yes is a text, 2026-01-02 is one too."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
):
    CoreLoader.add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), list(first))


def schema_for(path: Path) -> dict[str, Any]:
    kind = "mapping" if path.parent.name == "mappings" else "people" if path.stem == "people" else "offbook"
    return schemas()[f"{kind}.schema.json"]


def with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", list(texts()))
def test_the_shipped_schema_is_current(name: str) -> None:
    shipped = (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8")
    assert shipped == texts()[name], "run: python -m sync.config.jsonschema docs/schema"


@pytest.mark.skipif(not WORKSPACES.is_dir(), reason="the design's example workspaces are not beside the repository")
def test_all_example_workspaces_are_there() -> None:
    assert len({path.parts[len(WORKSPACES.parts)] for path in EXAMPLES if WORKSPACES in path.parents}) == 7


@pytest.mark.parametrize("path", EXAMPLES, ids=[f"{p.parent.name}/{p.name}" for p in EXAMPLES])
def test_examples_are_right_in_an_editor(path: Path) -> None:
    schema = schema_for(path)
    value = with_text_keys(yaml.load(path.read_text(encoding="utf-8"), Loader=CoreLoader))
    assert list(faults(value, schema, schema)) == []


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("offbook", "sources: {a: x.csv}\nautority: [a]", "autority"),
        ("offbook", "jobs: {}", "sources"),
        ("offbook", "sources: {a: x.csv}\ncustomer: company", "customer"),
        ("offbook", "sources: {a: x.csv}\nguards: {creates: many}", "creates"),
        ("offbook", "sources: {a: {connector: csv, on_leave: delete}}", "sources"),
        ("offbook", "sources: {a: x.csv}\nkinds: {person: {fields: {tier: {survive: newst}}}}", "kinds"),
        ("offbook", "sources: {a: x.csv}\njobs: {j: {review: some}}", "review"),
        ("mapping", "table: a\nrecord: {person: {name: {form: n}}}", "name"),
        ("mapping", "table: a\nrecord: {person: {name: {from: n, direction: up}}}", "name"),
        ("mapping", "table: a\nwhere: {c: {above: 3}}\nrecord: {person: {name: n}}", "where"),
        ("mapping", "record: {person: {name: n}}", "table"),
        ("people", "wang: {nam: x}", "wang"),
    ],
)
def test_an_editor_shows_mistakes(name: str, text: str, where: str) -> None:
    schema = schemas()[f"{name}.schema.json"]
    found = list(faults(yaml.load(text, Loader=CoreLoader), schema, schema))
    assert any(where in one for one in found), found


def keys_without_description(node: Any, way: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, one in node.get("properties", {}).items():
            if isinstance(one, dict) and not {"description", "$ref"} & one.keys() and way.count("anyOf") == 0:
                yield f"{way}.{name}"
        for key, item in node.items():
            yield from keys_without_description(item, f"{way}/{key}")
    elif isinstance(node, list):
        for item in node:
            yield from keys_without_description(item, way)


@pytest.mark.parametrize("name", list(texts()))
def test_every_key_is_described(name: str) -> None:
    bare = [way for way in keys_without_description(schemas()[name]) if "/kinds/properties" not in way]
    assert bare == []


def test_words_that_are_few_are_offered() -> None:
    text = texts()["offbook.schema.json"] + texts()["mapping.schema.json"]
    for word in ("keep", "remove", "questions", "rules", "formal", "newest", "organisation", "pull", "identifier"):
        assert f'"{word}"' in text
    record = schemas()["mapping.schema.json"]["properties"]["record"]["properties"]
    assert {"phones", "works_at"} <= record["person"]["properties"].keys()
