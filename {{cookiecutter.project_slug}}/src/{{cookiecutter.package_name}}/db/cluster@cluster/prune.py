"""Forget old units of work: `python -m {{ cookiecutter.package_name }}.db.prune --days 30`.

A key that is gone from the ledger would be done again, so keep it longer than anybody asks again with it.
"""

import argparse
from datetime import timedelta

from sqlalchemy import URL, Engine, delete, select
from sqlalchemy.exc import OperationalError

from ..settings import SettingsError, load_settings
from .blocking import blocking_engine
from .ledger import AppliedUnit
from .types import utcnow

# Rows of one transaction: a large one holds up replicas, and Galera refuses it.
CHUNK = 1000


def prune(url: URL, days: int, *, pooler: bool = False) -> int:
    """Delete what is older than so many days, and return how many rows that were; it blocks."""
    with blocking_engine(url, "writer", pooler=pooler) as engine:
        return delete_old(engine, days)


def delete_old(engine: Engine, days: int) -> int:
    """Delete in chunks, each a transaction."""
    with engine.connect() as connection:
        # read first: arithmetic with the time of the database is written in another way in each
        now = connection.scalars(select(utcnow())).one()
    old = select(AppliedUnit.key).where(AppliedUnit.created_at < now - timedelta(days=days)).limit(CHUNK)
    deleted = 0
    while True:
        with engine.begin() as connection:
            keys = connection.scalars(old).all()
            connection.execute(delete(AppliedUnit).where(AppliedUnit.key.in_(keys)))
        deleted += len(keys)
        if len(keys) < CHUNK:
            return deleted


def main() -> None:
    """Do it for the database of the settings."""
    parser = argparse.ArgumentParser(prog="python -m {{ cookiecutter.package_name }}.db.prune")
    parser.add_argument("--days", type=int, required=True, help="the age from which keys are forgotten")
    days: int = parser.parse_args().days
    if days < 1:
        parser.error("--days: at least 1")
    try:
        settings = load_settings()
        forgotten = prune(settings.database_url, days, pooler=settings.database_pooler)
        print(f"{forgotten} units of work forgotten")
    except (SettingsError, ValueError) as error:
        parser.error(str(error))
    except OperationalError as error:
        raise SystemExit(f"{str(error.orig).strip()}\nWhat was deleted until then is deleted; run it again.") from None


if __name__ == "__main__":
    main()
