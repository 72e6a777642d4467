"""With which options is a specification tried? (`rest try`)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from connectors.contract import ConfigError, Context
from connectors.gate import RunGate
from connectors.rest import SPEC, Rest
from connectors.settings import fit_resolved
from connectors.vault import MemoryVault
from sync.config.model import Workspace
from sync.tables import open_source


@contextmanager
def opened_specification(spec: str, given: Sequence[str], workspace: Workspace | None, folder: Path) -> Iterator[Rest]:
    """`spec`: a source of the workspace, its specification, or any other with `given` options (name=value, secrets as
    references). Raises ConfigError."""
    named = _source(spec, workspace)
    if workspace is not None and named is not None and not given:
        connector = open_source(workspace, named, RunGate(), MemoryVault())
    else:
        options = fit_resolved(SPEC.options, {"spec": spec, **_options(given)}, spec, {"folder": str(folder)})
        connector = SPEC.connect(options, Context(RunGate(), MemoryVault(), folder=str(folder)))
    assert isinstance(connector, Rest)
    with closing(connector):
        yield connector


def _source(spec: str, workspace: Workspace | None) -> str | None:
    for name, source in workspace.sources.items() if workspace is not None else ():
        if source.connector == "rest" and spec in (name, source.options.get("spec")):
            return name
    return None


def _options(given: Sequence[str]) -> Mapping[str, str]:
    made = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise ConfigError("`{text}` is no option; write name=value", text=name)
        made[name] = value
    return made
