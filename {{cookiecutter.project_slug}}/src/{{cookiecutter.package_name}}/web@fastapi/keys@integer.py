"""The type of keys in paths, queries and bodies."""

from typing import Annotated

from pydantic import Field

# A larger number does not fit into a BIGINT, and would be an error of the database.
KeyBody = Annotated[int, Field(ge=1, le=2**63 - 1)]
