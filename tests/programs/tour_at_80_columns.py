"""A file for the tests of a project with a tour: it fits into 80 columns, and has lessons that can be taken alone."""
# mypy: disable-error-code="import-not-found"

import pytest
from tour.__main__ import LESSONS, main
from tour.console import steps


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_every_lesson_is_true_and_80_columns_wide(capsys: pytest.CaptureFixture[str]) -> None:
    main([])

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    code = {line.rstrip() for lesson in LESSONS.values() for step in steps(lesson) for line in step.splitlines()}
    assert code <= {line[6:].rstrip() for line in lines}  # not wrapped


def test_one_lesson_can_be_taken_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["optimistic-locking"])

    output = capsys.readouterr().out
    assert "Optimistic locking" in output
    assert "Savepoints" not in output


def test_help_lists_the_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])

    output = "".join(capsys.readouterr().out.split())  # argparse breaks lines at hyphens
    assert [name for name in LESSONS if name not in output] == []
