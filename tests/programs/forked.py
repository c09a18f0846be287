"""Fork after the engine's first use: `forked.py URL` prints how many of 300 results of each process were wrong."""
# mypy: disable-error-code="import-not-found"

import multiprocessing
import signal
import sys

from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy import literal, select

forking = multiprocessing.get_context("fork")
results = forking.SimpleQueue()
engine = make_engine(sys.argv[1])
sessions = make_sessions(engine)


def ask(first: int) -> None:
    """Ask for numbers, none of which another process asks for."""
    signal.alarm(20)  # two processes on one connection may wait for ever
    wrong = 0
    for number in range(first, first + 300):
        with transaction(sessions) as session:
            wrong += session.scalar(select(literal(number))) != number
    results.put(wrong)


with transaction(sessions) as session:
    session.scalar(select(1))  # its connection stays in the pool
processes = [forking.Process(target=ask, args=(1000 * number,)) for number in (1, 2, 3)]
for process in processes:
    process.start()
ask(0)
for process in processes:
    process.join()
print([results.get() for _ in range(4)], [process.exitcode for process in processes])
engine.dispose()
