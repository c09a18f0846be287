"""The image of a project is built from its lock, and migrates, serves, and stops when it is told to."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from . import inside
from .answers import CHOICES
from .conftest import Bake, NewDatabase, skipped_without_servers
from .containers import Buildah, Container, Image
from .projects import SLUG, UV, printed, run
from .servers import free_port

START_TIMEOUT = 60  # seconds


class Build(Protocol):
    """Return a project with these options, and its image."""

    def __call__(self, **answers: str) -> tuple[Path, Image]: ...


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """A store of images, which is gone after the tests."""
    folder = tmp_path_factory.mktemp("buildah")
    with skipped_without_servers():
        yield Buildah.open(folder)
    shutil.rmtree(folder)


@pytest.fixture
def built(buildah: Buildah, bake: Bake, tmp_path: Path) -> Build:
    """Copy a project, lock it as its first `uv run` does, and build its image."""

    def built(**answers: str) -> tuple[Path, Image]:
        project = inside.copy(bake(**answers), tmp_path)
        (project / ".env").write_text("PASSWORD=secret\n", "utf-8")
        printed(run(project, UV, "lock", "--quiet"))
        with skipped_without_servers():
            printed(buildah.build(project))
        return project, buildah.image(SLUG)

    return built


def first_answer(url: str, container: Container) -> bytes:
    """Send requests until there is a response."""
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            return bytes(urlopen(url, timeout=10).read())  # noqa: S310 - a server of this test
        except URLError:
            assert container.process.poll() is None, container.wait()
            assert time.monotonic() < deadline, "it does not respond"
            time.sleep(0.02)


@pytest.mark.parametrize(("io", "database"), [("sync", "sqlite"), ("async", "postgresql")])
def test_an_image_migrates_serves_and_stops(
    io: str, database: str, buildah: Buildah, built: Build, new_database: NewDatabase
) -> None:
    project, image = built(io=io, database=database, web="fastapi")
    services = yaml.safe_load((project / "compose.yml").read_text("utf-8"))["services"]
    # in the place of the service `database`; for SQLite, the image says where its file is
    variables = {} if database == "sqlite" else {"DATABASE_URL": new_database(database)}
    port = str(free_port())

    code, output = image.run(*services["migrate"]["command"], **variables)
    assert code == 0, output
    began = time.monotonic()
    with image.running(**variables, UVICORN_HOST="127.0.0.1", UVICORN_PORT=port) as container:
        assert first_answer(f"http://127.0.0.1:{port}/health/ready", container) == b'{"status":"ok"}'
        seconds, busy = time.monotonic() - began, container.cpu_seconds
        assert b'"items":[]' in first_answer(f"http://127.0.0.1:{port}/companies", container)
        _, *healthcheck = image.config["Healthcheck"]["Test"]
        printed(container.execute(*healthcheck))
        assert container.execute(*healthcheck, UVICORN_PORT="1").returncode != 0
        assert container.execute("id", "--user").stdout == "10001\n"
        assert "Read-only file system" in container.execute("touch", "/app/file").stderr
        os.kill(container.pid, signal.SIGTERM)
        code, output = container.wait()

    assert code == 0, output
    assert "Application shutdown complete" in output
    assert [*image.root.glob("usr/lib/python3*/asyncio/__pycache__/*.pyc")] != []  # a start compiles nothing of it
    more = buildah.size(SLUG) - buildah.size("python:3.14-slim")
    figures = f"{more:.0f} MB more than Python's image, first response after {seconds:.1f} s ({busy:.1f} s of CPU)"
    print(f"{io}, {database}: {figures}")


@pytest.mark.parametrize("database", CHOICES["database"])
def test_compose_migrates_a_ready_database_before_the_site_starts(database: str, bake: Bake) -> None:
    services = yaml.safe_load((bake(database=database, web="fastapi") / "compose.yml").read_text("utf-8"))["services"]

    own = {"migrate": services["migrate"], "site": services["site"]}
    server = {} if database == "sqlite" else {"database": {"condition": "service_healthy"}}
    assert own["migrate"].get("depends_on", {}) == server
    assert own["site"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert all(service["read_only"] and service["build"] == "." for service in own.values())
    # `docker compose up --wait` stays the database for development
    assert {name for name, service in services.items() if "profiles" not in service} == (server.keys() or own.keys())
    assert [port for service in services.values() for port in service.get("ports", []) if "127.0.0.1" not in port] == []


def test_an_image_without_a_web_application_migrates(buildah: Buildah, built: Build, new_database: NewDatabase) -> None:
    project, image = built(database="mysql")
    url = {"DATABASE_URL": new_database("mysql")}

    assert "usage: my-project-db" in printed_by(image.run())
    assert "DATABASE_URL: not set" in image.run("my-project-db", "upgrade", "head")[1]
    assert "Running upgrade" in printed_by(image.run("my-project-db", "upgrade", "head", **url))
    printed_by(image.run("my-project-db", "current", "--check-heads", **url))
    assert {path.name for path in (image.root / "app").iterdir()} == {".venv"}
    assert [*image.root.rglob("uv")] == []
    assert buildah.sent(project) == {"LICENSE", "README.md", "pyproject.toml", "src", "uv.lock"}
    assert {"Healthcheck", "ExposedPorts"} & {name for name, value in image.config.items() if value} == set()


def printed_by(ended: tuple[int, str]) -> str:
    """Return what a container printed that ended as it should."""
    code, output = ended
    assert code == 0, output
    return output


def test_a_build_stops_without_a_lock_or_with_an_old_one(buildah: Buildah, bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(), tmp_path)
    with skipped_without_servers():
        without = buildah.build(project)
    printed(run(project, UV, "lock", "--quiet"))
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text("utf-8").replace("\ndependencies = [", '\ndependencies = ["idna",'), "utf-8"
    )

    assert "To create a lockfile, run `uv lock`" in printed(without, returns=1)
    assert "The lockfile at `uv.lock` needs to be updated" in printed(buildah.build(project), returns=1)
