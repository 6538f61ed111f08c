"""Ports for servers that tests start: below those the system hands out for outgoing connections, so that what was
found free is still free when the server listens there."""

from __future__ import annotations

import random
import socket

FIRST, END = 10_000, 32_000
_any = random.SystemRandom()  # hypothesis seeds the common one: two test processes would look at the same ports


def free_port(in_a_row: int = 1) -> int:
    """The first of so many that are free and follow each other."""
    while True:
        first = _any.randrange(FIRST, END)
        if all(_is_free(first + place) for place in range(in_a_row)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed connection holds nothing
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
