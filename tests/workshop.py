"""A template that goes on for three years, and the commands of people who follow it: cruft, cookiecutter and git."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from .answers import CHOICES, ROOT, TEMPLATE
from .projects import NOT_COPIED, printed, run

# Where docs/updating.md says that the template is.
ADDRESS = "https://github.com/org/cookiecutter-sqlalchemy"

# `uvx` without its downloads, and someone who takes every default.
UVX = f"""#!/bin/sh
yes '' | '{sys.executable}' -m "$@"
"""

GITCONFIG = f"""
[user]
    name = Somebody
    email = somebody@example.com
[init]
    defaultBranch = main
[url "{{template}}"]
    insteadOf = {ADDRESS}.git
    insteadOf = {ADDRESS}
"""


def replace(file: Path, old: str, new: str) -> None:
    """Put another text in place of one that a file says once."""
    text = file.read_text("utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file.name} says {old!r} {text.count(old)} times")
    file.write_text(text.replace(old, new), "utf-8")


def second_year(root: Path) -> None:
    """Change lines of files that vary and of others; add a file, and take one away."""
    project = root / TEMPLATE.name
    package = project / "src" / "{{cookiecutter.package_name}}"
    for io in CHOICES["io"]:
        replace(package / f"db/session@{io}.py", "Queries never autoflush: only", "Queries never autoflush; only")
    for database in CHOICES["database"]:
        replace(package / f"migrations/locking@{database}.py", "LOCK_WAIT = 60", "LOCK_WAIT = 90")
    replace(project / "pyproject.toml", "xfail_strict = true\n", "xfail_strict = true\nfaulthandler_timeout = 600\n")
    replace(project / ".pre-commit-config.yaml", "name: ruff format", "name: ruff's format")
    (project / "docs" / "upgrading.md").write_text("# Upgrading\n\nNothing to do.\n", "utf-8")
    (project / "CHANGELOG.md").unlink()


def third_year(root: Path) -> None:
    """Ask one more question, add files that vary, and refuse what passed before."""
    package = root / TEMPLATE.name / "src" / "{{cookiecutter.package_name}}"
    questions = root / "cookiecutter.json"
    asked = json.loads(questions.read_text("utf-8"))
    asked["api"] = asked["_variants"]["api"] = ["no-api", "graphql"]
    asked["_optional"].append("api")
    asked["__prompts__"]["api"] = "Which kind of API?"
    questions.write_text(json.dumps(asked, indent=2, ensure_ascii=False), "utf-8")
    (package / "api@graphql.py").write_text('"""A unit of work for each request."""\n', "utf-8")
    for io in CHOICES["io"]:
        (package / f"db/health@{io}.py").write_text(f'"""Whether the database answers, {io}."""\n', "utf-8")
    replace(root / "hooks" / "pre_gen_project.py", "LONGEST_TEXT = 200", "LONGEST_TEXT = 100")


YEARS: dict[str, Callable[[Path], None]] = {"v1": lambda _root: None, "v2": second_year, "v3": third_year}


@dataclass(frozen=True)
class Workshop:
    """A folder to work in, with a home of its own; the template is in its third year."""

    folder: Path
    places = count()

    @classmethod
    def open(cls, folder: Path) -> "Workshop":
        """Return a workshop whose template has a tag for each of YEARS."""
        shop = cls(folder)
        (folder / "home").mkdir()
        (folder / "home" / ".gitconfig").write_text(GITCONFIG.format(template=shop.template), "utf-8")
        (folder / "bin").mkdir()
        (folder / "bin" / "uvx").write_text(UVX, "utf-8")
        (folder / "bin" / "uvx").chmod(0o755)
        shutil.copytree(ROOT, shop.template, ignore=NOT_COPIED)
        shop.type(shop.template, "git init")
        for year, change in YEARS.items():
            change(shop.template)
            shop.type(shop.template, f"git add --all && git commit -m {year} && git tag {year}")
        return shop

    @property
    def template(self) -> Path:
        """The repository of the template, which is also at ADDRESS."""
        return self.folder / "template"

    def place(self) -> Path:
        """Return a new empty folder."""
        folder = self.folder / str(next(self.places))
        folder.mkdir()
        return folder

    def copy(self, project: Path) -> Path:
        """Return a copy of a project, to change it."""
        return Path(shutil.copytree(project, self.place() / project.name))

    def type(self, folder: Path, script: str, *, returns: int = 0) -> str:
        """Type commands in a folder up to the first that fails, and return what they print."""
        home = self.folder / "home"
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": home, "XDG_CONFIG_HOME": home, "TMPDIR": home, "PATH": path, "GIT_CONFIG_NOSYSTEM": "1"}
        environment = {name: str(value) for name, value in own.items()}
        return printed(run(folder, "bash", "-euo", "pipefail", "-c", script, **environment), returns=returns)

    def commit(self, project: Path) -> None:
        """Keep what is in a project, in a repository of its own."""
        self.type(project, 'git init --quiet && git add --all && git commit --quiet --message "Work"')


def tree(project: Path) -> dict[str, bytes]:
    """Return the files of a project, without those of git itself."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(project).parts
    }
