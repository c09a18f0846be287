"""Sentences begin with their subject, use the terms of the field and are short; `prose.py` checks one file."""

from pathlib import Path

import pytest

from . import prose

# The sentences of this file are planted.
PLANTED = Path(__file__)

PAGE = """\
# What a heading may say

The first sentence is plain. Of the others,
this one is not.

| a | table |
|---|---|
| There is a cell | Who is left holds a connection. |

- `What` is code, and so is this:

```sh
echo "Of all words in a block none counts"
```
"""
MODULE = '''\
"""Of a module, this is the docstring."""


def test_what_is_written(value: str) -> None:
    """Return a value.

    Who reads on finds this one.
    """
    # What a comment says,
    # on two lines
    value += "no sentence"  # of a lower case, no opening
    raise ValueError(f"There is no {value} in it")
'''
SETTINGS = """\
# Whoever reads the settings reads this.
[tool]
name = "x" # There was a comment behind
"""


def test_every_sentence_is_plain() -> None:
    paths = [path for path in prose.files([Path(), Path("cookiecutter.json")]) if path != PLANTED]
    findings = prose.check([sentence for path in paths for sentence in prose.sentences(path)])

    assert not findings, "\n".join(map(str, findings))


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("page.md", PAGE, [3, 8, 8]),
        ("module.py", MODULE, [1, 4, 7, 9, 12]),
        ("settings.toml", SETTINGS, [1, 3]),
    ],
)
def test_a_sentence_that_opens_with_a_clause_is_found_wherever_it_stands(
    name: str, text: str, lines: list[int], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")

    findings = prose.check([*prose.sentences(path)])

    assert [(each.rule, each.sentence.line) for each in findings] == [("opening", line) for line in lines]


@pytest.mark.parametrize(
    ("text", "rule", "advice"),
    [
        ("A lost race is told apart.", "term", "serialization conflict"),
        ("The database's clock gives the time.", "term", "server time"),
        ("Each " + "very " * prose.VOCABULARY["longest"] + "long sentence.", "length", "make two sentences"),
        ("This is a very unique model of a row.", "uncomparables.misc.default", "unique"),
        ("The the word is said twice in it.", "lexical_illusions", "repeated"),
    ],
)
def test_a_finding_says_what_to_write(text: str, rule: str, advice: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"# Title of a page\n\n{text}\n", "utf-8")

    (finding,) = (each for each in prose.check([*prose.sentences(path)]) if each.rule.startswith(rule[:12]))

    assert advice in str(finding)
    assert f"{path}:3: [" in str(finding)
    assert text[:-1] in str(finding)


def test_a_question_may_open_as_it_likes(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("## What happens after a failover?\n\nWho retries the transaction?\n", "utf-8")

    assert prose.check([*prose.sentences(path)]) == []
