"""A network that falls silent: no packet arrives any more, and no error.

The servers have a network namespace of their own, and so has the application; two links join them, one to the first
node and one to the others. All of it is gone with the two processes that hold the namespaces.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import servers
from .node import wait_until
from .replicas import QUORUM, Replicas, replicas


@dataclass
class Namespace:
    """A network with nothing in it but what is put there."""

    pid: int

    @property
    def prefix(self) -> list[str]:
        """Return the words before a command that runs there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net"]

    def ip(self, *words: object) -> None:
        """Change the network."""
        subprocess.run([*self.prefix, "ip", *(str(word) for word in words)], check=True, capture_output=True)


@dataclass
class Apart:
    """The servers, and the application's side of the network."""

    behind: Replicas
    server: Namespace
    application: Namespace

    @property
    def url(self) -> str:
        """All hosts."""
        return self.behind.url

    @property
    def one_host(self) -> str:
        """The primary of the beginning."""
        return self.behind.one_host

    def survivor(self) -> str:
        """Return the URL of the primary of now: a socket, which no network is between."""
        return self.behind.survivor()

    def cut(self) -> None:
        """Let the first node fall silent for the application."""
        self.application.ip("link", "set", "link1", "down")

    def heal(self) -> None:
        """Bring it back."""
        self.application.ip("link", "set", "link1", "up")


def prefix(cluster: Apart) -> list[str]:
    """Return what goes before the command of the workers."""
    return cluster.application.prefix


def fall_silent(cluster: Apart, seconds: float) -> None:
    """Let the link to the primary be silent for a while."""
    cluster.cut()
    time.sleep(seconds)
    cluster.heal()


def vanish(cluster: Apart) -> None:
    """Take the primary's machine away, without a packet that says so, and promote a replica."""
    # the far end, so that clients get no response; the near end would report that there is no route
    cluster.server.ip("link", "set", "link1", "down")
    cluster.behind.primary.kill()
    cluster.behind.promote()


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make a namespace."""
    with subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) as holder:
        try:
            made = Namespace(holder.pid)
            here = Path("/proc/self/ns/net").readlink()
            wait_until(lambda: Path(f"/proc/{holder.pid}/ns/net").readlink() != here)
            made.ip("link", "set", "lo", "up")
            yield made
        finally:
            holder.kill()


@contextmanager
def apart(folder: Path) -> Iterator[Apart]:
    """Start the servers in one network, and make another one for the application."""
    if os.geteuid() != 0:
        raise servers.UnavailableError("no network that can be cut: run as root, for network namespaces")
    with ExitStack() as stack:
        server, application = stack.enter_context(namespace()), stack.enter_context(namespace())
        for number in (1, 2):
            link = f"link{number}"
            far = f"02:00:00:00:00:{number:02}"
            peer = ("peer", "name", link, "netns", application.pid)
            server.ip("link", "add", link, "address", far, "type", "veth", *peer)
            for end, side in enumerate((server, application), start=1):
                side.ip("address", "add", f"10.77.{number}.{end}/30", "dev", link)
                side.ip("link", "set", link, "up")
            # known for ever, or nobody would send when it no longer says where it is
            application.ip("neigh", "replace", f"10.77.{number}.1", "lladdr", far, "dev", link, "nud", "permanent")
        hosts = ("10.77.1.1", "10.77.2.1", "10.77.2.1")
        yield Apart(stack.enter_context(replicas(folder, QUORUM, hosts, server.prefix)), server, application)
