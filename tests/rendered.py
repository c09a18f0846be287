"""One of the projects that the template can generate, to be read and not to be changed."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

from .answers import CHOICES

# The name decides how long lines are and where imports are sorted, so both ends are rendered: the
# shortest, and the longest that is allowed. A format that is right for both is right for all lengths
# in between. A line that fits with the longest name fits with each; one that must be broken with the
# shortest must be broken with each.
NAMES = {"short": "ab", "long": "Zoological observations of all the northern islets"}


def length_of_name(answers: dict[str, str]) -> str:
    """Return which of NAMES a combination is rendered with.

    It goes by the license, on which no other file depends: so all other options meet both.
    """
    return list(NAMES)[CHOICES["license"].index(answers["license"]) % len(NAMES)]


# Characters that people may type, and that are syntax in some format.
TEXTS = {
    "description": r"""It's "50 %" of C:\new, #1 for ${5}: <b>x</b> & 日本語 🎉""",
    "author_name": r"Renée \"R.\" O'Neil 👩‍💻",
    "author_email": "o'neil+$%&#1@example.com",
}


@cache
def error_in(path: str, text: str) -> str | None:
    """Return why a file is malformed, or None; most files occur in many projects."""
    try:
        if path.endswith(".py"):
            compile(text, path, "exec", dont_inherit=True)
        elif path.endswith(".toml"):
            tomllib.loads(text)
        elif path.endswith((".yml", ".yaml")):
            yaml.safe_load(text)
        elif path.endswith(".env.example") and not all(dotenv_values(stream=StringIO(text)).values()):
            return f"{path}: a variable without a value"
    except (SyntaxError, ValueError, yaml.YAMLError) as error:
        return f"{path}: {error}"
    return None


@dataclass(frozen=True)
class Rendered:
    """A project and its options."""

    path: Path
    answers: dict[str, str]

    @cached_property
    def files(self) -> dict[str, str]:
        """The text of each file, by its path in the project with `/`."""
        # bytes, because reading as text would make every line end in \n
        return {
            path.relative_to(self.path).as_posix(): path.read_bytes().decode()
            for path in sorted(self.path.rglob("*"))
            if path.is_file()
        }

    def texts(self, *suffixes: str) -> Iterator[tuple[str, str]]:
        """Return path and text of the files that end like this."""
        return ((path, text) for path, text in self.files.items() if path.endswith(suffixes))

    @cached_property
    def package(self) -> str:
        """The name of its package."""
        return next((self.path / "src").iterdir()).name

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """Return its pyproject.toml."""
        return tomllib.loads(self.files["pyproject.toml"])


def on_each(check: Callable[[Rendered], None]) -> Callable[[list[Rendered]], None]:
    """Make a test of a check of one project: pytest itself costs more than most of them for each of 960 projects."""

    @wraps(check)  # so pytest finds the fixture by the name of the argument
    def test(rendered: list[Rendered]) -> None:
        for project in rendered:
            try:
                check(project)
            except BaseException as error:
                error.add_note(f"in {project.answers}")
                raise

    return test
