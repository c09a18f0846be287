"""The concurrency limit of a process."""

# Requests that use the database. Fewer than the 5 connections of each pool, so that the readiness check gets one.
# More would only wait for each other, because one connection writes at a time.
MAX_CONCURRENT_REQUESTS = 4
