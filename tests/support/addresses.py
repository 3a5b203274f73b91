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


def free_port(among: range = CHOICE, *, beside: tuple[int, ...] = ()) -> int:
    """A port that nobody uses now, nor any that lies so far `beside` it."""
    draw = random.SystemRandom()  # pytest-randomly seeds the usual one, for neighbouring processes alike
    while True:
        port = draw.choice(among)
        if all(_is_free(port + distance) for distance in (0, *beside)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections for as long as this lasts: it is taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        yield int(taken.getsockname()[1])
