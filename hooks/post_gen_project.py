"""Keep the variants of the chosen options, delete the others, and print the next steps.

A file or folder whose name has options after "@" belongs only to projects with all of these options:
`session@async.py` becomes `session.py` in an async project, and is deleted from a sync one. An empty variant stands
for "no file for this option". The hook plans everything before it touches anything, and a wrong plan stops the
generation. Standard library only: this runs in the environment of cookiecutter itself.
"""

import json
import re
import shutil
import sys
from pathlib import Path

MARK = Path("UNFINISHED.txt")  # of the hook that runs first


class PlanError(Exception):
    """The tree of the template and the options do not fit together."""


def tag_of(answers):
    """Return the pattern of a tag; longest first, because `@no-example` is not `@no` followed by a remainder."""
    return re.compile(f"@({'|'.join(map(re.escape, sorted(answers, key=len, reverse=True)))})(?=[@./]|$)")


def split(path, tag):
    """Return the path without its tags, and the tags: `a/b@sync.py` gives `a/b.py` and {"sync"}."""
    return Path(tag.sub("", path.as_posix())), set(tag.findall(path.as_posix()))


def plan(paths, variants, optional, chosen):
    """Return {final path: path} for the files to keep.

    `variants` maps each prompt to its options, `chosen` each to the chosen one. A file of an `optional` prompt may
    exist for some options only; any other file that varies must exist for the chosen one.
    """
    prompt_of = {answer: prompt for prompt, answers in variants.items() for answer in answers}
    kept, missing = {}, {}
    tag, known = tag_of(prompt_of), ", ".join(sorted(prompt_of))
    for path in sorted(paths):
        final, tags = split(path, tag)
        if "@" in str(final):
            raise PlanError(f"{path.as_posix()}: after '@' is no option; options are {known}")
        prompts = [prompt_of[tag] for tag in tags]
        if len(set(prompts)) < len(prompts):
            raise PlanError(f"{path.as_posix()}: two options of one prompt can never both be chosen")
        unmet = {prompt_of[tag] for tag in tags if chosen[prompt_of[tag]] != tag}
        if not unmet and final in kept:
            raise PlanError(f"{kept[final].as_posix()} and {path.as_posix()} would both become {final.as_posix()}")
        if not unmet:
            kept[final] = path
        elif not unmet & set(optional):
            missing[final] = (path, unmet)
    for final, (path, prompts) in missing.items():
        if final not in kept:
            wanted = " and ".join(f"{prompt}={chosen[prompt]}" for prompt in sorted(prompts))
            raise PlanError(f"{final.as_posix()}: no variant for {wanted}, although {path.as_posix()} is there")
    if folders := {parent for final in kept for parent in final.parents} & kept.keys():
        raise PlanError(f"{kept[min(folders)].as_posix()} would be a file and a folder")
    return kept


def apply(kept, paths, root):
    """Give every kept file its final name, and delete all other files and empty folders."""
    final_of = {path: final for final, path in kept.items()}
    for whole in (root / path for path in kept.values()):
        if b"\r\n" in (text := whole.read_bytes()):  # from a checkout on Windows
            whole.write_bytes(text.replace(b"\r\n", b"\n"))
    for path in paths:
        final, whole = final_of.get(path), root / path
        if final is None or (final != path and not whole.stat().st_size):
            whole.unlink()
        elif final != path:
            (root / final).parent.mkdir(parents=True, exist_ok=True)
            whole.replace(root / final)
    for folder in sorted({parent for path in paths for parent in path.parents if parent.name}, reverse=True):
        if not any((root / folder).iterdir()):
            (root / folder).rmdir()


def files(root):
    """Return the paths of all files outside `.git` but UNFINISHED.txt, relative to `root`."""
    paths = (path.relative_to(root) for path in root.rglob("*") if not path.is_dir())
    return [path for path in paths if ".git" not in path.parts and path != MARK]


def next_steps(answers):
    """Return the next commands, as in README.md."""
    steps = ["Your project is ready. Next:\n", f"cd {answers['project_slug']}"]
    if answers["database"] != "sqlite":
        steps.append("docker compose up --wait      # the database server; the README has other ways")
    steps.append("cp .env.example .env          # where the database is")
    if answers["example"] == "example":
        steps.append("uv run python -m tour")
    return "\n  ".join([*steps, "uv run pytest\n\nREADME.md goes on from there."])


def main(answers):
    root = Path.cwd()
    paths, chosen = files(root), {prompt: answers[prompt] for prompt in answers["_variants"]}
    try:
        apply(plan(paths, answers["_variants"], answers["_optional"], chosen), paths, root)
    except (PlanError, OSError) as error:
        print(f"ERROR: the project cannot be finished: {error}", file=sys.stderr)
        return 1
    (root / MARK).unlink(missing_ok=True)
    if "_commit" in answers:
        import tempfile  # here, because it is slow and rarely needed

        if Path(tempfile.gettempdir()).resolve() in root.resolve().parents:
            return 0  # `cruft diff` and `cruft update` render again, to compare: no steps follow
    uv = "" if shutil.which("uv") else "\nThe project needs uv, which is not installed: https://docs.astral.sh/uv/\n"
    print(f"{uv}\n{next_steps(answers)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
