"""Is what the page's forty rows do not name told as well, all at once, and in sentences that can be translated?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from connectors import registry
from connectors.contract import ConfigError, Said
from connectors.settings import WrongFiles
from sync.config.checks import open_to_all
from sync.workspace import load
from tests.mistakes import book, config, source
from tests.standins import StandIns
from tests.test_config_mistakes import lines, written

ROOT = Path(__file__).resolve().parents[1]


def told(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The messages without file and line."""
    return [line.split(" ", 1)[1] for line in lines(written(folder, files))]


PLACES = [
    ("name: {direction: pull}", "name: `from` is missing and has no default"),
    ("name: [公司, {direction: pull}]", "name[2]: `from` is missing and has no default"),
    (
        "name: {from: [a, b]}",
        "name: several columns need `join` or `python`; columns of a set stand in a list of their own",
    ),
    (
        "name: {from: a, join: '-', direction: pull}",
        "name.join: there is nothing to join; name several columns in `from`",
    ),
    ("name: {constant: x, from: a}", "name: a `constant` stands alone, without a column and what is done to one"),
    (
        "name: {constant: x, direction: both}",
        "name: a constant is what the table says by itself and is never written; leave `direction` out",
    ),
    (
        "tags: {from: a, split: ';', python: 'm:f'}",
        "tags: only one of `split`, `join`, `template` and `python` can stand in one place",
    ),
    ("name: {from: a, split: ';'}", "name.split: `name` holds one value, so there is nothing to split"),
    ("name: {from: a, ref: crm.accounts}", "name: `ref` and `by` belong to a relation, and this is a field"),
    (
        "created_at: {from: a, direction: both}",
        "created_at: `created_at` is kept by the system itself and never written; leave `direction` out",
    ),
    (
        "tier: {from: a, format: '%d'}",
        "tier.format: only dates, numbers, phones and names have a format, and `tier` is choice",
    ),
    ("name: {from: a, python: f}", "name.python: `f` cannot stand here; write module:function"),
    ("name: {from: a, as: x}", "name.as: `as` is for identifiers, phones and e-mails; leave it out"),
    ("phones: {from: a, as: 'x y'}", "phones.as: `x y` cannot stand here; a sort is a word of letters, digits and _"),
    ("consent: {from: a, values: {J: ja}}", "consent.values.J: `ja` cannot stand here; write true or false"),
    ("tier: {from: a, values: {J: []}}", "tier.values.J: nothing is written here; write a value, or take the line out"),
    (
        "name: {from: a, template: '{name', direction: push}",
        "name.template: a brace is open or closed alone; a template is text with holes like {name}",
    ),
    (
        "name: {from: a, template: x, direction: push}",
        "name.template: a template without a hole says the same of everybody; write {name} where a field goes",
    ),
    (
        "parent: {from: a, values: {x: y}, ref: crm.accounts}",
        "parent.values: `values` is for fields; a relation takes `from`, `ref`, `by` and `direction`",
    ),
    (
        "parent: {from: [a, b], ref: crm.accounts}",
        "parent: a look-up reads one column; write {from: column, ref: source.table}",
    ),
]


@pytest.mark.parametrize(("text", "message"), PLACES, ids=[text for text, _ in PLACES])
def test_impossible_places(tmp_path: Path, text: str, message: str) -> None:
    name = "" if text.startswith("name") else "name: 公司, "
    found = told(tmp_path, book(f"  organisation: {{{name}{text}}}\n"))
    assert f"record.organisation.{message}" in found


def test_a_relation_goes_to_a_part_of_its_kind(tmp_path: Path) -> None:
    record = "  person: {name: a, works_at: person.second}\n  person.second: {name: b}\n"
    found = told(tmp_path, book(record))
    assert found == ["record.person.works_at: `works_at` goes to organisation, and `person.second` is none"]


def test_by_needs_the_table_it_is_a_column_of(tmp_path: Path) -> None:
    record = "  organisation: {name: a}\n  person: {name: b, works_at: {from: organisation, by: code}}\n"
    found = told(tmp_path, book(record))
    assert found == ["record.person.works_at.by: `by` is a column of the table in `ref`, so write `ref` as well"]


def test_one_choice_has_one_spelling(tmp_path: Path) -> None:
    files = {
        **book("  organisation: {name: 公司, tier: {from: 级别, values: {A: VIP}}}\n"),
        "mappings/crm.accounts.yaml": (
            "table: crm.accounts\nrecord: {organisation: {name: n, tier: {from: t, values: {1: vip}}}}\n"
        ),
    }
    found = told(tmp_path, files)
    assert found == [
        "record.organisation.tier.values.1: `vip` is spelt `VIP` in mappings/book.yaml; one choice has one spelling"
    ]


def test_the_id_column_is_ours_alone(tmp_path: Path) -> None:
    found = told(tmp_path, book("  organisation: {name: 编号}\n", "offbook_id: 编号\n"))
    assert "column `编号` is where Offbook writes its id (`offbook_id`)" in found[0]


def test_the_mark_has_a_column_of_its_own(tmp_path: Path) -> None:
    files = {
        **config("book: 客户.xlsx", "book: {path: 客户.xlsx, on_leave: {mark: 状态}}"),
        **book("  organisation: {name: 公司, status: 状态}\n"),
    }
    assert "column `状态` is where `on_leave` of `book` writes its mark" in told(tmp_path, files)[0]


CONFIGS = [
    ("kinds:\n", "kinds:\n  a.b: {fields: {x: text}}\n", "kinds.a.b: `a.b` cannot be a name; it begins with a letter"),
    ("kinds:\n", "kinds:\n  person: {relations: {boss: person}}\n", "relations are declared for kinds of your own"),
    ("kinds:\n", "kinds:\n  person: {identify: [name]}\n", "person is told apart by matching; `identify` is for"),
    (
        "kinds:\n",
        "kinds:\n  person: {fields: {phones: {many: no}}}\n",
        "`phones` is built in as a set; leave `many` out",
    ),
    ("kinds:\n", "kinds:\n  person: {fields: {name: {options: [a]}}}\n", "only a choice has options"),
    (
        "kinds:\n",
        "kinds:\n  person: {fields: {city: {group: x}}}\n",
        "`city` goes with the group address and cannot leave",
    ),
    ("kinds:\n", "kinds:\n  person: {fields: {tier: {survive: [newest, newest]}}}\n", "a rule stands twice"),
    ("kinds:\n", "kinds:\n  car: {identify: [plate]}\n", "a kind of your own needs fields"),
    ("kinds:\n", "kinds:\n  person: {fields: {tier: {options: [a, b]}}}\n", "`vip` is none of the options of tier"),
    ("authority: [crm]", "authority: [crm, crm]", "`crm` stands here twice"),
    ("authority: [crm]", "region: de", "`de` cannot stand here; write a country's two capital letters"),
    (
        "authority: [crm]",
        "timezone: Asia/Shanghia",
        "no time zone is called `Asia/Shanghia`; did you mean `Asia/Shanghai`?",
    ),
    ("authority: [crm]", "timezone: ../../etc/passwd", "no time zone is called"),
    ("authority: [crm]", "ledger: postgresql://o:planted@h/l", "a secret never stands here in full"),
    ("authority: [crm]", "ledger: mysql://o@h/l", "the ledger is a SQLite file or a PostgreSQL database"),
    ("authority: [crm]", "customer: machine", "`machine` cannot stand here; write organisation or person"),
    ("authority: [crm]", "match: {link: 1.2}", "`1.2` cannot stand here; it must be at most 1"),
    ("authority: [crm]", "match: {link: nan}", "`nan` cannot stand here"),
    ("authority: [crm]", "guards: {creates: 101%}", "`101%` cannot stand here; write a number or a share"),
    ("authority: [crm]", "guards: {plan_valid: 0h}", "write a length of time, `7d` or `24h`"),
    ("book: 客户.xlsx", "book: {path: 客户.xlsx, on_leave: delete}", "write `keep`, `remove` or {mark: column}"),
    ("book: 客户.xlsx", "book: {path: 客户.xlsx, belongs_to: {colum: a}}", "no such key here; did you mean `column`?"),
    ("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {works_at: x}}", "organisation has no field `works_at`"),
    (
        "book: 客户.xlsx",
        "book: {path: 客户.xlsx, only: {parent: x}}",
        "a filter can only ask whether it is {empty: true}",
    ),
    ("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {firm.name: x}}", "no kind is called `firm`"),
    ("book: 客户.xlsx", "book: {encoding: gbk}", "`connector` is missing and has no default"),
    ("book: 客户.xlsx", "book: [a, b]", "keys and values are meant here: {…}"),
    ("book: 客户.xlsx", "b.ook: 客户.xlsx", "`b.ook` cannot be a name"),
    ("push: [book, crm]", "push: [crm.acounts]", "`crm.acounts` has no mapping; did you mean `crm.accounts`?"),
    ("push: [book, crm]", "push: [book], sample: 0", "`0` cannot stand here; it must be at least 1"),
    ("push: [book, crm]", "push: [book], review: some", "write all or new or questions"),
]


@pytest.mark.parametrize(("old", "new", "message"), CONFIGS, ids=[new.strip() for _, new, _ in CONFIGS])
def test_other_mistakes_in_the_workspace(tmp_path: Path, old: str, new: str, message: str) -> None:
    files = {
        **config(old, new),
        **book(
            "  organisation: {name: 公司}\n  person: {name: 姓名, tier: {from: 级别, values: {A: vip}}, works_at: organisation}\n"
        ),
    }
    assert any(message in line for line in lines(written(tmp_path, files)))


def test_powers_that_a_connector_lacks(tmp_path: Path) -> None:
    wecom = "connector: wecom, corp_id: ww1, secret: '${S}'"
    found = told(tmp_path, source(f"{{{wecom}, may_delete: yes}}"))
    assert found == [
        "sources.x.may_delete: the wecom connector never shows that a record is gone; leave `may_delete` out"
    ]


def test_a_connector_that_only_reads_is_not_pushed(tmp_path: Path) -> None:
    found = told(tmp_path, source("{connector: reader, path: a, on_leave: {mark: m}}", "agree: {push: [x]}"))
    assert found == [
        "sources.x.on_leave: the reader connector cannot change records, so it cannot mark them; write `keep`"
    ]
    (tmp_path / "two").mkdir()
    found = told(tmp_path / "two", source("{connector: reader, path: a}", "agree: {push: [x]}"))
    assert found == ["jobs.agree.push: the reader connector only reads; take `x` out of `push`"]


def test_a_private_connector_that_fails_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_connector.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "w").mkdir()
    folder = written(tmp_path / "w", source("{connector: 'broken_connector:SPEC'}"))
    with pytest.raises(ConfigError, match="`broken_connector:SPEC` cannot be loaded \\(ZeroDivisionError\\)"):
        load(folder, registry)


def test_a_name_that_no_file_can_have_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "offbook.yaml").write_text(f"people: {'x' * 5000}.csv\nsources: {{a: b.csv}}\n", encoding="utf-8")
    assert "there is no file `xxx" in lines(tmp_path)[0]


# ------------------------------------------------------------------------------ stages


def test_all_mistakes_of_a_stage_come_at_once_and_the_next_stage_waits(tmp_path: Path) -> None:
    files = {
        **config("authority: [crm]", "authority: [crmm]\nfirst_link: maybe\nguards: {creates: x, hold: y}"),
        "mappings/book.yaml": "table: book\nrecord: {organisation: {name: {form: n}}}\nwhere: {a: ''}\n",
        "mappings/crm.accounts.yaml": "table: [\n",
    }
    found = lines(written(tmp_path, files))
    assert [line.split(" ")[0].rstrip(":") for line in found] == [
        *("mappings/book.yaml:2", "mappings/book.yaml:3", "mappings/crm.accounts.yaml:1"),
        *("offbook.yaml:2", "offbook.yaml:3", "offbook.yaml:3"),
    ]
    assert "crmm" not in "".join(found)  # a name, of the second stage


def test_a_mistake_in_a_shared_block_is_told_at_each_use(tmp_path: Path) -> None:
    shared = "book: &b {path: 客户.xlsx, may_delete: perhaps}\n  other: {<<: *b, path: b.xlsx}"
    found = lines(written(tmp_path, config("book: 客户.xlsx", shared)))
    assert [line.partition(": ")[0] for line in found] == [
        *("offbook.yaml:8 sources.book.may_delete", "offbook.yaml:8 sources.other.may_delete"),
    ]


def test_a_pushed_source_of_nobody_is_named_for_a_warning(tmp_path: Path) -> None:
    made = load(written(tmp_path, {}), StandIns())
    assert [one.name for one in open_to_all(made)] == ["book"]
    (tmp_path / "two").mkdir()
    files = config("book: 客户.xlsx", "book: {path: 客户.xlsx, belongs_to: wang}")
    assert open_to_all(load(written(tmp_path / "two", files), StandIns())) == ()


# ------------------------------------------------------------------------------ sentences

OURS = [
    *(ROOT / "sync" / "config").glob("*.py"),
    *(ROOT / "connectors" / f"{name}.py" for name in ("settings", "tree", "broken", "faults", "secrets")),
    *(ROOT / "mappings" / f"{name}.py" for name in ("draft", "places", "checks", "schema", "filters")),
    ROOT / "sync" / "workspace.py",
]


def sentences(path: Path) -> Iterator[tuple[int, ast.expr]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "ConfigError"):
            yield node.lineno, node.args[0]


@pytest.mark.parametrize("path", OURS, ids=[path.name for path in OURS])
def test_every_sentence_is_a_literal_that_a_catalogue_can_hold(path: Path) -> None:
    assert [line for line, said in sentences(path) if not isinstance(said, ast.Constant)] == []


def test_faults_carry_what_a_translation_needs(tmp_path: Path) -> None:
    with pytest.raises(WrongFiles) as caught:
        load(written(tmp_path, config("authority: [crm]", "authority: [crmm]")), StandIns())
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.where) == ("offbook.yaml", 1, "authority")
    assert isinstance(fault.text, Said)
    assert (fault.text.template, dict(fault.text.values)) == (
        "no source is called `{name}`; did you mean `{near}`?",
        {"name": "crmm", "near": "crm"},
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", registry.KNOWN)
def test_every_connector_refuses_or_takes_unknown_options_knowingly(name: str) -> None:
    try:
        options = registry.spec(name).options
    except ConfigError as error:  # while the connectors are being written
        pytest.skip(str(error))
    assert options.model_config.get("extra") in ("forbid", "allow")
