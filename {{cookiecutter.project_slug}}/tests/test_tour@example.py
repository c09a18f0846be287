"""The tour, which is also the proof that everything above works together."""

import os
import subprocess
import sys

from sqlalchemy import URL


def test_the_tour_runs_to_its_end(server: URL) -> None:
    environment = {**os.environ, "DATABASE_URL": server.render_as_string(hide_password=False)}

    tour = subprocess.run(
        [sys.executable, "-m", "{{ cookiecutter.package_name }}.tour"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert "\x1b" not in tour.stdout  # no colours where nobody sees them
