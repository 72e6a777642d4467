"""Does each test get a PostgreSQL database of its own?"""

from __future__ import annotations

import pytest
import sqlalchemy

from tests.postgres import Server


@pytest.mark.parametrize("time", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, time: int) -> None:
    engine = sqlalchemy.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE only_here (id int)")
    engine.dispose()


def test_a_wrong_password_is_refused(postgres_server: Server) -> None:
    engine = sqlalchemy.create_engine(
        postgres_server.url(password="wrong").replace("postgresql:", "postgresql+psycopg:")
    )
    with pytest.raises(sqlalchemy.exc.OperationalError, match="password"):
        engine.connect()
