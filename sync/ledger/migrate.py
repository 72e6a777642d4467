"""How does an older ledger get today's tables? Alembic's scripts, run from here; no alembic.ini is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config


def version_of(engine: Engine) -> str | None:
    """The version of the ledger's tables; None where there are none yet."""
    if not inspect(engine).has_table("meta"):
        return None
    with engine.connect() as c:
        found = c.execute(text("SELECT value FROM meta WHERE name = 'schema'")).scalar()
    return str(found) if found is not None else None


def config(engine: Engine) -> Config:
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine, to: str = "head") -> None:
    """Runs every script between the ledger's version and `to`, each in a transaction."""
    from alembic import command

    command.upgrade(config(engine), to)
