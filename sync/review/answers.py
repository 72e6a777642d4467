"""How does a person answer: accept, reject, decide, pin, lift? Everything becomes a decision; runs take them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.contract import ConfigError, Said, say
from sync.decisions import Sort
from sync.ledger import lists
from sync.review.bulk import Shown, answer_class
from sync.review.desk import Answered, Desk, desk
from sync.review.fields import ELEMENT_WORDS, answer_field, decide_field
from sync.review.model import CLASSES, Asking
from sync.review.persons import answer_pair, answer_subject, pair_by_name
from sync.review.questions import PAIRS, question
from sync.review.targets import target
from sync.run import Session

ACCEPTED: Final = {"mark": "create", "hold": "remove"}
REJECTED: Final = {"mark": "keep", "hold": "keep"}


def accept(session: Session, names: Sequence[str], *, by: str, lang: str = "en") -> Answered:
    """Yes to what each name proposes: the same customer, the move, the changed value, what the cells show, the create."""
    return _each(session, names, by=by, lang=lang, yes=True)


def reject(session: Session, names: Sequence[str], *, by: str, lang: str = "en") -> Answered:
    """No: two customers, a correction only, golden stays and is written over the cells, the hold is called off."""
    return _each(session, names, by=by, lang=lang, yes=False)


def _each(session: Session, names: Sequence[str], *, by: str, lang: str, yes: bool) -> Answered:
    with desk(session, by=by, lang=lang) as at:
        for name in names:
            with at.taking(name, "accept" if yes else "reject"):
                take(at, name, proposed(at, name, yes=yes))
        return at.close(_next(at))


def decide(
    session: Session, name: str, answer: str, *, by: str, field: str = "", lang: str = "en", replace: bool = False
) -> Answered:
    """One answer in full, to a question, a class, a mark or a hold; with `field` to a customer's or record's field.

    Also `same:RECORD`, `different:RECORD` and `leading:RECORD` of a record or customer that nobody asked about.
    replace: also where somebody decided the opposite of two records before (R3d).
    """
    with desk(session, by=by, lang=lang) as at:
        with at.taking(name, answer):
            take(at, name, answer, field=field, replace=replace)
        return at.close(_next(at))


def pin(session: Session, name: str, field: str, value: str | None = None, *, by: str, lang: str = "en") -> Answered:
    """Holds a customer's field on a value, or on what golden says now, until it is lifted (R4e)."""
    answer = "golden" if value is None else f"value:{value}"
    with desk(session, by=by, lang=lang) as at:
        with at.taking(name, answer):
            before = len(at.rows)
            decide_field(at, name, field, answer, pin=True)
            at.say(name, answer, before)
        return at.close(_next(at))


def lift(session: Session, number: int, *, by: str, lang: str = "en") -> Answered:
    """Ends a pin, or what was said of two records; what it did stays until something moves."""
    with desk(session, by=by, lang=lang) as at:
        with at.taking(str(number), "lift"):
            _lift(at, number)
        return at.close()


def _lift(at: Desk, number: int) -> None:
    ledger, c = at.session.ledger, at.picture.c
    rows = [row for row in lists.holding(ledger, c) if row.id == number]
    if not rows:
        raise ConfigError(
            "there is no decision {number} that could be lifted; `offbook review list` shows them", number=number
        )
    lists.set_decision(ledger, c, number, "lifted", f"by {at.by}")
    if rows[0].sort != Sort.PIN:
        lists.take_pair(ledger, c, *rows[0].content["refs"])
    at.open([rows[0].entity or ""])
    at.say(str(number), "lift", len(at.rows) - 1)


def _next(at: Desk) -> tuple[Said, ...]:
    """What to do now: decisions reach sources only through a plan."""
    if not at.rows:
        return ()
    return (say("the next plan takes it up: offbook plan JOB"),)


# ------------------------------------------------------------------------------ one answer


def take(
    at: Desk, name: str, answer: str, *, field: str = "", replace: bool = False, shown: Shown | None = None
) -> None:
    """Takes one answer at a desk. Raises ConfigError where it cannot be taken."""
    before, why = len(at.rows), None
    sort = name.partition("/")[0]
    if field:
        decide_field(at, name, field, answer)
    elif name.isdigit():
        _answer(at, open_question(at, int(name)), answer)
    elif sort in CLASSES:
        why = answer_class(at, name, answer, shown=shown)
    elif sort in ACCEPTED:
        _waiting(at, name, answer)
    else:
        _about_records(at, name, answer, replace=replace)
    at.say(name, answer, before, why)


def _answer(at: Desk, one: Asking, answer: str) -> None:
    if one.sort in PAIRS:
        answer_pair(at, one, answer)
    elif one.sort == "subject":
        answer_subject(at, one, answer)
    else:
        answer_field(at, one, answer)


def open_question(at: Desk, number: int) -> Asking:
    """Raises ConfigError where there is no such question, or it was answered or lapsed meanwhile."""
    if number in at.closed:
        raise ConfigError("question {number} is answered twice", number=number)
    found = question(at.picture, at.words, number, at.at)
    if found is not None:
        return found
    row = lists.question(at.picture.ledger, at.picture.c, number)
    if row is None:
        raise ConfigError("there is no question {number}; `offbook review list` shows what there is", number=number)
    if row[8] == "answered":
        raise ConfigError("question {number} was answered already", number=number)
    raise ConfigError("question {number} is not asked any more: what it was about has changed", number=number)


def _waiting(at: Desk, name: str, answer: str) -> None:
    """A gone mark or a hold (R11d, R11e)."""
    sort, *rest = name.split("/")
    if answer not in (ACCEPTED[sort], "keep") or len(rest) < 2:
        raise ConfigError("`{name}` takes `{word}` or `keep`", name=name, word=ACCEPTED[sort])
    entity = rest[-1]
    if sort == "mark":
        table = at.picture.run.tables.get(rest[0])
        marked = {(row[0], row[1]): row[2] for row in lists.marks(at.picture.ledger, at.picture.c)}
        if table is None or (entity, table.id) not in marked:
            raise ConfigError("there is no `{name}`; `offbook review list` shows what there is", name=name)
        told = [said for one, said in lists.pending(at.session.ledger, at.picture.c, ["create"]) if one == entity]
        if any(said.get("table_id") == table.id for said in told):
            raise ConfigError("`{name}` was answered already; the next plan takes it up", name=name)
        if answer == "keep":  # of this mark: one that comes after it is listed
            at.decide(Sort.KEEP, entity, {"mark": [table.id, marked[entity, table.id]]})
            return
        at.decide(Sort.CREATE, entity, {"table": table.name, "table_id": table.id})
    else:
        said_now: dict[str, object] = {"why": rest[0], "source": rest[1], "answer": answer}
        if (entity, said_now) in lists.pending(at.session.ledger, at.picture.c, ["hold"]):
            raise ConfigError("`{name}` was answered already; the next plan takes it up", name=name)
        at.decide(Sort.HOLD, entity, said_now)
    at.open([entity])


def _about_records(at: Desk, name: str, answer: str, *, replace: bool) -> None:
    word, _, other = answer.partition(":")
    if name.startswith("duplicate/"):
        name = name.rpartition("/")[2]
    if word in ("same", "different") and other:
        pair_by_name(at, name, other, same=word == "same", replace=replace)
    elif word == "leading" and other:
        found, mine = target(at.picture, other), target(at.picture, name)
        if found.entity != mine.entity or not found.ref:
            raise ConfigError("`{other}` is no record of that customer", other=other)
        at.decide(Sort.LEADING, found.entity, {"ref": found.ref})
        at.open([found.entity])
    elif word in (*ELEMENT_WORDS, "value", "golden"):
        raise ConfigError("say which field is meant with --field")
    else:
        raise ConfigError(
            "`{name}` is no question, class, mark or hold; of a record say same:…, different:… or leading:…", name=name
        )


def proposed(at: Desk, name: str, *, yes: bool) -> str:
    """What accepting or rejecting means for each sort. Raises ConfigError where it means nothing."""
    sort = name.partition("/")[0]
    if sort in ACCEPTED:
        return (ACCEPTED if yes else REJECTED)[sort]
    if sort in CLASSES:
        return "theirs" if yes else "golden"
    if not name.isdigit():
        raise ConfigError(
            "`{name}` is no question, class, mark or hold; of a record say same:…, different:… or leading:…", name=name
        )
    one = open_question(at, int(name))
    if one.sort in PAIRS:
        return "same" if yes else "different"
    if one.sort == "subject":
        return ("other" if one.other else "new") if yes else "same"
    return "theirs" if yes else "golden"


__all__ = ["Answered", "accept", "decide", "lift", "open_question", "pin", "proposed", "reject", "take"]
