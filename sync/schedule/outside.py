"""What would cron, systemd or Windows' task scheduler be given, so that it runs the jobs at their times?

Each calls `offbook schedule --once JOB`, which is what our own scheduler does at that time.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from connectors.contract import ConfigError
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.config.schedule import At, Every

KINDS: Final = ("cron", "systemd", "windows")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)


def written(
    workspace: Workspace, kind: str, *, program: Sequence[str] | None = None, now: datetime | None = None
) -> dict[str, str]:
    """File name → text, for every job with a schedule. program: how Offbook is called there.

    Raises ConfigError: no job has a schedule, or this scheduler cannot say one.
    """
    jobs = [job for job in workspace.jobs.values() if job.schedule is not None]
    if not jobs:
        raise ConfigError("no job in offbook.yaml has a `schedule`; write one, such as `schedule: daily 02:30`")
    made: dict[str, Callable[[Workspace, Sequence[Job], Sequence[str], datetime], dict[str, str]]] = {
        "cron": _cron,
        "systemd": _systemd,
        "windows": _windows,
    }
    return made[kind](workspace, jobs, program or ours(), now or datetime.now(UTC))


def ours() -> list[str]:
    """The program that runs now, with the interpreter where it is a script."""
    called = Path(sys.argv[0]).absolute()
    if called.is_file() and called.suffix.lower() != ".exe":
        return [sys.executable, str(called)]
    found = shutil.which("offbook")
    return [found] if found else [sys.executable, "-m", "offbook"]


def put(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Writes them; a file that is there already and says something else is refused. Raises ConfigError."""
    folder = folder.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    ready = {folder / name: text.encode("utf-16" if name.endswith(".xml") else "utf-8") for name, text in files.items()}
    for path, data in ready.items():
        if path.exists() and path.read_bytes() != data:
            raise ConfigError("{path} exists already and says something else; move it away first", path=path)
    for path, data in ready.items():
        path.write_bytes(data)
    return list(ready)


def _called(workspace: Workspace, job: Job, program: Sequence[str]) -> list[str]:
    return [*program, "--workspace", str(Path(workspace.folder).absolute()), "schedule", "--once", job.name]


def _safe(name: str) -> str:
    """A job's name as part of a file's; another alphabet, or signs that mean something there, become a digest."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        return name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
    return "-".join(filter(None, (plain, blake2b(name.encode(), digest_size=3).hexdigest())))


def _one_line(text: str) -> str:
    return " ".join(text.split())


# ------------------------------------------------------------------------------ cron


def _cron(workspace: Workspace, jobs: Sequence[Job], program: Sequence[str], _now: datetime) -> dict[str, str]:
    zone = workspace.timezone
    log = shlex.quote(str(Path(workspace.folder).absolute() / "offbook-schedule.log"))
    lines = [
        "# Offbook: runs the jobs of one workspace. Add these lines with: crontab -e",
        f"# Times are those of {zone}. Where cron does not know CRON_TZ (Debian, Ubuntu, macOS, BusyBox) they are taken in",
        "# the machine's own time zone: set that to the same, or change the hours. Cron does not catch up what it missed.",
        f"CRON_TZ={zone}",
    ]
    for job in jobs:
        assert job.schedule is not None
        fields = job.schedule.cron()
        if fields is None:
            raise ConfigError(
                "cron cannot say `{schedule}` (job {job}): use `offbook schedule`, or --print systemd",
                schedule=job.schedule.text,
                job=job.name,
            )
        command = f"{shlex.join(_called(workspace, job, program))} >> {log} 2>&1"
        lines += [f"# {_one_line(job.name)}: {job.schedule.text}", f"{fields} {command.replace('%', chr(92) + '%')}"]
    return {"offbook.crontab": "\n".join(lines) + "\n"}


# ------------------------------------------------------------------------------ systemd


def _systemd(workspace: Workspace, jobs: Sequence[Job], program: Sequence[str], _now: datetime) -> dict[str, str]:
    """User units: they need no administrator."""
    out: dict[str, str] = {}
    for job in jobs:
        assert job.schedule is not None
        name = f"offbook-{_safe(job.name)}"
        title = _percent(_one_line(f"Offbook: {job.name}"))
        out[f"{name}.service"] = "\n".join(
            [
                "[Unit]",
                f"Description={title}",
                "",
                "[Service]",
                "Type=oneshot",
                f"WorkingDirectory={_percent(str(Path(workspace.folder).absolute()))}",
                "ExecStart=" + " ".join(_unit_quoted(word) for word in _called(workspace, job, program)),
                "# SIGTERM ends a run between two batches",
                "TimeoutStopSec=5min",
                "",
            ]
        )
        times = list(_calendar(job.schedule, workspace.timezone))
        out[f"{name}.timer"] = "\n".join(
            [
                f"# put both files into ~/.config/systemd/user, then: systemctl --user enable --now {name}.timer",
                "# and, so that it runs while nobody is logged in: loginctl enable-linger",
                "[Unit]",
                f"Description={title} ({job.schedule.text})",
                "",
                "[Timer]",
                *times,
                "# one missed run is caught up",
                "Persistent=true",
                "",
                "[Install]",
                "WantedBy=timers.target",
                "",
            ]
        )
    return out


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _unit_quoted(word: str) -> str:
    """A word of ExecStart: systemd reads quotes, backslashes, % and $ in it."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if re.search(r"[\s'\";]", text) or not text else text


def _calendar(schedule: At | Every, zone: str) -> Iterator[str]:
    if isinstance(schedule, Every):
        yield from _calendar_every(schedule, zone)
        return
    months = "*" if len(schedule.months) == 12 else _joined(schedule.months)
    days = "*" if len(schedule.days) == 31 else _joined(schedule.days)
    week = "" if len(schedule.weekdays) == 7 else ",".join(_DAYS[day] for day in sorted(schedule.weekdays)) + " "
    time = f"{_joined(schedule.hours)}:{_joined(schedule.minutes)}:00 {zone}"
    if schedule.either:
        yield f"OnCalendar={week}*-{months}-* {time}"
        yield f"OnCalendar=*-{months}-{days} {time}"
    else:
        yield f"OnCalendar={week}*-{months}-{days} {time}"


def _calendar_every(schedule: Every, zone: str) -> Iterator[str]:
    minutes = schedule.step // timedelta(minutes=1)
    if minutes < 60 and 60 % minutes == 0:
        yield f"OnCalendar=*-*-* *:00/{minutes}:00 {zone}"
    elif minutes % 60 == 0 and minutes < 1440 and 24 % (minutes // 60) == 0:
        yield f"OnCalendar=*-*-* 00/{minutes // 60}:00:00 {zone}"
    elif minutes == 1440:
        yield f"OnCalendar=*-*-* 00:00:00 {zone}"
    else:
        yield "# counted from the last start, as this does not divide a day"
        yield "OnBootSec=5min"
        yield f"OnUnitActiveSec={minutes}min"


def _joined(numbers: Sequence[int] | frozenset[int]) -> str:
    return ",".join(f"{number:02}" for number in sorted(numbers))


# ------------------------------------------------------------------------------ Windows


def _windows(workspace: Workspace, jobs: Sequence[Job], program: Sequence[str], now: datetime) -> dict[str, str]:
    """Tasks as XML; the file is UTF-16, as schtasks wants it."""
    out: dict[str, str] = {}
    for job in jobs:
        assert job.schedule is not None
        name = f"offbook-{_safe(job.name)}"
        words = _called(workspace, job, program)
        out[f"{name}.xml"] = _TASK.format(
            title=escape(_one_line(f"Offbook: {job.name} ({job.schedule.text}, {workspace.timezone})")),
            name=name,
            triggers="\n".join(_triggers(job.schedule, workspace.timezone, now)),
            command=escape(words[0]),
            arguments=escape(subprocess.list2cmdline(words[1:])),
            folder=escape(str(Path(workspace.folder).absolute())),
        )
    return out


def _triggers(schedule: At | Every, zone: str, now: datetime) -> Iterator[str]:
    today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(schedule, Every):
        minutes = schedule.step // timedelta(minutes=1)
        every = f"      <Repetition><Interval>PT{minutes}M</Interval></Repetition>\n"
        yield f"    <TimeTrigger>\n{every}      <StartBoundary>{_start(today)}</StartBoundary>\n    </TimeTrigger>"
        return
    for hour in schedule.hours:
        for minute in schedule.minutes:
            start = _start(today.replace(hour=hour, minute=minute))
            for when in _whens(schedule):
                yield (
                    f"    <CalendarTrigger>\n      <StartBoundary>{start}</StartBoundary>\n      {when}\n    </CalendarTrigger>"
                )


def _whens(schedule: At) -> Iterator[str]:
    """Windows knows days, weekdays and days of months, each by itself."""
    any_day, any_month = len(schedule.days) == 31, len(schedule.months) == 12
    any_weekday = len(schedule.weekdays) == 7
    if any_day and any_month and any_weekday:
        yield "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
        return
    if not any_weekday and (schedule.either or (any_day and any_month)):
        days = "".join(f"<{_LONG[day]} />" for day in sorted(schedule.weekdays))
        yield (f"<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek>{days}</DaysOfWeek></ScheduleByWeek>")
    elif not any_weekday:
        raise ConfigError("Windows cannot say weekdays of certain days or months: `{schedule}`; use `offbook schedule`",
                          schedule=schedule.text)  # fmt: skip
    if any_weekday or schedule.either:
        days = "".join(f"<Day>{day}</Day>" for day in sorted(schedule.days))
        months = "".join(f"<{_MONTHS[month - 1]} />" for month in sorted(schedule.months))
        yield (f"<ScheduleByMonth><DaysOfMonth>{days}</DaysOfMonth><Months>{months}</Months></ScheduleByMonth>")


def _start(moment: datetime) -> str:
    """With its offset where the zone has the same one all the year: then it holds whatever zone the machine is in."""
    offsets = {(moment + timedelta(days=91 * n)).utcoffset() for n in range(4)}
    naive = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    if len(offsets) > 1:
        return naive
    return naive + moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:5]


_TASK: Final = """<?xml version="1.0" encoding="UTF-16"?>
<!-- Add it with: schtasks /Create /TN "Offbook\\{name}" /XML {name}.xml
     Times without an offset are taken in the machine's own time zone. -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>{title}</Description></RegistrationInfo>
  <Triggers>
{triggers}
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


__all__ = ["KINDS", "ours", "put", "written"]
