"""Logging in one format, with the request id in each line."""

import logging

from .request_ids import request_id

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


def add_request_id(record: logging.LogRecord) -> bool:
    """Add the request id to a log record; a filter, for any handler."""
    record.request_id = request_id.get()
    return True


def log_with_request_ids() -> None:
    """Log to stderr, the lines of uvicorn included; for the entry point of a process."""
    handler = logging.StreamHandler()
    handler.addFilter(add_request_id)
    logging.basicConfig(format=FORMAT, level=logging.INFO, handlers=[handler])
    for name in ("uvicorn", "uvicorn.access"):  # which have handlers of their own
        logger = logging.getLogger(name)
        if logger.handlers:  # otherwise it is switched off, by `--no-access-log`
            logger.handlers.clear()
            logger.propagate = True
    # Keeps DATABASE_ECHO from adding a handler, which would log each statement twice.
    # https://docs.sqlalchemy.org/en/21/core/engines.html#configuring-logging
    logging.getLogger("sqlalchemy.engine.Engine").addHandler(logging.NullHandler())
