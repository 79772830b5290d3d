"""What all servers of the check have in common."""

import socket

# Long enough for every server.
KEY = "AKIACONFORMANCEOFS3A"
SECRET = "each/server+checks/this0123456789abcdefgh"
BUCKET = "documents"


class LeftOut(Exception):
    """A server that cannot be had on this machine, and why."""


def free_port():
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
