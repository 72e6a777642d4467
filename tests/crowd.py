"""Who stands around the few records that a test of matching is about? Rarity means something only in a crowd."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Literal

from matching import Batch, Question, Result, match
from matching.parts import Value

Row = Mapping[str, Value]
Fate = Literal["linked", "asked", "apart"]

_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘蔡蒋余"
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚玲英红辉波鹏斌华飞浩宇婷雪琳倩颖燕梅莉丹慧洁峰健亮俊凯东晨欣怡子轩文思"
)
_CITIES = ("上海", "北京", "广州", "深圳", "杭州", "南京", "武汉", "成都")
_BRANDS = "宇恒通瑞丰泰佳华鼎盛安信达联合创新远景明德博文天力金城"
_TRADES = ("科技", "贸易", "电子", "机械设备", "食品", "建材", "物流", "文化传媒")
_FIRST = (
    "Alice",
    "Brian",
    "Carol",
    "David",
    "Emma",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "James",
    "Karen",
    "Louis",
    "Maria",
    "Nigel",
    "Olive",
    "Peter",
    "Ruth",
    "Simon",
)
_LAST = (
    "Archer",
    "Barlow",
    "Carver",
    "Dalton",
    "Ellison",
    "Fenton",
    "Garner",
    "Hobson",
    "Irving",
    "Jarvis",
    "Kendal",
    "Lawton",
    "Mercer",
    "Norton",
    "Osborn",
)


def company(dice: random.Random) -> str:
    brand = "".join(dice.sample(_BRANDS, 3))
    return f"{dice.choice(_CITIES)}{brand}{dice.choice(_TRADES)}有限公司"


def mobile(dice: random.Random) -> str:
    return f"+861{dice.choice('356789')}{dice.randrange(10**9):09}"


def people(n: int, seed: int = 7) -> list[Row]:
    """n persons of n/4 companies, a fifth of them English; then every third of them as another source knows him."""
    dice = random.Random(seed)
    firms = [company(dice) for _ in range(max(1, n // 4))]
    rows: list[Row] = []
    for _ in range(n):
        name = dice.choice(_FAMILIES) + "".join(dice.sample(_GIVEN, 2))
        if dice.random() < 0.2:
            name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
        rows.append(
            {
                "name": name,
                "phones": (mobile(dice),),
                "works_at.name": dice.choice(firms),
                "city": dice.choice(_CITIES),
            }
        )
    return rows + [{name: row[name] for name in dice.sample(sorted(row), 3)} for row in rows[::3]]


def companies(n: int, seed: int = 7) -> list[Row]:
    """n companies with a switchboard and an address of their own; then every third of them as another source knows it."""
    dice = random.Random(seed)
    rows: list[Row] = [
        {
            "name": company(dice),
            "phones": (f"+8621{dice.randrange(50000000, 59999999)}",),
            "address": f"{dice.choice(_CITIES)}市{''.join(dice.sample(_BRANDS, 2))}路{dice.randrange(1, 999)}号",
        }
        for _ in range(n)
    ]
    return rows + [{name: row[name] for name in ("name", dice.choice(("phones", "address")))} for row in rows[::3]]


def batch(kind: str, rows: Iterable[Row], **more: object) -> Batch:
    """Rows as columns; each row from a source of its own unless `source` says otherwise."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    source = more.pop("source", list(range(len(rows))))
    return Batch(kind, {name: [row.get(name) for row in rows] for name in names}, source, **more)  # type: ignore[arg-type]


def among(kind: str, *rows: Row, crowd: int = 300, **more: object) -> Result:
    """What is made of a few rows (numbers 0, 1 …) among a crowd."""
    around = people(crowd) if kind == "person" else companies(crowd)
    return match(batch(kind, [*rows, *around]), **more)  # type: ignore[arg-type]


def fate(result: Result, a: int = 0, b: int = 1) -> Fate:
    """What became of two rows."""
    if result.label[a] == result.label[b]:
        return "linked"
    return "asked" if any(_between(result, q, a, b) for q in result.questions) else "apart"


def _between(result: Result, asked: Question, a: int, b: int) -> bool:
    return {result.label[asked.a], result.label[asked.b]} == {result.label[a], result.label[b]}
