"""How do tests get real CardDAV servers that nobody here wrote? Radicale and Xandikos, one process each for a session."""

from __future__ import annotations

import atexit
import base64
import functools
import http.client
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

USER: Final = "wang"
PASSWORD: Final = "planted-Secret-8823"
_SECONDS: Final = 60
_BOOK = """<?xml version="1.0"?><D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>
<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype><D:displayname>{name}</D:displayname>
</D:prop></D:set></D:mkcol>"""


@dataclass(frozen=True)
class Server:
    """A running server. home: where address books are made. folder: its files."""

    name: str
    port: int
    home: str
    folder: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (names in lower case) and body; as the user, around the connector."""
        signed = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        given = {"authorization": f"Basic {signed}", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def new_book(self, name: str, shown: str = "客户") -> str:
        """Makes an empty address book; gives its path."""
        path = f"{self.home}{name}/"
        body = _BOOK.format(name=shown).encode()
        status, _, _ = self.ask("MKCOL", path, body, {"Content-Type": "application/xml"})
        assert status == 201, status
        return path


@functools.cache
def radicale() -> Server:
    """Reorders the properties of what is written, and keeps one UID for one card."""
    folder = _folder("radicale")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\nzhao:{PASSWORD}\n")
    port = _free_port()
    settings = [
        *("[server]", f"hosts = 127.0.0.1:{port}", "[logging]", "level = error"),
        *("[auth]", "type = htpasswd", f"htpasswd_filename = {folder / 'users'}", "htpasswd_encryption = plain"),
        *("delay = 0", "[storage]", f"filesystem_folder = {folder / 'data'}"),
    ]
    (folder / "config").write_text("\n".join(settings) + "\n")
    _start("radicale", ["-m", "radicale", "-C", str(folder / "config")], folder, port)
    return Server("radicale", port, f"/{USER}/", folder / "data" / "collection-root")


@functools.cache
def xandikos() -> Server:
    """Keeps the bytes that it is given, in git; lets everybody in."""
    folder = _folder("xandikos")
    port = _free_port()
    options = ["-d", str(folder / "data"), "--defaults", "-l", "127.0.0.1", "-p", str(port)]
    _start(
        "xandikos", ["-m", "xandikos", "serve", *options, "--current-user-principal", f"/{USER}/"], folder, port
    )  # fmt: skip
    return Server("xandikos", port, f"/{USER}/contacts/", folder / "data")


def _start(name: str, arguments: Sequence[str], folder: Path, port: int) -> None:
    """Starts a server and waits until it listens; skips where it is not installed."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder,
            env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
    atexit.register(_stop, process, folder)
    pause = threading.Event()
    for _ in range(_SECONDS * 20):
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.05)
    raise AssertionError(f"{name} does not listen")


def _stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.terminate()
    process.wait(_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def _folder(name: str) -> Path:
    """In memory where there is such a place: a server waits for the disk at every write."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix=f"offbook-{name}-", dir=memory if os.access(memory, os.W_OK) else None))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
