"""How much memory of Python a piece of work needs at most."""

import gc
import tracemalloc
from collections.abc import Callable


def peak(work: Callable[[], object]) -> float:
    """Return the most megabytes that were allocated at once; the work takes several times as long meanwhile."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
