"""Database URLs: without a driver where people write them, with one where engines need it."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from . import dialect


def parse_url(text: str | URL) -> URL:
    """Return the URL without a driver: `postgres://…` and `postgresql+psycopg://…` as `postgresql://…`.

    Raises ValueError with a sentence for people, which never contains the password.
    """
    try:
        url = make_url(text.strip() if isinstance(text, str) else text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        # not `from error`: its message quotes parts of the URL, and with them the password
        raise ValueError(f"not a database URL; it should look like {dialect.EXAMPLE_URL}") from None
    backend, _, driver = url.drivername.partition("+")
    if backend not in dialect.BACKENDS:
        raise ValueError(f"{backend}:// is another database; this project expects {dialect.EXAMPLE_URL}")
    if driver not in ("", dialect.DRIVER, dialect.BLOCKING_DRIVER):
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
