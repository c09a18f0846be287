"""Plant each defect of tests/data/defects.toml, and write into docs/defects.md which test caught it.

uv run python -m tests.defects [options of pytest]
"""

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from .answers import ROOT

PAGE = ROOT / "docs" / "defects.md"

HEAD = """\
# Planted defects

Each row is a small mistake in the hooks, the template, the code of projects or the documents. \
`tests/data/defects.toml` has its text.
`uv run python -m tests.defects` made each of them in a copy of this repository on {date}, ran the tests that should \
notice, and wrote this page: {caught} of {planted} were caught, each by the test beside it.

`.ci/run` checks that each defect can still be planted, and plants a few of them.
[Mutation testing](mutants.md) changes the operators of `db/` and `migrations/`. Recipes and migrations have planted \
defects of their own, in `tests/data/recipe_defects.toml` and `tests/test_planted_defects.py`.

| defect | in | caught by |
|---|---|---|
"""


def rows_in(report: Path) -> list[tuple[str, str, str]]:
    """Return what each test planted, in which file, and the test that failed for it, if one did."""
    rows = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        noted = {own.attrib["name"]: own.attrib["value"] for own in case.iter("property")}
        if "planted" in noted:
            rows.append((noted["planted"], noted["file"], noted.get("caught_by", "")))
    planned = tomllib.loads((ROOT / "tests" / "data" / "defects.toml").read_text("utf-8"))
    order = [row["what"] for kind in planned.values() for row in kind]
    return sorted(rows, key=lambda row: order.index(row[0]))  # workers of pytest-xdist report in any order


def page_of(rows: list[tuple[str, str, str]], date: str) -> str:
    """Return the page."""
    lines = [f"| {what} | `{file}` | {f'`{test}`' if test else '**nothing**'} |" for what, file, test in rows]
    head = HEAD.format(date=date, planted=len(rows), caught=sum(bool(test) for *_, test in rows))
    return head + "\n".join(lines) + "\n"


def main() -> int:
    """Run the tests of all defects, write the page, and return the exit code of the tests."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ["tests/test_defects.py", "--junitxml", str(report), "-o", "junit_family=xunit1", *sys.argv[1:]]
        environment = {**os.environ, "DEFECTS": "full", "REQUIRE_SERVERS": "1"}
        done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False)
        PAGE.write_text(page_of(rows_in(report), f"{datetime.now(UTC):%Y-%m-%d}"), "utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
