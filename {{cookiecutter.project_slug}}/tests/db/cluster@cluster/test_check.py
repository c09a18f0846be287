"""Tests of the check command on one server: it fails, and says what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.cluster.check import main
from {{ cookiecutter.package_name }}.db.cluster.findings import Finding, listed, table
from {{ cookiecutter.package_name }}.migrations.commands import upgrade

Check = Callable[[URL], tuple[int, str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the command on a database, and return its exit code and what it prints."""
    monkeypatch.chdir(tmp_path)  # where no .env is

    def check(url: URL) -> tuple[int, str]:
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        return main(), capsys.readouterr().out

    return check


def test_one_server_fails_the_check_and_each_failure_has_advice(check: Check, empty_database: URL) -> None:
    code, output = check(empty_database)

    lines, _, sentences = output.partition("\n\n")
    failing = [line.split("  ")[0] for line in lines.splitlines() if line.endswith("FAILS")]
    assert code == 1
    assert failing
    assert [sentence.split(": ")[1] for sentence in sentences.splitlines() if sentence.startswith("FAILS")] == failing


def test_pending_migrations_fail_the_check(check: Check, empty_database: URL) -> None:
    _, before = check(empty_database)
    upgrade(empty_database)
    _, after = check(empty_database)

    assert "FAILS: migrations: " in before
    assert "FAILS: migrations: " not in after


def test_an_unreachable_server_is_a_failure_and_not_a_traceback(check: Check, empty_database: URL) -> None:
    url = empty_database.set(password="secret", host="127.0.0.1", port=1, query={})  # noqa: S106

    code, output = check(url)

    assert code == 1
    assert "FAILS: DATABASE_URL: " in output
    assert "refused" in output
    assert "secret" not in output


def test_an_unreachable_read_url_is_a_failure(
    check: Check, empty_database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database.set(host="127.0.0.1", port=1, query={})
    monkeypatch.setenv("DATABASE_READ_URL", url.render_as_string(hide_password=False))

    code, output = check(empty_database)

    assert code == 1
    assert "FAILS: DATABASE_READ_URL: " in output


@pytest.mark.usefixtures("check")
def test_a_missing_setting_is_an_error_message() -> None:
    with pytest.raises(SystemExit, match=r"^DATABASE_URL: not set"):
        main()


def test_the_table_is_aligned_and_a_note_is_no_failure() -> None:
    good = Finding("short", "yes", "on", holds=True, advice="")
    note = Finding("rather long", "something", "nothing", holds=False, advice="have a look", is_note=True)

    assert table([good, note]).splitlines() == [
        "check        found      wanted",
        "short        yes        on       ok",
        "rather long  something  nothing  note",
        "",
        "note: rather long: have a look",
        "0 of 2 checks fail.",
    ]


@pytest.mark.parametrize(("names", "text"), [("", "none"), ("abc", "a, b, c"), ("abcde", "a, b, c, 2 more")])
def test_a_long_list_is_cut(names: str, text: str) -> None:
    assert listed(names) == text
