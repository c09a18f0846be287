"""Tests of the costs of generating, installing and starting, in counts, because times depend on the machine."""

import json
import sys
import tomllib
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from . import inside
from .answers import CHOICES, CONTEXT, ROOT, sources, untagged
from .conftest import Bake, Render
from .projects import PACKAGE, printed, run
from .test_imports import installed_for

# The defaults, and as little of them as there can be.
PROJECTS: list[dict[str, str]] = [
    {},
    {"io": "async", "database": "mysql", "topology": "cluster", "primary_key": "uuid", "license": "proprietary"},
    {"database": "postgresql", "example": "no-example", "ci": "no-ci"},
]


# Generating


@pytest.mark.parametrize("answers", PROJECTS, ids=lambda answers: "-".join(answers.values()) or "defaults")
def test_pruned_files_are_not_rendered(
    answers: dict[str, str], render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = sys.modules["cookiecutter.generate"]
    generate_file: Callable[..., None] = generate.generate_file
    rendered: list[str] = []

    def recorded(folder: str, source: str, *others: Any) -> None:
        rendered.append(Path(source).as_posix())
        generate_file(folder, source, *others)

    monkeypatch.setattr(generate, "generate_file", recorded)
    render(tmp_path, **answers)

    given = {question: answers.get(question, choices[0]) for question, choices in CHOICES.items()}
    kept = [source for source in sources() if untagged(source)[1] <= set(given.values())]
    plain = [source for source in kept if any(fnmatch(source, it) for it in CONTEXT["_plain"])]
    assert sorted(rendered) == sorted({*kept} - {*plain})


def test_a_name_that_is_an_option_costs_only_time(render: Render, tmp_path: Path) -> None:
    # what is not chosen is known by not being the value of any question
    project = render(tmp_path, description="async", author_name="mysql")

    assert 'description = "async"' in (project / "pyproject.toml").read_text(encoding="utf-8")
    assert [path for path in project.rglob("*") if "@" in path.name] == []


HOOKS = sorted((ROOT / "hooks").glob("*.py"))
SLOW = {"ast", "asyncio", "dataclasses", "datetime", "inspect", "logging", "random", "subprocess", "tempfile", "typing"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_imports_nothing_that_takes_longer_than_it_does_itself(hook: Path) -> None:
    look = f"import sys; exec(open({str(hook)!r}, encoding='utf-8').read(), {{}}); print(*sys.modules)"

    loaded = printed(run(ROOT, sys.executable, "-S", "-c", look)).split()

    assert SLOW.intersection(loaded) == set()


# Installing

# How many distributions come with a project to those who run it, and to those who develop it.
INSTALLED = {
    ("sync", "sqlite"): (12, 36),
    ("sync", "postgresql"): (14, 38),
    ("sync", "mysql"): (16, 40),
    ("async", "sqlite"): (14, 39),
    ("async", "postgresql"): (15, 40),
    ("async", "mysql"): (18, 43),
}


# Only Windows needs them.
OF_WINDOWS = {"colorama", "tzdata"}


@pytest.mark.parametrize(("io", "database"), INSTALLED)
def test_a_project_installs_no_more_than_it_says_here(io: str, database: str, bake: Bake) -> None:
    pyproject = tomllib.loads((bake(io=io, database=database) / "pyproject.toml").read_text(encoding="utf-8"))
    own, development = pyproject["project"]["dependencies"], pyproject["dependency-groups"]["dev"]

    runs = installed_for(frozenset(own)) - OF_WINDOWS
    develops = installed_for(frozenset([*own, *development])) - OF_WINDOWS

    assert (len(runs), len(develops)) == INSTALLED[io, database], (sorted(runs), sorted(develops - runs))


# Starting

# Modules that each import must not load, because programs without them should not pay for them.
IMPORTS = {
    f"{PACKAGE}.models": {"pydantic", "pydantic_settings", "dotenv", "tenacity", "alembic", "mako", "pytest"},
    f"{PACKAGE}.db.session": {"pydantic", "pydantic_settings", "dotenv", "tenacity", "alembic", "mako", "pytest"},
    f"{PACKAGE}.db.retry": {"pydantic", "pydantic_settings", "dotenv", "alembic", "mako", "pytest", "tornado"},
    f"{PACKAGE}.settings": {"tenacity", "alembic", "mako", "pytest", "sqlalchemy.orm", "yaml"},
    f"{PACKAGE}.migrations.commands": {"pydantic", "tenacity", "pytest", "sqlalchemy.orm", f"{PACKAGE}.models"},
}
OTHER_DRIVERS = {"aiosqlite", "asyncmy", "pymysql"}


@pytest.mark.parametrize("module", IMPORTS)
@pytest.mark.parametrize("io", ["sync", "async"])
def test_an_import_loads_nothing_that_belongs_to_others(io: str, module: str, bake: Bake) -> None:
    project = bake(io=io, database="postgresql")

    look = f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"
    loaded = set(json.loads(printed(inside.new_python(project, "-c", look))))

    assert loaded & IMPORTS[module] == set()
    assert loaded & OTHER_DRIVERS == set()


@pytest.mark.parametrize("database", CHOICES["database"])
@pytest.mark.parametrize("io", CHOICES["io"])
def test_no_listener_makes_an_engine_look_for_listeners_at_each_statement(io: str, database: str, bake: Bake) -> None:
    project = bake(io=io, database=database)

    look = f"""
from {PACKAGE}.db.dialect import EXAMPLE_URL
from {PACKAGE}.db.session import make_engine
engine = make_engine(EXAMPLE_URL)
engine = getattr(engine, "sync_engine", engine)
print(engine._has_events)
"""
    assert printed(inside.new_python(project, "-c", look)).strip() == "False"
