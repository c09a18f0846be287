"""One command raises every version that is named here, and a workflow proposes it once a week."""

import json
import re
import shutil
import stat
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from maintenance import raise_versions

from .answers import ROOT, TEMPLATE
from .projects import NOT_COPIED, UV, commands_of_job, contents, printed, run
from .test_readme import blocks

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "raise-versions.yml").read_text("utf-8"))
# An action that is used here, as it was long ago.
OLD_PIN = "actions/checkout@8e5e7e5ab8b370d6c329ec480221332ada57f0ab # v3.5.2"


def steps(job: str) -> list[str]:
    """Return the commands of a job of the workflow."""
    return commands_of_job(WORKFLOW["jobs"][job])


def replace(file: Path, *changes: tuple[str, str]) -> None:
    """Replace strings in a file."""
    text = file.read_text("utf-8")
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text)
        assert count, f"{file.name} has no {pattern}"
    file.write_text(text, "utf-8")


def texts(value: object) -> Iterator[str]:
    """Return every text in a value of TOML or JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def bounds(root: Path) -> dict[tuple[str, str], str]:
    """Return the bounds of each requirement, by its file and name."""
    return {
        (file, match["name"]): match["bounds"]
        for file in raise_versions.NAMED_IN
        for match in raise_versions.REQUIREMENT.finditer((root / file).read_text("utf-8"))
    }


def lower_bound(text: str) -> Version:
    """Return the oldest version that bounds allow."""
    return Version(text.partition(",")[0].removeprefix(">="))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository of some years ago."""
    root = tmp_path_factory.mktemp("old") / "root"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    replace(
        root / "pyproject.toml",
        (r'"mypy>=[\d.]+', '"mypy>=1.0'),
        (r"asyncio\]>=[\d.]+,<[\d.]+", "asyncio]>=2.0.1,<2.1"),
    )
    replace(root / "cookiecutter.json", (r"psycopg\[binary\]>=[\d.]+,<\d+", "psycopg[binary]>=2.9,<3"))
    project = root / TEMPLATE.name
    replace(
        project / "pyproject.toml",
        (r"\}\}>=[\d.]+,<[\d.]+", "}}>=2.0.1,<2.1"),
        (r"uv_build>=[\d.]+,<\d+", "uv_build>=0.8,<0.9"),
        (r"alembic>=[\d.]+,<\d+", "alembic>=1.13.0,<2"),
    )
    replace(project / ".github@github" / "workflows" / "ci.yml", (r"actions/checkout@.+", OLD_PIN))
    return root


@pytest.fixture(scope="module")
def today(old: Path) -> Path:
    """The same copy after the command of the workflow, with releases of any age."""
    root = old.with_name("today")
    shutil.copytree(old, root)
    [command, _] = steps("raise")
    words = command.removeprefix("uv run --locked python ").split()

    # a lower bound of this week would make it fail, as it should, but not the tests
    printed(run(root, sys.executable, *words, "--age", "0 days", UV=UV))

    return root


def test_upper_bounds_and_the_lower_bounds_of_tools_rise_and_stay_as_exact(old: Path, today: Path) -> None:
    before, after, here = bounds(old), bounds(today), bounds(ROOT)
    project = f"{TEMPLATE.name}/pyproject.toml"

    assert before.keys() == after.keys()
    own = {name for name in after if lower_bound(after[name]) < lower_bound(here[name])}
    assert own == {("cookiecutter.json", "psycopg"), *((project, name) for name in ("alembic", "sqlalchemy"))}
    assert [name for name in own if lower_bound(after[name]) != lower_bound(before[name])] == []
    assert [name for name in after if after[name].count(".") != before[name].count(".")] == []
    assert Version(after[project, "sqlalchemy"].partition("<")[2]) >= Version("2.2")
    assert Version(after["cookiecutter.json", "psycopg"].partition("<")[2]) >= Version("4")


def test_the_lock_fits_and_has_the_newest_versions(today: Path) -> None:
    printed(run(today, UV, "lock", "--check"))

    locked = {table["name"]: table for table in tomllib.loads((today / "uv.lock").read_text("utf-8"))["package"]}
    assert "exclude-newer" not in (today / "uv.lock").read_text("utf-8")
    for name in ("alembic", "mypy", "psycopg", "sqlalchemy"):
        allowed = next(text for (_, named), text in bounds(today).items() if named == name)
        assert Version(locked[name]["version"]).release[:2] == lower_bound(allowed).release[:2]


def test_the_workflow_of_projects_gets_the_actions_of_the_template(today: Path) -> None:
    workflow = (today / TEMPLATE.name / ".github@github" / "workflows" / "ci.yml").read_text("utf-8")

    assert OLD_PIN not in workflow
    assert f"actions/checkout@{raise_versions.actions(ROOT)['actions/checkout']}\n" in workflow


def test_nothing_but_versions_changes(old: Path, today: Path) -> None:
    before, after = contents(old), contents(today)

    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    workflow = f"{TEMPLATE.name}/.github@github/workflows/ci.yml"
    assert {path for path in changed if "__pycache__" not in path} == {*raise_versions.NAMED_IN, workflow, "uv.lock"}


@pytest.mark.parametrize(
    ("version", "before", "after"),
    [
        ("2.3.4", ">=1.2,<2", ">=2.3,<3"),
        ("2.2.0", ">=2.1.9,<2.2", ">=2.2.0,<2.3"),
        ("2.1.12", ">=2.1.9,<2.2", ">=2.1.12,<2.2"),
        ("0.23.1", ">=0.22.1,<0.23", ">=0.23.1,<0.24"),
        ("10.0", ">=9", ">=10"),
        ("3", ">=2.9.1", ">=3.0.0"),
        ("2026.10.1.post1", ">=2026.8.14", ">=2026.10.1"),
        ("1.0", ">=1.2,<3", ">=1.2,<3"),
    ],
)
def test_bounds_follow_a_version_and_are_never_lowered(version: str, before: str, after: str) -> None:
    assert raise_versions.bounds_for(Version(version), before) == after


def test_every_requirement_with_bounds_is_known_to_the_command() -> None:
    toml = [tomllib.loads((root / "pyproject.toml").read_text("utf-8")) for root in (ROOT, TEMPLATE)]
    facts = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))["_databases"]

    bounded = [found for text in texts([*toml, facts]) if (found := re.match(r"([\w.-]+)[^;]*[<>=]=", text))]

    assert {found[1] for found in bounded} == {name for _, name in bounds(ROOT)}


def test_no_hook_of_pre_commit_has_a_version() -> None:
    """Which the command would have to raise."""
    hooks = yaml.safe_load((TEMPLATE / ".pre-commit-config.yaml").read_text("utf-8"))

    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]


def test_the_command_runs_what_contributing_says() -> None:
    first = blocks((ROOT / "CONTRIBUTING.md").read_text("utf-8"))[0]

    assert first == ("sh", "".join(f"{check}\n" for check in raise_versions.CHECKS))


def test_a_check_that_fails_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[str] = []
    monkeypatch.setattr(raise_versions, "raise_versions", lambda _root, age: raised.append(age))
    monkeypatch.setattr(raise_versions, "CHECKS", ["uv --version", "uv --no-such-option", "uv --version"])
    monkeypatch.setattr(raise_versions, "UV", UV)

    assert raise_versions.main(["--no-checks"]) == 0
    assert raise_versions.main(["--age", "1 day"]) == 2
    assert raised == ["7 days", "1 day"]


# The workflow


GH = """#!/bin/sh
echo "gh $*" >> "$TOLD"
[ "$1 $2" != "pr list" ] || printf '%s' "$OPEN"
"""


@pytest.fixture
def forge(tmp_path: Path) -> Path:
    """A folder with a bare repository, a clone of it, and a `gh` that writes down what it is told."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH, "utf-8")
    (tmp_path / "bin" / "gh").chmod(stat.S_IRWXU)
    seed, clone = tmp_path / "seed", tmp_path / "clone"
    (seed / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "propose", seed / ".ci")
    (seed / "uv.lock").write_text("old\n", "utf-8")
    script = """
        git -C seed init --quiet --initial-branch main && git -C seed add --all
        git -C seed -c user.name=A -c user.email=a@example.com commit --quiet --message Begin
        git clone --quiet --bare seed origin.git && git clone --quiet origin.git clone
    """
    printed(run(tmp_path, "bash", "-euc", script))
    assert clone.is_dir()
    return tmp_path


def propose(forge: Path, *, already_open: str = "") -> str:
    """Run what the workflow runs with a patch; return what gh was told."""
    [command] = steps("propose")
    told = forge / "told"
    told.unlink(missing_ok=True)
    path = f"{forge / 'bin'}:/usr/bin:/bin"
    printed(run(forge / "clone", *command.split(), PATH=path, TOLD=str(told), OPEN=already_open, HOME=str(forge)))
    return told.read_text("utf-8") if told.exists() else ""


def patch(forge: Path) -> None:
    """Make the patch as the job before does."""
    printed(run(forge / "clone", "bash", "-c", "echo new > uv.lock && git diff > .git/versions.patch && git restore ."))


def test_a_patch_becomes_a_pull_request_whose_checks_run(forge: Path) -> None:
    patch(forge)

    told = propose(forge).splitlines()

    assert [line.split(" --")[0] for line in told] == [
        "gh auth setup-git",
        "gh pr list",
        "gh pr create",
        "gh workflow run ci.yml",
    ]
    pushed = printed(run(forge / "origin.git", "git", "show", "--stat", "raise-versions"))
    assert "uv.lock | 2 +-" in pushed
    assert "github-actions[bot]" in pushed


def test_a_pull_request_that_is_open_gets_the_newer_versions(forge: Path) -> None:
    patch(forge)
    propose(forge)
    printed(run(forge / "clone", "git", "switch", "--quiet", "main"))
    patch(forge)

    told = propose(forge, already_open="7\n")

    assert "gh pr create" not in told
    assert "gh workflow run ci.yml --ref raise-versions" in told
    assert printed(run(forge / "origin.git", "git", "rev-list", "--count", "main..raise-versions")) == "1\n"


def test_without_a_patch_nothing_is_proposed(forge: Path) -> None:
    (forge / "clone" / ".git" / "versions.patch").touch()

    assert propose(forge) == ""
    assert printed(run(forge / "origin.git", "git", "branch", "--list", "raise-versions")) == ""


def test_the_patch_has_every_file_that_the_command_writes() -> None:
    [_, difference] = steps("raise")

    paths = difference.partition(" -- ")[2].partition(" > ")[0].replace("'", "").split()

    assert [file for file in raise_versions.NAMED_IN if file.split("/")[0] not in paths] == []
    assert "uv.lock" in paths
    # no token of a workflow may change a workflow, https://docs.github.com/actions/concepts/security/github_token
    assert ".github" not in paths


def test_the_job_that_may_write_runs_no_code_of_others() -> None:
    raises, proposes = WORKFLOW["jobs"]["raise"], WORKFLOW["jobs"]["propose"]

    assert WORKFLOW["permissions"] == {}
    assert raises["permissions"] == {"contents": "read"}
    assert [command.split()[0] for command in steps("propose")] == [".ci/propose"]
    assert proposes["needs"] == "raise"
    assert "workflow_dispatch" in yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))[True]
