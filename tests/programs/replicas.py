"""Let 4 processes run `upgrade head` at the same moment, and print the code that each returns, as JSON."""
# mypy: disable-error-code="import-not-found"

import json
import multiprocessing

from my_project import models, settings
from my_project.migrations import autogenerate, commands, locking

REPLICAS = 4
# so that the processes have nothing left to import, and really meet
IMPORTED = (models, settings, autogenerate, locking)

forking = multiprocessing.get_context("fork")
start = forking.Barrier(REPLICAS)


def replica() -> None:
    start.wait(timeout=60)
    commands.main(["upgrade", "head"])


if __name__ == "__main__":
    processes = [forking.Process(target=replica) for _ in range(REPLICAS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(json.dumps([process.exitcode for process in processes]))
