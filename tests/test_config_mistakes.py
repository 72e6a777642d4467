"""Is each wrong file told what CONFIG §5 says, word for word, and nothing besides? Each row, each variant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.settings import WrongFiles
from sync.workspace import load
from tests.standins import StandIns

BASE = {
    "offbook.yaml": """\
authority: [crm]
people:
  wang: {name: 王芳, in: {crm: 3}}
  li: {name: 李雷}
kinds:
  machine: {fields: {serial: identifier}, relations: {owned_by: organisation}, identify: [serial]}
sources:
  book: 客户.xlsx
  crm: crm.sqlite
jobs:
  agree: {push: [book, crm]}
""",
    "mappings/book.yaml": """\
table: book
record:
  organisation: {name: 公司, phones: 座机}
  person: {name: 联系人, phones: 手机, works_at: organisation}
""",
    "mappings/crm.accounts.yaml": """\
table: crm.accounts
record:
  organisation: {name: name, phones: phone, owner: owner_id}
""",
    "mappings/crm.contacts.yaml": """\
table: crm.contacts
record:
  person: {name: full_name, phones: mobile, works_at: {from: account_id, ref: crm.accounts}}
""",
}
"""A workspace without a mistake; each case replaces one of its texts or adds a file."""

HEAD = BASE["offbook.yaml"]


def config(old: str, new: str) -> dict[str, str]:
    """The workspace file with one text replaced, which must be in it."""
    assert old in HEAD
    return {"offbook.yaml": HEAD.replace(old, new)}


def added(text: str) -> dict[str, str]:
    return {"offbook.yaml": HEAD + text}


def book(record: str, head: str = "") -> dict[str, str]:
    """The workbook's mapping with this `record`, one part a line."""
    return {"mappings/book.yaml": f"table: book\n{head}record:\n{record}"}


def source(text: str, job: str = "agree: {push: [crm]}", table: str = "record: {person: {name: n}}") -> dict[str, str]:
    """A third source called x, mapped."""
    changed = HEAD.replace("jobs:\n  agree: {push: [book, crm]}", f"  x: {text}\njobs:\n  {job}")
    return {"offbook.yaml": changed, "mappings/x.yaml": f"table: x\n{table}\n"}


FIELDS = {
    "person": "name, family_name, given_name, title, department, phones, emails, wechat, identifiers, birthday,"
    " gender, country, region, city, district, street, postal_code, address, works_at, needs, preferences,"
    " do_not_contact, tier, status, tags, owner, assistants, origin, notes, annual_value, currency, consent,"
    " consent_at, last_contacted_at, next_follow_up_at, created_at, updated_at",
}
TYPES = (
    "text, person_name, company_name, phone, email, url, date, datetime, number, money, boolean, choice, tags, staff,"
    " address, identifier, note"
)
ENDINGS = ".xlsx, .xlsm, .xls, .xlsb, .ods, .csv, .tsv, .txt, .vcf, .sqlite, .sqlite3, .db"

CASES: list[tuple[str, Mapping[str, str], list[str]]] = [
    (
        "1 unknown key",
        config("authority:", "autority:"),
        ["offbook.yaml:1 autority: no such key here; did you mean `authority`?"],
    ),
    (
        "1 unknown key in a mapping",
        book("  organisation: {name: {form: 公司}}\n"),
        ["mappings/book.yaml:3 record.organisation.name.form: no such key here; did you mean `from`?"],
    ),
    (
        "1 unknown key in a person",
        config("wang: {name: 王芳", "wang: {nmae: 王芳"),
        [
            "offbook.yaml:3 people.wang: `name` is missing and has no default",
            "offbook.yaml:3 people.wang.nmae: no such key here; did you mean `name`?",
        ],
    ),
    (
        "2 unknown key of a source",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, belong_to: wang}"),
        [
            (
                "offbook.yaml:8 sources.book.belong_to: neither Offbook nor the xlsx connector has this key;"
                " did you mean `belongs_to`?"
            )
        ],
    ),
    (
        "3 key missing in a source",
        source("{connector: google_sheets, credentials: '${GOOGLE}'}"),
        ["offbook.yaml:10 sources.x: `spreadsheet` is missing and has no default"],
    ),
    (
        "3 key missing in the workspace",
        {"offbook.yaml": "authority: []\n"},
        ["offbook.yaml:1: `sources` is missing and has no default"],
    ),
    (
        "3 key missing in a mapping",
        {"mappings/book.yaml": "table: book\n"},
        ["mappings/book.yaml:1: `record` is missing and has no default"],
    ),
    (
        "4 nothing written",
        added("first_link:\n"),
        ["offbook.yaml:12 first_link: nothing is written here; write a value, or take the line out"],
    ),
    (
        "4 an empty text",
        book("  organisation: {name: ''}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.name: an empty text means nothing here;"
                " write a value, or take the line out"
            )
        ],
    ),
    (
        "4 an empty text in a filter",
        book("  organisation: {name: 公司}\n", "where: {级别: ''}\n"),
        ["mappings/book.yaml:2 where.级别: an empty text means nothing here; write {empty: true}"],
    ),
    (
        "5 key twice",
        book("  organisation:\n    address: 地址\n    name: 公司\n    address: 住址\n"),
        [
            (
                "mappings/book.yaml:6 record.organisation.address: `address` is written twice;"
                " the first one would be lost, keep one"
            )
        ],
    ),
    (
        "6 broken YAML",
        book("  organisation: {name: @B}\n"),
        [
            (
                "mappings/book.yaml:3: not readable as YAML: nothing can begin with `@`;"
                " a value that starts with @ or contains `: ` or ` #` needs quotes"
            )
        ],
    ),
    (
        "7 bare path",
        config("book: 客户.xlsx", "book: 客户"),
        [
            (
                f"offbook.yaml:8 sources.book: `客户` does not say what it is; a bare path must end in {ENDINGS};"
                " for anything else write {connector: …}"
            )
        ],
    ),
    (
        "8 connector",
        source("{connector: zohoo_crm, dc: cn}"),
        ["offbook.yaml:10 sources.x.connector: no connector is called `zohoo_crm`; did you mean `zoho_crm`?"],
    ),
    (
        "9 secret of a connector",
        source("{connector: hubspot, token: planted-in-full}"),
        [
            (
                "offbook.yaml:10 sources.x.token: a secret never stands here in full;"
                " write ${NAME}, keyring:service/name or file:/path"
            )
        ],
    ),
    (
        "9 secret in a URL",
        config("crm: crm.sqlite", "crm: postgresql://offbook:planted@db.example.cn/crm"),
        [
            (
                "offbook.yaml:9 sources.crm: a secret never stands here in full;"
                " write ${NAME}, keyring:service/name or file:/path"
            )
        ],
    ),
    (
        "10 source in authority",
        config("authority: [crm]", "authority: [crmm]"),
        ["offbook.yaml:1 authority: no source is called `crmm`; did you mean `crm`?"],
    ),
    (
        "10 source in a mapping",
        {"mappings/x.yaml": "table: boook\nrecord: {organisation: {name: n}}\n"},
        ["mappings/x.yaml:1 table: no source is called `boook`; did you mean `book`?"],
    ),
    (
        "10 source in a job",
        config("push: [book, crm]", "push: [bok, crm]"),
        ["offbook.yaml:11 jobs.agree.push[1]: no source is called `bok`; did you mean `book`?"],
    ),
    (
        "10 source of a person",
        config("in: {crm: 3}", "in: {crn: 3}"),
        ["offbook.yaml:3 people.wang.in.crn: no source is called `crn`; did you mean `crm`?"],
    ),
    (
        "10 source of a field's authority",
        added("").copy() | config("kinds:\n", "kinds:\n  person: {fields: {consent: {authority: [crmm]}}}\n"),
        ["offbook.yaml:6 kinds.person.fields.consent.authority: no source is called `crmm`; did you mean `crm`?"],
    ),
    (
        "11 thresholds",
        added("match: {link: 0.7, ask: 0.9}\n"),
        ["offbook.yaml:12 match.ask: 0.9 is above `link` (0.7); ask must be the lower one"],
    ),
    (
        "12 guard",
        added("guards: {creates: many}\n"),
        ["offbook.yaml:12 guards.creates: `many` cannot stand here; write a number or a share, `50` or `5%`"],
    ),
    (
        "12 guard that is a time",
        added("guards: {hold: long}\n"),
        ["offbook.yaml:12 guards.hold: `long` cannot stand here; write a length of time, `7d` or `24h`"],
    ),
    (
        "13 file",
        {"offbook.yaml": "people: staff.yaml\nsources: {book: 客户.xlsx, crm: crm.sqlite}\n"},
        ["offbook.yaml:1 people: there is no file `staff.yaml` beside offbook.yaml"],
    ),
    (
        "14 spelling of two people",
        config("li: {name: 李雷}", "li: {name: 李雷, also: [小王]}\n  ma: {name: 马云, also: [小李, 小王]}"),
        [
            (
                "offbook.yaml:5 people.ma.also[2]: `小王` means both li and ma; take it from one,"
                " or use `in:` for each source"
            )
        ],
    ),
    (
        "15 staff id in belongs_to",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, belongs_to: lilei}"),
        ["offbook.yaml:8 sources.book.belongs_to: nobody in `people` is called `lilei`; there is: li, wang"],
    ),
    (
        "15 staff id in a filter",
        config("agree: {push: [book, crm]}", "agree: {push: [book, crm], create_in: {crm.accounts: {owner: lilei}}}"),
        [
            (
                "offbook.yaml:11 jobs.agree.create_in.crm.accounts.owner: nobody in `people` is called `lilei`;"
                " there is: li, wang"
            )
        ],
    ),
    (
        "15 staff id in values",
        book("  organisation: {name: 公司, owner: {from: 负责人, values: {小王: wangf}}}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.owner.values.小王: nobody in `people` is called `wangf`;"
                " there is: li, wang"
            )
        ],
    ),
    (
        "15 successor",
        config("li: {name: 李雷}", "li: {name: 李雷, successor: chen}"),
        ["offbook.yaml:4 people.li.successor: nobody in `people` is called `chen`; there is: li, wang"],
    ),
    (
        "16 me",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {owner: me}}"),
        ["offbook.yaml:8 sources.book.only.owner: `me` is the one the source belongs to; say `belongs_to:` as well"],
    ),
    (
        "17 filter",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {tier: {above: 3}}}"),
        [
            (
                "offbook.yaml:8 sources.book.only.tier: a filter is a value, a list of values, {not: …} or {empty:"
                " true}; there is no other word"
            )
        ],
    ),
    (
        "18 only, own field",
        {
            **config("book: 客户.xlsx", "book: {path: 客户.xlsx, belongs_to: wang}"),
            **book("  organisation: {name: 公司, owner: 负责人}\n"),
        },
        [
            (
                "mappings/book.yaml:3 record.organisation.owner: `owner` decides what `book` may receive (its"
                " `only:`), so it is never taken from there; write `direction: push`"
            )
        ],
    ),
    (
        "19 only, mapped nowhere",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {industry: 机械}}"),
        [
            (
                "offbook.yaml:8 sources.book.only.industry: no source but this one says what organisation.industry is,"
                " so `book` would receive nothing; map it in another source"
            )
        ],
    ),
    (
        "20 remove",
        source("{connector: wecom, corp_id: ww1, secret: '${S}', on_leave: remove}"),
        [
            (
                "offbook.yaml:10 sources.x.on_leave: the wecom connector cannot remove records;"
                " write `keep` or {mark: column}"
            )
        ],
    ),
    (
        "21 type of a built-in",
        config("kinds:\n", "kinds:\n  person: {fields: {consent: {type: choice}}}\n"),
        [
            (
                "offbook.yaml:6 kinds.person.fields.consent.type: `consent` is built in as boolean;"
                " leave `type` out, or choose another name"
            )
        ],
    ),
    (
        "21 type of a built-in, short",
        config("kinds:\n", "kinds:\n  person: {fields: {consent: boolean}}\n"),
        [
            (
                "offbook.yaml:6 kinds.person.fields.consent: `consent` is built in as boolean;"
                " leave `type` out, or choose another name"
            )
        ],
    ),
    (
        "22 own field",
        config("kinds:\n", "kinds:\n  organisation: {fields: {machines: {clear: nobody}}}\n"),
        [
            (
                "offbook.yaml:6 kinds.organisation.fields.machines: `machines` is not built in, so it needs a `type`;"
                f" there is: {TYPES}"
            )
        ],
    ),
    (
        "23 survive",
        config("kinds:\n", "kinds:\n  organisation: {fields: {tier: {survive: [crm, ask]}}}\n"),
        [
            (
                "offbook.yaml:6 kinds.organisation.fields.tier.survive: no rule is called `crm`;"
                " for a source's name use `authority:`"
            )
        ],
    ),
    (
        "24 survive",
        config("kinds:\n", "kinds:\n  organisation: {fields: {tier: {survive: [ask, newest]}}}\n"),
        ["offbook.yaml:6 kinds.organisation.fields.tier.survive: nothing can follow `ask`; put it last"],
    ),
    (
        "25 kind in a mapping",
        book("  maschine: {serial: 编号}\n"),
        [
            (
                "mappings/book.yaml:3 record.maschine: no kind is called `maschine` (a part is called by its kind,"
                " a second one `person.second`); did you mean `machine`?"
            )
        ],
    ),
    (
        "25 kind in a relation",
        config("owned_by: organisation", "owned_by: organization"),
        [
            (
                "offbook.yaml:6 kinds.machine.relations.owned_by: no kind is called `organization` (a part is called"
                " by its kind, a second one `person.second`); did you mean `organisation`?"
            )
        ],
    ),
    (
        "26 field in a mapping",
        book("  person: {name: 姓名, weixin: 微信}\n"),
        [
            (
                "mappings/book.yaml:3 record.person.weixin: person has no field `weixin` (your own are declared in"
                f" offbook.yaml under kinds.person.fields); there is: {FIELDS['person']}"
            )
        ],
    ),
    (
        "26 field in a filter",
        config("book: 客户.xlsx", "book: {path: 客户.xlsx, only: {person.weixin: x}}"),
        [
            (
                "offbook.yaml:8 sources.book.only.person.weixin: person has no field `weixin` (your own are declared"
                f" in offbook.yaml under kinds.person.fields); there is: {FIELDS['person']}"
            )
        ],
    ),
    (
        "27 table twice",
        {"mappings/crm.zz.yaml": "table: crm.accounts\nrecord: {organisation: {name: n}}\n"},
        [
            (
                "mappings/crm.zz.yaml:1 table: `crm.accounts` is mapped already in mappings/crm.accounts.yaml;"
                " one table has one mapping, put both in one file"
            )
        ],
    ),
    (
        "27 table twice by its own id",
        {"mappings/crm.zz.yaml": "table: crm.zz\nat: accounts\nrecord: {organisation: {name: n}}\n"},
        [
            (
                "mappings/crm.zz.yaml:1 table: `crm.zz` is mapped already in mappings/crm.accounts.yaml;"
                " one table has one mapping, put both in one file"
            )
        ],
    ),
    (
        "28 identifier",
        book("  organisation: {name: 公司, identifiers: 税号}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.identifiers: say which number this is:"
                " {from: …, as: credit_code} (or any name of your own, the same in every mapping)"
            )
        ],
    ),
    (
        "29 relation",
        {"mappings/crm.contacts.yaml": "table: crm.contacts\nrecord: {person: {name: n, works_at: account_id}}\n"},
        [
            (
                "mappings/crm.contacts.yaml:2 record.person.works_at: `account_id` is not a part of this record"
                " (for a look-up column write {from: account_id, ref: source.table}); there is: –"
            )
        ],
    ),
    (
        "29 relation, with another part",
        book("  machine: {serial: 编号, owned_by: account_id}\n  person: {name: 姓名}\n"),
        [
            (
                "mappings/book.yaml:3 record.machine.owned_by: `account_id` is not a part of this record"
                " (for a look-up column write {from: account_id, ref: source.table}); there is: person"
            )
        ],
    ),
    (
        "30 look-up",
        book("  person: {name: 姓名, works_at: {from: 公司, ref: crm.companies, by: name}}\n"),
        [
            (
                "mappings/book.yaml:3 record.person.works_at.ref: `crm.companies` has no mapping;"
                " did you mean `crm.contacts`?"
            )
        ],
    ),
    (
        "31 look-up",
        book("  person: {name: 姓名, works_at: {from: 公司, ref: crm.contacts, by: name}}\n"),
        [
            (
                "mappings/book.yaml:3 record.person.works_at.ref: records of `crm.contacts` have no organisation part,"
                " so this relation cannot point there"
            )
        ],
    ),
    (
        "32 dotted field",
        book("  organisation: {name: 公司}\n  person: {name: 姓名, works_at: organisation, works_at.phones: 座机}\n"),
        [
            (
                "mappings/book.yaml:4 record.person.works_at.phones: this column speaks of the organisation that"
                " `works_at` points to, so map `works_at` with `ref:` too; inside one record write a second part"
            )
        ],
    ),
    (
        "33 two columns",
        book("  organisation: {name: 公司, address: [地址, 住址]}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.address[2]: `address` holds one value but two columns are"
                " read and written; leave one, and give the others `direction: pull` (read if the first is empty) or"
                " `direction: push` (a copy)"
            )
        ],
    ),
    (
        "34 one column twice",
        book(
            "  organisation: {name: 公司, phones: 电话}\n  person: {name: 姓名, phones: 电话, works_at: organisation}\n"
        ),
        [
            (
                "mappings/book.yaml:4 record.person.phones: column `电话` is already written from organisation.phones;"
                " one column is written from one field, give one of them `direction: pull`"
            )
        ],
    ),
    (
        "35 join",
        book("  organisation: {name: 公司, address: {from: [省, 市], join: ''}}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.address: what is joined cannot be taken apart again;"
                " write `direction: pull`"
            )
        ],
    ),
    (
        "35 template",
        book("  organisation: {name: 公司, address: {from: 地址, template: '{city} {street}'}}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.address: a template can only be written, never read;"
                " write `direction: push`"
            )
        ],
    ),
    (
        "35 everything else",
        book("  organisation: {name: 公司, tier: {from: 级别, values: {A: vip, '*': normal}}}\n"),
        [
            (
                'mappings/book.yaml:3 record.organisation.tier: `"*"` in values cannot be written back;'
                " write `direction: pull`"
            )
        ],
    ),
    (
        "36 key as data",
        book("  organisation: {name: 公司, identifiers: {from: 客户编号, as: no}}\n", "key: 客户编号\n"),
        [
            (
                "mappings/book.yaml:4 record.organisation.identifiers: column `客户编号` is this table's `key` and"
                " is not written as data; write `direction: pull`"
            )
        ],
    ),
    (
        "37 group with two directions",
        book("  person: {name: 姓名, consent: 同意, consent_at: {from: 日期, direction: pull}}\n"),
        [
            (
                "mappings/book.yaml:3 record.person.consent_at: consent, consent_at are one thing (consent) and go"
                " together; give them the same direction"
            )
        ],
    ),
    (
        "37 half a group",
        book("  organisation: {name: 公司, currency: 币种}\n"),
        [
            (
                "mappings/book.yaml:3 record.organisation.currency: currency alone is half of a thing (money);"
                " map annual_value in the same part"
            )
        ],
    ),
    (
        "38 nothing to write",
        source("x.csv", "agree: {push: [x]}", "record: {person: {name: {from: n, direction: pull}}}"),
        [
            (
                "offbook.yaml:12 jobs.agree.push: every field of `x` is `direction: pull`, so there is nothing to"
                " write; take it out of `push`, or let a field be written in mappings/x.yaml"
            )
        ],
    ),
    (
        "38 written, not read",
        config("agree: {push: [book, crm]}", "agree: {pull: [crm], push: [book, crm]}"),
        [
            (
                "offbook.yaml:11 jobs.agree.push[1]: `book` is written but not read in this job;"
                " nothing is written blindly, add it to `pull`"
            )
        ],
    ),
    (
        "39 a connector that cannot create",
        source("{connector: wecom, corp_id: ww1, secret: '${S}'}", "agree: {push: [x], create_in: [x]}"),
        [
            (
                "offbook.yaml:12 jobs.agree.create_in: the wecom connector cannot create records;"
                " take `x` out of `create_in`"
            )
        ],
    ),
    (
        "39 not pushed",
        config("agree: {push: [book, crm]}", "agree: {push: [book], create_in: {crm.accounts: {}}}"),
        [
            (
                "offbook.yaml:11 jobs.agree.create_in.crm.accounts: `crm.accounts` is not in `push`, so nothing is"
                " created there; add it to `push`, or take it out of `create_in`"
            )
        ],
    ),
    (
        "39 nobody would be created",
        source(
            "x.csv",
            "agree: {push: [x], create_in: [x]}",
            "record: {machine: {serial: {from: s, direction: pull}, owned_by: {from: c, ref: crm.accounts}}}",
        ),
        [
            (
                "offbook.yaml:12 jobs.agree.create_in: a new record in `x` would have no serial: none of them is"
                " written there; see mappings/x.yaml"
            )
        ],
    ),
    (
        "39 no subject",
        source(
            "x.csv",
            "agree: {push: [x], create_in: [x]}",
            "record: {person: {name: a}, organisation: {name: b}}",
        ),
        [
            (
                "offbook.yaml:12 jobs.agree.create_in: a record of `x` has several parts and none of them is its"
                " subject, so nobody can say what gets a new one; relate its parts in mappings/x.yaml"
            )
        ],
    ),
    (
        "40 schedule",
        config("agree: {push: [book, crm]}", "agree: {push: [book, crm], schedule: at dawn}"),
        [
            (
                "offbook.yaml:11 jobs.agree.schedule: `at dawn` cannot stand here; write `daily 02:30`, `mon-fri"
                " 07:00`, `every 2h`, or cron's five fields"
            )
        ],
    ),
]


def written(folder: Path, files: Mapping[str, str]) -> Path:
    (folder / "mappings").mkdir()
    for name, text in {**BASE, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def lines(folder: Path) -> list[str]:
    with pytest.raises(WrongFiles) as caught:
        load(folder, StandIns())
    return str(caught.value).splitlines()


def test_the_workspace_under_the_cases_is_sound(tmp_path: Path) -> None:
    assert list(load(written(tmp_path, {}), StandIns()).tables) == ["book", "crm.accounts", "crm.contacts"]


@pytest.mark.parametrize(("files", "messages"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_told_as_the_page_says(tmp_path: Path, files: Mapping[str, str], messages: list[str]) -> None:
    assert lines(written(tmp_path, files)) == messages


def test_every_row_of_the_page_has_a_case() -> None:
    assert {int(name.split()[0]) for name, _, _ in CASES} == set(range(1, 41))
