"""How does each peer get a virtual environment of its own? Pinned in peers/*.txt, made once under build/bench."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HOME = Path(__file__).resolve().parent
BENCH = HOME.parent / "build" / "bench"


def python_of(peer: str) -> str:
    """The interpreter of a peer's environment, which is made anew where its pins changed."""
    pins, folder = HOME / "peers" / f"{peer}.txt", BENCH / peer
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python, ready = scripts / "python", folder / "ready"
    digest = hashlib.blake2b(pins.read_bytes() + sys.version.encode(), digest_size=16).hexdigest()
    if not ready.exists() or ready.read_text(encoding="ascii") != digest:
        print(f"making the environment of {peer} …", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "-r", str(pins)]
        subprocess.run([str(python), *install], check=True)
        ready.write_text(digest, encoding="ascii")
    return str(python)
