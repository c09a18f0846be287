"""Failures of the members of a MySQL group, while workers write to the primary."""

import signal
import time

from .group import Group
from .mysqld import START_TIMEOUT
from .node import wait_until


def kill_the_primary(cluster: Group) -> None:
    """Kill -9 the primary; it comes back when another one has replaced it."""
    old = cluster.primary
    old.kill()
    wait_until(lambda: cluster.primary is not old, START_TIMEOUT)
    old.join()


def kill_the_primary_amid_commits(cluster: Group) -> None:
    """Kill -9 the primary while each worker waits for the end of a COMMIT.

    It waits because the other members do not respond; they have all those commits when they continue.
    """
    old = cluster.primary
    others = [node for node in cluster.nodes if node is not old]
    for node in others:
        node.freeze()
    time.sleep(0.5)
    old.kill()
    for node in others:
        node.freeze(signal.SIGCONT)
    wait_until(lambda: cluster.primary is not old, START_TIMEOUT)
    old.join()


def freeze_the_primary(cluster: Group, seconds: float) -> None:
    """Stop the primary; clients can connect to it, and get no response."""
    old = cluster.primary
    old.freeze()
    time.sleep(seconds)
    # It goes on as the primary, until it notices that it was put out; then it comes back.
    old.freeze(signal.SIGCONT)
    time.sleep(5)


def leave_the_primary_alone(cluster: Group, seconds: float) -> None:
    """Stop the two other members, so that the primary has no majority; then let them go on."""
    alone = cluster.primary
    others = [node for node in cluster.nodes if node is not alone]
    for node in others:
        node.freeze()
    time.sleep(seconds)
    for node in others:
        node.freeze(signal.SIGCONT)
    time.sleep(5)


def switch_all_off(cluster: Group) -> None:
    """Kill -9 all members; a second later begin again with the one that has most."""
    for node in cluster.nodes:
        node.kill()
    time.sleep(1)
    cluster.begin_again()


def restart_in_turn(cluster: Group) -> None:
    """Restart each member in order, one after the other, as for an update."""
    for node in cluster.nodes:
        node.stop()
        time.sleep(0.5)
        node.join()


def change_the_primary(cluster: Group) -> None:
    """Make each member the primary in turn, as for maintenance."""
    for node in cluster.nodes:
        ((identity,),) = node.rows("SELECT @@server_uuid")
        node.rows(f"SELECT group_replication_set_as_primary('{identity}')")
        time.sleep(1)


def kill_connections(cluster: Group) -> None:
    """Break all connections of the application to the primary, 15 times in 3 seconds."""
    for _ in range(15):
        cluster.kill_connections()
        time.sleep(0.2)
