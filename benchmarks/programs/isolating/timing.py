"""A plugin of pytest that writes down when tests end, as the process sees it that runs or hands out all of them."""

import json
import os
from pathlib import Path
from time import perf_counter

import pytest

ENDED: list[float] = []


def pytest_runtest_logfinish() -> None:
    ENDED.append(perf_counter())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["ENDED"]).write_text(json.dumps(ENDED), encoding="utf-8")
