"""Where the tests' databases come from: files in a temporary folder, so that they cannot meet real data."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL


@contextmanager
def running_server(folder: Path) -> Generator[URL]:
    """Yield the URL next to which `empty_database` makes databases."""
    yield URL.create("sqlite", database=str(folder / "test.db"))


@contextmanager
def empty_database(server: URL, name: str) -> Generator[URL]:
    """Make an empty database, yield its URL, and remove it."""
    file = Path(server.database or "").with_name(f"{name}.db")
    yield server.set(database=str(file))
    for leftover in file.parent.glob(f"{file.name}*"):  # with its -wal and -shm
        leftover.unlink()
