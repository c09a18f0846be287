"""Test that every claim of the tour is true."""

from tour.__main__ import main


def test_every_lesson_is_true() -> None:
    main([])
