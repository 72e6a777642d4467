"""Does a name, a path or a database URL find its connector, and is a wrong one told what to write?"""

from __future__ import annotations

import importlib
import sys
import types

import pytest

from connectors import registry
from connectors.contract import ConfigError, Spec


@pytest.mark.parametrize("name", ["csv", "memory"])
def test_a_name_gives_its_spec(name: str) -> None:
    found = registry.spec(name)
    assert isinstance(found, Spec)
    assert found.title


def test_every_connector_that_is_known_has_its_module_in_one_form() -> None:
    for name, target in registry.KNOWN.items():
        assert target == f"connectors.{name}:SPEC"


@pytest.mark.parametrize(("wrong", "near"), [("cvs", "csv"), ("xslx", "xlsx"), ("Memory", "memory"), ("sq", "sql")])
def test_a_name_nearly_right_is_told_the_right_one(wrong: str, near: str) -> None:
    with pytest.raises(ConfigError) as told:
        registry.spec(wrong)
    assert str(told.value) == f"no connector is called `{wrong}`; did you mean `{near}`?"


def test_a_name_that_is_like_none_is_told_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"there is: .*csv, .*memory"):
        registry.spec("qqqqqq")


def test_a_private_connector_is_named_by_module_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("house.crm")
    module.SPEC = registry.spec("csv")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "house", types.ModuleType("house"))
    monkeypatch.setitem(sys.modules, "house.crm", module)
    assert registry.spec("house.crm:SPEC") is module.SPEC
    with pytest.raises(ConfigError, match="holds no Spec called OTHER"):
        registry.spec("house.crm:OTHER")


def test_a_private_module_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match="there is no module nowhere_at_all"):
        registry.spec("nowhere_at_all:SPEC")


@pytest.mark.parametrize(("library", "what"), [("psycopg", r"offbook\[postgres\]"), ("leftpad", "leftpad")])
def test_a_library_that_is_missing_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, library: str, what: str
) -> None:
    def missing(_: str) -> object:
        raise ModuleNotFoundError(f"No module named {library!r}", name=f"{library}.sub")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigError, match=f'needs {library}; install it with: pip install "{what}"'):
        registry.spec("sql")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("客户资料.xlsx", "xlsx"),
        ("book.XLSM", "xlsx"),
        ("old.xls", "xlsx"),
        ("b.xlsb", "xlsx"),
        ("b.ods", "xlsx"),
        ("drop/kunden_*.csv", "csv"),
        ("a.tsv", "csv"),
        ("a.txt", "csv"),
        ("phone.vcf", "vcard"),
        ("crm.sqlite", "sql"),
        ("C:\\data\\crm.db", "sql"),
        ("postgresql://u@host/db", "sql"),
        ("postgresql+psycopg://u@host/db.csv", "sql"),
        ("mysql://host/db", "sql"),
        ("sqlite:///crm.sqlite", "sql"),
        ("https://crm.example.cn/export.csv", None),
        ("客户资料", None),
        ("客户资料.et", None),
        ("", None),
    ],
)
def test_what_a_bare_text_means(text: str, name: str | None) -> None:
    assert registry.named_for(text) == name


def test_all_endings_are_told() -> None:
    assert set(registry.endings()) >= {".xlsx", ".csv", ".vcf", ".sqlite"}
