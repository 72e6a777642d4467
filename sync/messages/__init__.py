"""How is a text for a person said in his language?

Texts are English templates with named holes (connectors.contract.say); the Chinese ones stand in sync/messages/zh,
keyed by the English. A text that has no Chinese yet is said in English; a test demands that there is none.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from functools import cache
from typing import Final

from connectors.contract import Said

LANGUAGES: Final = ("en", "zh")


def language(wanted: str = "", environment: Mapping[str, str] | None = None) -> str:
    """`en` or `zh`: what was asked for, else OFFBOOK_LANG, else the locale's; anything else means English."""
    env = os.environ if environment is None else environment
    for text in (wanted, env.get("OFFBOOK_LANG", "")):
        if text.lower()[:2] in LANGUAGES:
            return text.lower()[:2]
    named = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    if not named and environment is None:
        named = locale.getlocale()[0] or ""
    return "zh" if named.lower().startswith(("zh", "chinese")) else "en"


def translate(said: object, lang: str) -> str:
    """A text in `lang` ("en", "zh"), with the texts and errors inside it. What nobody translated stays as it is."""
    said = getattr(said, "said", said)
    if not isinstance(said, Said):
        text = str(said)
        return _known(text, text) if lang == "zh" else text
    template = _known(said.template, said.template) if lang == "zh" else said.template
    if not said.values:
        return template
    return template.format_map({name: _inside(value, lang) for name, value in said.values.items()})


def _inside(value: object, lang: str) -> object:
    """A value in a hole: other texts and errors are said in the same language, everything else is as it was given."""
    if isinstance(value, Said) or hasattr(value, "said"):
        return translate(value, lang)
    return value


def _known(template: str, default: str) -> str:
    return catalogue().get(template, default)


@cache
def catalogue() -> Mapping[str, str]:
    """English template → Chinese template."""
    from sync.messages.zh import WORDS

    return WORDS


# ------------------------------------------------------------------------------ texts at rest


def packed(said: object) -> object:
    """A text as JSON that `unpacked` makes a text again, so that what is stored can be said in either language."""
    said = getattr(said, "said", said)
    if not isinstance(said, Said) or not said.values:
        return str(said)
    return [said.template, {name: _at_rest(value) for name, value in said.values.items()}]


def _at_rest(value: object) -> object:
    if isinstance(value, Said) or hasattr(value, "said"):
        return packed(value)
    return value if isinstance(value, int) else str(value)


def unpacked(got: object) -> Said:
    """The text that `packed` put away."""
    if isinstance(got, (list, tuple)) and len(got) == 2 and isinstance(got[1], Mapping):
        values = {name: unpacked(v) if isinstance(v, (list, tuple)) else v for name, v in got[1].items()}
        return Said(str(got[0]), values)
    return Said(str(got))


__all__ = ["LANGUAGES", "catalogue", "language", "packed", "translate", "unpacked"]
