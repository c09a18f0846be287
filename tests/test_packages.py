"""Programs of other releases of Debian: kept once they are there, and one sentence where they cannot be had."""

from pathlib import Path

import pytest

from . import packages
from .packages import CACHE, MET, Package, UnavailableError

SERVER = Package("sid", "a-server", ("usr/sbin/*",))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def apt_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in the place of apt-get."""
    program = folder / "apt-get"
    program.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    program.chmod(0o755)
    keyring = folder / "keyring"
    keyring.touch()
    monkeypatch.setattr(packages, "KEYRING", keyring)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_fetched_package_is_used_again(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt_that("exit 1", tmp_path, monkeypatch)
    (cache / "sid-a-server" / "root").mkdir(parents=True)
    (cache / "sid-a-server" / MET).write_text("1.2-3", "utf-8")

    assert SERVER.root == cache / "sid-a-server" / "root"
    assert SERVER.version == "1.2-3"


def test_a_partly_fetched_package_is_fetched_again(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt_that("exit 1", tmp_path, monkeypatch)
    (cache / "sid-a-server" / "root").mkdir(parents=True)

    with pytest.raises(UnavailableError):
        print(SERVER.root)


def test_a_machine_without_debians_keys_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "KEYRING", Path("nowhere"))

    with pytest.raises(UnavailableError, match=r"^no a-server of Debian's sid, because this machine is no Debian$"):
        print(SERVER.root)


def test_an_error_of_apt_is_told_by_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt_that(
        '[ "$1" = indextargets ] && echo mirror && exit\necho "E: no network" >&2\nexit 100',
        tmp_path,
        monkeypatch,
    )

    with pytest.raises(UnavailableError, match=r"^no a-server of Debian's sid: E: no network$"):
        print(SERVER.root)
