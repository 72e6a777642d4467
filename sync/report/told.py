"""How are a plan's changes said in a report: each before → after, why, and who said so?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from connectors.contract import Said, say
from sync.messages.names import OPS, RULES, field_name, kind_name, word
from sync.picture.changes import FieldChange
from sync.picture.values import Words
from sync.report.facts import TableFacts, Told
from sync.report.markup import Html, code, join, tag
from sync.show.plan import STATES

PAGE: Final = 40
"""Changes that are seen at once."""
RECORDS: Final = 12
"""Records that are named of those that change in the same way."""
LONG: Final = 600
"""Signs of a value that are shown; a workbook's cell may hold 32,767 of them."""
_ELEMENTS: Final = re.compile(r"(; |；)")
_GOOD: Final = frozenset({"done", "duplicate"})
_ILL: Final = frozenset({"conflict", "rejected", "unknown", "intended"})


def table_section(words: Words, table: TableFacts, at: str, *, opened: bool) -> Html:
    """One table that folds away, with its changes on pages."""
    chips = [op_chip(words, op, table.of(op)) for op in OPS if table.of(op)]
    rows = tag("div", *(change(words, one) for one in table.told), class_="list")
    inside: list[object] = [_tools(words) if len(table.told) > PAGE else None, rows]
    if table.cut:
        text = say("… and {count} more; `offbook export changes` writes all of them", count=table.cut)
        inside.append(tag("p", words.say(text), class_="lead"))
    page = str(PAGE) if len(table.told) > PAGE else None
    body = tag("div", *inside, class_="in", data_page=page)
    head = tag("summary", table.name, *chips)
    return tag("details", head, body, id=at, open="" if opened else None)


def _tools(words: Words) -> Html:
    find = words.say(say("find a customer, a value, a source"))
    return tag(
        "div",
        tag("input", type="search", placeholder=find, aria_label=find),
        tag("button", words.say(say("back")), type="button"),
        tag("button", words.say(say("on")), type="button"),
        tag("span", class_="n", aria_live="polite"),
        class_="tools yesjs",
    )


def op_chip(words: Words, op: str, count: int = 0) -> Html:
    text = word(OPS, op, words.lang)
    return tag("span", f"{text} {count}" if count else text, class_=f"chip op {op}")


def change(words: Words, one: Told) -> Html:
    """One change, or several records that change alike."""
    called = [tag("b", one.called), tag("span", _records(words, one), class_="where")]
    rows = [_field(words, field, told=one) for field in one.fields]
    detail = tag("div", one.detail, class_="ex") if one.detail else None
    head = tag("div", op_chip(words, one.op), *called, _state(words, one.state), class_="who")
    return tag("div", head, *rows, detail, class_="change")


def _records(words: Words, one: Told) -> str:
    named = ", ".join(one.records[:RECORDS])
    if len(one.records) > RECORDS:
        count = len(one.records) - RECORDS
        return words.say(say("{records} and {count} more", records=named, count=count))
    return named


def _state(words: Words, state: str) -> Html | None:
    """What became of it; nothing for a plan that was not applied."""
    if state == "planned":
        return None
    look = "good" if state in _GOOD else "ill" if state in _ILL else ""
    return tag("span", word(STATES, state, words.lang), class_=f"chip {look}".strip())


def _field(words: Words, one: FieldChange, *, told: Told) -> Html:
    name = field_name(one.unit, words.lang)
    if one.kind != told.kind:
        name = f"{kind_name(one.kind, words.lang)} · {name}"
    rule = word(RULES, one.rule, words.lang)
    why = join([tag("b", one.origin), " · ", rule]) if one.origin else rule
    called = tag("span", f" ({one.called})", class_="none") if one.entity != told.entity else None
    shown = tag("div", _values(words, one, created=told.op == "create"), class_="v")
    return tag("div", tag("div", name, called, class_="k"), shown, tag("div", why, class_="w"), class_="fld")


def _values(words: Words, one: FieldChange, *, created: bool) -> Html:
    if created:
        return tag("ins", short(one.after))
    before, after = one.before, one.after
    if _ELEMENTS.search(before + after):
        return _elements(before, after)
    nothing = words.say(say("(empty)"))
    was = tag("span", before, class_="none") if before in ("–", nothing) else tag("del", short(before))
    becomes = tag("span", after, class_="none") if after == nothing else tag("ins", short(after))
    return join([was, tag("span", " → ", class_="arrow"), becomes])


def _elements(before: str, after: str) -> Html:
    """Of a set: what stays, what goes and what comes."""
    was, becomes = _split(before), _split(after)
    pieces: list[object] = [text if text in was else tag("ins", short(text)) for text in becomes]
    pieces += [tag("del", short(text)) for text in was if text not in becomes and text != "–"]
    joined: list[object] = []
    for n, piece in enumerate(pieces):
        joined += ["; " if n else "", piece]
    return join(joined)


def _split(text: str) -> list[str]:
    return [one for one in _ELEMENTS.split(text) if one and not _ELEMENTS.fullmatch(one)]


def short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]} …"


def lines(words: Words, texts: Iterable[Said | str]) -> Html:
    return join(tag("p", words.say(text)) for text in texts)


__all__ = ["change", "code", "lines", "op_chip", "short", "table_section"]
