"""How are the contacts of a phone written: vCards of two versions, in two encodings?"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from examples.files.rows import Row

_PHOTO: Final = bytes(range(256)) * 2
"""No picture, but the bytes of one: nobody looks, everybody must keep them."""


def write_cards(path: Path, rows: Sequence[Row]) -> None:
    """One file, as a phone exports it; without UIDs."""
    path.write_bytes(b"".join(_card(row) for row in rows))


def _card(row: Row) -> bytes:
    if "gbk_card" in row.troubles:
        lines = [line for name, text, types in _properties(row) for line in _old(name, text, types, "GBK")]
        version = "2.1"
    elif "utf8_card" in row.troubles:
        lines = [line for name, text, types in _properties(row) for line in _old(name, text, types, "UTF-8")]
        version = "2.1"
    else:
        lines = [line for name, text, types in _properties(row) for line in _new(name, text, types)]
        version = "3.0"
        if row.row % 12 == 0:
            picture = base64.b64encode(_PHOTO).decode("ascii")
            lines += _folded(f"PHOTO;ENCODING=b;TYPE=JPEG:{picture}")
            lines += ["item1.X-ABDATE;type=pref:2020-01-02", "item1.X-ABLabel:_$!<Anniversary>!$_"]
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", "")).encode("utf-8")


def _properties(row: Row) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(property, value, types). A value of several components holds `;`."""
    name = str(row.raw("FN"))
    family = name[0] if not name.isascii() and len(name) in (2, 3) else name.rpartition(" ")[2]
    given = name[1:] if not name.isascii() and len(name) in (2, 3) else name.rpartition(" ")[0]
    yield "N", f"{family};{given};;;", ()
    yield "FN", name, ()
    for column in ("ORG", "TITLE", "TEL;CELL", "TEL;WORK", "EMAIL", "BDAY", "X-WECHAT", "NOTE"):
        value = row.raw(column)
        if value is not None:
            plain, _, kind = column.partition(";")
            yield plain, str(value), (kind,) if kind else ("INTERNET",) if plain == "EMAIL" else ()


def _old(name: str, text: str, types: tuple[str, ...], charset: str) -> Iterator[str]:
    """Version 2.1: types stand bare, what is not ASCII is quoted-printable with soft line breaks."""
    head = ";".join((name, *types))
    if text.isascii() and "\n" not in text:
        yield f"{head}:{text}"
        return
    if not _fits(text, charset):
        charset = "UTF-8"
    raw = text.replace("\n", "\r\n").encode(charset)
    # quopri leaves "=0D=0A" line ends alone, so they are quoted by hand; its soft breaks are "=\n".
    quoted = "=0D=0A".join(quopri.encodestring(part).decode("ascii") for part in raw.split(b"\r\n"))
    yield f"{head};CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{quoted}".replace("=\n", "=\r\n")


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _new(name: str, text: str, types: tuple[str, ...]) -> list[str]:
    """Version 3.0 in UTF-8, folded."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,")
    if name not in ("N", "ORG"):
        escaped = escaped.replace(";", "\\;")
    head = ";".join((name, *(f"TYPE={kind}" for kind in types)))
    return _folded(f"{head}:{escaped}")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes, the later ones indented by a blank; no character is cut in two."""
    lines, current = [], ""
    for letter in line:
        if len((current + letter).encode("utf-8")) > 74:
            lines.append(current)
            current = " "
        current += letter
    return [*lines, current]
