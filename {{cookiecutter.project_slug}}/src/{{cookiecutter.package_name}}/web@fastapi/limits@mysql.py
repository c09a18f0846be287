"""The concurrency limits of a process."""

# The limit of GET requests, and that of all others. It is less than the 15 connections of each pool, one to read and
# one to write, so that the readiness check always gets one, if GET takes a `ReadSession`, and other methods do not.
# The engines in `web/database.py` take `pool_size=…`.
MAX_CONCURRENT_REQUESTS = 10
