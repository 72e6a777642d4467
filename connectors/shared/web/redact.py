"""How are secrets and customers' values kept out of what is said about a request? (C34)"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "•••"
MOST: Final = 200
"""Characters of a vendor's words that a receipt or an error repeats."""
_SECRET_NAMES = re.compile(
    r"(authorization|cookie|token|secret|passw|api[-_]?key|access[-_]?key|signature|credential|session|assertion)",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(r"(?i)\b(bearer|basic|zoho-oauthtoken|token)\s+[\w\-._~+/=]{6,}")
_QUERY = re.compile(r"\?[^\s\"')]+")
_SHORTEST: Final = 3


class Secrets:
    """Texts that must not be seen: those of options and vault, and those that came in answers. Never shrinks."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self.add(*known)

    def add(self, *secrets: str) -> None:
        """Also as they stand in an address."""
        for one in secrets:
            if len(one) >= _SHORTEST:
                self._known |= {one, quote(one, safe=""), quote_plus(one)}

    def cover(self, text: str) -> str:
        """The text without any of them, and without what looks like a credential."""
        for one in sorted(self._known, key=len, reverse=True):
            text = text.replace(one, HIDDEN)
        return _IN_TEXT.sub(lambda found: f"{found[1]} {HIDDEN}", text)

    def __repr__(self) -> str:
        return f"Secrets({len(self._known)})"


def without_queries(text: str) -> str:
    """The text, and of the addresses in it nothing behind the question mark."""
    return _QUERY.sub(f"?{HIDDEN}", text)


class NoQueries(logging.Filter):
    """Log lines of the HTTP library name whole addresses; what is asked there, tokens and customers' values, is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "?" in text:
            record.msg, record.args = without_queries(text), ()
        return True


_NO_QUERIES = NoQueries()


def hush() -> None:
    """From now on; once more does nothing more."""
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_NO_QUERIES)


def is_secret_name(name: str) -> bool:
    """Whether a header, a query parameter or a key of a body holds a secret by its name."""
    return bool(_SECRET_NAMES.search(name))


def covered(value: object) -> object:
    """JSON with every value under a secret's name hidden."""
    if isinstance(value, Mapping):
        return {k: HIDDEN if is_secret_name(str(k)) and v not in (None, "") else covered(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [covered(one) for one in value]
    return value


def told(text: str, sent: object, secrets: Secrets) -> str:
    """A vendor's words, fit to be shown: short, on one line, without secrets and without the values that we sent."""
    for one in sorted(set(_texts(sent)), key=len, reverse=True):
        text = text.replace(one, HIDDEN)
    plain = " ".join(secrets.cover(text).split())
    return plain if len(plain) <= MOST else f"{plain[: MOST - 1]}…"


def _texts(value: object) -> Iterator[str]:
    """Values of customers in a body; a word of three letters would take half of a sentence with it."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and (len(value) > _SHORTEST or not value.isascii()) and value.strip():
        yield value
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 9_999:
        yield str(value)
