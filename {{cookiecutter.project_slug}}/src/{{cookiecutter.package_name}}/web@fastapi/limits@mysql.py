"""The concurrency limit of a process."""

# Fewer than the 15 connections of each pool, one to write and one to read, so that the readiness check always gets one.
# The engines in `web/database.py` take the option `pool_size=…`.
MAX_CONCURRENT_REQUESTS = 10
