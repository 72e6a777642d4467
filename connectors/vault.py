"""Where do secrets stand that change while we run? (refreshed tokens; secrets of the configuration are no such)"""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path

import orjson

from connectors.contract import ConfigError
from connectors.shared.locks import held


class MemoryVault:
    """Forgets everything with the process: for tests, and for sources whose tokens are never refreshed."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._secrets = dict(secrets or {})
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, name: str) -> str | None:
        return self._secrets.get(name)

    def set(self, name: str, secret: str) -> None:
        self._secrets[name] = secret

    def lock(self, name: str) -> AbstractContextManager[None]:
        with self._guard:
            return _Held(self._locks.setdefault(name, threading.Lock()))

    def __repr__(self) -> str:
        return f"MemoryVault({len(self._secrets)} secrets)"


class _Held(AbstractContextManager[None]):
    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class FileVault:
    """A JSON file that only its owner may read (0600), shared by processes: lock files stand beside it.

    wait: how to wait for a lock (Gate.wait, so that a stop is noticed). Raises ConfigError for a file that is broken or
    that others may read.
    """

    def __init__(self, path: Path, wait: Callable[[float], None] = time.sleep) -> None:
        self._path, self._wait = path, wait

    def get(self, name: str) -> str | None:
        return self._read().get(name)

    def set(self, name: str, secret: str) -> None:
        with held(self._lock_file(""), self._wait):
            self._write({**self._read(), name: secret})

    def lock(self, name: str) -> AbstractContextManager[None]:
        return held(self._lock_file(name), self._wait)

    def __repr__(self) -> str:
        return f"FileVault({self._path})"

    def _lock_file(self, name: str) -> Path:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:40]
        tail = f".{plain}-{blake2b(name.encode(), digest_size=6).hexdigest()}" if name else ""
        return self._path.with_name(f"{self._path.name}{tail}.lock")

    def _read(self) -> dict[str, str]:
        try:
            if os.name == "posix" and self._path.stat().st_mode & 0o077:
                raise ConfigError("{path} holds secrets and others may read it; say: chmod 600 {path}", path=self._path)
            found = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(secret, str) for secret in found.values()):
            raise ConfigError("{path} is broken; delete it and sign in again", path=self._path)
        return found

    def _write(self, secrets: Mapping[str, str]) -> None:
        """A new file beside, then one rename; mkstemp makes it 0600."""
        number, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".tmp", dir=self._path.parent)
        fresh = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(orjson.dumps(secrets, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
