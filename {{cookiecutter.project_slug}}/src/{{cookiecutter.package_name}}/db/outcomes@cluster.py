"""What an error says about the unit of work that it ended: is it undone, and is it worth another attempt?"""

import enum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from . import nodes
from .retry import is_retryable


class Outcome(enum.Enum):
    """What is known after an error."""

    ROLLED_BACK = "nothing of it is committed, and another attempt may succeed"
    DISCONNECTED = "no answer came: a COMMIT that was sent may have happened"
    FATAL = "another attempt would end in the same way"


def outcome_of(error: BaseException) -> Outcome:
    """Return what is known after this error."""
    if is_retryable(error) or isinstance(error, PoolTimeoutError):
        return Outcome.ROLLED_BACK
    # Not OSError: a file that is missing stays missing.
    if isinstance(error, ConnectionError | TimeoutError):
        return Outcome.DISCONNECTED
    if not isinstance(error, DBAPIError) or error.orig is None:
        return Outcome.FATAL
    if error.connection_invalidated or nodes.is_disconnect(error.orig):
        return Outcome.DISCONNECTED
    return Outcome.ROLLED_BACK if nodes.is_not_ready(error.orig) else Outcome.FATAL
