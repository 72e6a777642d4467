"""Which pretended systems can a user try, and what does he write into his files for one? (`offbook sandbox VENDOR`)

A vendor's module has a function that starts its fake on a port, fills it with example customers and gives an Example.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol

from connectors.contract import ConfigError, say

VENDORS: Final[Mapping[str, str]] = {
    "airtable": "sandbox.airtable_example:example",
    "carddav": "sandbox.carddav_example:example",
    "zoho_crm": "sandbox.zoho_crm_example:example",
    "salesforce": "sandbox.salesforce_example:example",
    "google_sheets": "sandbox.google_sheets_example:started",
    "fxiaoke": "sandbox.chinese_examples:fxiaoke",
    "hubspot": "sandbox.hubspot_example:example",
    "huoban": "sandbox.chinese_examples:huoban",
    "feishu_bitable": "sandbox.feishu_example:example",
    "wecom": "sandbox.wecom_example:example",
}
"""Connector → `module:function`, which takes a port (0: any that is free)."""


class Running(Protocol):
    """A server that is running, pretended (sandbox.server.Fake) or real."""

    @property
    def base(self) -> str: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A fake that is running. source: the source's entry in offbook.yaml; mappings: file name → text; secrets: what the
    environment must hold."""

    fake: Running
    title: str
    source: str
    mappings: Mapping[str, str]
    secrets: Mapping[str, str]

    def as_json(self) -> Mapping[str, object]:
        return {
            "title": self.title,
            "base_url": self.fake.base,
            "source": self.source,
            "mappings": dict(self.mappings),
            "environment": dict(self.secrets),
        }


def started(vendor: str, port: int) -> Example:
    """Raises ConfigError: nobody pretends to be this vendor, or the port is taken."""
    target = VENDORS.get(vendor)
    if target is None:
        raise ConfigError(
            "nothing here pretends to be `{vendor}`; there is: {there}", vendor=vendor, there=", ".join(sorted(VENDORS))
        )
    module, _, name = target.partition(":")
    make: Callable[[int], Example] = getattr(import_module(module), name)
    try:
        return make(port)
    except OSError as trouble:
        raise ConfigError("port {port} is taken; choose another with --port", port=port) from trouble


def told(example: Example, tell: Callable[[object], None]) -> None:
    """What to write where, line by line."""
    tell(say("A pretended {title} runs at {base}. Nothing leaves this machine, and it forgets everything when it stops.",
             title=example.title, base=example.fake.base))  # fmt: skip
    tell("")
    tell(say("In offbook.yaml:"))
    tell("")
    for line in example.source.splitlines():
        tell(f"  {line}")
    for name, text in example.mappings.items():
        tell("")
        tell(say("In mappings/{name}:", name=name))
        tell("")
        for line in text.splitlines():
            tell(f"  {line}")
    tell("")
    tell(say("In the environment of Offbook:"))
    tell("")
    for name, value in example.secrets.items():
        tell(f"  {name}={value}")
    tell("")
    tell(say("Ctrl-C stops it."))


def kept_up(example: Example, stop: threading.Event) -> None:
    """Until it is told to stop, by Ctrl-C or by the event; the fake is stopped in any case."""
    try:
        while not stop.wait(0.5):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        example.fake.stop()
