"""Run all that is claimed, with every server, Python and cookiecutter, and write what came of it into the docs.

uv run python -m tests.matrix [options of pytest]
"""

import os
import re
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from .answers import ROOT

PAGE = ROOT / "docs" / "tested-on.md"
README = ROOT / "README.md"
TABLE = "<!-- tested -->\n\n{}\n\n<!-- end of tested -->"
ORDER = ["SQLite", "PostgreSQL", "MariaDB", "MySQL", "Python", "cookiecutter"]

HEAD = """\
# Tested on

`uv run python -m tests.matrix` ran this on {date}, on Linux ({machine}), and wrote this page.
A server or a Python that this machine lacks is fetched from another release of Debian, and kept in \
`~/.cache/cookiecutter-sqlalchemy` (`COOKIECUTTER_SQLALCHEMY_CACHE` names another folder). Delete the folder to fetch \
them again.
The gate, `.ci/run`, runs a part of it for every change, and fails if one of them is unavailable. Only Python 3.12 may \
be missing, because no release of Debian has it.

A project counts if it passed all of its own tests: types, locks, retries, migrations, round trips, and each claim of \
the tour. "Migrated" means that four processes upgraded an empty database at once, and that a downgrade and an upgrade \
followed.

| with | projects | tests passed in them | migrated | tour |
|---|---|---|---|---|
"""
TAIL = """
For cookiecutter, the table counts the versions of Python ({pythons}) on which it generated the same files. \
Together, these projects use each file of the template.

## Not tested

- Windows and macOS: the workflow of this repository generates a project there with the default options, in both \
styles, and runs its tour and its tests on SQLite. PostgreSQL, MySQL and MariaDB are not tested on either.
- Cloud databases (Amazon RDS and Aurora, Cloud SQL, Azure, PlanetScale, Neon, Supabase): never tried.
- MySQL 8.0 and 8.4, MariaDB 12: no release of Debian has them, so they are not claimed.
"""


def rank(name: str) -> tuple[int, list[int]]:
    """Return where a name and version stand in the table."""
    kind, number = name.split()
    return ORDER.index(kind), [int(part) for part in re.findall(r"\d+", number)]


def row(met: str, cases: list[dict[str, str]]) -> str:
    """Return the row of one version."""
    cells = []
    for what in ("projects", "passed", "migrations", "tour"):
        kinds = {"projects", "generated"} if what in ("projects", "passed") else {what}
        own = [case for case in cases if case["what"] in kinds]
        passed = [case for case in own if case["outcome"] == "passed"]
        if what == "passed":
            number = sum(int(case.get("passed", 0)) for case in passed)
            cells.append(f"{number:,}" if number else "")
        else:
            cells.append(f"{len(passed)} of {len(own)}" if own else "")
    return f"| {met} | {' | '.join(cells)} |"


def cases_in(report: Path) -> list[dict[str, str]]:
    """Return what each test noted, and its outcome."""
    cases = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        noted = {own.attrib["name"]: own.attrib["value"] for own in case.iter("property")}
        failed = case.find("failure") is not None or case.find("error") is not None
        if "met" in noted:
            cases.append({**noted, "outcome": "failed" if failed else "passed", "name": case.attrib["name"]})
    return cases


def page_of(cases: list[dict[str, str]], date: str) -> str:
    """Return the page."""
    by_version: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for case in cases:
        by_version[case["met"]].append(case)
    rows = [row(met, by_version[met]) for met in sorted(by_version, key=rank)]
    machine = f"{os.uname().machine}, {os.cpu_count()} processors"
    pythons = sorted(set(re.findall(r"-(3\.\d+)\]", " ".join(c["name"] for c in cases if c["what"] == "generated"))))
    return HEAD.format(date=date, machine=machine) + "\n".join(rows) + "\n" + TAIL.format(pythons=joined(pythons))


def joined(names: list[str]) -> str:
    """Return words with commas, and one "and"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def places(kind: str) -> int:
    """Return how many numbers make a release."""
    return 1 if kind == "PostgreSQL" else 2


def line_of(page: str) -> str:
    """Return what README.md says of the page."""
    [date] = re.findall(r"ran this on (\S+),", page)
    names = [name.split() for name in re.findall(r"^\| (\w+ \d[\d.]*) \|", page, re.MULTILINE)]
    kinds = [
        f"{kind} {joined(list(dict.fromkeys('.'.join(number.split('.')[: places(kind)]) for _, number in own)))}"
        for kind, own in groupby(names, key=lambda name: name[0])
    ]
    return (
        f"Tested on {date} on Linux with {joined(kinds)} ([details](docs/tested-on.md)). "
        "On Windows and macOS, CI tests only the default options, with sync and with async code. "
        "Managed cloud databases were never tried."
    )


def main() -> int:
    """Run the tests of the matrix, write the page and the line, and return the exit code of the tests."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [
            "tests/test_matrix.py",
            "-n",
            "2",
            "--junitxml",
            str(report),
            "-o",
            "junit_family=xunit1",
            *sys.argv[1:],
        ]
        environment = {**os.environ, "MATRIX": "full", "REQUIRE_SERVERS": "1"}
        done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False)
        cases = cases_in(report)
    page = page_of(cases, f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(page, "utf-8")
    readme = README.read_text("utf-8")
    line = TABLE.format(line_of(page))
    README.write_text(re.sub(TABLE.format(".*?"), lambda _: line, readme, flags=re.DOTALL), "utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
