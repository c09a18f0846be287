"""Every project that the template can generate: its files, and what each of them must be."""

import json
import re
import runpy
import subprocess
import sys

from .adversarial import visible
from .answers import CHOICES, ROOT, files_of
from .rendered import TEXTS, Rendered, error_in, on_each
from .test_practices import RULES

POST_GEN = runpy.run_path(str(ROOT / "hooks" / "post_gen_project.py"))

ANSWERS = "|".join(re.escape(answer) for answers in CHOICES.values() for answer in answers)

# Where two empty lines are a gap; in Python they part functions.
LINES = (".toml", ".yml", ".yaml", ".md", ".example", ".gitignore")


@on_each
def test_a_project_has_the_files_of_its_options_and_no_others(rendered: Rendered) -> None:
    assert rendered.files.keys() == files_of(rendered.answers, rendered.package)


@on_each
def test_no_folder_of_a_project_is_empty(rendered: Rendered) -> None:
    assert [path for path in rendered.path.rglob("*") if path.is_dir() and not any(path.iterdir())] == []


@on_each
def test_nothing_speaks_of_variants(rendered: Rendered) -> None:
    tag = re.compile(rf"@({ANSWERS})(@|/|\.(md|py|toml|yml)\b)")

    assert [path for path in rendered.files if "@" in path] == []
    assert [(path, tag.findall(text)) for path, text in rendered.files.items() if tag.search(text)] == []


@on_each
def test_without_web_nothing_is_left_of_it(rendered: Rendered) -> None:
    traces = re.compile(r"fastapi|starlette|uvicorn|httpx|\bweb\b", re.IGNORECASE)

    found = [path for path, text in rendered.files.items() if traces.search(path + text)]

    assert bool(found) == (rendered.answers["web"] == "fastapi"), found


@on_each
def test_nothing_of_the_template_language_is_left(rendered: Rendered) -> None:
    # a `$` before the braces makes them an expression of GitHub's or a variable of the shell's
    jinja = re.compile(r"(?<!\$)\{\{|(?<!\$)\{#|\{%|#%|cookiecutter\.[a-z_]")

    assert [(path, jinja.findall(text)) for path, text in rendered.files.items() if jinja.search(text)] == []


@on_each
def test_python_and_toml_and_yaml_can_be_read(rendered: Rendered) -> None:
    assert [error for path, text in rendered.files.items() if (error := error_in(path, text))] == []


@on_each
def test_every_file_ends_in_exactly_one_newline(rendered: Rendered) -> None:
    ends = {path: text[-2:] for path, text in rendered.files.items() if text}  # py.typed is empty

    assert [path for path, end in ends.items() if end == "\n\n" or not end.endswith("\n")] == []


@on_each
def test_no_line_ends_in_a_space_or_a_carriage_return(rendered: Rendered) -> None:
    assert [path for path, text in rendered.files.items() if re.search(r"[ \t\r]$", text, re.MULTILINE)] == []


def without_code(text: str) -> str:
    """Return Markdown with its blocks of code empty."""
    return re.sub(r"^```(\w*)\n.*?^```$", r"```\1\n```", text, flags=re.MULTILINE | re.DOTALL)


@on_each
def test_a_block_that_is_left_out_leaves_no_gap(rendered: Rendered) -> None:
    texts = [(path, without_code(text) if path.endswith(".md") else text) for path, text in rendered.texts(*LINES)]

    assert [path for path, text in texts if text.startswith("\n") or "\n\n\n" in text] == []


@on_each
def test_every_table_of_toml_comes_after_an_empty_line(rendered: Rendered) -> None:
    # comments above a table belong to it
    joined = re.compile(r"^(?!#)[^\n]+\n(?:#[^\n]*\n)*(\[.*\])$", re.MULTILINE)

    assert [(path, joined.findall(text)) for path, text in rendered.texts(".toml") if joined.search(text)] == []


@on_each
def test_headings_and_code_of_markdown_stand_between_empty_lines(rendered: Rendered) -> None:
    for path, text in rendered.texts(".md"):
        seen = re.sub(r"^<!--.*-->$", "", without_code(text), flags=re.MULTILINE)
        prose = re.sub(r"^```\w*\n```$", "# code", seen, flags=re.MULTILINE)

        joined = re.findall(r"^#+ .*\n(?!\n).+|^.+\n#+ .*", prose, re.MULTILINE)

        assert joined == [], path


@on_each
def test_links_between_the_files_of_a_project_lead_somewhere(rendered: Rendered) -> None:
    broken = [
        f"{path}: {target}"
        for path, text in rendered.texts(".md")
        for target in re.findall(r"\]\((?!\w+:)([^)#]+)", without_code(text))
        if not (rendered.path / path).parent.joinpath(target).exists()
    ]

    assert broken == []


@on_each
def test_typed_strings_arrive_unchanged(rendered: Rendered) -> None:
    project = rendered.pyproject["project"]

    assert project["name"] == rendered.path.name
    assert project["description"] == TEXTS["description"]
    assert project["authors"] == [{"name": TEXTS["author_name"], "email": TEXTS["author_email"]}]
    assert visible(rendered.files["README.md"])[1] == TEXTS["description"]


@on_each
def test_the_next_steps_of_the_hook_are_in_the_readme(rendered: Rendered) -> None:
    answers = {**rendered.answers, "project_slug": rendered.path.name, "package_name": rendered.package}
    blocks = re.findall(r"^```sh\n(.*?)^```$", rendered.files["README.md"], re.MULTILINE | re.DOTALL)

    printed = re.findall(r"^  (.*?)(?:  +#.*)?$", POST_GEN["next_steps"](answers), re.MULTILINE)

    assert printed[0] == f"cd {rendered.path.name}"
    assert set(printed[1:]) <= set("".join(blocks).splitlines())


@on_each
def test_agents_md_is_short_and_names_only_what_is_there(rendered: Rendered) -> None:
    page = rendered.files["AGENTS.md"]
    code = re.findall(r"`([^`\n]+)`", page)
    paths = {text for text in code if re.fullmatch(r"[\w./-]+/|[\w./-]*\.(example|md|py)", text)}

    assert len(page.splitlines()) <= 60
    assert [path for path in paths if not (rendered.path / path).exists()] == []
    assert [path for path in paths if path.endswith("/") and not (rendered.path / path).is_dir()] == []


@on_each
def test_agents_md_names_every_folder_that_people_write_in(rendered: Rendered) -> None:
    package = f"src/{rendered.package}"
    top = {
        f"{path.partition('/')[0]}/" for path in rendered.files if not path.startswith((".", "src/")) and "/" in path
    }
    inside = {"/".join(path.split("/")[:3]) + "/" for path in rendered.files if path.startswith(f"{package}/")}

    folders = top | {path for path in inside if (rendered.path / path).is_dir()}

    assert [path for path in folders if f"`{path}" not in rendered.files["AGENTS.md"]] == []


@on_each
def test_agents_md_has_every_rule_of_the_conventions_by_its_identifier(rendered: Rendered) -> None:
    listed = re.findall(r"^\| (\w+) \| `(\w+)` \| .+ \|$", rendered.files["AGENTS.md"], re.MULTILINE)

    assert dict(listed) == RULES
    assert len(listed) == len(RULES)


# Files without findings of ruff: its command and configuration, a path and a text.
CLEAN: set[tuple[str, str, str, str]] = set()


def ruff(rendered: Rendered, command: str, *options: str) -> str:
    """Return what ruff finds in those files that were not in an earlier project; nothing, or a failure."""
    # what `ruff check` and `ruff format` read of a folder; the latter formats the code in Markdown
    read = ("pyproject.toml", ".py") if command == "check" else (".md", ".py")
    configuration = json.dumps(rendered.pyproject["tool"]["ruff"], sort_keys=True)
    keys = {path: (command, configuration, path, text) for path, text in rendered.texts(*read)}
    new = [path for path, key in keys.items() if key not in CLEAN]
    if not new:
        return ""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", command, *options, "--no-cache", "--quiet", *new],
        cwd=rendered.path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode == 0 and not done.stderr:
        CLEAN.update(keys.values())
    return done.stdout + done.stderr


@on_each
def test_a_project_passes_its_own_linter(rendered: Rendered) -> None:
    assert ruff(rendered, "check") == ""


@on_each
def test_a_project_is_formatted(rendered: Rendered) -> None:
    assert ruff(rendered, "format", "--diff") == ""
