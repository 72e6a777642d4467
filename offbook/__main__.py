"""Starts Offbook: puts the folder that holds cli.py first on sys.path and hands over to it."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

GARBAGE = (50_000, 20, 50)
"""A run makes many small objects and hardly any circles: looking for those less often saves a fifth of reading."""


def main() -> None:
    """In a wheel the code lies in offbook/app, in a checkout beside this package; neither is site-packages itself."""
    if sys.argv[1:2] == ["--version"]:
        from offbook import __version__

        sys.stdout.write(f"offbook {__version__}\n")
        return
    here = Path(__file__).resolve().parent
    home = here / "app" if (here / "app" / "cli.py").exists() else here.parent
    sys.path.insert(0, str(home))
    gc.set_threshold(*GARBAGE)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some among all packages takes 0.03 s
    import cli

    cli.main()


if __name__ == "__main__":
    main()
