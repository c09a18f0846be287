"""How many statements many rows take, by the kind of their key and the way they are written, changed and read.

These counts are what docs/practices.md of the projects says, and the reason for most of what the benchmarks `bulk`
and `loading` measure.
"""

import json

import pytest

from . import inside
from .clients import rows
from .conftest import Bake, NewDatabase
from .projects import printed

DATABASES = ["sqlite", "postgresql", "mysql", "mysql-9.7"]

# Statements for 2000 new objects, where they are more than two. MySQL itself has no RETURNING: it tells the last key
# of an INSERT, and a SELECT for each row what it made else.
ADDED = {
    ("sqlite", "integer"): {"INSERT": 2000},
    ("mysql-9.7", "integer"): {"INSERT": 2000, "SELECT": 2000},
    ("mysql-9.7", "uuid"): {"INSERT": 1, "SELECT": 2000},
}

# The COPY of the page: three rows, in a unit of work.
SETTING = """
import asyncio, sys
from my_project.db.keys import uuid7
from my_project.db.session import make_engine, make_sessions, transaction
from my_project.migrations.commands import upgrade
upgrade(sys.argv[1])
sessions = make_sessions(make_engine(sys.argv[1]))
"""
COPY = {
    "sync": """
with transaction(sessions) as session:
    cursor = session.connection().connection.cursor()
    with cursor.copy("COPY companies (id, name) FROM STDIN") as copy:
        for number in range(3):
            copy.write_row((uuid7(), f"company {number}"))
    {end}
""",
    "async": """
async def main():
    async with transaction(sessions) as session:
        connection = await (await session.connection()).get_raw_connection()
        async with connection.driver_connection.cursor().copy("COPY companies (id, name) FROM STDIN") as copy:
            for number in range(3):
                await copy.write_row((uuid7(), f"company {number}"))
        {end}
asyncio.run(main())
""",
}


@pytest.mark.parametrize("key", ["integer", "uuid"])
@pytest.mark.parametrize("database", DATABASES)
def test_many_rows_take_few_statements(database: str, key: str, bake: Bake, new_database: NewDatabase) -> None:
    project = bake(io="sync", database=database.partition("-")[0], primary_key=key)

    sent = json.loads(inside.program(project, "many_rows", new_database(database)))

    # 2000 objects, up to 1000 of them in a statement, where the key need not be read back one by one
    assert sent["add_all()"] == ADDED.get((database, key), {"INSERT": 2})
    if database in ("postgresql", "mysql"):  # a function of MariaDB, and SQLite has none
        assert sent["key of the server"] == {"INSERT": 2000}
    # 1000 companies and their employees
    assert sent["insert()"] == {"INSERT": 1}
    assert sent["update() of all"] == sent["update() of each"] == {"UPDATE": 1}
    # MariaDB and MySQL have no UPDATE ... RETURNING, so what the database made is read back by SELECTs
    has_none = database.startswith("mysql")
    assert sent["objects"] == ({"SELECT": 1001, "UPDATE": 1} if has_none else {"SELECT": 1, "UPDATE": 1000})
    assert (sent["selectin"], sent["joined"], sent["lazy"]) == ({"SELECT": 3}, {"SELECT": 1}, {"SELECT": 1001})


@pytest.mark.parametrize(("end", "left"), [("pass", 3), ("raise SystemExit", 0)])
@pytest.mark.parametrize("io", COPY)
def test_copy_is_part_of_a_unit_of_work(io: str, end: str, left: int, bake: Bake, new_database: NewDatabase) -> None:
    project, url = bake(io=io, database="postgresql", primary_key="uuid"), new_database("postgresql")

    printed(inside.python(project, "-c", SETTING + COPY[io].format(end=end, number="{number}"), url))

    assert rows(url, "SELECT count(*) FROM companies") == [(left,)]
