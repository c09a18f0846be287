"""Delete old idempotency records.

    python -m {{ cookiecutter.package_name }}.db.cluster.prune --days 30

A transaction whose key is deleted can be done again, so keep keys longer than any caller retries.
"""

import argparse
from datetime import timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import OperationalError

from ...settings import Settings, SettingsError
from ..types import utcnow
from .engine import blocking_engine
from .idempotency import IdempotencyRecord

# Rows of one transaction: a large one delays replicas, and Galera refuses it.
CHUNK = 1000


def prune(engine: Engine, days: int) -> int:
    """Delete records older than so many days, in chunks, and return their number."""
    with engine.connect() as connection:
        # read first: each database has its own syntax for time arithmetic
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
    parser = argparse.ArgumentParser(prog="db.cluster.prune")
    parser.add_argument("--days", type=int, required=True, help="delete records older than this")
    days: int = parser.parse_args().days
    if days < 1:
        parser.error("--days: at least 1")
    try:
        settings = Settings.load()
        with blocking_engine(settings.database_url, "writer", pooler=settings.database_pooler) as engine:
            print(f"{prune(engine, days)} idempotency records deleted")
    except (SettingsError, ValueError) as error:
        parser.error(str(error))
    except OperationalError as error:
        advice = "The records deleted before stay deleted; run the command again."
        raise SystemExit(f"{str(error.orig).strip()}\n{advice}") from None


if __name__ == "__main__":
    main()
