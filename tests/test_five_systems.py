"""Do a workbook, Airtable, Google Sheets, Zoho and 纷享销客 agree in one job, whatever goes wrong on the way?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from examples.five_systems.__main__ import main
from sandbox.fxiaoke import SECRET
from sync.errors import StalePlan
from tests.five_systems import JOB, Five

VARIABLES = (
    *("AIRTABLE_TOKEN", "AIRTABLE_URL", "GOOGLE_CREDENTIALS", "GOOGLE_URL", "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET"),
    *("ZOHO_REFRESH_TOKEN", "ZOHO_URL", "FX_APP_ID", "FX_APP_SECRET", "FX_PERMANENT_CODE", "FX_URL"),
)


@pytest.fixture
def five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Five]:
    made = Five(tmp_path, seed=getattr(request, "param", 1))
    made.open(monkeypatch.setenv)
    yield made
    made.close()


def test_five_systems_agree_and_the_second_plan_is_empty(five: Five) -> None:
    done = five.run(JOB)
    assert not done.failures
    five.demand_agreed()
    again = five.plan(JOB)
    assert five.lines(again) == []
    assert again.header["changes"] == 0


def test_the_example_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # what the example sets is taken back with it
    assert main(["--customers", "4", "--seed", "5", "--to", str(tmp_path / "five"), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "第二次运行：0 处更改" in said
    assert said.count("每一处都恰好有每个客户一次") == 2
    secret = SECRET.encode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]


def _stormed(five: Five, seed: int, runs: int) -> None:
    """Some runs in which requests meet troubles at random; then quiet ones, until nothing is left to do."""
    five.dice = random.Random(seed)
    for _ in range(runs):
        with suppress(StalePlan):  # a source could not be described when it was planned: plan again
            five.run(JOB)
    assert five.met, "nothing went wrong: the test proves nothing"
    five.dice = None
    five.until_calm()
    five.demand_agreed()


@pytest.mark.parametrize("seed", [2])
def test_troubles_at_random_lose_nothing_and_double_nothing(five: Five, seed: int) -> None:
    five.often = 0.1
    _stormed(five, seed, runs=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("often", [0.05, 0.15])
def test_troubles_while_people_type(five: Five, seed: int, often: float) -> None:
    """Customers that agree, what people then type here and there, and troubles again: what they typed is everywhere."""
    five.often = often
    _stormed(five, seed, runs=3)
    dice = random.Random(seed)
    for _ in range(2):
        five.types(dice)
    for _ in range(2):
        five.dice = random.Random(dice.random())
        with suppress(StalePlan), five.moody(dice):
            five.run(JOB)
        five.types(dice)
    five.dice = None
    five.until_calm()
    five.demand_agreed()
