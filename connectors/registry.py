"""Which connectors are there, and which one does a name, a path or a database URL mean?"""

from __future__ import annotations

import difflib
import importlib
import re
from pathlib import PurePath
from typing import Final

from connectors.contract import ConfigError, Spec

KNOWN: Final = {
    "airtable": "connectors.airtable:SPEC",
    "carddav": "connectors.carddav:SPEC",
    "csv": "connectors.csv:SPEC",
    "feishu_bitable": "connectors.feishu_bitable:SPEC",
    "fxiaoke": "connectors.fxiaoke:SPEC",
    "google_sheets": "connectors.google_sheets:SPEC",
    "hubspot": "connectors.hubspot:SPEC",
    "huoban": "connectors.huoban:SPEC",
    "memory": "connectors.memory:SPEC",
    "rest": "connectors.rest:SPEC",
    "salesforce": "connectors.salesforce:SPEC",
    "sql": "connectors.sql:SPEC",
    "vcard": "connectors.vcard:SPEC",
    "wecom": "connectors.wecom:SPEC",
    "xlsx": "connectors.xlsx:SPEC",
    "zoho_crm": "connectors.zoho_crm:SPEC",
}
"""Name → `module:SPEC`, imported when it is used."""

EXTRAS: Final = {"psycopg": "postgres", "pymysql": "mysql", "keyring": "keyring"}
"""Library → the extra of our package that brings it, where a connector's own SPEC could not be asked."""

_ENDINGS: Final = {
    "xlsx": (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
    "csv": (".csv", ".tsv", ".txt"),
    "vcard": (".vcf",),
    "sql": (".sqlite", ".sqlite3", ".db"),
}
_DATABASE = re.compile(r"(sqlite|postgresql|postgres|mysql|mariadb|mssql|oracle)(\+[a-z0-9_]+)?://", re.IGNORECASE)
_PRIVATE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def spec(name: str) -> Spec:
    """The connector of this name, or a private one named `package.module:SPEC`.

    Raises ConfigError: no such name (with the nearest one), a library that is not installed (with the extra that brings
    it), or a module that holds no Spec.
    """
    target = KNOWN.get(name)
    if target is None:
        if not _PRIVATE.fullmatch(name):
            raise _unknown(name)
        target = name
    module, _, attribute = target.partition(":")
    found = getattr(_imported(module, name), attribute, None)
    if not isinstance(found, Spec):
        raise ConfigError(
            "`{name}` is no connector: {module} holds no Spec called {attribute}",
            name=name,
            module=module,
            attribute=attribute,
        )
    return found


def named_for(text: str) -> str | None:
    """The connector that a bare path or a database URL in a workspace file means; None if it does not say."""
    if _DATABASE.match(text):
        return "sql"
    if "://" in text:
        return None
    ending = PurePath(text).suffix.lower()
    return next((name for name, endings in _ENDINGS.items() if ending in endings), None)


def endings() -> tuple[str, ...]:
    """The endings that a bare path may have, for messages."""
    return tuple(ending for group in _ENDINGS.values() for ending in group)


def _imported(module: str, name: str) -> object:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if module == missing or module.startswith(f"{missing}."):
            raise ConfigError(
                "there is no module {module} for the connector `{name}`", module=module, name=name
            ) from error
        top = missing.partition(".")[0]
        what = f"offbook[{EXTRAS[top]}]" if top in EXTRAS else top
        raise ConfigError(
            'the connector `{name}` needs {missing}; install it with: pip install "{what}"',
            name=name,
            missing=top,
            what=what,
        ) from error


def _unknown(name: str) -> ConfigError:
    near = difflib.get_close_matches(name.lower(), KNOWN, n=1, cutoff=0.5)
    if near:
        return ConfigError("no connector is called `{name}`; did you mean `{near}`?", name=name, near=near[0])
    return ConfigError("no connector is called `{name}`; there is: {there}", name=name, there=", ".join(sorted(KNOWN)))
