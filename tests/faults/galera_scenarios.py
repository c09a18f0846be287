"""The scenarios for Galera, with and without the project's code."""

from functools import partial

from . import galera_failures as failures
from .galera import Galera, galera
from .scenario import DUPLICATES, KEPT, SURFACES_ERRORS, Expectation, Fault, Scenario, agreeing


def on_galera(name: str, fault: Fault[Galera], profile: str = "ours", expected: Expectation = KEPT) -> Scenario[Galera]:
    """Return a scenario of Galera as projects ship it."""
    return Scenario(name, "Galera, as shipped", partial(agreeing, galera), fault, profile, expected, database="mysql")


KILLED = "kill -9 of the node that takes the writes"
KILL = on_galera(KILLED, failures.kill_a_node)
KILL_DEFAULTS = on_galera(KILLED, failures.kill_a_node, "defaults", SURFACES_ERRORS)

KILLED_IN_COMMIT = "kill -9 of that node, all workers in COMMIT"
KILL_IN_COMMIT = on_galera(KILLED_IN_COMMIT, failures.kill_a_node_amid_commits)
KILL_IN_COMMIT_BLIND = on_galera(KILLED_IN_COMMIT, failures.kill_a_node_amid_commits, "blind", DUPLICATES)

PAUSE = on_galera("that node stands still for 8 s", partial(failures.freeze_a_node, seconds=8))

FREEZE = on_galera("that node stands still for 30 s", partial(failures.freeze_a_node, seconds=30))

SWITCH_OFF = on_galera("kill -9 of all nodes, the one with most begins again", failures.switch_all_off)
LEAVE_NO_QUORUM = on_galera("kill -9 of two nodes, the third made the cluster by hand", failures.leave_no_quorum)
ROLL = on_galera("each node restarted in turn", failures.restart_in_turn)
KILL_CONNECTIONS = on_galera("all connections killed, 15 times", failures.kill_connections)

SCENARIOS = [
    KILL,
    KILL_DEFAULTS,
    KILL_IN_COMMIT,
    KILL_IN_COMMIT_BLIND,
    PAUSE,
    FREEZE,
    SWITCH_OFF,
    LEAVE_NO_QUORUM,
    ROLL,
    KILL_CONNECTIONS,
]
