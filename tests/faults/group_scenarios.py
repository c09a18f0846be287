"""The scenarios for MySQL's group replication, with and without the project's code."""

from functools import partial

from . import group_failures as failures
from .group import Group, group
from .scenario import DUPLICATES, KEPT, SURFACES_ERRORS, Expectation, Fault, Scenario, agreeing


def on_group(name: str, fault: Fault[Group], profile: str = "ours", expected: Expectation = KEPT) -> Scenario[Group]:
    """Return a scenario of group replication as projects ship it."""
    return Scenario(
        name, "MySQL group, as shipped", partial(agreeing, group), fault, profile, expected, database="mysql"
    )


KILLED = "kill -9 of the primary of the group"
KILL = on_group(KILLED, failures.kill_the_primary)
KILL_DEFAULTS = on_group(KILLED, failures.kill_the_primary, "defaults", SURFACES_ERRORS)

KILL_IN_COMMIT = on_group("kill -9 of that primary, all workers in COMMIT", failures.kill_the_primary_amid_commits)

FREEZE = on_group("that primary stands still for 30 s", partial(failures.freeze_the_primary, seconds=30))

ALONE = "that primary without the others for 15 s"
LEAVE_ALONE = on_group(ALONE, partial(failures.leave_the_primary_alone, seconds=15))
LEAVE_ALONE_BLIND = on_group(ALONE, partial(failures.leave_the_primary_alone, seconds=15), "blind", DUPLICATES)

SWITCH_OFF = on_group("kill -9 of all members, the one with most begins again", failures.switch_all_off)
ROLL = on_group("each member restarted in turn", failures.restart_in_turn)
CHANGE = on_group("each member made the primary in turn", failures.change_the_primary)
KILL_CONNECTIONS = on_group("all connections to the primary killed, 15 times", failures.kill_connections)

SCENARIOS = [
    KILL,
    KILL_DEFAULTS,
    KILL_IN_COMMIT,
    FREEZE,
    LEAVE_ALONE,
    LEAVE_ALONE_BLIND,
    SWITCH_OFF,
    ROLL,
    CHANGE,
    KILL_CONNECTIONS,
]
