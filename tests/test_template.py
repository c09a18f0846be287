"""The rules of the template's source, which people meet who change it."""

import ast
import io
import json
import re
import sys
import tokenize
import tomllib
from collections import defaultdict
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
import yaml

from .answers import CHOICES, CONTEXT, QUESTIONS, ROOT, TEMPLATE, impossible, sources, untagged

HOOKS = sorted((ROOT / "hooks").glob("*.py"))

PROMPT_OF = {answer: prompt for prompt, answers in CHOICES.items() for answer in answers}
# Prompts for which a file may exist for some options only.
OPTIONAL = set(CONTEXT["_optional"])

PYTHON = [source for source in sources() if source.endswith(".py")]


@cache
def text_of(source: str) -> str:
    return (TEMPLATE / source).read_bytes().decode()


# The questions


def test_the_questions_come_in_this_order() -> None:
    texts = ["project_name", "project_slug", "package_name", "description", "author_name", "author_email"]

    assert list(QUESTIONS) == [*texts, "io", "database", "topology", "primary_key", "example", "web", "ci", "license"]


def test_the_defaults_need_nothing_but_python_and_uv() -> None:
    first = {prompt: answers[0] for prompt, answers in CHOICES.items()}

    assert first.items() >= {"io": "sync", "database": "sqlite", "primary_key": "integer", "example": "example"}.items()


def test_no_option_belongs_to_two_prompts() -> None:
    # a tag is an option alone, without its prompt
    assert len(PROMPT_OF) == sum(map(len, CHOICES.values()))


def test_every_option_is_a_lower_case_word() -> None:
    assert [answer for answer in PROMPT_OF if not re.fullmatch(r"[a-z][a-z0-9.-]*", answer)] == []


def test_the_hook_knows_all_options() -> None:
    assert CONTEXT["_variants"] == CHOICES
    assert set(CHOICES) >= OPTIONAL


def test_every_prompt_and_every_option_has_a_description() -> None:
    prompts = CONTEXT["__prompts__"]

    assert list(prompts) == list(QUESTIONS)
    assert {prompt: list(prompts[prompt]) for prompt in CHOICES} == {
        prompt: ["__prompt__", *answers] for prompt, answers in CHOICES.items()
    }


def test_descriptions_contain_no_markup() -> None:
    # the prompts are printed with Rich, which swallows what it takes for a style
    assert "[" not in json.dumps(CONTEXT["__prompts__"])


def test_every_database_has_requirements_for_each_option() -> None:
    assert list(CONTEXT["_databases"]) == CHOICES["database"]
    for facts in CONTEXT["_databases"].values():
        assert list(facts["driver"]) == list(facts["requirements"]) == CHOICES["io"]
    assert list(CONTEXT["_spdx"]) == CHOICES["license"]


# Variants


def test_every_tag_is_an_option() -> None:
    assert [source for source in sources() if "@" in untagged(source)[0]] == []


def varies_along(source: str) -> list[str]:
    """Return the prompts that a file is tagged with, one for each tag, without the optional ones."""
    return [PROMPT_OF[tag] for tag in untagged(source)[1] if PROMPT_OF[tag] not in OPTIONAL]


def test_a_file_varies_along_one_prompt() -> None:
    """Whether there is one may depend on more: an empty variant stands for no file."""
    variants = defaultdict(list)
    for source in filter(text_of, sources()):
        variants[untagged(source)[0]].append(untagged(source)[1])

    # a tag that all of them have makes no difference between them
    differing = {final: tags[0].union(*tags) - tags[0].intersection(*tags) for final, tags in variants.items()}
    prompts = {final: {PROMPT_OF[tag] for tag in tags} - OPTIONAL for final, tags in differing.items()}
    assert [final for final, along in prompts.items() if len(along) > 1] == []


def test_a_file_that_varies_has_a_variant_for_every_option() -> None:
    variants: dict[str, set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        final, tags = untagged(source)
        variants[final] |= tags
        for prompt in varies_along(source):
            # what the template refuses together needs no file
            others = tags - set(CHOICES[prompt])
            wanted[final] |= {answer for answer in CHOICES[prompt] if not impossible(others | {answer})}

    missing = {final: answers - variants[final] for final, answers in wanted.items()}

    assert [(final, answers) for final, answers in missing.items() if answers] == []


# Texts


def test_every_file_is_utf_8_with_unix_line_ends() -> None:
    paths = [*HOOKS, *(TEMPLATE / source for source in sources())]
    raw = {path.name: path.read_bytes() for path in paths}

    assert all(content.decode() is not None for content in raw.values())
    assert [name for name, content in raw.items() if b"\r" in content or content.startswith(b"\xef\xbb\xbf")] == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    local = re.compile(r"/(home|root|Users|tmp|work)/|[A-Z]:\\\\?[A-Z]")

    assert [source for source in sources() if local.search(text_of(source))] == []


def test_nothing_is_left_to_do() -> None:
    assert [source for source in sources() if re.search(r"\b(TODO|FIXME|XXX)\b", text_of(source))] == []


# The template language


@pytest.mark.parametrize("source", PYTHON)
def test_python_has_no_branches_of_the_template_language(source: str) -> None:
    assert re.findall(r"\{%|\{#|#%", text_of(source)) == []


IMPORT = re.compile(r"^from \{\{ cookiecutter\.package_name \}\}(?=[. ])", re.MULTILINE)


@pytest.mark.parametrize("source", PYTHON)
def test_python_is_python_but_for_imports_of_the_package(source: str) -> None:
    text = IMPORT.sub("from package", text_of(source))

    sets = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Set)]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]

    # two braces of code are a set in a set; in a string they are text
    assert [node.lineno for node in sets if isinstance(node.elts[0], ast.Set)] == []
    assert [comment for comment in comments if "{{" in comment] == []


def test_python_holds_no_text_that_people_typed() -> None:
    used = {name for source in PYTHON for name in re.findall(r"cookiecutter\.(\w+)", text_of(source))}

    # names, which are checked, and what follows from the options
    assert used <= {"package_name", "project_slug", "__url", "__driver", "__dialect", "__nodes"}


def test_toml_and_yaml_hold_no_text_that_people_typed_but_in_its_escaped_form() -> None:
    configuration = [source for source in sources() if source.endswith((".toml", ".yml", ".yaml"))]

    used = {
        name for source in configuration for name in re.findall(r"(?<!escaped\()cookiecutter\.(\w+)", text_of(source))
    }

    # an e-mail address has neither quotes nor backslashes
    assert used.isdisjoint({"project_name", "description", "author_name"})


def test_toml_and_yaml_can_be_read_as_they_stand() -> None:
    for source in sources():
        if source.endswith(".toml"):
            tomllib.loads(text_of(source))
        if source.endswith((".yml", ".yaml")):
            yaml.safe_load(re.sub(r"\{\{ '(.*?)' \}\}", r"\1", text_of(source)))


# The hooks


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_is_short(hook: Path) -> None:
    assert len(hook.read_text(encoding="utf-8").splitlines()) < 175


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_needs_nothing_but_python_310(hook: Path) -> None:
    tree = ast.parse(hook.read_text(encoding="utf-8"), feature_version=(3, 10))

    imports = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imports += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert set(imports) <= sys.stdlib_module_names - {"tomllib"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_starts_no_program_and_leaves_paths_to_pathlib(hook: Path) -> None:
    imported = re.findall(r"^\s*(?:import|from) (\w+)", hook.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(imported) <= {"json", "keyword", "pathlib", "re", "shlex", "shutil", "sys", "tempfile", "unicodedata"}


def test_every_hook_is_python() -> None:
    # cookiecutter runs others as they are, which Windows cannot
    assert sorted((ROOT / "hooks").glob("*.*")) == HOOKS


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.stem)
def test_a_hook_gets_its_options_in_one_way_only(hook: Path) -> None:
    lines = hook.read_text(encoding="utf-8").splitlines()

    rendered = [line for line in lines if re.search(r"\{[{%#]|^\s*#%", line)]

    assert rendered == [f'    sys.exit(main(json.loads(r"""{"{{"} cookiecutter | tojson {"}}"}""")))']


def test_a_file_is_copied_as_it_is_only_if_it_has_nothing_to_render() -> None:
    plain = [source for source in sources() if any(fnmatch(source, pattern) for pattern in CONTEXT["_plain"])]

    assert [source for source in plain if re.search(r"\{[{%#]|^#%", text_of(source), re.MULTILINE)] == []


def test_every_pattern_of_files_that_are_copied_finds_some() -> None:
    assert [pattern for pattern in CONTEXT["_plain"] if not any(fnmatch(source, pattern) for source in sources())] == []
