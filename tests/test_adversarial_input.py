"""Tests of adversarial input: accepted values arrive unchanged, and refused ones leave no files."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from .adversarial import CORPUS, ERROR, PAGE, PROJECT, Attempt, damage, page, tried
from .conftest import Render
from .test_answers import PASSING, PRINTABLE
from .test_hooks import PRE_GEN, problems

# In process, so that many are tried; the same ones each time, so that no change fails by chance.
many = settings(
    derandomize=True, database=None, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
MARKS = st.sampled_from([*PASSING, *"`*_[]()<>&#~|+-=.!:;/@^1 "])
TEXTS = (
    st.lists(MARKS | PRINTABLE, min_size=1)
    .map(lambda letters: "".join(letters).strip())
    .filter(lambda text: PRE_GEN["text_problem"](text) is None)
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)


@pytest.mark.parametrize("attempt", CORPUS, ids=str)
def test_a_value_makes_a_valid_project_or_a_clear_error(attempt: Attempt) -> None:
    outcome, seen = tried(attempt)

    assert outcome == attempt.wanted, seen


def test_the_corpus_is_large_and_has_both_kinds() -> None:
    wanted = [attempt.wanted for attempt in CORPUS]

    assert len(set(CORPUS)) == len(CORPUS) >= 150
    assert min(wanted.count(PROJECT), wanted.count(ERROR)) >= 100


def test_the_page_is_of_this_corpus() -> None:
    printed = PAGE.read_text(encoding="utf-8").splitlines()
    wanted = page([(attempt, attempt.wanted) for attempt in CORPUS]).splitlines()

    assert f"| all | {len(CORPUS)} |" in "\n".join(printed)
    # all but the version of cookiecutter
    assert [line for line in printed if line.startswith("|")] == [line for line in wanted if line.startswith("|")]


@many
@given(name=TEXTS, description=TEXTS, author=TEXTS, email=st.from_regex(PRE_GEN["EMAIL"], fullmatch=True))
@example(name="# *a* #", description="1. [a](b) `c` <d> &amp; _e_ $f$", author='g "h" \\', email="'{}'@b.c")
def test_every_text_is_the_same_in_every_file(
    name: str, description: str, author: str, email: str, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers = {"project_name": name, "description": description, "author_name": author, "author_email": email}
    assume(problems(**answers) == [])
    typed = {prompt: f"{{{{ {answer!a} }}}}" for prompt, answer in answers.items()}

    project = render(tmp_path_factory.mktemp("texts"), project_slug="shop", package_name="shop", **typed)

    assert damage(project, answers, imports=False) == []


@settings(many, max_examples=15)
@given(slug=NAMES)
@example(slug="null")
@example(slug="true")
@example(slug="e1")
@example(slug="a" * 50)
def test_every_name_that_passes_can_be_imported(
    slug: str, render: Render, tmp_path_factory: pytest.TempPathFactory
) -> None:
    package = slug.replace("-", "_")
    assume(problems(project_slug=slug, package_name=package) == [])

    project = render(tmp_path_factory.mktemp("names"), project_slug=slug)

    assert damage(project, {"project_slug": slug, "package_name": package}) == []


def test_a_damaged_project_is_seen(render: Render, tmp_path: Path) -> None:
    """The other side: these checks fail where there is something to find."""
    project = render(tmp_path)
    pyproject, package = project / "pyproject.toml", project / "src" / "my_project"

    assert damage(project, {"description": "another"}) != []
    (package / "models" / "__init__.py").write_text("raise OSError\n", encoding="utf-8")
    assert ["cannot be imported" in problem for problem in damage(project, {})] == [True]
    pyproject.write_text(pyproject.read_text(encoding="utf-8").replace('version = "', "version = "), encoding="utf-8")
    assert ["pyproject.toml" in problem for problem in damage(project, {})] == [True]
