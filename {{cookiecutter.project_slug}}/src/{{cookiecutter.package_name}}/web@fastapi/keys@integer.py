"""Keys in paths, queries and bodies."""

from typing import Annotated

from pydantic import Field

# Larger numbers are none of a BIGINT, and an error of the database.
KeyBody = Annotated[int, Field(ge=1, le=2**63 - 1)]
