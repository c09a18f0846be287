"""Imports in new processes, the first connection, and migrations, against SQLAlchemy and Alembic alone.

Imports are measured in the processor time of a whole process, Python's own start included. Beside it are the number of
loaded modules, and the most memory that the process used. The same revisions, each of which runs one statement, are
applied by the command of the project, and by plain Alembic with the `env.py` that `alembic init` writes, without its
logging.
"""
# mypy: disable-error-code="import-not-found"

import resource
import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from minimum import DRIVERS, write_minimum
from side_by_side import compare, pick
from sqlalchemy import make_url

from tests import inside
from tests.clients import execute, tables
from tests.projects import printed, run

HERE = Path.cwd()
PROJECT = HERE / "my-project"
URL = make_url(sys.argv[1])
IO = "async" if inside.is_async(PROJECT) else "sync"
ROUNDS = pick(1, 3, 15)
# ru_maxrss would begin with the memory of the process that started this one
LOOK = """
import sys
with open("/proc/self/status") as status:
    print(len(sys.modules), next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""

# The imports of a program of the project, and a part of them.
SQLALCHEMY = "import sqlalchemy, sqlalchemy.orm"
if IO == "async":
    SQLALCHEMY += ", sqlalchemy.ext.asyncio"
SESSION = "import my_project.models, my_project.db.session"
IMPORTS = {
    "SQLAlchemy alone": SQLALCHEMY,
    "models and session": SESSION,
    "and settings": f"{SESSION}, my_project.settings",
    "and retry": f"{SESSION}, my_project.db.retry",
    "and both": f"{SESSION}, my_project.settings, my_project.db.retry",
}

MAKE = {
    "the project": "from my_project.db.session import make_engine\nengine = make_engine({url!r})\n",
    "sync": "import sqlalchemy.orm\nfrom sqlalchemy import create_engine\nengine = create_engine({driven!r})\n",
    "async": (
        "import sqlalchemy.orm\nfrom sqlalchemy.ext.asyncio import create_async_engine\n"
        "engine = create_async_engine({driven!r})\n"
    ),
}
CONNECT = {
    "sync": "with engine.connect() as connection:\n    connection.exec_driver_sql('SELECT 1')\nengine.dispose()\n",
    "async": """\
import asyncio
async def main():
    async with engine.connect() as connection:
        await connection.exec_driver_sql('SELECT 1')
    await engine.dispose()
asyncio.run(main())
""",
}

REVISION = """\
from alembic import op

revision = "r{number}"
down_revision = {before}


def upgrade() -> None:
    op.execute("CREATE TABLE t{number} (id INTEGER PRIMARY KEY)")


def downgrade() -> None:
    op.drop_table("t{number}")
"""


def started(folder: Path, *arguments: str, **environment: str) -> tuple[float, str]:
    """Run Python, and return its processor time and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = printed(run(folder, sys.executable, *arguments, PYTHONPATH=f"{folder / 'src'}", **environment))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def once(code: str) -> Mapping[str, float]:
    """Run code in a new process."""
    seconds, output = started(PROJECT, "-c", code + LOOK)
    modules, kibibytes = output.split()
    return {"seconds": seconds, "modules": float(modules), "MiB of memory": int(kibibytes) / 1024}


def upgrade(folder: Path, revisions: int, *command: str) -> Mapping[str, float]:
    """Migrate an empty database to the last revision."""
    database = HERE / "upgraded.db"
    database.unlink(missing_ok=True)
    url = f"sqlite:///{database}"
    seconds, _ = started(folder, *command, "upgrade", "head", DATABASE_URL=url)
    if len(tables(url)) != revisions + len(["alembic_version"]):
        sys.exit(f"{command} made {tables(url)}")
    return {"seconds": seconds}


def with_revisions(project: Path, versions: str, count: int) -> Path:
    """Return a copy of a project whose history is so many revisions."""
    copied = Path(shutil.copytree(project, HERE / f"{count}" / project.name))
    shutil.rmtree(copied / versions)
    (copied / versions).mkdir()
    for number in range(count):
        before = repr(f"r{number - 1}") if number else None
        path = copied / versions / f"{number}.py"
        path.write_text(REVISION.format(number=number, before=before), encoding="utf-8")
    return copied


compare("imports", {name: partial(once, code) for name, code in IMPORTS.items()}, group=IO, clock="CPU", rounds=ROUNDS)

driven = URL.set(drivername=DRIVERS[URL.get_backend_name(), IO][0]).render_as_string(hide_password=False)
first: dict[str, Any] = {
    name: partial(once, MAKE[key].format(url=sys.argv[1], driven=driven) + CONNECT[IO])
    for name, key in {"SQLAlchemy alone": IO, "this project": "the project"}.items()
}
execute(sys.argv[1], "CREATE TABLE something (id INTEGER)")  # the file exists
compare("the first connection", first, group=IO, clock="CPU", rounds=ROUNDS)

minimum = write_minimum(HERE / "minimum", URL.get_backend_name(), IO, 1)
for count in (1, 200):
    plain = with_revisions(minimum, "migrations/versions", count)
    ours = with_revisions(PROJECT, "src/my_project/migrations/versions", count)
    ways = {
        "Alembic alone": partial(upgrade, plain, count, "-m", "alembic"),
        "this project": partial(upgrade, ours, count, "-m", "my_project.migrations"),
    }
    title = f"`upgrade head` with {count} revision{'s' if count > 1 else ''}"
    compare(title, ways, x=count, group=IO, clock="CPU", rounds=pick(1, 2, 9))
