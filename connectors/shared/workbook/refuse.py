"""Which files are no workbooks that can be read, and what in a workbook forbids writing to it?"""

from __future__ import annotations

from pathlib import Path

from connectors.contract import Said, SourceRefused, say
from connectors.shared.workbook.book import Book
from connectors.shared.workbook.package import is_zip
from connectors.shared.workbook.sheet import Sheet

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_RIGHTS = "DRMEncryptedDataSpace".encode("utf-16-le")
WRITTEN = (".xlsx", ".xlsm")
READ = (".xls", ".xlsb", ".ods")


def refuse_unreadable(path: Path, data: bytes) -> None:
    """Raises SourceRefused for what is no workbook this connector reads, saying what to do instead."""
    ending = path.suffix.lower()
    if ending in (".et", ".ett"):
        raise SourceRefused(
            "{path} is in WPS's own format, which nothing else reads: in WPS choose “save as” and .xlsx", path=path
        )
    if ending not in (*WRITTEN, *READ):
        raise SourceRefused(
            "{path} is no workbook: the connector reads {endings}", path=path, endings=", ".join((*WRITTEN, *READ))
        )
    if not data:
        raise SourceRefused("{path} is empty: a copy or a download broke off; put the workbook there again", path=path)
    if data.startswith(_COMPOUND):
        _refuse_locked(path, data)
        if ending != ".xls":
            raise SourceRefused(
                "{path} is an old .xls workbook under another name: save it as .xlsx in a spreadsheet program",
                path=path,
            )
    elif not is_zip(data):
        _refuse_text(path, data)


def _refuse_locked(path: Path, data: bytes) -> None:
    if _RIGHTS in data:
        raise SourceRefused(
            "{path} is protected by rights management: save a copy without protection for Offbook", path=path
        )
    if _LOCKED in data:
        raise SourceRefused("{path} is locked with a password: save a copy without one for Offbook", path=path)


def _refuse_text(path: Path, data: bytes) -> None:
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<?xml")):
        raise SourceRefused(
            "{path} is a web page or XML under the name of a workbook, as some systems export them: open it in a"
            " spreadsheet program and save it as .xlsx",
            path=path,
        )
    raise SourceRefused(
        "{path} is no workbook inside: open it in a spreadsheet program and save it as .xlsx", path=path
    )


def book_obstacles(book: Book) -> list[Said]:
    """Why nothing in this workbook may be written: what would be lost or broken by it."""
    found: list[Said] = []
    parts = [part.lower().lstrip("/") for part in book.package.parts]
    if why := book.package.unwritable():
        found.append(say("{why}", why=why))
    if book.is_strict:
        found.append(say("it is in the strict variant of the format; save it as an ordinary .xlsx"))
    if any(part.startswith("_xmlsignatures/") for part in parts):
        found.append(say("it is signed, and the digital signature would no longer hold"))
    if any(part.startswith("xl/revisions/") for part in parts):
        found.append(say("it is shared with tracked changes, and their history would no longer fit"))
    return found


def sheet_obstacles(sheet: Sheet) -> list[Said]:
    """Why nothing on this sheet may be written, though it may be on others."""
    found: list[Said] = []
    raw = sheet.book.package.read(sheet.name.part)
    if sheet.layout.is_protected:
        found.append(say("the sheet is protected; take the protection off, or take it out of `push`"))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"<!--" in raw or b"<![CDATA[" in raw or b"<!DOCTYPE" in raw:
        found.append(say("its XML is written in an unusual way; save it again in a spreadsheet program"))
    if b"AlternateContent" in sheet.xml[sheet.xml.find(b"<sheetData") : sheet.xml.rfind(b"</sheetData>")]:
        found.append(say("its cells hold alternatives for newer programs"))
    outside = [table.name for table in sheet.layout.tables if table.is_outside]
    found += [say("its table {table} is filled again and again from outside", table=name) for name in outside]
    return found
