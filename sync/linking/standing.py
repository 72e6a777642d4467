"""Which answers of people does a run take up before it links, besides those about fields and pairs? (RULES R3c, R11d, table 3)"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from sync.context import Question, Run, TableState
from sync.decisions import Decision, Sort, open_decisions
from sync.ledger import asked, graph, plans
from sync.ledger.staging import stored_by_key
from sync.linking.relate import SPLIT


def take_up(run: Run) -> None:
    """Lifts gone marks, moves leading links, and asks again what was never answered; all in tonight's draft."""
    with run.transaction() as c:
        for decision in open_decisions(run.ledger, c, [Sort.CREATE, Sort.LEADING]):
            run.draft.spent.append(decision.id)
            if decision.sort is Sort.CREATE and decision.entity is not None:
                run.draft.lifted.add((decision.entity, int(decision.content["table_id"])))
            elif decision.entity is not None:
                _lead(run, c, decision)
        _ask_again(run, c)


def _lead(run: Run, c: Connection, decision: Decision) -> None:
    """R3c: the link that look-ups point to; whoever points to the entity is written anew."""
    assert decision.entity is not None
    record, _, part = str(decision.content["ref"]).partition(":")
    rows = graph.links(run.ledger, c, run.plan, [decision.entity])
    tables = {one.id: one.table_id for one in graph.records(run.ledger, c, {row.record_id for row in rows}).values()}
    mine = tables.get(int(record))
    here = [row for row in rows if tables.get(row.record_id) == mine]
    chosen = ((row._replace(leading=int((row.record_id, row.part) == (int(record), part))), None) for row in here)
    plans.draft_links(run.ledger, c, run.plan, chosen)


# ------------------------------------------------------------------------------ records that a system merged


def ask_of_merged(run: Run, c: Connection, table: TableState, into: Mapping[int, str]) -> None:
    """Table 3, "the system says merged into r2": whether both were one customer is asked. into: record → key of r2."""
    there = stored_by_key(run.ledger, c, table.id, {key for key in into.values() if key})
    numbers = {number: there[key].id for number, key in into.items() if key in there}
    tied = graph.entity_of(run.ledger, c, 0, {*numbers, *numbers.values()})
    for number, other in sorted(numbers.items()):
        for part in table.parts:
            name = part.map.name
            one, two = tied.get((number, name)), tied.get((other, name))
            if one and two and one != two:
                refs = [f"{number}:{name}", f"{other}:{name}"]
                content = {"refs": refs, "kind": part.map.kind}
                _ask(run, Question("merged", f"merged:{'|'.join(refs)}", content, one, two))


def _ask_again(run: Run, c: Connection) -> None:
    """The system says it once; the question stands until it is answered, or both are one for another reason."""
    said = graph.decided(run.ledger, c)
    alias = graph.aliases(run.ledger, c, run.plan)
    for row in asked.open_questions(run.ledger, c, ["merged"]):
        held = {alias.get(one, one) for one in (row.entity, row.other) if one}
        if len(held) == 2 and tuple(sorted(row.content["refs"])) not in said:
            _ask(run, Question(row.sort, row.subject, row.content, row.entity, row.other))


def _ask(run: Run, question: Question) -> None:
    run.draft.questions.append(question)
    for one, other in ((question.entity, question.other), (question.other, question.entity)):
        if one and other:
            run.draft.asked.setdefault(one, set()).add(other)


# ------------------------------------------------------------------------------ who is looked at besides


def open_pointing(run: Run) -> None:
    """R1b: whoever points to a customer whose links moved tonight is settled too; its look-ups are keys of records."""
    places = [
        place
        for table in run.tables.values()
        for part in table.parts
        for found in part.map.relations.values()
        for place in found
    ]
    with run.transaction() as c:
        graph.open_where_links_moved(run.ledger, c, run.plan)
        for name in sorted({ref for place in places if not place.by for ref in place.ref}):
            if name in run.tables:
                graph.open_looking_up(run.ledger, c, run.plan, run.tables[name].id, f"{name}{SPLIT}")
        for name in sorted({ref for place in places if place.by for ref in place.ref}):
            if name in run.tables and (run.tables[name].counts["changed"] or run.tables[name].counts["new"]):
                graph.open_looking_up_by(run.ledger, c, f"{name}{SPLIT}=", f"{name}{SPLIT}>")
