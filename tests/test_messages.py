"""Is everything that is said to people said in Chinese too, with the same holes, and nothing else?"""

from __future__ import annotations

import re

import pytest

from connectors.contract import ConfigError, say
from sync.messages import catalogue, language, packed, translate, unpacked
from tests.templates import holes, templates, unresolved

FROM_DATA = 26
"""Calls whose text is none of ours in the source: put together from stored texts or from codes. A new one is looked at."""


def test_every_text_has_its_chinese() -> None:
    known = catalogue()
    lacking = {text: place for text, place in templates().items() if text not in known}
    assert not lacking


def test_no_chinese_is_left_over() -> None:
    said = templates()
    assert [text for text in catalogue() if text not in said] == []


def test_both_have_the_same_holes() -> None:
    assert [text for text, chinese in catalogue().items() if holes(text) != holes(chinese)] == []


def test_no_text_is_hidden_from_this_test() -> None:
    found = unresolved()
    assert len(found) <= FROM_DATA, "\n".join(found)


def test_chinese_reads_as_chinese() -> None:
    """Full-width signs beside Chinese ones, and nothing left in English that has words of its own."""
    for text, chinese in catalogue().items():
        bare, ours = (re.sub(r"`[^`]*`|\{[^}]*\}", "", one) for one in (chinese, text))
        assert not re.search(r"[\u4e00-\u9fff][,;?!]|[,;?!][\u4e00-\u9fff]", bare), chinese
        if len(re.findall(r"\b[a-z]{3,}\b", ours)) >= 3:
            assert re.search(r"[\u4e00-\u9fff]", bare), text


def test_a_text_inside_a_text_is_said_in_the_same_language() -> None:
    inner = ConfigError("there is no folder {folder}", folder="/a")
    said = say("{source} failed: {trouble}", source="crm", trouble=inner)
    assert translate(said, "zh") == "crm 失败：没有文件夹 /a"
    assert translate(said, "en") == "crm failed: there is no folder /a"
    assert translate(unpacked(packed(said)), "zh") == "crm 失败：没有文件夹 /a"


def test_a_value_is_never_translated() -> None:
    """A customer may be called `plan` or hold braces."""
    said = say("there is no customer {id}", id="plan {id}")
    assert translate(said, "zh") == "没有客户 plan {id}"


@pytest.mark.parametrize(
    ("wanted", "environment", "expected"),
    [
        ("zh", {}, "zh"),
        ("", {"OFFBOOK_LANG": "zh"}, "zh"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("", {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ("en", {"OFFBOOK_LANG": "zh"}, "en"),
        ("", {"OFFBOOK_LANG": "fr"}, "en"),
        ("", {}, "en"),
    ],
)
def test_which_language(wanted: str, environment: dict[str, str], expected: str) -> None:
    assert language(wanted, environment) == expected
