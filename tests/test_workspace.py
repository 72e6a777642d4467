"""What does a workspace mean once it is read: the design's seven, and each default of CONFIG?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from connectors import registry
from connectors.contract import ConfigError, Op
from mappings.filters import ME, Condition, Filter, Wanted
from mappings.model import PartMap, Place
from sync.config.guards import Number, Share
from sync.config.model import Workspace
from sync.workspace import FILE, find_workspace, ledger_place, ledger_url, load, open_options, outline
from tests.standins import SPECS, StandIns

DESIGN = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "workspaces"
NAMES = [
    *("0_minimal", "a_workbook_sqlite", "b_three_books_zoho", "c_migration_fxiaoke", "d_sheet_hubspot"),
    *("e_phones_wecom", "f_rest_csv"),
]
needs_design = pytest.mark.skipif(not DESIGN.is_dir(), reason="the design's workspaces are not beside the repository")


def design(name: str) -> Workspace:
    return load(DESIGN / name, StandIns())


def workspace(folder: Path, text: str, **mappings: str) -> Workspace:
    """A workspace of this text; mappings by file name, `__` for a dot."""
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    for name, mapping in mappings.items():
        (folder / "mappings" / f"{name.replace('__', '.')}.yaml").write_text(mapping, encoding="utf-8")
    return load(folder, StandIns())


def place(made: Workspace, table: str, part: str, name: str, index: int = 0) -> Place:
    one = made.tables[table].part(part)
    return (one.fields.get(name) or one.relations[name])[index]


# ------------------------------------------------------------------------------ the design's seven


@needs_design
@pytest.mark.parametrize("name", NAMES)
def test_the_designs_workspaces_load(name: str) -> None:
    made = design(name)
    assert made.sources
    assert made.tables
    assert made.jobs
    assert all(table.source in made.sources for table in made.tables.values())


@needs_design
@pytest.mark.parametrize("name", NAMES)
def test_the_designs_workspaces_load_with_the_connectors_that_are_shipped(name: str) -> None:
    made = load(DESIGN / name)
    assert {source.connector for source in made.sources.values()} <= set(registry.KNOWN)
    assert made.tables


@needs_design
def test_subjects_are_those_of_the_pages() -> None:
    assert {t.id: t.subject for t in design("c_migration_fxiaoke").tables.values()} == {
        "list": "organisation",  # two contacts, and the company that both point to
        "huoban": "organisation",
        "fx.accounts": "organisation",
        "fx.contacts": "person",
    }
    assert design("f_rest_csv").tables["erp"].subject == "machine"
    assert design("e_phones_wecom").tables["visits"].subject == "interaction"


@needs_design
def test_tables_stand_in_the_order_of_the_sources() -> None:
    assert list(design("d_sheet_hubspot").tables) == ["sheet", "hubspot.companies", "hubspot.contacts"]


@needs_design
def test_each_salesperson_receives_only_what_he_owns() -> None:
    made = design("b_three_books_zoho")
    mine = [Filter((Condition("organisation", "owner", Wanted("any", (who,))),)) for who in ("wang", "li", "zhao")]
    assert [made.sources[who].only for who in ("wang", "li", "zhao")] == mine
    assert made.sources["wang"].mark == "状态"
    assert made.sources["leads"].only == Filter((Condition("organisation", "owner", Wanted("empty", empty=True)),))
    assert made.sources["zoho"].only == Filter()
    assert (made.sources["zoho"].formal, made.sources["leads"].formal) == (True, False)
    assert (made.sources["zoho"].rank, made.sources["leads"].rank) == (0, 1)


@needs_design
def test_a_holders_column_is_bound_record_by_record() -> None:
    only = design("e_phones_wecom").sources["wecom"].only
    assert only == Filter((Condition("organisation", "owner", Wanted("any", (ME,))),))
    assert only.passes(lambda kind, field: "wang", me="wang")
    assert not only.passes(lambda kind, field: "li", me="wang")


@needs_design
def test_off_book_sources_only_give_notes_and_interactions() -> None:
    made = design("b_three_books_zoho")
    assert place(made, "wang", "organisation", "notes").direction == "pull"
    assert place(made, "wang", "organisation", "owner").direction == "push"
    assert place(made, "zoho.Accounts", "organisation", "name").direction == "both"
    visits = design("e_phones_wecom").tables["visits"].part("interaction")
    assert {p.direction for places in visits.fields.values() for p in places} == {"pull"}
    assert place(design("e_phones_wecom"), "crm.activities", "interaction", "summary").direction == "both"


@needs_design
def test_a_column_of_the_linked_record_is_a_part_of_its_own() -> None:
    made = design("a_workbook_sqlite").tables["crm.contacts"]
    linked = made.part("works_at")
    assert (linked.kind, linked.via) == ("organisation", ("person", "works_at"))
    assert linked.fields["phones"][0].columns == ("company_phone",)
    assert made.subject == "person"
    look_up = made.part("person").relations["works_at"][0]
    assert (look_up.columns, look_up.ref, look_up.part) == (("account_id",), ("crm.accounts",), "")


@needs_design
def test_places_keep_what_the_file_says() -> None:
    made = design("c_migration_fxiaoke")
    industry = place(made, "fx.accounts", "organisation", "industry")
    assert industry.values == ((("mfg01",), ("制造业",)), (("it02",), ("软件", "互联网")))
    assert place(made, "list", "organisation", "address").join == ""
    assert place(made, "list", "organisation", "identifiers.old_no").sort == "old_no"
    assert made.tables["fx.accounts"].on_create == {"record_type": "default__c"}
    assert place(design("d_sheet_hubspot"), "sheet", "person", "do_not_contact").values[1] == (("",), ("false",))
    assert place(design("e_phones_wecom"), "visits", "interaction", "about").by == "code"
    assert design("b_three_books_zoho").tables["zoho.Accounts"].where == {"Account_Type": {"not": ("Competitor",)}}
    assert place(design("a_workbook_sqlite"), "book", "organisation", "name").line == 6


@needs_design
def test_rules_of_fields_and_kinds_of_ones_own() -> None:
    person = design("d_sheet_hubspot")
    assert person.ranks("person", "consent") == ("hubspot",)
    assert person.ranks("person", "tier") == ("hubspot",)
    assert person.kinds["organisation"].field("machines").type == "number"
    assert person.customer == "person"
    machine = design("f_rest_csv").kinds["machine"]
    assert (machine.identify, machine.exists, machine.customer) == (("serial",), ("serial",), False)
    assert machine.relations() == {"owned_by": "organisation"}
    owner = design("c_migration_fxiaoke")
    assert owner.kinds["organisation"].field("owner").survive == ()
    assert owner.met_first("organisation", "owner") == "ask"
    assert design("e_phones_wecom").kinds["interaction"].identify == ("at", "about", "by")


@needs_design
def test_jobs_name_tables_and_what_may_be_created() -> None:
    made = design("a_workbook_sqlite").jobs["agree"]
    assert made.pull == made.push == ("book", "crm.accounts", "crm.contacts")
    phones = Filter((Condition("organisation", "phones", Wanted("empty", empty=False)),))
    assert made.create_in == {"crm.accounts": phones, "crm.contacts": Filter()}
    assert (made.review, made.sample, made.schedule) == ("all", None, None)
    jobs = design("c_migration_fxiaoke").jobs
    assert (jobs["trial"].sample, jobs["trial"].push) == (30, ("fx.accounts", "fx.contacts"))
    assert design("e_phones_wecom").jobs["morning"].push == ("wecom", "crm.activities")


@needs_design
def test_guards_are_numbers_or_shares_with_a_floor() -> None:
    made = design("c_migration_fxiaoke").guards
    assert (made.creates, made.updates) == (Number(9000), Share(Fraction(1, 5), 20))
    assert (made.updates.limit(1000), made.updates.limit(10), made.creates.limit(3)) == (200, 20, 9000)
    d = design("d_sheet_hubspot").guards
    assert (d.hold, d.removals) == (timedelta(days=14), Number(5))
    assert (d.full_every, d.plan_valid) == (timedelta(days=7), timedelta(hours=24))


@needs_design
def test_people_come_from_either_kind_of_file() -> None:
    by_id = {person.id: person for person in design("c_migration_fxiaoke").people}
    assert by_id["wang"].there == {"huoban": "11000001", "fx": "1001"}
    assert (by_id["wang"].also, by_id["wang"].successor) == (("小王",), None)
    assert by_id["chen"].successor == "li"
    yaml = {person.id: person for person in design("b_three_books_zoho").people}
    assert yaml["wang"].there == {"zoho": "487687600000022501"}
    assert (yaml["chen"].successor, yaml["li"].successor) == ("zhao", None)


# ------------------------------------------------------------------------------ defaults and short forms

ONE = "table: book\nrecord: {organisation: {name: n}}\n"


def test_the_defaults_are_those_of_the_page(tmp_path: Path) -> None:
    made = workspace(tmp_path, "sources: {book: 客户.xlsx}", book=ONE)
    assert (made.ledger, made.customer, made.region, made.timezone) == (
        "offbook.db",
        "organisation",
        "CN",
        "Asia/Shanghai",
    )
    assert (made.authority, made.first_link, made.link, made.ask) == ((), "keep", 0.95, 0.60)
    assert made.clear("organisation", "tier") == "anyone"  # nobody is formal
    source = made.sources["book"]
    assert (source.connector, source.options) == ("xlsx", {"path": "客户.xlsx"})
    assert (source.on_leave, source.may_delete, source.no_duplicates, source.only) == ("keep", False, False, Filter())
    limits = {name: str(getattr(made.guards, name)) for name in ("creates", "updates", "removals", "blanks", "calls")}
    assert limits == {"creates": "5%", "updates": "20%", "removals": "0", "blanks": "1%", "calls": "50%"}


def test_clearing_follows_the_formal_sources_where_there_are_any(tmp_path: Path) -> None:
    text = "sources: {book: a.xlsx}\nauthority: book\nkinds: {organisation: {fields: {tier: {clear: nobody}}}}"
    made = workspace(tmp_path, text, book=ONE)
    assert (made.clear("organisation", "name"), made.clear("organisation", "tier")) == ("formal", "nobody")
    assert place(made, "book", "organisation", "name").direction == "both"


@pytest.mark.parametrize(
    ("short", "connector", "options"),
    [
        ("客户.xlsx", "xlsx", {"path": "客户.xlsx"}),
        ("drop/*.csv", "csv", {"path": "drop/*.csv"}),
        ("crm.sqlite", "sql", {"path": "crm.sqlite"}),
        ("postgresql://u:${P}@db/crm", "sql", {"url": "postgresql://u:${P}@db/crm"}),
        ("{path: li.vcf}", "vcard", {"path": "li.vcf"}),
        ("{connector: sql, path: crm.data, port: 1}", "sql", {"path": "crm.data", "port": "1"}),
    ],
)
def test_a_path_or_a_url_names_its_connector(tmp_path: Path, short: str, connector: str, options: object) -> None:
    source = workspace(tmp_path, f"sources: {{book: '{short}'}}" if short[0] != "{" else f"sources: {{book: {short}}}")
    assert (source.sources["book"].connector, source.sources["book"].options) == (connector, options)


def test_only_can_be_lifted(tmp_path: Path) -> None:
    text = "people: {wang: {name: 王芳}}\nsources: {book: {path: a.xlsx, belongs_to: wang, only: {}}}"
    assert workspace(tmp_path, text, book=ONE).sources["book"].only == Filter()


def test_two_linked_parts_of_one_relation_are_told_apart_by_their_part(tmp_path: Path) -> None:
    record = (
        "table: book\nrecord:\n"
        "  person: {name: a, works_at: {from: b, ref: crm}, works_at.phones: c}\n"
        "  person.second: {name: d, works_at: {from: e, ref: crm}, works_at.phones: f}\n"
    )
    made = workspace(tmp_path, "sources: {book: a.xlsx, crm: c.sqlite}", book=record, crm=ONE.replace("book", "crm"))
    names = [part.name for part in made.tables["book"].parts]
    assert names == ["person", "person.works_at", "person.second", "person.second.works_at"]
    assert made.tables["book"].subject == ""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{from: n, direction: pull, python: m:f}", ("", "m:f", "")),
        ("{from: n, direction: push, python: m:f}", ("", "", "m:f")),
        ("{from: n, python: m:f}", ("m:f", "", "")),
    ],
)
def test_python_is_a_function_or_a_pair_as_the_direction_says(
    tmp_path: Path, written: str, expected: tuple[str, str, str]
) -> None:
    made = workspace(
        tmp_path, "sources: {book: a.xlsx}", book=f"table: book\nrecord: {{organisation: {{name: {written}}}}}"
    )
    one = place(made, "book", "organisation", "name")
    assert (one.python, one.python_read, one.python_write) == expected


def test_a_group_of_ones_own_is_led_by_its_first_member(tmp_path: Path) -> None:
    text = (
        "sources: {book: a.xlsx}\nkinds:\n  organisation:\n    fields:\n"
        "      rank: {type: choice, group: rating}\n      rank_at: {type: date, group: rating}\n"
    )
    made = workspace(tmp_path, text, book=ONE)
    group = made.kinds["organisation"].groups["rating"]
    assert (group.members, group.leading) == (("rank", "rank_at"), "rank")
    assert made.kinds["organisation"].field("rank_at").group == "rating"


# ------------------------------------------------------------------------------ digests

SAME = "sources: {book: a.xlsx}\nauthority: [book]\n"


def test_comments_and_order_of_keys_change_no_digest(tmp_path: Path) -> None:
    first = workspace(tmp_path, SAME, book=ONE)
    text = "# why\nauthority: book\nsources:\n  book: {connector: xlsx, path: a.xlsx}\n"
    other = workspace(tmp_path, text, book="# who\nrecord:\n  organisation:\n    name: {from: n}\ntable: book\n")
    assert (first.digests, first.tables["book"].version) == (other.digests, other.tables["book"].version)


@pytest.mark.parametrize(
    ("text", "mapping", "changed"),
    [
        ("first_link: ask", ONE, {"rules"}),
        ("kinds: {organisation: {fields: {tier: {survive: ask}}}}", ONE, {"rules"}),
        ("people: {li: {name: 李雷}}", ONE, {"people"}),
        ("guards: {creates: 7}", ONE, set()),
        ("jobs: {j: {push: book}}", ONE, set()),
        ("timezone: Europe/Berlin", ONE, {"tables"}),
        ("", ONE.replace("name: n", "name: m"), {"tables", "version"}),
        ("", ONE.replace("name: n", "name: {from: n, direction: pull}"), {"tables"}),
        ("", ONE + "where: {a: b}\n", {"tables", "scope", "version"}),
        ("", ONE + "on_create: {a: b}\n", {"tables"}),
    ],
)
def test_a_digest_changes_with_what_it_stands_for(tmp_path: Path, text: str, mapping: str, changed: set[str]) -> None:
    before = workspace(tmp_path, SAME, book=ONE)
    after = workspace(tmp_path, SAME + text, book=mapping)
    names = ("rules", "people", "tables", "scope", "connection")
    found = {name for name in names if getattr(before.digests, name) != getattr(after.digests, name)}
    if before.tables["book"].version != after.tables["book"].version:
        found.add("version")
    assert found == changed


# ------------------------------------------------------------------------------ finding and opening


def test_the_nearest_folder_above_is_found(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / FILE).write_text("", encoding="utf-8")
    assert find_workspace(tmp_path / "a" / "b") == tmp_path.resolve()
    (tmp_path / "a" / FILE).write_text("", encoding="utf-8")
    assert find_workspace(tmp_path / "a" / "b") == (tmp_path / "a").resolve()


def test_no_workspace_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="offbook init"):
        load(tmp_path)
    if not any((folder / FILE).exists() for folder in tmp_path.resolve().parents):
        with pytest.raises(ConfigError, match="offbook init"):
            find_workspace(tmp_path)


def test_secrets_are_looked_at_only_when_a_source_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB", raising=False)
    made = workspace(tmp_path, "sources: {hub: {connector: hubspot, token: '${HUB}'}}")
    with pytest.raises(ConfigError, match=r"offbook.yaml sources.hub: the environment variable HUB is not set"):
        open_options(made, "hub")
    monkeypatch.setenv("HUB", "planted-secret")
    options = open_options(made, "hub")
    assert options.token.get_secret_value() == "planted-secret"  # type: ignore[attr-defined]
    assert "planted" not in f"{options!r} {made!r}"


def test_a_number_from_the_environment_is_checked_when_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = workspace(tmp_path, "sources: {db: {connector: sql, url: 'postgresql://u:${P}@h/db', port: '${PORT}'}}")
    monkeypatch.setenv("P", "a@b")
    monkeypatch.setenv("PORT", "planted")
    with pytest.raises(ConfigError, match=r"sources\.db\.port") as caught:
        open_options(made, "db")
    assert "planted" not in str(caught.value)
    monkeypatch.setenv("PORT", "5433")
    options = open_options(made, "db")
    assert (options.url, options.port) == ("postgresql://u:a%40b@h/db", 5433)  # type: ignore[attr-defined]


def test_the_ledger_is_a_file_of_the_workspace_or_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = workspace(tmp_path, "sources: {book: a.xlsx}")
    assert ledger_url(made) == f"sqlite:///{tmp_path.resolve().as_posix()}/offbook.db"
    monkeypatch.setenv("PG", "x")
    made = workspace(tmp_path, "ledger: 'postgresql://o:${PG}@h/ledger'\nsources: {book: a.xlsx}")
    assert ledger_url(made) == "postgresql://o:x@h/ledger"
    monkeypatch.setenv("LEDGER", "postgresql://o:x@h/whole")
    made = workspace(tmp_path, "ledger: ${LEDGER}\nsources: {book: a.xlsx}")
    assert ledger_place(made) == ledger_url(made) == "postgresql://o:x@h/whole"
    monkeypatch.setenv("LEDGER", "elsewhere.db")
    assert ledger_place(made) == "elsewhere.db"
    assert ledger_url(made) == f"sqlite:///{tmp_path.resolve().as_posix()}/elsewhere.db"


@pytest.mark.parametrize("name", sorted(SPECS.keys() & registry.KNOWN.keys()))
def test_stand_ins_are_as_able_as_the_connectors_themselves(name: str) -> None:
    assert SPECS[name].best.ops <= registry.spec(name).best.ops | {Op.MERGE}


@pytest.mark.parametrize("name", registry.KNOWN)
def test_no_option_of_a_connector_bears_a_name_of_ours(name: str) -> None:
    from sync.config.file import OWN_KEYS

    try:
        fields = registry.spec(name).options.model_fields
    except ConfigError as error:  # while the connectors are being written
        pytest.skip(str(error))
    assert not set(OWN_KEYS) & {field.alias or key for key, field in fields.items()}


def test_hidden_and_other_files_in_mappings_are_no_mappings(tmp_path: Path) -> None:
    workspace(tmp_path, "sources: {book: a.xlsx}", book=ONE)
    for name in (".book.yaml.swp", "._book.yaml", "~book.yaml", "notes.txt"):
        (tmp_path / "mappings" / name).write_text("{{{", encoding="utf-8")
    assert list(load(tmp_path, StandIns()).tables) == ["book"]


@needs_design
def test_a_part_has_places_in_the_order_of_the_file() -> None:
    part: PartMap = design("d_sheet_hubspot").tables["hubspot.contacts"].part("person")
    assert [p.columns[0] for p in part.fields["emails"]] == ["email", "hs_additional_emails"]
    assert [p.direction for p in part.fields["emails"]] == ["both", "pull"]


@needs_design
def test_a_workspace_is_read_where_it_stands(tmp_path: Path) -> None:
    shutil.copytree(DESIGN / "0_minimal", tmp_path / "w")
    assert load(tmp_path / "w", StandIns()).folder == (tmp_path / "w").resolve()


@needs_design
def test_an_outline_says_the_same_without_importing_a_connector() -> None:
    """`offbook jobs` must not pay for SQLAlchemy (0.25 CPU s), nor fail where an extra is not installed."""
    script = (
        "import sys; from pathlib import Path; from sync.workspace import outline;"
        "made = outline(Path(sys.argv[1]));"
        "print(','.join(made.jobs), [m for m in ('sqlalchemy', 'numpy', 'connectors.sql') if m in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(DESIGN / "a_workbook_sqlite")]
    root = Path(__file__).resolve().parents[1]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root, encoding="utf-8")
    assert told.stdout.strip() == "agree []"
    made, listed = design("a_workbook_sqlite"), outline(DESIGN / "a_workbook_sqlite")
    assert (listed.jobs, listed.tables, listed.digests) == (made.jobs, made.tables, made.digests)


def test_an_outline_tells_an_unknown_connector_too(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("sources: {a: {connector: xslx, path: a}}", encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean `xlsx`"):
        outline(tmp_path)
