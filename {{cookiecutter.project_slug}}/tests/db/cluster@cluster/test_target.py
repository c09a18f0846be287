"""Tests of the database to migrate: one node, and no pooler in between."""

from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.cluster import nodes
from {{ cookiecutter.package_name }}.migrations.target import target
from {{ cookiecutter.package_name }}.settings import Settings, SettingsError

DIRECT = make_url(dialect.EXAMPLE_URL).set(host="direct.example.com")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set DATABASE_URL alone."""
    monkeypatch.chdir(tmp_path)  # where no .env is
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)


def text_of(url: URL) -> str:
    """Return a URL with its password."""
    return url.render_as_string(hide_password=False)


def test_migrations_go_where_the_application_goes_by_default() -> None:
    assert target(None) == nodes.direct_url(make_url(dialect.EXAMPLE_URL))


def test_migrations_can_have_their_own_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOLER", "1")
    monkeypatch.setenv("DATABASE_MIGRATION_URL", text_of(DIRECT))

    assert target(None).host == "direct.example.com"


def test_migrations_refuse_to_go_through_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOLER", "1")

    with pytest.raises(SettingsError, match=r"^DATABASE_MIGRATION_URL: not set"):
        target(None)


def test_a_url_that_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOLER", "1")

    assert target(text_of(DIRECT)).host == "direct.example.com"


def test_the_other_urls_are_checked_like_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_READ_URL", "oracle://me:secret@host/db")

    with pytest.raises(SettingsError, match=r"^DATABASE_READ_URL: oracle:// is another database"):
        Settings.load(None)
