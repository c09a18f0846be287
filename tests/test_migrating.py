"""Migrations where they are hard: many at once, behind a lock, half-way, from code, on shared connections."""

import json
import re
from contextlib import closing
from pathlib import Path
from signal import SIGQUIT

import pytest
from sqlalchemy import make_url

from . import inside, servers
from .clients import connection_to, execute, rows, tables
from .conftest import Bake, NewDatabase, skipped_without_servers
from .labs import DATABASES, Lab, new_lab
from .planting import FIRST, LONGER_NAMES, Edit, Revision
from .projects import printed

OWN_TABLES = {"companies", "employees", "alembic_version"}


@pytest.fixture(params=DATABASES)
def lab(request: pytest.FixtureRequest, bake: Bake, new_database: NewDatabase, tmp_path: Path) -> Lab:
    return new_lab(bake, new_database, tmp_path, request.param)


def only_on(*databases: str) -> pytest.MarkDecorator:
    """Let a test run on these databases instead of all."""
    return pytest.mark.parametrize("lab", databases, indirect=True)


# Three more revisions: one that takes its time, so that the others come meanwhile; and one that changes data, and
# would do it again if it ran twice.
REVISIONS = [
    Revision(
        'from time import sleep\nsleep(0.5)\nop.create_table("notes", sa.Column("text", sa.String(length=50)))',
        'op.drop_table("notes")',
    ),
    Revision("op.execute(\"INSERT INTO notes VALUES ('once')\")", name="third", follows="second"),
    Revision(
        'op.add_column("notes", sa.Column("more", sa.String(length=50)))',
        'op.drop_column("notes", "more")',
        name="fourth",
        follows="third",
    ),
]
# Edits that remove the lock between migrations of each database.
NO_LOCK = {
    "sqlite": Edit("migrations/locking.py", '"BEGIN IMMEDIATE"', '"BEGIN"'),
    "postgresql": Edit("migrations/locking.py", "SELECT pg_try_advisory_lock({LOCK_KEY})", "SELECT 1"),
    "mysql": Edit("migrations/locking.py", "SELECT GET_LOCK({LOCK_NAME}, 0)", "SELECT 1"),
}


def test_four_replicas_that_start_together_migrate_once(lab: Lab) -> None:
    lab.plant(*REVISIONS)

    done = inside.python(lab.project, inside.PROGRAMS / "replicas.py", DATABASE_URL=lab.url)

    assert json.loads(done.stdout) == [0, 0, 0, 0], done.stderr
    assert re.findall(r"Running upgrade \w* -> (\w+)", done.stderr) == [FIRST, "second", "third", "fourth"]
    assert rows(lab.url, "SELECT version_num FROM alembic_version") == [("fourth",)]
    assert rows(lab.url, "SELECT text FROM notes") == [("once",)]


def test_without_the_lock_replicas_fail(lab: Lab) -> None:
    """The other side of the promise."""
    lab.plant(*REVISIONS, NO_LOCK[lab.database])

    codes = json.loads(lab.program("replicas"))

    assert codes != [0, 0, 0, 0]


# The lock of another process that migrates, or, on SQLite, writes.
HOLDERS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_lock(7233461)",
    "mysql": "SELECT GET_LOCK(CONCAT('alembic.', SHA2(DATABASE(), 224)), 0)",
}


def test_a_migration_that_waited_in_vain_says_so(lab: Lab) -> None:
    lab.plant(Edit("migrations/locking.py", "LOCK_WAIT = 60", "LOCK_WAIT = 1"))

    with connection_to(lab.url) as other, closing(other.cursor()) as cursor:
        cursor.execute(HOLDERS[lab.database])
        output = lab.migrate("upgrade head", returns=255)

    assert re.search(
        r"^FAILED: another process has been (migrating|writing) for 1 seconds; try again( \(a pooler .*\))?$",
        output,
        re.MULTILINE,
    )
    assert ("a pooler may keep the lock of an earlier migration" in output) is (lab.database == "postgresql")
    assert "Traceback" not in output
    assert tables(lab.url) == set()


@only_on("postgresql")
@pytest.mark.parametrize("returns", [0, 1])
def test_a_pooler_keeps_no_lock_of_a_migration(returns: int, lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "pgbouncer"
    folder.mkdir()
    lab.plant(Edit("migrations/locking.py", "LOCK_WAIT = 60", "LOCK_WAIT = 1"))
    lab.plant(BROKEN if returns else FIXED)

    with skipped_without_servers(), servers.pgbouncer(folder, lab.url) as pooled:
        output = Lab(lab.project, lab.database, pooled).migrate("upgrade head", returns=returns)
        lab.plant(FIXED)
        lab.migrate("upgrade head")

    assert ('relation "nowhere" does not exist' in output) is bool(returns)


def test_commands_that_only_look_take_no_lock_and_wait_for_none(lab: Lab) -> None:
    lab.plant(Edit("migrations/locking.py", "LOCK_WAIT = 60", "LOCK_WAIT = 1"))
    lab.migrate("upgrade head")

    with connection_to(lab.url) as other, closing(other.cursor()) as cursor:
        cursor.execute(HOLDERS[lab.database])
        lab.migrate("current --check-heads", "check", "revision --autogenerate -m nothing")


# A revision whose second statement fails, and how it should have been.
HALF = 'op.create_table("half", sa.Column("id", sa.Integer()))\nop.execute("INSERT INTO {} VALUES (1)")'
BROKEN, FIXED = Revision(HALF.format("nowhere")), Revision(HALF.format("half"))
KEPT = {
    "sqlite": "no revision. SQLite rolled back all revisions of this command, "
    "except what was before or in autocommit_block().",
    "postgresql": f"{FIRST}. PostgreSQL rolled back this revision, except what it did before or in autocommit_block().",
    "mysql": f"{FIRST}. MySQL cannot roll back DDL: undo the statements before this one by hand, "
    "fix the revision, and upgrade again.",
}


def assert_no_advice(output: str) -> None:
    """Assert that a command which ran no revision ends with a few lines, and does not say what to undo."""
    assert "Traceback" not in output
    assert re.search(r"^The database is at: [\w ()]+\.$", output, re.MULTILINE)


def test_a_migration_that_fails_says_where_and_why_and_what_is_kept(lab: Lab) -> None:
    lab.plant(BROKEN)

    *_, file, said, statement, now, more = lab.migrate("upgrade head", returns=1).splitlines()
    after_failure = tables(lab.url)
    traceback = lab.migrate("--traceback upgrade head", returns=1)
    lab.plant(FIXED)
    if lab.database == "mysql":  # which cannot undo DDL
        execute(lab.url, "DROP TABLE half")
    lab.migrate("upgrade head")

    assert re.fullmatch(r"FAILED: .*/versions/20260102_0000_second\.py, line \d+", file)
    assert "nowhere" in said
    assert statement == "  INSERT INTO nowhere VALUES (1)"
    assert now == f"The database is at: {KEPT[lab.database]}"
    assert more == "For the traceback: my-project-db --traceback COMMAND"
    assert "Traceback" in traceback
    # on SQLite all revisions are one transaction; on PostgreSQL each is one, so those before it stay
    kept = {"sqlite": set(), "postgresql": OWN_TABLES, "mysql": OWN_TABLES | {"half"}}
    assert after_failure == kept[lab.database]
    assert rows(lab.url, "SELECT id FROM half") == [(1,)]


def test_a_migration_whose_server_stops_says_at_which_statement(bake: Bake, tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with skipped_without_servers(), servers.postgresql(folder, servers.wheel_binaries()) as url:
        [pid_file] = folder.rglob("postmaster.pid")
        pid = int(pid_file.read_text("utf-8").split()[0])
        lab = Lab(inside.copy(bake(database="postgresql"), tmp_path), "postgresql", url)
        lab.plant(Revision(f'import os\nos.kill({pid}, {SIGQUIT:d})\nop.execute("SELECT pg_sleep(9)")'))

        output = lab.migrate("upgrade head", returns=1)

    assert re.search(r"^FAILED: .*/versions/20260102_0000_second\.py, line \d+", output, re.MULTILINE)
    assert "  SELECT pg_sleep(9)" in output.splitlines()


@only_on("sqlite")
def test_a_mistake_in_a_revision_is_told_like_one_of_the_database(lab: Lab) -> None:
    lab.plant(Revision('op.add_column("companies", {}["column"])'))

    output = lab.migrate("upgrade head", returns=1)

    assert "\n  KeyError: 'column'\n  op.add_column(" in output
    assert "Traceback" not in output


# Statements that make a user who has the password of the tests, and may only connect and read.
CREATE_READER = {
    "postgresql": lambda user, database: [
        f"CREATE ROLE {user} LOGIN",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ],
    "mysql": lambda user, database: [
        f"CREATE USER {user}@'%' IDENTIFIED BY 'secret'",
        f"GRANT SELECT ON {database}.* TO {user}@'%'",
    ],
}


@only_on("sqlite")
@pytest.mark.parametrize(
    ("edit", "command", "says"),
    [
        ((f"down_revision = '{FIRST}'", "down_revision = 'nowhere'"), "current", "KeyError: 'nowhere'"),
        (("def downgrade", "def undo"), "downgrade -1", "has no attribute 'downgrade'"),
    ],
)
def test_a_failure_of_alembic_is_told_in_a_few_lines(edit: tuple[str, str], command: str, says: str, lab: Lab) -> None:
    lab.plant(Revision("pass"))
    lab.migrate("upgrade head")
    (second,) = lab.project.glob("src/*/migrations/versions/*_second.py")
    text = second.read_text("utf-8")
    assert edit[0] in text
    second.write_text(text.replace(*edit), "utf-8")

    output = lab.migrate(command, returns=1)

    assert f"\nFAILED: my-project-db {command.split()[0]}\n" in output
    assert says in output
    assert_no_advice(output)


@only_on("sqlite")
def test_a_file_that_is_no_database_is_told_in_a_few_lines(lab: Lab) -> None:
    Path(lab.url.removeprefix("sqlite:///")).write_bytes(b"no database" * 100)

    output = lab.migrate("upgrade head", returns=1)

    assert "\nFAILED: my-project-db upgrade\n  DatabaseError: file is not a database\n" in output
    assert_no_advice(output)


@only_on("sqlite")
@pytest.mark.parametrize("command", ["current", "upgrade head", "upgrade head --sql"])
@pytest.mark.parametrize("line", ["def (", "import nothing_of_this_name"])
def test_a_revision_that_python_cannot_import_is_told_in_a_few_lines(line: str, command: str, lab: Lab) -> None:
    lab.plant(Revision("pass"))
    (second,) = lab.project.glob("src/*/migrations/versions/*_second.py")
    second.write_text(f"{line}\n{second.read_text('utf-8')}", "utf-8")

    output = lab.migrate(command, returns=1)

    assert f"FAILED: {second}, line 1\n" in output
    assert_no_advice(output)


@only_on("sqlite")
def test_statements_that_could_not_be_printed_were_not_run(lab: Lab) -> None:
    lab.plant(Revision("{}['nothing']"))

    output = lab.migrate("upgrade head --sql", returns=1)

    assert "KeyError: 'nothing'" in output
    assert_no_advice(output)


@only_on("postgresql", "mysql")
def test_a_user_who_may_make_no_tables_is_told_in_a_few_lines(lab: Lab) -> None:
    at = make_url(lab.url)
    user = f"reader_{at.database}"[:30]
    execute(lab.url, *CREATE_READER[lab.database](user, str(at.database)))
    reader = Lab(lab.project, lab.database, at.set(username=user).render_as_string(hide_password=False))

    output = reader.migrate("upgrade head", returns=1)

    assert "\n  CREATE TABLE alembic_version (" in output
    assert_no_advice(output)


@only_on("sqlite")
def test_an_unknown_option_is_refused_before_the_wrong_database_is_migrated(lab: Lab) -> None:
    output = lab.migrate("-x ulr=sqlite:///other.db upgrade head", returns=255)

    assert "FAILED: -x ulr: write -x url=URL" in output
    assert tables(lab.url) == set()


@only_on("sqlite")
def test_with_quiet_errors_alone_are_printed(lab: Lab) -> None:
    assert lab.migrate("-q upgrade head") == ""
    assert "ERROR [alembic.util.messaging] Can't locate revision" in lab.migrate("-q upgrade 404", returns=255)


FILL = """
INSERT INTO companies (name) VALUES ('Acme');
INSERT INTO employees (company_id, name, email) SELECT id, 'Ann', 'ann@example.com' FROM companies;
"""


def test_a_time_in_a_revision_is_in_utc_whatever_the_zone_of_the_server(lab: Lab) -> None:
    lab.plant(
        Revision("op.execute(\"INSERT INTO companies (name, created_at) VALUES ('Acme', '2026-01-01 12:00:00')\")")
    )
    noon = {
        "sqlite": "SELECT strftime('%s', created_at) FROM companies",
        "postgresql": "SELECT extract(epoch FROM created_at)::bigint FROM companies",
        "mysql": "SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', created_at) FROM companies",
    }

    lab.migrate("upgrade head")

    assert [int(seconds) for (seconds,) in rows(lab.url, noon[lab.database])] == [1767268800]


def test_a_batch_keeps_the_rows_that_would_be_deleted_with_their_parents(lab: Lab) -> None:
    lab.migrate("upgrade head")
    execute(lab.url, FILL)
    lab.plant(Revision(LONGER_NAMES))

    lab.migrate("upgrade head")

    assert rows(lab.url, "SELECT name FROM employees") == [("Ann",)]


@only_on("sqlite", "postgresql")
def test_the_owner_of_a_shared_connection_can_roll_back_the_migration(lab: Lab) -> None:
    within, after_rollback, after_commit = json.loads(lab.program("shared_connection", lab.url, "migrations"))

    assert set(within) == OWN_TABLES
    assert after_rollback == []
    assert set(after_commit) == OWN_TABLES


@only_on("sqlite")
def test_a_shared_connection_with_foreign_keys_on_is_refused(lab: Lab) -> None:
    done = inside.python(lab.project, inside.PROGRAMS / "shared_connection.py", lab.url, "application")

    assert "CommandError: to migrate SQLite, connect with PRAGMA foreign_keys = OFF" in printed(done, returns=1)
    assert tables(lab.url) == set()


@pytest.mark.parametrize("way", ["directly", "in a thread"])
@pytest.mark.parametrize("database", DATABASES)
def test_an_application_can_migrate_while_its_event_loop_runs_and_keeps_its_logging(
    way: str, database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database, io="async")

    report = json.loads(lab.program("application", way))

    assert report["found"] == FIRST
    assert report["after"] == report["before"]
