"""Which mappings can a new workspace start from? The templates of `offbook init` (mappings/templates/*.yaml)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.contract import ConfigError, Said, say

_FOLDER: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Template:
    """A starting point. tables: names of its files; with headings in both languages each has a `.zh` and an `.en`."""

    title: Said
    tables: tuple[str, ...]
    both: bool = True


TEMPLATES: Final[Mapping[str, Template]] = {
    "rows": Template(say("a list of companies, each with a contact in the same row"), ("rows",)),
    "companies": Template(say("a list of companies"), ("companies",)),
    "contacts": Template(say("a list of contacts"), ("contacts",)),
    "phone": Template(say("a phone's contacts (.vcf)"), ("phone",), both=False),
    "crm": Template(
        say("a CRM in a database: a table of companies, a table of contacts"),
        ("crm.accounts", "crm.contacts"),
        both=False,
    ),
    "visits": Template(say("a log of visits"), ("visits",)),
}


def start(template: str, source: str, *, language: str = "zh") -> Mapping[str, str]:
    """File name under mappings/ → text, for a source of this name in offbook.yaml.

    language: of the headings, `zh` or `en`. Raises ConfigError for a template or language that is not there.
    """
    made = _template(template)
    if language not in LANGUAGES:
        raise ConfigError("there are headings in zh and en, none in {language}", language=language)
    return {
        f"{_renamed(table, source)}.yaml": _text(f"{table}.{language}" if made.both else table, source)
        for table in made.tables
    }


def _template(name: str) -> Template:
    if name in TEMPLATES:
        return TEMPLATES[name]
    close = difflib.get_close_matches(name, TEMPLATES, 1)
    meant = close[0] if close else "rows"
    raise ConfigError(
        "no template is called `{name}`; did you mean `{meant}`? There is: [{known}]",
        name=name,
        meant=meant,
        known=", ".join(TEMPLATES),
    )


def _text(name: str, source: str) -> str:
    """The file with the template's own source name replaced, where tables are named."""
    text = (_FOLDER / f"{name}.yaml").read_text("utf-8")
    return re.sub(r"((?:^table|\bref): )([\w.]+)", lambda m: m[1] + _renamed(m[2], source), text, flags=re.MULTILINE)


def _renamed(table: str, source: str) -> str:
    """`crm.accounts` of the template as `SOURCE.accounts`; a table without an alias is the source."""
    _, dot, alias = table.partition(".")
    return f"{source}.{alias}" if dot else source
