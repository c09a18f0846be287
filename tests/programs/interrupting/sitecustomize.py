"""Interrupt a run of cookiecutter just before it changes a file or a folder for the n-th time.

Python imports this in cookiecutter and in both hooks, where PYTHONPATH has this folder. INTERRUPT holds the name of a
signal, who gets it (the whole `group`, as from a terminal; `cookiecutter` alone; the `hook` alone), and n. Changes are
counted in the file CHANGES, which all processes share; for `hook` only those of the hooks.
"""

import os
import signal
import sys
from typing import Any

NAME, RECEIVER, MOMENT = os.environ["INTERRUPT"].split()
COOKIECUTTER = int(os.environ.setdefault("COOKIECUTTER", str(os.getpid())))  # the hooks inherit it
COUNT = os.open(os.environ["CHANGES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def is_change(event: str, arguments: tuple[Any, ...]) -> bool:
    """Say whether Python is about to change a file or a folder."""
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    return bool(writes) or event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir")


def interrupt(event: str, arguments: tuple[Any, ...]) -> None:
    """Count a change, and send the signal when it is time."""
    if not is_change(event, arguments) or (RECEIVER == "hook" and os.getpid() == COOKIECUTTER):
        return
    os.write(COUNT, b".")
    if os.fstat(COUNT).st_size == int(MOMENT):
        receivers = {"group": 0, "cookiecutter": COOKIECUTTER, "hook": os.getpid()}
        os.kill(receivers[RECEIVER], getattr(signal, NAME))  # 0 is the group


sys.addaudithook(interrupt)
