"""Tests of test_conventions.py: it names each bad model, and says what to write instead."""

import re
import shutil
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake
from .planting import Edit, package
from .projects import printed
from .test_practices import RULES

# Where `programs/bad_models.py` breaks each rule, and what its author reads.
FINDINGS = {
    "datetimes_are_aware": ["naive_times.at loses the time zone: write Mapped[datetime] alone, or UTCDateTime()"],
    "strings_have_a_length": ["endless_texts.name has no length, which MySQL refuses: write String(n)"],
    "decimals_state_their_digits": ["whole_numbers.price would lose its decimals on MySQL: write Numeric("],
    "enums_are_stored_by_value_as_strings": [
        "native_enums.size needs a migration for each new member: write Mapped[Size] alone",
        "checked_enums.size needs a migration for each new member: write Mapped[",
    ],
    "json_columns_store_none_as_null": ["null_texts.document stores None as the string 'null': write Mapped[dict["],
    "constant_defaults_are_also_in_the_database": ["python_defaults.count has a default in Python only"],
    "foreign_keys_are_indexed": [
        "children: parent_id: deleting a parent reads this whole table: add index=True",
        "partly_indexed: child_id: deleting a parent reads this whole table: add index=True",
        "partly_indexed: parent_id: deleting a parent reads this whole table: add index=True",
    ],
    "schemas_are_for_postgresql": [
        "sales.orders: only PostgreSQL has schemas within a database: call the table sales_orders"
    ],
    "constraints_have_names": ["unnamed_checks: active: a migration cannot drop a constraint without a name"],
    "relationships_state_how_they_load": [
        "Child.parent loads lazily, a query for each object: write lazy='raise_on_sql'",
        "Grandchild.child gives wrong rows with LIMIT: write lazy='selectin'",
    ],
    "relationships_stay_out_of_the_constructor": [
        "Grandchild.child and its key could contradict each other",
        "Shelf.books and its key could contradict each other",
    ],
    "relationships_have_back_populates": [
        "Parent.children does not see changes of Child.parent: add back_populates='parent'"
    ],
    "server_values_are_read_back": ["ReadLater lost eager_defaults: give its mapper eager_defaults=True"],
    "every_model_is_imported_by_the_models_package": [
        "Alembic does not see Forgotten: import it in models/__init__.py",
        "Alembic does not see Deep: import it in models/__init__.py",
    ],
}

MODEL = """
from my_project.db.base import Base
from my_project.db.keys import KeyMixin


class {name}(KeyMixin, Base):
    __tablename__ = "{name}"
    {body}
"""


def plant_model(project: Path, path: str, name: str, body: str = "") -> None:
    """Write a module of one model into the folder `models` of a project."""
    file = package(project) / "models" / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(MODEL.format(name=name, body=body), encoding="utf-8")


@pytest.fixture(scope="module")
def output(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the output of test_conventions.py in a project with all bad models."""
    project = inside.copy(bake(), tmp_path_factory.mktemp("bad"))
    models = package(project) / "models"
    shutil.copy(inside.PROGRAMS / "bad_models.py", models / "bad.py")
    Edit("models/__init__.py", "__all__", "from .bad import *\n\n__all__").plant(project)
    plant_model(project, "forgotten.py", "Forgotten")
    plant_model(project, "folder/deep.py", "Deep")
    (models / "folder" / "__init__.py").touch()
    return printed(inside.own_tests(project, "tests/test_conventions.py"), returns=1)


@pytest.mark.parametrize("rule", FINDINGS)
def test_a_broken_rule_is_named_with_what_to_write_instead(rule: str, output: str) -> None:
    assert f"FAILED tests/test_conventions.py::test_the_models_follow_the_rule[{rule}]" in output
    assert [sentence for sentence in FINDINGS[rule] if sentence not in output] == []


@pytest.mark.parametrize("identifier", RULES)
def test_a_failure_leads_from_the_identifier_to_what_to_write(identifier: str, output: str) -> None:
    found = FINDINGS[RULES[identifier]][0]

    assert re.search(rf"{identifier}, explained in docs/practices\.md:\n(E .+\n)*E +{re.escape(found)}", output)


def test_a_list_in_the_constructor_is_accepted_if_the_key_of_its_rows_is_not_there(output: str) -> None:
    assert "Shelf.lamps" not in output


def test_every_rule_is_broken_by_some_bad_model(output: str) -> None:
    rules = re.findall(r"test_the_models_follow_the_rule\[(\w+)\]", output)

    assert set(rules) == set(FINDINGS)
    assert "passed" not in output.splitlines()[-1]


def test_base_refuses_a_model_that_is_compared_by_value(bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(), tmp_path)
    plant_model(project, "bad.py", "ByValue", "def __eq__(self, other): return True")

    refused = inside.python(project, "-c", "import my_project.models.bad")

    assert "ByValue defines __eq__, but sets and sessions compare models by identity" in printed(refused, returns=1)
