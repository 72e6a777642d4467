"""What does each part of a report say: those off the books, questions, changes, what is left, what to clean up?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.contract import Said, say
from sync.messages import translate, unpacked
from sync.messages.names import LEVELS, SORTS, field_name, kind_name, word
from sync.picture.reasons import why_text
from sync.picture.values import Words
from sync.reading import tally
from sync.report.facts import Facts, Newcomer
from sync.report.markup import Html, code, coded, join, tag
from sync.report.told import short, table_section
from sync.review.model import CLASSES, Asking, Class, Noted, Speaker
from sync.review.printed import NOTED

NOTES: Final = 60
"""Marks, holds, orphans and duplicates of one sort that are listed."""
FEW: Final = 10
"""Lines of a list that are seen before the others are unfolded."""


def newcomers(words: Words, facts: Facts) -> Html | None:
    if not facts.newcomers:
        return None
    lead = say("Customers and contacts that stand in workbooks, phones and exports, and in no formal system.")
    rows = [_newcomer(words, one) for one in facts.newcomers]
    heads = (say("customer"), say("kind"), say("known from"), say("what becomes of it"))
    more = say("… and {count} more", count=facts.newcomers_cut) if facts.newcomers_cut else None
    return _folded(words, say("Off the books"), lead, heads, rows, more)


def _newcomer(words: Words, one: Newcomer) -> Sequence[object]:
    look = {"create": "good", "created": "good", "asked": "ask", "incomplete": "ill"}.get(one.fate, "")
    records = ", ".join(one.records[:4]) + (" …" if len(one.records) > 4 else "")
    chip = tag("span", coded(one.why), class_=f"chip wide {look}".strip())
    return (tag("b", one.called), kind_name(one.kind, words.lang), records, chip)


def _folded(
    words: Words,
    title: Said,
    lead: Said | None,
    heads: Sequence[Said],
    rows: Sequence[Sequence[object]],
    more: Said | None,
) -> Html:
    """A title, and a table of which the first rows are seen and the others unfold."""
    few, rest = rows[:FEW], rows[FEW:]
    inside: list[object] = [tag("h2", words.say(title))]
    if lead is not None:
        inside.append(tag("p", words.say(lead), class_="lead"))
    inside.append(tag("div", _table(words, heads, few), class_="card"))
    if rest:
        text = words.say(say("{count} more", count=len(rest)))
        inside.append(tag("details", tag("summary", text), tag("div", _table(words, heads, rest), class_="in")))
    if more is not None:
        inside.append(tag("p", words.say(more), class_="lead"))
    return join(inside)


def _table(words: Words, heads: Sequence[Said], rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> Html:
    names = [words.say(head) for head in heads]
    look = ["r" if n in right else None for n in range(len(names))]
    head = tag("thead", tag("tr", *(tag("th", name, class_=look[n]) for n, name in enumerate(names))))
    body = [
        tag("tr", *(tag("td", cell, class_=look[n], data_h=names[n] if n else None) for n, cell in enumerate(row)))
        for row in rows
    ]
    return tag("table", head, tag("tbody", *body), class_="stack")


# ------------------------------------------------------------------------------ questions


def questions(words: Words, facts: Facts) -> Html | None:
    if not facts.questions:
        return None
    lead = say("Everything else goes on without them. The most useful come first; answer with `offbook review`.")
    cards = [_question(words, one) for one in facts.questions]
    few, rest = cards[:FEW], cards[FEW:]
    more = None
    if rest:
        text = words.say(say("{count} more", count=len(rest) + facts.questions_cut))
        more = tag("details", tag("summary", text), tag("div", *rest, class_="in"))
    return join([tag("h2", words.say(say("Questions"))), tag("p", coded(words.say(lead)), class_="lead"), *few, more])


def _question(words: Words, one: Asking) -> Html:
    title = [word(SORTS, one.sort, words.lang), tag("span", f"{one.number}", class_="chip")]
    if one.p:
        title.append(tag("span", words.say(say("{p} sure", p=f"{one.p:.0%}")), class_="chip"))
    if one.frees:
        title.append(tag("span", words.say(say("creates that wait: {count}", count=one.frees)), class_="chip ask"))
    if one.sort == "field":
        about = f"{one.called} · {field_name(one.unit, words.lang)}"
        nobody = words.say(say("golden"))
        sides = [
            tag("div", tag("b", f"{c.letter} "), short(c.text), tag("div", ", ".join(c.records) or nobody, class_="where"),
                class_="side")
            for c in one.choices
        ]  # fmt: skip
    else:
        about = words.say(say("is called {name} now", name=one.name)) if one.sort == "subject" else ""
        sides = [_side(words, speaker) for speaker in one.speakers]
    whys = [tag("span", why_text(words, why), class_=f"chip {'good' if why.weight > 0 else 'ill'}") for why in one.whys]
    answers = "|".join(one.answers)
    do = tag("p", code(f"offbook review decide {one.number} {answers}"), class_="do")
    head = tag("h3", *title)
    named = tag("p", about, class_="where", style="margin:-.3rem 0 .5rem") if about else None
    return tag("div", head, named, tag("div", *sides, class_="sides"), tag("div", *whys, class_="why") if whys else None,
               do, class_="card q")  # fmt: skip


def _side(words: Words, one: Speaker) -> Html:
    rows: list[object] = []
    for name, text in one.values.items():
        rows += [tag("dt", field_name(name, words.lang)), tag("dd", short(text))]
    also = None
    if one.records:
        also = tag("div", words.say(say("also known from {records}", records=", ".join(one.records))), class_="where")
    return tag("div", tag("b", one.record), tag("dl", *rows), also, class_="side")


# ------------------------------------------------------------------------------ changes, and what is left


def changes(words: Words, facts: Facts) -> Html | None:
    if not facts.tables:
        return None
    lead = say("Each field from what to what, who said so, and which rule chose it.")
    tables = [table_section(words, one, f"t{n}", opened=n == 0) for n, one in enumerate(facts.tables)]
    return join([tag("h2", words.say(say("Changes"))), tag("p", words.say(lead), class_="lead"), *tables])


def left(words: Words, facts: Facts) -> Html | None:
    if not facts.classes:
        return None
    lead = say(
        "These values differ from golden, the value that Offbook holds to be right, and nothing is written over them."
    )
    inside: list[object] = [tag("h2", words.say(say("Left as they are"))), tag("p", words.say(lead), class_="lead")]
    for n, sort in enumerate(dict.fromkeys(one.sort for one in facts.classes)):
        own = [one for one in facts.classes if one.sort == sort]
        rows = [_class(words, one) for one in own]
        heads = (say("field"), say("source"), say("cells"), say("for example"))
        count = tag("span", sum(one.cells for one in own), class_="chip")
        body = tag("div", _table(words, heads, rows, (2,)), class_="in")
        inside.append(
            tag("details", tag("summary", words.say(CLASSES[sort]), count), body, open="" if n == 0 else None)
        )
    return join(inside)


def _class(words: Words, one: Class) -> Sequence[object]:
    examples: list[object] = [one.reason] if one.reason else []
    for e in one.examples:
        golden = f"{short(e.golden)} ({e.source})" if e.source else short(e.golden)
        text = say("{record}: {shown}; golden: {golden}", record=e.record, shown=short(e.shown), golden=golden)
        examples.append(tag("span", tag("b", e.called), " · ", words.say(text), class_="ex"))
    return (words.unit(one.kind, one.unit), " + ".join(one.sources), one.cells, examples)


def unreadable(words: Words, facts: Facts) -> Html | None:
    if not facts.unreadable:
        return None
    lead = say(
        "Mend them where they stand, or list them under `values` of the mapping; until then nothing is written over them."
    )
    found = {one.name: one for one in facts.classes}
    rows = [
        (words.unit(found[name].kind, found[name].unit), " + ".join(found[name].sources), count, short(text))
        for name, text, count in facts.unreadable
        if name in found
    ]
    heads = (say("field"), say("source"), say("times"), say("shown there"))
    inside = [tag("h2", words.say(say("Unreadable"))), tag("p", coded(words.say(lead)), class_="lead")]
    return join([*inside, tag("div", _table(words, heads, rows, (2,)), class_="card")])


def noted(words: Words, facts: Facts) -> Html | None:
    if not facts.noted:
        return None
    inside: list[object] = [tag("h2", words.say(say("To clean up")))]
    for sort, title in NOTED.items():
        own = [one for one in facts.noted if one.sort == sort]
        if not own:
            continue
        rows = [_noted_row(one) for one in own[:NOTES]]
        more = [tag("p", words.say(say("… and {count} more", count=len(own) - NOTES)), class_="lead")]
        table = _table(words, (say("customer"), say("where"), say("what to do")), rows)
        body = tag("div", table, more if len(own) > NOTES else None, class_="in")
        count = tag("span", len(own), class_="chip")
        inside.append(tag("details", tag("summary", words.say(title), count), body))
    return join(inside)


def _noted_row(one: Noted) -> Sequence[object]:
    return (tag("b", one.called), ", ".join(one.records) or one.where, tag("span", one.hint, class_="ex"))


# ------------------------------------------------------------------------------ what was read


def read(words: Words, facts: Facts) -> Html | None:
    header = facts.header
    said = {text: unpacked(got) for text, got in header.get("said", {}).items()}
    names = tally.columns(header.get("read", {}))
    rows = [(tag("b", table), *(f"{counts.get(name, 0):,}" if counts.get(name) else "–" for name, _ in names))
            for table, counts in header.get("read", {}).items()]  # fmt: skip
    found = [
        (level, translate(said.get(text, text), words.lang)) for level, _, _, text, *_ in header.get("findings", ())
    ]
    if not rows and not found:
        return None
    inside: list[object] = [tag("h2", words.say(say("What was read")))]
    if rows:
        heads = [say("table"), *(text for _, text in names)]
        inside.append(tag("div", _table(words, heads, rows, range(1, len(heads))), class_="card"))
    if found:
        listed = [tag("p", tag("b", f"{word(LEVELS, level, words.lang)}: "), text) for level, text in found]
        inside.append(tag("details", tag("summary", words.say(say("Noticed")), tag("span", len(found), class_="chip")),
                          tag("div", *listed, class_="in")))  # fmt: skip
    return join(inside)


__all__ = ["changes", "left", "newcomers", "noted", "questions", "read", "unreadable"]
