"""How do duplicates become a workbook in which a person decides?

A sheet of numbers, the groups with the best record first, the questions, and what was decided before. Cells are texts:
nothing becomes a formula, no telephone number becomes a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from connectors.contract import ConfigError, Said, say
from sync.dedupe.decided import DECISION, DIFFERENT, MARK, SAME, kept, mark
from sync.dedupe.finding import Found
from sync.dedupe.told import Telling, columns_told, numbers, role_name, subject_said
from sync.show.words import width

_CELL: Final = 32_000
"""Signs of a cell: Excel takes 32,767."""
_ROWS: Final = 1_000_000
"""Rows of a sheet, at most: Excel takes 1,048,576."""
_HEADS: Final = (say("Group"), DECISION, say("Sure"), say("Why"), say("Source"), say("Key"))
_WIDTHS: Final = (8, 13, 8, 48, 18, 14)
_BLUE: Final = "#1F3A5F"
_LINE: Final = {"valign": "top", "border": 1, "border_color": "#D5D9E0"}


def write_report(found: Found, path: Path, lang: str) -> bool:
    """Whether all of it had room. Beside the file first, then in its place. Raises ConfigError."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    if path.suffix.lower() != ".xlsx":
        raise ConfigError("the report is a workbook; {path} must end in .xlsx", path=path)
    part = path.with_name(f".{path.name}.part")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
               "constant_memory": True}  # fmt: skip
    try:
        book = xlsxwriter.Workbook(str(part), options)
        whole = _Book(book, found, lang).write()
        book.close()
        part.replace(path)
    except (OSError, XlsxWriterException) as trouble:
        raise ConfigError("{path} cannot be written; is it open in another program?", path=path) from trouble
    finally:
        part.unlink(missing_ok=True)
    return whole


class _Book:
    def __init__(self, book: Any, found: Found, lang: str) -> None:
        self._book, self._found, self._lang = book, found, lang
        self._telling = Telling(found, lang)
        self._say = self._telling.speaker.say
        self._headings = list(dict.fromkeys(heading for sheet in found.sheets for heading in sheet.headings))
        self._at = {heading: at for at, heading in enumerate(self._headings)}
        self._wide = [max(10, min(34, width(one) + 4)) for one in self._headings]
        for sheet in found.sheets:
            for heading, column in zip(sheet.headings, sheet.columns):
                at = self._at[heading]
                longest = max((width(value[:34]) for value in column[:200]), default=0)
                self._wide[at] = max(self._wide[at], min(34, longest + 2))
        self._shown: dict[tuple[int, int], bool] = {}
        self._formats = _formats(book)

    def write(self) -> bool:
        self._numbers()
        whole = self._groups()
        whole = self._questions() and whole
        self._decided()
        return whole

    # -------------------------------------------------------------------------- numbers

    def _numbers(self) -> None:
        sheet = self._book.add_worksheet(self._say(say("Summary")))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for column, wide in enumerate((44, 30, 26, 60)):
            sheet.set_column(column, column, wide)
        sheet.write_string(0, 0, self._say(say("Duplicates")), self._formats["title"])
        n, at = numbers(self._found), 2
        rows: Sequence[tuple[Said, object]] = (
            (say("records"), n.records),
            (say("different ones"), n.entities),
            (say("groups of duplicates"), n.groups),
            (say("records beyond the first of their group"), n.duplicates),
            (say("questions"), n.questions),
            (say("of the pairs that were found, thought right"), f"{n.precision:.1%}"),
            (say("of the pairs that are there, thought found"), f"{n.recall:.1%}"),
        )
        for said, value in rows:
            sheet.write_string(at, 0, self._say(said), self._formats["plain"])
            if isinstance(value, int):
                sheet.write_number(at, 1, value, self._formats["number"])
            else:
                sheet.write_string(at, 1, str(value), self._formats["number"])
            at += 1
        for said in (
            subject_said(self._found),
            say("Choose same or different in the yellow cells; leave the rest as it is. Then run the command again with"
                " --decisions and this file: what you decided holds from then on."),
        ):  # fmt: skip
            at += 1
            sheet.merge_range(at, 0, at, 3, self._say(said), self._formats["note"])
            sheet.set_row(at, 32)
        self._columns(sheet, at + 2)

    def _columns(self, sheet: Any, at: int) -> None:
        for column, said in enumerate((say("table"), say("column"), say("taken for"), say("why"))):
            sheet.write_string(at, column, self._say(said), self._formats["head"])
        for one, role in columns_told(self._found):
            at += 1
            texts = (one.name, role.heading, role_name(role.role, self._lang), self._say(role.why))
            for column, text in enumerate(texts):
                sheet.write_string(at, column, text[:_CELL], self._formats["plain"])

    # -------------------------------------------------------------------------- groups and questions

    def _groups(self) -> bool:
        """The least sure group first: there is most to decide."""
        sheet = self._sheet(say("Duplicates"))
        groups = [self._telling.group(rows) for rows in self._found.groups()]
        groups.sort(key=lambda group: (min(one.held for one in group), group[0].row))
        line = 1
        for n, group in enumerate(groups, start=1):
            if line + len(group) > _ROWS:
                return False
            best = group[0].row
            for one in group:
                first = one.row == best
                beside = "" if one.beside in (-1, best) else f"{self._named(one.beside)}: "
                why = self._say(say("the most complete record")) if first else beside + one.why
                sure = "" if first else f"{one.held:.0%}"
                self._row(sheet, line, n, one.row, sure, why, -1 if first else best, grouped=True)
                line += 1
        self._finish(sheet, line)
        return True

    def _questions(self) -> bool:
        sheet = self._sheet(say("Questions"))
        line = 1
        for n, one in enumerate(self._found.questions, start=1):
            if line + 2 > _ROWS:
                return False
            why = self._telling.speaker.reasons(one.reasons)
            self._row(sheet, line, n, one.a, "", "", -1)
            self._row(sheet, line + 1, n, one.b, f"{one.p:.0%}", why, one.a)
            line += 2
        self._finish(sheet, line)
        return True

    def _decided(self) -> None:
        """Decisions of before that show nowhere else, so that the newest report holds all of them."""
        left = kept(self._found.decided, self._shown)
        if not left:
            return
        sheet = self._sheet(say("Decided before"))
        line = 1
        for n, (a, b, _) in enumerate(left[: _ROWS // 2], start=1):
            self._row(sheet, line, n, a, "", "", -1)
            self._row(sheet, line + 1, n, b, "", self._say(say("you decided it")), a)
            line += 2
        self._finish(sheet, line)

    def _sheet(self, title: Said) -> Any:
        sheet = self._book.add_worksheet(self._say(title))
        heads = [*map(self._say, _HEADS), *self._headings, MARK]
        widths = [*_WIDTHS, *self._wide, 4]
        for column, (head, wide) in enumerate(zip(heads, widths)):
            hidden = {"hidden": True} if head == MARK else {}
            sheet.set_column(column, column, wide, None, hidden)
        sheet.set_row(0, 24)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head[:_CELL], self._formats["head"])
        sheet.freeze_panes(1, 2)
        sheet.outline_settings(True, False, True, False)  # noqa: FBT003 - visible, the summary above its group
        return sheet

    def _row(
        self, sheet: Any, line: int, group: int, row: int, sure: str, why: str, beside: int, *, grouped: bool = False
    ) -> None:
        """One record; with a cell to decide in where it is compared with another."""
        best = beside < 0
        form = self._formats[f"{'best' if best else 'plain'} {group % 2}"]
        sheet.set_row(line, _height(why), None, {"level": 1} if grouped and not best else {})
        source, key = self._telling.refs[row]
        sheet.write_number(line, 0, group, form)
        self._decision(sheet, line, row, beside, form)
        for column, text in enumerate((sure, why, source, key), start=2):
            sheet.write_string(line, column, text[:_CELL], self._formats[f"why {group % 2}"] if column == 3 else form)
        table, at = self._found.at(row)
        shown = dict(zip(table.headings, (column[at] for column in table.columns)))
        for heading, column in self._at.items():
            sheet.write_string(line, len(_HEADS) + column, shown.get(heading, "")[:_CELL], form)
        if not best:
            text = mark((table, at), self._found.at(beside))
            sheet.write_string(line, len(_HEADS) + len(self._headings), text, form)

    def _decision(self, sheet: Any, line: int, row: int, beside: int, form: Any) -> None:
        if beside < 0:
            sheet.write_blank(line, 1, None, form)
            return
        pair, decided = (min(row, beside), max(row, beside)), self._found.decided
        said = SAME if pair in decided.same else DIFFERENT if pair in decided.different else ""
        if said:
            self._shown[pair] = True
        sheet.write_string(line, 1, self._say(said), self._formats["fill"])

    def _finish(self, sheet: Any, lines: int) -> None:
        """Drop-downs, filters, and paper on which it can be handed round."""
        if lines > 1:
            told = {"error_title": self._say(say("Not one of the answers")),
                    "error_message": self._say(say("Choose one from the list, or leave it empty."))}  # fmt: skip
            answers = [self._say(SAME), self._say(DIFFERENT)]
            sheet.data_validation(
                1, 1, lines - 1, 1, {"validate": "list", "source": answers, "ignore_blank": True, **told}
            )
            sheet.autofilter(0, 0, lines - 1, len(_HEADS) + len(self._headings) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _named(self, row: int) -> str:
        return self._telling.refs[row][1]


def _height(why: str) -> float:
    """Spreadsheets do not grow rows that they did not write themselves."""
    return float(13 * min(-(-max(width(why), 1) // (_WIDTHS[3] - 4)), 8) + 3)


def _formats(book: Any) -> Mapping[str, Any]:
    """Groups are told apart by two fills, the best record of each by bold."""
    fills = {0: "#FFFFFF", 1: "#EEF2F8"}
    text = {**_LINE, "num_format": "@"}
    made = {f"plain {n}": book.add_format({**text, "bg_color": fill}) for n, fill in fills.items()}
    made |= {f"best {n}": book.add_format({**text, "bg_color": fill, "bold": True, "top": 2, "top_color": _BLUE})
             for n, fill in fills.items()}  # fmt: skip
    made |= {f"why {n}": book.add_format({**text, "bg_color": fill, "text_wrap": True}) for n, fill in fills.items()}
    made["plain"] = book.add_format(_LINE)
    made["number"] = book.add_format({**_LINE, "align": "left"})
    made["fill"] = book.add_format({**text, "bg_color": "#FFF8DC", "bold": True})
    made["head"] = book.add_format(
        {**_LINE, "bold": True, "bg_color": _BLUE, "font_color": "#FFFFFF", "valign": "vcenter"}
    )
    made["title"] = book.add_format({"bold": True, "font_size": 16, "font_color": _BLUE})
    made["note"] = book.add_format({"text_wrap": True, "valign": "top"})
    return made


__all__ = ["write_report"]
