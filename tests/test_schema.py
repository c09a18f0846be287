"""docs/schema.md of every project is what its own hook draws, and falls behind only until somebody looks."""

import shlex
import sys
from pathlib import Path

import pytest
import yaml

from . import inside
from .answers import combinations
from .conftest import Bake
from .planting import CITY
from .projects import printed, run, short_name

SCHEMA = "docs/schema.md"


def hook(project: Path) -> str:
    """Run the pre-commit hook of the schema, in the environment of these tests; return what the file then says."""
    (hooks,) = [
        repo["hooks"] for repo in yaml.safe_load((project / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    ]
    (entry,) = [hook["entry"] for hook in hooks if hook["id"] == "schema"]
    uv, running, tool, *arguments = shlex.split(entry)
    assert (uv, running) == ("uv", "run")
    command = [Path(sys.executable).with_name(tool), *arguments]
    printed(run(project, *command, PYTHONPATH="src", PYTHONDONTWRITEBYTECODE="1"))
    return (project / SCHEMA).read_text("utf-8")


@pytest.mark.parametrize("answers", combinations(("database", "topology", "primary_key", "example")), ids=short_name)
def test_the_file_that_a_project_comes_with_is_what_its_hook_draws(
    answers: dict[str, str], bake: Bake, tmp_path: Path
) -> None:
    project = inside.copy(bake(**answers), tmp_path)
    generated = (project / SCHEMA).read_text("utf-8")

    assert hook(project) == generated


def test_a_model_that_changes_fails_the_test_of_the_project_until_the_hook_has_run(bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(), tmp_path)
    CITY.plant(project)

    stale = printed(inside.own_tests(project, "tests/test_schema.py"), returns=1)
    drawn = hook(project)
    printed(inside.own_tests(project, "tests/test_schema.py"))

    assert "run `uv run paracelsus inject docs/schema.md`" in stale
    assert "+    VARCHAR(50) city" in stale
    assert "    VARCHAR(50) city\n" in drawn
