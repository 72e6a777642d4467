"""Which made-up people is the cost of matching measured on? Simple records, three in ten of them doubles with errors.

`python -m benchmarks.matching_crowd FILE RECORDS`: writes a CSV file, the same for the same number, in a process of its
own, as a child's peak memory counts its parent's too.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

Record: TypeAlias = tuple[str, str, str, str, str]
HEADINGS: Final = ("key", "name", "mobile", "email", "birthday", "city")
DOUBLES: Final = 0.3
"""Share of records that are another's double."""
_WINDOW: Final = 2000
"""A double stands at most about so many records behind the first; matching does not see their order."""

_FAMILY: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)
_GIVEN: Final = (
    "芳伟娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文海波晓燕鹏飞宁雪梅凤宇浩欣怡子涵梓轩思远"
    "嘉佳俊豪博睿琪萌瑶倩蕾婷薇菲洁莹颖露晨辉斌峰凯亮健翔旭东林森鑫龙成康安福祥庆春夏秋冬云月星辰山川"
)
_SYLLABLES_WORDS: Final = (
    "an be bran car da del el fin gar ha hol ja kel lan lar ma mer mon na nor ol par pen ra ren ros sal "
    "san sha sten ta tor van ver wal wil win yor zan"
)
_SYLLABLES: Final = _SYLLABLES_WORDS.split()
_ENDINGS: Final = ("son", "ton", "ley", "man", "er", "field", "berg", "ez", "ova", "ski", "wood", "ham")
_FIRST_WORDS: Final = (
    "James Mary Robert Linda Ahmed Sofia Peter Nina Oliver Emma Lucas Olivia Noah Liam Ava Mia Ethan "
    "Chloe Omar Leila Hugo Clara Ivan Elena Marco Giulia Pablo Lucia Hans Greta Erik Astrid Tomas Petra "
    "Jan Eva Ali Fatima Raj Priya"
)
_FIRST: Final = _FIRST_WORDS.split()
_CITIES_WORDS: Final = (
    "上海 北京 深圳 广州 杭州 苏州 成都 武汉 青岛 厦门 宁波 长沙 西安 重庆 "
    "London Paris Berlin Madrid Boston Austin Denver Leeds Lyon Porto"
)
_CITIES: Final = _CITIES_WORDS.split()
_MAILS: Final = ("163.com", "qq.com", "gmail.com", "outlook.com", "example.com", "126.com")


def records(count: int, seed: int = 1) -> Iterator[Record]:
    """So many records: name, mobile, mail address, birthday, city."""
    random = Random(seed)
    recent: list[Record] = []
    for number in range(count):
        if recent and random.random() < DOUBLES:
            yield _double(recent[random.randrange(len(recent))], random)
            continue
        one = _first(number, random)
        if len(recent) < _WINDOW:
            recent.append(one)
        else:
            recent[random.randrange(_WINDOW)] = one
        yield one


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows((f"R{at}", *one) for at, one in enumerate(records(count)))


def _first(number: int, random: Random) -> Record:
    if random.random() < 0.5:
        size = 1 if random.random() < 0.15 else 2
        name = _FAMILY[int(len(_FAMILY) * random.random() ** 2)] + "".join(random.choices(_GIVEN, k=size))
        local = f"u{random.randrange(10**9)}"
    else:
        first = _FIRST[int(len(_FIRST) * random.random() ** 2)]
        last = "".join(random.choices(_SYLLABLES, k=random.choice((1, 2)))).capitalize() + random.choice(_ENDINGS)
        name, local = f"{first} {last}", f"{first}.{last}{number % 9973}".lower()
    return (
        name,
        f"1{random.choice((38, 39, 50, 86, 59, 77))}{random.randrange(10**8):08d}" if random.random() < 0.8 else "",
        f"{local}@{random.choice(_MAILS)}" if random.random() < 0.7 else "",
        (date(1955, 1, 1) + timedelta(days=random.randrange(17_000))).isoformat() if random.random() < 0.6 else "",
        random.choice(_CITIES),
    )


def _double(one: Record, random: Random) -> Record:
    """The same person as somebody else wrote him down: cells are missing, mistyped or other than they were."""
    name, mobile, mail, birthday, city = one
    return (
        _mistyped(name, random) if random.random() < 0.2 else name,
        _worse(mobile, random),
        _worse(mail, random),
        _worse(birthday, random),
        random.choice(_CITIES) if random.random() < 0.1 else city,
    )


def _worse(text: str, random: Random) -> str:
    luck = random.random()
    return "" if luck < 0.25 else _mistyped(text, random) if luck < 0.35 else text


def _mistyped(text: str, random: Random) -> str:
    """Two neighbours changed places, or one sign written twice."""
    if len(text) < 3:
        return text
    at = random.randrange(1, len(text) - 1)
    return text[:at] + (text[at + 1] + text[at] if random.random() < 0.5 else text[at] * 2) + text[at + 1 + 1 :]


def columns(path: Path) -> dict[str, list[str | tuple[str, ...] | None]]:
    """The columns of a file as matching takes them; equal values are one object."""
    seen: dict[str, str] = {}
    sets: dict[str, tuple[str, ...]] = {}
    out: dict[str, list[str | tuple[str, ...] | None]] = {
        n: [] for n in ("name", "phones", "emails", "birthday", "city")
    }

    def one(text: str) -> str:
        return seen.setdefault(text, text)

    def many(text: str) -> tuple[str, ...]:
        return sets.setdefault(text, (text,) if text else ())

    with path.open(encoding="utf-8", newline="") as file:
        for _, name, mobile, mail, birthday, city in _skip(csv.reader(file)):
            numbers = many(f"+86{mobile}" if mobile else "")
            cells: tuple[str | tuple[str, ...], ...] = (one(name), numbers, many(mail), one(birthday), one(city))
            for column, cell in zip(out.values(), cells, strict=True):
                column.append(cell)
    return out


def _skip(rows: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    next(rows)
    return rows


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
