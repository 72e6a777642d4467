"""How do tests start PocketBase, Kinto and Tryton, and how is trouble made between them and us?

Each server is started once for a session (a worker of pytest-xdist), on a free port of this machine; where it cannot be
started, its tests are skipped with the reason.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import pytest

from connectors.shared.locks import held
from connectors.vault import MemoryVault
from sandbox.server import Call, Fake, Reply

_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"})
_SECONDS: Final = 60.0


class Proxy(Fake):
    """Passes everything on to a real server; troubles are ordered as of any pretended system."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = urlsplit(target)
        self._line = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=30)
        self.repeat: tuple[str, str] | None = None
        self._kept: Reply | None = None

    def as_new(self) -> Proxy:
        """Without what the test before has ordered."""
        self._troubles.clear()
        self.calls.clear()
        self.repeat = self._kept = None
        return self

    def unknown(self, call: Call) -> Reply:
        if self.repeat == (call.method, call.path):
            self._kept = self._kept or self._passed(call)
            return self._kept
        return self._passed(call)

    def stop(self) -> None:
        super().stop()
        self._line.close()

    def _passed(self, call: Call) -> Reply:
        query = urlencode([(name, one) for name, values in call.query.items() for one in values])
        headers = {
            k: v for k, v in call.headers.items() if k not in ("connection", "content-length", "accept-encoding")
        }
        path = f"{quote(call.path, safe='/%:')}{'?' + query if query else ''}"
        self._line.request(call.method, path, call.body or None, headers)
        answer = self._line.getresponse()
        body = answer.read()
        shown = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
        return Reply(answer.status, body, shown)


def ask(base: str, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """One request to a server, by hand; the JSON of its answer. Raises OSError for what is no success."""
    parts = urlsplit(base)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        sent = None if body is None else json.dumps(body).encode()
        line.request(method, f"{parts.path}{path}", sent, {"Content-Type": "application/json", **(headers or {})})
        answer = line.getresponse()
        text = answer.read()
    finally:
        line.close()
    if answer.status >= 400:
        raise OSError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text) if text.strip() else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """A program of this virtual environment. Raises OSError."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise OSError(f"`{name}` is not installed")
    return found


@contextmanager
def running(name: str, command: Sequence[object], health: str, folder: Path, **env: str) -> Iterator[None]:
    """A server, once it answers under `health` with anything at all; skips the test where it cannot be started."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={**os.environ, **env},
        )  # fmt: skip
    try:
        _await(name, process, health)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(name: str, process: subprocess.Popen[bytes], health: str) -> None:
    parts = urlsplit(health)
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        try:
            line.request("GET", parts.path)
            line.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        else:
            return
        finally:
            line.close()
    pytest.skip(f"{name} does not start here (exit code {process.poll()})")


# ------------------------------------------------------------------------------ PocketBase

MAIL, PASSWORD = "root@example.org", "pb-Root-Passw0rd"


class PocketBase:
    """A running PocketBase; `folder` holds its database. vault: passwords are slow to check, so tokens are kept."""

    def __init__(self, base: str, folder: Path) -> None:
        self.base, self.folder, self.proxy = base, folder, Proxy(base).start()
        self.vault, self.password = MemoryVault(), f"pw-{secrets.token_hex(8)}"
        self._token = ask(base, "POST", "/api/collections/_superusers/auth-with-password",
                          {"identity": MAIL, "password": PASSWORD})["token"]  # fmt: skip
        self._user: tuple[str, str] | None = None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return ask(self.base, method, f"/api/collections{path}", body, {"Authorization": self._token})

    def user(self) -> str:
        """A superuser that tests share, until one of them removes it."""
        if self._user is None:
            mail = self.new_user()
            self._user = mail, self._last
        return self._user[0]

    def new_user(self) -> str:
        mail = f"u{secrets.token_hex(6)}@example.org"
        body = {"email": mail, "password": self.password, "passwordConfirm": self.password}
        self._last = str(self.ask("POST", "/_superusers/records", body)["id"])
        return mail

    def remove_user(self) -> None:
        """The shared superuser is one no more, and its token with it."""
        assert self._user is not None
        self.ask("DELETE", f"/_superusers/records/{self._user[1]}")
        self._user = None


@pytest.fixture(scope="session")
def pocketbase() -> Iterator[PocketBase]:
    folder = Path(tempfile.mkdtemp(prefix="offbook-pb-"))
    try:
        serve = program("pocketbase")
        at = f"127.0.0.1:{free_port()}"
        where = f"--dir={folder / 'data'}"
        subprocess.run(
            [serve, "superuser", "upsert", MAIL, PASSWORD, where], check=True, capture_output=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PocketBase can be started here: {type(error).__name__}")
    hooks = [
        f"--hooksDir={folder / 'hooks'}",
        f"--migrationsDir={folder / 'migrations'}",
        f"--publicDir={folder / 'public'}",
    ]
    with running("PocketBase", [serve, "serve", f"--http={at}", where, *hooks], f"http://{at}/api/health", folder):
        server = PocketBase(f"http://{at}", folder / "data")
        yield server
        server.proxy.stop()
    shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------------------ Kinto

_KINTO: Final = """[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.includes = kinto.plugins.accounts
kinto.account_create_principals = system.Everyone
kinto.bucket_create_principals = account:root
kinto.batch_max_requests = 20000
kinto.experimental_collection_schema_validation = true
kinto.userid_hmac_secret = {secret}
multiauth.policies = account
multiauth.policy.account.use = kinto.plugins.accounts.authentication.AccountsAuthenticationPolicy

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 2

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = plain
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain
[formatter_plain]
format = %(message)s
"""


class Kinto:
    """A running Kinto: `root` owns the buckets, `seller` is who the connector is."""

    def __init__(self, base: str) -> None:
        self.base, self.proxy = base, Proxy(base).start()
        self.password = f"kinto-{secrets.token_hex(8)}"
        for name in ("root", "seller", "other"):
            ask(base, "PUT", f"/v1/accounts/{name}", {"data": {"password": self.password}})

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        coded = b64encode(f"root:{self.password}".encode()).decode()
        return ask(self.base, method, f"/v1{path}", body, {"Authorization": f"Basic {coded}", **headers})


@pytest.fixture(scope="session")
def kinto() -> Iterator[Kinto]:
    folder = Path(tempfile.mkdtemp(prefix="offbook-kinto-"))
    try:
        start, port = program("kinto"), free_port()
    except OSError as error:
        pytest.skip(f"no Kinto can be started here: {error}")
    (folder / "kinto.ini").write_text(_KINTO.format(port=port, secret=secrets.token_hex(16)))
    base = f"http://127.0.0.1:{port}"
    with running("Kinto", [start, "start", "--ini", folder / "kinto.ini", "--port", port], f"{base}/v1/", folder):
        server = Kinto(base)
        yield server
        server.proxy.stop()
    shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------------------ Tryton

_TRYTON: Final = """[database]
uri = sqlite://
path = {folder}
[web]
listen = 127.0.0.1:{port}
"""


class Tryton:
    """A running Tryton; `database` is its SQLite file."""

    def __init__(self, base: str, database: Path) -> None:
        self.base, self.database, self.proxy = base, database, Proxy(base).start()


@pytest.fixture(scope="session")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    folder = tmp_path_factory.mktemp("tryton")
    shared = folder.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else folder.parent
    try:
        serve, admin = program("trytond"), program("trytond-admin")
        with held(shared / "tryton.lock", time.sleep):
            made = shared / "crm.sqlite.made"
            if not made.exists():
                _make_tryton(admin, shared / "tryton-new", made)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no Tryton can be started here: {type(error).__name__}")
    shutil.copy(made, folder / "crm.sqlite")
    port = free_port()
    (folder / "conf").write_text(_TRYTON.format(folder=folder, port=port))
    base = f"http://127.0.0.1:{port}"
    with running("Tryton", [serve, "-c", folder / "conf", "-d", "crm"], f"{base}/", folder):
        server = Tryton(base, folder / "crm.sqlite")
        yield server
        server.proxy.stop()


def _make_tryton(admin: str, folder: Path, made: Path) -> None:
    """A database with parties takes some 20 seconds: one for all workers."""
    folder.mkdir()
    (folder / "crm.sqlite").touch()
    (folder / "pass").write_text("tryton-Admin-Passw0rd")
    (folder / "conf").write_text(_TRYTON.format(folder=folder, port=0))
    base = [admin, "-c", str(folder / "conf"), "-d", "crm"]
    env = {**os.environ, "TRYTONPASSFILE": str(folder / "pass")}
    for more in (["--all", "--email", "a@example.org"], ["-u", "party", "--activate-dependencies"]):
        subprocess.run([*base, *more], check=True, capture_output=True, timeout=180, env=env)
    shutil.move(folder / "crm.sqlite", made)


__all__ = [
    "Kinto", "PocketBase", "Proxy", "Tryton", "ask", "free_port", "held", "kinto", "pocketbase", "program", "running", "tryton",
]  # fmt: skip
