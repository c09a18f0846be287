"""Many rows in, out and changed: as docs/practices.md of the project recommends, in other ways, and by the driver.

A row has a UUIDv7 made by the application, two columns, and two server-side timestamps. Each way begins with the same
Python values, makes the keys itself, and ends with the commit. Preparing the table is not in its time. The driver works
on a connection of the same engine. A statement is one call of its `execute` or `executemany`; PyMySQL's `executemany`
makes INSERTs of many rows. All code is sync: asyncio waits for the same few statements.

In the last section, `add_all()` writes objects with each kind of key. The size is that of the table and its indexes
afterwards. PostgreSQL stores the index of the key separately, and so does SQLite for UUIDs. SQLite has no function that
makes a UUID, so it has no key of the server.
"""
# mypy: disable-error-code="import-not-found"

from typing import Any

from bulk_keys import compare_keys
from items import (
    DATABASE,
    VALUES,
    Item,
    Work,
    by_core,
    by_driver,
    by_session,
    compare_items,
    empty,
    engine,
    fill,
    of_driver,
    sessions,
    table,
)
from my_project.db.base import Base
from my_project.db.keys import uuid7
from my_project.db.session import transaction
from my_project.db.types import utcnow
from side_by_side import pick
from sqlalchemy import ARRAY, Integer, Uuid, bindparam, column, func, insert, select, text, update
from sqlalchemy.dialects import mysql

# In


def rows_in() -> list[dict[str, Any]]:
    return [{"name": name, "quantity": quantity} for name, quantity in VALUES]


def add_all() -> None:
    with transaction(sessions) as session:
        session.add_all(Item(name=name, quantity=quantity) for name, quantity in VALUES)


def driver_in() -> int:
    rows = ((of_driver(uuid7()), name, quantity) for name, quantity in VALUES)
    by_driver("INSERT INTO items (id, name, quantity) VALUES (?, ?, ?)", rows)
    return 1


def copy() -> int:
    with transaction(sessions) as session:
        cursor: Any = session.connection().connection.cursor()
        with cursor.copy("COPY items (id, name, quantity) FROM STDIN") as rows:
            for name, quantity in VALUES:
                rows.write_row((uuid7(), name, quantity))
    return 1


# Out


def out(statement: Any, *, scalars: bool = False, all_at_once: bool = True) -> None:
    with sessions() as session:
        found = session.scalars(statement) if scalars else session.execute(statement)
        used(found.all() if all_at_once else found)


def core_out() -> None:
    with engine.connect() as connection:
        used(connection.execute(select(table)).all())


def driver_out() -> int:
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT quantity, id, name, created_at, updated_at FROM items")
        assert len([row[0] for row in cursor.fetchall()]) == len(VALUES)
    return 1


def used(found: Any) -> None:
    assert len([row.quantity for row in found]) == len(VALUES)


# Changed, after which each quantity is greater by 1; the keys are those of the rows in the table

keys: list[Any] = []


def changes() -> list[tuple[Any, int]]:
    return [(key, quantity + 1) for key, (_, quantity) in zip(keys, VALUES, strict=True)]


def driver_changed() -> int:
    clock = utcnow().compile(engine)
    rows = ((quantity, of_driver(key)) for key, quantity in changes())
    by_driver(f"UPDATE items SET quantity = ?, updated_at = {clock} WHERE id = ?", rows)  # noqa: S608
    return 1


def core_changed() -> None:
    statement = update(table).where(table.c.id == bindparam("key")).values(quantity=bindparam("new"))
    by_core(statement, [{"key": key, "new": quantity} for key, quantity in changes()])


def flushed() -> None:
    with transaction(sessions) as session:
        for item in session.scalars(select(Item)).all():
            item.quantity += 1


def unnested() -> None:
    """Let PostgreSQL join two arrays, which are one statement."""
    ids, quantities = zip(*changes(), strict=True)
    arrays = (bindparam("ids", ids, ARRAY(Uuid)), bindparam("quantities", quantities, ARRAY(Integer)))
    new = func.unnest(*arrays).table_valued(column("id", Uuid), column("quantity", Integer)).render_derived("new")
    by_session(update(Item).where(Item.id == new.c.id).values(quantity=new.c.quantity))


def upserted() -> None:
    """Let PyMySQL make statements of many rows, which it does for INSERT alone."""
    upsert = mysql.insert(Item)
    upsert = upsert.on_duplicate_key_update(quantity=upsert.inserted.quantity, updated_at=utcnow())
    by_session(upsert, [{"id": key, "name": "", "quantity": quantity} for key, quantity in changes()])


Base.metadata.create_all(engine)

into: dict[str, Work] = {
    "this project: insert(Item), rows": lambda: by_session(insert(Item), rows_in()),
    "Core: insert(table), rows": lambda: by_core(insert(table), rows_in()),
    "ORM: add_all()": add_all,
    "driver: executemany": driver_in,
}
if DATABASE == "PostgreSQL":
    into["driver: COPY"] = copy
compare_items("in", into, empty, rounds=pick(1, 3, 3))

empty()
by_session(insert(Item), rows_in())
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE originals AS SELECT * FROM items"))
    keys.extend(connection.scalars(select(Item.id).order_by(Item.quantity)))

values = (Item.quantity, Item.id, Item.name, Item.created_at, Item.updated_at)
compare_items(
    "out",
    {
        "this project: select(columns)": lambda: out(select(*values)),
        "columns, yield_per=1000": lambda: out(select(*values).execution_options(yield_per=1000), all_at_once=False),
        "Core: select(table)": core_out,
        "ORM: select(Item)": lambda: out(select(Item), scalars=True),
        "ORM: yield_per=1000": lambda: out(
            select(Item).execution_options(yield_per=1000), scalars=True, all_at_once=False
        ),
        "driver: fetchall": driver_out,
    },
    lambda: None,
    memory=True,
    rounds=pick(1, 3, 3),
)

compare_items(
    "changed alike",
    {
        "this project: one update()": lambda: by_session(update(Item).values(quantity=Item.quantity + 1)),
        "ORM: objects, flushed": flushed,
    },
    fill,
    more=1,
    rounds=pick(1, 1, 1),
)

each: dict[str, Work] = {
    "this project: update(Item), rows": lambda: by_session(
        update(Item), [{"id": key, "quantity": quantity} for key, quantity in changes()]
    ),
    "Core: update(table), rows": core_changed,
    "driver: executemany": driver_changed,
}
if DATABASE == "PostgreSQL":
    each["one UPDATE FROM unnest()"] = unnested
if DATABASE == "MariaDB":
    each["upsert: ON DUPLICATE KEY UPDATE"] = upserted
compare_items("changed, each to a value of its own", each, fill, more=1, rounds=pick(1, 3, 3))
compare_keys()
engine.dispose()
