"""A run that does not get to its end leaves nothing, a folder that says so, or all; and no run touches what was there.

"Nothing" includes an empty folder, which cookiecutter makes before any hook can look.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from .adversarial import cookiecutter, places
from .answers import ROOT
from .conftest import Bake
from .projects import SLUG, contents
from .servers import unprivileged

COMMAND = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input"]
INTERRUPTING = Path(__file__).parent / "programs" / "interrupting"
NEVER = "SIGKILL group 0"
MARK = "UNFINISHED.txt"
# Options that people try if the folder exists.
FLAGS = [[], ["--overwrite-if-exists"], ["--skip-if-file-exists"], ["--overwrite-if-exists", "--skip-if-file-exists"]]


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start cookiecutter as a terminal does: it and its hooks are a group of their own."""
    return subprocess.Popen(
        COMMAND,
        cwd=folder,
        env={**os.environ, **places(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """Wait for cookiecutter, and for a hook that outlives it; return what they printed."""
    return process.communicate(timeout=60)[0]


def interrupted(folder: Path, interrupt: str) -> tuple[int, str]:
    """Run cookiecutter with an interrupt (programs/interrupting); return its status, and what was printed."""
    changes = folder.with_name("changes")
    changes.unlink(missing_ok=True)
    process = start(folder, PYTHONPATH=str(INTERRUPTING), CHANGES=str(changes), INTERRUPT=interrupt)
    output = finished(process)
    return process.returncode, output


def emptied(folder: Path) -> Path:
    """Return the folder, empty again."""
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


def state(folder: Path, complete: Path) -> str:
    """Return what a run made: absent, empty, marked or complete, or what is wrong with it."""
    if not any(folder.iterdir()):
        return "absent"
    made = contents(folder / SLUG)
    if [path.name for path in folder.iterdir()] != [SLUG]:
        return f"more than a project: {sorted(path.name for path in folder.iterdir())}"
    if not made:
        return "empty"
    if MARK in made:
        return "marked"
    return "complete" if made == contents(complete) else f"half a project, and nothing says so: {sorted(made)}"


def broken(states: dict[object, str]) -> dict[object, str]:
    """Return those that must not be."""
    return {moment: found for moment, found in states.items() if found not in ("absent", "empty", "marked", "complete")}


def spread(count: int, last: int) -> Iterable[int]:
    """Return so many numbers from 1 to the last one."""
    return (1 + step * (last - 1) // (count - 1) for step in range(count))


@pytest.fixture(autouse=True, scope="module")
def interruptible() -> Iterator[None]:
    """Let SIGINT reach what the tests start: a shell makes deaf to it what it starts in the background."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How often a whole run changes a file or a folder: with its hooks, and the hooks alone."""
    folder = tmp_path_factory.mktemp("changes") / "work"
    counted = {}
    for receiver in ("group", "hook"):
        folder.mkdir()
        interrupted(folder, NEVER.replace("group", receiver))
        counted[receiver] = folder.with_name("changes").stat().st_size
        shutil.rmtree(folder)
    return counted


@pytest.mark.parametrize("interrupt", ["SIGINT group", "SIGTERM group", "SIGTERM cookiecutter", "SIGKILL cookiecutter"])
def test_an_interrupt_before_any_change_leaves_nothing_or_a_marked_folder_or_all(
    interrupt: str, folder: Path, bake: Bake, changes: dict[str, int]
) -> None:
    # Between the third and the ninth cookiecutter makes the folder, and the first hook marks it.
    moments = sorted({3, 4, 7, 8, 9, *spread(6, changes["group"])})

    states: dict[object, str] = {}
    for moment in moments:
        interrupted(emptied(folder), f"{interrupt} {moment}")
        states[moment] = state(folder, bake())

    assert broken(states) == {}
    # The last change takes the mark away; a hook whose cookiecutter is gone goes on to its end.
    assert list(dict.fromkeys(states.values()))[:3] == ["absent", "empty", "marked"]
    assert states[changes["group"]] == ("complete" if interrupt.endswith("cookiecutter") else "marked")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_an_interrupt_at_any_time_leaves_nothing_or_a_marked_folder_or_all(
    number: signal.Signals, folder: Path, bake: Bake
) -> None:
    begin = time.monotonic()
    finished(start(folder))
    duration = time.monotonic() - begin

    states: dict[object, str] = {}
    for share in (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        process = start(emptied(folder))
        time.sleep(duration * share)
        os.killpg(process.pid, number)
        finished(process)
        states[share] = state(folder, bake())

    assert broken(states) == {}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_hook_that_is_killed_leaves_nothing(name: str, folder: Path, changes: dict[str, int], bake: Bake) -> None:
    for moment in spread(5, changes["hook"]):
        status, output = interrupted(folder, f"{name} hook {moment}")

        assert (status, state(folder, bake())) == (1, "absent"), moment
        assert "Hook script failed" in output


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9], ids=["no file yet", "half rendered", "half pruned"])
def test_a_run_refuses_a_folder_with_half_a_project(
    share: float, folder: Path, changes: dict[str, int], bake: Bake
) -> None:
    interrupted(folder, f"SIGKILL group {round(changes['group'] * share)}")
    before = contents(folder)
    assert state(folder, bake()) == "marked"

    for flags in FLAGS:
        done = cookiecutter(folder, "--no-input", *flags)

        assert done.returncode == 1
        reason = (
            "has half a project of an interrupted run: delete the folder." if "--overwrite-if-exists" in flags else ""
        )
        assert (reason or f'Error: "{SLUG}" directory already exists') in done.stdout + done.stderr
        assert contents(folder) == before


def test_the_mark_of_half_a_project_says_what_to_do(folder: Path, changes: dict[str, int], bake: Bake) -> None:
    interrupted(folder, f"SIGKILL group {changes['group'] // 2}")
    said = (folder / SLUG / MARK).read_text(encoding="utf-8")

    shutil.rmtree(folder / SLUG)  # as it says
    done = cookiecutter(folder, "--no-input")

    assert said == "Generating this project was interrupted: delete this folder, and try again.\n"
    assert (done.returncode, state(folder, bake())) == (0, "complete")


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_an_existing_project_is_never_touched(flags: list[str], folder: Path, bake: Bake) -> None:
    project = Path(shutil.copytree(bake(), folder / SLUG))
    (project / "README.md").write_text("mine", encoding="utf-8")
    (project / "pyproject.toml").unlink()
    (project / "mine.txt").write_text("mine", encoding="utf-8")
    before = contents(folder)

    done = cookiecutter(folder, "--no-input", "io=async", *flags)

    refusal = "is not empty, and is left as it is."
    reason = refusal if "--overwrite-if-exists" in flags else f'Error: "{SLUG}" directory already exists'
    assert done.returncode == 1
    assert reason in done.stdout + done.stderr
    assert contents(folder) == before


# Disks that are full, and folders that cannot be written

# A file system of its own, which nobody else sees; what is on it in the end goes to the folder $2.
ON_A_SMALL_DISK = """
mount -t tmpfs -o "$1" none "$PWD" && cd "$PWD" || exit 77
mkdir work && cd work && shift && result=$1 && shift
"$@"
status=$?
cp -a . "$result" && exit $status
"""
ITS_OWN_DISK = ["unshare", "--user", "--map-root-user", "--mount"]


def on_a_small_disk(folder: Path, options: str) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter on a file system with these limits, and copy what it made into the folder; or skip the test."""
    disk = folder.with_name("disk")
    disk.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [*ITS_OWN_DISK, "sh", "-c", ON_A_SMALL_DISK, "sh", options, str(folder), *COMMAND],
            cwd=disk,
            env={**os.environ, **places(folder)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("no small disk: needs unshare of util-linux")
    if done.returncode == 77 or done.stderr.startswith("unshare: "):
        pytest.skip(f"no small disk, because this system lets nobody mount one: {done.stderr}")
    return done


# From a disk on which nothing fits to one that is a little too small, found by trying.
@pytest.mark.parametrize(
    "options",
    [
        *("size=4k", "size=40k", "size=200k", "size=400k"),  # a project needs about 450k before it is pruned
        *(
            "nr_inodes=2",
            "nr_inodes=3",
            "nr_inodes=4",
            "nr_inodes=50",
            "nr_inodes=100",
        ),  # ... and about 104 files and folders
    ],
)
def test_a_full_disk_leaves_nothing_or_a_marked_folder(options: str, folder: Path, bake: Bake) -> None:
    done = on_a_small_disk(folder, options)

    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert state(folder, bake()) in ("absent", "empty", "marked")


def test_a_disk_with_room_gets_a_project(folder: Path, bake: Bake) -> None:
    """The other side: what fails above is the disk."""
    done = on_a_small_disk(folder, "size=2m")

    assert (done.returncode, state(folder, bake())) == (0, "complete")


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_made(folder: Path) -> None:
    folder.chmod(0o555)

    done = subprocess.run(
        unprivileged(COMMAND),
        cwd=folder,
        env={**os.environ, **places(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 1
    assert f"Permission denied: '{SLUG}'" in done.stderr
    assert done.stderr.endswith(f"OSError: Unable to create directory at {SLUG}\n")
    assert contents(folder) == {}
