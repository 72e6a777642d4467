"""Which mistakes are in the rows from 15 on of CONFIG §5?"""

from __future__ import annotations

from collections.abc import Mapping

from tests.mistakes import FIELDS, TYPES, book, config, source

LATE: list[tuple[str, Mapping[str, str], list[str]]] = [
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
