"""Record the statements of a block of code, to count or to print them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

# Statements that are not counted: those of transactions and settings.
HOUSEKEEPING = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ")


@contextmanager
def recorded(*engines: Engine) -> Generator[list[str]]:
    """Yield a list of the SQL that the engines send within the block, one entry for each statement.

    For an AsyncEngine pass its `sync_engine`. One statement may carry many rows of parameters.
    """
    statements: list[str] = []

    def record(
        _connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if not statement.startswith(HOUSEKEEPING):
            statements.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)
