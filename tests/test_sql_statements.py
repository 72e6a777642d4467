"""Do the statements of the sql connector at least have a form that MySQL and MariaDB know? (nothing more is tried)"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import Dialect

from connectors.shared.database.places import Asking
from connectors.shared.database.shape import Column, Shape
from connectors.shared.database.writes import Writer

SHAPE = Shape(
    "t",
    "t",
    None,
    "table",
    (Column("a", in_key=True), Column("b", in_key=True), Column("c")),
    key=("a", "b"),
    page_by=("a", "b"),
)


@pytest.mark.parametrize("dialect", [mysql.dialect()])
def test_the_statements_compile(dialect: Dialect) -> None:
    asking = Asking(SHAPE, Writer(ZoneInfo("UTC")))
    page = asking.rows().where(asking.after(("x", "y"))).order_by(*asking.order).limit(10)
    held = asking.rows().where(asking.bearing([("x", "y"), ("z", "w")])).with_for_update(skip_locked=True)
    change = sa.update(asking.source).where(asking.same("a", "x"), asking.same("c", None)).values(c="%")
    texts = [str(statement.compile(dialect=dialect)) for statement in (page, held, change)]
    assert "(t.a, t.b) > (%s, %s)" in texts[0]
    assert texts[1].endswith("FOR UPDATE SKIP LOCKED")
    assert "t.c IS NULL" in texts[2]
