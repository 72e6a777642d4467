"""How is a report put together as one page: what it found, what it would write, what waits, what it leaves alone?"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from connectors.contract import Said, say
from sync.messages import translate, unpacked
from sync.messages.names import GUARDS, OPS, kind_name, word
from sync.picture.values import Words
from sync.report.charts import Piece, Row, bars
from sync.report.facts import WHY, Facts
from sync.report.markup import Html, code, coded, join, tag
from sync.report.sections import changes, left, newcomers, noted, questions, read, unreadable
from sync.show.plan import STATES


def page(words: Words, facts: Facts, title: str) -> str:
    """The whole document. Nothing is loaded from elsewhere, and no other script than ours runs in it."""
    style, script = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    sections = [(name, at, count, body) for name, at, count, body in _sections(words, facts) if body is not None]
    nav = [tag("a", words.say(name), " ", tag("small", count) if count else None, href=f"#{at}")
           for name, at, count, _ in sections]  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("style", Html(style)),
    )
    body = tag(
        "body",
        _top(words, facts, title),
        tag("div", _tiles(words, facts), class_="wrap"),
        tag("nav", tag("div", *nav, class_="wrap")),
        tag(
            "main", *(tag("section", body, id=at) for _, at, _, body in sections), _footer(words, facts), class_="wrap"
        ),
        tag("script", Html(script)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='zh-CN' if words.lang == 'zh' else 'en')}\n"


def _sections(words: Words, facts: Facts) -> Sequence[tuple[Said, str, int, Html | None]]:
    off_book = sum(facts.fates.values())
    unread = sum(count for _, _, count in facts.unreadable)
    return (
        (say("Overview"), "overview", 0, _overview(words, facts)),
        (say("Off the books"), "newcomers", off_book, newcomers(words, facts)),
        (say("Questions"), "questions", len(facts.questions) + facts.questions_cut, questions(words, facts)),
        (say("Changes"), "changes", facts.changes, changes(words, facts)),
        (say("Left as they are"), "left", sum(one.cells for one in facts.classes), left(words, facts)),
        (say("Unreadable"), "unreadable", unread, unreadable(words, facts)),
        (say("To clean up"), "noted", len(facts.noted), noted(words, facts)),
        (say("What was read"), "read", 0, read(words, facts)),
    )


# ------------------------------------------------------------------------------ the top


def _top(words: Words, facts: Facts, title: str) -> Html:
    state = word(STATES, facts.state, words.lang)
    when = facts.made_at[:16].replace("T", " ")
    sub = say("job {job} · made {at} UTC · {state}", job=facts.job, at=when, state=state)
    texts = [words.say(sub)]
    if facts.reader:
        texts.append(words.say(say("for {person}", person=words.person(facts.reader))))
    button = tag("button", words.say(say("light / dark")), class_="theme", type="button")
    row = tag("div", tag("h1", title), button, class_="row")
    inside = [row, tag("p", words.say(_summary(facts))), tag("p", " · ".join(texts), class_="sub")]
    return tag("div", tag("div", *inside, class_="wrap"), class_="top")


def _summary(facts: Facts) -> Said:
    if not facts.changes:
        return say("Everything agrees: nothing is to be written.")
    tables = len(facts.tables)
    if facts.state != "made":
        return say("{changes} changes in {tables} tables.", changes=facts.changes, tables=tables)
    return say("{changes} changes in {tables} tables wait to be applied; nothing has been written yet.",
               changes=facts.changes, tables=tables)  # fmt: skip


def _tiles(words: Words, facts: Facts) -> Html:
    asked = len(facts.questions) + facts.questions_cut
    doubles = len([one for one in facts.noted if one.sort == "duplicate"])
    unread = sum(count for _, _, count in facts.unreadable)
    left = sum(one.cells for one in facts.classes)
    tiles: tuple[tuple[str, str, int, Said], ...] = (
        ("found", "newcomers", sum(facts.fates.values()), say("customers and contacts that no CRM record knew")),
        ("create", "changes", facts.count("create"), say("records to create")),
        ("update", "changes", facts.count("update"), say("records to update")),
        ("ask", "questions", asked, say("questions only a person can answer")),
        ("", "left", left, say("differing values left as they are")),
        ("bad", "unreadable", unread, say("values that cannot be read")),
        ("", "noted", doubles, say("customers with several records in one table")),
    )
    shown = [tag("a", tag("b", f"{count:,}"), tag("span", words.say(text)), class_=f"tile {look}".strip(), href=f"#{at}")
             for look, at, count, text in tiles if count]  # fmt: skip
    return tag("div", *shown, class_="tiles")


# ------------------------------------------------------------------------------ the overview


def _overview(words: Words, facts: Facts) -> Html:
    charts = []
    if facts.tables:
        ops = {op: word(OPS, op, words.lang) for op in OPS}
        rows = [
            Row(table.name, [Piece(op, ops[op], table.of(op)) for op in OPS if table.of(op)]) for table in facts.tables
        ]
        charts.append(_card(words, say("Changes by table"), bars(rows)))
    if facts.known:
        names = (("formal", say("in the CRM only")), ("both", say("in both")), ("off", say("off the books only")))
        rows = [Row(kind_name(one.kind, words.lang),
                    [Piece(look, words.say(name), count)
                     for (look, name), count in zip(names, (one.formal, one.both, one.off_book), strict=True)])
                for one in facts.known]  # fmt: skip
        charts.append(_card(words, say("Where customers are known"), bars(rows, share=True)))
    if facts.classes:
        counts: dict[str, int] = {}
        for one in facts.classes:
            counts[one.sort] = counts.get(one.sort, 0) + one.cells
        left = [
            Row(coded(words.say(_brief(sort))), [Piece(_look(sort), words.say(_brief(sort)), n)])
            for sort, n in counts.items()
        ]
        charts.append(_card(words, say("Values that differ and stay"), bars(left)))
    if facts.fates:
        charts.append(_card(words, say("What becomes of those off the books"), _fates(words, facts)))
    return join([*_guards(words, facts), tag("div", *charts, class_="two") if charts else None])


def _card(words: Words, title: Said, body: Html) -> Html:
    return tag("div", tag("h3", words.say(title)), body, class_="card")


def _fates(words: Words, facts: Facts) -> Html:
    look = {"create": "create", "created": "create", "asked": "parked", "incomplete": "damaged"}
    rows = []
    for fate, count in sorted(facts.fates.items(), key=lambda pair: -pair[1]):
        text = words.say(WHY.get(fate, fate))
        rows.append(Row(coded(text), [Piece(look.get(fate, "left"), text, count)]))
    return bars(rows)


_BRIEF: Final = {
    "kept": say("kept as they were when they met"),
    "overruled": say("changes this source may not make"),
    "parked": say("several values, no rule decides"),
    "frozen": say("came back three times"),
    "doubt": say("written without an answer"),
    "damaged": say("cannot be read"),
    "unmapped": say("not listed under `values`"),
    "rejected": say("rejected by the system"),
    "standing": say("cannot be written there"),
    "no-place": say("more elements than places"),
}


def _brief(sort: str) -> Said | str:
    return _BRIEF.get(sort, sort)


def _look(sort: str) -> str:
    return sort if sort in ("parked", "doubt", "damaged", "unmapped", "frozen", "rejected") else "left"


def _guards(words: Words, facts: Facts) -> list[Html]:
    """What a guard holds back first, then what is only more than usual; failures before both."""
    said = {text: unpacked(got) for text, got in facts.header.get("said", {}).items()}
    found = facts.header.get("guards", ())
    out = []
    failures = facts.header.get("failures", {})
    if failures:
        texts = [f"{name}: {translate(said.get(text, text), words.lang)}" for name, text in failures.items()]
        out.append(_note(words, say("Some sources could not be read; nothing is written there"), texts, stop=True))
    stops = [translate(said.get(one["text"], one["text"]), words.lang) for one in found if one.get("stops")]
    if stops:
        out.append(_note(words, say("Stopped by a guard"), stops, stop=True))
    seen = [words.say(_more(one)) for one in found if not one.get("stops")]
    if seen and facts.state == "made":
        title = say("More than usual; applying this plan by hand lets it through, as you have seen it")
        out.append(_note(words, title, seen))
    return out


def _more(one: Mapping[str, Any]) -> Said:
    guard = GUARDS.get(one["guard"], one["guard"])
    return say("{table}: {count} {guard}, the limit is {limit}",
               table=one["table"], count=one["count"], guard=guard, limit=one["limit"])  # fmt: skip


def _note(words: Words, title: Said, texts: Sequence[str], *, stop: bool = False) -> Html:
    return tag("div", tag("h3", words.say(title)), *(tag("p", text) for text in texts),
               class_="note stop" if stop else "note")  # fmt: skip


# ------------------------------------------------------------------------------ the end


def _footer(words: Words, facts: Facts) -> Html:
    number = facts.number
    commands: list[tuple[str, Said]] = [
        (f"offbook apply {number}", say("writes what this plan says, after reading every record again")),
        ("offbook review list", say("everything that waits for an answer")),
        (f"offbook export changes --plan {number}", say("every change as a table")),
        ("offbook explain SOURCE:KEY", say("why one customer is as it is")),
    ]
    if facts.state != "made":
        commands = commands[1:]
    rows = [tag("li", code(command), " – ", words.say(text)) for command, text in commands]
    said = say("Values of sensitive fields are masked unless they were asked for. This page needs no network; what is unfolded"
               " is what is printed.")  # fmt: skip
    return tag("footer", tag("ul", *rows), tag("p", words.say(said)))


__all__ = ["page"]
