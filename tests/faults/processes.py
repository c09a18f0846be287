"""Kill and freeze servers with all their processes, as a machine that loses power or hangs does."""

import os
import signal
from collections.abc import Iterable
from pathlib import Path


def tree(pid: int) -> list[int]:
    """Return a process and all processes that it started, parents first; none if it is gone."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(process for child in children for process in tree(int(child)))]


def send(processes: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each of these processes that is still there."""
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


def kill(pid: int) -> None:
    """Kill -9 a process and all that it started, so that none of them can tidy up."""
    send(tree(pid), signal.SIGKILL)


def title(pid: int) -> str:
    """Return what a process says of itself, which `ps` shows; an empty text if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def with_words(words: str) -> list[int]:
    """Return the processes whose command has these words."""
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and words in title(int(entry.name))
    ]
