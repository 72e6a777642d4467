"""Which contacts are in the phone's address book that users try? A real server keeps it, Radicale, where it is installed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
import threading
from importlib import import_module
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from connectors.contract import ConfigError
from sandbox.command import Example

_USER: Final = "wang"
_PASSWORD: Final = "sandbox-password"  # noqa: S105 - of nobody
_CARDS: Final = (
    ("赵敏", "上海宇润科技有限公司", "13911112222", "minzhao@yurun.example"),
    ("顾晓", "苏州晨光纺织厂", "13700004444", ""),
    ("Anna Schmidt", "Nordlicht GmbH", "+49 30 5557788", "anna@nordlicht.example"),
)
_SOURCE = """sources:
  carddav:
    connector: carddav
    url: {url}/
    user: {user}
    password: ${{DAV_PASSWORD}}"""
_MAPPING = """table: carddav
record:
  person: {name: FN, phones: TEL, emails: EMAIL, works_at: organisation}
  organisation: {name: ORG}"""


class AddressBook:
    """Radicale in a thread of this process, with one book in a folder that goes when it stops."""

    def __init__(self, port: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="offbook-carddav-"))
        try:
            self._server = make_server("127.0.0.1", port, self._application(), _Server, _Quiet)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _application(self) -> Any:
        """Its whole folder is written before it starts, as Radicale keeps it: a file for each card."""
        users = self._folder / "users"
        users.write_text(f"{_USER}:{_PASSWORD}\n", "utf-8")
        book = self._folder / "collection-root" / _USER / "contacts"
        book.mkdir(parents=True)
        (book / ".Radicale.props").write_text(json.dumps({"tag": "VADDRESSBOOK", "D:displayname": "客户"}), "utf-8")
        for number, card in enumerate(_CARDS, 1):
            (book / f"{number}.vcf").write_bytes(_card(number, *card))
        settings = {
            "auth": {
                "type": "htpasswd", "htpasswd_filename": str(users), "htpasswd_encryption": "plain", "delay": "0",
            },
            "storage": {"filesystem_folder": str(self._folder)},
            "logging": {"level": "error"},
        }  # fmt: skip
        configuration = import_module("radicale.config").load()
        configuration.update(settings, "offbook", privileged=True)
        return import_module("radicale").Application(configuration)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: a user reads the settings."""


def _card(number: int, name: str, company: str, phone: str, mail: str) -> bytes:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:sandbox-{number}", f"FN:{name}", f"N:{name};;;;", f"ORG:{company}"]
    lines += [f"TEL;TYPE=CELL:{phone}", *([f"EMAIL:{mail}"] if mail else []), "END:VCARD"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def example(port: int) -> Example:
    """Raises OSError where the port is taken, ConfigError where Radicale is not installed."""
    if importlib.util.find_spec("radicale") is None:
        raise ConfigError("this address book is kept by Radicale, which is not installed: pip install radicale")
    book = AddressBook(port)
    source = _SOURCE.format(url=book.base, user=_USER)
    return Example(book, "CardDAV (Radicale)", source, {"carddav.yaml": _MAPPING}, {"DAV_PASSWORD": _PASSWORD})
