"""The tour, which is also the proof that everything above works together."""

import pytest
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.tour.__main__ import main


def test_the_tour_runs_to_its_end(
    server: URL, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.render_as_string(hide_password=False))

    main()

    assert "\x1b" not in capsys.readouterr().out  # no colours where nobody sees them
