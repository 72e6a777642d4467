"""What Alembic runs: migrations online, on the engine that sync.ledger.migrate hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from sync.ledger.migrate import version_of
from sync.ledger.schema import metadata


def run() -> None:
    engine = context.config.attributes["engine"]
    known = version_of(engine)
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        if known is not None and context.get_context().get_current_revision() is None:
            context.get_context().stamp(context.script, known)
        with context.begin_transaction():
            context.run_migrations()
        head = context.get_context().get_current_revision()
        connection.execute(text("UPDATE meta SET value = :v WHERE name = 'schema'"), {"v": head})


run()
