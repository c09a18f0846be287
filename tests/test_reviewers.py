"""Tests by external linters, of the projects and of the template; mypy is in other tests."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from . import inside
from .answers import CHOICES, ROOT, TEMPLATE, combinations
from .conftest import Bake
from .projects import PACKAGE, SLUG, printed, run, short_name, with_web
from .test_platforms import few_projects, repository

DATA = Path(__file__).with_name("data")

# Reviews one project, and returns another code than 0 where it finds something; some take several.
Reviewer = Callable[[Path], subprocess.CompletedProcess[str]]


def review(folder: Path, tool: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment of the tests in a folder."""
    return run(folder, Path(sys.executable).with_name(tool), *arguments)


def actionlint(*roots: Path) -> subprocess.CompletedProcess[str]:
    """Check workflows: their words, the inputs of actions, expressions."""
    files = [file for root in roots for file in sorted((root / ".github" / "workflows").glob("*.yml"))]
    # the same, whether these two helpers are installed or not
    return review(ROOT, "actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *files)


def zizmor(*roots: Path) -> subprocess.CompletedProcess[str]:
    """Check workflows and the settings of Dependabot for what lets others in."""
    options = ["--offline", "--pedantic", "--strict-collection", "--collect=all", "--no-progress", "--quiet"]
    return review(ROOT, "zizmor", *options, "--config", DATA / "zizmor.yml", *(root / ".github" for root in roots))


def schema(name: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Check files against a published schema, of those that check-jsonschema ships."""
    transform = ["--data-transform=gitlab-ci"] if name == "vendor.gitlab-ci" else []
    return review(ROOT, "check-jsonschema", "--builtin-schema", name, *transform, *files)


def workflow(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the workflow of a project against GitHub's schema."""
    return schema("vendor.github-workflows", project / ".github" / "workflows" / "ci.yml")


def compose(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the services of a project against the schema of Compose."""
    return schema("vendor.compose-spec", project / "compose.yml")


def hadolint(*roots: Path) -> subprocess.CompletedProcess[str]:
    """Check each `Dockerfile` for what its reference and shellcheck advise against."""
    return review(ROOT, "hadolint", "--no-color", *(root / "Dockerfile" for root in roots))


def validate_pyproject(*roots: Path) -> subprocess.CompletedProcess[str]:
    """Check each `pyproject.toml`, and in it the tables of the tools that publish a schema."""
    return review(ROOT, "validate-pyproject", *(root / "pyproject.toml" for root in roots))


def deptry(project: Path) -> subprocess.CompletedProcess[str]:
    """Check that what is imported is required, and what is required imported; but drivers are named by the URL.

    And uvicorn is a command, which takes httptools and uvloop where they are, and fastapi-swagger the files of a page.
    """
    named = "DEP002=aiosqlite|asyncmy|pymysql|uvicorn|httptools|uvloop|fastapi-swagger"
    return review(project, "deptry", "--no-ansi", "--per-rule-ignores", named, "src")


def squawk(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the SQL of the migrations in a copy of a project.

    Each revision in a file of its own, as each has its own transaction, and the settings before it.
    """
    url = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    done = inside.python(project, "-m", f"{PACKAGE}.migrations", "upgrade", "head", "--sql", **url)
    printed(done)
    settings, *revisions = re.split(r"^(?=BEGIN;$)", done.stdout, flags=re.MULTILINE)
    files = [project / f"{number}.sql" for number in range(len(revisions))]
    for file, revision in zip(files, revisions, strict=True):
        file.write_text(settings + revision, "utf-8")
    return review(project, "squawk", "--config", DATA / "squawk.toml", *files)


def ruff_all(project: Path) -> subprocess.CompletedProcess[str]:
    """Check a copy of a project with every rule of ruff."""
    settings = shutil.copy(DATA / "ruff-all.toml", project)  # it extends what lies beside it
    return review(project, "ruff", "check", "--no-cache", "--output-format=concise", "--config", settings)


def codespell(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Check the spelling of files, and of their names."""
    return review(ROOT, "codespell", "--check-filenames", "--check-hidden", *paths)


@pytest.fixture
def with_workflows(bake: Bake) -> list[Path]:
    """The template, and a project for every variant of the workflow."""
    return [ROOT, *(bake(ci="github", database=database) for database in CHOICES["database"])]


def test_actionlint_accepts_every_workflow(with_workflows: list[Path]) -> None:
    printed(actionlint(*with_workflows))


def test_zizmor_accepts_every_workflow(with_workflows: list[Path]) -> None:
    printed(zizmor(*with_workflows))


def used_actions(root: Path) -> dict[str, set[str]]:
    """Return the versions of each action that the workflows of a repository use, each with its hash."""
    used = defaultdict(set)
    for file in (root / ".github" / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (?!\$/)(.+)", file.read_text("utf-8")):
            name, _, pin = action.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), f"{action} is not pinned"
            used[name].add(pin)
    return used


def test_projects_run_the_actions_of_the_template_and_no_newer_ones(with_workflows: list[Path]) -> None:
    """Dependabot raises the template's own; the command that raises versions then carries them to the projects."""
    own, *others = map(used_actions, with_workflows)

    assert {name: pins for name, pins in own.items() if len(pins) > 1} == {}
    for used in others:
        assert used.keys() <= own.keys()
        for name, pins in used.items():
            newest, ours = [max(Version(pin.split()[-1]) for pin in them) for them in (own[name], pins)]
            assert ours < newest or pins == own[name], name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/ci.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
        ("vendor.compose-spec", "compose.yml"),
    ],
)
def test_files_keep_to_their_published_schemas(name: str, file: str, bake: Bake) -> None:
    projects = [bake(ci=ci, database=database) for ci in ("github", "gitlab") for database in CHOICES["database"]]

    files = [path for path in (root / file for root in [ROOT, *projects]) if path.exists()]

    assert len(files) > 2
    printed(schema(name, *files))


def test_hadolint_accepts_every_dockerfile(bake: Bake) -> None:
    printed(hadolint(*(bake(**answers) for answers in combinations(("database", "web")))))


def test_validate_pyproject_accepts_every_project(bake: Bake) -> None:
    few = [answers for question in ("example", "web", "license") for answers in combinations((question,))]
    asked = [*combinations(("io", "database", "topology")), *few]

    printed(validate_pyproject(ROOT, *(bake(**answers) for answers in asked)))


@pytest.mark.parametrize(
    "answers", [with_web(answers) for answers in combinations(("io", "database", "topology"))], ids=short_name
)
def test_deptry_finds_that_what_is_imported_is_required(answers: dict[str, str], bake: Bake) -> None:
    printed(deptry(bake(**answers)))


@pytest.mark.parametrize("answers", combinations(("primary_key", "example")), ids=short_name)
def test_squawk_accepts_the_migrations(answers: dict[str, str], bake: Bake, tmp_path: Path) -> None:
    printed(squawk(inside.copy(bake(database="postgresql", topology="cluster", **answers), tmp_path)))


def test_ruff_accepts_every_file_with_all_its_rules(bake: Bake, tmp_path: Path) -> None:
    for answers in few_projects():
        printed(ruff_all(inside.copy(bake(**answers), tmp_path / short_name(answers))))


def test_codespell_knows_every_word() -> None:
    printed(codespell(*(ROOT / path for path in repository()), TEMPLATE))


# A reviewer, a file, what is written there instead of what, and what the reviewer says of it.
PLANTED: list[tuple[Reviewer, str, str, str, str]] = [
    (actionlint, ".github/workflows/ci.yml", "ubuntu-latest", "ubuntu-oldest", 'label "ubuntu-oldest" is unknown'),
    (zizmor, ".github/workflows/ci.yml", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
    (zizmor, ".github/dependabot.yml", "default-days: 7", "default-days: 1", "dependabot-cooldown"),
    (workflow, ".github/workflows/ci.yml", "timeout-minutes: 20", "timeout: 20", "'timeout' was unexpected"),
    (compose, "compose.yml", "image:", "picture:", "'picture' was unexpected"),
    (hadolint, "Dockerfile", 'CMD ["my-project-db", "--help"]', "CMD my-project-db --help", "DL3025"),
    (validate_pyproject, "pyproject.toml", "line-length = 120", 'line-length = "long"', "line-length"),
    (deptry, "pyproject.toml", "tenacity>=", "greenlet>=", "'tenacity' imported but"),
    (ruff_all, "src/my_project/__init__.py", '"""', '# import os\n"""', "ERA001"),
    (squawk, "src/my_project/migrations/env.py", "locking.SETTINGS", "[]", "require-lock-timeout"),
    (codespell, "README.md", "database", "data" + "bsae", "data" + "bsae ==> database"),
]


@pytest.mark.parametrize(("reviewer", "file", "old", "new", "says"), PLANTED)
def test_a_planted_defect_is_seen(
    reviewer: Reviewer, file: str, old: str, new: str, says: str, bake: Bake, tmp_path: Path
) -> None:
    project = inside.copy(bake(database="postgresql"), tmp_path)
    text = (project / file).read_text("utf-8")
    assert old in text
    (project / file).write_text(text.replace(old, new), "utf-8")

    done = reviewer(project)

    assert done.returncode != 0
    assert says in done.stdout + done.stderr


def test_a_pipeline_that_gitlab_would_refuse_is_found(bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(ci="gitlab"), tmp_path)
    text = (project / ".gitlab-ci.yml").read_text("utf-8")
    (project / ".gitlab-ci.yml").write_text(text.replace("parallel:", "parallels:"), "utf-8")

    output = printed(schema("vendor.gitlab-ci", project / ".gitlab-ci.yml"), returns=1)

    assert "parallels" in output


# Files in which strict pyright may find something.
UNKNOWN = {  # types that SQLAlchemy and the standard library leave open, and what isinstance() makes of them
    "src/my_project/db/base.py",
    "src/my_project/db/dialect.py",
    "src/my_project/db/keys.py",
    "src/my_project/migrations/autogenerate.py",
    "src/my_project/web/replies.py",
    "tests/test_migrations.py",
    "tests/db/cluster/test_run_transaction.py",
}
ACCEPTED = {
    "reportPrivateUsage": {"src/my_project/migrations/autogenerate.py"},  # variants of types are not public
    "reportUnknownArgumentType": UNKNOWN,
    "reportUnknownLambdaType": UNKNOWN,
    "reportUnknownMemberType": UNKNOWN,
    "reportUnknownVariableType": UNKNOWN,
}


def test_strict_pyright_finds_nothing_but_what_is_accepted(bake: Bake, tmp_path: Path) -> None:
    roots = [short_name(answers) for answers in few_projects()]
    for root, answers in zip(roots, few_projects(), strict=True):
        inside.copy(bake(**answers), tmp_path / root)
    settings = {
        "typeCheckingMode": "strict",
        "include": [f"{root}/{SLUG}/{folder}" for root in roots for folder in ("src", "tests", "tour")],
        "executionEnvironments": [{"root": f"{root}/{SLUG}", "extraPaths": [f"{root}/{SLUG}/src"]} for root in roots],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")

    done = review(tmp_path, "pyright", "--pythonpath", sys.executable, "--outputjson")

    found = defaultdict(set)
    for diagnostic in json.loads(done.stdout)["generalDiagnostics"]:
        _, _, *parts = Path(diagnostic["file"]).relative_to(tmp_path).parts
        found[diagnostic.get("rule", diagnostic["message"])].add("/".join(parts))
    assert found.keys() == ACCEPTED.keys()
    assert {rule: files - ACCEPTED[rule] for rule, files in found.items() if files - ACCEPTED[rule]} == {}
    assert set().union(*found.values()) == set().union(*ACCEPTED.values())


# Declined rules of Scientific Python's review of repositories, and why. https://learn.scientific-python.org
DECLINED = {
    "PY007": "it does not know just, whose file is there",
    "PC100": "the hooks are tools that uv has locked, so that they agree with CI; none is fetched from elsewhere",
    "PC110": "as PC100: ruff format is there",
    "PC140": "as PC100: mypy is there",
    "PC160": "codespell reads here what projects are generated from; their later words are their own",
    "PC170": "there is no reStructuredText",
    "PC180": "one sentence a line is a rule for people, and all that Markdown is asked to keep",
    "PC190": "as PC100: ruff check is there",
    "PC901": "the hooks have no versions that pre-commit.ci could raise",
    "PC902": "as PC901",
    "PC903": "as PC901",
    "GH100": "with another CI, or none",
    "SEC001": "zizmor is run here, on what is generated",
}
DECLINED_BY_THE_TEMPLATE = {
    "PY006": "its checks are four commands, in CONTRIBUTING.md",
    "PY007": "as PY006",
    "PP002": "it is not a package",
    "PP003": "it is not a package",
    "SEC001": DECLINED["SEC001"],
}


@pytest.fixture(scope="module")
def not_followed(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The checks that fail, by the option of `ci`, and by the name of this folder for the template's own."""
    folder = tmp_path_factory.mktemp("reviewed")
    projects = [shutil.copytree(bake(ci=ci, database="postgresql"), folder / ci) for ci in CHOICES["ci"]]
    # VPP001 is validate-pyproject, once more
    done = review(ROOT, "sp-repo-review", "--ignore=VPP001", "--format=json", ROOT, *projects)
    return {
        name: {check for check, result in found["checks"].items() if result["result"] is False}
        for name, found in json.loads(done.stdout).items()
    }


def test_scientific_pythons_review_asks_nothing_more_of_projects(not_followed: dict[str, set[str]]) -> None:
    assert set().union(*(not_followed[ci] for ci in CHOICES["ci"])) == DECLINED.keys()
    assert "GH100" not in not_followed["github"]


def test_scientific_pythons_review_asks_nothing_more_of_the_template(not_followed: dict[str, set[str]]) -> None:
    assert not_followed[ROOT.name] == DECLINED_BY_THE_TEMPLATE.keys()


# Licenses of what a project needs to run, that every license of a project may be combined with.
LICENSES = [
    "Apache-2.0",
    "Apache-2.0 OR BSD-3-Clause",
    "Apache Software License; MIT License",
    "BSD-3-Clause",
    "MIT",
    "MIT AND PSF-2.0",
    "MIT License",
    "MIT-0",
    "PSF-2.0",
]
# Under the LGPL: a program that imports them keeps its own license, and changes to them stay under theirs.
LESSER = {"psycopg", "psycopg-binary"}


def needed(requirements: Iterable[str]) -> set[str]:
    """Return the names of the distributions that these need here, all the way down."""
    waiting = [Requirement(text) for text in requirements]
    seen = set()
    while waiting:
        requirement = waiting.pop()
        if (key := (canonicalize_name(requirement.name), frozenset(requirement.extras))) in seen:
            continue
        seen.add(key)
        for below in map(Requirement, requires(requirement.name) or []):
            extras = [*requirement.extras, ""]
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(below)
    return {str(name) for name, _ in seen}


def test_dependencies_of_projects_have_permissive_licenses(bake: Bake) -> None:
    projects = [bake(**answers, web="fastapi") for answers in combinations(("io", "database"))]
    tables = [tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"] for project in projects]
    names = needed(requirement for table in tables for requirement in table["dependencies"])

    listing = ["--format=json", "--packages", *sorted(names)]
    licenses: dict[str, str] = {
        canonicalize_name(row["Name"]): row["License"]
        for row in json.loads(printed(review(ROOT, "pip-licenses", *listing)))
    }

    assert licenses.keys() == names
    assert {name for name, license_ in licenses.items() if license_ not in LICENSES} == LESSER
    assert {licenses[name] for name in LESSER} == {"LGPL-3.0-only"}
