"""The scenarios for clusters of PostgreSQL, also without a setting or without the project's code."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from . import failures, network, patroni, pgbouncer
from .replicas import ASYNCHRONOUS, QUORUM, SLOW_QUORUM, Replicas, replicas
from .scenario import DUPLICATES, HANGS, KEPT, LOSES, SURFACES_ERRORS, Expectation, Fault, Scenario


def of_replicas(settings: dict[str, str], folder: Path) -> AbstractContextManager[Replicas]:
    """Start replicas with these settings."""
    return replicas(folder, settings)


def quorum(name: str, fault: Fault[Replicas], profile: str, expected: Expectation) -> Scenario[Replicas]:
    """Return a scenario of two replicas, of which one has to have each commit."""
    start = partial(of_replicas, QUORUM)
    return Scenario(name, "PostgreSQL, quorum of replicas", start, fault, profile, expected)


def slow(name: str, fault: Fault[Replicas], profile: str, expected: Expectation) -> Scenario[Replicas]:
    """Return a scenario of such replicas, 25 ms away."""
    start = partial(of_replicas, SLOW_QUORUM)
    return Scenario(name, "PostgreSQL, quorum of slow replicas", start, fault, profile, expected)


def asynchronous(name: str, fault: Fault[Replicas], profile: str, expected: Expectation) -> Scenario[Replicas]:
    """Return a scenario of replicas that nobody waits for."""
    start = partial(of_replicas, ASYNCHRONOUS)
    return Scenario(name, "PostgreSQL, asynchronous replicas", start, fault, profile, expected)


KILLED = "kill -9 of the primary, a replica promoted"
KILL = quorum(KILLED, failures.kill_and_promote, "ours", KEPT)
KILL_DEFAULTS = quorum(KILLED, failures.kill_and_promote, "defaults", SURFACES_ERRORS)

LAGGING = "kill -9 of the primary, the replicas a second behind"
LAG = quorum(LAGGING, failures.lag_kill_and_promote, "ours", KEPT)
LAG_ASYNCHRONOUS = asynchronous(LAGGING, failures.lag_kill_and_promote, "ours", LOSES)

CRASHED = "kill -9 of the primary, started again"
CRASH = quorum(CRASHED, failures.crash_and_restart, "ours", KEPT)
CRASH_DEFAULTS = quorum(CRASHED, failures.crash_and_restart, "defaults", SURFACES_ERRORS)

TERMINATED = "all connections terminated 20 times, most in COMMIT"
TERMINATE = slow(TERMINATED, failures.terminate, "ours", KEPT)
TERMINATE_BLIND = slow(TERMINATED, failures.terminate, "blind", DUPLICATES)
TERMINATE_DEFAULTS = slow(TERMINATED, failures.terminate, "defaults", SURFACES_ERRORS)

CANCELLED = "waiting COMMITs cancelled, then the primary lost"
CANCEL = quorum(CANCELLED, failures.cancel_commits, "ours", KEPT)
CANCEL_DEFAULTS = quorum(CANCELLED, failures.cancel_commits, "defaults", LOSES)
OUTWAIT = quorum("COMMITs wait 20 s, then the primary is lost", failures.outwait_the_client, "ours", KEPT)

ROLLED = "each node restarted in turn"
ROLL = quorum(ROLLED, failures.rolling_restart, "ours", KEPT)
ROLL_DEFAULTS = quorum(ROLLED, failures.rolling_restart, "defaults", SURFACES_ERRORS)


def pooled(
    name: str,
    fault: Fault[pgbouncer.Pooled],
    profile: str,
    expected: Expectation,
    workers: int = 8,
    recovery: float = 3,
) -> Scenario[pgbouncer.Pooled]:
    """Return a scenario of PgBouncer."""
    engine = f"PgBouncer, {pgbouncer.POOL_SIZE} connections of PostgreSQL"
    start = pgbouncer.pgbouncer
    return Scenario(name, engine, start, fault, profile, expected, workers=workers, recovery=recovery)


SHARED = "30 clients, no fault"
# long enough for 600 units of work on a machine that has other things to do
SHARE = pooled(SHARED, pgbouncer.leave_alone, "pooler", KEPT, workers=30, recovery=8)
SHARE_DEFAULTS = pooled(SHARED, pgbouncer.leave_alone, "defaults", SURFACES_ERRORS, workers=30)
KILL_POOLER = pooled("kill -9 of PgBouncer, started again", pgbouncer.kill_pooler, "pooler", KEPT)
CRASH_BEHIND = pooled("kill -9 of the server behind, started again", pgbouncer.crash_behind, "pooler", KEPT)


# Seconds: a worker gives up the other side after 6, perhaps a second connection of the pool after 6 more, passes over a
# silent host after 3, and waits up to 2 between attempts.
SILENCE = 18


def cut(name: str, fault: Fault[network.Apart], profile: str, expected: Expectation) -> Scenario[network.Apart]:
    """Return a scenario of a network that can be cut."""
    start, engine = network.apart, "PostgreSQL, quorum of replicas, own network"
    return Scenario(name, engine, start, fault, profile, expected, recovery=SILENCE, prefix=network.prefix)


SILENT = cut("the primary silent for 5 s", partial(network.fall_silent, seconds=5), "ours", KEPT)
# Connections are given up, of which the primary learns nothing: it has to notice that their clients are gone.
SILENT_FOR_LONGER = cut("the primary silent for 8 s", partial(network.fall_silent, seconds=8), "ours", KEPT)
VANISHED = "the primary's machine gone without a packet, a replica promoted"
VANISH = cut(VANISHED, network.vanish, "ours", KEPT)
VANISH_DEFAULTS = cut(VANISHED, network.vanish, "defaults", HANGS)


def managed(name: str, fault: Fault[patroni.Patroni]) -> Scenario[patroni.Patroni]:
    """Return a scenario of Patroni as projects ship it."""
    return Scenario(name, "Patroni, as shipped", patroni.patroni, fault, "ours", KEPT)


HUNG = "the leader's agent hangs, its PostgreSQL goes on"
HANG = managed(HUNG, patroni.hang)
HANG_ASYNCHRONOUS = Scenario(
    HUNG,
    "Patroni, asynchronous",
    partial(patroni.patroni, synchronous_mode="off", synchronous_mode_strict=False),
    patroni.hang,
    "ours",
    LOSES,
    ios=("async",),
)
KILL_LEADER = managed("kill -9 of the leader's node", patroni.kill_leader)
KILL_POSTGRES = managed("kill -9 of the leader's PostgreSQL", patroni.kill_postgres)
SWITCH_OVER = managed("planned switchover", patroni.switch_over)
REPLICAS_AWAY = managed("kill -9 of both replicas, back after 10 s", patroni.take_replicas_away)
STORE_AWAY = managed("etcd hangs for 25 s", patroni.hang_store)

SCENARIOS: list[Scenario[Any]] = [
    *(KILL, KILL_DEFAULTS, LAG, LAG_ASYNCHRONOUS, CRASH, CRASH_DEFAULTS),
    *(TERMINATE, TERMINATE_BLIND, TERMINATE_DEFAULTS, CANCEL, CANCEL_DEFAULTS, OUTWAIT, ROLL, ROLL_DEFAULTS),
    *(SHARE, SHARE_DEFAULTS, KILL_POOLER, CRASH_BEHIND),
    *(SILENT, SILENT_FOR_LONGER, VANISH, VANISH_DEFAULTS),
    *(HANG, HANG_ASYNCHRONOUS, KILL_LEADER, KILL_POSTGRES, SWITCH_OVER, REPLICAS_AWAY, STORE_AWAY),
]
