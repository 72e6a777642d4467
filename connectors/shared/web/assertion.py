"""How does an account prove itself with a private key instead of a password? (RFC 7523, RS256)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def signed(claims: Mapping[str, object], private_key: str, key_id: str | None = None) -> str:
    """The assertion. Raises ValueError for a key that cannot be read (PEM, RSA)."""
    from google.auth import crypt, jwt  # brought by gspread; slow to load

    load: Any = crypt.RSASigner.from_string  # untyped, as jwt.encode
    encode = cast("Any", jwt.encode)
    made: bytes = encode(load(private_key, key_id), dict(claims))
    return made.decode()
