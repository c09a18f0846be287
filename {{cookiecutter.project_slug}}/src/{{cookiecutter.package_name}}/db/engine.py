"""Database URLs, and the options of engines."""

from typing import Any

from sqlalchemy import URL, QueuePool, make_url
from sqlalchemy.exc import ArgumentError

from . import dialect


def parse_url(text: str | URL) -> URL:
    """Return the URL without a driver: `postgres://…` and `postgresql+psycopg://…` as `postgresql://…`.

    Raises ValueError, whose message never contains the password.
    """
    try:
        url = make_url(text.strip() if isinstance(text, str) else text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        # not `from error`: its message quotes parts of the URL, and with them the password
        raise ValueError(f"not a database URL; it should look like {dialect.EXAMPLE}") from None
    backend, _, driver = url.drivername.partition("+")
    if backend not in dialect.BACKENDS:
        raise ValueError(f"{backend}:// is another database; this project expects {dialect.EXAMPLE}")
    if driver not in ("", dialect.NAME, *dialect.DRIVERS):
        raise ValueError(f"+{driver} is not the driver of this project; write {backend}:// without one")
    if "@" in (url.host or ""):
        raise ValueError("there are two @ before the host; write one inside a password as %40")
    if problem := dialect.problem(url):
        raise ValueError(problem)
    return url.set(drivername=dialect.BACKENDS[backend])


def with_driver(url: str | URL, driver: str) -> URL:
    """Return the URL for an engine that uses this driver."""
    url = parse_url(url)
    return url.set(drivername=f"{url.drivername}+{driver}")


def engine_arguments(url: str | URL, **options: Any) -> dict[str, Any]:
    """Return the arguments of create_engine(); `options` override the defaults.

    The pool's defaults are for a QueuePool; another `poolclass`, or a `pool`, gets none.
    """
    is_queue = "pool" not in options and issubclass(options.get("poolclass") or QueuePool, QueuePool)
    return {
        "url": dialect.resolve(with_driver(url, dialect.NAME)),
        # Values stay out of logs and errors: they are personal data.
        # https://docs.sqlalchemy.org/en/21/core/engines.html#sqlalchemy.create_engine.params.hide_parameters
        "hide_parameters": True,
        **(dialect.POOL_OPTIONS if is_queue else {}),
        **options,
    }
