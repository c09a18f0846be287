"""Tests of the checks on one PostgreSQL server; the others need a cluster."""

import pytest
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.cluster import checks
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine

from tests import databases


def failing(url: URL, *, pooler: bool = False) -> dict[str, str]:
    """Return the failing checks, and what they found."""
    with blocking_engine(url, "writer", pooler=pooler) as engine, engine.connect() as connection:
        found = checks.findings(connection)
    return {finding.check: finding.found for finding in found if not finding.holds}


def test_one_server_has_no_standby_that_confirms(empty_database: URL) -> None:
    found = failing(empty_database)

    assert found["synchronous_standby_names"] == "empty"
    assert found["standbys that confirm"] == "none"
    assert "node" not in found
    assert "pooler" not in found


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_a_database_whose_commits_do_not_wait_is_found(empty_database: URL, value: str) -> None:
    databases.execute(empty_database, f'ALTER DATABASE "{empty_database.database}" SET synchronous_commit = {value}')

    found = failing(empty_database)

    assert found["synchronous_commit"] == value
    assert found["synchronous_commit of roles"] == f"everybody in {empty_database.database}: {value}"


def test_a_url_whose_commits_do_not_wait_is_found(empty_database: URL) -> None:
    url = empty_database.update_query_dict({"options": "-c synchronous_commit=off"})

    assert failing(url)["synchronous_commit"] == "off"


def test_the_flag_without_a_pooler_is_noted(empty_database: URL) -> None:
    assert failing(empty_database, pooler=True)["pooler"] == "none"


def test_behind_a_pooler_the_settings_of_a_session_are_checked_on_the_role(empty_database: URL) -> None:
    assert failing(empty_database, pooler=True)["lock_timeout"] == "0"
    databases.execute(empty_database, f"ALTER DATABASE \"{empty_database.database}\" SET lock_timeout = '10s'")

    assert "lock_timeout" not in failing(empty_database, pooler=True)
    assert "lock_timeout" not in failing(empty_database)
