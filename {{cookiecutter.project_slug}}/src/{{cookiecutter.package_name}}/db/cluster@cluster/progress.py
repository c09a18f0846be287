"""What is known of a unit of work while it is attempted again and again; this talks to no database."""

import enum

from .outcomes import Outcome, outcome_of


class OutcomeUnknown(Exception):  # noqa: N818 - it is no error of anyone, but what nobody knows
    """A COMMIT was sent, and no answer came: the unit of work is committed, or it is not."""


class UnconfirmedError(Exception):
    """A failover took the row of an earlier attempt away from the ledger, and that whole attempt with it."""


class Phase(enum.Enum):
    """Where an attempt is."""

    BEGIN = enum.auto()
    CLAIM = enum.auto()  # writing the key into the ledger
    WORK = enum.auto()
    COMMIT = enum.auto()


class Progress:
    """How far a unit of work has come, over all of its attempts."""

    def __init__(self, *, has_key: bool) -> None:
        self.has_key = has_key
        self.phase = Phase.BEGIN
        # The ledger has the key: an attempt, or an earlier call, committed on the node that answered.
        self.is_applied = False
        # A COMMIT was sent, and no answer came.
        self.is_ambiguous = False

    def goes_on_after(self, error: BaseException) -> bool:
        """Note what an error says, and return whether another attempt may follow."""
        if isinstance(error, UnconfirmedError):
            self.is_applied = False
            self.is_ambiguous = True
            return True
        outcome = outcome_of(error)
        if outcome is Outcome.DISCONNECTED and self.phase is Phase.COMMIT:
            self.is_ambiguous = True
            return self.has_key
        return outcome is not Outcome.FATAL

    @property
    def may_be_committed(self) -> bool:
        """Whether the unit may be committed although no attempt has said so."""
        return self.is_applied or self.is_ambiguous
