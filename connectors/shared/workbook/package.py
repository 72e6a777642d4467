"""What parts does a workbook file hold, and how is a new file made in which only some of them differ?

A workbook is a zip. Members that do not change are copied as the bytes they are, headers and compression included,
so that nothing another program put there is lost or written anew.
"""

from __future__ import annotations

import copy
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from connectors.contract import SourceRefused, say

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_UNKNOWN = 0xFFFFFFFF
_LIMIT = 0xFFFFFFFF
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_BOMB = 4 << 30
"""No sheet comes near four gigabytes of text; a part that says so is a trap or broken."""


@dataclass(frozen=True)
class Package:
    """The bytes of one workbook, as one snapshot. Part names stand without a leading slash."""

    data: bytes
    name: str = "workbook"

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self.data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
            raise SourceRefused(
                "{name} is no readable workbook ({error}): open it in a spreadsheet program and save it again",
                name=self.name,
                error=str(error),
            ) from error

    @cached_property
    def _members(self) -> Mapping[str, zipfile.ZipInfo]:
        """Part names are equal without regard to case (ECMA-376 part 2, 6.2.2.3); some writers use backslashes."""
        return {_folded(info.filename): info for info in self._zip.infolist()}

    def __contains__(self, part: str) -> bool:
        return _folded(part) in self._members

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(info.filename for info in self._zip.infolist())

    def read(self, part: str) -> bytes:
        """The part's bytes; SourceRefused where it is missing, broken, encrypted or absurdly large."""
        info = self._members.get(_folded(part))
        if info is None:
            raise SourceRefused(
                "{name} has no part {part}: open it in a spreadsheet program and save it again",
                name=self.name,
                part=part,
            )
        if info.flag_bits & _ENCRYPTED:
            raise SourceRefused("{name} is locked with a password: save a copy without one for Offbook", name=self.name)
        if info.file_size > _BOMB:
            raise SourceRefused(
                "{name}: its part {part} says it is larger than 4 GB; nobody reads that", name=self.name, part=part
            )
        try:
            return self._inflated(info)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, struct.error) as error:
            raise SourceRefused(
                "{name} is damaged in its part {part} ({error}): open it in a spreadsheet program and save it again",
                name=self.name,
                part=part,
                error=type(error).__name__,
            ) from error

    def _inflated(self, info: zipfile.ZipInfo) -> bytes:
        """The member's bytes, checked; the whole file is at hand, so in one go."""
        head = self.data[info.header_offset : info.header_offset + _LOCAL.size]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # all that OPC allows
            raise zipfile.BadZipFile("compression")
        if head[:4] != b"PK\x03\x04" or len(head) < _LOCAL.size:
            raise zipfile.BadZipFile("header")
        *_, name, extra = _LOCAL.unpack(head)
        start = info.header_offset + _LOCAL.size + name + extra
        content = self.data[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_DEFLATED:
            content = zlib.decompressobj(-15).decompress(content, info.file_size + 1)
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise zipfile.BadZipFile("checksum")
        return content

    def unwritable(self) -> str:
        """Why members of this zip cannot be copied as they are; empty where they can."""
        names = [_folded(name) for name in self.parts]
        if len(set(names)) != len(names):
            return say("a part stands in it twice")
        if any(info.flag_bits & _ENCRYPTED for info in self._zip.infolist()):
            return say("it is locked with a password")
        if len(self.data) > _LIMIT - (64 << 20) or any(_is_zip64(info) for info in self._zip.infolist()):
            return say("it is a zip of more than 4 GB")
        return ""

    def rewrite(self, changed: Mapping[str, bytes], dropped: frozenset[str] = frozenset()) -> bytes:
        """A new file: parts in `changed` hold these bytes, `dropped` are gone, new parts come last.

        Every other member is copied byte for byte, in its place and with its own headers. Raises SourceRefused where
        that cannot be done; nothing has been written then.
        """
        why = self.unwritable()
        if why:
            raise SourceRefused(
                "{name} cannot be changed: {why}; save it again in a spreadsheet program", name=self.name, why=why
            )
        new = {_folded(part): content for part, content in changed.items()}
        gone = {_folded(part) for part in dropped}
        out = io.BytesIO()
        central: list[bytes] = []
        for info, stop in self._by_place():
            folded = _folded(info.filename)
            if folded in gone:
                continue
            if folded in new:
                central.append(_add(out, info, new.pop(folded)))
            else:
                central.append(_copy(out, info, self.data[info.header_offset : stop]))
        for part, content in changed.items():
            if _folded(part) in new:
                fresh = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
                fresh.compress_type = zipfile.ZIP_DEFLATED
                central.append(_add(out, fresh, content))
        return _finish(out, central, self._zip.comment)

    def _by_place(self) -> list[tuple[zipfile.ZipInfo, int]]:
        """Members in the order of their bytes, each with where it ends (its data descriptor included)."""
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        starts = [info.header_offset for info in infos[1:]] + [self._zip.start_dir]
        return list(zip(infos, starts))


@contextmanager
def sound(name: str, part: str) -> Iterator[None]:
    """Says in words, as SourceRefused, that a part does not hold what it should."""
    try:
        yield
    except (ValueError, LookupError, OverflowError) as error:
        raise SourceRefused(
            "{name} is damaged in its part {part} ({error}): open it in a spreadsheet program and save it again",
            name=name,
            part=part,
            error=type(error).__name__,
        ) from error


def is_zip(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def _folded(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").lower()


def _is_zip64(info: zipfile.ZipInfo) -> bool:
    return max(info.file_size, info.compress_size, info.header_offset) >= _UNKNOWN


def _copy(out: io.BytesIO, info: zipfile.ZipInfo, raw: bytes) -> bytes:
    """Appends a member as it is and returns its line for the directory."""
    offset = out.tell()
    out.write(raw)
    return _line(info, offset)


def _add(out: io.BytesIO, old: zipfile.ZipInfo, content: bytes) -> bytes:
    """Appends new content under an old name, time and rights; no data descriptor, so the sizes stand in front."""
    stored = old.compress_type == zipfile.ZIP_STORED
    packed = content if stored else _deflated(content)
    info = copy.copy(old)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.flag_bits = old.flag_bits & _UTF8_NAME
    info.CRC, info.file_size, info.compress_size, info.extra = zlib.crc32(content), len(content), len(packed), b""
    name, (when, day), offset = _raw_name(info), _stamp(info), out.tell()
    out.write(
        _LOCAL.pack(
            b"PK\x03\x04",
            20,
            info.flag_bits,
            info.compress_type,
            when,
            day,
            info.CRC,
            len(packed),
            len(content),
            len(name),
            0,
        )
    )
    out.write(name)
    out.write(packed)
    return _line(info, offset)


def _deflated(content: bytes) -> bytes:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeeze.compress(content) + squeeze.flush()


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """The name's bytes as they stood in the file: zipfile reads names as UTF-8 where the flag says so, else cp437."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437")


def _stamp(info: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = info.date_time
    return hour << 11 | minute << 5 | second // 2, max(0, year - 1980) << 9 | month << 5 | day


def _line(info: zipfile.ZipInfo, offset: int) -> bytes:
    """The member's entry in the directory at the end of the file."""
    name = _raw_name(info)
    when, day = _stamp(info)
    head = _CENTRAL.pack(
        b"PK\x01\x02",
        info.create_version | info.create_system << 8,
        info.extract_version,
        info.flag_bits,
        info.compress_type,
        when,
        day,
        info.CRC,
        info.compress_size,
        info.file_size,
        len(name),
        len(info.extra),
        len(info.comment),
        0,
        info.internal_attr,
        info.external_attr,
        offset,
    )
    return head + name + info.extra + info.comment


def _finish(out: io.BytesIO, central: list[bytes], comment: bytes) -> bytes:
    start = out.tell()
    directory = b"".join(central)
    out.write(directory)
    count = len(central)
    out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), start, len(comment)))
    out.write(comment)
    return out.getvalue()
