"""How do the lists of jobs, sources and connectors look?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Op, Said, say
from sync.messages.names import OPS, word

if TYPE_CHECKING:
    from sync.commands.renaming import Renamed
    from sync.commands.starting import Begun
    from sync.commands.upgrading import Upgraded
    from sync.config.jobs import Job
    from sync.config.model import Workspace
    from sync.config.sources import Source
    from sync.export import Written
    from sync.review.sheet import Exported
    from sync.show.screen import Screen

REVIEW: Final[dict[str, Said]] = {
    "all": say("everything waits for a person"),
    "new": say("creates and removals wait"),
    "questions": say("only questions wait"),
}


def show_jobs(screen: Screen, workspace: Workspace) -> None:
    """The jobs of a workspace."""
    if screen.json:
        screen.data({"jobs": [job_json(job) for job in workspace.jobs.values()]})
        return
    if not workspace.jobs:
        screen.line(say("there is no job in offbook.yaml yet; write one under `jobs:`"))
    for job in workspace.jobs.values():
        schedule = job.schedule.text if job.schedule else say("only when called")
        screen.line(job.name, style="bold")
        rows = [
            [say("reads"), ", ".join(job.pull)],
            [say("writes"), ", ".join(job.push) or say("nothing: it compares and asks")],
            [say("creates in"), ", ".join(job.create_in) or say("nowhere")],
            [say("by itself"), word(REVIEW, job.review, screen.lang)],
            [say("runs"), schedule],
        ]
        if job.sample:
            rows.append([say("sample"), say("at most {count} customers", count=job.sample)])
        for name, text in rows:
            screen.line(say("  {name}: {text}", name=name, text=text))


def job_json(job: Job) -> dict[str, Any]:
    return {
        "name": job.name,
        "pull": list(job.pull),
        "push": list(job.push),
        "create_in": list(job.create_in),
        "review": job.review,
        "schedule": job.schedule.text if job.schedule else None,
        "sample": job.sample,
    }


def show_sources(screen: Screen, workspace: Workspace) -> None:
    """The sources of a workspace, in the order that breaks ties."""
    found = [source_json(workspace, source) for source in workspace.sources.values()]
    if screen.json:
        screen.data({"sources": found})
        return
    rows = []
    for one in found:
        whose = one["belongs_to"] or (say("formal") if one["formal"] else say("off book"))
        rows.append([one["name"], one["connector"], whose, ", ".join(one["tables"]) or say("not mapped")])
    screen.table([say("source"), say("connector"), say("whose"), say("tables")], rows)


def source_json(workspace: Workspace, source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "connector": source.connector,
        "formal": source.formal,
        "belongs_to": source.belongs_to or source.holder or None,
        "receives": "all" if not source.only.conditions else "filtered",
        "on_leave": source.on_leave,
        "tables": [table.id for table in workspace.tables_of(source.name)],
    }


def show_renamed(screen: Screen, done: Renamed) -> int:
    """What was changed, or what a person must change first -> the exit code."""
    if screen.json:
        screen.data({"renamed": not done.by_hand, "ledger": done.in_ledger and not done.by_hand,
                     "changed": done.changed, "by_hand": done.by_hand})  # fmt: skip
        return 2 if done.by_hand else 0
    for file, lines in done.by_hand.items():
        screen.line(say("{file}: write `{new}` instead of `{old}` in line {lines} yourself", file=file, old=done.old,
                        new=done.new, lines=", ".join(map(str, lines))), style="yellow")  # fmt: skip
    if done.by_hand:
        screen.line(say("nothing was changed yet; run the same command again afterwards"))
        return 2
    for file, lines in done.changed.items():
        screen.line(say("{file}: changed in line {lines}", file=file, lines=", ".join(map(str, lines))))
    if done.in_ledger:
        screen.line(say("the ledger calls it `{new}` now; its links are kept", new=done.new))
    return 0


def show_connectors(screen: Screen) -> None:
    """Every connector that is built in, what the best of its tables can do, and which extra it needs."""
    import connectors.registry
    from connectors.contract import OffbookError

    found: list[dict[str, Any]] = []
    for name in connectors.registry.KNOWN:
        try:
            spec = connectors.registry.spec(name)
        except OffbookError as trouble:
            found.append({"name": name, "title": screen.say(trouble), "can": [], "extra": None})
            continue
        can = [str(op) for op in Op if op in spec.best.ops]
        found.append({"name": name, "title": spec.title, "can": ["read", *can], "extra": spec.extra or None})
    if screen.json:
        screen.data({"connectors": found})
        return
    rows = [[one["name"], one["title"], ", ".join(word(CAN, op, screen.lang) for op in one["can"])] for one in found]
    screen.table([say("connector"), say("system"), say("can")], rows, grow=1)


CAN: Final[dict[str, Said]] = {"read": say("read"), **OPS}


def show_begun(screen: Screen, begun: Begun) -> int:
    """What `init` has written, and what to do next."""
    written = [path.relative_to(begun.folder).as_posix() for path in begun.written]
    if screen.json:
        skipped = [{"table": name, "why": screen.say(why)} for name, why in begun.skipped]
        screen.data({"folder": str(begun.folder), "written": written, "sources": begun.sources, "skipped": skipped})
        return 0
    for name in written:
        screen.line(say("written: {path}", path=name))
    for name, why in begun.skipped:
        screen.line(say("left out: {table} ({why})", table=name, why=why))
    screen.note(say("look at the mappings, then: offbook check, offbook map check, offbook plan"))
    return 0


def show_upgraded(screen: Screen, done: Upgraded) -> None:
    if screen.json:
        screen.data({"version": done.version, "files": list(done.files), "changed": list(done.changed)})
    else:
        screen.line(say("{count} files are written in the language of today (version {version}); nothing was changed",
                        count=len(done.files), version=done.version))  # fmt: skip


def show_exported(screen: Screen, done: Exported) -> None:
    """What `review export` has written."""
    if screen.json:
        screen.data(done.as_json())
    elif done.path.suffix == ".txt":
        screen.line(say("written: {path}", path=done.path))
    else:
        screen.line(say("written: {path} ({questions} questions, {classes} classes)",
                        path=done.path, questions=done.questions, classes=done.classes))  # fmt: skip
        screen.note(say("when it is filled in: offbook review import {path}", path=done.path))


def show_written(screen: Screen, done: Written) -> None:
    """What `export` has written; a text on the screen is itself the result."""
    if done.path is not None and screen.json:
        screen.data(done.as_json())
        return
    if done.path is not None and done.rows:
        screen.line(say("written: {path} ({rows} lines)", path=done.path, rows=done.rows))
    elif done.path is not None:
        screen.line(say("written: {path}", path=done.path))
    if done.left_out:
        screen.note(say("left out, as they are sensitive: {columns}; --values writes them too",
                        columns=", ".join(done.left_out)))  # fmt: skip


__all__ = [
    "job_json",
    "show_begun",
    "show_connectors",
    "show_exported",
    "show_jobs",
    "show_renamed",
    "show_sources",
    "show_upgraded",
    "show_written",
]
