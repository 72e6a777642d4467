"""How is the text of a vCard file cut into cards and properties, and joined again?

Everything is kept as the bytes that were found: a file that is read and joined again is the same file, and a property
that is not edited keeps its bytes. vCard 2.1 (versit), 3.0 (RFC 2425, RFC 2426) and 4.0 (RFC 6350), with the ways in
which phones break them: folds in the middle of a character, base64 and notes that go on unfolded, quoted-printable with
soft breaks, undeclared GBK or Big5, no END, three ways to write TYPE, files in UTF-16.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.shared.encodings import LADDER

FOLD_AT: Final = 75
"""Octets in a line without its end (RFC 6350 3.2)."""
_UNFOLDED: Final = FOLD_AT + 5
_HEAD_LINES: Final = 20

_HEAD = re.compile(
    rb"""[ \t]*(?:(?P<group>[A-Za-z0-9_-]+)\.)?(?P<name>[A-Za-z][A-Za-z0-9_-]*)[ \t]*"""
    rb"""(?P<params>(?:;(?:[^":;\r\n]|"[^"\r\n]*")*)*):"""
)
_PARAM = re.compile(r""";((?:[^";]|"[^"]*")*)""")
_EDGE = re.compile(rb"[ \t]*(BEGIN|END)[ \t]*:[ \t]*VCARD[ \t]*\r?\n?$", re.IGNORECASE)
_VERSION = re.compile(rb"[ \t]*VERSION[ \t]*:[ \t]*([0-9.]+)", re.IGNORECASE)
_QUOTED = re.compile(rb"QUOTED-PRINTABLE|ENCODING=Q(?![A-Z])", re.IGNORECASE)
_ENCODINGS: Final = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"})
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_MARKS: Final = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True, slots=True)
class Line:
    """One property with all its physical lines; `name` is "" for what is none (blank lines, stray text).

    raw: its bytes with line ends. head: what stands before the colon, unfolded. body: the value, unfolded but still
    encoded. name is in capitals; params are (NAME, value) in the file's order, a bare 2.1 value under TYPE or ENCODING.
    """

    raw: bytes
    name: str = ""
    group: str = ""
    params: tuple[tuple[str, str], ...] = ()
    head: bytes = b""
    body: bytes = b""

    def param(self, name: str) -> str:
        """The first value of a parameter, or ""."""
        return next((value for key, value in self.params if key == name), "")

    @property
    def quoted_printable(self) -> bool:
        return self.param("ENCODING").upper() in ("QUOTED-PRINTABLE", "Q")

    @property
    def binary(self) -> bool:
        return self.param("ENCODING").upper() in ("BASE64", "B")

    @property
    def types(self) -> frozenset[str]:
        """TYPE values in capitals, whichever of the three ways they are written in."""
        listed = (value.split(",") for key, value in self.params if key == "TYPE")
        return frozenset(one.strip().upper() for values in listed for one in values if one.strip())


@dataclass(frozen=True, slots=True)
class Card:
    """One card: its lines from BEGIN to END (or to where the next one begins), and how it is written.

    charset: codec of text that declares none. eol: its line end. folds: whether long lines are folded here.
    """

    lines: tuple[Line, ...]
    version: str = "3.0"
    charset: str = "utf-8"
    eol: bytes = b"\r\n"
    folds: bool = True

    @property
    def old(self) -> bool:
        """vCard 2.1: quoted-printable, bare types, no escaped line breaks."""
        return self.version.startswith("2")

    @property
    def raw(self) -> bytes:
        return b"".join(line.raw for line in self.lines)

    @property
    def ended(self) -> bool:
        return self.lines[-1].name == "END"

    def named(self, name: str) -> Iterator[Line]:
        return (line for line in self.lines if line.name == name)

    def swap(self, old: Line, new: Line | None) -> Card:
        """With this very line replaced, or taken out."""
        kept = (new if line is old else line for line in self.lines)
        return replace(self, lines=tuple(line for line in kept if line is not None))

    def add(self, new: Line) -> Card:
        """With a line more: behind the last of its name, else behind the last property."""
        places = [i for i, line in enumerate(self.lines) if line.name == new.name]
        at = (places or [i for i, line in enumerate(self.lines) if line.name not in ("", "END")])[-1] + 1
        lines, before = list(self.lines), self.lines[at - 1]
        if not before.raw.endswith((b"\n", b"\r")):
            lines[at - 1] = replace(before, raw=before.raw + self.eol)
        return replace(self, lines=(*lines[:at], new, *lines[at:]))


@dataclass(frozen=True, slots=True)
class Book:
    """A whole file: cards, and the bytes between them (blank lines, stray text), in the file's order.

    codec: "utf-16-le" or "utf-16-be" where the file as a whole is in one of them; cards are held in UTF-8 then.
    """

    pieces: tuple[Card | bytes, ...]
    codec: str = ""

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Card))

    def join(self) -> bytes:
        """The file; the same bytes that were parsed, but for what was edited."""
        inner = b"".join(piece if isinstance(piece, bytes) else piece.raw for piece in self.pieces)
        return _MARKS[self.codec] + inner.decode("utf-8").encode(self.codec) if self.codec else inner

    def put(self, cards: Sequence[Card | None], new: Iterable[Card] = ()) -> Book:
        """With each card replaced by the one at its place (None: taken out, with the blank lines behind it)."""
        pieces: list[Card | bytes] = []
        left, dropped = iter(cards), False
        for piece in self.pieces:
            if not isinstance(piece, Card):
                pieces += [] if dropped and not piece.strip() else [piece]
                continue
            card = next(left)
            dropped = card is None
            pieces += [card] if card else []
        for card in new:
            if pieces and not _tail(pieces[-1]).endswith((b"\n", b"\r", codecs.BOM_UTF8)):
                pieces.append(card.eol)
            pieces.append(card)
        return replace(self, pieces=tuple(pieces))


def parse(data: bytes, encoding: str = "") -> Book:
    """Cuts a file into cards; never fails on broken ones. encoding: of text that declares none; "" finds it out."""
    codec = next((name for name, mark in _MARKS.items() if data.startswith(mark)), "")
    if codec:
        decoded = data[2:].decode(codec, "replace")
        data = decoded.encode("utf-8", "replace")
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    physical = data[len(mark) :].splitlines(keepends=True)
    pieces: list[Card | bytes] = [mark] if mark else []
    folds = not any(len(line) > _UNFOLDED for line in physical)
    at = 0
    while at < len(physical):
        if _edge(physical[at]) == b"BEGIN":
            card, at = _card(physical, at)
            pieces.append(replace(card, folds=folds))
        else:
            pieces.append(physical[at])
            at += 1
    return Book(_with_charsets(pieces, encoding), codec)


def parsed_head(head: bytes) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Group, NAME and parameters of what stands before a colon."""
    found = _HEAD.match(head + b":")
    assert found is not None
    params = []
    for piece in _PARAM.findall(found["params"].decode("utf-8", "replace")):
        key, equals, value = piece.partition("=")
        key = key.strip().upper()
        if not equals or key.startswith("X-CUSTOM("):  # Android: TEL;X-CUSTOM(CHARSET=UTF-8,…)
            key, value = ("ENCODING" if key in _ENCODINGS else "TYPE"), piece
        params.append((key, value.strip().strip('"')))
    return (found["group"] or b"").decode("ascii"), found["name"].decode("ascii").upper(), tuple(params)


def unquoted(body: bytes) -> bytes:
    """Quoted-printable without its soft breaks → bytes."""
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), body)


def fits(sample: bytes, codec: str) -> bool:
    try:
        sample.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


# ------------------------------------------------------------------------------ cutting


def _card(physical: Sequence[bytes], start: int) -> tuple[Card, int]:
    version = _version(physical, start)
    lines = [_property(physical[start : start + 1])]
    at = start + 1
    while at < len(physical):
        edge = _edge(physical[at])
        if edge == b"BEGIN":
            if lines[-1].name != "AGENT" or lines[-1].body.strip():
                break  # no END: the next card begins
            end = _nested_end(physical, at)
            lines[-1] = replace(lines[-1], raw=lines[-1].raw + b"".join(physical[at:end]))
        else:
            end = at + 1 if edge else _logical_end(physical, at)
            lines.append(_property(physical[at:end], old=version.startswith("2")))
        at = end
        if edge == b"END":
            break
    begin = physical[start]
    return Card(tuple(lines), version, eol=begin[len(begin.rstrip(b"\r\n")) :] or b"\r\n"), at


def _edge(line: bytes) -> bytes:
    found = _EDGE.match(line)
    return found[1].upper() if found else b""


def _version(physical: Sequence[bytes], start: int) -> str:
    for at in range(start + 1, len(physical)):
        if found := _VERSION.match(physical[at]):
            return found[1].decode("ascii")
        if _edge(physical[at]):
            break
    return "3.0"


def _nested_end(physical: Sequence[bytes], start: int) -> int:
    """Behind the END of a card that stands inside AGENT (vCard 2.1)."""
    depth = 0
    for at in range(start, len(physical)):
        depth += {b"BEGIN": 1, b"END": -1}.get(_edge(physical[at]), 0)
        if depth == 0:
            return at + 1
    return len(physical)


def _head(physical: Sequence[bytes]) -> re.Match[bytes] | None:
    """What stands before the colon, also where the fold is in there."""
    return _HEAD.match(physical[0]) or _HEAD.match(_unfolded(physical[:_HEAD_LINES]))


def _logical_end(physical: Sequence[bytes], start: int) -> int:
    """The physical line behind the property that begins at `start`.

    What is no property of its own belongs to the one before: a note or base64 that a phone forgot to fold.
    """
    if not physical[start].strip():
        return start + 1
    end = start + 1
    while end < len(physical) and _is_fold(physical[end]):
        end += 1
    head = _head(physical[start:end])
    if head is None:
        return end
    quoted = _QUOTED.search(head["params"]) is not None
    while end < len(physical) and not _edge(physical[end]):
        soft = quoted and physical[end - 1].rstrip().endswith(b"=")
        if not soft and not _is_fold(physical[end]) and (not physical[end].strip() or _HEAD.match(physical[end])):
            break
        end += 1
    return end


def _is_fold(line: bytes) -> bool:
    return line[:1] in (b" ", b"\t") and bool(line.strip())


def _property(physical: Sequence[bytes], *, old: bool = False) -> Line:
    raw = b"".join(physical)
    head = _head(physical)
    if head is None:
        return Line(raw)
    start = head[0][:-1]
    group, name, params = parsed_head(start)
    line = Line(raw, name, group, params, start)
    joined = _softly_joined(physical) if line.quoted_printable else _unfolded(physical, old=old, binary=line.binary)
    return Line(raw, name, group, params, start, joined[len(start) + 1 :])


def _unfolded(physical: Sequence[bytes], *, old: bool = False, binary: bool = False) -> bytes:
    """Joins folded lines; a line that is no fold goes on as a new line of the text (or of base64)."""
    before = physical[0].rstrip(b"\r\n")
    joined = [before]
    for line in physical[1:]:
        bare = line.rstrip(b"\r\n")
        if not _is_fold(line):
            joined.append(bare if binary else b"\n" + bare)
        elif old and not binary and _folded_at_a_blank(before, bare):
            joined.append(bare)
        else:
            joined.append(bare[1:])
        before = bare
    return b"".join(joined)


def _folded_at_a_blank(before: bytes, line: bytes) -> bool:
    """versit 2.1 folds at a blank and keeps it, RFC 2425 (and many a phone that says 2.1) puts one in.

    The second kind shows by its full line, or by a fold within Chinese text, which has no blanks to fold at.
    """
    in_ascii = before[-1:] < b"\x80" and line[1:2] < b"\x80"
    return in_ascii and not FOLD_AT - 1 <= len(before) <= FOLD_AT + 1 and line[1:2] not in (b" ", b"\t")


def _softly_joined(physical: Sequence[bytes]) -> bytes:
    """Quoted-printable: `=` at the end joins. Some phones put a fold's blank behind it, on every line."""
    rest = physical[1:]
    blanks = bool(rest) and all(_is_fold(line) for line in rest if line.strip())
    joined, soft = b"", False
    for at, line in enumerate(physical):
        bare = line.rstrip(b"\r\n")
        if at and not soft and not _is_fold(line):
            joined += b"=0D=0A"
        elif at and blanks and (not soft or len(rest) > 1 or re.search(rb"=[0-9A-Fa-f]{2}$", joined)):
            bare = bare[1:]
        soft = bare.rstrip().endswith(b"=")
        joined += bare.rstrip()[:-1] if soft else bare
    return joined


# ------------------------------------------------------------------------------ encodings


def _tail(piece: Card | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.lines[-1].raw


def _with_charsets(pieces: Sequence[Card | bytes], encoding: str) -> tuple[Card | bytes, ...]:
    """Gives each card the codec of its undeclared text: UTF-8 where it mostly fits, else one for the whole file."""
    samples = {at: _undeclared(piece) for at, piece in enumerate(pieces) if isinstance(piece, Card)}
    utf8 = {at for at, sample in samples.items() if _mostly_utf8(sample)}
    strange = b"\n".join(line for at, sample in samples.items() if at not in utf8 for line in sample)
    other = next((codec for codec in LADDER[1:] if fits(strange, codec)), "utf-8")
    return tuple(
        replace(piece, charset=encoding or ("utf-8" if at in utf8 else other)) if isinstance(piece, Card) else piece
        for at, piece in enumerate(pieces)
    )


def _undeclared(card: Card) -> list[bytes]:
    """Its values beyond ASCII that do not say how they are encoded."""
    lines = (line for line in card.lines if not line.param("CHARSET") and not line.binary)
    values = (unquoted(line.body) if line.quoted_printable else line.body for line in lines)
    return [value for value in values if not value.isascii()]


def _mostly_utf8(values: Sequence[bytes]) -> bool:
    """One broken value among whole ones is damaged; it does not make the others another encoding."""
    whole = sum(fits(value, "utf-8") for value in values)
    return whole == len(values) or whole > len(values) - whole
