"""A log of one format, in which each line names its request."""

import logging

from .request_ids import request_id

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


def add_request_id(record: logging.LogRecord) -> bool:
    """Give a record the id of its request; a filter, for any handler."""
    record.request_id = request_id.get()
    return True


def log_with_request_ids() -> None:
    """Log everything to stderr, the lines of uvicorn as well; for the entry point of a process."""
    handler = logging.StreamHandler()
    handler.addFilter(add_request_id)
    logging.basicConfig(format=FORMAT, level=logging.INFO, handlers=[handler])
    for name in ("uvicorn", "uvicorn.access"):  # the two to which it gives handlers
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # With a handler there, DATABASE_ECHO adds none of its own, which would log each statement twice.
    # https://docs.sqlalchemy.org/en/21/core/engines.html#configuring-logging
    logging.getLogger("sqlalchemy.engine.Engine").addHandler(logging.NullHandler())
