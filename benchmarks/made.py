"""Which made-up records are measured? Twelve fields, Chinese and English mixed, the same for the same seed.

`python -m benchmarks.made FILE RECORDS CHANGED`: in a process of its own, as a child's peak memory counts its parent's too.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADINGS = ("编号", "公司名称", "税号", "公司电话", "地址", "级别", "联系人", "手机", "邮箱", "职务", "生日", "备注")
KEY, NAME, PHONE, TITLE, REMARK = 0, 1, 7, 9, 11
LEFT_OUT = 11
"""One record in a hundred is changed; one of this many of those is missing instead, and one is new."""
MAPPING = """\
table: {table}
key: 编号
record:
  organisation:
    name: 公司名称
    identifiers: {{from: 税号, as: credit_code}}
    phones: 公司电话
    address: 地址
    tier: 级别
  person:
    name: 联系人
    phones: 手机
    emails: 邮箱
    title: 职务
    birthday: 生日
    notes: 备注
    works_at: organisation
"""

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_GIVEN = "芳伟娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文海波晓燕鹏飞宁雪梅凤宇浩欣怡子涵梓轩思远嘉佳"
_FIRST = ("James", "Mary", "Wei", "Robert", "Linda", "Ahmed", "Sofia", "Peter", "Nina", "Oliver", "Emma", "Lucas")
_LAST = ("Smith", "Johnson", "Chen", "Brown", "Garcia", "Miller", "Davis", "Wilson", "Moore", "Taylor", "Khan", "Weber")
_WORDS = ("Northern", "Blue", "Harbor", "Granite", "Pacific", "Silver", "Summit", "Orchid", "Falcon", "Maple", "Delta")
_TRADES = ("Logistics", "Foods", "Optics", "Textiles", "Machinery", "Chemicals", "Software", "Paper", "Tools")
_CITIES = ("上海", "深圳", "杭州", "苏州", "成都", "武汉", "青岛", "厦门", "宁波", "长沙", "西安", "重庆")
_BRANCHES = ("科技", "贸易", "实业", "电子", "机械", "医疗器械", "食品", "物流", "环保", "建材")
_STREETS = ("中山路", "人民路", "解放大道", "科技园路", "张江路", "滨江大道", "建设一路", "文三路")
_TITLES = ("采购经理", "总经理", "销售总监", "CEO", "Buyer", "财务", "工程师", "Office manager", "")
_REMARKS = ("老客户", "call again in May", "展会认识,对价格敏感", "prefers e-mail", "", "", "要发票", "")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_REGIONS = ("310115", "440305", "330106", "320508", "510107", "420111", "370202", "350203")


def row(number: int, seed: int = 1) -> list[str]:
    """One record; a number says it whole, so files of any size agree on what they share."""
    random = Random(number * 1_000_003 + seed)
    is_chinese = random.random() < 0.6
    return (_chinese if is_chinese else _english)(number, random)


def rows(count: int, seed: int = 1) -> Iterator[list[str]]:
    return (row(number, seed) for number in range(1, count + 1))


def write(path: Path, count: int, *, changed: int = 0, seed: int = 1) -> None:
    """A CSV file of so many records. changed: in one record of so many something is otherwise (0: in none)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, cells in enumerate(rows(count, seed), 1):
            if changed and number % changed == 0:
                at = number // changed
                if at % LEFT_OUT == 0:
                    continue
                cells = _edited(cells, at)
            writer.writerow(cells)
        for number in range(count + 1, count + 1 + (count // changed // LEFT_OUT if changed else 0)):
            writer.writerow(row(number, seed))


def altered(count: int, changed: int) -> tuple[int, int, int]:
    """How many updates, creates and missing records `write` made."""
    all_ = count // changed
    missing = all_ // LEFT_OUT
    return all_ - missing, missing, missing


def _edited(cells: list[str], at: int) -> list[str]:
    """A new mobile, a new title or a remark: what salespeople change."""
    out = list(cells)
    column = (PHONE, TITLE, REMARK)[at % 3]
    out[column] = {PHONE: f"139{at % 10**8:08d}", TITLE: f"区域经理{at % 97}", REMARK: f"{cells[REMARK]} 回访{at}"}[
        column
    ]
    return out


def _chinese(number: int, random: Random) -> list[str]:
    city, branch = random.choice(_CITIES), random.choice(_BRANCHES)
    brand = "".join(random.choice(_GIVEN) for _ in range(3))
    person = random.choice(_FAMILY) + "".join(random.choice(_GIVEN) for _ in range(random.choice((1, 2, 2))))
    street, house = random.choice(_STREETS), random.randrange(1, 1999)
    return [
        f"C{number:08d}",
        f"{city}{brand}{branch}有限公司",
        _credit_code(random),
        f"0{random.choice((21, 755, 571, 512))}-{random.randrange(20_000_000, 89_999_999)}",
        f"{city}市{street}{house}号",
        random.choice("ABC"),
        person,
        f"1{random.choice((38, 39, 50, 86, 59, 77))}{random.randrange(10**8):08d}",
        f"user{number}@{random.choice(('163.com', 'qq.com', 'example.cn'))}",
        random.choice(_TITLES),
        _birthday(random),
        random.choice(_REMARKS),
    ]


def _english(number: int, random: Random) -> list[str]:
    brand = f"{random.choice(_WORDS)} {random.choice(_LAST)} {random.choice(_TRADES)}"
    first, last = random.choice(_FIRST), random.choice(_LAST)
    return [
        f"C{number:08d}",
        f"{brand} {random.randrange(10_000)} {random.choice(('Ltd.', 'Inc.', 'GmbH', 'Co., Ltd'))}",
        _credit_code(random) if random.random() < 0.5 else "",
        f"+1 {random.randrange(201, 989)} {random.randrange(200, 999)} {random.randrange(10_000):04d}",
        f"{random.randrange(1, 9999)} {random.choice(_LAST)} Street, Springfield",
        random.choice("ABC"),
        f"{first} {last}",
        f"1{random.choice((38, 39, 50, 86, 59, 77))}{random.randrange(10**8):08d}",
        f"{first}.{last}{number}@example.com".lower(),
        random.choice(_TITLES),
        _birthday(random),
        random.choice(_REMARKS),
    ]


def _birthday(random: Random) -> str:
    day = date(1955, 1, 1) + timedelta(days=random.randrange(17_000))
    return random.choice((day.isoformat(), f"{day.year}年{day.month}月{day.day}日", day.strftime("%Y/%m/%d"), ""))


def _credit_code(random: Random) -> str:
    """GB 32100: 17 characters and one that checks them."""
    head = "91" + random.choice(_REGIONS) + "".join(random.choice(_CREDIT) for _ in range(9))
    check = (31 - sum(_CREDIT.index(one) * weight for one, weight in zip(head, _WEIGHTS)) % 31) % 31
    return head + _CREDIT[check]


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), changed=int(sys.argv[3]))
