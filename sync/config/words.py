"""Which words may name what a workspace declares, and what is said to one that nothing bears? (CONFIG §5)"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contract import Said, say
from connectors.settings import Faults, Tree, Way, meant, shown

_NAME = re.compile(r"[^\W\d][\w-]*")


def check_name(name: str, tree: Tree, way: Way, faults: Faults) -> None:
    """A name that people choose: letters of any language, digits, _ and -, so that `a.b` and `a:b` keep their sense."""
    if not _NAME.fullmatch(name) or len(name) > 64:
        tree.fault(
            faults,
            way,
            say(
                "`{name}` cannot be a name; it begins with a letter and has letters, digits, _ and - only",
                name=shown(name),
            ),
        )


def no_source(name: str, known: Sequence[str]) -> Said:
    """10."""
    return meant(
        lambda near: say("no source is called `{name}`; did you mean `{near}`?", name=shown(name), near=near),
        lambda every: say("no source is called `{name}`; there is: {every}", name=shown(name), every=every),
        name,
        known,
    )
