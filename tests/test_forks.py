"""A command that runs in a fork does what it does in a new interpreter."""

import re
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake
from .forks import SharedEnvironment
from .projects import PACKAGE
from .test_readme import shell

# Programs of which all that is visible outside is compared: what they print, and how they end.
PROGRAMS = {
    "place": """
        import os, sys
        print(os.getcwd(), sys.argv, sys.path, sys.executable, __name__, __file__)
        print(os.environ["SAID"], sys.stdout.isatty(), sys.modules["__main__"].__file__)
        """,
    "standard files": "import sys; print(sys.stdin.read()); print('to the other', file=sys.stderr)",
    "clock": "import time; print(time.strftime('%H %Z', time.gmtime(0)), time.strftime('%H %Z', time.localtime(0)))",
    "code": "import sys; sys.exit(3)",
    "message": "import sys; sys.exit('what went wrong')",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "end": "import atexit; atexit.register(print, 'at exit'); print('before')",
    "thread": """
        import threading, time
        threading.Thread(target=lambda: (time.sleep(0.2), print("after the main thread"))).start()
        """,
    "processes": """
        from multiprocessing import get_context
        def work(number):
            return number * number
        if __name__ == "__main__":
            with get_context("spawn").Pool(2) as pool:
                print(pool.map(work, range(4)))
        """,
    "project": "import my_project.settings as it; print(it.__file__)",
    "stranger": """
        try:
            import flask
        except ImportError as error:
            print(error)
        """,
}
COMMANDS = {
    **dict.fromkeys(PROGRAMS, "uv run --quiet python program.py a 'b c' <<< input"),
    "module": "uv run --quiet python -m tests.program x",
    "module of a package": f"uv run --quiet python -m {PACKAGE}.migrations heads",
    "script": "uv run my-project-db heads",
    "wrong script": "uv run my-project-db nothing",
    "passing tests": "uv run --quiet pytest -q -p no:cacheprovider tests/test_settings.py",
    "failing tests": "uv run --quiet pytest -q -p no:cacheprovider tests/nothing.py",
    "other options": "uv run --quiet --no-sync python -c 'print(1)'",
    "no Python": "uv run --quiet ruff --version",
    "pipe": "uv run --quiet python -m json.tool <<< '[1]' | uv run --quiet python -m json.tool --compact",
}


def plant(project: Path, name: str) -> None:
    """Write one of PROGRAMS into a project, and a module."""
    program = "\n".join(re.sub(r"^ {8}", "", line) for line in PROGRAMS.get(name, "").splitlines())
    (project / "program.py").write_text(program, "utf-8")
    (project / "tests" / "program.py").write_text("import sys; print(sys.argv, sys.path[0], __name__)", "utf-8")


def timeless(said: str) -> str:
    """Return an output without times, and without the process in what bash says of a killed one."""
    return re.sub(r"\d\.\d\ds| \d+ Killed", "", said)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fork_does_what_a_new_interpreter_does(
    name: str, bake: Bake, environment: SharedEnvironment, tmp_path: Path
) -> None:
    project = inside.copy(bake(example="no-example"), tmp_path)
    plant(project, name)
    script = f"uv sync --quiet; set +x; {COMMANDS[name]} || echo returned $?"
    variables = {
        "SAID": "ä",
        "TZ": "America/New_York",
        "UV_PROJECT_ENVIRONMENT": str(environment.folder),
        "DATABASE_URL": "sqlite://",
    }

    forked, new = (shell(project, script, *programs, **variables) for programs in [[environment.programs], []])

    assert timeless(forked) == timeless(new)


WORDS = {
    **{name: ["program.py", "a", "b c"] for name in PROGRAMS},
    "module": ["-m", "tests.program", "x"],
    "module of a package": ["-m", f"{PACKAGE}.migrations", "heads"],
    "words": ["-c", "import sys; print(sys.argv, sys.path, __name__)", "x"],
    "tests": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests/test_settings.py"],
}


@pytest.mark.parametrize("name", WORDS)
def test_python_inside_a_project_does_what_a_new_interpreter_does(name: str, bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(example="no-example"), tmp_path)
    plant(project, name)
    variables = {"SAID": "ä", "TZ": "America/New_York"}

    forked, new = (it(project, *WORDS[name], **variables) for it in (inside.python, inside.new_python))

    assert (forked.returncode, timeless(forked.stdout), forked.stderr) == (
        new.returncode,
        timeless(new.stdout),
        new.stderr,
    )


def test_a_fork_has_what_every_project_imports_and_nothing_of_one(
    bake: Bake, environment: SharedEnvironment, tmp_path: Path
) -> None:
    project = inside.copy(bake(example="no-example"), tmp_path)
    (project / "program.py").write_text(
        f"import sys; print('sqlalchemy.orm' in sys.modules, '{PACKAGE}' in sys.modules)"
    )

    variables = {"UV_PROJECT_ENVIRONMENT": str(environment.folder)}
    said = shell(project, "uv sync --quiet; uv run --quiet python program.py", environment.programs, **variables)

    assert said.startswith("True False\n")


def test_an_error_is_the_last_that_a_fork_says(bake: Bake, environment: SharedEnvironment, tmp_path: Path) -> None:
    project = inside.copy(bake(example="no-example"), tmp_path)
    (project / "program.py").write_text("raise ValueError('wrong')", "utf-8")

    script = "uv sync --quiet; uv run --quiet python program.py 2>&1 | tail -1"
    variables = {"UV_PROJECT_ENVIRONMENT": str(environment.folder)}
    said = shell(project, f"set +o pipefail; {script}", environment.programs, **variables)

    assert said.startswith("ValueError: wrong\n")
