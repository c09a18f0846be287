"""Print a causality token when a line comes, over a connection that was opened before: `late_token.py URL`."""
# mypy: disable-error-code="import-not-found"

import sys

from my_project.db.cluster.sessions import connected, written


def main(url: str) -> None:
    """Connect, wait for the line, and print the token."""
    with connected(url) as cluster:
        written(cluster)
        print("working", flush=True)
        sys.stdin.readline()
        print(written(cluster))


if __name__ == "__main__":
    main(*sys.argv[1:])
