"""A plugin of pytest that writes down when tests end, in the process that runs them or hands them out."""

import json
from pathlib import Path
from time import perf_counter

import pytest

ENDED: list[float] = []


def pytest_runtest_logfinish(nodeid: str) -> None:
    if "test_units" in nodeid:
        ENDED.append(perf_counter())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        Path("ended.json").write_text(json.dumps(ENDED), encoding="utf-8")
