"""What becomes of a record whose customer left the filter or was deleted? (RULES R8c, R11)"""

from __future__ import annotations

from sync.context import Run


def follow_leavers(run: Run) -> None:
    """Opens, confirms and matures holds, and plans marks and removals."""
    del run
