"""A clock for the benchmarks."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

ROUNDS = 7


def compare(title: str, ways: dict[str, Callable[[], object]]) -> None:
    """Run each way in turns, and print its time as a multiple of the first's, and what it returns."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    notes: dict[str, object] = {}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            start = perf_counter()
            notes[way] = run()
            seconds[way].append(perf_counter() - start)
    first = next(iter(seconds.values()))
    print(title)
    for way, own in seconds.items():
        ratios = sorted(a / b for a, b in zip(own, first, strict=True))
        print(f"  {way:<28} x {median(ratios):5.2f}   ({ratios[0]:5.2f} to {ratios[-1]:5.2f})   {notes[way]}")
