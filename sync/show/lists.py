"""How do the lists of jobs, sources and connectors look?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Said, say
from sync.messages.names import word

if TYPE_CHECKING:
    from sync.config.jobs import Job
    from sync.config.model import Workspace
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


__all__ = ["job_json", "show_jobs"]
