"""Failures of a primary with two replicas."""

import signal
import time

from ..clients import execute
from .node import DATABASE
from .replicas import Replicas

# The connections of the application.
SESSIONS = (
    f"FROM pg_stat_activity WHERE datname = '{DATABASE}' AND backend_type = 'client backend' "
    "AND pid <> pg_backend_pid()"
)


def kill_and_promote(cluster: Replicas) -> None:
    """Kill -9 the primary, and promote a replica at once; the old primary comes back as a replica."""
    old = cluster.primary
    old.kill()
    for node in cluster.standbys:
        node.freeze("walreceiver", signal.SIGCONT)
    cluster.promote()
    cluster.rejoin(old)


def hold_back(cluster: Replicas) -> None:
    """Let the replicas fall behind, until the primary is killed."""
    # Those who send, so that nothing is on its way when the primary dies; and those who receive, who would otherwise
    # ask for others who send.
    cluster.primary.freeze("walsender")
    for node in cluster.standbys:
        node.freeze("walreceiver")


def lag_kill_and_promote(cluster: Replicas) -> None:
    """Let the replicas fall behind for a second, then kill -9 the primary."""
    hold_back(cluster)
    time.sleep(1)
    kill_and_promote(cluster)


def crash_and_restart(cluster: Replicas) -> None:
    """Kill -9 the primary, and start it again a second later."""
    cluster.primary.kill()
    time.sleep(1)
    cluster.primary.start()


def terminate(cluster: Replicas) -> None:
    """Break all connections of the application, 20 times in 2.4 seconds."""
    for _ in range(20):
        execute(cluster.primary.url, f"SELECT pg_terminate_backend(pid) {SESSIONS}")
        time.sleep(0.12)


def cancel_commits(cluster: Replicas) -> None:
    """Cancel each COMMIT that waits for the replicas, for a second, then lose the primary: it alone has them.

    An administrator does so with pg_cancel_backend(), and drivers do so when a timeout of theirs ends. PostgreSQL
    keeps the commit, and reports success with a warning.
    """
    hold_back(cluster)
    for _ in range(10):
        time.sleep(0.1)
        execute(cluster.primary.url, f"SELECT pg_cancel_backend(pid) {SESSIONS} AND wait_event = 'SyncRep'")
    kill_and_promote(cluster)


def outwait_the_client(cluster: Replicas) -> None:
    """Let COMMIT wait for the replicas for longer than any client has patience, then lose the primary."""
    hold_back(cluster)
    time.sleep(20)
    kill_and_promote(cluster)


def rolling_restart(cluster: Replicas) -> None:
    """Restart each node in turn, as for an update, the primary last."""
    for node in [*cluster.standbys, cluster.primary]:
        node.stop()
        time.sleep(0.5)
        node.start()
