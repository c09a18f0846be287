"""How much a process takes on at once."""

# Requests that use the database. Fewer than each of the pools has connections, which are 5, so that there is one for
# the check of readiness, whatever happens. More would only wait for each other: one connection writes at a time.
AT_ONCE = 4
