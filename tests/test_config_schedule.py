"""When does a job run, also where clocks are put forward and back?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.settings import Wrong
from sync.config.schedule import Schedule, parse_schedule

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def after(schedule: str, moment: str, zone: str = SHANGHAI) -> str:
    """The next time as the zone's clock shows it."""
    return (
        parse_schedule(schedule).next_after(at(moment, zone), zone).astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")
    )


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("daily 02:30", "2026-03-04 02:29", "Wed 04 02:30"),
        ("daily 02:30", "2026-03-04 02:30", "Thu 05 02:30"),
        ("Daily  2:30", "2026-03-04 02:30", "Thu 05 02:30"),
        ("mon-fri 07:00", "2026-03-06 07:00", "Mon 09 07:00"),  # a Friday
        ("sat,sun 10:00", "2026-03-06 07:00", "Sat 07 10:00"),
        ("fri-mon 10:00", "2026-03-08 12:00", "Mon 09 10:00"),
        ("every 2h", "2026-03-04 05:10", "Wed 04 06:00"),
        ("every 2h", "2026-03-04 06:00", "Wed 04 08:00"),
        ("every 30m", "2026-03-04 23:45", "Thu 05 00:00"),
        ("every 1d", "2026-03-04 23:45", "Thu 05 00:00"),
        ("15 3 * * *", "2026-03-04 03:15", "Thu 05 03:15"),
        ("*/20 8-9 * * mon-fri", "2026-03-06 09:40", "Mon 09 08:00"),
        ("0 12 1 * *", "2026-03-01 12:00", "Wed 01 12:00"),
        ("0 0 29 2 *", "2026-03-01 00:00", "Tue 29 00:00"),  # 2028
        ("0 0 13 * fri", "2026-03-07 00:00", "Fri 13 00:00"),
        ("0 0 13 * fri", "2026-03-13 00:00", "Fri 20 00:00"),  # cron: either will do
        ("0 0 * * 7", "2026-03-04 00:00", "Sun 08 00:00"),
        ("0 9 * jan-feb *", "2026-03-04 00:00", "Fri 01 09:00"),
    ],
)
def test_the_next_time(schedule: str, moment: str, expected: str) -> None:
    assert after(schedule, moment) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "at dawn", "daily", "daily 24:00", "daily 02:60", "daily 2", "someday 02:00", "mon-xyz 07:00"),
        *("every 0h", "every h", "every 2 hours", "hourly", "2h", "* * * *", "* * * * * *", "60 0 * * *"),
        *("0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *", "0 0 * * 8", "0 0 30 2 *", "*/0 * * * *"),
        *("0 0 * * mon-", "-1 0 * * *", "1-2-3 0 * * *", "０ 0 * * *", "9999999999 0 * * *", "0-3 07:00"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="write `daily 02:30`, `mon-fri 07:00`, `every 2h`, or cron's five fields"):
        parse_schedule(text)


def test_a_time_that_the_clock_skips_comes_as_much_later() -> None:
    assert after("daily 02:30", "2026-03-28 12:00", BERLIN) == "Sun 29 03:30"
    assert after("daily 02:30", "2026-03-29 03:30", BERLIN) == "Mon 30 02:30"


def test_a_time_that_comes_twice_is_meant_once() -> None:
    schedule = parse_schedule("daily 02:30")
    first = schedule.next_after(at("2026-10-24 12:00", BERLIN), BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # summer time still
    assert schedule.next_after(first, BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_even_distances_stay_even_when_the_clock_changes() -> None:
    schedule, moment = parse_schedule("every 2h"), at("2026-03-28 23:00", BERLIN)
    times = [moment := schedule.next_after(moment, BERLIN) for _ in range(6)]
    assert {later - one for one, later in pairwise(times)} == {timedelta(hours=2)}


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [
        ("daily 02:30", "30 2 * * *"),
        ("mon-fri 07:00", "0 7 * * 1,2,3,4,5"),
        ("sun 07:00", "0 7 * * 0"),
        ("every 2h", "0 */2 * * *"),
        ("every 15m", "*/15 * * * *"),
        ("every 1d", "0 0 * * *"),
        ("every 7h", None),
        ("*/30 *  1 Jan *", "*/30 * 1 jan *"),
    ],
)
def test_cron_says_the_same_where_it_can(schedule: str, cron: str | None) -> None:
    assert parse_schedule(schedule).cron() == cron


FIELDS = st.sampled_from(
    [
        "daily 02:30",
        "mon-fri 07:00",
        "every 2h",
        "every 45m",
        "*/20 1,2,3 * * *",
        "0 3 31 * *",
        "30 2 29 2 *",
        "5 4 * * sun",
    ]
)


MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(
    FIELDS,
    MOMENTS,
    st.sampled_from([SHANGHAI, BERLIN, "America/New_York"]),
)
def test_next_is_later_and_nothing_lies_between(text: str, moment: datetime, zone: str) -> None:
    schedule: Schedule = parse_schedule(text)
    found = schedule.next_after(moment, zone)
    assert found > moment
    assert schedule.next_after(found - timedelta(seconds=1), zone) == found
    assert schedule.next_after(moment + (found - moment) / 2, zone) == found
