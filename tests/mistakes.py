"""Which mistakes are in the rows 1 to 14 of CONFIG §5, and in what are all of them made?"""

from __future__ import annotations

from collections.abc import Mapping

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

EARLY: list[tuple[str, Mapping[str, str], list[str]]] = [
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
]
