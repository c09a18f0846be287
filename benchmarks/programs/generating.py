"""Generating the default project, by the command `cookiecutter`, in processor time of it and of its hooks.

An empty template, with the same prompts, one empty file and no hooks, shows what cookiecutter costs by itself. Then
come hooks that do nothing, the hooks of this template, its files as mere copies, and the whole template. The last
comparison makes many projects with different options in one process, as the tests of this template do.
"""
# mypy: disable-error-code="import-not-found"

import json
import os
import resource
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cookiecutter import generate  # type: ignore[import-untyped]
from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]
from side_by_side import compare, pick

from tests.answers import COMBINATIONS, CONTEXT, QUESTIONS, ROOT, TEMPLATE
from tests.projects import printed, run

HERE = Path.cwd()
HOOKS = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("hooks/*.py")}
EMPTY = dict.fromkeys(HOOKS, "")


def template(name: str, context: Mapping[str, Any], hooks: Mapping[str, str], files: Path | None = None) -> Path:
    """Make a template with these hooks, and with the files of a folder or one that is empty."""
    root = HERE / name
    folder = root / TEMPLATE.name
    if files:
        shutil.copytree(files, folder)
    else:
        folder.mkdir(parents=True)
        (folder / "README.md").touch()
    shutil.copytree(ROOT / "templates", root / "templates")
    (root / "cookiecutter.json").write_text(json.dumps(context), encoding="utf-8")
    for hook, text in hooks.items():
        (root / "hooks").mkdir(exist_ok=True)
        (root / "hooks" / hook).write_text(text, encoding="utf-8")
    return root


def by_command(template: Path) -> dict[str, float]:
    """Generate as people do, and return the processor time of all processes."""
    output, config = HERE / "output", HERE / "config.yml"
    shutil.rmtree(output, ignore_errors=True)
    config.write_text(f"cookiecutters_dir: {HERE}/clones\nreplay_dir: {HERE}/replay\n", encoding="utf-8")
    words = ["-m", "cookiecutter", template, "--no-input", "--config-file", config, "-o", output]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed(run(HERE, sys.executable, *words, PYTHONPATH=""))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    files = [path for path in output.rglob("*") if path.is_file()]
    return {
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "processes": 1 + len(list(template.glob("hooks/*.py"))),
        "files rendered": RENDERED[template][0],
        "KiB rendered": RENDERED[template][1] / 1024,
        "files kept": len(files),
        "KiB kept": sum(path.stat().st_size for path in files) / 1024,
    }


@contextmanager
def quiet() -> Iterator[None]:
    """Give this process, and those that it starts, no standard output: it is for what was measured."""
    own, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    yield
    os.dup2(own, 1)
    os.close(own)
    os.close(nowhere)


@quiet()
def in_process(template: Path, answers: list[dict[str, str]]) -> None:
    """Generate a project for each set of options."""
    shutil.rmtree(HERE / "output", ignore_errors=True)
    config = {"cookiecutters_dir": str(HERE / "clones"), "replay_dir": str(HERE / "replay")}
    for number, given in enumerate(answers):
        output = str(HERE / "output" / str(number))
        cookiecutter(str(template), no_input=True, extra_context=given, output_dir=output, default_config=config)


def rendered(template: Path) -> tuple[int, int]:
    """Return how many files, and how many bytes, go through the template engine."""
    sizes = []

    def counted(folder: str, source: str, *others: Any) -> None:
        sizes.append(Path(source).stat().st_size)
        generate_file(folder, source, *others)

    generate_file = generate.generate_file
    with patch.object(generate, "generate_file", counted):
        in_process(template, [{}])
    return len(sizes), sum(sizes)


plain = {name: default for name, default in CONTEXT.items() if name in QUESTIONS}
copied = {**CONTEXT, "_copy_without_render": ["*"]}
steps = {
    "an empty template": template("empty", plain, {}),
    "and two hooks that do nothing": template("idle", plain, EMPTY),
    "and the hooks of this template": template("hooks", CONTEXT, HOOKS),
    "and its files as copies": template("copies", copied, HOOKS, TEMPLATE),
    "this template": template("whole", CONTEXT, HOOKS, TEMPLATE),
}
RENDERED = {root: rendered(root) for root in steps.values()}

ways = {name: partial(by_command, root) for name, root in steps.items()}
compare("the default project", ways, clock="CPU", bounds={"this template": (None, 1.25)})

some = COMBINATIONS[:: pick(len(COMBINATIONS), 48, 1)]
ends = {name: partial(in_process, steps[name], some) for name in ("an empty template", "this template")}
compare("projects of different options in one process", ends, per=len(some), rounds=pick(1, 2, 2))
