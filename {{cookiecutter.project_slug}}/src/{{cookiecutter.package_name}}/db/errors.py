"""Messages of PendingRollbackError, which is raised instead of losing work silently."""

LOST = (
    "nothing was committed: a statement failed inside the unit of work, and its error was caught there. Put the "
    "statement that may fail into a savepoint, session.begin_nested(), and catch the error outside of its block"
)
LOST_SAVEPOINT = (
    "the savepoint was rolled back inside its block, by a statement that failed and whose error was caught there, or "
    "it ended by session.rollback() or session.commit(). Catch the error outside of the block of "
    "session.begin_nested(), which undoes the block alone"
)
ENDED = (
    "the unit of work ended before its block, by session.rollback(), session.commit() or session.close(), or by COMMIT "
    "or ROLLBACK as SQL. transaction() commits at the end of the block and rolls back if it raises: remove it, and put "
    "a statement that may fail into a savepoint, session.begin_nested()"
)
