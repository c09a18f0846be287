"""Print lessons: explanation, code, SQL, and the claim that they prove."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby

import pytest
from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

# Make SQL readable: "?" for parameters, two columns of a SELECT, one row of VALUES, each clause on its line.
READABLE = {
    r"%(\(\w+\))?s(::[A-Z]+( WITH TIME ZONE)?)?": "?",
    r"(?m)^(SELECT \w+\.\w+, \w+\.\w+), .*$": r"\1, ...",
    r"(VALUES \([?, \d]+\))(, \([?, \d]+\))+": r"\1, ...",
    r"\s+(?=(VALUES|SET|WHERE|RETURNING|GROUP BY|ORDER BY|LIMIT) )": "\n",
}


class Tour:
    """Prints lessons, and raises AssertionError at the first claim that is false."""

    def __init__(self, statements: list[str]) -> None:
        # Rich handles the width, colors, NO_COLOR and a closed pipe.
        # https://rich.readthedocs.io/en/stable/console.html#environment-variables
        self.console = Console(highlight=False, markup=False)
        self._statements = statements  # grows while `recorded` collects
        self._shown = 0
        self._steps: Iterator[str] = iter(())

    def begin(self, lesson: Callable[..., object], number: int) -> None:
        """Start a lesson: the first line of its docstring is the heading, the rest explains it."""
        self._steps = iter(steps(lesson))
        heading, _, text = inspect.cleandoc(lesson.__doc__ or "").partition("\n\n")
        self.console.print()
        self.console.rule(f"{number}  {heading}", style="dim", align="left")
        self.console.print(Markdown(text))

    def sent(self, verb: str = "") -> int:
        """Return how many statements this step has sent, or how many that begin with `verb`."""
        return sum(statement.startswith(verb) for statement in self._statements[self._shown :])

    def proves(self, claim: str, *facts: bool, says: pytest.ExceptionInfo[Exception] | None = None) -> None:
        """End a step: print its code, its SQL, what they prove, and the message of an error."""
        table = Table.grid(padding=(0, 2))
        table.add_column(width=4, justify="right", style="yellow")
        table.add_row("", highlighted(next(self._steps), "python"))
        table.add_row()
        for statement, same in groupby(self._statements[self._shown :]):
            table.add_row(f"{len(list(same))} x", highlighted(readable(statement), "sql"))
        if not self.sent():
            table.add_row("0 x", "(nothing was sent)")
        table.add_row()
        table.add_row(Text("ok", "green"), claim)
        if says is not None:
            error = getattr(says.value, "orig", None) or says.value  # SQLAlchemy wraps the error of the driver
            table.add_row("", Text(f'"{error.args[-1]}"', "magenta"))
        self._shown = len(self._statements)
        self.console.print()
        self.console.print(table)
        if not all(facts):
            raise AssertionError(f"this is false: {claim}")


def steps(lesson: Callable[..., object]) -> list[str]:
    """Return the source of a lesson between the calls of `tour.proves()`: the code shown is the code that runs."""
    code = inspect.getsource(lesson).rpartition('"""\n')[2]
    *found, _ = re.split(r"(?ms)^    tour\.proves\(.*?\)\n(?=\n|\Z)", code)
    return [textwrap.dedent(step).strip("\n") for step in found]


def readable(statement: str) -> str:
    """Return a statement in a readable form."""
    for pattern, instead in READABLE.items():
        statement = re.sub(pattern, instead, statement)
    return statement


def highlighted(code: str, language: str) -> Syntax:
    """Return highlighted code, wrapped between words."""
    return Syntax(code, language, theme="ansi_dark", background_color="default", word_wrap=True)
