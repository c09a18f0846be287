"""A refusal ends with a command that passes: here it is pasted, and makes the project that was meant."""

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from .adversarial import CORPUS, ERROR, Attempt, cookiecutter, damage, places
from .answers import CHOICES, CONTEXT, QUESTIONS, ROOT, TEXTS
from .projects import PACKAGE, SLUG, printed, run
from .test_hooks import GOOD, PRE_GEN
from .transcript import in_terminal
from .workshop import UVX

INTRODUCTION = "Ignore cookiecutter's traceback below. This command passes:"
TYPED = {
    "project_name": 'Zoë\'s "shop" & $HOME',
    "description": "100 % `free`; it's {one} \\ of (many) 🎉 日本",
    "author_name": "山田　太郎",
    "author_email": "o'neil+x@example.com",
}


def refused(folder: Path, *arguments: str) -> str:
    """Run cookiecutter with options that are refused; return what the template says."""
    done = cookiecutter(folder, "--no-input", *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr  # which cookiecutter prints to the other stream
    return done.stderr


def command_of(said: str) -> str:
    """Return the command between two empty lines that the template says last."""
    return said.partition(f"{INTRODUCTION}\n\n")[2].partition("\n\n")[0]


def pasted(folder: Path, said: str) -> dict[str, str]:
    """Paste the command at the end into a shell; return the options that cookiecutter then knew."""
    programs = folder.with_name("bin")
    programs.mkdir()
    (programs / "uvx").write_text(UVX, encoding="utf-8")
    (programs / "uvx").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    printed(run(folder, "bash", "-c", command_of(said), PATH=path, **places(folder)))
    [replay] = folder.with_name("home").glob(".cookiecutter_replay/*.json")
    known = json.loads(replay.read_text(encoding="utf-8"))["cookiecutter"]
    return {question: known[question] for question in QUESTIONS}


@pytest.mark.skipif(sys.platform == "win32", reason="has no bash of its own")
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"topology": "cluster", "io": "async"}, {"database": "postgresql"}),
        ({"package_name": "class", **TYPED, "project_slug": "shop"}, {"package_name": "class_app"}),
        ({"project_slug": "../up", "web": "fastapi"}, {"project_slug": "up", "package_name": "up"}),
        (
            {"project_name": "Import", "author_email": "é@é", "license": "bsd-3-clause", "primary_key": "uuid"},
            {"project_slug": "import-app", "package_name": "import_app", "author_email": "you@example.com"},
        ),
    ],
    ids=["a cluster of SQLite", "a module of Python", "another folder", "several"],
)
def test_the_command_at_the_end_makes_the_project_that_was_meant(
    given: dict[str, str], meant: dict[str, str], folder: Path
) -> None:
    said = refused(folder, *(f"{prompt}={value}" for prompt, value in given.items()))

    options = pasted(folder, said)

    assert options.items() >= {**given, **meant}.items()
    [project] = folder.iterdir()
    assert damage(project, {name: options[name] for name in TEXTS}) == []


def test_a_refusal_ends_with_the_command(folder: Path) -> None:
    said = refused(folder, "project_slug=class")

    assert command_of(said).startswith("uvx cookiecutter ")
    assert said.endswith(f"{INTRODUCTION}\n\n{command_of(said)}\n\n")


def test_a_refusal_fits_a_terminal_of_80_columns_and_24_lines(folder: Path) -> None:
    lines = refused(folder, "topology=cluster", "project_name=Class", "author_email=nobody").splitlines()

    assert len(lines) <= 24
    # but for the folder of the tests, whose name is as long as it is
    assert [line for line in lines if len(line) > 80 and str(folder) not in line] == []


def test_in_a_terminal_the_command_stands_directly_above_what_cookiecutter_says(folder: Path) -> None:
    command = [sys.executable, "-m", "cookiecutter", ROOT, "--no-input", "author_email=nobody"]

    with pytest.raises(RuntimeError) as error:
        in_terminal(folder, command, **places(folder))

    assert re.search(rf"{INTRODUCTION}\n\nuvx cookiecutter (.+\\\n)+.+\n\nERROR: Stopping generation", str(error.value))


def test_sqlite_with_a_cluster_is_told_of_servers_and_of_a_single_server(folder: Path) -> None:
    assert (
        "\n  database: 'sqlite' is one file, and a cluster needs database servers."
        "\n    Try: postgresql or mysql or topology=single-server\n"
    ) in refused(folder, "topology=cluster")


def test_beside_a_folder_that_is_in_use_the_command_takes_a_free_name(folder: Path) -> None:
    (folder / SLUG).mkdir()
    (folder / SLUG / "precious.txt").write_text("mine", encoding="utf-8")
    (folder / f"{SLUG}-2").mkdir()

    options = pasted(folder, refused(folder, "--overwrite-if-exists"))

    assert (options["project_slug"], options["package_name"]) == (f"{SLUG}-3", PACKAGE)
    assert [path.name for path in (folder / SLUG).iterdir()] == ["precious.txt"]


def answers_of(**given: str) -> dict[str, Any]:
    """Return what the hook gets for these options; the filter `tojson` sorts them."""
    chosen = {prompt: choices[0] for prompt, choices in CHOICES.items()}
    others = {name: CONTEXT[name] for name in ("_variants", "_impossible")}
    return dict(sorted({**chosen, **GOOD, **others, "_template": ".", "_output_dir": ".", **given}.items()))


@pytest.mark.parametrize("attempt", [attempt for attempt in CORPUS if attempt.wanted == ERROR], ids=str)
def test_no_option_is_refused_in_the_command(attempt: Attempt) -> None:
    answers = answers_of(**{attempt.prompt: attempt.value})
    better = {prompt: best for prompt, _, best, *_ in PRE_GEN["problems"](answers)}

    command = PRE_GEN["pasted"](PRE_GEN["command"](answers, better))

    options = dict(word.split("=", 1) for word in shlex.split(command.replace(" \\\n", " ")) if "=" in word)
    assert list(PRE_GEN["problems"](answers | options)) == []
    assert options == {prompt: better.get(prompt, answers[prompt]) for prompt in QUESTIONS}


def test_the_page_on_refusals_shows_one_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "refused-and-interrupted.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: name)
    defaults = {"description": CONTEXT["description"], "author_name": CONTEXT["author_name"]}
    given = {"project_name": "Orders", "project_slug": "orders", "package_name": "orders"}
    wrong = {"topology": "cluster", "author_email": "nobody"}
    places = {"_template": "gh:org/cookiecutter-sqlalchemy", "_output_dir": "/srv"}

    PRE_GEN["main"](answers_of(**defaults, **given, **wrong, **places))

    assert f"```text\n{capsys.readouterr().err.rstrip()}\n```" in page


def test_a_command_for_windows_is_one_line_with_double_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    words = ["cookiecutter", r"C:\a b", "gh:org/name", 'description=a "b"', "io=sync", *["web=no-web"] * 9]
    line = PRE_GEN["pasted"](words)

    assert line == r'cookiecutter "C:\a b" gh:org/name "description=a \"b\"" io=sync' + " web=no-web" * 9
