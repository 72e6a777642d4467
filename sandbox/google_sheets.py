"""How does Google Sheets answer? A pretended Sheets API v4 with its token endpoint, after the fact sheet.

Reads and writes each have 60 requests a minute for an account; a token lives for an hour; a batch is atomic; values
typed USER_ENTERED are parsed as a person's, RAW ones are stored as they are; rows and cells that are empty at the end
are left out of an answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.google_grid import LONGEST, Cell, Sheet, Wrong, a1, apply, area, demand_open, parsed, typed
from sandbox.server import Call, Fake, Rate, Reply

LIFE: Final = 3600
ACCOUNT: Final = "offbook@example.iam.gserviceaccount.com"
"""The service account that the example is shared with."""
_STATUS: Final = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_JWT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def error(status: int, message: str, name: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    """Google's envelope of errors."""
    told = {"code": status, "message": message, "status": name or _STATUS.get(status, "INTERNAL")}
    return Reply(status, {"error": told}, headers or {})


@dataclass
class Spreadsheet:
    """editors, readers: accounts it is shared with."""

    id: str
    title: str
    timezone: str = "Asia/Shanghai"
    sheets: list[Sheet] = field(default_factory=list)
    editors: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)

    @property
    def by_title(self) -> dict[str, Sheet]:
        return {sheet.title: sheet for sheet in self.sheets}


def _kind(call: Call) -> str:
    return f"{call.headers.get('authorization', '')} {'read' if call.method == 'GET' else 'write'}"


class GoogleSheets(Fake):
    """files: spreadsheets by id. people: refresh token → account. Any service account may sign in: `check` decides."""

    rates: tuple[Rate, ...] = (Rate(60, 60.0, only="^/v4/", of=_kind),)

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.files: dict[str, Spreadsheet] = {}
        self.people: dict[str, str] = {}
        self.check: Callable[[str], str | None] = _unchecked
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self.route("POST", "/token", self._token)
        self.route("GET", "/v4/spreadsheets/{id}", self._get)
        self.route("GET", "/v4/spreadsheets/{id}/values:batchGet", self._batch_get)
        self.route("GET", "/v4/spreadsheets/{id}/values/{range*}", self._values)
        self.route("PUT", "/v4/spreadsheets/{id}/values/{range*}", self._update)
        self.route("POST", "/v4/spreadsheets/{id}/values/{range*}:append", self._append)
        self.route("POST", "/v4/spreadsheets/{id}/values/{range*}:clear", self._clear)
        self.route("POST", "/v4/spreadsheets/{id}/values:batchUpdate", self._batch_values)
        self.route("POST", "/v4/spreadsheets/{id}:batchUpdate", self._batch)

    def add(self, file: Spreadsheet) -> Spreadsheet:
        self.files[file.id] = file
        return file

    def expire(self) -> None:
        """All tokens end now."""
        self._tokens.clear()

    # -------------------------------------------------------------------------- words

    def too_fast(self, wait: float | None) -> Reply:
        """Google does not say for how long; a Retry-After comes from gateways before it."""
        text = "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user'"
        return error(429, text, "RESOURCE_EXHAUSTED")

    def failed(self) -> Reply:
        return error(500, "Internal error encountered.", "INTERNAL")

    def unknown(self, call: Call) -> Reply:
        return error(404, "Requested entity was not found.")

    # -------------------------------------------------------------------------- who asks

    def allow(self, call: Call) -> Reply | None:
        if call.path == "/token":
            return None
        account = self._account(call)
        return None if account else error(401, "Request had invalid authentication credentials.")

    def _account(self, call: Call) -> str | None:
        kept = self._tokens.get(call.headers.get("authorization", "").removeprefix("Bearer "))
        return kept[0] if kept is not None and kept[1] > self.now() else None

    def _token(self, call: Call) -> Reply:
        form = call.form
        if form.get("grant_type") == _JWT:
            account = self.check(form.get("assertion", ""))
        else:
            account = self.people.get(form.get("refresh_token", ""))
        if account is None:
            return Reply(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        token = f"ya29.{secrets.token_hex(16)}"
        self._tokens[token] = (account, self.now() + timedelta(seconds=LIFE))
        return Reply(200, {"access_token": token, "expires_in": LIFE, "token_type": "Bearer"})

    def _file(self, call: Call, *, edits: bool = False) -> Spreadsheet | Reply:
        file, who = self.files.get(call.parts["id"]), self._account(call) or ""
        if file is None:
            return error(404, "Requested entity was not found.")
        if who not in file.editors and (edits or who not in file.readers):
            return error(403, "The caller does not have permission")
        return file

    # -------------------------------------------------------------------------- reading

    def _get(self, call: Call) -> Reply:
        file = self._file(call)
        if isinstance(file, Reply):
            return file
        mask = call.arg("fields")
        grid = call.arg("includeGridData").lower() == "true" or bool(mask)
        about = {"title": file.title, "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": file.timezone}
        try:
            told = [
                (sheet, sheet.told(), area(file.by_title, self._range(call, sheet)))
                for sheet in self._asked(call, file)
            ]
        except Wrong as why:
            return error(400, str(why))
        for sheet, made, (_, place) in told:
            if grid:
                lines = [{"values": [cell.told() for cell in line]} for line in sheet.cells(place)]
                made["data"] = [{"startRow": place[0], "startColumn": place[1], "rowData": lines}]
        body = {"spreadsheetId": file.id, "properties": about, "sheets": [made for _, made, _ in told]}
        url = f"https://docs.google.com/spreadsheets/d/{file.id}/edit"
        return Reply(
            200, masked({**body, "spreadsheetUrl": url}, _tree(mask)) if mask else {**body, "spreadsheetUrl": url}
        )

    def _asked(self, call: Call, file: Spreadsheet) -> list[Sheet]:
        ranges = call.query.get("ranges", [])
        named = [area(file.by_title, text)[0].id for text in ranges]
        return [sheet for sheet in file.sheets if not ranges or sheet.id in named]

    def _range(self, call: Call, sheet: Sheet) -> str:
        return call.query.get("ranges", ["'" + sheet.title.replace("'", "''") + "'"])[0]

    def _values(self, call: Call) -> Reply:
        file = self._file(call)
        if isinstance(file, Reply):
            return file
        return self._answered(lambda: self._range_told(file, call.parts["range"], call))

    def _batch_get(self, call: Call) -> Reply:
        file = self._file(call)
        if isinstance(file, Reply):
            return file
        ranges = call.query.get("ranges", [])
        return self._answered(
            lambda: {
                "spreadsheetId": file.id,
                "valueRanges": [self._range_told(file, text, call) for text in ranges],
            }
        )

    def _answered(self, make: Callable[[], dict[str, Any]]) -> Reply:
        try:
            return Reply(200, make())
        except Wrong as why:
            return error(400, str(why))

    def _range_told(self, file: Spreadsheet, text: str, call: Call) -> dict[str, Any]:
        sheet, place = area(file.by_title, text)
        top, left, bottom, right = place
        name = sheet.title if sheet.title.isascii() and sheet.title.isalnum() else f"'{sheet.title}'"
        made: dict[str, Any] = {
            "range": f"{name}!{a1(left)}{top + 1}:{a1(right - 1)}{bottom}",
            "majorDimension": "ROWS",
        }
        show = _shower(call.arg("valueRenderOption", "FORMATTED_VALUE"), call.arg("dateTimeRenderOption"))
        lines = [_trimmed([show(cell) for cell in line]) for line in sheet.cells(place)]
        while lines and not lines[-1]:
            lines.pop()
        if call.arg("majorDimension") == "COLUMNS":
            made["majorDimension"] = "COLUMNS"
            wide = max(map(len, lines), default=0)
            lines = [_trimmed([line[at] if at < len(line) else "" for line in lines]) for at in range(wide)]
        return {**made, "values": lines} if lines else made

    # -------------------------------------------------------------------------- writing

    def _batch(self, call: Call) -> Reply:
        file = self._file(call, edits=True)
        if isinstance(file, Reply):
            return file
        requests = (call.json or {}).get("requests") or []
        if not requests:
            return error(400, "Must specify at least one request.")
        sheets = deepcopy(file.sheets)
        for at, request in enumerate(requests):
            try:
                apply(sheets, request)
            except (Wrong, KeyError, TypeError, ValueError, AttributeError) as why:
                return error(400, f"Invalid requests[{at}].{next(iter(request), '')}: {why}")
        file.sheets[:] = sheets
        return Reply(200, {"spreadsheetId": file.id, "replies": [{} for _ in requests]})

    def _update(self, call: Call) -> Reply:
        return self._put(call, [{**(call.json or {}), "range": call.parts["range"]}], call.arg("valueInputOption"))

    def _batch_values(self, call: Call) -> Reply:
        told = call.json or {}
        return self._put(call, told.get("data", []), told.get("valueInputOption", ""), many=True)

    def _append(self, call: Call) -> Reply:
        file = self._file(call, edits=True)
        if isinstance(file, Reply):
            return file
        try:
            sheet, _ = area(file.by_title, call.parts["range"])
        except Wrong as why:
            return error(400, str(why))
        row = sheet.last()
        told = {**(call.json or {}), "range": f"'{sheet.title}'!A{row + 1}"}
        reply = self._put(call, [told], call.arg("valueInputOption"))
        return Reply(200, {"spreadsheetId": file.id, "updates": reply.body}) if reply.status == 200 else reply

    def _put(self, call: Call, parts: Sequence[Mapping[str, Any]], how: str, *, many: bool = False) -> Reply:
        file = self._file(call, edits=True)
        if isinstance(file, Reply):
            return file
        if how not in ("RAW", "USER_ENTERED"):
            return error(400, "'valueInputOption' is required but not specified")
        sheets = deepcopy(file.sheets)
        by_title = {sheet.title: sheet for sheet in sheets}
        try:
            done = [_typed_in(by_title, one, how) for one in parts]
        except Wrong as why:
            return error(400, str(why))
        file.sheets[:] = sheets
        answers = [
            {"spreadsheetId": file.id, "updatedRange": one["range"], "updatedCells": n} for one, n in zip(parts, done)
        ]
        return Reply(200, {"spreadsheetId": file.id, "responses": answers} if many else answers[0])

    def _clear(self, call: Call) -> Reply:
        file = self._file(call, edits=True)
        if isinstance(file, Reply):
            return file
        sheet, (top, left, bottom, right) = area(file.by_title, call.parts["range"])
        for line in sheet.lines[top:bottom]:
            for at in [at for at in line if left <= at < right]:
                line[at] = Cell(format=line[at].format)
        return Reply(200, {"spreadsheetId": file.id, "clearedRange": call.parts["range"]})


def example(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> GoogleSheets:
    """A spreadsheet with a few customers, for people who want to try a configuration."""
    fake = GoogleSheets(now)
    sheet = Sheet(0, "客户")
    fake.add(Spreadsheet("example-customers", "客户", sheets=[sheet], editors={ACCOUNT}))
    lines = [
        ("编号", "公司", "联系人", "电话", "备注"),
        ("C001", "上海明远机械有限公司", "王芳", "013800138000", "=见面聊"),
        ("C002", "Suzhou Bright Tools Ltd", "Li Wei", "+8613912345678", ""),
        ("C003", "无锡恒达电子厂", "张三", "0510-85551234", "已停产"),
    ]
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.put(row, column, typed(text))
    return fake


def _unchecked(assertion: str) -> str | None:
    """Whose assertion it is; its signature is not looked at."""
    import base64
    import json

    try:
        part = assertion.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["iss"])
    except (IndexError, KeyError, ValueError):
        return None


def _shower(how: str, when: str) -> Callable[[Cell], Any]:
    if how == "UNFORMATTED_VALUE":
        is_text = when == "FORMATTED_STRING"
        return lambda cell: (
            cell.shown() if is_text and (cell.format or {}).get("type", "").startswith("DATE") else cell.plain()
        )
    if how == "FORMULA":
        return lambda cell: cell.entered.get("formulaValue", cell.plain())
    return Cell.shown


def _trimmed(line: list[Any]) -> list[Any]:
    while line and line[-1] == "":
        line.pop()
    return line


def _typed_in(sheets: Mapping[str, Sheet], told: Mapping[str, Any], how: str) -> int:
    sheet, (top, left, _, _) = area(sheets, told.get("range", ""))
    count = 0
    for row, line in enumerate(told.get("values", ()), top):
        for column, value in enumerate(line, left):
            if isinstance(value, str) and len(value) > LONGEST:
                raise Wrong("Your input contains more than the maximum of 50000 characters in a single cell.")
            if row >= sheet.rows or column >= sheet.columns:
                raise Wrong(f"Range exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}")
            demand_open(sheet, row, column)
            if value is not None:
                made, old = (typed if how == "RAW" else parsed)(value), sheet.line(row).get(column, Cell())
                sheet.put(row, column, Cell(made.entered, made.effective, made.format or old.format))
                count += 1
    return count


def _tree(mask: str) -> dict[str, Any]:
    """A field mask, `a.b(c,d/e)`, as what is wanted below each name; nothing below: all of it."""
    tree: dict[str, Any] = {}
    _branch(mask.replace("/", "."), 0, tree)
    return tree


def _branch(mask: str, at: int, tree: dict[str, Any]) -> int:
    spot, name = tree, ""
    while at < len(mask):
        char = mask[at]
        if char in ",.()":
            spot = spot.setdefault(name, {}) if name else spot
            name = ""
            if char == "(":
                at = _branch(mask, at + 1, spot)
            elif char == ",":
                spot = tree
            elif char == ")":
                return at
        else:
            name += char
        at += 1
    if name:
        spot.setdefault(name, {})
    return at


def masked(told: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return told
    if isinstance(told, list):
        return [masked(one, tree) for one in told]
    if isinstance(told, dict):
        found = {name: masked(told[name], below) for name, below in tree.items() if name in told}
        return {name: one for name, one in found.items() if one not in ({}, None)}
    return told
