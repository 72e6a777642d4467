"""How are lists, questions, classes and answers printed on a terminal of 80 columns?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from connectors.contract import Said, say
from sync.messages.names import SORTS, field_name, kind_name
from sync.picture.reasons import ASPECTS, Why, level_of, sign
from sync.review.desk import Answered
from sync.review.details import Detail
from sync.review.model import CLASSES, WAITED, WORDS, Asking, Class, Example, Listing, Noted
from sync.show.screen import Screen

_One = TypeVar("_One")
MOST: Final = 40
"""Lines of one sort that are printed; --verbose prints all."""

NOTED: Final = {
    "mark": say("Gone, and not created again until somebody says so"),
    "hold": say("Removals that wait"),
    "orphan": say("Orphans: only Offbook's own records speak of them"),
    "duplicate": say("One customer with several records in one table"),
    "apart": say("Records put apart, as their keys are not their own"),
}


def print_listing(screen: Screen, listing: Listing) -> None:
    """Everything that waits for a person."""
    if screen.json:
        screen.data(listing.as_json())
        return
    if not (listing.questions or listing.classes or listing.noted or listing.pins):
        screen.line(say("Nothing waits for an answer."))
        return
    _questions(screen, listing.questions)
    if listing.hidden:
        screen.note(say("{count} more questions are listed below by class only", count=listing.hidden))
    _classes(screen, listing.classes)
    for sort, title in NOTED.items():
        _noted(screen, title, [one for one in listing.noted if one.sort == sort])
    _pins(screen, listing)
    screen.note("")
    screen.note(say("one of them in full: offbook review show NAME; answer: offbook review accept|reject|decide NAME"))


def _questions(screen: Screen, found: Sequence[Asking]) -> None:
    """By sort; inside a sort the most useful first."""
    for sort in dict.fromkeys(one.sort for one in found):
        own = [one for one in found if one.sort == sort]
        screen.heading(say("{question} ({count})", question=SORTS.get(sort, say(sort)), count=len(own)))
        rows = [[one.number, _asked(screen, one), _sure(one), _frees(screen, one)] for one in _cut(screen, own)]
        screen.table([say("no."), "", say("sure"), say("waits")], rows, right=[0, 2], grow=1)
        _more(screen, own)


def _asked(screen: Screen, one: Asking) -> str:
    """The question on two lines."""
    if one.sort == "field":
        choices = [f"{c.letter} {c.text} ({', '.join(c.sources) or screen.say(say('golden'))})" for c in one.choices]
        return f"{one.called} · {field_name(one.unit, screen.lang)}\n" + "  ".join(choices)
    if one.sort == "subject":
        record = one.speakers[0].record if one.speakers else "?"
        said = say("{record}: is called {name} now, was {called}", record=record, name=one.name, called=one.called)
        return screen.say(said)
    return "\n".join(screen.say(say("{what}: {text}", what=s.record, text=s.called)) for s in one.speakers)


def _sure(one: Asking) -> str:
    return f"{one.p:.0%}" if one.p else ""


def _frees(screen: Screen, one: Asking) -> str:
    texts = []
    if one.frees:
        texts.append(screen.say(say("{count} creates", count=one.frees)))
    if one.days >= WAITED:
        texts.append(screen.say(say("{days} days", days=one.days)))
    return ", ".join(texts)


def _classes(screen: Screen, found: Sequence[Class]) -> None:
    for sort, title in CLASSES.items():
        own = [one for one in found if one.sort == sort]
        if not own:
            continue
        screen.heading(title)
        rows = [[one.cells, _called(screen, one), _first(screen, one)] for one in _cut(screen, own)]
        screen.table([say("cells"), say("class"), say("for example")], rows, right=[0], grow=2)
        _more(screen, own)


def _called(screen: Screen, one: Class) -> str:
    kind, unit = kind_name(one.kind, screen.lang), field_name(one.unit, screen.lang)
    said = f"{kind} · {unit}, {' + '.join(one.sources)}" if screen.lang == "zh" else ""
    return "\n".join(filter(None, (said, one.name)))


def _first(screen: Screen, one: Class) -> str:
    if one.reason:
        return one.reason
    return _example(screen, one.examples[0]) if one.examples else ""


def _example(screen: Screen, one: Example) -> str:
    golden = f"{one.golden} ({one.source})" if one.source else one.golden
    return screen.say(say("{record}: {shown}; golden: {golden}", record=one.record, shown=one.shown, golden=golden))


def _noted(screen: Screen, title: Said, found: Sequence[Noted]) -> None:
    if not found:
        return
    screen.heading(title)
    rows = [[one.called, ", ".join(one.records) or one.where, one.name] for one in _cut(screen, found)]
    screen.table([say("customer"), say("where"), say("name")], rows, grow=0)
    hints = list(dict.fromkeys(one.hint for one in found if one.hint))
    for hint in hints[:1]:
        screen.note(hint)
    _more(screen, found)


def _pins(screen: Screen, listing: Listing) -> None:
    if not listing.pins:
        return
    screen.heading(say("Decided until lifted"))
    rows = [[one.number, one.text, f"{one.by}, {one.at[:10]}"] for one in _cut(screen, listing.pins)]
    screen.table([say("no."), say("what"), say("by")], rows, right=[0], grow=1)
    _more(screen, listing.pins)


def _cut(screen: Screen, found: Sequence[_One]) -> Sequence[_One]:
    return found if screen.verbose else found[:MOST]


def _more(screen: Screen, found: Sequence[object]) -> None:
    if len(found) > MOST and not screen.verbose:
        screen.note(say("… and {count} more; --verbose shows them", count=len(found) - MOST))


# ------------------------------------------------------------------------------ one of them


def print_detail(screen: Screen, detail: Detail) -> None:
    if screen.json:
        screen.data(detail.as_json())
    elif detail.asking is not None:
        _question(screen, detail.asking)
    elif detail.klass is not None:
        _class(screen, detail, detail.klass)
    elif detail.noted is not None:
        one = detail.noted
        screen.heading(NOTED[one.sort])
        rows = [[say("customer"), f"{one.called} ({one.entity})"], [say("where"), one.where], [say("why"), one.why]]
        screen.table(["", ""], [*rows, [say("records"), "\n".join(one.records)], [say("what to do"), one.hint]])


def _question(screen: Screen, one: Asking) -> None:
    screen.heading(say("{number}: {question}", number=one.number, question=SORTS.get(one.sort, say(one.sort))))
    if one.sort == "field":
        screen.line(f"{one.called} · {field_name(one.unit, screen.lang)}")
        rows = [[c.letter, c.text, ", ".join(c.records) or screen.say(say("golden"))] for c in one.choices]
        screen.table(["", say("value"), say("says")], rows, grow=1)
    else:
        _sides(screen, one)
    _reasons(screen, one)
    if one.frees:
        screen.line(say("creates that wait for the answer: {count}", count=one.frees))
    _answers(screen, str(one.number), one.answers)


def _sides(screen: Screen, one: Asking) -> None:
    """What both sides say, field by field; what is the same on both stands first."""
    sides = one.speakers
    fields = list(dict.fromkeys(name for side in sides for name in side.values))
    both = [name for name in fields if all(name in side.values for side in sides)]
    names = (*both, *(name for name in fields if name not in both))
    rows: list[list[object]] = [
        [field_name(n, screen.lang), *(side.values.get(n, "–") for side in sides)] for n in names
    ]
    rows.append([say("also known from"), *(", ".join(side.records) or "–" for side in sides)])
    if one.sort == "subject":
        rows.insert(0, [say("new name"), one.name])
    screen.table(["", *(side.record for side in sides)], rows, grow=1)


def _reasons(screen: Screen, one: Asking) -> None:
    if not one.whys:
        return
    screen.heading(say("Why: {p} sure that it is one customer", p=f"{one.p:.0%}"))
    screen.table(["", say("what"), say("how alike")], list(reason_rows(screen, one.whys)), grow=2)


def reason_rows(screen: Screen, whys: Iterable[Why]) -> Iterable[list[object]]:
    """Sign, aspect and level of each observation."""
    for why in whys:
        aspect = screen.say(ASPECTS[why.aspect]) if why.aspect in ASPECTS else field_name(why.aspect, screen.lang)
        level = screen.say(level_of(why))
        if why.others and why.level not in ("conflict", "table", "elsewhere"):
            level = screen.say(say("{level}; others that have it: {others}", level=level, others=why.others))
        yield [sign(why), aspect, level]


def _class(screen: Screen, detail: Detail, one: Class) -> None:
    screen.heading(
        say("{name}: {cells} cells of {customers} customers", name=one.name, cells=one.cells, customers=one.customers)
    )
    screen.line(CLASSES[one.sort])
    if one.reason:
        screen.line(one.reason)
    if detail.texts:
        screen.table([say("times"), say("shown there")], [[n, text] for text, n in detail.texts], right=[0], grow=1)
    rows = [
        [e.record, e.called, e.shown, f"{e.golden} ({e.source})" if e.source else e.golden]
        for e in _cut(screen, detail.cells)
    ]
    screen.table([say("record"), say("customer"), say("shown there"), say("golden")], rows, grow=3)
    if one.cells > len(rows):
        screen.note(say("… and {count} more; --verbose shows them", count=one.cells - len(rows)))
    _answers(screen, one.name, one.answers)


def _answers(screen: Screen, name: str, answers: Sequence[str]) -> None:
    screen.heading(say("Answer"))
    rows = [[f"offbook review decide {name} {answer}", WORDS.get(answer, "")] for answer in answers]
    screen.table([say("command"), say("means")], rows)


def print_answered(screen: Screen, answered: Answered) -> None:
    """What became of the answers."""
    if screen.json:
        screen.data(answered.as_json())
        return
    for one in answered.lines:
        if one.failed:
            screen.warn(say("{name}: {why}", name=one.name, why=one.why))
            continue
        screen.line(
            say(
                "{name}: {answer} (decisions: {count})",
                name=one.name,
                answer=WORDS.get(one.answer, one.answer),
                count=one.decisions,
            )
        )
        if one.why is not None:
            screen.note(one.why)
    for note in answered.notes:
        screen.note(note)


__all__ = ["print_answered", "print_detail", "print_listing", "reason_rows"]
