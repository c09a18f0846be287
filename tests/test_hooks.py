"""Tests of the hooks: which names and strings they refuse, and which files they keep."""

import keyword
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .answers import ROOT, TEXTS

PRE_GEN = runpy.run_path(str(ROOT / "hooks" / "pre_gen_project.py"))
POST_GEN = runpy.run_path(str(ROOT / "hooks" / "post_gen_project.py"))

GOOD = {
    "project_name": "My Project",
    "project_slug": "my-project",
    "package_name": "my_project",
    "description": "What it is",
    "author_name": "Renée O'Neil 👩‍💻",
    "author_email": "o'neil+x@mail.example.com",
}

# every character that there is, halves of pairs too
ANYTHING = st.text(st.characters(exclude_categories=()))
same_each_time = settings(derandomize=True, database=None, deadline=None)


def problems(**answers: str) -> list[tuple[str, ...]]:
    """Return prompt, problem and what would pass, the best first, for each option that is refused."""
    choices = {"io": "sync", "_variants": {"io": ["sync", "async"]}, "_impossible": {}}
    return list(PRE_GEN["problems"](GOOD | choices | answers))


# Refused


def test_valid_options_pass() -> None:
    assert list(GOOD) == TEXTS
    assert problems() == []


@pytest.mark.parametrize(
    ("prompt", "value", "problem", "advice"),
    [
        ("project_slug", "", "is empty", "my-project"),
        ("project_slug", "My Project", "must be a-z, 0-9", "my-project"),
        ("project_slug", "2-fast", "a letter first", "fast"),
        ("project_slug", "a--b", "single '-' or '_', a letter", "a-b"),
        ("project_slug", "../up", "must be a-z, 0-9", "up"),
        ("project_slug", "café", "must be a-z, 0-9", "cafe"),
        ("project_slug", "日本", "must be a-z, 0-9", "my-project"),
        ("project_slug", "a\n", "must be a-z, 0-9", "a"),
        ("project_slug", "a" * 51, "has 51 characters, of 50 at most", "a" * 46),
        ("project_slug", "python-dotenv", "is the name of a package that the project needs", "python-dotenv-app"),
        ("package_name", "my-project", "0-9 and single '_'", "my_project"),
        ("package_name", "class", "is a keyword of Python", "class_app"),
        ("package_name", "logging", "is a module of Python's standard library", "logging_app"),
        ("package_name", "telnetlib", "is a module of Python's standard library", "telnetlib_app"),
        ("package_name", "alembic", "is the name of a package that the project needs", "alembic_app"),
        ("package_name", "match", "is a keyword of Python", "match_app"),
        ("package_name", "none", "is a keyword of Python", "none_app"),
        ("package_name", "tests", "is a folder or module of the project itself", "tests_app"),
        ("package_name", "com1", "is the name of a device on Windows", "com1_app"),
        ("project_name", "", "is empty", "My Project"),
        ("project_name", "\u200d", "is empty", "My Project"),
        ("project_name", " x", "begins or ends with a space", "x"),
        ("description", "two\nlines", "has a line break", "two lines"),
        ("description", "a\x00b", "cannot be printed", "a b"),
        ("description", "half \ud83d", "cannot be printed", "half"),
        ("description", "user\u202etxt.exe", "cannot be printed", "user txt.exe"),
        ("description", "\ufeffmark", "cannot be printed", "mark"),
        ("description", "a\u2028b", "cannot be printed", "a b"),
        ("description", "x" * 201, "has 201 characters, of 200 at most", "x" * 200),
        ("description", "{{ 7 * 7 }}", "has '{{', which is template syntax", "7 * 7"),
        ("description", "50 %} off", "has '%}'", "50 % off"),
        ("description", "#% if", "has '#%'", "if"),
        ("author_name", "{#}", "has '{#'", "Your Name"),
        ("io", "asink", "is not a choice of this prompt", "sync"),
        ("author_email", "", "is not an email address", "you@example.com"),
        ("author_email", "nobody", "is not an email address", "you@example.com"),
        ("author_email", "a@b@c", "is not an email address", "you@example.com"),
        ("author_email", "a b@c.d", "is not an email address", "you@example.com"),
        ("author_email", 'a"b@c.d', "is not an email address", "you@example.com"),
        ("author_email", "renée@example.com", "is not an email address", "you@example.com"),
        ("author_email", "a@b.c\n", "is not an email address", "you@example.com"),
    ],
)
def test_an_invalid_value_is_refused_with_advice(prompt: str, value: str, problem: str, advice: str) -> None:
    [(refused, reason, suggestion, *_)] = problems(**{prompt: value})

    assert (refused, suggestion) == (prompt, advice)
    assert problem in reason


@pytest.mark.parametrize(
    "text", ["山田　太郎", "Ünïcödé", "🏴\U000e0067\U000e0062\U000e007f", "क्\u200dष", "\U0001faea", "a\xa0b"]
)
def test_common_writing_systems_are_accepted(text: str) -> None:
    assert problems(project_name=text, description=text, author_name=text) == []


@pytest.mark.parametrize("name", sorted({*keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}))
def test_no_package_can_have_a_name_of_python_itself(name: str) -> None:
    assert PRE_GEN["name_problem"](name, "_") is not None


def test_all_problems_are_found_at_once() -> None:
    refused = [prompt for prompt, _, _ in problems(**dict.fromkeys(TEXTS, "{{"))]

    assert sorted(refused) == sorted(TEXTS)


def test_choices_that_contradict_each_other_are_refused_with_the_reason() -> None:
    both = {"db": ["file", "server"], "shape": ["one", "many"]}
    context = {"_variants": both, "_impossible": {"many": {"file": "needs a server"}}}

    found = PRE_GEN["problems"](GOOD | context | {"db": "file", "shape": "many"})

    assert list(found) == [("db", "needs a server", "server", "shape=one")]
    assert list(PRE_GEN["problems"](GOOD | context | {"db": "server", "shape": "many"})) == []


@same_each_time
@given(value=ANYTHING)
def test_the_advice_passes(value: str) -> None:
    for prompt, _, advice in problems(**dict.fromkeys(TEXTS, value)):
        assert problems(**{prompt: advice}) == []


@same_each_time
@given(value=st.sampled_from(" ".join(PRE_GEN["TAKEN"].values()).split()), length=st.integers(1, 60))
def test_the_advice_for_a_reserved_name_passes(value: str, length: int) -> None:
    for prompt, _, advice in problems(project_slug=value, package_name=(value * length)[:length]):
        assert problems(**{prompt: advice}) == []


# Kept files

VARIANTS = {"io": ["sync", "async"], "web": ["no-web", "flask"], "license": ["mit", "apache-2.0", "apache-2.0.1"]}
CHOSEN = {"io": "sync", "web": "flask", "license": "apache-2.0"}


def grow(root: Path, *paths: str, text: str = "text") -> None:
    """Make files whose text is their path, or empty ones."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text and path, encoding="utf-8")


def tree(root: Path) -> dict[str, str]:
    """Return the text of each file, and of folders only their path."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") if path.is_file() else "/"
        for path in root.rglob("*")
    }


def prune(root: Path, chosen: dict[str, str] = CHOSEN) -> dict[str, str]:
    """Plan and apply, and return the tree that comes of it."""
    paths = POST_GEN["files"](root)
    POST_GEN["apply"](POST_GEN["plan"](paths, VARIANTS, ["web"], chosen), paths, root)
    return tree(root)


@pytest.mark.parametrize(
    ("path", "final", "tags"),
    [
        ("a/b.py", "a/b.py", set()),
        ("a/b@sync.py", "a/b.py", {"sync"}),
        ("LICENSE@apache-2.0", "LICENSE", {"apache-2.0"}),
        ("LICENSE@apache-2.0.1", "LICENSE", {"apache-2.0.1"}),
        (".keep@no-web", ".keep", {"no-web"}),
        ("app@flask@async.py", "app.py", {"flask", "async"}),
        (".github@flask/ci@mit.yml", ".github/ci.yml", {"flask", "mit"}),
    ],
)
def test_a_path_is_split_from_its_tags(path: str, final: str, tags: set[str]) -> None:
    answers = [answer for answers in VARIANTS.values() for answer in answers]

    assert POST_GEN["split"](Path(path), POST_GEN["tag_of"](answers)) == (Path(final), tags)


def test_the_chosen_variant_gets_the_name_and_the_others_go(tmp_path: Path) -> None:
    grow(tmp_path, "src/session@sync.py", "src/session@async.py", "src/base.py")

    assert prune(tmp_path) == {"src": "/", "src/session.py": "src/session@sync.py", "src/base.py": "src/base.py"}


def test_a_file_with_two_tags_needs_both_options(tmp_path: Path) -> None:
    grow(tmp_path, "app@flask@sync.py", "app@flask@async.py")

    assert prune(tmp_path) == {"app.py": "app@flask@sync.py"}


def test_a_file_of_an_optional_prompt_may_exist_for_one_option_only(tmp_path: Path) -> None:
    grow(tmp_path, "app@flask@sync.py", "app@flask@async.py", "deep/down/only@flask.py")

    assert prune(tmp_path, CHOSEN | {"web": "no-web"}) == {}


def test_a_folder_can_carry_a_tag(tmp_path: Path) -> None:
    grow(tmp_path, "web@flask/app.py", "web@flask/session@sync.py", "web@flask/session@async.py", "docs@no-web/a.md")

    assert prune(tmp_path) == {
        "web": "/",
        "web/app.py": "web@flask/app.py",
        "web/session.py": "web@flask/session@sync.py",
    }


def test_an_empty_variant_stands_for_nothing(tmp_path: Path) -> None:
    grow(tmp_path, "notice/NOTICE@apache-2.0", "py.typed", text="")
    grow(tmp_path, "notice/NOTICE@mit")

    assert prune(tmp_path) == {"py.typed": ""}


def test_line_ends_of_windows_become_those_of_unix(tmp_path: Path) -> None:
    (tmp_path / "a@sync.py").write_bytes(b"one\r\ntwo\r\n")

    assert prune(tmp_path) == {"a.py": "one\ntwo\n"}
    assert (tmp_path / "a.py").read_bytes() == b"one\ntwo\n"


def test_a_repository_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    grow(tmp_path, ".git/refs/heads/me@sync", "a@async.py", "a@sync.py")
    (tmp_path / ".git/empty").mkdir()
    before = tree(tmp_path / ".git")

    prune(tmp_path)

    assert tree(tmp_path / ".git") == before


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["a@snyc.py"], "a@snyc.py: after '@' is no option; options are apache-2.0, apache-2.0.1, async, flask"),
        (["a@syncs.py"], "a@syncs.py: after '@'"),
        (["x@/a.py"], "x@/a.py: after '@'"),
        (["a@async.py"], "a.py: no variant for io=sync, although a@async.py is there"),
        (["a@flask@async.py"], "a.py: no variant for io=sync, although a@flask@async.py is there"),
        (["a@mit@flask.py", "a@mit@no-web.py"], "a.py: no variant for license=apache-2.0, although a@mit@"),
        (["a.py", "a@sync.py", "a@async.py"], "a.py and a@sync.py would both become a.py"),
        (["a@sync.py", "a@async.py", "a@flask.py"], "would both become a.py"),
        (["d/a.py", "d@sync/a.py"], "d/a.py and d@sync/a.py would both become d/a.py"),
        (["a@sync@async.py"], "a@sync@async.py: two options of one prompt can never both be chosen"),
        (["d@sync", "d@async", "d/a.py"], "d@sync would be a file and a folder"),
    ],
)
def test_a_plan_that_cannot_be_right_names_the_file_and_touches_nothing(
    paths: list[str], message: str, tmp_path: Path
) -> None:
    grow(tmp_path, *paths)
    before = tree(tmp_path)

    with pytest.raises(POST_GEN["PlanError"]) as error:
        prune(tmp_path)

    assert message in str(error.value)
    assert tree(tmp_path) == before


def test_a_broken_template_stops_the_hook_with_a_sentence_before_anything_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(tmp_path, "a@sync.py", "a@async.py", "d@sync", "d@async", "d/b.py")
    before = tree(tmp_path)
    monkeypatch.chdir(tmp_path)

    answers: dict[str, Any] = {"_variants": VARIANTS, "_optional": [], **CHOSEN}
    assert POST_GEN["main"](answers) == 1
    assert capsys.readouterr().err == "ERROR: the project cannot be finished: d@sync would be a file and a folder\n"
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("cruft", "temporary", "speaks"),
    [({"_commit": "c0ffee"}, True, False), ({"_commit": "c0ffee"}, False, True), ({}, True, True)],
)
def test_only_where_cruft_renders_to_compare_there_are_no_next_steps(
    cruft: dict[str, str],
    temporary: bool,
    speaks: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path if temporary else tmp_path / "elsewhere"))
    answers = {"project_slug": "my-project", "database": "sqlite", "example": "no-example"}
    project = tmp_path / "my-project"
    project.mkdir()
    (project / "UNFINISHED.txt").touch()
    monkeypatch.chdir(project)

    assert POST_GEN["main"]({**answers, **cruft, "_variants": {}, "_optional": []}) == 0

    assert list(project.iterdir()) == []
    assert ("uv run pytest" in capsys.readouterr().out) is speaks
