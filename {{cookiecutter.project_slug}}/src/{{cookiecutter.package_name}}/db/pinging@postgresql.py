"""A connection that died while nobody used it is replaced, and no other one is asked whether it lives."""

import math
import time

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

# Seconds without use after which a connection is pinged before its next one. `pool_pre_ping=True` pings each
# time, which is one of the three or four waits of a small unit of work. A server that goes away between two units
# of work within this time costs an error, as it does in the middle of one; `run_transaction` of a cluster goes on.
# https://github.com/brettwooldridge/HikariCP/wiki/Rapid-Recovery
IDLE = 0.5


def ping_idle_connections(engine: Engine) -> None:
    """Ping each connection that was idle for longer than IDLE; one that does not answer is replaced, with all others.

    https://docs.sqlalchemy.org/en/21/core/pooling.html#custom-legacy-pessimistic-ping
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _lent: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            if not engine.dialect.is_disconnect(error, connection, None):
                raise
            raise InvalidatePoolError from error
