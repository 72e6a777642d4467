"""The first tables.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from sync.ledger.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("a ledger is not taken back to older tables; restore the copy made before the upgrade")
