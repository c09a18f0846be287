"""How many requests a process works on at once."""

# Fewer than the pool has connections, which are 15 (pool_size 5, max_overflow 10), so that there is one for the check
# of readiness, whatever happens; `make_engine(url, pool_size=…)` changes theirs.
MAX_CONCURRENT_REQUESTS = 10
