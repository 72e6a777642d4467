"""Which tables does the ledger have? One schema for SQLite and PostgreSQL (DESIGN §9).

JSON stands in binary columns, as orjson writes and reads it. A part at rest costs its record's row and its link's row;
cells that deviate from `base` are rows of their own. What a plan will commit (T2) stands in tables that begin with
plan_, so that T2 itself is a handful of set-based statements. Values stand in tables that can be erased; run, audit
and plan headers hold ids, counts and salted digests only (R22).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = "0001"
"""The newest migration; a ledger with another one is copied and upgraded when it is opened."""

metadata = MetaData()
BIG = BigInteger().with_variant(Integer, "sqlite")
_PARTIAL: list[tuple[Index, ColumnElement[bool]]] = []


def _partly(name: str, column: Column[Any], where: ColumnElement[bool]) -> None:
    """An index of a few rows only."""
    _PARTIAL.append((Index(name, column, sqlite_where=where), where))


def for_server() -> None:
    """The same on PostgreSQL; said only when one is opened, as its dialect costs 0.05 s to load."""
    for index, where in _PARTIAL:
        index.dialect_options["postgresql"]["where"] = where


meta = Table("meta", metadata, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))

lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BIG, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until", Text, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("connector", Text, nullable=False),
    Column("silent", Integer, nullable=False, default=0),
)

source_table = Table(
    "source_table",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", ForeignKey("source.id"), nullable=False),
    Column("at", Text, nullable=False),
    Column("cursor", Text),
    Column("scope", Text),
    Column("visible", LargeBinary),
    Column("columns", LargeBinary),
    Column("described", BIG, nullable=False, default=0),
    Column("mapping", Text, nullable=False, default=""),
    Column("pulled_run", BIG),
    Column("listed_run", BIG),
    Column("listed_at", Text),
    Column("chain", Integer, nullable=False, default=0),
    Column("facts", LargeBinary),
    UniqueConstraint("source", "at"),
)

record = Table(
    "record",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("table_id", ForeignKey("source_table.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("place", Text),
    Column("raw", LargeBinary, nullable=False),
    Column("raw_hash", LargeBinary, nullable=False),
    Column("canon", LargeBinary, nullable=False),
    Column("canon_hash", LargeBinary, nullable=False),
    Column("base", LargeBinary),
    Column("base_raw", LargeBinary),
    Column("version", Text),
    Column("modified", Text),
    Column("editor", Text),
    Column("locked", Text),
    Column("token", Text),
    Column("state", String(8), nullable=False, default="live"),
    Column("open", Integer, nullable=False, default=1),
    Column("first_run", BIG, nullable=False),
    UniqueConstraint("table_id", "key"),
)
_partly("record_token", record.c.token, record.c.token.isnot(None))
_partly("record_open", record.c.open, record.c.open == 1)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("table_id", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("run", BIG, nullable=False),
)
Index("quarantine_table", quarantine.c.table_id)

entity = Table(
    "entity",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("golden", LargeBinary, nullable=False),
    Column("open", Integer, nullable=False, default=1),
    Column("rev", BIG, nullable=False),
    Column("first_run", BIG, nullable=False),
    Column("alias_of", String(32)),
)
_partly("entity_open", entity.c.open, entity.c.open == 1)
Index("entity_alias", entity.c.alias_of)

link = Table(
    "link",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("since", BIG, nullable=False),
    Column("marks", Integer, nullable=False, default=1),
    Column("known", Text, nullable=False),
    Column("score", Text),
    Column("ours", Integer, nullable=False, default=0),
    Column("leading", Integer, nullable=False, default=0),
    Column("cells", Integer, nullable=False, default=0),
    Column("echo", LargeBinary),
    Column("related", LargeBinary),
    Column("first_run", BIG, nullable=False),
)
Index("link_entity", link.c.entity)

link_history = Table(
    "link_history",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("record_id", BIG, nullable=False),
    Column("part", Text, nullable=False),
    Column("entity", String(32), nullable=False),
    Column("first_run", BIG, nullable=False),
    Column("ended_run", BIG, nullable=False),
    Column("why", Text, nullable=False),
    Column("cells", LargeBinary),
)
Index("link_history_record", link_history.c.record_id)
Index("link_history_entity", link_history.c.entity)

cell = Table(
    "cell",
    metadata,
    Column("record_id", ForeignKey("record.id"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("since", BIG, nullable=False),
    Column("state", LargeBinary, nullable=False),
)
Index("cell_verdict", cell.c.verdict)
Index("cell_entity", cell.c.entity)

lookup = Table(
    "lookup",
    metadata,
    Column("record_id", BIG, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("relation", Text, primary_key=True),
    Column("target", Text, nullable=False),
)
Index("lookup_target", lookup.c.target)

relation = Table(
    "relation",
    metadata,
    Column("entity", String(32), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("target", String(32), nullable=False),
)
Index("relation_target", relation.c.target)

absence = Table(
    "absence",
    metadata,
    Column("entity", String(32), primary_key=True),
    Column("table_id", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", BIG, nullable=False),
    Column("view", Text, nullable=False),
)

loser = Table(
    "loser",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("field", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("ref", Text, nullable=False),
    Column("run", BIG, nullable=False),
    Column("why", Text, nullable=False),
)
Index("loser_entity", loser.c.entity)

golden_step = Table(
    "golden_step",
    metadata,
    Column("run", BIG, primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("before", LargeBinary, nullable=False),
    Column("after", LargeBinary, nullable=False),
    Column("knew", LargeBinary, nullable=False),
)

join_snapshot = Table(
    "join_snapshot",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("run", BIG, nullable=False),
    Column("kept", String(32), nullable=False),
    Column("gone", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

question = Table(
    "question",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("sort", Text, nullable=False),
    Column("subject", Text, nullable=False, unique=True),
    Column("entity", String(32)),
    Column("other", String(32)),
    Column("field", Text),
    Column("content", LargeBinary, nullable=False),
    Column("since", BIG, nullable=False),
    Column("seen_run", BIG, nullable=False),
    Column("state", String(8), nullable=False, default="open"),
)
Index("question_state", question.c.state)
Index("question_entity", question.c.entity)
Index("question_other", question.c.other)

decision = Table(
    "decision",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("entity", String(32)),
    Column("content", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False, default="new"),
    Column("run", BIG),
    Column("note", Text, nullable=False, default=""),
)
Index("decision_state", decision.c.state)
Index("decision_entity", decision.c.entity)

apart = Table(
    "apart",
    metadata,
    Column("one", Text, primary_key=True),
    Column("two", Text, primary_key=True),
    Column("same", Integer, nullable=False),
    Column("decision", BIG),
    Column("digests", Text, nullable=False, default=""),
)

mark = Table(
    "mark",
    metadata,
    Column("entity", String(32), primary_key=True),
    Column("table_id", Integer, primary_key=True),
    Column("run", BIG, nullable=False),
    Column("why", Text, nullable=False),
)

hold = Table(
    "hold",
    metadata,
    Column("entity", String(32), primary_key=True),
    Column("why", Text, primary_key=True),
    Column("source", Integer, primary_key=True),
    Column("opened_at", Text, nullable=False),
    Column("opened_run", BIG, nullable=False),
    Column("confirmed", Integer, nullable=False, default=0),
    Column("confirmed_run", BIG, nullable=False, default=0),
    Column("state", String(8), nullable=False, default="open"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("strength", String(8), nullable=False),
    Column("until", Text, nullable=False),
    Column("met", Integer, nullable=False, default=0),
)

learnt = Table(
    "learnt",
    metadata,
    Column("table_id", Integer, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("length", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("job", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("state", Text, nullable=False),
    Column("code", Integer),
    Column("outcome", LargeBinary),
)

plan = Table(
    "plan",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("run", BIG, nullable=False),
    Column("job", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", BIG, nullable=False),
    Column("digest", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("state_to_commit", LargeBinary),
)

plan_record = Table(
    "plan_record",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("record_id", BIG, primary_key=True),
    Column("base", LargeBinary, nullable=False),
)

plan_change = Table(
    "plan_change",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("seq", BIG, primary_key=True),
    Column("table_id", Integer, nullable=False),
    Column("entity", String(32), nullable=False),
    Column("record_id", BIG),
    Column("op", String(8), nullable=False),
    Column("generation", Integer, nullable=False, default=0),
    Column("key", Text),
    Column("fields", LargeBinary, nullable=False),
    Column("after", LargeBinary, nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("expect", Text),
    Column("token", Text),
    Column("state", String(10), nullable=False, default="planned"),
    Column("run", BIG),
    Column("at", Text),
    Column("new_key", Text),
    Column("detail", Text, nullable=False, default=""),
)
Index("plan_change_entity", plan_change.c.entity)
Index("plan_change_state", plan_change.c.state)
Index("plan_change_token", plan_change.c.token)

plan_entity = Table(
    "plan_entity",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("golden", LargeBinary, nullable=False),
    Column("base_rev", BIG, nullable=False),
    Column("open", Integer, nullable=False),
    Column("alias_of", String(32)),
    Column("extra", LargeBinary),
)

plan_link = Table(
    "plan_link",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("record_id", BIG, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("since", BIG, nullable=False),
    Column("marks", Integer, nullable=False, default=1),
    Column("known", Text, nullable=False),
    Column("score", Text),
    Column("ours", Integer, nullable=False, default=0),
    Column("leading", Integer, nullable=False, default=0),
    Column("cells", Integer, nullable=False, default=0),
    Column("echo", LargeBinary),
    Column("related", LargeBinary),
    Column("first_run", BIG, nullable=False),
    Column("canon_hash", LargeBinary),
    Column("ended", Text),
)
Index("plan_link_entity", plan_link.c.plan, plan_link.c.entity)

plan_cell = Table(
    "plan_cell",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("record_id", BIG, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("entity", String(32), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("since", BIG, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("want", LargeBinary),
)
Index("plan_cell_verdict", plan_cell.c.plan, plan_cell.c.verdict)

plan_absence = Table(
    "plan_absence",
    metadata,
    Column("plan", BIG, primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("table_id", Integer, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", BIG, nullable=False),
    Column("view", Text, nullable=False),
)

key_index = Table(
    "key_index",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", BigInteger, primary_key=True),
    Column("record_id", BIG, primary_key=True),
    Column("part", Text, primary_key=True),
)
Index("key_index_record", key_index.c.record_id)

audit = Table(
    "audit",
    metadata,
    Column("id", BIG, primary_key=True),
    Column("run", BIG, nullable=False),
    Column("at", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("chain", Text, nullable=False),
)
