"""Run ways to do one thing in turns, and print what came of it: a line of JSON for each comparison."""

import gc
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

# How much is measured: "trial", to see that it works; "short", within five minutes; "full", within an hour.
SIZE = sys.argv[-1]

# The results of a way: counts, such as {"statements": 3}; "seconds" replaces the time that its call took.
Measures = Mapping[str, float]
Way = Callable[[], Measures | None]


def pick(trial: T, short: T, full: T) -> T:
    """Return the one that belongs to the size of this run."""
    return {"trial": trial, "short": short, "full": full}[SIZE]


def compare(
    title: str,
    ways: Mapping[str, Way],
    *,
    group: str = "",
    x: float | None = None,
    per: int = 1,
    clock: str = "wall",
    rounds: int | None = None,
    warm: bool = True,
    bounds: Mapping[str, Sequence[float | None]] | None = None,
) -> None:
    """Run each way once a round, in turns, after a round that does not count, if they are to be `warm`.

    Times are multiples of those of the first way, in the same round. Comparisons of one `group` with the
    same ways make one table, and a line for each way in a chart if they have an `x`. `per` is how many
    things a way does in one call: its time is divided by it. `bounds` gives for a way the least and the
    greatest multiple that we want, either of them None.
    """
    rounds = rounds or pick(1, 5, 9)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    measures: dict[str, dict[str, list[float]]] = {name: {} for name in ways}
    ignored = int(warm and SIZE != "trial")
    for number in range(rounds + ignored):
        # each second round backwards, so that no way always runs after the same other one
        for name in list(ways)[:: -1 if number % 2 else 1]:
            if SIZE != "trial":  # where it would take half of the time
                gc.collect()  # so that nobody pays for what others left behind
            start = perf_counter()
            found = dict(ways[name]() or {})
            took = found.pop("seconds", perf_counter() - start) / per
            if number >= ignored:
                seconds[name].append(took)
                for measure, value in found.items():
                    measures[name].setdefault(measure, []).append(value)
    record = {
        "group": group,
        "title": title,
        "x": x,
        "clock": clock,
        "ways": {name: {"seconds": seconds[name], "measures": measures[name]} for name in ways},
        "bounds": bounds or {},
    }
    print(json.dumps(record), flush=True)
    first = seconds[next(iter(ways))]
    multiples = (
        f"{name} {median(a / b for a, b in zip(own, first, strict=True)):.2f}" for name, own in seconds.items()
    )
    print(f"  {', '.join(filter(None, (group, title)))}: {', '.join(multiples)}", file=sys.stderr, flush=True)
