"""Does the first mapping that suggestions write load as it stands, and does it say what a person must still decide?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import ConfigError, Said
from mappings.model import TableMap
from mappings.starting import LANGUAGES, TEMPLATES, start
from mappings.suggest import suggest
from mappings.suggest_mapping import write_mapping
from sync.workspace import load
from tests.headings_corpus import Format, formats

WORKSPACE = "sources:\n  book: book.xlsx\n  crm: crm.xlsx\nauthority: [crm]\njobs:\n  agree: {pull: [book]}\n"


def loaded(folder: Path, *texts: str) -> dict[str, TableMap]:
    """The tables of a workspace with these mapping files; raises ConfigError as `offbook check --config` would."""
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / "offbook.yaml").write_text(WORKSPACE, "utf-8")
    for at, text in enumerate(texts):
        (folder / "mappings" / f"{at}.yaml").write_text(text, "utf-8")
    return dict(load(folder).tables)


def written(text: str, *, table: str = "") -> str:
    return write_mapping(suggest(text.split(" | "), table_name=table), source="book", table=table)


@pytest.mark.parametrize("one", formats(), ids=lambda one: one.name)
def test_the_mapping_of_every_format_loads(one: Format, tmp_path: Path) -> None:
    text = write_mapping(one.suggested(), source="book", table=one.table)
    tables = loaded(tmp_path, text)
    assert len(tables) == 1
    assert all(c.heading.split("/")[0].strip("*# ")[:2] in text for c in one.columns)


def test_a_row_of_company_and_contact(tmp_path: Path) -> None:
    text = written("客户名称 | 税号 | 电话 | 联系人 | 手机 | 电话 | 传真")
    table = loaded(tmp_path, text)["book"]
    assert table.subject == "person"
    company, person = table.part("organisation"), table.part("person")
    assert [p.columns for p in company.fields["phones"]] == [("电话",)]
    assert [p.columns for p in person.fields["phones"]] == [("手机",), ("电话#2",)]
    assert company.fields["identifiers.credit_code"][0].columns == ("税号",)
    assert person.relations["works_at"][0].part == "organisation"
    assert "\n# 传真: fax numbers and the like have no field\n" in text
    assert "name: 客户名称   # 85% the heading says" in text


def test_two_contacts_both_work_there(tmp_path: Path) -> None:
    table = loaded(tmp_path, written("客户名称 | 联系人1 | 联系人1电话 | 联系人2 | 联系人2电话"))["book"]
    assert [p.name for p in table.parts] == ["organisation", "person", "person.second"]
    assert table.subject == "organisation"


def test_a_visit_speaks_of_company_and_contact(tmp_path: Path) -> None:
    text = written("拜访日期 | 客户名称 | 联系人 | 拜访内容 | 拜访人", table="拜访记录")
    table = loaded(tmp_path, text)["book.拜访记录"]
    assert table.subject == "interaction"
    assert {name: p[0].part for name, p in table.part("interaction").relations.items()} == {
        "about": "organisation",
        "with": "person",
    }


def test_a_look_up_waits_for_the_table_it_points_into(tmp_path: Path) -> None:
    text = written("account_id | full_name | mobile | company_phone", table="contacts")
    assert "# person: {works_at: {from: account_id, ref: source.table}}" in text
    assert "# person: {works_at.phones: company_phone}" in text
    assert [p.name for p in loaded(tmp_path, text)["book.contacts"].parts] == ["person"]


def test_a_single_value_of_two_columns_is_read_from_both(tmp_path: Path) -> None:
    places = loaded(tmp_path, written("First Name | Last Name | Lead Status | Lifecycle Stage"))["book"].part("person")
    assert [(p.columns, p.direction) for p in places.fields["status"]] == [
        (("Lead Status",), "both"),
        (("Lifecycle Stage",), "pull"),
    ]


def test_half_a_thing_stands_in_a_comment(tmp_path: Path) -> None:
    text = written("公司名称 | 币种 | 名称简称")
    assert "# 币种: organisation.currency? a currency needs its amount" in text
    assert "currency" not in loaded(tmp_path, text)["book"].part("organisation").fields


def test_choices_are_left_to_a_person(tmp_path: Path) -> None:
    said = suggest(["公司", "级别"], [["宇润公司"] * 6, [*"ABCABC"]])
    text = write_mapping(said, source="book")
    assert "# tier: {from: 级别, values: {A: …, B: …, C: …}}   … your word" in text
    assert loaded(tmp_path, text)["book"].part("organisation").fields["tier"][0].values == ()


def test_columns_of_systems_with_ids_are_addressed_by_them(tmp_path: Path) -> None:
    text = write_mapping(suggest(["公司", "电话"]), source="book", columns=["fldA1", "2200000100000001"])
    fields = loaded(tmp_path, text)["book"].part("organisation").fields
    assert fields["name"][0].columns == ("fldA1",)
    assert fields["phones"][0].columns == ("2200000100000001",)


def test_a_column_without_heading_is_addressed_by_its_letter() -> None:
    said = suggest(["公司", ""], [["a"], ["x@a.example", "y@b.example", "z@c.example"]])
    assert 'emails: "@B"' in write_mapping(said, source="book")


def test_the_tables_own_name_stands_beside_its_alias(tmp_path: Path) -> None:
    tables = loaded(tmp_path, written("公司 | 电话", table="2026年 客户(新)"))
    assert {(t.id, t.at) for t in tables.values()} == {("book.2026年_客户_新", "2026年 客户(新)")}


def test_reasons_are_said_in_the_readers_language() -> None:
    def speak(said: Said) -> str:
        return "标题已说明" if said.template == "the heading says so" else str(said)

    assert "# 95% 标题已说明" in write_mapping(suggest(["公司名称"]), source="book", speak=speak)


def test_a_table_that_says_nothing_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="no column of 订单 could be told"):
        write_mapping(suggest(["订单号", "数量"]), source="book", table="订单")


HEADING = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["公司", "联系人", "手机", "Email", "yes", "null", "~", "a: b", "a #b", "- x", "'", '"', "@H", "电话"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(HEADING, max_size=6), st.text(max_size=8))
def test_whatever_the_headings_are_the_file_loads(headings: list[str], name: str) -> None:
    table = name if name.strip() and name.isprintable() else ""
    text = write_mapping(suggest(["公司名称", *headings]), source="book", table=table)
    with tempfile.TemporaryDirectory() as folder:
        (one,) = loaded(Path(folder), text).values()
    assert one.part("organisation").fields["name"][0].columns == ("公司名称",)


# ------------------------------------------------------------------------------ templates


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_loads_under_the_sources_name(name: str, language: str, tmp_path: Path) -> None:
    texts = start(name, "book", language=language)
    tables = loaded(tmp_path, *texts.values())
    assert {f"{table}.yaml" for table in tables} == set(texts)
    assert all(table.subject for table in tables.values())


@pytest.mark.parametrize("name", [n for n, t in TEMPLATES.items() if t.both])
def test_headings_of_a_template_are_what_suggestions_would_say(name: str, tmp_path: Path) -> None:
    """The template and the suggestions speak of one field by one heading, in both languages."""
    for language in LANGUAGES:
        (table,) = loaded(tmp_path, *start(name, "book", language=language).values()).values()
        wanted = {
            column: f"{part.name}.{field.partition('.')[0]}"
            for part in table.parts
            for field, places in part.fields.items()
            for place in places
            for column in place.columns
        }
        said = {s.heading: s.field for s in suggest(list(wanted), table_name=name)}
        differing = [column for column in wanted if said[column] not in (wanted[column], None)]
        assert len(differing) <= len(wanted) // 10, {c: said[c] for c in differing}


def test_an_unknown_template_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="no template is called `row`; did you mean `rows`"):
        start("row", "book")
    with pytest.raises(ConfigError, match="none in fr"):
        start("rows", "book", language="fr")
