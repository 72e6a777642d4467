"""Does bad data blow up time or memory, or glue everything together?"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from matching import Batch, Result, match
from matching.parts import Value
from tests.crowd import batch, people

N = 10_000
_DICE = random.Random(11)
_FAMILIES, _GIVEN = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚玲英红辉波鹏斌华飞浩",
)
NAMES = [_DICE.choice(_FAMILIES) + "".join(_DICE.choices(_GIVEN, k=2)) for _ in range(N)]

BAD: dict[str, tuple[str, Mapping[str, Sequence[Value]]]] = {
    "one switchboard": ("person", {"name": NAMES, "phones": [("+862158881234",)] * N}),
    "one mobile": ("person", {"name": NAMES, "phones": [("+8613800138000",)] * N}),
    "one mobile and nothing else": ("person", {"phones": [("+8613800138000",)] * N}),
    "one common name": ("person", {"name": ["王芳"] * N}),
    "one title for a name": ("person", {"name": ["王总"] * N, "works_at.name": [f"上海{n}有限公司" for n in NAMES]}),
    "one number of one's own": ("person", {"name": NAMES, "identifiers.no": ["0"] * N}),
    "one company": (
        "person",
        {"name": NAMES, "works_at.name": ["上海宇润科技有限公司"] * N, "address": ["张江路1号"] * N},
    ),
    "one address": ("organisation", {"name": [f"上海{n}有限公司" for n in NAMES], "address": ["张江路1号"] * N}),
    "empty columns": ("person", {"name": [None] * N, "phones": [()] * N, "birthday": [""] * N}),
}


@pytest.mark.parametrize("name", BAD)
def test_no_giant_customer_and_no_blow_up(name: str) -> None:
    kind, values = BAD[name]
    before = time.process_time()
    result = match(Batch(kind, values, [0] * N))
    assert time.process_time() - before < 20
    assert result.report.candidates < 25 * N
    assert max(Counter(result.label).values()) < 20


def test_two_hundred_rows_of_one_company_are_one_company() -> None:
    phones = [(f"+86215888{k % 3}001",) for k in range(200)]
    names = ["上海宇润科技有限公司"] * 150 + ["上海宇润科技"] * 50
    result = match(Batch("organisation", {"name": names, "phones": phones}, [0] * 200))
    assert len(set(result.label)) == 1


def test_memory_is_bounded() -> None:
    tracemalloc.start()
    match(Batch("person", BAD["one company"][1], [0] * N))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 400_000_000


def test_cells_of_megabytes_cost_no_more_than_long_names() -> None:
    values: Mapping[str, Sequence[Value]] = {
        "name": ["x" * 5_000_000, "长" * 2_000_000, "王芳", "王芳"],
        "phones": [tuple(str(13000000000 + k) for k in range(50_000)), (), ("+8613800138000",), ("+8613800138000",)],
        "address": ["y" * 5_000_000, "路" * 2_000_000, "", ""],
    }
    before = time.process_time()
    result = match(Batch("person", values, [0] * 4))
    assert time.process_time() - before < 5
    assert len(set(result.label)) >= 3


ODD = ["😀😀", "王😀芳", "Wang 芳", "ﷺ", "\ud800", "٣٤٥", "é", "é", "\x00", "​", "ﬁ", "㍿", "''--", "a\nb", "()"]


def test_mixed_scripts_and_signs() -> None:
    values: dict[str, Sequence[Value]] = dict.fromkeys(
        ("name", "title", "city", "address", "wechat", "birthday", "gender"), ODD
    )
    values |= {
        "phones": [(t,) for t in ODD],
        "emails": [(f"{t}@{t}",) for t in ODD],
        "works_at.name": ODD,
        "identifiers.no": ODD,
    }
    for kind in ("person", "organisation"):
        result: Result = match(Batch(kind, values, [0] * len(ODD)))
        assert len(result.label) == len(ODD)


def test_a_thousand_records_cost_about_a_second() -> None:
    some = people(750)
    before = time.process_time()
    match(batch("person", some, source=[0] * len(some)))
    assert time.process_time() - before < 5, "1 CPU second on a quiet machine"
