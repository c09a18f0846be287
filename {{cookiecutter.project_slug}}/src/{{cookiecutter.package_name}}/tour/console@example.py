"""How the tour looks: a heading, a few words, the code that runs, the SQL it sends, and what that proves."""

import ast
import inspect
import os
import re
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import groupby

WIDTH = 96
MARGIN = " " * 4
INDENT = " " * 8

# https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters
HEADING, CODE, COUNT, SQL, PROOF, QUOTE = "1", "36", "33", "2", "32", "35"

# Each driver has its own sign for a parameter, and PostgreSQL its type as well.
PARAMETER = re.compile(r"%(\(\w+\))?s(::[A-Z]+( WITH TIME ZONE)?)?")
# Where a statement may go on in the next line.
CLAUSE = re.compile(
    r" (?=(?:FROM|VALUES|SET|WHERE|RETURNING|(?:LEFT OUTER|INNER) JOIN|ORDER BY|GROUP BY)\b)"
    r"|(?<!OUTER)(?<!INNER) (?=JOIN\b)"
)


class Tour:
    """Shows the lessons, and raises AssertionError at the first that does not hold."""

    def __init__(self, statements: list[str]) -> None:
        self._statements = statements  # of `recorded`, so it grows
        self._shown = 0
        self._lessons = 0
        self._steps: Iterator[str] = iter(())
        self._in_colour = is_in_colour()
        if isinstance(sys.stdout, TextIOWrapper):
            # an error of the database may have letters that the terminal has not
            sys.stdout.reconfigure(errors="replace")

    def welcome(self, heading: str, *texts: str) -> None:
        """Say what is going to happen."""
        print()
        self._print([heading], HEADING)
        for text in texts:
            self._print(wrapped(text))

    def begin(self, lesson: Callable[..., object]) -> None:
        """Start a lesson: the first line of its docstring is the heading, the others explain it."""
        self._lessons += 1
        self._steps = iter(steps(lesson))
        heading, _, text = inspect.cleandoc(lesson.__doc__ or "").partition("\n\n")
        print("\n")
        self._print([f"{self._lessons:2}  {heading}"], HEADING, margin="")
        self._print(text.splitlines())

    def sent(self, verb: str = "") -> int:
        """Return how many statements this step has sent, or how many that begin with `verb`."""
        return sum(statement.startswith(verb) for statement in self._statements[self._shown :])

    def proves(self, claim: str, *facts: bool, says: Sequence[str] = ()) -> None:
        """End a step: show its code, its SQL, what they prove, and what an error said about it."""
        print()
        self._print(next(self._steps).splitlines(), CODE, margin=INDENT)
        print()
        for statement, alike in groupby(self._statements[self._shown :]):
            self._print_sql(len(list(alike)), statement)
        if not self.sent():
            self._print_sql(0, "(nothing was sent)")
        self._shown = len(self._statements)
        if not all(facts):
            raise AssertionError(f"lesson {self._lessons} does not hold: {claim}")
        print()
        first, *others = wrapped(claim)
        print(self._painted(f"{MARGIN}ok  ", PROOF) + first)
        self._print(others, margin=INDENT)
        for message in says:
            self._print(wrapped(f'"{message}"'), QUOTE, margin=INDENT)

    def end(self) -> None:
        """Sum up."""
        print("\n")
        self._print([f"{self._lessons} lessons, {len(self._statements)} statements, and all of it true."], HEADING)
        print()

    def _print_sql(self, times: int, statement: str) -> None:
        count = f"{times:7} x  "
        first, *others = lines_of(statement)
        print(self._painted(count, COUNT) + self._painted(first, SQL))
        self._print(others, SQL, margin=" " * len(count))

    def _print(self, lines: Sequence[str], style: str = "", *, margin: str = MARGIN) -> None:
        for line in lines:
            print(margin + self._painted(line, style) if line else "")

    def _painted(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if style and self._in_colour else text


@contextmanager
def quiet_without_reader() -> Generator[None]:
    """End without a traceback when nobody reads on, as after `| head` or `q` in `| less`."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


@contextmanager
def refused(error: type[Exception]) -> Generator[list[str]]:
    """Expect an error of this class, and give what it said; AssertionError if there is none."""
    says: list[str] = []
    try:
        yield says
    except error as refusal:
        cause = getattr(refusal, "orig", None) or refusal  # SQLAlchemy wraps the error of the driver
        says.append(str(cause.args[-1]))
    else:
        raise AssertionError(f"there was no {error.__name__}")


def is_in_colour() -> bool:
    """Return whether the output goes to a terminal that has colours, and nobody minds: https://no-color.org."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # the old console of Windows shows the codes themselves
    return sys.stdout.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def steps(lesson: Callable[..., object]) -> list[str]:
    """Return the source of a lesson, from its docstring to each `tour.proves(...)`, without what is the tour's own.

    What is shown is what runs: there is no second copy that could become another.
    """
    source = textwrap.dedent(inspect.getsource(lesson))
    lines = source.splitlines()
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    docstring, *statements = next(functions).body
    found: list[str] = []
    step: list[str] = []
    start = docstring.end_lineno
    for statement in statements:
        text = ast.unparse(statement)
        if "tour." in text:
            step += lines[start : statement.lineno - 1]
            start = statement.end_lineno
        if text.startswith("tour.proves"):
            found.append(textwrap.dedent("\n".join(step)).strip("\n"))
            step = []
    return found


def lines_of(statement: str) -> list[str]:
    """Return a statement on few lines, with `?` for parameters; a clause that is too long for a line is cut."""
    room = WIDTH - 11
    lines: list[str] = []
    for clause in CLAUSE.split(PARAMETER.sub("?", " ".join(statement.split())).replace("%%", "%")):
        short = textwrap.shorten(clause, room, placeholder=" ...")
        if lines and len(f"{lines[-1]} {short}") <= room:
            lines[-1] += f" {short}"
        else:
            lines.append(short)
    return lines


def wrapped(text: str) -> list[str]:
    """Return the lines of a text that is as wide as the tour."""
    return textwrap.wrap(text, WIDTH - len(INDENT))
