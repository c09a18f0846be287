"""The concurrency limits of a process."""

# The limit of GET requests, and that of all others. It is less than the 5 connections of each pool, one to read and
# one to write, so that the readiness check always gets one, if GET takes a `ReadSession`, and other methods do not.
# More writers would only wait for each other, because one connection writes at a time.
MAX_CONCURRENT_REQUESTS = 4
