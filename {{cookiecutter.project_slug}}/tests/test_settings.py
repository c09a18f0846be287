"""Settings: what the environment may say, and the sentences that answer what it may not."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import parse_url, with_driver
from {{ cookiecutter.package_name }}.settings import SettingsError, load_settings

BACKEND = make_url(dialect.EXAMPLE_URL).get_backend_name()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test sets."""
    for name in ("DATABASE_URL", "DATABASE_ECHO"):
        monkeypatch.delenv(name, raising=False)


def test_the_example_url_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)

    assert load_settings(None).database_url == make_url(dialect.EXAMPLE_URL)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(f"DATABASE_URL={dialect.EXAMPLE_URL}\nDATABASE_ECHO=true\nOTHER_PROGRAM=1\n")
    assert load_settings(file).database_echo is True

    monkeypatch.setenv("DATABASE_ECHO", "false")

    assert load_settings(file).database_echo is False


def test_statements_are_logged_only_if_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", dialect.EXAMPLE_URL)
    assert load_settings(None).database_echo is False

    monkeypatch.setenv("DATABASE_ECHO", "true")
    assert load_settings(None).database_echo is True


def test_a_missing_url_is_answered_by_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: not set; copy \.env\.example to \.env"):
        load_settings(None)


def test_a_file_that_exists_is_read_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={dialect.EXAMPLE_URL}\n")
    monkeypatch.chdir(tmp_path)

    assert load_settings().database_url
    with pytest.raises(SettingsError):
        load_settings(None)


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
def test_a_malformed_url_is_answered_by_one_sentence_without_the_password(
    url: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(SettingsError, match=sentence) as error:
        load_settings(None)

    assert str(error.value).startswith("DATABASE_URL: ")
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", str(dialect.EXAMPLE_URL))
    settings = load_settings(None)
    password = settings.database_url.password

    assert password is None or f":{password}@" not in repr(settings)


def test_special_characters_and_options_survive() -> None:
    url = make_url(dialect.EXAMPLE_URL).update_query_dict({"option": "50%", "other": "a@b&c"})
    if url.host:
        url = url.set(password="p@ss%w/rd:?#")  # noqa: S106

    parsed = parse_url(url.render_as_string(hide_password=False))

    assert parsed == url


@pytest.mark.parametrize("name", dialect.BACKENDS)
def test_a_url_gets_the_driver_of_the_project(name: str) -> None:
    url = with_driver(dialect.EXAMPLE_URL.replace(BACKEND, name, 1), dialect.NAME)

    assert url.drivername == f"{dialect.BACKENDS[name]}+{dialect.NAME}"
