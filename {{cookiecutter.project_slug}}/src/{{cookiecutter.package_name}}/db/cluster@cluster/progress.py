"""Decide after each error whether a transaction may be retried, and whether it may be committed already."""

import enum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from .. import dialect
from ..errors import is_committed


class OutcomeUnknown(Exception):  # noqa: N818 - the work made no error
    """A COMMIT was sent and not acknowledged: the transaction may be committed or not."""


class UnconfirmedError(Exception):
    """A failover lost the idempotency record of an earlier attempt, and that whole attempt with it."""


def is_retryable(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction, and nothing of this one is committed.

    True for serialization failures, deadlocks, lock timeouts and stale versions. False for a connection that
    broke: it may have been during COMMIT, and a retry could do the work twice.
    """
    if is_committed(error):
        return False
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.orig is None:
        return False
    return dialect.is_retryable(error.orig)


def is_disconnect(error: BaseException) -> bool:
    """Return whether the connection was lost, so that a COMMIT that was sent may have taken place."""
    # Not OSError: a file that is missing stays missing.
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_temporary(error: BaseException) -> bool:
    """Return whether another attempt may succeed."""
    return is_disconnect(error) or is_retryable(error) or isinstance(error, PoolTimeoutError)


class Phase(enum.Enum):
    """The phases of an attempt."""

    BEGIN = enum.auto()
    CLAIM = enum.auto()  # inserting the idempotency key
    WORK = enum.auto()
    COMMIT = enum.auto()


class Progress:
    """The state of a transaction, over all of its attempts."""

    def __init__(self, *, has_key: bool) -> None:
        self.has_key = has_key
        self.phase = Phase.BEGIN
        # The idempotency table has the key: an attempt, or an earlier call, committed on the node that answered.
        self.is_recorded = False
        # A COMMIT was sent and not acknowledged.
        self.is_ambiguous = False

    def goes_on_after(self, error: BaseException) -> bool:
        """Note an error, and return whether another attempt may follow."""
        if is_committed(error):
            return False
        if isinstance(error, UnconfirmedError):
            self.is_recorded = False
            self.is_ambiguous = True
            return True
        if is_disconnect(error) and self.phase is Phase.COMMIT:
            self.is_ambiguous = True
            return self.has_key
        return is_temporary(error)

    @property
    def may_be_committed(self) -> bool:
        """Whether the transaction may be committed although no attempt has reported it."""
        return self.is_recorded or self.is_ambiguous
