"""How many requests a process works on at once."""

# Fewer than each of the pools has connections, which are 5, so that there is one for the check of readiness, whatever
# happens. More would only wait for each other: one connection writes at a time.
MAX_CONCURRENT_REQUESTS = 4
