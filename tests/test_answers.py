"""Tests of the way of typed text to the hooks and files: exact or refused, and never executed."""

import ast
import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.prompt import prompt_for_config  # type: ignore[import-untyped]
from cookiecutter.utils import create_env_with_context  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import FileSystemLoader

from .adversarial import cookiecutter
from .answers import CONTEXT, QUESTIONS, ROOT, TEMPLATE
from .test_hooks import ANYTHING, PRE_GEN, problems, same_each_time

ENVIRONMENT = create_env_with_context({"cookiecutter": CONTEXT})
ENVIRONMENT.loader = FileSystemLoader(ROOT / "templates")
HOOKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "hooks").glob("*.py"))}
TEMPLATES = {name: ENVIRONMENT.from_string(source) for name, source in HOOKS.items()}
PYPROJECT = ENVIRONMENT.from_string((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))

INJECTION = 'x"""; import pathlib; pathlib.Path("pwned").touch(); r"""'

# Characters that end strings and comments, or begin expressions: only the first are accepted.
PASSING = ['"""', "'''", "\\u0022", "\\n", *"\"'\\$#%{} "]
REFUSED = ["{{", "}}", "{%", "%}", "{#", "#}", *"\n\r\0\ud83d\u2028"]
PRINTABLE = st.characters(categories=["L", "M", "N", "P", "S"])
ADVERSARIAL = st.one_of(
    st.lists(st.sampled_from(PASSING) | PRINTABLE).map("".join),
    st.lists(st.sampled_from(PASSING + REFUSED) | ANYTHING).map("".join),
)


def program(source: str) -> tuple[str, str]:
    """Return the syntax of a hook without its options, and the options."""
    tree = ast.parse(source)
    [answers] = [
        node.args[0] for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "json.loads"
    ]
    assert isinstance(answers, ast.Constant)
    text, answers.value = str(answers.value), ""
    return ast.dump(tree), text


@same_each_time
@given(text=ADVERSARIAL)
@example(INJECTION)
@example("\\")
@example('"""')
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_gets_any_text_exactly_and_runs_none_of_it(hook: str, text: str) -> None:
    answers = {"description": text, text: text}

    rendered = TEMPLATES[hook].render(cookiecutter=answers)

    syntax, argument = program(rendered)
    assert syntax == program(HOOKS[hook])[0]
    assert json.loads(argument) == answers
    assert rendered.isascii()


def answered(**given: str) -> dict[str, Any]:
    """Return the context of cookiecutter after these options, rendered as `cruft update` does."""
    context = copy.deepcopy(CONTEXT) | given
    answers: dict[str, Any] = prompt_for_config({"cookiecutter": context}, no_input=True)
    return answers


@same_each_time
@given(text=ADVERSARIAL, email=st.from_regex(PRE_GEN["EMAIL"], fullmatch=True))
@example(INJECTION, "a@b.c")
@example("\\", "#%a@b.c")
@example("C:\\new", "'$&@b.c")
def test_a_text_is_refused_or_arrives_in_toml_as_it_was_given(text: str, email: str) -> None:
    given = {"description": text, "author_name": text, "author_email": email}
    for prompt in {prompt for prompt, _, _ in problems(**given)}:
        del given[prompt]

    answers = answered(**given)

    project = tomllib.loads(PYPROJECT.render(cookiecutter=answers))["project"]
    [author] = project["authors"]
    arrived = {"description": project["description"], "author_name": author["name"], "author_email": author["email"]}
    assert arrived.items() >= given.items()


@same_each_time
@given(name=st.text(max_size=80))
@example("Ölfässer: CI/CD & tools")
@example("🎉")
def test_a_project_name_makes_names_for_folder_and_package(name: str) -> None:
    if not any(prompt == "project_name" for prompt, _, _ in problems(project_name=name)):
        derived = answered(project_name=name)

        slug = derived["__given_slug"]
        # what may be left to refuse: a digit in front, or a name that somebody else needs
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert len(slug) <= PRE_GEN["LONGEST_NAME"]
        assert derived["package_name"] == slug.replace("-", "_")


# Through the command


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        (["project_slug=class"], ["project_slug: 'class' is a keyword of Python.\n    Try: class-app"]),
        (["package_name=email"], ["package_name: 'email' is a module of Python's standard library"]),
        (["project_name=Alembic"], ["project_slug: 'alembic' is the name of a package that the project needs"]),
        (["package_name=tests"], ["package_name: 'tests' is a folder or module of the project itself"]),
        (["project_name=2 do"], ["project_slug: '2-do' must be a-z, 0-9"]),
        (["author_email=nobody"], ["author_email: 'nobody' is not an email address"]),
        (["description=50 %} off"], ["description: '50 %} off' has '%}', which is template syntax"]),
        (
            ["project_slug=Import", "description=", "author_email=é@é"],
            ["project_slug: 'Import'", "package_name: 'Import'", "description: ''", "author_email: 'é@é'"],
        ),
    ],
)
def test_invalid_values_are_refused_before_anything_is_written(
    answers: list[str], lines: list[str], folder: Path
) -> None:
    done = cookiecutter(folder, "--no-input", *answers)

    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: these options make no project, and nothing was written:\n\n  ")
    assert [line for line in lines if f"\n  {line}" not in done.stderr] == []
    assert list(folder.iterdir()) == []


def test_a_folder_with_files_in_it_is_left_alone(folder: Path) -> None:
    (folder / "my-project").mkdir()
    (folder / "my-project" / "precious.txt").write_text("mine", encoding="utf-8")

    done = cookiecutter(folder, "--no-input", "--overwrite-if-exists")

    assert done.returncode == 1
    assert (
        "project_slug: 'my-project' is a folder that is not empty, and is left as it is.\n    Try: my-project-2"
        in done.stderr
    )
    assert [path.name for path in folder.rglob("*")] == ["my-project", "precious.txt"]
    assert (folder / "my-project" / "precious.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_with_nothing_but_a_repository_is_filled(folder: Path) -> None:
    (folder / "my-project" / ".git").mkdir(parents=True)

    done = cookiecutter(folder, "--no-input", "--overwrite-if-exists")

    assert done.returncode == 0, done.stderr
    assert (folder / "my-project" / ".git").is_dir()


def typed(**answers: str) -> str:
    """Return the typed text for these options and otherwise the defaults."""
    return "".join(answers.get(question, "") + "\n" for question in QUESTIONS)


def test_typed_text_is_not_executed(folder: Path) -> None:
    done = cookiecutter(folder, typed=typed(description=INJECTION, author_name="'\\\""))

    assert done.returncode == 0, done.stderr
    project = tomllib.loads((folder / "my-project" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["description"], project["authors"][0]["name"]) == (INJECTION, "'\\\"")
    assert list(folder.with_name("home").rglob("pwned")) + list(folder.rglob("pwned")) == []


def test_a_typed_expression_is_refused_and_not_computed(folder: Path) -> None:
    done = cookiecutter(folder, typed=typed(description="{{ 6 * 7 }}"))

    assert done.returncode == 1
    assert "description: '{{ 6 * 7 }}' has '{{', which is template syntax.\n    Try: 6 * 7" in done.stderr
    assert list(folder.iterdir()) == []


def test_the_last_words_are_the_next_commands(folder: Path) -> None:
    done = cookiecutter(folder, "--no-input")

    assert done.stdout.endswith(
        """
Your project is ready. Next:

  cd my-project
  cp .env.example .env          # where the database is
  uv run python -m tour
  uv run pytest

README.md goes on from there.
"""
    )
