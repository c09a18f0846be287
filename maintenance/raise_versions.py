"""Raise every version that this repository names, then run everything: python -m maintenance.raise_versions.

The requirements of the template and its projects rise together, to the newest versions that work on the oldest
supported Python: upper bounds, `uv.lock`, and the lower bounds of tools. The dependencies of projects keep their lower
bounds, the oldest versions that pass the tests. The projects' workflow gets the actions of the template's own workflow,
which Dependabot raises. Hooks of pre-commit need nothing: they run the tools of `uv.lock`.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from maintenance import ROOT, UV

PROJECT = "{{cookiecutter.project_slug}}"

# Files with requirements, each a quoted string; an extra may depend on an option.
NAMED_IN = ["pyproject.toml", "cookiecutter.json", f"{PROJECT}/pyproject.toml"]
REQUIREMENT = re.compile(
    r'"(?P<name>[a-zA-Z][\w.-]*)(?P<extras>\[[\w,-]+\]|\{\{.*?\}\})?(?P<bounds>>=[\d.]+(,<[\d.]+)?)(?P<marker>;[^"]*)?"'
)
ACTION = re.compile(r"uses: (?P<name>[\w./-]+)@(?P<pin>[0-9a-f]{40} # v[\d.]+)")

# As CONTRIBUTING.md has it; a test compares the two.
CHECKS = ["uv run pytest -n auto", "uv run ruff check", "uv run ruff format --check", "uv run mypy"]


def uv(root: Path, *words: str, given: str = "") -> str:
    """Run uv, whose messages are shown, and return what it prints."""
    command = [UV, *words]
    return subprocess.run(command, cwd=root, input=given, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def named(root: Path) -> Iterator[re.Match[str]]:
    """Yield each requirement of the template and of its projects."""
    return (match for file in NAMED_IN for match in REQUIREMENT.finditer((root / file).read_text("utf-8")))


def without_upper_bound(requirement: re.Match[str]) -> str:
    """Return a requirement with its lower bound only."""
    name, extras, bounds, marker = requirement.group("name", "extras", "bounds", "marker")
    known = extras if extras and extras.startswith("[") else ""
    return f"{name}{known}{bounds.partition(',')[0]}{marker or ''}"


def newest(root: Path, age: str) -> dict[str, Version]:
    """Return the newest versions that fit together, of releases of at least this age."""
    python = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    wanted = "\n".join(sorted({without_upper_bound(requirement) for requirement in named(root)}))
    options = ["--universal", "--python-version", python.removeprefix(">="), "--exclude-newer", age]
    lines = uv(root, "pip", "compile", "--quiet", "--no-header", "--no-annotate", *options, "-", given=wanted)
    found: dict[str, Version] = {}
    for name, number in re.findall(r"^([\w.-]+)==([^\s;]+)", lines, re.MULTILINE):
        # if Pythons get different versions, the lower bound is that of the oldest
        found[name] = min(Version(number), found.get(name, Version(number)))
    return found


def bounds_for(version: Version, bounds: str, *, keep_lower: bool = False) -> str:
    """Return bounds that allow this version, as exact as they were: `>=1.2,<2` for 2.3.4 is `>=2.3,<3`."""

    def bound(match: re.Match[str]) -> str:
        operator, old = match.groups()
        if keep_lower and operator == ">=":
            return match[0]
        release = [*version.release, 0, 0, 0][: old.count(".") + 1]
        if operator == "<":
            release[-1] += 1
        new = ".".join(map(str, release))
        return operator + (new if Version(new) > Version(old) else old)  # nothing is lowered

    return re.sub(r"(>=|<)([\d.]+)", bound, bounds)


def raised(text: str, versions: dict[str, Version], dependencies: range = range(0)) -> str:
    """Return a text with raised requirements; dependencies of projects keep their lower bounds."""

    def requirement(match: re.Match[str]) -> str:
        name, bounds = match.group("name", "bounds")
        keep_lower = match.start() in dependencies
        new = bounds_for(versions[name.lower().replace("_", "-")], bounds, keep_lower=keep_lower)
        return match[0].replace(bounds, new)

    return REQUIREMENT.sub(requirement, text)


def actions(root: Path) -> dict[str, str]:
    """Return the hash and the version of each action that the template's own workflows use."""
    files = sorted((root / ".github" / "workflows").glob("*.yml"))
    return {name: pin for file in files for name, pin in ACTION.findall(file.read_text("utf-8"))}


def carried(text: str, pins: dict[str, str]) -> str:
    """Return a workflow with these actions."""
    return ACTION.sub(lambda match: f"uses: {match['name']}@{pins.get(match['name'], match['pin'])}", text)


def dependencies_in(file: str, text: str) -> range:
    """Return where a file names dependencies of projects: the drivers of databases, and `[project] dependencies`."""
    if file == "cookiecutter.json":
        return range(len(text))
    if file == f"{PROJECT}/pyproject.toml":
        return range(text.index("[project]"), text.index("[dependency-groups]"))
    return range(0)


def raise_versions(root: Path, age: str) -> None:
    """Raise the versions of a checkout; nothing is written before all versions are known."""
    versions, pins = newest(root, age), actions(root)
    before = {file: (root / file).read_text("utf-8") for file in NAMED_IN}
    texts = {root / file: raised(text, versions, dependencies_in(file, text)) for file, text in before.items()}
    workflows = (root / PROJECT / ".github@github" / "workflows").glob("*.yml")
    texts |= {file: carried(file.read_text("utf-8"), pins) for file in workflows}
    for file, text in texts.items():
        file.write_text(text, "utf-8")
    uv(root, "lock", "--upgrade", "--exclude-newer", age)
    uv(root, "lock")  # keeps the versions, and removes the age


def main(arguments: list[str]) -> int:
    """Raise the versions, run the checks, and return the exit code of the first that fails."""
    parser = argparse.ArgumentParser(prog="python -m maintenance.raise_versions", description=__doc__)
    # https://docs.astral.sh/uv/reference/settings/#exclude-newer
    parser.add_argument("--age", default="7 days", help="of releases; malicious ones are usually found within it")
    parser.add_argument("--no-checks", action="store_true", help="raise the versions, and run no checks")
    options = parser.parse_args(arguments)
    raise_versions(ROOT, options.age)
    if not options.no_checks:
        for check in CHECKS:
            print(f"$ {check}", flush=True)
            if code := subprocess.run([UV, *check.split()[1:]], cwd=ROOT, check=False).returncode:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
