"""Everything for several machines: `sessions` connects, `retry` writes, `check` and `prune` are commands."""
