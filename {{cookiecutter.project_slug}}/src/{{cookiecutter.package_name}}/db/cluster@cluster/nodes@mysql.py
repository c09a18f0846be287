"""The nodes of Galera or of MySQL's group replication: how to connect to one, when to leave it, what it has.

The comments in SQL are read by one of them only: /*M! */ by MariaDB, /*!80000 */ by MySQL.
https://mariadb.com/docs/server/reference/sql-statements/comment-syntax
"""

import math
import random
from contextlib import suppress
from typing import Any, Literal

from sqlalchemy import URL, NullPool, TextClause, create_engine, text
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError

from .. import dialect
from ..dialect import number_of

# The name of the dialects below in the URL of an engine, after a plus sign.
NAME = f"{dialect.NAME}_cluster"

# Seconds, for each host.
CONNECT_TIMEOUT = 3
# Seconds until a response has to begin: a slow statement and a frozen node look the same. Longer than
# innodb_lock_wait_timeout, whose error leaves the connection usable.
ANSWER_TIMEOUT = 12

# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
# https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
DISCONNECTS = {
    *(1158, 1159, 1160, 1161),  # the network, while reading or writing
    *(1077, 1927, 4031),  # closed by the server: shutdown, KILL, idle for too long
    1180,  # COMMIT without a quorum: the others may have it, or not
    *(2002, 2003, 2006, 2013, 2014, 2045, 2055),  # of the drivers: no connection, or none any more
    1040,  # too many connections
    1047,  # a Galera node that has no quorum, or has not caught up yet
    1053,  # shutting down
    3032,  # a member that was put out of its group, in offline mode
    *(3100, 3101),  # COMMIT of a member that lost its group: the others may have it, or not
    *(3796, 3797),  # a read of such a member that had to be up to date
}
# By an option, as the members of a group that are not its primary, or by FLUSH TABLES.
READ_ONLY_NODE = {1290, 1836}
# 1180 as well, and permanent: the limits of wsrep_max_ws_rows and wsrep_max_ws_size.
TOO_LARGE = ("wsrep_max_ws_rows", "Maximum writeset size")


def hosts_of(url: URL) -> list[tuple[str, int]]:
    """Return the hosts of `mariadb://me:secret@/db?host=a:3306&host=b:3306`, or the one before the path."""
    listed = url.query.get("host", ())
    listed = (listed,) if isinstance(listed, str) else listed
    pairs = [host.rpartition(":") for host in listed]
    for _host, colon, port in pairs:
        if colon and not port.isdigit():
            raise ValueError(f"{port!r} is not a port: write several hosts as ?host=a:3306&host=b:3306")
    named = [(host.strip("[]"), int(port)) if colon else (port, 3306) for host, colon, port in pairs]
    return named or [(url.host or "localhost", url.port or 3306)]


class Dialect(dialect.Dialect):
    """The project's dialect for a list of hosts: it connects to one that works. The drivers accept a single host.

    Writers use the primary of a group, or the first node of Galera that works, because changes of one row on two nodes
    conflict at COMMIT. Readers use any that works; a member of a group is ONLINE.
    """

    supports_statement_cache = True

    def __init__(self, role: Literal["writer", "reader"] = "writer", pooler: bool = False, **options: Any) -> None:
        super().__init__(**options)  # nothing depends on a pooler
        self.role = role

    def create_connect_args(self, url: URL, *options: Any, **named_options: Any) -> Any:
        arguments, parameters = super().create_connect_args(
            url.difference_update_query(["host"]), *options, **named_options
        )
        return arguments, {**parameters, "hosts": hosts_of(url)}

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        hosts = parameters.pop("hosts")
        # https://pymysql.readthedocs.io/en/latest/modules/connections.html, and asyncmy has them from there
        # Longer than `statement_timeout`, whose error leaves the connection usable, too.
        answer_timeout = max(ANSWER_TIMEOUT, (self.statement_timeout or 0) + 1)
        timeouts = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": answer_timeout}
        parameters = timeouts | ({} if self.is_async else {"write_timeout": ANSWER_TIMEOUT}) | parameters
        failures = (self.loaded_dbapi.Error, OSError)
        errors: list[BaseException] = []
        for host, port in hosts if self.role == "writer" else random.sample(hosts, len(hosts)):
            try:
                # A frozen node accepts connections, and then does not respond.
                own = {"host": host, "port": port, "read_timeout": CONNECT_TIMEOUT}
                connection = super().connect(*arguments, **(parameters | own))
            except failures as error:
                errors.append(error)
                continue
            try:
                # A node without a quorum accepts connections and a ping, but rejects a ROLLBACK.
                connection.rollback()
                self.refuse_other_role(connection)
                # Both drivers read it before each response; neither has a public way to change it.
                self.get_driver_connection(connection)._read_timeout = parameters["read_timeout"]
            except failures as error:
                errors.append(error)
                with suppress(Exception):
                    connection.close()
            else:
                return connection
        raise errors[-1]

    def refuse_other_role(self, connection: Any) -> None:
        """Raise OperationalError 2003 for a member of a group that does not have this role; Galera has no roles."""
        cursor = connection.cursor()
        cursor.execute(
            "SHOW GLOBAL VARIABLES WHERE variable_name IN ('super_read_only', 'group_replication_consistency')"
        )
        found = dict(cursor.fetchall())
        refused = "read-only" if self.role == "writer" and found.get("super_read_only") == "ON" else None
        if "group_replication_consistency" in found:
            # A member outside its group is behind, and may take writes that no other member gets.
            # https://dev.mysql.com/doc/refman/9.7/en/group-replication-server-states.html
            cursor.execute(
                "SELECT member_state FROM performance_schema.replication_group_members "
                "WHERE member_id = @@server_uuid AND member_state <> 'ONLINE'"
            )
            refused = next((state for (state,) in cursor.fetchall()), refused)
            if self.role == "writer" and self.read_only:
                # Also a primary that was replaced, and has not noticed, then has all that was committed, or fails.
                # https://dev.mysql.com/doc/refman/9.7/en/group-replication-configuring-consistency-guarantees.html
                cursor.execute("SET SESSION group_replication_consistency = 'BEFORE'")
        cursor.close()
        if refused:
            raise self.loaded_dbapi.OperationalError(2003, f"not the {self.role} of its group: {refused}")

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        if number_of(e) == 1180 and any(words in str(e) for words in TOO_LARGE):
            return False
        if number_of(e) in READ_ONLY_NODE:  # expected in a read-only session, wherever that is
            return not self.read_only
        return super().is_disconnect(e, connection, cursor) or number_of(e) in DISCONNECTS


class MariaDBDialect(Dialect, dialect.MariaDBDialect):
    """The same for MariaDB."""

    supports_statement_cache = True


registry.register(f"mysql.{NAME}", f"{dialect.NAME}.db.cluster.{{ cookiecutter.__nodes }}", "Dialect")
registry.register(f"mariadb.{NAME}", f"{dialect.NAME}.db.cluster.{{ cookiecutter.__nodes }}", "MariaDBDialect")


def position() -> TextClause:
    """Return the query for a causality token: everything committed so far, on any node, is before it.

    A member of a group needs a session of `Cluster.reading_from_writer`, and a table to read, to wait for the others.
    https://mariadb.com/docs/galera-cluster/reference/wsrep-variable-details/wsrep_sync_wait
    https://dev.mysql.com/doc/refman/9.7/en/replication-options-gtids.html#sysvar_gtid_executed
    """
    galera = "SET STATEMENT wsrep_sync_wait = 1 FOR SELECT CAST(WSREP_LAST_SEEN_GTID() AS CHAR)"
    group = "SELECT @@global.gtid_executed FROM (SELECT 1) AS one"
    return text(f"/*M! {galera} */ /*!80000 {group} */")


def has_applied(position: str, max_wait: float) -> TextClause:
    """Return the query that waits until this node has applied a position.

    After `max_wait` seconds Galera fails with 1205, and MySQL returns false.
    https://dev.mysql.com/doc/refman/9.7/en/gtid-functions.html#function_wait-for-executed-gtid-set
    """
    galera = "WSREP_SYNC_WAIT_UPTO_GTID(:position, :seconds)"
    # 0 seconds would be no limit.
    group = "WAIT_FOR_EXECUTED_GTID_SET(:position, :seconds + 0.001) = 0"
    wait = text(f"SELECT /*M! {galera} */ /*!80000 {group} */")
    return wait.bindparams(position=position, seconds=math.ceil(max_wait))


def direct_url(url: URL) -> URL:
    """Return the URL of the node for migrations, because an advisory lock is held on one node only.

    It is the primary of a group, if one responds; or else the first host.
    """
    single = [url.difference_update_query(["host"]).set(host=host, port=port) for host, port in hosts_of(url)]
    for node in single if url.get_backend_name() == "mysql" and len(single) > 1 else []:
        engine = create_engine(node.set(drivername=f"mysql+{NAME}"), poolclass=NullPool)
        with suppress(DBAPIError), engine.connect():
            return node
    return single[0]
