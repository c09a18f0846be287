"""A project follows its template, with cruft or with git alone, and no work is lost on the way."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import inside
from .projects import SLUG
from .runs import short_lived
from .test_readme import commands_of
from .test_refusals import command_of
from .workshop import ADDRESS, Workshop, replace, tree

# Lines that a user wrote into generated files, away from the lines that the template changes.
ADDED = {
    "src/my_project/db/session.py": ["", "", 'REPORTS = "reports of mine"'],
    "README.md": ["", "## On call", "", "Ask Ada."],
}
DEPENDENCY = '    "httpx>=0.28,<1",\n'
# New files of theirs.
OWN = {
    "src/my_project/reports.py": '"""Reports of mine."""\n\nTITLE = "Sales"\n',
    "tests/test_reports.py": (
        "from my_project.db.session import REPORTS\n\n\ndef test_reports() -> None:\n"
        '    assert REPORTS == "reports of mine"\n'
    ),
}
LEFT_OUT = ".pre-commit-config.yaml"

PAGE = "docs/updating.md"

LOCKING = "src/my_project/migrations/locking.py"


def work(project: Path) -> Path:
    """Do to a project what its user does, and return it."""
    for path, lines in ADDED.items():
        with (project / path).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    replace(project / "pyproject.toml", '    "pydantic-settings', f'{DEPENDENCY}    "pydantic-settings')
    for path, text in OWN.items():
        (project / path).write_text(text, "utf-8")
    return project


def create(shop: Workshop, year: str = "v3", **answers: str) -> Path:
    """Return a new project."""
    folder = shop.place()
    tag = f"--checkout {year}" if year != "v3" else ""
    shop.type(folder, f"uvx cruft create {ADDRESS} {tag} --extra-context '{json.dumps(answers)}'")
    return folder / SLUG


def worked(project: Path) -> Path:
    """Do a user's work, and leave out a file too."""
    (work(project) / LEFT_OUT).unlink()
    return project


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with short_lived() as folder:
        yield Workshop.open(Path(folder))


@pytest.fixture(scope="module")
def new(shop: Workshop) -> Path:
    """A project of the first year, as generated and committed."""
    project = create(shop, "v1")
    shop.commit(project)
    return project


@pytest.fixture(scope="module")
def used(shop: Workshop, new: Path) -> Path:
    """A project of the first year with work in it."""
    project = worked(shop.copy(new))
    shop.commit(project)
    return project


@pytest.fixture(scope="module")
def followed(shop: Workshop, used: Path) -> Path:
    """The same project after an update for the second year, and one for the third."""
    project = shop.copy(used)
    shop.type(project, "uvx cruft update -y --checkout v2")
    shop.commit(project)
    shop.type(project, "uvx cruft update -y")
    shop.commit(project)
    return project


@pytest.fixture(scope="module")
def switch(shop: Workshop, followed: Path) -> Callable[..., Path]:
    """Return that project after a change of one option; read it, and do not change it."""
    projects: dict[str, Path] = {}

    def switch(**answers: str) -> Path:
        answer = json.dumps(answers)
        if answer not in projects:
            projects[answer] = shop.copy(followed)
            shop.type(projects[answer], f"uvx cruft update -y --variables-to-update '{answer}'")
        return projects[answer]

    return switch


# Create, check, diff


def test_cruft_creates_what_cookiecutter_generates(shop: Workshop, new: Path) -> None:
    folder = shop.place()
    shop.type(folder, "uvx cookiecutter gh:org/cookiecutter-sqlalchemy --checkout v1")

    assert {path for path in tree(new) if path not in tree(folder / SLUG)} == {".cruft.json"}
    assert tree(folder / SLUG).items() <= tree(new).items()


def test_a_check_fails_while_the_template_has_something_new(shop: Workshop, used: Path, followed: Path) -> None:
    assert "out of date" in shop.type(used, "uvx cruft check", returns=1)
    assert "up to date" in shop.type(followed, "uvx cruft check")


def test_a_diff_of_a_new_project_is_empty(shop: Workshop, new: Path) -> None:
    assert shop.type(new, "uvx cruft diff --exit-code") == ""


def test_a_diff_shows_the_edits_of_generated_files_and_nothing_else(shop: Workshop, used: Path) -> None:
    """From the project to the template: what the user added is what would go."""
    diff = shop.type(used, "uvx cruft diff --exit-code", returns=1)

    assert diff.startswith("diff --git ")
    changes = [line for line in diff.splitlines() if line.startswith(("+", "-")) and line[:3] not in ("+++", "---")]
    added = [line for path in sorted(ADDED) for line in ADDED[path]]
    assert sorted(changes) == sorted(f"-{line}" for line in [*added, DEPENDENCY.rstrip()])


# Update


def test_two_updates_lead_to_the_project_that_the_same_work_makes_of_a_new_one(shop: Workshop, followed: Path) -> None:
    assert tree(followed) == tree(worked(create(shop)))


def test_changes_of_the_template_arrive(used: Path, followed: Path) -> None:
    before, after = tree(used), tree(followed)

    assert before.keys() - after.keys() == {"CHANGELOG.md"}
    assert after.keys() - before.keys() == {"docs/upgrading.md", "src/my_project/db/health.py"}
    assert {path for path in before.keys() & after.keys() if before[path] != after[path]} == {
        ".cruft.json",
        LOCKING,
        "pyproject.toml",
        "src/my_project/db/session.py",
    }


def test_the_work_is_still_there(followed: Path) -> None:
    after = tree(followed)

    assert [path for path, lines in ADDED.items() if not after[path].decode().endswith("\n".join([*lines, ""]))] == []
    assert DEPENDENCY in after["pyproject.toml"].decode()
    assert {path: after[path].decode() for path in OWN} == OWN


def test_a_file_that_the_user_deleted_stays_deleted_though_the_template_changed_it(followed: Path) -> None:
    assert not (followed / LEFT_OUT).exists()


def test_an_update_leaves_no_variant_reject_or_empty_folder(followed: Path) -> None:
    paths = [path for path in followed.rglob("*") if ".git" not in path.relative_to(followed).parts]

    assert [path for path in paths if "@" in path.name or path.suffix in {".rej", ".orig"}] == []
    assert [path for path in paths if path.is_dir() and not any(path.iterdir())] == []


def test_a_new_question_gets_its_default(followed: Path) -> None:
    answers = json.loads((followed / ".cruft.json").read_text("utf-8"))["context"]["cookiecutter"]

    assert answers["api"] == "no-api"
    assert answers["_variants"]["api"] == ["no-api", "graphql"]
    assert not (followed / "src/my_project/api.py").exists()


def test_an_option_that_the_template_now_refuses_changes_nothing(shop: Workshop, used: Path) -> None:
    project = shop.copy(used)
    long = json.dumps({"description": "long " * 30 + "ago"})

    said = shop.type(project, f"uvx cruft update -y --variables-to-update '{long}'", returns=1)

    assert "description: 'long long" in said
    assert "has 153 characters, of 100 at most" in said
    assert tree(project) == tree(used)


def test_a_refused_update_ends_with_an_update_that_passes(shop: Workshop, used: Path) -> None:
    project = shop.copy(used)
    wrong = json.dumps({"author_email": "nobody", "io": "async"})

    said = shop.type(project, f"uvx cruft update -y --variables-to-update '{wrong}'", returns=1)
    shop.type(project, command_of(said))

    answers = json.loads((project / ".cruft.json").read_text("utf-8"))["context"]["cookiecutter"]
    assert (answers["author_email"], answers["io"]) == ("you@example.com", "async")


def test_a_project_that_cruft_is_refused_is_created_by_the_command_at_the_end(shop: Workshop) -> None:
    folder = shop.place()
    wrong = json.dumps({"project_name": "Class", "topology": "cluster", "author_name": "O'Neil"})

    said = shop.type(folder, f"uvx cruft create {ADDRESS} --extra-context {shlex.quote(wrong)}", returns=1)
    shop.type(folder, command_of(said))

    answers = json.loads((folder / "class-app" / ".cruft.json").read_text("utf-8"))["context"]["cookiecutter"]
    assert (answers["database"], answers["topology"], answers["author_name"]) == ("postgresql", "cluster", "O'Neil")


def test_an_update_does_not_begin_before_everything_is_committed(shop: Workshop, used: Path) -> None:
    project = shop.copy(used)
    (project / "README.md").write_text("mine, not committed", "utf-8")
    before = tree(project)

    assert "unclean" in shop.type(project, "uvx cruft update -y", returns=1)
    assert tree(project) == before


def test_without_y_cruft_dies_at_its_own_question(shop: Workshop, used: Path) -> None:
    """Click's `Choice` means nothing to typer 0.29. When this fails, docs/updating.md need no longer ask for -y."""
    project = shop.copy(used)

    said = shop.type(project, "uvx cruft update", returns=1)

    assert "AssertionError" in said
    assert tree(project) == tree(used)


def test_a_project_that_cookiecutter_made_can_join_later(shop: Workshop, followed: Path) -> None:
    project = shop.place() / SLUG
    shop.type(project.parent, "uvx cookiecutter gh:org/cookiecutter-sqlalchemy --checkout v1")
    worked(project)
    shop.type(project, f"uvx cruft link {ADDRESS} --checkout v1")
    shop.commit(project)

    shop.type(project, "uvx cruft update -y")

    assert tree(project) == tree(followed)


# Where the user and the template want something else


def same_line(project: Path) -> None:
    replace(project / LOCKING, "LOCK_WAIT = 60", "LOCK_WAIT = 45")


def removed_file(project: Path) -> None:
    (project / "CHANGELOG.md").write_text("Released by me.\n", "utf-8")


def same_name(project: Path) -> None:
    (project / "docs/upgrading.md").write_text("How I upgrade.\n", "utf-8")


# The file and the line of each.
TROUBLES: dict[Callable[[Path], None], tuple[str, str]] = {
    same_line: (LOCKING, "LOCK_WAIT = 45"),
    removed_file: ("CHANGELOG.md", "Released by me.\n"),
    same_name: ("docs/upgrading.md", "How I upgrade.\n"),
}


def troubled(shop: Workshop, project: Path, *troubles: Callable[[Path], None]) -> Path:
    """Return a copy of a project in which this was done and committed."""
    project = shop.copy(project)
    for trouble in troubles:
        trouble(project)
    shop.commit(project)
    return project


@pytest.fixture(scope="module")
def collided(shop: Workshop, used: Path) -> Callable[..., tuple[Path, str]]:
    """Return the project in which this was done before an update, and what that said; do not change it."""
    updates: dict[tuple[Callable[[Path], None], ...], tuple[Path, str]] = {}

    def collided(*troubles: Callable[[Path], None]) -> tuple[Path, str]:
        if troubles not in updates:
            project = troubled(shop, used, *troubles)
            updates[troubles] = project, shop.type(project, "uvx cruft update -y")
        return updates[troubles]

    return collided


@pytest.mark.parametrize("troubles", [[same_line], [removed_file], [same_name], [same_line, removed_file, same_name]])
def test_nothing_that_the_user_wrote_is_lost_and_the_rest_of_the_update_arrives(
    troubles: list[Callable[[Path], None]], collided: Callable[..., tuple[Path, str]]
) -> None:
    project, _ = collided(*troubles)

    after = {path: text.decode() for path, text in tree(project).items()}
    written = [TROUBLES[trouble] for trouble in troubles]
    assert [path for path, text in written if text not in after[path]] == []
    assert {path: after[path] for path in OWN} == OWN
    assert [path for path, lines in ADDED.items() if "\n".join(lines) not in after[path]] == []
    assert "faulthandler_timeout = 600" in after["pyproject.toml"]
    assert "src/my_project/db/health.py" in after


def test_a_line_that_both_changed_is_there_twice_between_the_marks_of_a_conflict(
    shop: Workshop, collided: Callable[..., tuple[Path, str]]
) -> None:
    project, said = collided(same_line)

    marked = (
        "<<<<<<< ours\nLOCK_WAIT = 45  # seconds to wait for another migrator\n=======\n"
        "LOCK_WAIT = 90  # seconds to wait for another migrator\n>>>>>>> theirs\n"
    )
    assert marked in (project / LOCKING).read_text("utf-8")
    assert f"UU {LOCKING}" in shop.type(project, "git status --short")
    assert "Good work!" in said  # which is why docs/updating.md says where to look


def test_a_file_of_the_user_and_a_new_one_of_the_template_are_both_there(
    collided: Callable[..., tuple[Path, str]],
) -> None:
    project, _ = collided(same_name)

    text = (project / "docs/upgrading.md").read_text("utf-8")
    assert text == "<<<<<<< ours\nHow I upgrade.\n=======\n# Upgrading\n\nNothing to do.\n>>>>>>> theirs\n"


def test_beside_an_edited_file_that_the_template_removed_a_conflict_is_a_file_of_its_own(
    collided: Callable[..., tuple[Path, str]],
) -> None:
    """Then git cannot merge, and cruft applies each change that fits as it stands."""
    project, _ = collided(*TROUBLES)

    assert "<<<<<<<" not in (project / LOCKING).read_text("utf-8")
    rejected = (project / f"{LOCKING}.rej").read_text("utf-8").splitlines()
    assert [line for line in rejected if line.startswith("+LOCK_WAIT = 90")] != []


def test_a_change_that_failed_to_apply_shows_as_a_difference(
    shop: Workshop, collided: Callable[..., tuple[Path, str]]
) -> None:
    project, _ = collided(*TROUBLES)

    diff = shop.type(project, "uvx cruft diff")

    assert "\n+LOCK_WAIT = 90" in diff
    assert "\n+Nothing to do.\n" in diff


def test_an_update_can_be_taken_back(shop: Workshop, used: Path) -> None:
    project = troubled(shop, used, *TROUBLES)
    before = tree(project)

    shop.type(project, "uvx cruft update -y && git reset --hard && git clean --force -d")

    assert tree(project) == before


# Another answer


@pytest.mark.parametrize(
    "answers",
    [
        {"database": "postgresql"},
        {"io": "async"},
        {"license": "proprietary"},
        {"example": "no-example"},
        {"web": "fastapi"},
        {"database": "mysql", "io": "async", "ci": "no-ci", "web": "fastapi", "api": "graphql"},
    ],
    ids=lambda answers: "-".join(answers.values()),
)
def test_another_option_leads_to_the_project_that_the_same_work_makes_of_a_new_one(
    answers: dict[str, str], shop: Workshop, switch: Callable[..., Path]
) -> None:
    assert tree(switch(**answers)) == tree(worked(create(shop, **answers)))


def test_a_project_that_became_async_passes_its_own_tests(shop: Workshop, switch: Callable[..., Path]) -> None:
    done = inside.own_tests(shop.copy(switch(io="async")))

    assert done.returncode == 0, done.stdout
    assert "await " in (switch(io="async") / "tests/db/test_session.py").read_text("utf-8")


# With git alone, as docs/updating.md says it


def git_alone() -> str:
    """Return the commands for a project without cruft."""
    once, each_time = commands_of("With git alone", PAGE)
    return f"{once}{each_time}"


@pytest.fixture(scope="module")
def plain(shop: Workshop) -> Path:
    """A project of the first year, as cookiecutter generates it, with work in it."""
    folder = shop.place()
    shop.type(folder, "uvx cookiecutter gh:org/cookiecutter-sqlalchemy --checkout v1")
    shop.commit(folder / SLUG)
    shop.commit(work(folder / SLUG))
    return folder / SLUG


def test_git_alone_leads_to_the_project_that_the_same_work_makes_of_a_new_one(shop: Workshop, plain: Path) -> None:
    project, folder = shop.copy(plain), shop.place()
    shop.type(folder, "uvx cookiecutter gh:org/cookiecutter-sqlalchemy")

    shop.type(project, git_alone())

    assert tree(project) == tree(work(folder / SLUG))


def test_git_alone_follows_a_file_that_the_user_moved(shop: Workshop, plain: Path) -> None:
    project = shop.copy(plain)
    shop.type(project, f"git mv {LOCKING} src/my_project/migrations/waiting.py && git commit -m Move")

    shop.type(project, git_alone())

    assert "LOCK_WAIT = 90" in (project / "src/my_project/migrations/waiting.py").read_text("utf-8")


def test_where_git_alone_cannot_merge_it_stops_and_shows_both(shop: Workshop, plain: Path) -> None:
    project = troubled(shop, plain, *TROUBLES)

    said = shop.type(project, git_alone(), returns=1)

    assert {line.split()[1] for line in said.splitlines() if line.startswith("CONFLICT")} == {
        "(content):",
        "(modify/delete):",
        "(add/add):",
    }
    after = tree(project)
    assert [path for path, text in TROUBLES.values() if text.encode() not in after[path]] == []
    assert b"LOCK_WAIT = 90" in after[LOCKING]


def test_git_alone_works_again_the_year_after(shop: Workshop, plain: Path) -> None:
    project = shop.copy(plain)
    second_year = git_alone().replace("gh:org/cookiecutter-sqlalchemy", "gh:org/cookiecutter-sqlalchemy --checkout v2")
    shop.type(project, second_year)

    _, each_time = commands_of("With git alone", PAGE)
    shop.type(project, each_time)

    assert "faulthandler_timeout = 600" in (project / "pyproject.toml").read_text("utf-8")
    assert (project / "src/my_project/db/health.py").exists()


def test_replayed_options_do_not_fit_a_template_with_more_prompts(shop: Workshop, plain: Path) -> None:
    """So docs/updating.md says to choose them again."""
    replay = shop.folder / "home" / ".cookiecutter_replay" / "cookiecutter-sqlalchemy.json"
    shop.type(shop.place(), "uvx cookiecutter gh:org/cookiecutter-sqlalchemy --checkout v1")
    answers = shop.place() / "answers.json"
    answers.write_bytes(replay.read_bytes())

    said = shop.type(
        answers.parent, f"uvx cookiecutter gh:org/cookiecutter-sqlalchemy --replay-file {answers}", returns=1
    )

    assert "api@graphql.py: after '@' is no option" in said


# docs/updating.md


def test_the_commands_of_the_page_bring_the_template_up_to_date(shop: Workshop) -> None:
    """In their order; the template goes on to its third year after the first of them."""
    begin, follow = commands_of("With cruft", PAGE)
    [switch] = commands_of("Change an option", PAGE)
    folder = shop.place()

    shop.type(folder, begin.replace(ADDRESS, f"{ADDRESS} --checkout v1"))
    check, *rest = follow.splitlines(keepends=True)
    assert "out of date" in shop.type(folder / SLUG, check, returns=1)
    assert "Good work!" in shop.type(folder / SLUG, "".join(rest))
    shop.commit(folder / SLUG)
    shop.type(folder / SLUG, switch)

    assert tree(folder / SLUG) == tree(create(shop, io="async"))
