"""Keep the variants that the answers chose, prune the others, and say what to do next.

A file or folder whose name carries answers after "@" belongs only to projects with all of these
answers: `session@async.py` becomes `session.py` in an async project and goes from a sync one. A
file without "@" belongs to every project. An empty variant stands for "nothing here for this
answer". No file is known here by name: adding a variant is adding a file. Everything is planned
before anything is touched, and a plan that cannot be right stops the generation. Standard library
only: this runs in the environment of cookiecutter itself.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

MARK = Path("UNFINISHED.txt")  # of the hook that runs first


class PlanError(Exception):
    """The tree of the template and the answers do not fit together."""


def split(path, answers):
    """Return the path without its tags, and the tags: `a/b@sync.py` gives `a/b.py` and {"sync"}."""
    # longest first: `@no-example` is not `@no` followed by a remainder
    words = "|".join(re.escape(word) for word in sorted(answers, key=len, reverse=True))
    tag = re.compile(f"@({words})(?=[@./]|$)")
    name = path.as_posix()
    final = tag.sub("", name)
    if "@" in final:
        raise PlanError(f"{name}: what follows '@' is no answer; answers are {', '.join(sorted(answers))}")
    return Path(final), set(tag.findall(name))


def plan(paths, variants, optional, chosen):
    """Return {final path: path} for the files to keep.

    `variants` maps each choice prompt to its answers, `chosen` each to the one that was given.
    A file of an `optional` prompt may exist for some answers only; of the other prompts, a file
    that varies must exist for the answer that was given.
    """
    prompt_of = {answer: prompt for prompt, answers in variants.items() for answer in answers}
    kept, missing = {}, {}
    for path in sorted(paths):
        final, tags = split(path, prompt_of)
        prompts = [prompt_of[tag] for tag in tags]
        if len(set(prompts)) < len(prompts):
            raise PlanError(f"{path.as_posix()}: two answers of one prompt can never both be chosen")
        unmet = {prompt_of[tag] for tag in tags if chosen[prompt_of[tag]] != tag}
        if unmet & set(optional):
            continue
        if unmet:
            missing[final] = (path, unmet)
        elif final in kept:
            raise PlanError(f"{kept[final].as_posix()} and {path.as_posix()} would both become {final.as_posix()}")
        else:
            kept[final] = path
    for final, (path, prompts) in missing.items():
        if final not in kept:
            wanted = " and ".join(f"{prompt}={chosen[prompt]}" for prompt in sorted(prompts))
            raise PlanError(f"{final.as_posix()}: no variant for {wanted}, although {path.as_posix()} is there")
    for folder in {parent for final in kept for parent in final.parents} & kept.keys():
        raise PlanError(f"{kept[folder].as_posix()} would be a file and a folder")
    return kept


def apply(kept, root):
    """Give every kept file its final name, and remove all other files and the empty folders."""
    wanted = set(kept.values())
    for path in files(root):
        if path not in wanted or ("@" in path.as_posix() and not (root / path).stat().st_size):
            (root / path).unlink()
    for final, path in kept.items():
        if final != path and (root / path).exists():
            (root / final).parent.mkdir(parents=True, exist_ok=True)
            (root / path).replace(root / final)
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if ".git" not in folder.relative_to(root).parts and not any(folder.iterdir()):
            folder.rmdir()


def files(root):
    """Return the paths of all files, relative to `root`; a repository's own data is not ours."""
    paths = (path.relative_to(root) for path in root.rglob("*") if not path.is_dir())
    return [path for path in paths if ".git" not in path.parts and path != MARK]


def next_steps(answers):
    """Return what to type now; the commands are those of README.md."""
    steps = [f"cd {answers['project_slug']}"]
    if answers["database"] != "sqlite":
        steps.append("docker compose up --wait      # the database server; the README has other ways")
    steps.append("cp .env.example .env          # where the database is")
    if answers["example"] == "example":
        steps.append(f"uv run python -m {answers['package_name']}.tour")
    steps.append("uv run pytest")
    return "\n  ".join(["Your project is ready. Next:\n", *steps]) + "\n\nREADME.md goes on from there."


def main(answers):
    root = Path.cwd()
    chosen = {prompt: answers[prompt] for prompt in answers["_variants"]}
    try:
        apply(plan(files(root), answers["_variants"], answers["_optional"], chosen), root)
    except (PlanError, OSError) as error:
        print(f"ERROR: the project cannot be finished: {error}", file=sys.stderr)
        return 1
    (root / MARK).unlink(missing_ok=True)
    if "_commit" in answers and Path(tempfile.gettempdir()).resolve() in root.resolve().parents:
        return 0  # `cruft diff` and `cruft update` render again, to compare: there is nothing to go on with
    uv = "" if shutil.which("uv") else "\nThe project needs uv, which is not installed: https://docs.astral.sh/uv/\n"
    print(f"{uv}\n{next_steps(answers)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
