"""Tests of releases: tag, version and changelog agree, and the example is the project of the defaults."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from maintenance import example, release_notes

from .answers import ROOT
from .conftest import Bake
from .projects import NOT_COPIED, UV, commands_of_job, printed, run
from .workshop import tree

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
VERSION = release_notes.version(ROOT)
CHANGELOG = """# Changelog

## [Unreleased]

- What comes next.

## [1.2.0] - 2027-01-31

### Added

- A thing.

## [1.1.0] - 2026-12-01

## [1.0.0] - 2026-11-30

- The first.
"""


def steps(job: str) -> list[str]:
    """Return the commands of a job of the workflow."""
    return commands_of_job(WORKFLOW["jobs"][job])


# The notes


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A checkout with CHANGELOG, of version 1.2.0."""
    shutil.copytree(ROOT / "maintenance", tmp_path / "maintenance", ignore=NOT_COPIED)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n', "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    return tmp_path


def test_the_notes_are_the_section_of_the_changelog(released: Path) -> None:
    [command] = steps("notes")

    said = printed(run(released, "bash", "-c", command.replace("python3", sys.executable), GITHUB_REF_NAME="v1.2.0"))

    assert said == "### Added\n\n- A thing.\n"
    assert steps("release")[0] == f"{command} > notes.md"


def test_the_first_release_has_notes_too(released: Path) -> None:
    (released / "pyproject.toml").write_text('[project]\nversion = "1.0.0"\n', "utf-8")

    assert release_notes.notes(released, "v1.0.0") == "- The first.\n"


@pytest.mark.parametrize(
    ("version", "tag", "problem"),
    [
        ("1.2.0", "v1.2.1", "the tag is v1.2.1, and pyproject.toml says 1.2.0"),
        ("1.2.0", "1.2.0", "the tag is 1.2.0, and pyproject.toml says 1.2.0"),
        ("1.1.0", "v1.1.0", "CHANGELOG.md says nothing under '## [1.1.0] - ' and a date"),
        ("1.3.0", "v1.3.0", "CHANGELOG.md says nothing under '## [1.3.0] - ' and a date"),
    ],
)
def test_a_release_that_contradicts_itself_stops(version: str, tag: str, problem: str, released: Path) -> None:
    (released / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n', "utf-8")

    said = printed(run(released, sys.executable, "-m", "maintenance.release_notes", tag), returns=1)

    assert said == f"ERROR: {problem}\n"


# The example


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bare repository of the example, begun by hand, and a checkout of it as in the workflow."""
    folder = tmp_path_factory.mktemp("example")
    script = """
        git init --quiet --bare --initial-branch main remote.git
        git clone --quiet remote.git begun 2> /dev/null
        cd begun && mkdir old && touch old/file README.md && git add --all
        git -c user.name=A -c user.email=a@example.com commit --quiet --message Begin
        git push --quiet origin HEAD:main
        cd .. && git clone --quiet remote.git example
    """
    printed(run(folder, "bash", "-euc", script))
    return folder


def publish(places: Path) -> str:
    """Run the commands of the workflow; return what they print."""
    make, push = steps("example")
    words = make.removeprefix("uv run --locked python ").replace(" example", f" {places / 'example'}", 1).split()
    assert words == ["-m", "maintenance.example", str(places / "example")]
    said = run(ROOT, sys.executable, *words, UV=UV)
    printed(said)
    printed(run(places, *push.split()))
    return said.stdout


def log(places: Path) -> list[str]:
    """Return the subjects of what was pushed, newest first."""
    return printed(run(places / "remote.git", "git", "log", "--format=%s", "main")).splitlines()


def test_the_example_is_what_the_defaults_make_and_changes_with_the_template_alone(places: Path, bake: Bake) -> None:
    first = publish(places)
    again = publish(places)
    printed(run(places, "git", "clone", "--quiet", "remote.git", "seen"))

    seen = tree(places / "seen")
    assert seen.pop("uv.lock").startswith(b"version = ")
    assert seen == tree(bake())
    assert log(places) == [f"Generate with cookiecutter-sqlalchemy {VERSION}", "Begin"]
    assert first == f"Generate with cookiecutter-sqlalchemy {VERSION}\n"
    assert again == "Nothing differs from the last release\n"
    printed(run(places / "seen", UV, "lock", "--check"))


def test_the_next_release_is_one_commit_whose_diff_is_what_changed(places: Path, tmp_path: Path) -> None:
    checkout, project = tmp_path / "checkout", tmp_path / "project"
    printed(run(tmp_path, "git", "clone", "--quiet", places / "remote.git", checkout))
    shutil.copytree(checkout, project, ignore=NOT_COPIED)
    (project / "new.txt").write_text("new\n", "utf-8")
    (project / "CHANGELOG.md").unlink()

    assert example.commit(project, checkout, "Next")

    changes = printed(run(checkout, "git", "show", "--format=%s", "--name-status"))
    assert changes == "Next\n\nD\tCHANGELOG.md\nA\tnew.txt\n"


def test_a_folder_inside_of_another_repository_is_refused(places: Path) -> None:
    inside = places / "begun" / "old"

    with pytest.raises(ValueError, match="is not the folder of a repository"):
        example.main(inside)

    assert (inside / "file").exists()


# The workflow


def test_nothing_is_released_before_the_gate_has_passed() -> None:
    jobs = WORKFLOW["jobs"]

    assert jobs["gate"]["uses"] == "$/.github/workflows/ci.yml"
    assert [jobs[name]["needs"] for name in ("gate", "example", "release")] == ["notes", "gate", "gate"]
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}


def test_no_job_can_write_to_what_another_one_writes() -> None:
    jobs = WORKFLOW["jobs"]

    assert WORKFLOW["permissions"] == {}
    rights = {name: job["permissions"]["contents"] for name, job in jobs.items()}
    assert rights == {"notes": "read", "gate": "read", "example": "read", "release": "write"}
    assert [name for name, job in jobs.items() if "secrets." in str(job)] == ["example"]
    assert jobs["example"]["environment"] == "example"
