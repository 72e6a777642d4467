"""How does it look what `check`, `map check` and `doctor` found?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors.contract import Finding, OffbookError, say
from sync.show.mapping import finding_json, show_findings
from sync.show.runs import failure

if TYPE_CHECKING:
    from sync.config.model import Workspace
    from sync.show.screen import Screen


def show_checked(
    screen: Screen, findings: Sequence[Finding], failures: Mapping[str, OffbookError], code: int, **more: Any
) -> int:
    """All that was found, and a line that sums it up -> the exit code."""
    if screen.strict and not code and any(one.level == "warning" for one in findings):
        code = 1
    if screen.json:
        found = [finding_json(screen, one) for one in findings]
        failed = {name: failure(trouble, screen.lang) for name, trouble in failures.items()}
        screen.data({"ok": code == 0, "code": code, "findings": found, "failures": failed, **more})
        return code
    show_findings(screen, findings)
    for name, trouble in failures.items():
        screen.line(say("{source} could not be opened: {trouble}", source=name, trouble=trouble), style="red")
    errors, warnings = (sum(one.level == level for one in findings) for level in ("error", "warning"))
    if errors or failures or warnings:
        screen.line(say("to mend: {errors}; warnings: {warnings}; sources not opened: {failures}",
                        errors=errors, warnings=warnings, failures=len(failures)), style="bold")  # fmt: skip
    else:
        screen.line(say("nothing is wrong"), style="green")
    return code


def show_config(screen: Screen, workspace: Workspace) -> int:
    """What `check --config` has read."""
    counts = {"sources": len(workspace.sources), "tables": len(workspace.tables), "jobs": len(workspace.jobs)}
    if screen.json:
        screen.data({"ok": True, "code": 0, "findings": [], "failures": {}, **counts})
    else:
        screen.line(
            say("nothing is wrong; sources: {sources}, tables: {tables}, jobs: {jobs}", **counts), style="green"
        )
    return 0


__all__ = ["show_checked", "show_config"]
