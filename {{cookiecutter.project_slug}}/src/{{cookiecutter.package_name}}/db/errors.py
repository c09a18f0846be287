"""A COMMIT that raises after a failed statement, instead of losing work silently."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from sqlalchemy import Connection, Dialect, Engine, Result, event, inspect
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidRequestError, PendingRollbackError

if TYPE_CHECKING:  # settings, which know URLs only, shall not import the ORM
    from sqlalchemy.orm import ORMExecuteState, Session

LOST = (
    "nothing was committed: a statement failed inside the unit of work, and its error was caught there. Put what may "
    "fail, session.add() included, into a savepoint, session.begin_nested(), and catch the error outside of its block"
)
LOST_SAVEPOINT = (
    "the savepoint was rolled back inside its block, by a statement that failed and whose error was caught there, or "
    "it ended by session.rollback() or session.commit(). Catch the error outside of the block of "
    "session.begin_nested(), which undoes the block alone"
)
ENDED = (
    "the unit of work ended before its block, by session.rollback(), session.commit() or session.close(), or by COMMIT "
    "or ROLLBACK as SQL. transaction() commits at the end of the block and rolls back if it raises: remove it, and put "
    "a statement that may fail into a savepoint, session.begin_nested()"
)


COMMITTED = "the unit of work was committed before this error, so it is not done again"
LOST_CHANGE = (
    "the rollback after a conflict has undone the change of {}.{}, which was made before `work` added the object, so a "
    "retry would lose it. Read the row inside of `work`, and change it there"
)
# The entry of `session.info` for the changes that attempts added: object, names of attributes, last session; by id().
CHANGES = "changes"


def notes(connection: Any) -> dict[Any, Any]:
    """Return the dialect's notes on a connection; SQLAlchemy's first connection to a database has none."""
    try:
        info: dict[Any, Any] = connection.info
    except NotImplementedError:
        return {}
    return info


def note_failed_rows(state: "ORMExecuteState") -> Result[Any] | None:
    """Execute a list of rows, and let the COMMIT raise if it failed in Python, after its first statements.

    A stale version in a bulk UPDATE is such an error, of which the dialect sees nothing.
    https://docs.sqlalchemy.org/en/21/orm/events.html#sqlalchemy.orm.SessionEvents.do_orm_execute
    """
    if not state.is_executemany:
        return None
    try:
        return state.invoke_statement()
    except Exception as error:
        if state.session.is_active:
            connection = state.session.connection(bind_arguments=state.bind_arguments)
            cast("CautiousDialect", connection.dialect).forbid_commit(connection, error)
        raise


def note_commit(session: "Session") -> None:
    """Note that the transaction is committed, before other listeners may raise an error that looks retryable.

    https://docs.sqlalchemy.org/en/21/orm/events.html#sqlalchemy.orm.SessionEvents.after_commit
    """
    if not session.in_nested_transaction():
        session.info[COMMITTED] = True


def is_committed(error: BaseException) -> bool:
    """Return whether the unit of work that the error has left was committed."""
    return COMMITTED in getattr(error, "__notes__", ())


def lost_change(instance: object, names: set[str]) -> InvalidRequestError:
    """Return the error for a change of these attributes that a retry would lose."""
    return InvalidRequestError(LOST_CHANGE.format(type(instance).__name__, ", ".join(sorted(names))))


def note_change(session: "Session", instance: object) -> None:
    """Note that `work` adds a changed object, and raise InvalidRequestError if a retry adds it without the change.

    https://docs.sqlalchemy.org/en/21/orm/events.html#sqlalchemy.orm.SessionEvents.detached_to_persistent
    """
    state: Any = inspect(instance)
    changes = session.info.get(CHANGES)
    if changes is None or not (state.modified or id(instance) in changes):
        return
    changed = {attribute.key for attribute in state.attrs if attribute.history.has_changes()}
    _, before, added_to = changes.get(id(instance), (instance, set(), session))
    if added_to is session:  # again, after expunge(): it was flushed meanwhile
        changed |= before
    elif lost := before - changed:
        raise lost_change(instance, lost)
    changes[id(instance)] = instance, changed, session


def refuse_to_lose_a_change(session: "Session") -> None:
    """Raise InvalidRequestError if a retry has not added a changed object again."""
    for instance, changed, added_to in session.info.get(CHANGES, {}).values():
        if changed and added_to is not session:
            raise lost_change(instance, changed)


class CautiousDialect(Dialect):
    """A dialect whose COMMIT raises after a failed statement, instead of keeping half of the transaction.

    Rows may be stored before the failure: an executemany() and an insert into joined tables are several statements,
    and the server, the driver or a column type may refuse a value of any of them. COMMIT would keep the others
    without an error.
    """

    def __init__(self, read_only: bool = False, statement_timeout: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.read_only = read_only
        self.statement_timeout = statement_timeout  # seconds; set once for each connection, not for each statement
        # https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.DialectEvents.handle_error
        event.listen(self, "handle_error", self.note_failure)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        ENGINES.add(engine)

    def note_failure(self, context: ExceptionContext) -> None:
        """Note the failure of a statement."""
        if context.connection is not None and not context.is_disconnect:
            self.forbid_commit(context.connection, context.original_exception)

    def forbid_commit(self, connection: Connection, error: BaseException) -> None:
        """Note that only a rollback can follow; with AUTOCOMMIT there is nothing to roll back."""
        if connection.closed or connection.invalidated:
            return
        lent: Any = connection.connection
        keeps_all = isinstance(error, PendingRollbackError)  # our own refusal
        with suppress(Exception):  # a closed connection of the driver has no setting
            keeps_all |= self.detect_autocommit_setting(lent.dbapi_connection)
        if not keeps_all:
            notes(lent)["is_undone"] = True

    def is_undone(self, dbapi_connection: Any) -> bool:
        """Return whether a statement failed in this transaction, so that only a rollback can follow."""
        return bool(notes(dbapi_connection).get("is_undone"))

    def refuse_lost_work(self, connection: Connection, message: str = LOST_SAVEPOINT) -> None:
        """Raise PendingRollbackError if only a rollback can follow."""
        if self.is_undone(connection.connection):
            raise PendingRollbackError(message)

    def do_begin(self, dbapi_connection: Any) -> None:
        notes(dbapi_connection).pop("is_undone", None)
        super().do_begin(dbapi_connection)

    def do_begin_twophase(self, connection: Connection, xid: Any) -> None:
        notes(connection.connection).pop("is_undone", None)
        super().do_begin_twophase(connection, xid)

    def do_commit(self, dbapi_connection: Any) -> None:
        if self.is_undone(dbapi_connection):
            # SQLAlchemy sends no ROLLBACK after a COMMIT that failed, and may put the connection back into the pool.
            self.do_rollback(dbapi_connection)
            raise PendingRollbackError(LOST)
        super().do_commit(dbapi_connection)

    def do_prepare_twophase(self, connection: Connection, xid: Any) -> None:
        self.refuse_lost_work(connection, LOST)
        super().do_prepare_twophase(connection, xid)

    def do_commit_twophase(
        self, connection: Connection, xid: Any, is_prepared: bool = True, recover: bool = False
    ) -> None:
        if not is_prepared and self.is_undone(connection.connection):
            self.do_rollback_twophase(connection, xid, is_prepared=False)
            raise PendingRollbackError(LOST)
        super().do_commit_twophase(connection, xid, is_prepared, recover)

    def do_savepoint(self, connection: Connection, name: str) -> None:
        self.refuse_lost_work(connection)
        super().do_savepoint(connection, name)

    def do_release_savepoint(self, connection: Connection, name: str) -> None:
        self.refuse_lost_work(connection)
        super().do_release_savepoint(connection, name)

    def do_rollback_to_savepoint(self, connection: Connection, name: str) -> None:
        super().do_rollback_to_savepoint(connection, name)
        notes(connection.connection).pop("is_undone", None)


# The engines of this process.
ENGINES: WeakSet[Engine] = WeakSet()


def forget_connections() -> None:
    """Let each engine connect anew after a fork: two processes with one connection read each other's rows.

    https://docs.sqlalchemy.org/en/21/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork
    """
    for engine in ENGINES:
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=forget_connections)
