"""The concurrency limit of a process."""

# Fewer than the 5 connections of each pool, so that the readiness check always gets one. More requests would only wait
# for each other, because one connection writes at a time.
MAX_CONCURRENT_REQUESTS = 4
