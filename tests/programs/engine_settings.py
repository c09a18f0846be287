"""A file for the tests of any project: URLs of the environment that are malformed or odd."""
# mypy: disable-error-code="import-not-found"

import re
from pathlib import Path

import pytest
from my_project.db import dialect
from my_project.db.engine import parse_url, with_driver
from my_project.settings import Settings, SettingsError
from sqlalchemy import make_url

BACKEND = make_url(dialect.EXAMPLE_URL).get_backend_name()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "not a database URL"),
        ("me:secret@host/db", "not a database URL"),
        (f"{BACKEND}://me:secret@host:port/db", "not a database URL"),
        ("oracle://me:secret@host/db", "oracle:// is another database"),
        (f"{BACKEND}+other://me:secret@host/db", r"\+other is not the driver of this project"),
        (f"{BACKEND}://me:secret@secret@host/db", "write one inside a password as %40"),
    ],
)
def test_a_malformed_url_is_one_error_message_without_the_password(
    url: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(SettingsError, match=sentence) as error:
        Settings.load(None)

    assert str(error.value).startswith("DATABASE_URL: ")
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_file_of_another_encoding_is_one_sentence_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(f"DATABASE_URL={dialect.EXAMPLE_URL} # caf\xe9\n".encode("latin-1"))

    with pytest.raises(SettingsError, match=re.escape(f"{file}: it is not UTF-8")):
        Settings.load(file)


def test_a_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)
    settings = Settings.load(None)
    password = settings.database_url.password

    assert password is None or f":{password}@" not in repr(settings)


def test_special_characters_and_options_survive() -> None:
    url = make_url(dialect.EXAMPLE_URL).update_query_dict({"user": "50%", "host": "a@b&c"})
    if url.host:
        url = url.set(password="p@ss%w/rd:?#")  # noqa: S106

    assert parse_url(url.render_as_string(hide_password=False)) == url


def test_statements_are_logged_only_if_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)

    assert Settings.load(None).database_echo is False


@pytest.mark.parametrize("name", dialect.BACKENDS)
def test_a_url_gets_the_driver_of_the_project(name: str) -> None:
    url = with_driver(dialect.EXAMPLE_URL.replace(BACKEND, name, 1), dialect.NAME)

    assert url.drivername == f"{dialect.BACKENDS[name]}+{dialect.NAME}"
