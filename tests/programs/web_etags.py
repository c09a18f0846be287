"""The ETag of a row before and after the database has stored it: `web_etags.py`.

Prints whether the bodies are equal, the tags, and the tag after a change.
"""
# mypy: disable-error-code="import-not-found, misc"

from datetime import datetime
from decimal import Decimal
from typing import Any

from my_project.db.session import make_engine, make_sessions, transaction
from my_project.settings import Settings
from my_project.web.bodies import ResponseBody
from my_project.web.replies import shown
from tests.db.samples import Color, Sample, SampleBase


class SampleBody(ResponseBody):
    """All columns whose values a database may return in another form."""

    at: datetime
    amount: Decimal
    color: Color
    document: dict[str, Any]


engine = make_engine(Settings.load().database_url)
SampleBase.metadata.create_all(engine)
with transaction(make_sessions(engine)) as session:
    sample = Sample(
        name="given",
        at=datetime.fromisoformat("2026-03-01T12:00:00+02:00"),
        amount=Decimal("1.50"),
        color=Color.RED,
        document={"when": ["2026-03-01", 1.5], "at": None},
    )
    session.add(sample)
    session.flush()
    given = shown(SampleBody, sample)
    session.refresh(sample)
    stored = shown(SampleBody, sample)
    sample.amount = Decimal("1.51")
    changed = shown(SampleBody, sample)
engine.dispose()
print(given.body == stored.body, *(given.headers["etag"] == each.headers["etag"] for each in (stored, changed)))
