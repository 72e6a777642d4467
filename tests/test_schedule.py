"""Jobs run by themselves: at their times, never twice at once, caught up once, and stopped in good order."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from apscheduler.executors import base as executors
from apscheduler.schedulers import base as schedulers

from connectors.contract import ConfigError
from connectors.gate import RunGate, VirtualClock
from sync.config.model import Workspace
from sync.config.schedule import parse_schedule
from sync.ledger.lease import take
from sync.run import Session, open_session
from sync.schedule.forever import Forever, Next, lag_of
from sync.schedule.once import Finished, once
from sync.schedule.outside import put, written
from sync.schedule.trigger import AGAIN, TRIES, Times
from sync.show.scheduled import tell_scheduled
from sync.show.screen import Screen
from sync.workspace import load
from tests.engine import Side, World
from tests.small_world import Files

ZONE = "Asia/Shanghai"
CHECKOUT = Path(__file__).resolve().parents[1]


class Stage:
    """A world whose scheduler runs in virtual time: waiting moves it. `does`: what happens while a run is going on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **jobs: dict[str, Any]) -> None:
        for name in jobs:
            jobs[name] = {"push": ["crm", "book"], "create_in": ["crm"], "review": "questions", **jobs[name]}
        sides = {"crm": Side(formal=True, create=True), "book": Side()}
        self.world = World(folder, sides, jobs=jobs, timezone=ZONE)
        self.world.add("book", "北京方圆", "C-1", a="x")
        self.world.run()
        self.told: list[Finished | Next] = []
        self.does: Callable[[str], None] = lambda _job: None
        self.until = self.world.now
        stage = self

        class Virtual(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return stage.world.now.astimezone(tz)

        monkeypatch.setattr(schedulers, "datetime", Virtual)
        monkeypatch.setattr(executors, "datetime", Virtual)

    def now(self) -> datetime:
        return self.world.now

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self.world.now += timedelta(seconds=max(seconds, 1.0))
        if self.world.now >= self.until:
            stop.set()

    def open(self, workspace: Workspace, gate: RunGate) -> Session:
        session = open_session(workspace, gate=gate, clock=lambda: self.world.now)
        self.does("")
        return session

    def runs(self, **time: float) -> list[Finished]:
        """The scheduler for so long -> what it did."""
        self.until = self.world.now + timedelta(**time)
        self.told = []
        gate = lambda: RunGate(clock=VirtualClock(self.world.now))  # noqa: E731
        made = Forever(load(self.world.folder), self.told.append, clock=self, open_=self.open, gate_of=gate)
        self.forever = made
        assert made.run() == 0
        return [one for one in self.told if isinstance(one, Finished)]

    def at(self, text: str) -> None:
        """Sets the clock of Shanghai: `03-02 01:00`."""
        self.world.now = datetime.fromisoformat(f"2026-{text}:00+08:00").astimezone(UTC)


def local(done: Finished) -> str:
    return done.started.astimezone(ZoneInfo(ZONE)).strftime("%m-%d %H:%M")


# ------------------------------------------------------------------------------ times


def test_jobs_run_at_their_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"}, noon={"schedule": "mon-fri 12:00"})
    stage.at("03-06 01:00")  # a Friday
    done = stage.runs(days=3)
    said = [(one.job, local(one)) for one in done]
    assert said == [
        *(("night", "03-06 02:30"), ("noon", "03-06 12:00"), ("night", "03-07 02:30"), ("night", "03-08 02:30")),
    ]
    assert [one.code for one in done] == [0, 0, 0, 0]


def test_a_run_writes_what_review_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(
        tmp_path, monkeypatch, night={"schedule": "daily 02:30"}, careful={"schedule": "daily 01:30", "review": "all"}
    )
    stage.at("03-06 01:00")
    key = stage.world.keys("book", "北京方圆")[0]
    stage.world.edit("book", key, a="typed")
    careful, night = stage.runs(hours=2)
    assert (careful.job, careful.planned, careful.done) == ("careful", 1, 0)
    assert careful.not_sent == {"waits for a person": 1}
    assert (night.job, night.planned, night.done) == ("night", 1, 1)
    assert stage.world.shows("crm", stage.world.keys("crm", "北京方圆")[0], "a") == "typed"


def test_a_time_that_went_by_while_nobody_ran_is_caught_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"})
    stage.at("03-06 01:00")
    assert len(stage.runs(hours=2)) == 1
    stage.at("03-09 10:00")
    done = stage.runs(hours=12)
    assert [local(one) for one in done] == ["03-09 10:00"]
    first = stage.told[0]
    assert isinstance(first, Next)
    assert first.caught_up == ("night",)
    assert stage.runs(minutes=30) == []


def test_a_job_that_never_ran_has_missed_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"})
    stage.at("03-06 10:00")
    assert stage.runs(hours=2) == []


def test_a_machine_that_slept_catches_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, often={"schedule": "every 1h"})
    stage.at("03-06 00:30")
    slept: list[datetime] = []

    def sleep(_job: str) -> None:
        if not slept:
            slept.append(stage.world.now)
            stage.world.now += timedelta(hours=7, minutes=10)

    stage.does = sleep
    done = stage.runs(hours=9)
    assert [local(one) for one in done] == ["03-06 01:00", "03-06 08:10", "03-06 09:00"]


def test_a_long_run_of_one_job_never_overlaps_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, a={"schedule": "daily 02:00"}, b={"schedule": "daily 02:10"})
    stage.at("03-06 01:00")
    going: list[int] = []

    def slow(_job: str) -> None:
        assert not going
        going.append(1)
        stage.world.now += timedelta(minutes=30)
        going.pop()

    stage.does = slow
    done = stage.runs(hours=3)
    assert [(one.job, local(one)) for one in done] == [("a", "03-06 02:00"), ("b", "03-06 02:30")]


# ------------------------------------------------------------------------------ trouble


def test_a_run_that_fails_is_told_and_tried_at_its_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"})
    stage.at("03-06 01:00")
    broken: list[int] = []

    def breaks(_job: str) -> None:
        if not broken:
            broken.append(1)
            raise ZeroDivisionError("secret value")

    stage.does = breaks
    first, second = stage.runs(days=2)
    assert (first.code, second.code) == (70, 0)
    assert "secret value" not in str(first.as_json())


def test_wrong_files_are_told_and_mended_ones_are_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"})
    stage.at("03-06 01:00")
    path = stage.world.folder / "offbook.yaml"
    good = path.read_text()

    def tell(event: Finished | Next) -> None:
        stage.told.append(event)
        path.write_text(good if isinstance(event, Finished) else "nonsense: 1")

    stage.until = stage.world.now + timedelta(days=2)
    made = Forever(load(stage.world.folder), tell, clock=stage, open_=stage.open)
    assert made.run() == 0
    codes = [one.code for one in stage.told if isinstance(one, Finished)]
    assert codes == [2, 2]


def test_a_busy_ledger_is_tried_again_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path, monkeypatch, night={"schedule": "daily 02:30"})
    stage.at("03-06 02:00")
    with stage.world.session() as other:
        lease = take(other.ledger, clock=lambda: datetime(2027, 1, 1, tzinfo=UTC), what="sync")
        stage.does = lambda _job: lease.release() if stage.world.now.minute > 30 else None
        done = stage.runs(hours=2)
    assert [(local(one), one.code) for one in done] == [("03-06 02:30", 4), ("03-06 02:40", 0)]


def test_retries_come_to_an_end_and_the_sources_lag_is_waited_for() -> None:
    now = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    times = Times(parse_schedule("every 1m"), "UTC")
    times.ended(now, lag=90.0, retry=False)
    assert times.next_after(now) == now + timedelta(seconds=90)
    nightly = Times(parse_schedule("daily 02:30"), "UTC")
    for _ in range(TRIES):
        nightly.ended(now, lag=0.0, retry=True)
        assert nightly.next_after(now) == now + AGAIN
    nightly.ended(now, lag=0.0, retry=True)
    assert nightly.next_after(now) == now + timedelta(hours=2, minutes=30)


def test_the_lag_is_that_of_the_jobs_sources(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.configure()
    assert lag_of(load(tmp_path), "agree") == 0.0


def test_without_a_schedule_it_says_so(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.configure()
    with pytest.raises(ConfigError, match="schedule: daily 02:30"):
        Forever(load(tmp_path), lambda _: None).run()


def test_once_is_what_the_scheduler_does(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    world.add("book", "北京方圆", "C-1")
    done = once(
        load(tmp_path), "agree", RunGate(clock=VirtualClock(world.now)),
        open_=lambda workspace, gate: open_session(workspace, gate=gate, clock=lambda: world.now), now=lambda: world.now,
    )  # fmt: skip
    assert (done.planned, done.done, done.code) == (1, 0, 0)  # `review: all` lets nothing go
    assert done.as_json()["job"] == "agree"


# ------------------------------------------------------------------------------ a real process

SCRIPT = """
import sys
from pathlib import Path
from sync.schedule import forever
from sync.schedule.once import opened
from sync.workspace import load

def slow(workspace, gate):
    session = opened(workspace, gate)
    def wait(what, done, every):
        print("going", flush=True)
        gate.wait(3600)
    if sys.argv[2] == "busy":
        session.progress = wait
    return session

def tell(event):
    print(type(event).__name__, event.as_json(), flush=True)

made = forever.Forever(load(Path(sys.argv[1])), tell, open_=slow)
with forever._signals(made.end):
    sys.exit(made.run())
"""


def scheduled(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.configure()
    text = (tmp_path / "offbook.yaml").read_text().replace("agree: {push", "agree: {schedule: daily 02:30, push")
    (tmp_path / "offbook.yaml").write_text(text)
    files.write("crm.csv", "name,phone,site,id")
    files.write("book.csv", "公司,座机,网址,联系人,手机,邮箱,备注", "北京方圆科技有限公司,,,张三,13911112222,,")
    return files


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), *arguments]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_it_waits(tmp_path: Path, number: signal.Signals) -> None:
    scheduled(tmp_path)
    with started(tmp_path, "idle") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Next")
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_sigterm_ends_a_run_between_two_requests(tmp_path: Path) -> None:
    """A time was missed, so it runs at once; the run waits for a source when the signal comes."""
    files = scheduled(tmp_path)
    assert once(load(tmp_path), "agree").plan
    with files.session() as session, session.ledger.transaction() as c:
        session.ledger.do(c, "UPDATE run SET started = '2026-01-01T00:00:00.000+00:00'")
    with started(tmp_path, "busy") as process:
        assert process.stdout is not None
        assert "'missed': ['agree']" in process.stdout.readline()
        assert process.stdout.readline() == "going\n"
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "'stopped': True" in rest
    files.now = datetime.now(UTC) + timedelta(days=3)
    assert files.run().code == 0


# ------------------------------------------------------------------------------ for an outside scheduler


def printed(tmp_path: Path, kind: str, **schedules: str) -> dict[str, str]:
    files = Files(tmp_path)
    files.configure()
    jobs = "".join(f"  {name}: {{schedule: '{text}', push: [crm, book]}}\n" for name, text in schedules.items())
    text = (tmp_path / "offbook.yaml").read_text()
    (tmp_path / "offbook.yaml").write_text(text[: text.index("jobs:")] + "jobs:\n" + jobs)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return written(load(tmp_path), kind, program=["/opt/my tools/offbook"], now=now)


def test_crontab_lines_are_quoted_and_name_the_time_zone(tmp_path: Path) -> None:
    folder = tmp_path / "百分 100% '引号'"
    folder.mkdir()
    (text,) = printed(folder, "cron", night="daily 02:30", often="every 2h").values()
    assert "CRON_TZ=Asia/Shanghai\n" in text
    line = next(line for line in text.splitlines() if line.startswith("30 2 * * * "))
    assert "100\\%" in line
    script = line.removeprefix("30 2 * * * ").replace("\\%", "%").partition(" >> ")[0]
    assert shlex.split(script) == [
        *("/opt/my tools/offbook", "--workspace", str(folder), "schedule", "--once", "night"),
    ]
    assert "\n0 */2 * * * " in text
    with pytest.raises(ConfigError, match="systemd"):
        printed(folder, "cron", odd="every 5h")


def test_systemd_units_catch_up_and_are_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "my $HOME 50%"
    folder.mkdir()
    made = printed(folder, "systemd", night="mon-fri 07:05", odd="every 5h", either="0 3 1 * 1", 夜间="every 2h")
    assert {"offbook-night.service", "offbook-night.timer"} <= set(made)
    assert all(name.isascii() for name in made)
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 07:05:00 Asia/Shanghai" in made["offbook-night.timer"]
    assert "Persistent=true" in made["offbook-night.timer"]
    assert "OnUnitActiveSec=300min" in made["offbook-odd.timer"]
    assert made["offbook-either.timer"].count("OnCalendar=") == 2
    start = next(line for line in made["offbook-night.service"].splitlines() if line.startswith("ExecStart="))
    assert start.startswith('ExecStart="/opt/my tools/offbook" --workspace "')
    assert "$$HOME 50%%" in start
    analyse = shutil.which("systemd-analyze")
    if analyse:
        times = [
            line.partition("=")[2] for text in made.values() for line in text.splitlines() if "OnCalendar=" in line
        ]
        assert subprocess.run([analyse, "calendar", *times], capture_output=True, check=False).returncode == 0


def test_windows_tasks_are_xml_with_quoted_arguments(tmp_path: Path) -> None:
    folder = tmp_path / "a & b"
    folder.mkdir()
    made = printed(folder, "windows", night="daily 02:30", week="mon,sun 07:00", often="every 90m", month="15 6 1 * *")
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    tree = {name: ET.fromstring(text.partition("?>")[2]) for name, text in made.items()}
    night = tree["offbook-night.xml"]
    assert night.findtext(f".//{space}StartBoundary") == "2026-03-02T02:30:00+08:00"
    assert f'--workspace "{folder}" schedule --once night' == night.findtext(f".//{space}Arguments")
    days = tree["offbook-week.xml"].find(f".//{space}DaysOfWeek")
    assert days is not None
    assert [day.tag.removeprefix(space) for day in days] == ["Monday", "Sunday"]
    assert tree["offbook-often.xml"].findtext(f".//{space}Interval") == "PT90M"
    assert tree["offbook-month.xml"].findtext(f".//{space}Day") == "1"
    paths = put(made, tmp_path / "out")
    assert paths[0].read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    put(made, tmp_path / "out")
    with pytest.raises(ConfigError, match="something else"):
        put({name: text + " " for name, text in made.items()}, tmp_path / "out")


# ------------------------------------------------------------------------------ what is said


def test_the_log_has_counts_and_lines_and_never_a_value(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    out, err = io.StringIO(), io.StringIO()
    tell = tell_scheduled(Screen(out=out, err=err), ZONE, tmp_path)
    trouble = ZeroDivisionError("秘密")
    tell(Finished("night", moment, moment, 70, trouble="a mistake", error=trouble))
    tell(Finished("night", moment, moment, 0, plan=3, planned=5, done=4, not_sent={"stale": 1}))
    tell(Next({"night": moment}, ("night",)))
    lines = out.getvalue().splitlines()
    assert lines[0] == "2026-03-03 02:30:00 night: failed (70): a mistake"
    assert lines[1] == "2026-03-03 02:30:00 night: 5 changes planned, 4 written, 1 not sent, 0 questions"
    assert "caught up" in lines[2]
    assert "next: night at 2026-03-03 02:30:00" in err.getvalue()
    log = (tmp_path / "offbook.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in log
    assert "秘密" not in log
    out = io.StringIO()
    tell_scheduled(Screen(json=True, out=out), ZONE)(Next({"night": moment}))
    assert json.loads(out.getvalue())["next"] == {"night": moment.isoformat()}
