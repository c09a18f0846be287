"""For clusters: `sessions` connects, `check` and `prune` are commands."""
