"""How does a settings file name a secret without holding it, and what text must never be shown? (CONFIG, "Secrets")"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema

from connectors.contract import ConfigError, Said, say

_MAX_BYTES = 1_000_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_KEYRING = re.compile(r"keyring:([^/]+)/(.+)", re.DOTALL)
_FILE = re.compile(r"file:(/.+)", re.DOTALL)
_USERINFO = re.compile(r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://[^/?#:@\s]*:)(?P<password>[^/?#\s]*)@")
_PARAMETER = re.compile(r"[?&;](?P<name>[^=&;?#\s]+)=(?P<value>[^&;#\s]+)")
_NAME = re.compile(
    r"passw|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential|permanent_code|密码|口令"
)
_ASSIGNED = re.compile(r"^[\s\"']*[\w-]*(?:passw|pwd|secret|token|api_?key)[\w-]*[\"']?\s*[:=]\s*\S", re.IGNORECASE)
_TOKENS = re.compile(
    r"""^(?: (?i:bearer|basic)\s+\S{8,}             # a header's value
      | sk-[\w-]{16,} | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | xox[abeoprs]-[\w-]{10,}
      | AKIA[0-9A-Z]{16} | AIza[\w-]{30,} | ya29\.[\w.-]{10,}
      | eyJ[\w-]{10,}\.[\w.-]{5,}                    # a JSON web token
      | pat[A-Za-z0-9]{14}\.[0-9a-f]{32,} | pat-[a-z]{2}\d-[0-9a-f-]{30,}
      | 1000\.[0-9a-f]{32}\.[0-9a-f]{32} | 00D\w{12,15}![\w.]{20,}
      | [0-9a-fA-F]{40,} )$ | -----BEGIN """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference as it stands in a file; printing it prints the reference, never what it stands for."""

    reference: str

    def resolve(self) -> str:
        """What it stands for now. Raises ConfigError that names the reference and where it should be."""
        if match := _VARIABLE.fullmatch(self.reference):
            return _variable(match[1])
        if match := _KEYRING.fullmatch(self.reference):
            return _keyring(match[1], match[2])
        if match := _FILE.fullmatch(self.reference):
            return _file(match[1])
        raise ConfigError("{reference} is no reference to a secret", reference=shown(self.reference))


def is_reference(text: str) -> bool:
    """Whether the whole text is `${NAME}`, `keyring:service/name` or `file:/path`."""
    return any(form.fullmatch(text) for form in (_VARIABLE, _KEYRING, _FILE))


def holds_reference(text: str) -> bool:
    """Whether something of it is known only when the source is opened."""
    return is_reference(text) or bool(_VARIABLE.search(text) and "://" in text)


def resolve(text: str) -> str:
    """`text` with what its references stand for; inside a URL only `${NAME}`, made safe for the place it stands in."""
    if is_reference(text):
        return Secret(text).resolve()
    if not holds_reference(text):
        return text
    authority = re.match(r"[^:]+://[^/?#]*@", text)
    end = authority.end() if authority else 0

    def value(match: re.Match[str]) -> str:
        found = _variable(match[1])
        inside = match.start() < end or "?" in text[: match.start()]
        return quote(found, safe="") if inside else found

    return _VARIABLE.sub(value, text)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError("the environment variable {name} is not set; set it before Offbook starts", name=name)
    return value


def _keyring(service: str, name: str) -> str:
    try:
        keyring = import_module("keyring")  # an extra, and slow to load
    except ImportError:
        raise ConfigError("keyring: needs the keyring library; install offbook[keyring]") from None
    try:
        value = keyring.get_password(service, name)
    except Exception as error:  # noqa: BLE001 - every back end raises kinds of its own
        raise ConfigError("the keyring cannot be read ({kind})", kind=type(error).__name__) from None
    if not value:
        raise ConfigError("the keyring holds no {name} of {service}; put it there first", service=service, name=name)
    return str(value)


def _file(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_BYTES)
        value = data.decode("utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise ConfigError("the secret's file {path} cannot be read ({reason})", path=path, reason=reason) from None
    if not value:
        raise ConfigError("the secret's file {path} is empty", path=path)
    return value


# ------------------------------------------------------------------------------ what must not be shown


def in_full() -> Said:
    """What is said to a secret that was typed into a file."""
    return say("a secret never stands here in full; write ${NAME}, keyring:service/name or file:/path")


def looks_secret(text: str) -> bool:
    """A known kind of token, or a URL with a password in it: refused wherever it stands in a settings file."""
    return bool(_TOKENS.search(text)) or _password_in_url(text)


def looks_random(text: str) -> bool:
    """Long and drawn by a machine: a token anywhere but among a connector's options, where it may be an id."""
    if len(text) < 32 or not text.isascii() or not text.isalnum():
        return False
    if not (any(c.isupper() for c in text) and any(c.islower() for c in text)):
        return False
    return sum(a.isdigit() != b.isdigit() for a, b in pairwise(text)) >= 6


def names_secret(key: str) -> bool:
    """Whether a key of this name usually holds a secret (a token, a password)."""
    return bool(_NAME.search(key.lower()))


def _password_in_url(text: str) -> bool:
    if "://" not in text:
        return False
    found = _USERINFO.search(text)
    if found and found["password"] and not _VARIABLE.fullmatch(found["password"]):
        return True
    return any(names_secret(p["name"]) and not _VARIABLE.fullmatch(p["value"]) for p in _PARAMETER.finditer(text))


def shown(text: str) -> str:
    """`text` as a message may show it: one line, cut, and `…` where it may be a secret."""
    if looks_secret(text) or looks_random(text) or _ASSIGNED.search(text):
        return "…"
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def conceal(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


# ------------------------------------------------------------------------------ an option that is a secret


class Wrong(ValueError):
    """Raised in a pydantic validator with words for a person; settings.fit says where."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


def _only_reference(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and info.context and info.context.get("unresolved") and not is_reference(value):
        raise Wrong(in_full())
    return value


SecretText = Annotated[
    SecretStr,
    BeforeValidator(_only_reference),
    WithJsonSchema({"type": "string", "pattern": r"^(\$\{[A-Za-z_]\w*\}|keyring:[^/]+/.+|file:/.+)$"}),
]
"""The type of a connector's option that is a secret: in a file only a reference, in `connect` a pydantic SecretStr."""
