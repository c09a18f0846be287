"""Do what a page of the guide says, in a project made for it, and compare what that prints with what the page shows."""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from . import existing, inside, servers
from .conftest import Bake, NewDatabase
from .forks import SharedEnvironment
from .pages import Page, Part, as_json
from .projects import PACKAGE
from .test_readme import shell

CONTAINERS = "needs Docker; test_container.py builds the image with buildah, and does what compose does"

# Blocks that are not typed here, and why.
NOT_RUN = {
    "uvx cookiecutter gh:org/cookiecutter-sqlalchemy": "is what others have; the tests have this one",
    "docker compose --profile site up --build --wait": CONTAINERS,
    "docker compose --profile site down": CONTAINERS,
    "docker build --tag my-project .": CONTAINERS,
    "docker run --rm --env DATABASE_URL my-project my-project-db upgrade head\n"
    "docker run --rm --env DATABASE_URL --publish 8000:8000 --read-only --tmpfs /tmp my-project": CONTAINERS,
    "docker run --rm --volume my-project:/data my-project my-project-db upgrade head\n"
    "docker run --rm --volume my-project:/data --publish 8000:8000 my-project": CONTAINERS,
    "uv run pytest tests/test_container.py -rP": "is a command of this repository, and no project's",
}


def prints(shown: str, output: str) -> bool:
    """Return whether the output is the one shown: a page may break long lines, and `...` stands for lines left out."""
    pattern = r"\s+".join(re.escape(word).replace(re.escape("..."), ".*") for word in shown.split())
    return re.fullmatch(rf"\s*{pattern}\s*", output, re.DOTALL) is not None


@dataclass(frozen=True)
class Reader:
    """A project in which everything that a page says was done, and the environment of its commands."""

    project: Path
    databases: dict[str, str]
    environment: SharedEnvironment
    is_unprivileged: bool  # PostgreSQL does not run as root, and a fork cannot become another user

    def types(self, script: str) -> str:
        """Run shell commands, and return what they print."""
        variables = {**self.databases, "UV_PROJECT_ENVIRONMENT": str(self.environment.folder)}
        if self.is_unprivileged:
            script = shlex.join(servers.unprivileged(["bash", "-euxo", "pipefail", "-c", script]))
            return shell(self.project, script, **variables)
        return shell(self.project, script, self.environment.programs, **variables)


@contextmanager
def done(
    page: Page, part: Part, bake: Bake, new_database: NewDatabase, environment: SharedEnvironment
) -> Iterator[Reader]:
    """Do what a part of a page says; fail if a block does not print what the page shows."""
    database = page.server or part.answers["database"]
    databases = {"DATABASE_URL": new_database(database), "TEST_DATABASE_URL": new_database(database)}
    blocks = [block for block in part.blocks if block.text.strip() not in NOT_RUN]

    # not pytest's folder, from which it keeps the user away as whom PostgreSQL runs where a wheel has brought it
    with TemporaryDirectory() as name:
        reader = Reader(inside.copy(bake(**part.answers), Path(name)), databases, environment, "initdb" in page.text)
        file = Path(name) / "blocks.json"
        file.write_text(json.dumps(as_json(blocks)), "utf-8")
        reader.types("uv sync --quiet")  # also takes out what another page added
        if page.existing:
            existing.create(databases["DATABASE_URL"], page.existing)
        elif any((reader.project / "src" / PACKAGE / "migrations" / "versions").glob("*.py")):
            reader.types(f"uv run --quiet python -m {PACKAGE}.migrations upgrade head")
        reader.types(f"uv run --quiet python {inside.PROGRAMS / 'page.py'} {file}")
        for block in json.loads(file.read_text("utf-8")):
            where = f"{page.path.name}, line {block['line']}"
            assert block["shown"] is not None or "error" not in block, f"{where}:\n{block['output']}\n{block['error']}"
            if block["shown"] is not None:
                assert prints(block["shown"], block["output"]), f"{where}:\n{block['output']}"
        yield reader
