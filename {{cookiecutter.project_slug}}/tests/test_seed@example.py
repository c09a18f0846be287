"""Tests of the command for sample data."""

from pathlib import Path

import pytest
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.migrations.commands import upgrade

from tests import seed


def test_a_seed_is_written_once(
    empty_database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # .env is out of reach
    monkeypatch.setenv("DATABASE_URL", empty_database.render_as_string(hide_password=False))
    upgrade(empty_database)

    seed.main(["--companies", "3", "--employees", "2", "--seed", "7"])
    with pytest.raises(SystemExit, match="exists, so this seed was used before: choose another --seed"):
        seed.main(["--companies", "300", "--seed", "7"])
    seed.main(["--companies", "5", "--seed", "8"])

    output = capsys.readouterr().out
    assert "3 companies with 2 employees each are stored in " in output
    assert "5 companies with 10 employees each are stored in " in output
