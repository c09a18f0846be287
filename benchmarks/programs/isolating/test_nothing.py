"""A test that needs no database."""
# mypy: disable-error-code="import-not-found"

import my_project.models


def test_nothing() -> None:
    assert my_project.models.Company
