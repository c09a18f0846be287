"""The concurrency limit of a process."""

# Fewer than the 15 connections of each pool, one to write and one to read, so that the readiness check always gets one.
# `make_engine(url, pool_size=…)` changes the pool.
MAX_CONCURRENT_REQUESTS = 10
