"""Mutation testing: what is left out, and that each survivor is known. `tests/mutants.py` tests the mutants."""

import re
from pathlib import Path

import pytest

from . import inside
from .answers import ROOT, TEMPLATE, sources, untagged
from .conftest import Bake, NewDatabase
from .mutants import OWN_TESTS, PAGE, RUNS, annotations, explained, planted
from .projects import printed

PACKAGE = "src/{{cookiecutter.package_name}}/"


def test_annotations_are_left_out_and_nothing_else() -> None:
    source = "def f(a: int | None = 1 | 2) -> str | None:\n    b: int | None = a | 3\n"
    places = [
        (row, match.start()) for row, line in enumerate(source.splitlines(), 1) for match in re.finditer(r"\|", line)
    ]

    found = [place for place in places if any(begin <= place < end for begin, end in annotations(source))]

    assert [places.index(place) for place in found] == [0, 2, 3]


def test_each_survivor_is_of_a_line_that_is_there_and_says_why_it_survives() -> None:
    texts: dict[str, str] = {}
    for source in sources():
        final = untagged(source)[0].removeprefix(PACKAGE)
        texts[final] = texts.get(final, "") + Path(TEMPLATE, source).read_text("utf-8")

    for (file, line, mutated), row in explained().items():
        assert line in texts[file], f"{file} has no longer {line!r}: remove it from tests/data/mutants.toml"
        assert line != mutated
        assert len({"caught_by", "same", "open"} & row.keys()) == 1, line
        if test := row.get("caught_by"):
            path, _, name = test.partition("::")
            assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text("utf-8"), test


def test_the_page_has_a_row_for_each_project_and_most_mutants_are_killed() -> None:
    rows = re.findall(r"^\| ([\w-]+) \|.*\| (\d+\.\d)% \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert [name for name, _ in rows] == list(RUNS)
    assert [name for name, share in rows if float(share) < 90] == []


@pytest.mark.parametrize("name", RUNS)
def test_without_a_mutant_all_tests_of_a_run_pass(
    name: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(**RUNS[name]), tmp_path)
    database = RUNS[name]["database"]
    environment = {} if database == "sqlite" else {"TEST_DATABASE_URL": new_database(database)}
    tests = [*(f"tests/{own}" for own in OWN_TESTS), *(inside.plant(project, own) for own in planted(name))]

    output = printed(inside.own_tests(project, *tests, **environment))

    assert "skipped" not in output
