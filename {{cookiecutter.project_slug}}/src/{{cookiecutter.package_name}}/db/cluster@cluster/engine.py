"""Engines for a cluster, and for commands."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import URL, Engine, create_engine

from ..engine import engine_arguments as arguments_of_any
from ..engine import with_driver
from . import nodes


def engine_arguments(url: str | URL, role: Literal["writer", "reader"], **options: Any) -> dict[str, Any]:
    """Return the arguments of create_engine() for this role; `options` override the defaults."""
    if role == "reader":
        # Seconds: readers soon leave a node that became the writer, and return to one that is repaired.
        options = {"pool_recycle": 300, **options}
    return arguments_of_any(url, role=role, **options) | {"url": with_driver(url, nodes.NAME)}


@contextmanager
def blocking_engine(url: str | URL, role: Literal["writer", "reader"], *, pooler: bool = False) -> Generator[Engine]:
    """Open a blocking engine, for commands, and dispose of it at the end."""
    engine = create_engine(**engine_arguments(url, role, pooler=pooler))
    try:
        yield engine
    finally:
        engine.dispose()
