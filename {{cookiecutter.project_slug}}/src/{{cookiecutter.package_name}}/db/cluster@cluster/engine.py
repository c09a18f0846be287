"""The engine of commands, which are blocking code in every project."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import URL, Engine, create_engine

from . import dialect, nodes
from .engine import with_driver


@contextmanager
def blocking_engine(url: str | URL, role: Literal["writer", "reader"], *, pooler: bool = False) -> Generator[Engine]:
    """Find the nodes as the application does, and dispose of the engine at the end."""
    url = with_driver(url, dialect.BLOCKING_DRIVER)
    engine = create_engine(url, **nodes.engine_options(url, role, pooler=pooler))
    nodes.configure(engine, role)
    try:
        yield engine
    finally:
        engine.dispose()
