"""Record the start of a project in a terminal: `uv run python -m tests.transcript`.

It writes docs/tour.md.
"""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from .adversarial import places
from .answers import ROOT
from .projects import UV, environment_with, printed, run

PAGE = ROOT / "docs" / "tour.md"

# Typed options, by the beginning of the prompt; for any other prompt the default.
TYPED = {"Project name": "Book Shop"}
SLUG = "book-shop"
COMMAND = "uvx cookiecutter gh:org/cookiecutter-sqlalchemy"
TOUR = "uv run python -m tour"

# The line in which somebody types.
QUESTION = re.compile(r"\): $")

TEXT = """# A first look

The prompts and the tour of a new project, recorded by `uv run python -m tests.transcript`.
Nothing was left out; durations are replaced by constants.

## The prompts

One name is typed; every other prompt gets its default.

```text
$ {command}
{prompts}
```

## The tour

Each lesson shows its code, the SQL that the code sends, and the conclusion.

```text
$ {tour_command}
{tour}
```
"""


def read(terminal: int) -> bytes:
    """Return what is new in a terminal, nothing at its end."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # as Linux says that nobody writes to it any more
        return b""


def in_terminal(folder: Path, command: Sequence[object], **environment: str) -> str:
    """Run a command in a terminal without colors, answer its prompts, and return the output."""
    ours, theirs = pty.openpty()
    words = [str(word) for word in command]
    # both, or Rich takes a terminal of this kind for one of 80 columns
    size = {"COLUMNS": "100", "LINES": "50"}
    own = environment_with(TERM="dumb", PYTHONIOENCODING="utf-8", **size, **environment)
    with subprocess.Popen(words, cwd=folder, env=own, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while more := read(ours):
            seen += more
            line = seen.rpartition(b"\n")[2].decode()
            if QUESTION.search(line):
                answer = next((typed for question, typed in TYPED.items() if question in line), "")
                os.write(ours, f"{answer}\n".encode())
    os.close(ours)
    text = seen.decode().replace("\r\n", "\n")
    if process.returncode:
        raise RuntimeError(text)
    return text


def trimmed(text: str) -> str:
    """Return a text without the spaces at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def record(folder: Path) -> tuple[str, str]:
    """Generate a project in an empty folder and take its tour; return what both showed."""
    prompts = in_terminal(folder, [sys.executable, "-m", "cookiecutter", ROOT], **places(folder))
    # without what uv says of its work, which goes elsewhere
    tour = run(folder / SLUG, UV, *TOUR.split()[1:], COLUMNS="80")
    printed(tour)
    return trimmed(prompts), trimmed(tour.stdout)


def page(folder: Path) -> str:
    """Return docs/tour.md."""
    prompts, tour = record(folder)
    return TEXT.format(command=COMMAND, prompts=prompts, tour_command=TOUR, tour=tour)


def main() -> None:
    """Record it, and write it down."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "work"
        folder.mkdir()
        text = page(folder)
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
