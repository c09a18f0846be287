"""Projects for the tests: each set of answers is rendered once."""

from pathlib import Path
from typing import Any, Protocol

import pytest
from cookiecutter.main import cookiecutter
from jinja2 import Environment

from .answers import QUESTIONS, ROOT


class Bake(Protocol):
    """Return the project with these answers; what is not given has its default."""

    def __call__(self, **answers: str) -> Path: ...


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Render a project, or return the one that was rendered before: read it, and copy it to change it.

    Not in threads: cookiecutter changes the working directory of the process.
    """
    folder = tmp_path_factory.mktemp("baked")
    projects: dict[frozenset[tuple[str, str]], Path] = {}
    compiled: dict[tuple[Any, ...], Any] = {}
    compile_template = Environment.compile

    def compile_once(environment: Environment, source: Any, *names: Any) -> Any:
        if (source, *names) not in compiled:
            compiled[source, *names] = compile_template(environment, source, *names)
        return compiled[source, *names]

    def bake(**answers: str) -> Path:
        # cookiecutter itself ignores what it does not know
        if unknown := answers.keys() - QUESTIONS.keys():
            raise ValueError(f"no questions of the template: {', '.join(sorted(unknown))}")
        key = frozenset(answers.items())
        if key not in projects:
            with pytest.MonkeyPatch.context() as patch:
                # cookiecutter leaves its copies of the hooks in the folder for temporary files
                patch.setattr("tempfile.tempdir", str(folder))
                # templates are compiled once and not for each project, which takes a third off the time
                patch.setattr(Environment, "compile", compile_once)
                project = cookiecutter(
                    str(ROOT),
                    no_input=True,
                    extra_context=answers,
                    output_dir=str(folder / str(len(projects))),
                    # instead of the folders in the home of whoever runs the tests
                    default_config={"cookiecutters_dir": str(folder / "clones"), "replay_dir": str(folder / "replay")},
                )
            projects[key] = Path(project)
        return projects[key]

    return bake
