"""Files that exist once for each option and must say the same: a change to one is a change to all.

The asynchronous file is translated into a blocking one, word by word, and both are compared with
their comments. Imports of libraries are left out, because mypy and ruff check them in the projects.
"""

import ast
import difflib
import io
import re
import tokenize
from typing import Any

import pytest

from .answers import CHOICES, TEMPLATE, sources, untagged

PACKAGE = "src/{{cookiecutter.package_name}}"
PAIRS = [
    (source, source.replace("@sync", "@async"))
    for source in sources()
    if "sync" in untagged(source)[1] and (TEMPLATE / source).stat().st_size  # an empty one stands for no file
]

# Names of libraries.
NAMES = {
    "AsyncClient": "TestClient",
    "AsyncEngine": "Engine",
    "AsyncGenerator": "Generator",
    "AsyncIterator": "Iterator",
    "AsyncRetrying": "Retrying",
    "AsyncSession": "Session",
    "async_sessionmaker": "sessionmaker",
    "asynccontextmanager": "contextmanager",
    "create_async_engine": "create_engine",
}

# An event loop of its own, on Windows, is for asynchronous code.
LOOP = [
    ("LOOP = asyncio.SelectorEventLoop if sys.platform == 'win32' else None\n", ""),
    ("# psycopg cannot use the default event loop of Windows.\n", ""),
    ("# https://www.psycopg.org/psycopg3/docs/advanced/async.html\n", ""),
]

# How a blocking unit of work ends without blocking the event loop.
ENDED_IN_THREAD = '''@contextmanager
def ended_in_thread(unit: AbstractContextManager[Session]) -> Generator[Session]:
    """Begin a unit of work here, which sends nothing, and end it in a thread, which waits for the database.

    FastAPI would do both in threads, and a thread hop costs as much as its other work for a request.
    """
    session = unit.__enter__()
    try:
        yield session
    except BaseException as error:
        if not unit.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        unit.__exit__(None, None, None)

'''

# Differences with a reason: the asynchronous text, translated, and the blocking one.
EXCEPTIONS = {
    f"{PACKAGE}/db/session.py": [
        ("sync_session_class=Session", "class_=Session"),
        (" An engine belongs to one\nevent loop, and a session to one task.", ""),
        ("# After the commit this waits for nothing. `session.close()` would start a task for it.\n", ""),
        ("# a task that waits for the connection takes it, before this task may take it again\n", ""),
        ("\n        time.sleep(0)", ""),
        # A blocking session closes in place.
        ("    has_connected = False\n", ""),
        ("# Whether it took a connection, which only `await` gives back.\n", ""),
        (
            "\n\n@event.listens_for(Session, 'after_begin', insert=True)\ndef note_connection(session: "
            "Session, "
            "_transaction: SessionTransaction, _connection: Connection) -> None:\n    session.has_connected = True\n",
            "\n",
        ),
        (
            "if isinstance(session, Session) and (not session.has_connected):\n            session.close()\n"
            "            raise\n        ",
            "",
        ),
        ("# first, because another listener may raise\n", ""),
        ("# without a task too: an invalid request is a fifth cheaper\n", ""),
        # It rolls back in a task, as AsyncSession closes in one, because its own task may be cancelled.
        (
            "def roll_back(session: Session) -> None:\n"
            '    """Roll back and close a session; close() alone would leave new objects as if they were stored."""\n'
            "    try:\n        session.rollback()\n        session.close()\n    except BaseException:\n"
            "        session.close()\n        raise\n\n",
            "",
        ),
        ("# waits for nothing after the rollback\n", ""),
        (
            "with suppress(Exception):\n            asyncio.shield(asyncio.create_task(roll_back(session)))",
            "with suppress(Exception), closing(session):\n            session.rollback()",
        ),
        ("# of the rollback: the error of the block says more\n", ""),
        (
            "# in a task, as AsyncSession does it, because this one may be cancelled\n",
            "# close() alone would leave new objects as if they were stored; "
            "the error of the block says more than another.\n",
        ),
        (
            "# Objects stay readable after the commit; otherwise each first access is a SELECT, which\n"
            "# under asyncio is the error MissingGreenlet. The price: they show what was true at the commit.\n"
            "# https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads\n",
            "# Objects stay readable after the commit; otherwise each first access is a SELECT, or an\n"
            "# error once the session is closed. The price: they show what was true at the commit.\n"
            "# https://docs.sqlalchemy.org/en/21/orm/session_api.html#sqlalchemy.orm.Session.params.expire_on_commit\n",
        ),
    ],
    f"{PACKAGE}/db/cluster@cluster/sessions.py": [
        (
            "with asyncio.timeout(max_wait + 1):\n"
            "            while not session.scalar(nodes.has_applied(position, max_wait)):\n"
            "                if time.monotonic() > end:\n                    raise BehindError(position)\n"
            "                time.sleep(0.02)\n",
            "while not session.scalar(nodes.has_applied(position, max_wait)):\n            if time.monotonic() > end:\n"
            "                raise BehindError(position)\n            time.sleep(0.02)\n",
        ),
        ("# a frozen replica says nothing\n", ""),
        ("from ..session import SessionFactory,", "from ..session import Session, SessionFactory,"),
    ],
    f"{PACKAGE}/db/retry@cluster.py": [
        ("attempt_timeout: float=12, ", ""),
        ("with asyncio.timeout(attempt_timeout), transaction(sessions)", "with transaction(sessions)"),
        (
            "\n\n    An attempt of more than `attempt_timeout` seconds counts as the failure of a node, because a "
            "driver may wait for\n    ever for a frozen one; giving up may take it 10 seconds more. "
            "Longer work needs a longer timeout.",
            "",
        ),
        ("from .session import SessionFactory,", "from .session import Session, SessionFactory,"),
    ],
    f"{PACKAGE}/web@fastapi/units.py": [
        ("def unit_of_work(", f"{ENDED_IN_THREAD}def unit_of_work("),
        *(
            (f"with transaction({sessions})", f"with ended_in_thread(transaction({sessions}))")
            for sessions in ("request.app.state.database.writing", "request.app.state.database.reading")
        ),
    ],
    "tour@example/__main__.py": [
        *LOOP,
        (", asyncio.Runner(loop_factory=LOOP) as runner:", ":"),
        ("runner.run(walk(url, chosen))", "walk(url, chosen)"),
    ],
    "tests/conftest.py": [
        (
            "with engine.begin() as connection:\n        connection.run_sync(SampleBase.metadata.create_all)\n",
            "SampleBase.metadata.create_all(engine)\n",
        ),
    ],
    "tests/serving@fastapi.py": [
        (
            "TestClient(transport=ASGITransport(app, raise_app_exceptions=raises), base_url='http://test')",
            "TestClient(app, raise_server_exceptions=raises)",
        ),
    ],
    "tests/test_web@fastapi.py": [
        (
            "with app.router.lifespan_context(app):\n"
            "        client = TestClient(transport=ASGITransport(app), base_url='http://test')\n",
            "with TestClient(app) as client:\n",
        ),
        (
            "TestClient(transport=ASGITransport(with_cors(app, 'https://app.example.com')), base_url='http://test')",
            "TestClient(with_cors(app, 'https://app.example.com'))",
        ),
    ],
}


class Blocking(ast.NodeTransformer):
    """Turn coroutines into functions, and forget imports of libraries."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.generic_visit(ast.FunctionDef(**fields(node)))

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Any:
        return self.generic_visit(ast.With(**fields(node)))

    def visit_AsyncFor(self, node: ast.AsyncFor) -> Any:
        return self.generic_visit(ast.For(**fields(node)))

    def visit_Await(self, node: ast.Await) -> Any:
        return self.visit(node.value)

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("asyncio"), attr="run"), args=[awaited]):
                return self.visit(awaited)
            case ast.Call(func=ast.Name("to_thread"), args=[function, *arguments]):
                return self.generic_visit(ast.Call(function, arguments, node.keywords))
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        match node:
            case ast.Attribute(value=inner, attr="sync_engine" | "sync_session"):
                return self.visit(inner)
            case ast.Attribute(value=ast.Name("asyncio"), attr="sleep"):
                return ast.Attribute(ast.Name("time"), "sleep", node.ctx)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        match node:
            case ast.Subscript(value=ast.Name("Awaitable"), slice=result):
                return self.visit(result)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.Name(NAMES.get(node.id, node.id), node.ctx)

    def visit_Constant(self, node: ast.Constant) -> Any:
        return ast.Constant(without_words(node.value)) if isinstance(node.value, str) else node

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        own = node.level or (node.module or "").partition(".")[0] in ("package", "tests", "tour")
        return node if own else None


def fields(node: ast.AST) -> dict[str, Any]:
    return dict(ast.iter_fields(node))


def without_words(text: str) -> str:
    """Return a docstring or comment without the words of asynchronous code."""
    return re.sub(r"\b(async (?=with|for|def)|await )", "", text)


def translated(text: str) -> str:
    """Return the code of a module as blocking code, in one format, and then its comments."""
    text = text.replace("{{ cookiecutter.package_name }}", "package")
    code = ast.unparse(ast.fix_missing_locations(Blocking().visit(ast.parse(text))))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [without_words(token.string) for token in tokens if token.type == tokenize.COMMENT]
    return "\n".join([code, *comments, ""])


def excepted(source: str, text: str) -> str:
    """Return a translated text in the words of the blocking file where these are not the same."""
    for asynchronous, blocking in EXCEPTIONS.get(source.replace("@async", ""), []):
        assert asynchronous in text, f"not in {source}: {asynchronous!r}"
        text = text.replace(asynchronous, blocking)
    return text


def text_of(source: str) -> str:
    return (TEMPLATE / source).read_text(encoding="utf-8")


@pytest.mark.parametrize(("sync", "asynchronous"), PAIRS, ids=[source.replace("@sync", "") for source, _ in PAIRS])
def test_the_blocking_and_the_asynchronous_file_say_the_same(sync: str, asynchronous: str) -> None:
    blocking = excepted(asynchronous, translated(text_of(asynchronous)))

    assert blocking.splitlines() == translated(text_of(sync)).splitlines()


def test_every_exception_is_of_a_file_that_has_twins() -> None:
    assert {source.replace("@sync", "") for source, _ in PAIRS} >= EXCEPTIONS.keys()


@pytest.mark.parametrize("io", CHOICES["io"])
def test_every_project_retries_the_same_conflicts(io: str) -> None:
    start = "def is_retryable("
    _, _, single = text_of(f"{PACKAGE}/db/retry@{io}@single-server.py").partition(start)
    _, _, cluster = text_of(f"{PACKAGE}/db/cluster@cluster/progress.py").partition(start)

    assert single.split("\n\n\n")[0] == cluster.split("\n\n\n")[0] != ""


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("db/session@async.py", "autoflush=False", "autoflush=True"),
        ("db/session@async.py", "def make_engine(url: str | URL,", "def make_engine(address: str | URL,"),
        ("db/session@async.py", "# Objects stay", "# They stay"),
        ("db/session@async.py", "fail into `async with", "fail in `async with"),
        ("db/retry@async@single-server.py", "attempts: int = 10", "attempts: int = 11"),
        ("db/retry@async@single-server.py", "from . import dialect", "from . import dialects"),
        ("db/retry@async@single-server.py", "return await retrying(unit)", "await retrying(unit)"),
    ],
)
def test_a_change_to_one_of_two_twins_is_seen(path: str, old: str, new: str) -> None:
    source = f"{PACKAGE}/{path}"
    text = text_of(source)
    assert old in text

    assert translated(text.replace(old, new)) != translated(text)


def test_idle_connections_are_pinged_in_one_way() -> None:
    ways = [text_of(f"{PACKAGE}/db/dialect@{database}.py") for database in ("postgresql", "mysql")]
    start = "def ping_idle_connections"

    postgresql, mysql = (text[text.index(start) :] for text in ways)

    assert postgresql == mysql
    assert text_of(f"{PACKAGE}/web@fastapi/limits@postgresql.py") == text_of(f"{PACKAGE}/web@fastapi/limits@mysql.py")


MIGRATIONS = [source for source in sources() if "companies_and_employees" in source]
IDEMPOTENCY_RECORDS = [source for source in sources() if "idempotency_records" in source]


class WithoutKeys(ast.NodeTransformer):
    """Forget what a key is, in the columns of `op.create_table`: their type, and that the database counts."""

    def visit_Call(self, node: ast.Call) -> Any:
        match node:
            case ast.Call(func=ast.Attribute(attr="Column"), args=[ast.Constant(str() as name), *_]):
                if name in ("id", "company_id"):
                    node.args = node.args[:1]
            case ast.Call(func=ast.Attribute(attr="create_table")):
                node.keywords = [keyword for keyword in node.keywords if keyword.arg != "sqlite_autoincrement"]
        return self.generic_visit(node)


def test_the_first_migrations_differ_in_their_keys_alone() -> None:
    integer, uuid = (WithoutKeys().visit(ast.parse(text_of(source))) for source in MIGRATIONS)

    assert ast.unparse(integer).splitlines() == ast.unparse(uuid).splitlines()
    assert text_of(MIGRATIONS[0]) != text_of(MIGRATIONS[1])


def test_the_migrations_of_idempotency_records_differ_in_what_they_follow_alone() -> None:
    follow = re.compile(r"^(Revises:|down_revision = ).*$", re.MULTILINE)
    after_example, first = (text_of(source) for source in IDEMPOTENCY_RECORDS)

    assert follow.sub("", after_example) == follow.sub("", first)
    assert after_example != first


@pytest.mark.parametrize("name", ["settings", "models/__init__@example", "models/__init__@no-example"])
def test_a_cluster_adds_lines_and_takes_none_away(name: str) -> None:
    single_server, cluster = (text_of(f"{PACKAGE}/{name}@{answer}.py") for answer in CHOICES["topology"])
    words = "database_url: |__all__ = "  # where a line grows

    removed = [line[2:] for line in difflib.ndiff(single_server.split("\n"), cluster.split("\n")) if line[0] == "-"]

    assert [line for line in removed if not re.search(words, line) and "as hosting providers give it" not in line] == []
