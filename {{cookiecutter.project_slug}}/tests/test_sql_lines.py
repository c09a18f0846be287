"""SQL on lines that can be read."""

import pytest

from {{ cookiecutter.package_name }}.db.echo import LONGEST, WIDTH, lines_of, shortened


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("COMMIT", ["COMMIT"]),
        ("SELECT a.b \nFROM a \nWHERE a.b = ? ORDER BY a.b", ["SELECT a.b", "FROM a", "WHERE a.b = ?", "ORDER BY a.b"]),
        ("SELECT 1 FROM a LEFT OUTER JOIN b ON 1", ["SELECT 1", "FROM a", "LEFT OUTER JOIN b ON 1"]),
        ("SELECT 1 FROM a JOIN b ON 1", ["SELECT 1", "FROM a", "JOIN b ON 1"]),
        ("SELECT 'it''s FROM a' FROM b", ["SELECT 'it''s FROM a'", "FROM b"]),
        ('SELECT "a FROM", `b FROM`', ['SELECT "a FROM", `b FROM`']),
        ("SELECT 1 -- FROM a\n    FROM b", ["SELECT 1 -- FROM a", "    FROM b"]),
        ("a IS DISTINCT FROM b", ["a IS DISTINCT FROM b"]),
        ("\n  SELECT 1\n    AS n\n", ["SELECT 1", "  AS n"]),
    ],
)
def test_each_clause_has_a_line_and_what_is_quoted_stays_whole(statement: str, lines: list[str]) -> None:
    assert lines_of(statement) == lines


def test_a_clause_that_is_too_long_goes_on_in_the_next_line() -> None:
    first, second = lines_of(f"SELECT {'a' * 60}, {'b' * 60}")

    assert len(first) < WIDTH
    assert second == f"    {'b' * 60}"


@pytest.mark.parametrize(
    ("statement", "short"),
    [
        ("INSERT INTO a (b) VALUES (?), (?), (?) RETURNING b", "INSERT INTO a (b) VALUES (?), ... 2 more RETURNING b"),
        ("INSERT INTO a (b) VALUES (%(b__0)s), (%(b__1)s)", "INSERT INTO a (b) VALUES (%(b__0)s), ... 1 more"),
        ("INSERT INTO a (b) VALUES (?)", "INSERT INTO a (b) VALUES (?)"),
        ("SELECT b IN (?), (?)", "SELECT b IN (?), (?)"),
    ],
)
def test_of_many_rows_of_an_insert_one_is_shown(statement: str, short: str) -> None:
    assert shortened(statement) == short


def test_a_statement_is_cut_where_it_is_too_long() -> None:
    assert shortened(f"SELECT {'a' * LONGEST}").endswith("a\n... 7 characters more")
