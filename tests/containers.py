"""Images of projects, built and run without a daemon: buildah builds them, and namespaces of Linux run them.

Registries of images cannot be reached from everywhere, so the two images for which a Dockerfile asks are made here,
under the names that it gives them: Python as Debian packages it, without bytecode as in the official image, and the uv
that runs the tests. A container shares the network of this machine, and its files are all read-only but for `/tmp`,
`/dev`, `/proc` and its volumes. Nothing here shows networks of their own, limits of memory, or dropped capabilities.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .packages import Package, UnavailableError
from .projects import UV, environment_with, printed, run

# Beside Python: what a Dockerfile may call, and who signs certificates.
OTHERS = ("base-files", "ca-certificates", "coreutils", "dash", "libstdc++6", "passwd")
# In namespaces of its own: the arguments are the root, a folder for each volume with its place, "--", and the program.
CONTAINER = """\
set -e
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
exec "$@"
"""


@dataclass(frozen=True)
class Buildah:
    """A store of images in a folder of its own."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> "Buildah":
        """Return an empty store; raise UnavailableError where nothing can be built and run."""
        if shutil.which("buildah") is None:
            raise UnavailableError("no buildah: apt-get install buildah")
        if os.geteuid() != 0:
            raise UnavailableError("no way to mount the files of an image: only root may")
        return cls(folder)

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a command of buildah."""
        store = ["--root", self.folder / "images", "--runroot", self.folder / "run", "--storage-driver", "vfs"]
        return run(self.folder, "buildah", *store, *words, TMPDIR=str(self.folder))

    def tag(self, name: str, files: Path, dockerfile: str) -> None:
        """Make an image of a folder."""
        file = self.folder / "Dockerfile"
        file.write_text(dockerfile, "utf-8")
        printed(self("build", "--isolation", "chroot", "--tag", name, "--file", file, files))

    def make_bases(self, dockerfile: str) -> None:
        """Make the images for which a Dockerfile asks, unless they are there."""
        base, python = re.findall(r"^FROM (python:([\d.]+)-slim)$", dockerfile, re.MULTILINE)[-1]
        (uv,) = re.findall(r"--from=(ghcr.io/astral-sh/uv:[\d.]+) ", dockerfile)
        if self("inspect", "--type", "image", uv).returncode == 0:
            return
        debian = Package("sid", f"libpython{python}-stdlib", (), (f"python{python}", *OTHERS)).root
        with self.folder_with(debian) as files:
            # as uv is told here: where packages come from, and who signs the certificates of that place
            settings = {name: value for name, value in environment_with().items() if name.startswith("UV_")}
            if certificates := os.environ.get("SSL_CERT_FILE"):
                shutil.copy(certificates, files / "etc" / "ssl" / "certs" / "ca-certificates.crt")
                settings["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
            (files / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", "utf-8")
            (files / "etc" / "group").write_text("root:x:0:\n", "utf-8")
            (files / "usr" / "local" / "bin").mkdir(parents=True)
            for name in ("python", "python3"):
                (files / "usr" / "local" / "bin" / name).symlink_to(f"/usr/bin/python{python}")
            words = " ".join(f'{name}="{value}"' for name, value in settings.items())
            self.tag(f"docker.io/library/{base}", files, f"FROM scratch\nCOPY . /\nENV LANG=C.UTF-8 {words}\n")
        with self.folder_with() as files:
            shutil.copy(UV, files / "uv")
            self.tag(uv, files, "FROM scratch\nCOPY uv /uv\n")

    @contextmanager
    def folder_with(self, files: Path | None = None) -> Iterator[Path]:
        """Yield a folder, with a copy of these files, to make an image of."""
        copy = self.folder / "files"
        if files is None:
            copy.mkdir()
        else:
            shutil.copytree(files, copy, symlinks=True, ignore=shutil.ignore_patterns("share"))
        yield copy
        shutil.rmtree(copy)

    def build(self, project: Path) -> subprocess.CompletedProcess[str]:
        """Build the image of a project under the name of its folder, as `docker build` does."""
        self.make_bases((project / "Dockerfile").read_text("utf-8"))
        docker = ["--format", "docker", "--pull-never", "--isolation", "chroot"]
        return self("build", *docker, "--tag", project.name, project)

    def image(self, name: str) -> "Image":
        """Return an image of the store."""
        container = printed(self("from", "--pull-never", name)).strip()
        config = json.loads(printed(self("inspect", "--type", "image", name)))["Docker"]["config"]
        return Image(Path(printed(self("mount", container)).strip()), config, self.folder)

    def size(self, name: str) -> float:
        """Return how many megabytes an image has."""
        number, unit = printed(self("images", "--format", "{{.Size}}", name)).split()
        assert unit == "MB"
        return float(number)

    def sent(self, project: Path) -> set[str]:
        """Return what `.dockerignore` lets a Dockerfile have of a project: files and folders at its top."""
        container = printed(self("from", "scratch")).strip()
        ignored = ["--ignorefile", project / ".dockerignore", "--contextdir", project]
        printed(self("add", *ignored, container, project, "/"))
        return {path.name for path in Path(printed(self("mount", container)).strip()).iterdir()}


@dataclass(frozen=True)
class Image:
    """The files of an image, what it says of itself, and a folder for what its volumes keep."""

    root: Path
    config: dict[str, Any]
    folder: Path

    @cached_property
    def volumes(self) -> dict[str, Path]:
        """A new folder for each volume, which belongs to the one whom the image gives it to."""
        volumes = {}
        for place in self.config.get("Volumes") or {}:
            owner = (self.root / place.lstrip("/")).stat()
            volumes[place] = self.folder / f"{self.root.name}{place.replace('/', '-')}"
            volumes[place].mkdir()
            os.chown(volumes[place], owner.st_uid, owner.st_gid)
        return volumes

    def inside(self, command: list[str], variables: dict[str, str]) -> list[str]:
        """Return a command as the image's user has it, with the image's variables and these."""
        given = [f"{name}={value}" for name, value in variables.items()]
        entry = ["chroot", f"--userspec={self.config['User']}", str(self.root)]
        return [*entry, "/usr/bin/env", "--ignore-environment", *self.config["Env"], *given, *command]

    @contextmanager
    def running(self, *command: str, **variables: str) -> Iterator["Container"]:
        """Start a container, and stop it by force at the end of the block if it still runs."""
        program = self.inside(list(command) or self.config["Cmd"], variables)
        volumes = [word for place, folder in self.volumes.items() for word in (str(folder), place)]
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        words = [*namespaces, "sh", "-c", CONTAINER, "sh", str(self.root), *volumes, "--", *program]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8") as process:
            try:
                yield Container(self, process, variables)
            finally:
                process.kill()

    def run(self, *command: str, **variables: str) -> tuple[int, str]:
        """Run a container to its end; return its exit code and what it printed."""
        with self.running(*command, **variables) as container:
            return container.wait()


@dataclass(frozen=True)
class Container:
    """A container that runs."""

    image: Image
    process: subprocess.Popen[str]
    variables: dict[str, str]

    @property
    def pid(self) -> int:
        """The process id of process 1 of the container, as this machine counts."""
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8").split()
        return int(child)

    @property
    def cpu_seconds(self) -> float:
        """How long process 1 has kept a processor busy. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
        _, _, fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(") ")
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def execute(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one more command in it, as `docker exec` does."""
        words = self.image.inside(list(command), {**self.variables, **variables})
        return run(self.image.folder, "nsenter", "--target", self.pid, "--mount", "--pid", *words)

    def wait(self) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it printed."""
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output
