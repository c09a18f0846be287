"""The inner loop: `tests/near.py` runs the tests that a changed file can break."""

import re

from .answers import ROOT
from .near import HERE, here


def test_each_row_names_tests_that_exist() -> None:
    for _, test in HERE:
        if "{}" in test:
            continue
        file, _, words = test.partition(" -k ")
        names = re.findall(r"def (test_\w+)", (ROOT / file).read_text("utf-8"))
        assert [name for name in names if words in name], test


def test_a_change_of_a_hook_runs_its_tests_and_not_those_of_the_guide() -> None:
    found = here(["hooks/pre_gen_project.py"])

    assert "tests/test_hooks.py" in found
    assert "tests/test_refusals.py" in found
    assert not [test for test in found if "guide" in test]
