"""Tests of the settings: their sources, and messages for wrong values."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from {{ cookiecutter.package_name }}.db.dialect import EXAMPLE_URL
from {{ cookiecutter.package_name }}.settings import Settings, SettingsError


def test_a_file_is_read_only_on_request_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"DATABASE_URL={EXAMPLE_URL}\nDATABASE_ECHO=true\nOTHER_PROGRAM=1\n")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL: not set; copy \.env\.example to \.env"):
        Settings.load(None)
    assert Settings.load().database_url == make_url(EXAMPLE_URL)
    assert Settings.load().database_echo is True
    monkeypatch.setenv("DATABASE_ECHO", "false")
    assert Settings.load().database_echo is False


def test_a_malformed_url_is_one_error_message_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "oracle://me:secret@host/db")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL: oracle:// is another database") as error:
        Settings.load(None)

    assert "secret" not in str(error.value)
