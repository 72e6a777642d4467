"""Which addresses are safe to send secrets to, and how do our values look as JSON?"""

from __future__ import annotations

import ipaddress
import json
from decimal import Decimal
from urllib.parse import urlsplit

from connectors.contract import ConfigError


def to_json(value: object) -> bytes:
    """UTF-8 without spaces; Decimals as numbers."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: object) -> object:
    """Decimals leave as JSON numbers without passing through a float's digits where they are whole."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)


def demand_secure(url: str) -> None:
    """Raises ConfigError for an address that is not https, but for this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return
    raise ConfigError(
        "`{url}` is not safe to send secrets to; an address begins with https://",
        url=f"{parts.scheme}://{parts.hostname or ''}",
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
