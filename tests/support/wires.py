"""A wire between a client and a server that a test can cut, stop or let nobody on; for plain threads and greenthreads."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from eventlet import hubs, patcher

from shared.messaging.consuming.reader import join_all

LOOPBACK = "127.0.0.1"
COPY_BYTES = 65_536
CLOSE_SECONDS = 1.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Wire:
    """Copies bytes both ways between whoever connects to `port` and the server."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._moving = threading.Event()
        self._moving.set()
        self._sending = threading.Event()
        self._sending.set()
        self._coming = threading.Event()
        self._coming.set()
        self._abandoned: list[threading.Event] = []
        self.delay_seconds = 0.0
        self._is_closed = False
        self._copying = [threading.Thread(target=self._accept, daemon=True)]
        self._copying[0].start()

    @property
    def connections(self) -> int:
        """How many connections stand."""
        return len(self._ends) // 2

    def cut(self) -> None:
        """Resets every connection; new ones are taken as before."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RD)  # ends the copying thread's wait
            close(end)

    def keep_everyone_off(self) -> None:
        """Cuts, and resets whoever connects from now on."""
        with self._lock:
            self._open.clear()
        self.cut()

    def let_on(self) -> None:
        """Takes connections again."""
        self._open.set()

    def stop_moving(self) -> None:
        """Connections stand, and nothing moves on them."""
        self._moving.clear()

    def hold_what_is_sent(self) -> None:
        """Bytes for the server wait; those from it move. A cut loses what waits."""
        self._sending.clear()

    def hold_what_comes(self) -> None:
        """Bytes from the server wait; those for it move. A cut loses what waits."""
        self._coming.clear()

    def move(self) -> None:
        """Bytes move again, those that waited first."""
        for moving in (self._moving, self._sending, self._coming):
            moving.set()

    def abandon(self) -> None:
        """What stands now never moves again, and neither side is told; new connections are taken as before."""
        self._moving.clear()
        self._abandoned.append(self._moving)
        self._moving = threading.Event()
        self._moving.set()

    def close(self) -> None:
        """Ends everything."""
        self._is_closed = True
        for moving in (*self._abandoned, self._moving, self._sending, self._coming):
            moving.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        close(self._listener)
        self.cut()
        join_all(self._copying, time.monotonic() + CLOSE_SECONDS)

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._join(client)

    def _join(self, client: socket.socket) -> None:
        if not self._open.is_set():
            reset(client)
            return
        server = socket.create_connection(self._server)
        with self._lock:  # everyone may have been kept off, and cut, since it was let on
            is_open = self._open.is_set()
            self._ends |= {client, server} if is_open else set()
        if not is_open:
            reset(client)
            server.close()
            return
        for source, target, waits_for in (
            (client, server, (self._moving, self._sending)),
            (server, client, (self._moving, self._coming)),
        ):
            copying = threading.Thread(target=self._copy, args=(source, target, waits_for), daemon=True)
            self._copying.append(copying)
            copying.start()

    def _copy(self, source: socket.socket, target: socket.socket, waits_for: Sequence[threading.Event]) -> None:
        with contextlib.suppress(OSError, EOFError):  # EOFError: eventlet's word for a socket closed elsewhere
            while piece := source.recv(COPY_BYTES):
                for moving in waits_for:
                    moving.wait()
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                target.sendall(piece)
        for end in (source, target):
            with self._lock:
                self._ends.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            close(end)


def reset(end: socket.socket) -> None:
    """Closes a socket that nobody reads yet, as a server that has died."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    end.close()


def close(end: socket.socket) -> None:
    """Closes a socket that another thread may be reading.

    A greenthread would wait for that file number for ever, and get in the way of the next file that has it: eventlet wakes it
    only when it is told that the number is another's.
    """
    if patcher.is_monkey_patched("socket") and end.fileno() >= 0:
        hubs.notify_opened(end.fileno())
    end.close()


def wire_to(url: str) -> tuple[Wire, str]:
    """A wire to the server in a URL, and the URL that leads over it."""
    parts = urlsplit(url)
    wire = Wire(parts.hostname or LOOPBACK, parts.port or 5672)
    identity = parts.netloc.rpartition("@")[0]
    netloc = f"{identity}@{LOOPBACK}:{wire.port}" if identity else f"{LOOPBACK}:{wire.port}"
    return wire, urlunsplit(parts._replace(netloc=netloc))
