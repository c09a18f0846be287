"""Delete old idempotency records: `python -m {{ cookiecutter.package_name }}.db.cluster.prune --days 30`.

A transaction whose key is deleted can be done again, so keep keys longer than any caller retries.
"""

import argparse
from datetime import timedelta

from sqlalchemy import URL, Engine, delete, select
from sqlalchemy.exc import OperationalError

from ...settings import SettingsError, load_settings
from ..types import utcnow
from .engine import blocking_engine
from .idempotency import IdempotencyRecord

# Rows of one transaction: a large one delays replicas, and Galera refuses it.
CHUNK = 1000


def prune(url: URL, days: int, *, pooler: bool = False) -> int:
    """Delete records older than so many days, and return their number."""
    with blocking_engine(url, "writer", pooler=pooler) as engine:
        return delete_old(engine, days)


def delete_old(engine: Engine, days: int) -> int:
    """Delete in chunks, each a transaction."""
    with engine.connect() as connection:
        # read first: each database writes arithmetic with its time in its own way
        now = connection.scalars(select(utcnow())).one()
    is_old = IdempotencyRecord.created_at < now - timedelta(days=days)
    old = select(IdempotencyRecord.key).where(is_old).limit(CHUNK)
    deleted = 0
    while True:
        with engine.begin() as connection:
            keys = connection.scalars(old).all()
            connection.execute(delete(IdempotencyRecord).where(IdempotencyRecord.key.in_(keys)))
        deleted += len(keys)
        if len(keys) < CHUNK:
            return deleted


def main() -> None:
    """Prune the database of the settings."""
    parser = argparse.ArgumentParser(prog="python -m {{ cookiecutter.package_name }}.db.cluster.prune")
    parser.add_argument("--days", type=int, required=True, help="the age from which records are deleted")
    days: int = parser.parse_args().days
    if days < 1:
        parser.error("--days: at least 1")
    try:
        settings = load_settings()
        deleted = prune(settings.database_url, days, pooler=settings.database_pooler)
        print(f"{deleted} idempotency records deleted")
    except (SettingsError, ValueError) as error:
        parser.error(str(error))
    except OperationalError as error:
        raise SystemExit(
            f"{str(error.orig).strip()}\nThe records deleted before stay deleted; run the command again."
        ) from None


if __name__ == "__main__":
    main()
