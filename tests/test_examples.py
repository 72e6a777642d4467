"""Are the made-up customers what they claim to be: the same for one seed, messy at the stated rates, and fair?"""

from __future__ import annotations

import csv
import io
import quopri
import sqlite3
import unicodedata
import zipfile
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from connectors import registry
from connectors.contract import Capabilities, Connector, Op, Spec
from examples.dice import Dice
from examples.files.workbooks import LEE_COLUMNS, WANG_COLUMNS
from examples.generate import FILES, Made, generate, main, make
from examples.troubles import text
from examples.troubles.rates import MEANING, RATES
from examples.truth import Truth, read_truth
from examples.words import words
from examples.world import codes
from examples.world.build import LEAST
from examples.world.lookalikes import SHARES, how_many

SEEDS = (1, 2, 3, 4, 5)
DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo"

_ELSEWHERE = {"moved", "private"}
"""Troubles that are planted in the world and not drawn at a rate."""
NORMALISATION_2 = {
    "2.1": {"full_width", "spaces", "zero_width", "brackets"},
    "2.2": {"code_spaces", "code_lower", "code_lost_digit", "code_typo", "old_registration", "code_as_number"},
    "2.4": {
        "plus86",
        "zeros86",
        "extension_zhuan",
        "extension_dash",
        "two_numbers",
        "dot_tail",
        "scientific",
        "hotline",
    },
    "2.5": {"placeholder_name", "name_typo", "last_first"},
    "2.7": {"traditional"},
    "2.8": {"legal_form_dropped", "legal_form_other", "short_name", "region_bracketed", "region_moved"},
    "2.9": {"address_no_province", "address_short"},
    "2.10": {"gbk_card", "utf8_card"},
}
NORMALISATION_3 = {
    "full width": {"full_width"},
    "spaces": {"spaces", "phone_spaces"},
    "0086": {"zeros86"},
    "转 ext": {"extension_zhuan"},
    "two numbers in a cell": {"two_numbers"},
    ".0": {"dot_tail"},
    "traditional": {"traditional"},
    "legal form dropped": {"legal_form_dropped"},
    "region bracketed or moved": {"region_bracketed", "region_moved"},
    "王总": {"placeholder_name"},
    "GBK": {"gbk_card"},
    "zero-width": {"zero_width"},
    "a lost digit of the credit code": {"code_lost_digit"},
    "person moved company": {"moved"},
    "shared switchboard": {"switchboard_as_own"},
}


@cache
def made(seed: int) -> Made:
    return make(seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("demo")
    generate(where, seed=1)
    return where


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return read_truth(folder)


def troubles_of(seed: int) -> Counter[str]:
    """Every trouble that stands in a record, by how often."""
    rows = made(seed).rows
    in_cells = Counter(trouble for row in rows for cell in row.cells.values() for trouble in cell.troubles)
    return in_cells + Counter(trouble for row in rows for trouble in row.troubles)


# ------------------------------------------------------------------------------ the same for one seed


def test_one_seed_always_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=1)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted([*FILES.values(), "truth.csv", "truth.json"])
    assert [name for name in names if (tmp_path / name).read_bytes() != (folder / name).read_bytes()] == []


def test_workbooks_carry_no_time_of_writing(folder: Path) -> None:
    for name in ("王芳-客户.xlsx", "lee-accounts.xlsx"):
        with zipfile.ZipFile(folder / name) as parts:
            assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert b"2025-12-01T09:00:00Z" in parts.read("docProps/core.xml")


def test_another_seed_gives_other_customers() -> None:
    names = [{o.name for o in made(seed).world.organisations.values()} for seed in SEEDS[:2]]
    assert len(names[0] & names[1]) < 10


def test_the_world_can_be_larger_and_smaller_but_not_tiny() -> None:
    assert len(make(7, LEAST).world.organisations) == LEAST
    assert len(make(7, 900).world.organisations) == 900
    with pytest.raises(ValueError, match="too few"):
        make(7, LEAST - 1)


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "new"), "--seed", "3", "--customers", "150"])
    said = capsys.readouterr().out
    assert all(name in said and (tmp_path / "new" / name).exists() for name in FILES.values())


# ------------------------------------------------------------------------------ troubles


def test_every_trouble_comes_at_its_rate() -> None:
    offered: Counter[tuple[str, str]] = Counter()
    happened: Counter[tuple[str, str]] = Counter()
    for seed in SEEDS:
        offered += made(seed).tally.offered
        happened += made(seed).tally.made
    for source, rates in RATES.items():
        for trouble, rate in rates.items():
            chances = offered[source, trouble]
            spread = (chances * rate * (1 - rate)) ** 0.5
            assert chances > 0, (source, trouble)
            assert abs(happened[source, trouble] - chances * rate) <= 4.5 * spread + 0.5, (source, trouble, chances)


def test_every_trouble_is_explained() -> None:
    drawn = {trouble for rates in RATES.values() for trouble in rates}
    assert drawn | _ELSEWHERE == set(MEANING)


def test_a_seed_never_tallies_what_no_record_shows() -> None:
    for seed in SEEDS:
        shown = troubles_of(seed)
        tallied: Counter[str] = Counter()
        for (_, trouble), number in made(seed).tally.made.items():
            tallied[trouble] += number
        assert {t: (n, shown[t]) for t, n in tallied.items() if shown[t] < n} == {}


@pytest.mark.parametrize("seed", [*SEEDS, 11, 12, 13, 14, 15])
def test_every_seed_has_the_troubles_of_the_normalisation_notes(seed: int) -> None:
    found = troubles_of(seed)
    kinds = [{trouble for trouble in names if found[trouble]} for names in NORMALISATION_2.values()]
    assert all(kinds), dict(zip(NORMALISATION_2, kinds))
    assert sum(map(len, kinds)) >= 20
    assert found["code_as_number"]
    assert found["date_serial"]
    assert found["scientific"]
    missing = [what for what, names in NORMALISATION_3.items() if not any(found[name] for name in names)]
    assert missing == []


def test_look_alikes_are_planted_in_full() -> None:
    world = made(1).world
    found = Counter(pair.why for pair in world.lookalikes)
    expected = {why: how_many(why, 600) for why in SHARES if why not in ("moved", "boss_of_two")}
    assert found == expected
    assert sum(1 for p in world.persons.values() if p.former) == how_many("moved", 600)
    assert sum(1 for p in world.persons.values() if p.second) == how_many("boss_of_two", 600)


def test_look_alikes_look_alike_and_are_two() -> None:
    world = made(2).world
    for pair in world.lookalikes:
        assert pair.a != pair.b
        if pair.why in ("region_twin", "brand_twin", "branch", "shared_office"):
            one, other = world.organisations[pair.a], world.organisations[pair.b]
            assert one.code != other.code
            assert one.brand == other.brand or one.switchboard == other.switchboard
            assert "crm" in one.sources
            assert other.sources
        else:
            first, second = world.persons[pair.a], world.persons[pair.b]
            assert first.family == second.family
            assert (first.mobile == second.mobile) == (pair.why == "kin")
            assert (first.employer == second.employer) == (pair.why in ("kin", "namesake_colleague"))


def test_one_percent_of_the_surnames_are_compound() -> None:
    surnames = words("people")["surnames"]
    share = sum(weight for name, _, weight in surnames if len(name) > 1) / sum(weight for _, _, weight in surnames)
    assert 0.008 <= share <= 0.013
    assert len({name for name, _, _ in surnames}) == len(surnames) > 120


def test_credit_codes_are_checked() -> None:
    assert codes.check_digit("91110000600037341") == "L"
    written = [o.code for o in made(3).world.organisations.values() if o.code]
    assert len(written) > 300
    assert all(codes.check_digit(code[:17]) == code[17] for code in written)
    assert 0.03 < sum(code.isdigit() for code in written) / len(written) < 0.3


@given(st.integers(0, 10**6), st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_altered_character_breaks_a_credit_code(seed: int, place: int, letter: str) -> None:
    code = codes.credit_code(Dice(seed), "310115", shop=False, modern=seed % 2 == 0)
    altered = code[:place] + letter + code[place + 1 :]
    assert (codes.check_digit(altered[:17]) == altered[17]) == (altered == code)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1), st.integers(0, 10**6))
def test_what_only_looks_different_is_the_same_when_cleaned(value: str, seed: int) -> None:
    def cleaned(dirty: str) -> str:
        shown = "".join(c for c in unicodedata.normalize("NFKC", dirty) if unicodedata.category(c) != "Cf")
        return " ".join(shown.split())

    assert cleaned(text.full_width(value)) == cleaned(value)
    assert cleaned(text.invisible(Dice(seed), value)) == cleaned(value)
    assert cleaned(text.narrow_brackets(text.wide_brackets(value))) == cleaned(value)


# ------------------------------------------------------------------------------ files


def test_wang_keeps_all_that_a_person_keeps_in_a_workbook(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / FILES["wang"])
    sheet, totals = book["客户总表"], book["统计"]
    headings = [cell.value for cell in sheet[3]]
    assert headings == [name.partition("#")[0] for _, group in WANG_COLUMNS for name in group]
    assert headings.count("电话") == 2
    assert "A1:V1" in {str(area) for area in sheet.merged_cells.ranges}
    assert sheet["B2"].value == "公司信息"
    assert any(line.hidden for line in sheet.row_dimensions.values())
    assert len(sheet.data_validations.dataValidation) == 1
    assert sheet["G3"].comment is not None
    assert len(totals._charts) == 1  # type: ignore[attr-defined]
    assert str(totals["B2"].value).startswith("=COUNTIF(")
    names = [row[1].value for row in sheet.iter_rows(min_row=4)]
    assert names.count("合计") == 1
    assert "客户区域" in book.defined_names


def test_wang_types_numbers_as_numbers_and_as_text(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / FILES["wang"])
    rows = list(book["客户总表"].iter_rows(min_row=4, values_only=True))
    mobiles, accounts, codes_ = ([row[place] for row in rows if row[place]] for place in (11, 19, 2))
    assert {type(value) for value in mobiles} == {int, str}
    assert all(isinstance(value, str) and len(value) == 19 for value in accounts)
    assert any("E+10" in str(value) for value in mobiles)
    assert {type(value) for value in codes_} == {str, float}
    years = {row[7].__class__.__name__ for row in rows if row[7]}
    assert {"datetime", "str"} <= years


def test_records_stand_where_the_truth_says(folder: Path, truth: Truth) -> None:
    rows = {(row.source, row.row): row for row in made(1).rows if not row.table}
    wang = openpyxl.load_workbook(folder / FILES["wang"], data_only=True)["客户总表"]
    lee = openpyxl.load_workbook(folder / FILES["lee"], data_only=True)["Accounts"]
    for (source, place), row in rows.items():
        if source == "wang":
            assert wang.cell(place, 2).value == row.raw("公司名称")
        if source == "lee":
            assert lee.cell(place, 1).value == row.raw("Account")
    assert [cell.value for cell in lee[1]] == list(LEE_COLUMNS)
    assert {spot for spot in truth.entity if spot[0] == "wang"} == {
        ("wang", f"#{place}", part) for (source, place), row in rows.items() if source == "wang" for part in row.parts
    }


def test_the_erp_exports_gb18030(folder: Path) -> None:
    raw = (folder / FILES["erp"]).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    lines = list(csv.DictReader(io.StringIO(raw.decode("gb18030"), newline="")))
    assert len({line["客户编码"] for line in lines}) == len(lines) == len(made(1).of("erp"))
    assert any(line["手机"].endswith(".0") for line in lines)
    assert raw.endswith(b"\r\n")


def test_rare_characters_need_gb18030() -> None:
    letters = {letter for seed in SEEDS for p in made(seed).world.persons.values() for letter in p.name}
    assert letters & set("䶮㼆𠮷")
    with pytest.raises(UnicodeEncodeError):
        "䶮".encode("gbk")


def test_the_crm_is_a_whole_database(folder: Path, truth: Truth) -> None:
    with closing(sqlite3.connect(folder / FILES["crm"])) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table in ("accounts", "contacts"):
            ids = {str(id_) for (id_,) in database.execute(f"SELECT id FROM {table}")}
            assert ids == {key for source, key, _ in truth.entity if source == f"crm.{table}"}
        assert database.execute("SELECT count(*) FROM contacts WHERE do_not_contact = 1").fetchone()[0] > 3
        assert database.execute("SELECT count(*) FROM accounts WHERE credit_code IS NULL").fetchone()[0] > 30


def test_the_phone_mixes_versions_and_encodings(folder: Path) -> None:
    raw = (folder / FILES["phone"]).read_bytes()
    assert raw.count(b"BEGIN:VCARD\r\n") == raw.count(b"END:VCARD\r\n") == len(made(1).of("phone"))
    for mark in (b"VERSION:2.1", b"VERSION:3.0", b"CHARSET=GBK", b"CHARSET=UTF-8", b"\r\n ", b"item1.X-ABLabel"):
        assert mark in raw
    assert max(map(len, raw.split(b"\r\n"))) < 160
    names = {str(row.raw("FN")) for row in made(1).of("phone") if "gbk_card" in row.troubles}
    found = {
        quopri.decodestring(line.partition(b":")[2]).decode("gbk")
        for line in raw.replace(b"=\r\n", b"").split(b"\r\n")
        if line.startswith(b"FN;CHARSET=GBK")
    }
    assert found <= names
    assert len(found) > 10


def test_truth_tells_everybody_once(truth: Truth) -> None:
    parts = [(row.id, row.key, part) for row in made(1).rows for part in row.parts]
    assert sorted(parts) == sorted(truth.entity)
    kinds = {(part, entity[0]) for (_, _, part), entity in truth.entity.items()}
    assert kinds == {("organisation", "C"), ("person", "P"), ("person", "X")}
    assert all(a != b for _, a, b in truth.apart)


def test_mappings_of_the_demo_name_columns_that_are_there() -> None:
    tables = {row.id: row for row in made(1).rows}
    for path in sorted((DEMO / "mappings").glob("*.yaml")):
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
        here = {column for row in made(1).rows if row.id == mapping["table"] for column in row.cells}
        here |= {column.partition(";")[0] for column in here if mapping["table"] == "phone"}
        named = {column for part in mapping["record"].values() for place in part.values() for column in columns(place)}
        assert named - {"organisation", "person"} <= here, path.name
        assert mapping["table"] in tables


class AnyOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")
    path: str = ""


def any_connector(_: str) -> Spec:
    """A connector that can do everything: here only the files' own sense is asked for."""

    def connect(*_: object) -> Connector:
        raise NotImplementedError

    return Spec("anything", AnyOptions, connect, Capabilities(ops=frozenset(Op)))


def test_the_workspace_of_the_demo_has_no_fault() -> None:
    workspace = pytest.importorskip("sync.workspace", reason="the loader of workspaces is not there yet")
    loaded = workspace.load(DEMO, SimpleNamespace(**{**vars(registry), "spec": any_connector}))
    assert {
        table: loaded.tables[table].subject for table in ("wang", "lee", "erp", "phone", "crm.contacts")
    } == dict.fromkeys(("wang", "lee", "erp", "phone", "crm.contacts"), "person")
    assert "erp" not in loaded.jobs["agree"].push
    assert set(loaded.jobs["agree"].create_in) == {"crm.accounts", "crm.contacts"}


def columns(place: object) -> list[str]:
    """The columns that a place of a mapping names."""
    if isinstance(place, list):
        return [column for one in place for column in columns(one)]
    return [str(place["from"])] if isinstance(place, dict) else [str(place)]
