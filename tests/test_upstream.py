"""SQLAlchemy's own tests pass on the engines of projects, but for those whose reason is listed.

The short form: the files that differed most when engines were patched. `python -m tests.upstream` is the full one.
"""

from pathlib import Path

import pytest

from . import upstream
from .conftest import Bake, Server, skipped_without_servers
from .upstream import Outcome


@pytest.mark.parametrize("name", upstream.RUNS)
def test_only_the_listed_tests_of_sqlalchemy_fail(bake: Bake, server: Server, tmp_path: Path, name: str) -> None:
    run = upstream.RUNS[name]
    with skipped_without_servers():
        upstream.source()
    url = upstream.SQLITE if run.database == "sqlite" else upstream.prepared(run.database, server(run.database))

    found = upstream.outcomes(tmp_path, url, run.io, bake(database=run.database, io=run.io), run.short)

    lines = upstream.contradictions(found, upstream.listed(name), whole=False)
    assert not lines, "\n".join(lines)
    passed = [outcome for outcome in found.values() if outcome.result == "passed"]
    assert len(passed) > 200, upstream.summary(found)


def test_a_new_failure_and_a_listed_test_that_passes_contradict_the_list() -> None:
    found = {
        "a.py::A::test_new": Outcome("failed", "OperationalError: database is locked"),
        "a.py::A::test_known[1]": Outcome("failed", "…"),
        "a.py::A::test_mended[1]": Outcome("passed", ""),
        "a.py::A::test_skipped": Outcome("skipped", ""),
    }
    expected = dict.fromkeys(["a.py::A::test_known[*", "a.py::A::test_mended[1]", "a.py::A::test_skipped"], "a reason")

    lines = upstream.contradictions(found, expected, whole=False)

    assert lines == [
        "passes, and is listed: a.py::A::test_mended[1]",
        "fails, and is not listed: a.py::A::test_new: OperationalError: database is locked",
    ]
    assert upstream.contradictions(found, expected, whole=True) == [
        *lines,
        "is listed, and did not run: a.py::A::test_skipped",
    ]
