"""Failures of the nodes of Galera, while workers write to the first one."""

import signal
import time

from .galera import Galera
from .node import wait_until


def kill_a_node(cluster: Galera) -> None:
    """Kill -9 the node that the workers write to; it comes back three seconds later."""
    cluster.nodes[0].kill()
    time.sleep(3)
    cluster.nodes[0].join()


def kill_a_node_amid_commits(cluster: Galera) -> None:
    """Kill -9 the node that the workers write to while each of them waits for the end of a COMMIT.

    It waits because another node does not respond. That one has all those commits when it continues, and only then is
    the first one killed: two that have not met again discard them.
    """
    first, _, third = cluster.nodes
    third.freeze()
    time.sleep(0.5)
    first.freeze()
    third.freeze(signal.SIGCONT)
    time.sleep(1)
    first.kill()
    first.join()


def freeze_a_node(cluster: Galera, seconds: float) -> None:
    """Stop the node that the workers write to; clients can connect to it, and get no response."""
    before = cluster.changes() or 0
    cluster.nodes[0].freeze()
    time.sleep(seconds)
    cluster.nodes[0].freeze(signal.SIGCONT)
    # It goes on as if nothing had happened, until it notices that it was put out; then it comes back.
    wait_until(lambda: (cluster.changes() or 0) >= before + 2, 60)


def switch_all_off(cluster: Galera) -> None:
    """Kill -9 all nodes; a second later begin again with the one that has most."""
    for node in cluster.nodes:
        node.kill()
    time.sleep(1)
    cluster.bootstrap(max(cluster.nodes, key=lambda node: int(node.position().rpartition(":")[2])))


def leave_no_quorum(cluster: Galera) -> None:
    """Kill -9 two nodes at once; five seconds later tell the one that is left that it is the cluster now."""
    survivor, *others = cluster.nodes
    for node in others:
        node.kill()
    time.sleep(5)
    survivor.rows("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")
    for node in others:
        node.join()


def restart_in_turn(cluster: Galera) -> None:
    """Restart each node in order, one after the other, as for an update."""
    for node in cluster.nodes:
        node.stop()
        time.sleep(0.5)
        node.join()


def kill_connections(cluster: Galera) -> None:
    """Break all connections of the application to the node that it writes to, 15 times in 3 seconds."""
    for _ in range(15):
        cluster.nodes[0].rows("KILL USER tester")
        time.sleep(0.2)
