"""Workbooks with everything that people and programs put into them, for the tests of the xlsx connector."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors import xlsx
from connectors.contract import Change, Connector, Context, Op, Query, Receipt, Record, TableFacts, Value
from connectors.gate import RunGate, VirtualClock
from connectors.vault import MemoryVault

HEADINGS = ("编号", "公司", "联系人", "手机", "生日", "金额", "级别", "小计")
PEOPLE = (
    ("K1", "上海宇润科技有限公司", "张三", "13800138000", date(1990, 5, 6), 1200, "A"),
    ("K2", "北京天合贸易有限公司", "李四", "013900139000", date(1985, 12, 31), 88.5, "B"),
    ("K3", "广州未来软件有限公司", "王五", "+86 137 0013 7000", date(2001, 1, 1), 0, "A"),
    ("K4", "深圳湾区电子有限公司", "赵六", "320102199001011234", None, -5, "C"),
)
SHEET = "客户"
FACTS = TableFacts(("公司", "联系人", "手机", "生日", "金额", "级别"), "编号")


def png() -> bytes:
    """A picture of one red dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )


def rich(path: Path, *, date_1904: bool = False) -> None:
    """Records in rows 3-6 of 客户 (headings in row 2, a title above), and as much around them as fits."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", "date_1904": date_1904})
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - the same bytes each time
    sheet, other, hidden = book.add_worksheet(SHEET), book.add_worksheet("汇总"), book.add_worksheet("列表")
    hidden.hide()
    bold = book.add_format({"bold": True, "bg_color": "#DDEEFF"})
    text = book.add_format({"num_format": "@", "font_color": "#333333"})
    day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet.merge_range("A1:H1", "客户总表（内部）", bold)
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(1, column, heading, bold)
    for at, (key, company, name, phone, birthday, amount, level) in enumerate(PEOPLE, start=2):
        sheet.write_string(at, 0, key)
        sheet.write_rich_string(at, 1, company[:2], bold, company[2:]) if at == 3 else sheet.write_string(
            at, 1, company
        )
        sheet.write_string(at, 2, name)
        sheet.write_string(at, 3, phone, text)
        sheet.write_datetime(at, 4, birthday, day) if birthday else sheet.write_blank(at, 4, None, day)
        sheet.write_number(at, 5, amount, money)
        sheet.write_string(at, 6, level)
        sheet.write_formula(at, 7, f"=F{at + 1}*2", money, amount * 2)
    _around(book, sheet, other, hidden)
    book.close()


def _around(book: Any, sheet: Any, other: Any, hidden: Any) -> None:
    red = book.add_format({"bg_color": "#FFC7CE"})
    sheet.data_validation("G3:G6", {"validate": "list", "source": "=列表!$A$1:$A$3"})
    sheet.conditional_format("F3:F6", {"type": "cell", "criteria": "<", "value": 0, "format": red})
    sheet.conditional_format("A3:H6", {"type": "formula", "criteria": '=$G3="A"', "format": red})
    sheet.autofilter("A2:H6")
    sheet.filter_column("G", "x != C")
    sheet.set_row(5, None, None, {"hidden": True})
    sheet.freeze_panes(2, 1)
    sheet.set_column("B:B", 30)
    sheet.write_comment("C3", "老朋友")
    sheet.insert_image("K2", "dot.png", {"image_data": io.BytesIO(png())})
    sheet.print_area("A1:H6")
    sheet.repeat_rows(1)
    sheet.set_header("&C内部资料")
    sheet.write_url("K4", "https://example.com/", string="主页")
    for row, level in enumerate("ABC"):
        hidden.write_string(row, 0, level)
    other.write_string(0, 0, "合计")
    other.write_formula(0, 1, f"=SUM('{SHEET}'!F3:F6)", None, 1283.5)
    other.write_formula(1, 1, "=B1+1", None, 1284.5)
    other.write_formula(2, 1, "=1+1", None, 2)
    other.write_formula(3, 1, f'=COUNTIF({SHEET}!G:G,"A")', None, 2)
    book.define_name("级别表", "=列表!$A$1:$A$3")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"='{SHEET}'!$F$3:$F$6", "categories": f"='{SHEET}'!$C$3:$C$6"})
    other.insert_chart("D2", chart)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def raw_members(data: bytes) -> dict[str, bytes]:
    """Each member as it stands in the zip: headers, compressed bytes and all."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = sorted(package.infolist(), key=lambda info: info.header_offset)
        stops = [info.header_offset for info in infos[1:]] + [package.start_dir]
        return {info.filename: data[info.header_offset : stop] for info, stop in zip(infos, stops)}


def with_parts(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Writes the workbook anew after `change` had its parts in hand."""
    parts = members(path.read_bytes())
    change(parts)
    pack(path, parts)


def pack(path: Path, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/'
    'sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>{more}</Types>'
)
_RELATIONS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_OVERRIDE = '<Override PartName="/xl/{0}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{0}+xml"/>'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def by_hand(
    path: Path,
    sheet: str | bytes,
    *,
    strings: str = "",
    styles: str = "",
    target: str = "worksheets/sheet1.xml",
    book: str = "",
) -> None:
    """A workbook of one sheet 客户 whose XML is written out; `strings`, `styles`: the inside of those parts."""
    more, related = "", f'<Relationship Id="rId1" Type="{_TYPE}worksheet" Target="{target}"/>'
    parts: dict[str, bytes] = {}
    if strings:
        more += _OVERRIDE.format("sharedStrings")
        related += f'<Relationship Id="rId2" Type="{_TYPE}sharedStrings" Target="sharedStrings.xml"/>'
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'.encode()
    if styles:
        more += _OVERRIDE.format("styles")
        related += f'<Relationship Id="rId3" Type="{_TYPE}styles" Target="styles.xml"/>'
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'.encode()
    office = f'<Relationship Id="rId1" Type="{_TYPE}officeDocument" Target="xl/workbook.xml"/>'
    parts = {
        "[Content_Types].xml": _TYPES.format(more=more).encode(),
        "_rels/.rels": _RELATIONS.format(office).encode(),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(related).encode(),
        "xl/workbook.xml": (
            book
            or f'<workbook xmlns="{MAIN}" xmlns:r="{_TYPE[:-1]}"><sheets><sheet name="{SHEET}" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>"
        ).encode(),
        "xl/worksheets/sheet1.xml": sheet if isinstance(sheet, bytes) else sheet.encode(),
        **parts,
    }
    pack(path, parts)


def sheet_xml(rows: str, *, before: str = "", after: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}'
        "</worksheet>"
    )


STYLES = (
    '<numFmts count="2"><numFmt numFmtId="200" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="201" formatCode="m&quot;月&quot;d&quot;日&quot;"/></numFmts><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="{count}">{styles}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
)


def styles(*formats: int, codes: Mapping[int, str] | None = None) -> str:
    """The inside of a styles part with one cell style for each number format id."""
    looks = "".join(f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for number in formats)
    made = STYLES.format(count=len(formats), styles=looks)
    for number, code in (codes or {}).items():
        made = made.replace("</numFmts>", f'<numFmt numFmtId="{number}" formatCode="{code}"/></numFmts>')
    return made


# ------------------------------------------------------------------------------ using the connector


def opened(
    path: Path, facts: TableFacts | None = None, table: str = SHEET, zone: str = "Asia/Shanghai", **options: Any
) -> Connector:
    tables = {table: FACTS if facts is None else facts}
    context = Context(RunGate(clock=VirtualClock()), MemoryVault(), tables, zone, str(path.parent))
    return xlsx.SPEC.connect(xlsx.Options(path=path.name, **options), context)


def records(path: Path, facts: TableFacts | None = None, table: str = SHEET, **options: Any) -> list[Record]:
    asked = (FACTS if facts is None else facts).fields
    pages = opened(path, facts, table, **options).pull(Query(table, asked))
    return [record for page in pages for record in page.records]


def column(path: Path, name: str, **more: Any) -> list[Value]:
    return [record.fields[name] for record in records(path, **more)]


def update(record: Record, after: Mapping[str, Value], number: int = 1) -> Change:
    before = {name: record.fields.get(name) for name in after}
    return Change(f"u{number}", Op.UPDATE, record.key, after, before, record.version)


def create(after: Mapping[str, Value], token: str | None = None, number: int = 1) -> Change:
    return Change(f"c{number}", Op.CREATE, after=after, token=token)


def delete(record: Record, number: int = 1) -> Change:
    return Change(f"d{number}", Op.DELETE, record.key, before=record.fields, expect=record.version)


def write(path: Path, *changes: Change, facts: TableFacts | None = None, **options: Any) -> list[Receipt]:
    return list(opened(path, facts, **options).write(SHEET, changes))


def change(
    path: Path, key: str, after: Mapping[str, Value], facts: TableFacts | None = None, **options: Any
) -> Receipt:
    record = next(one for one in records(path, facts, **options) if one.key == key)
    (receipt,) = write(path, update(record, after), facts=facts, **options)
    return receipt


def sheet_of(path: Path, part: str = "xl/worksheets/sheet1.xml") -> str:
    return members(path.read_bytes())[part].decode()
