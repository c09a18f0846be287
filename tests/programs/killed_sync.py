"""Kill a writing process again and again: `killed_sync.py URL KILLS WAY`; see killing.py."""
# mypy: disable-error-code="import-not-found"

import sys
from collections.abc import Callable

from killing import UNITS, Entry, Summary, kill
from my_project.db.session import make_engine, make_sessions, transaction


def write(url: str, first: int, acknowledge: Callable[[int], None], early: bool) -> None:
    """Write until the end; each unit of work changes two tables."""
    sessions = make_sessions(make_engine(url))
    for operation in range(first, first + UNITS):
        with transaction(sessions) as session:
            session.get_one(Summary, 1).count()
            session.flush()
            session.add(Entry(operation=operation))
            if early:
                acknowledge(operation)
        if not early:
            acknowledge(operation)


if __name__ == "__main__":
    kill(write, *sys.argv[1:])
