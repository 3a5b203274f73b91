"""Ports on this machine: one for a program to listen on, and one that certainly nobody listens on."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

LOOPBACK = "127.0.0.1"
CHOICE = range(11_000, 20_000)
"""Below those that the system gives to connections going out: one of these could take a port before its program does, or while
that program is being started again."""


def free_port() -> int:
    """A port that nobody listens on now."""
    draw = random.SystemRandom()  # pytest-randomly seeds the usual one, for neighbouring processes alike
    while True:
        port = draw.choice(CHOICE)
        with socket.socket() as listener:
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections for as long as this lasts: it is taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        yield int(taken.getsockname()[1])
