"""What holds of every matching, whatever the data: order means nothing, decisions hold, what is known stays together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Batch, compare, dump_model, keys, learn, load_model, match, similar_name
from matching.aspects import ORGANISATION, PERSON
from tests.crowd import Row, batch, companies, people

NAMES = [
    "王芳",
    "王芳 ",
    "王總",
    "王总",
    "張三",
    "张三",
    "张叁",
    "Zhang San",
    "San Zhang",
    "李四",
    "",
    "a",
    "😀",
    "x" * 500,
]
PHONES = ["+8613800138000", "+8613800138001", "+862158881234;ext=1", "4008001234", "", "1"]
MAILS = ["a@b.example", "info@b.example", "A.B@qq.com", "", "@"]
COMPANIES = ["上海宇润科技有限公司", "宇润科技(上海)有限公司", "宇润", "上海宇润科技有限公司北京分公司", "Acme Ltd", ""]

person = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "phones": st.lists(st.sampled_from(PHONES), max_size=2).map(tuple),
        "emails": st.lists(st.sampled_from(MAILS), max_size=2).map(tuple),
        "works_at.name": st.sampled_from(COMPANIES),
        "identifiers.no": st.sampled_from(["", "", "K1", "K2"]),
        "birthday": st.sampled_from(["", "1985-03-02", "1985", "--03-02"]),
    }
)
organisation = st.fixed_dictionaries(
    {
        "name": st.sampled_from(COMPANIES),
        "phones": st.lists(st.sampled_from(PHONES), max_size=2).map(tuple),
        "identifiers.credit_code": st.sampled_from(["", "91110000600037341L", "91330212504327664T"]),
        "address": st.sampled_from(["", "张江路1号", "1 Hill Road"]),
    }
)
rows = st.one_of(
    st.tuples(st.just("person"), st.lists(person, min_size=1, max_size=14)),
    st.tuples(st.just("organisation"), st.lists(organisation, min_size=1, max_size=14)),
)


def groups(label: Sequence[int]) -> set[frozenset[int]]:
    return {frozenset(row for row, one in enumerate(label) if one == name) for name in set(label)}


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(made: tuple[str, list[Row]], dice: random.Random) -> None:
    kind, some = made
    order = list(range(len(some)))
    dice.shuffle(order)
    straight = match(batch(kind, some, source=[0] * len(some)))
    mixed = match(batch(kind, [some[k] for k in order], source=[0] * len(some)))
    sizes = sorted(len(group) for group in groups(straight.label))
    assert sizes == sorted(len(group) for group in groups(mixed.label))
    said = {frozenset(repr(some[row]) for row in group) for group in groups(straight.label)}
    assert said == {frozenset(repr(some[order[row]]) for row in group) for group in groups(mixed.label)}
    assert len(straight.questions) == len(mixed.questions)


@given(rows, st.data())
def test_decisions_are_never_overridden(made: tuple[str, list[Row]], data: st.DataObject) -> None:
    kind, some = made
    row = st.integers(0, len(some) - 1)
    pair = st.tuples(row, row).filter(lambda p: p[0] != p[1])
    many = st.lists(pair, max_size=3) if len(some) > 1 else st.just([])
    same, different = data.draw(many), data.draw(many)
    result = match(batch(kind, some), same=same, different=different)
    if result.contradictions:
        return
    assert all(result.label[a] == result.label[b] for a, b in same)
    assert all(result.label[a] != result.label[b] for a, b in different)
    for asked in result.questions:
        assert {asked.a, asked.b} not in [set(p) for p in different]


@given(rows, st.data())
def test_what_is_known_stays_together(made: tuple[str, list[Row]], data: st.DataObject) -> None:
    kind, some = made
    entity = data.draw(st.lists(st.integers(-1, 3), min_size=len(some), max_size=len(some)))
    result = match(batch(kind, some, entity=entity))
    for a in range(len(some)):
        for b in range(a):
            if entity[a] == entity[b] >= 0:
                assert result.label[a] == result.label[b]


@given(rows)
def test_a_table_without_doubles_keeps_its_records_apart(made: tuple[str, list[Row]]) -> None:
    kind, some = made
    n = len(some)
    result = match(batch(kind, some, source=[k % 2 for k in range(n)], table=[0] * n, alone={0}))
    first = [result.label[k] for k in range(0, n, 2)]
    assert len(set(first)) == len(first)
    assert not any(q.a % 2 == q.b % 2 == 0 for q in result.questions)


@given(rows)
def test_results_are_in_range(made: tuple[str, list[Row]]) -> None:
    kind, some = made
    result = match(batch(kind, some))
    for row, one in enumerate(result.label):
        assert one <= row
        assert result.label[one] == one
    assert all(0 <= p <= 1 for p in result.held)
    for link in result.links:
        assert result.label[link.a] == result.label[link.b]
        assert 0.95 <= link.p <= 1
    for asked in result.questions:
        assert result.label[asked.a] != result.label[asked.b]
        assert 0 <= asked.p < 0.95
    for doubted in result.doubts:
        assert result.label[doubted.a] == result.label[doubted.b]
        assert 0.95 <= doubted.p < 1
    assert 0 <= result.report.precision <= 1
    assert 0 <= result.report.recall <= 1


def test_contradicting_decisions_stop_those_customers_only() -> None:
    some: list[Row] = [{"name": "张晓梅", "phones": ("+8613800138000",)}] * 3
    others: list[Row] = [{"name": "李国强", "phones": ("+8613911112222",)}] * 2
    result = match(batch("person", [*some, *others, *people(100)]), same=[(0, 1), (1, 2)], different=[(0, 2)])
    assert result.contradictions == [(0, 2)]
    assert len({result.label[k] for k in range(3)}) == 3, "nothing is merged for them"
    assert result.label[3] == result.label[4]


def test_certain_evidence_against_a_decision_is_told() -> None:
    some: list[Row] = [{"name": "张晓梅", "identifiers.no": "K1"}, {"name": "张晓梅", "identifiers.no": "K1"}]
    result = match(batch("person", [*some, *people(100)]), different=[(0, 1)])
    assert result.label[0] != result.label[1]
    assert result.contradictions == [(0, 1)]


def test_weak_links_do_not_chain() -> None:
    """A and C differ in every way; what each shares with B makes them no customer."""
    chain: list[Row] = [
        {"name": "张晓梅", "phones": ("+8613800138000",), "works_at.name": "上海宇润科技有限公司"},
        {"name": "", "phones": ("+8613800138000", "+8613911112222")},
        {"name": "李国强", "phones": ("+8613911112222",), "works_at.name": "北京金力电子有限公司"},
    ]
    result = match(batch("person", [*chain, *people(300)]))
    assert result.label[0] != result.label[2]


@pytest.mark.parametrize("kind", ["person", "organisation"])
def test_one_by_one_is_as_all_at_once(kind: str) -> None:
    """What comes later joins what is known as it would have at once; the share of pairs that differ is below a hundredth."""
    some = people(400, seed=3) if kind == "person" else companies(400, seed=3)
    random.Random(5).shuffle(some)
    at_once = match(batch(kind, some))
    half = len(some) // 2
    first = batch(kind, some[:half])
    model = load_model(dump_model(learn(first)))
    entity = [*match(first).label, *[-1] * (len(some) - half)]
    for start in range(half, len(some), 50):
        new = range(start, min(start + 50, len(some)))
        known = batch(kind, some[: new.stop], entity=entity[: new.stop])
        entity[: new.stop] = match(known, only_new=new, model=model).label
    one, other = _pairs(entity), _pairs(at_once.label)
    assert len(one ^ other) <= 0.02 * len(other)
    assert len(other) > 50


def _pairs(label: Sequence[int]) -> set[tuple[int, int]]:
    return {(a, b) for group in groups(label) for a in group for b in group if a < b}


def test_parts_that_could_be_one_share_a_stable_key() -> None:
    one: Row = {"name": "张晓梅", "phones": ("+8613800138000",)}
    other: Row = {"name": "Zhang Xiaomei", "phones": ("+8613800138000",)}
    alone, both = keys(batch("person", [one])), keys(batch("person", [other, *people(50), one]))
    mine = set(alone.keys.tolist())
    assert mine == {k for row, k in zip(both.rows.tolist(), both.keys.tolist()) if row == len(people(50)) + 1}
    assert mine & {k for row, k in zip(both.rows.tolist(), both.keys.tolist()) if row == 0}


def test_own_kinds_are_the_same_by_what_identifies_them() -> None:
    made = Batch(
        "machine",
        {"serial": ["A1", "a1", "A2", "", ""], "model": ["x", "x", "x", "x", "x"]},
        [0] * 5,
        identify=["serial"],
    )
    assert match(made).label == [0, 0, 2, 3, 4]
    assert match(replace(made, identify=["serial", "year"])).label == [0, 1, 2, 3, 4], (
        "a field that nobody shows identifies nobody"
    )
    assert match(replace(made, identify=())).label == [0, 1, 2, 3, 4]


def test_own_kinds_with_types_are_compared() -> None:
    titles = [f"a study of number {k} and its {k * 7} friends in wonderland {k * k}" for k in range(60)]
    values = {"title": [*titles, *titles[:20]], "year": [str(1990 + k % 20) for k in [*range(60), *range(20)]]}
    result = match(Batch("paper", values, [0] * 80, types={"title": "text", "year": "text"}))
    assert sum(result.label[k] == k - 60 for k in range(60, 80)) >= 18
    assert len(set(result.label[:60])) == 60


def test_a_pair_can_be_compared_with_its_reasons() -> None:
    made = batch(
        "person", [{"name": "张晓梅", "phones": ("+8613800138000",)}, {"name": "張曉梅", "phones": ("+8613800138000",)}]
    )
    score = compare(made, 0, 1, prior=0.5)
    assert score.p > 0.99
    seen = {(r.aspect, r.level) for r in score.reasons}
    assert {("family", "exact"), ("given", "exact"), ("mobile", "exact")} <= seen
    weights = [abs(r.weight) for r in score.reasons]
    assert weights == sorted(weights, reverse=True)
    against = compare(batch("person", [{"name": "张晓梅"}, {"name": "李国强"}]), 0, 1, prior=0.5)
    assert against.p < 0.1
    assert all(r.weight < 0 for r in against.reasons)


def test_reasons_tell_how_many_others_share_it() -> None:
    shared: list[Row] = [{"name": name, "phones": ("+862158881234",)} for name in ("王芳", "李强", "张敏", "陈磊")]
    made = batch("person", [{"name": "王芳", "phones": ("+862158881234",)}, *shared, *people(100)])
    link = next(r for r in compare(made, 0, 1, model=learn(made)).reasons if r.aspect == "fixed")
    assert link.others == 3


@pytest.mark.parametrize(
    ("kind", "a", "b", "expected"),
    [
        ("person", "王芳", "王 芳", "equal"),
        ("person", "張三豐", "张三丰", "equal"),
        ("person", "Ruth Mercer", "Mercer, Ruth", "equal"),
        ("person", "Ruth Mercer", "Ruth Mercr", "typing distance"),
        ("person", "张青磊", "张庆磊", "typing distance"),
        ("person", "张伟", "章威", "typing distance"),
        ("person", "王芳", "王总", "apart"),
        ("person", "王芳", "李芳", "apart"),
        ("person", "张三", "李四", "apart"),
        ("person", "Ruth Mercer", "Paul Mercer", "apart"),
        ("organisation", "上海宇润科技有限公司", "上海宇润科技有限公司 ", "equal"),
        ("organisation", "上海宇润科技有限公司", "宇润科技", "typing distance"),
        ("organisation", "上海宇润科技有限公司", "上海宇闰科技有限公司", "typing distance"),
        ("organisation", "上海宇润科技有限公司", "宇润科技(上海)有限公司", "apart"),
        ("organisation", "上海宇润科技有限公司", "北京宇润科技有限公司", "apart"),
        ("organisation", "上海宇润科技有限公司", "上海宇润科技有限公司北京分公司", "apart"),
        ("organisation", "上海宇润科技有限公司", "上海天力贸易有限公司", "apart"),
        ("organisation", "Larkspur Supply Ltd", "Larkspur Suply Limited", "typing distance"),
        ("identifier", "K1001", "K1002", "typing distance"),
        ("identifier", "K1001", "Q9", "apart"),
        ("person", "", "王芳", "apart"),
    ],
)
def test_how_far_two_names_are_apart(kind: str, a: str, b: str, expected: str) -> None:
    assert similar_name(kind, a, b) == similar_name(kind, b, a) == expected


@settings(max_examples=30)
@given(st.sampled_from(["person", "organisation"]), st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_can_be_told_apart(kind: str, a: str, b: str) -> None:
    assert similar_name(kind, a, b) == similar_name(kind, b, a)
    assert similar_name(kind, a, a) == "equal"


def test_a_batch_without_rows_or_columns() -> None:
    assert match(Batch("person", {}, [])).label == []
    assert match(Batch("organisation", {"name": [None, ""]}, [0, 0])).label == [0, 1]


def test_every_code_of_a_reason_is_in_the_docs() -> None:
    told = (Path(__file__).resolve().parents[1] / "docs" / "matching.md").read_text(encoding="utf-8")
    for aspect in (*PERSON, *ORGANISATION):
        line = next(line for line in told.split("\n") if line.startswith("|") and aspect.name in line.split("|")[1])
        assert all(level in line for level in aspect.levels[1:]), aspect.name
