"""For clusters: `sessions` connects, `retry` writes, `check` and `prune` are commands."""
