"""Which function does `python: module:function` mean, and what if it fails? (CONFIG §2)

Modules stand beside offbook.yaml and are imported when the source is opened, never for `check --config`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from connectors.contract import ConfigError
from mappings.model import Place

Function: TypeAlias = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Hook:
    """read: the columns' texts → one text. write: one text → a text, or one for each column. digest: of the file."""

    read: Function | None
    write: Function | None
    digest: str


def load(place: Place, folder: str) -> Hook | None:
    """The place's functions; None where it names none. Raises ConfigError that says which file lacks what."""
    if not (place.python or place.python_read or place.python_write):
        return None
    read_spec, write_spec = place.python_read or place.python, place.python_write or place.python
    read = _function(read_spec, "read", folder) if place.reads and read_spec else None
    write = _function(write_spec, "write", folder) if place.writes and write_spec else None
    files = {_file(spec, folder) for spec in (read_spec, write_spec) if spec}
    digest = blake2b(b"".join(file.read_bytes() for file in sorted(files)), digest_size=8).hexdigest()
    return Hook(read, write, digest)


def _file(spec: str, folder: str) -> Path:
    module = spec.partition(":")[0]
    return Path(folder).joinpath(*module.split(".")).with_suffix(".py")


def _function(spec: str, verb: str, folder: str) -> Function:
    """The function itself, or the named object's method `read` or `write`."""
    file, name = _file(spec, folder), spec.partition(":")[2]
    found = getattr(_module(file, folder, spec), name, None)
    if found is None:
        raise ConfigError("{file} has no `{name}` (`python: {spec}`)", file=file.name, name=name, spec=spec)
    method = getattr(found, verb, found)
    if not callable(method):
        raise ConfigError(
            "`{name}` in {file} is no function, and has no `{verb}`", name=name, file=file.name, verb=verb
        )
    return method  # type: ignore[no-any-return]


def _module(file: Path, folder: str, spec: str) -> ModuleType:
    if not file.is_file():
        raise ConfigError("there is no file {file} beside offbook.yaml (`python: {spec}`)", file=file.name, spec=spec)
    name = f"offbook_hooks_{blake2b(str(file.resolve()).encode(), digest_size=8).hexdigest()}"
    found = importlib.util.spec_from_file_location(name, file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    try:
        with _beside(folder):
            found.loader.exec_module(module)
    except Exception as error:
        raise ConfigError(
            "{file} could not be imported: {kind}: {error}", file=file.name, kind=type(error).__name__, error=error
        ) from error
    return module


@contextmanager
def _beside(folder: str) -> Iterator[None]:
    """Lets the file import its neighbours while it is being imported."""
    here = str(Path(folder).resolve())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
