"""Take the tour: `python -m {{ cookiecutter.package_name }}.tour`."""

from sqlalchemy import URL

from ..db.session import make_engine, make_sessions
from ..db.statements import recorded
from ..migrations.commands import upgrade
from .console import Tour, quiet_without_reader
from .database import fresh_database
from .lessons import LESSONS, reading_only

WELCOME = (
    "Each lesson shows the code that runs, the SQL that it sends (without BEGIN, SAVEPOINT and COMMIT), and what "
    "that proves. refused() expects an error. All of it happens in a new database, which is gone at the end:"
)


def walk(url: URL) -> None:
    """Take all lessons on the database at `url`, which is migrated and empty."""
    engine = make_engine(url)
    reading = make_engine(url, read_only=True)
    sessions = make_sessions(engine)
    try:
        with recorded(engine) as statements:
            tour = Tour(statements)
            tour.welcome("A tour of {{ cookiecutter.package_name }}", WELCOME, str(url))
            for lesson in LESSONS:
                tour.begin(lesson)
                lesson(tour, sessions)
            tour.begin(reading_only)
            reading_only(tour, make_sessions(reading))
            tour.end()
    finally:
        reading.dispose()
        engine.dispose()


def main() -> None:
    """Make a database, migrate it, take the tour, and remove it."""
    with quiet_without_reader(), fresh_database() as url:
        upgrade(url)
        walk(url)


if __name__ == "__main__":
    main()
