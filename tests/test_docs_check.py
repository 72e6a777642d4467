"""Does the check of the docs find what is wrong with them? Each check is shown a damaged copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docs import check, commandpages, keys, make, pages, samples

ROOT = Path(__file__).resolve().parents[1]
_FILES = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "pyproject.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pages alone, without version control."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_docs_are_in_order() -> None:
    assert check.wrong(ROOT) == []


def test_nothing_is_wrong_with_an_undamaged_copy(copy: Path) -> None:
    assert check.wrong(copy) == []


Damage = tuple[check.Check, str, str, str, str]
LINKS, MADE = check.links_lead_somewhere, check.made_pages_are_of_today
ALIKE, TYPED = check.readmes_are_alike, check.commands_exist
DAMAGES: list[Damage] = [
    (LINKS, "docs/README.md", "(concepts.md)", "(concept.md)", "there is no concept.md"),
    (LINKS, "docs/concepts.md", "undo.md#restoring-a-ledger", "undo.md#restoring", "has no heading #restoring"),
    (LINKS, "README.md", "docs/img/decides-en-light.svg", "docs/img/none.svg", "there is no docs/img/none.svg"),
    (MADE, "docs/commands.md", "--limit N", "--limits N", "docs/commands.md: is not"),
    (MADE, "docs/connectors/index.md", "CSV files | read, create, ", "CSV files | read, ", "docs/connectors/index.md"),
    (MADE, "docs/schema/mapping.schema.json", "offbook_id", "offbookid", "docs/schema/mapping.schema.json"),
    (MADE, "docs/zh/connectors/index.md", "60 秒 60 次", "60 秒 61 次", "docs/zh/connectors/index.md"),
    (MADE, "docs/fields.md", "`wechat`", "`weixin`", "docs/fields.md"),
    (MADE, "docs/decisions/0011-rows-of-a-sheet.md", "# 0011 How", "# 0011 Why", "docs/decisions/README.md"),
    (ALIKE, "README.zh-CN.md", "## 现状", "### 现状", "its headings have the levels"),
    (ALIKE, "README.zh-CN.md", "$ offbook review list", "$ offbook runs", "offbook review list, offbook runs"),
    (TYPED, "docs/start.md", "offbook map check ", "offbook map chek ", "docs/start.md:"),
    (TYPED, "docs/start.md", "--formal crm", "--formel crm", "`offbook init` has no option --formel"),
    (keys.keys_are_told, "docs/mappings.md", "| `offbook_id` |", "| `id` |", "docs/mappings.md: has no row for `offbook_id`"),
    (keys.keys_are_told, "docs/workspace.md", "`questions`: all", "questions: all", "`review: questions`"),
    (keys.keys_are_told, "docs/people.md", "| `successor` |", "| successor |", "docs/people.md: has no row for `successor`"),
    (keys.options_are_told, "docs/connectors/csv.md", "| `delimiter` |", "| |", "`delimiter`"),
    (keys.options_are_told, "docs/zh/connectors/csv.md", "| `delimiter` |", "| |", "docs/zh/connectors/csv.md: has no row"),
    (keys.promises_are_told, "docs/connectors/contract.md", "| C17 |", "| |", "does not tell C17"),
    (keys.rules_are_told, "docs/rules.md", "[R20]", "", "docs/rules.md: does not tell R20"),
    (samples.samples_load, "docs/workspace.md", "    push: [crm, book]", "    push: [crm, books]", "docs/workspace.md:"),
    (samples.samples_load, "docs/mappings.md", "as: credit_code", "sort: credit_code", "no such key"),
    (check.changelog_is_open, "CHANGELOG.md", "## Unreleased", "## 0.0.9", "CHANGELOG.md"),
    (check.nothing_private, "docs/faq.md", "make bench", "/" + "home/anna/bench", "docs/faq.md:"),
    (check.nothing_private, "README.md", "make test", "pip --index-url=" + "https" + "://mirror.example/", "README.md:"),
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=[f"{d[0].__name__}-{d[1]}-{n}" for n, d in enumerate(DAMAGES)])
def test_damage_is_found(damage: Damage, copy: Path) -> None:
    found_by, page, old, new, told = damage
    assert not list(found_by(copy))
    _edit(copy / page, old, new)
    assert any(told in line for line in found_by(copy)), list(found_by(copy))


def test_a_page_that_is_missing_is_found(copy: Path) -> None:
    (copy / "docs/connectors/xlsx.md").unlink()
    assert "docs/connectors/xlsx.md: is missing" in list(keys.options_are_told(copy))
    (copy / "docs/commands.md").unlink()
    assert any("docs/commands.md" in line for line in check.made_pages_are_of_today(copy))


def test_a_decision_that_is_not_listed_is_found_and_made(copy: Path) -> None:
    (copy / "docs/decisions/9999-new.md").write_text("# 9999 Something new\n", encoding="utf-8")
    assert any("decisions/README.md" in line for line in check.made_pages_are_of_today(copy))
    assert make.write(copy) == ["docs/decisions/README.md"]
    assert "[9999](9999-new.md) Something new" in (copy / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert not list(check.made_pages_are_of_today(copy))


def test_every_command_and_option_has_help_and_stands_on_the_page() -> None:
    page = commandpages.page("en")
    for name, one in commandpages.tree():
        if name and one.callback:
            assert one.help, name
            assert f"### offbook {name}\n" in page
        for param in one.params:
            if "--help" not in param.opts:
                assert getattr(param, "help", ""), (name, param.name)
                assert all(opt in page for opt in param.opts if opt.startswith("-")), (name, param.opts)


def test_what_the_page_of_the_memory_connector_shows_runs() -> None:
    text = (ROOT / "docs/connectors/memory.md").read_text(encoding="utf-8")
    shown = ["\n".join(lines) for _, kind, lines in pages.fenced(text) if kind == "python"]
    assert len(shown) == 1
    exec(shown[0], {})  # a test that holds nothing of ours: the page asserts for itself


def test_the_check_runs_from_anywhere_and_its_code_says_how_it_went(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, ROOT / "docs/check.py"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def _lines(text: str, what: Callable[[str], Iterator[tuple[int, str]]]) -> list[tuple[int, str]]:
    return list(what(text))


def test_anchors_are_made_as_on_github() -> None:
    text = "# A `b` c\n## Exit 5: a guard\n## Exit 5: a guard\n## 词\n```\n# none\n```\n"
    assert pages.anchors(text) == {"a-b-c", "exit-5-a-guard", "exit-5-a-guard-1", "词"}


def test_code_holds_no_links() -> None:
    text = "see [a](b.md#c) and `[x](y.md)`\n```\n[no](no.md)\n```\n![p](q.png)\n"
    assert _lines(text, pages.links) == [(1, "b.md#c"), (5, "q.png")]
