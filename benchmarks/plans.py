"""Which benchmarks there are, and for which projects each of them runs."""

from collections.abc import Iterable
from typing import NamedTuple

SERVERS = ("postgresql", "mysql")
DATABASES = ("sqlite", *SERVERS)

# Only the first run of these, except in full: all of them take ten minutes.
FIRST_ONLY = {"first_green"}


class Run(NamedTuple):
    """A program of `programs/`, and the options of the project that it measures."""

    program: str
    answers: dict[str, str]


def runs(program: str, databases: Iterable[str] = DATABASES, io: str = "sync", **answers: str) -> list[Run]:
    """Return a run for each database."""
    return [Run(program, {"io": io, "database": database, **answers}) for database in databases]


# In the order of docs/benchmarks.md.
PLANS: dict[str, list[Run]] = {
    "generating": runs("generating", ["sqlite"]),
    "first_green": [*runs("first_green"), *runs("first_green", io="async")],
    "units": [*runs("units_sync"), *runs("units_async", io="async")],
    "bulk": runs("bulk", primary_key="uuid"),
    "loading": runs("loading"),
    "concurrency": [*runs("concurrency_sync"), *runs("concurrency_async", ("sqlite", "postgresql"), "async")],
    "isolation": runs("isolation"),
    "web": [
        *runs("web", ("sqlite", "postgresql"), web="fastapi"),
        *runs("web", ("sqlite", "postgresql"), "async", web="fastapi"),
    ],
    "starting": [*runs("starting", ["sqlite"]), *runs("starting", ["sqlite"], io="async")],
    "drivers": runs("drivers", ["postgresql"], "async", topology="cluster", primary_key="uuid"),
}
