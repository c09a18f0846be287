"""Who sends a statement, where that is hard to know: under asyncio, where SQLAlchemy has a stack of its own."""

import re

from . import inside
from .conftest import Bake, NewDatabase

SOURCE = (inside.PROGRAMS / "callers.py").read_text("utf-8").splitlines()


def line(words: str) -> int:
    """Return the number of the line of the program that has these words."""
    return next(number for number, text in enumerate(SOURCE, 1) if words in text)


def test_a_statement_has_the_line_that_awaits_it_or_the_last_one_before_its_task(
    bake: Bake, new_database: NewDatabase
) -> None:
    output = inside.program(bake(io="async"), "callers", new_database("sqlite"))

    said = re.sub(r"\d+\.\d ms(, \d+ rows?)?|/.*/(?=callers.py)", "", output).splitlines()
    awaited, blocking, streamed, last = (
        line(f"SELECT '{word}'") for word in ("awaited", "blocking", "streamed", "last")
    )
    assert [words for words in said if "BEGIN" not in words] == [
        "first: , caller unknown",
        f"awaited: , callers.py:{awaited}",
        f"gathered: , after callers.py:{awaited}",
        f"blocking: , callers.py:{blocking}",
        f"awaited: , callers.py:{awaited}",
        f"awaited: , callers.py:{awaited}",
        f"streamed: , callers.py:{streamed}",
        f"ROLLBACK: , after callers.py:{streamed}",
        f"last: , callers.py:{last}",
        f"COMMIT: , after callers.py:{last}",
        f"cancelled: FAILED with CancelledError after , callers.py:{line('text(SLOW)')}",
    ]
