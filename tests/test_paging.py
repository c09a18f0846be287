"""Lists of a web application: pages hold each row once and in order, and a cursor is a page or a 422, never a 500."""

from pathlib import Path

import pytest

from .conftest import Bake, NewDatabase
from .labs import DATABASES, new_lab


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("primary_key", ["integer", "uuid"])
def test_pages_hold_each_row_once_while_others_come_and_go(
    database: str, primary_key: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database, io="sync", primary_key=primary_key, web="fastapi")

    pages, accepted, refused = map(int, lab.program("paging", 5).split())

    assert pages > 200
    assert accepted
    assert refused > 500
