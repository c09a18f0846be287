"""Settings: what the environment may say, and the sentences that answer what it may not."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.settings import SettingsError, load_settings

BACKEND = make_url(dialect.EXAMPLE_URL).get_backend_name()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test sets."""
    for name in ("DATABASE_URL", "DATABASE_ECHO"):
        monkeypatch.delenv(name, raising=False)


def test_a_file_is_read_only_when_asked_for_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"DATABASE_URL={dialect.EXAMPLE_URL}\nDATABASE_ECHO=true\nOTHER_PROGRAM=1\n")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL: not set; copy \.env\.example to \.env"):
        load_settings(None)
    assert load_settings().database_url == make_url(dialect.EXAMPLE_URL)
    assert load_settings().database_echo is True
    monkeypatch.setenv("DATABASE_ECHO", "false")
    assert load_settings().database_echo is False


def test_statements_are_logged_only_if_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)

    assert load_settings(None).database_echo is False


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("me:secret@host/db", "not a database URL"),
        ("oracle://me:secret@host/db", "oracle:// is another database"),
        (f"{BACKEND}+other://me:secret@host/db", r"\+other is not the driver of this project"),
    ],
)
def test_a_malformed_url_is_answered_by_one_sentence_without_the_password(
    url: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(SettingsError, match=f"^DATABASE_URL: .*{sentence}") as error:
        load_settings(None)

    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", dialect.BACKENDS)
def test_a_url_gets_the_driver_of_the_project(name: str) -> None:
    url = with_driver(dialect.EXAMPLE_URL.replace(BACKEND, name, 1), dialect.NAME)

    assert url.drivername == f"{dialect.BACKENDS[name]}+{dialect.NAME}"
