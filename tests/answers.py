"""The prompts of the template and the files of their options, read from the template itself."""

import json
from collections.abc import Iterable
from itertools import combinations as subsets
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
CONTEXT = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))

QUESTIONS = {name: default for name, default in CONTEXT.items() if not name.startswith("_")}
CHOICES: dict[str, list[str]] = {name: answers for name, answers in QUESTIONS.items() if isinstance(answers, list)}
TEXTS = [name for name in QUESTIONS if name not in CHOICES]


def combinations(questions: Iterable[str]) -> list[dict[str, str]]:
    """Return every combination of the options of these prompts, without those that the template refuses."""
    asked = list(questions)
    sets = [dict(zip(asked, answers, strict=True)) for answers in product(*(CHOICES[question] for question in asked))]
    return [answers for answers in sets if not impossible(set(answers.values()))]


def impossible(answers: set[str]) -> bool:
    """Return whether the template refuses this combination of options."""
    return any(answer in answers and answers & others.keys() for answer, others in CONTEXT["_impossible"].items())


COMBINATIONS = combinations(CHOICES)

# Prompts whose options change few files: a test of all projects checks all combinations of these at once.
TOGETHER = ("ci", "license")
APART = combinations(question for question in CHOICES if question not in TOGETHER)


def name_of(answers: dict[str, str]) -> str:
    """Return a short name of a combination, or of a part of one, such as `sync-sqlite-single-server-integer`."""
    return "-".join(answers[question] for question in CHOICES if question in answers)


def sources() -> list[str]:
    """Return the paths of all files of the template, relative to its folder, with `/`, sorted."""
    return sorted(path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*") if path.is_file())


def untagged(source: str) -> tuple[str, set[str]]:
    """Return the path without its tags, and the tags.

    The hook has a regular expression for this; here it is done in another way, so that the two can disagree.
    """
    tags = set()
    # longest first, in case that one option begins with another
    for answer in sorted((answer for answers in CHOICES.values() for answer in answers), key=len, reverse=True):
        if f"@{answer}" in source:
            source = source.replace(f"@{answer}", "")
            tags.add(answer)
    return source, tags


def files_of(answers: dict[str, str], package_name: str) -> set[str]:
    """Return the paths of all files that a project with these options must have."""
    untagged_sources = {source: untagged(source) for source in sources()}
    return {
        final.replace("{{cookiecutter.package_name}}", package_name)
        for source, (final, tags) in untagged_sources.items()
        # an empty variant stands for "no file for this option"
        if tags <= set(answers.values()) and not (tags and (TEMPLATE / source).stat().st_size == 0)
    }


def pairwise(every: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return few of these combinations, with each file and each pair of options that is in any of them."""
    files = [tags for _, tags in map(untagged, sources())]

    def has(answers: dict[str, str]) -> set[frozenset[str]]:
        options = set(answers.values())
        return {frozenset(tags) for tags in files if tags <= options} | set(map(frozenset, subsets(options, 2)))

    chosen: list[dict[str, str]] = []
    missing = set().union(*map(has, every))
    while missing:
        chosen.append(max(every, key=lambda answers: len(has(answers) & missing)))
        missing -= has(chosen[-1])
    return chosen
