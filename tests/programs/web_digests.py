"""ETags of bodies that are nearly the same: `web_digests.py` prints which ones are equal."""
# mypy: disable-error-code="import-not-found, misc"

from decimal import Decimal
from typing import Annotated, Any

from my_project.web.bodies import ResponseBody
from my_project.web.replies import etag
from pydantic import ConfigDict, PlainSerializer


class Point:
    """A value of another library, whose `repr` is another one for each object."""

    def __init__(self, x: int) -> None:
        self.x = x


class Body(ResponseBody):
    """A body with a wide number, and with a value that only its serializer can write."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    amount: Decimal = Decimal(0)
    point: Annotated[Point, PlainSerializer(lambda point: point.x, when_used="json")] | None = None


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether bodies of these values have the same ETag."""
    return bool(etag(Body(**one)) == etag(Body(**other)))


print(
    same({"amount": Decimal("12345678901234567890123456789.1")}, {"amount": Decimal("12345678901234567890123456789.2")})
)
print(same({"amount": Decimal("-0.00")}, {"amount": Decimal(0)}))
print(same({"point": Point(1)}, {"point": Point(2)}))
print(same({"point": Point(1)}, {"point": Point(1)}))
