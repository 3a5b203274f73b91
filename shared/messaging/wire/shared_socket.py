"""Lets one thread read a py-amqp connection while others write to it.

py-amqp locks its writes, which is enough for TCP. A TLS connection is one OpenSSL object, on which a read beside a write
is not safe: there, each takes the lock for a moment and waits for the network outside it. Under eventlet nothing can come
between two greenthreads inside one call, so nothing is done.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

READ_BYTES = 65_536


def share_socket(connection: Any, *, read_seconds: float, write_seconds: float) -> Callable[[float], None] | None:
    """Prepare a py-amqp connection; None if it has no socket (an embedded broker), and so nothing to prepare.

    Afterwards `drain_events(timeout=None)` raises TimeoutError when nothing came for `read_seconds`; what is returned
    changes those.
    """
    sock = getattr(connection, "sock", None)
    if sock is None:
        return None
    transport = connection.transport
    if _needs_lock(sock):
        shared = SharedTls(sock, read_seconds=read_seconds, write_seconds=write_seconds)
        transport._quick_recv, transport._write = shared.read, shared.write
        return shared.wait_at_most
    sock.settimeout(read_seconds)
    # Each read gives the interpreter lock up, and takes long to have it again: so read all there is at once.
    transport._quick_recv = lambda size: sock.recv(max(size, READ_BYTES))
    set_timeout: Callable[[float], None] = sock.settimeout
    return set_timeout


def leave_tls_without_waiting(transport: Any) -> None:
    """Make a py-amqp transport say the goodbye of TLS, and not wait for the broker's, which may never come."""
    transport._shutdown_transport = lambda: _say_goodbye(transport.sock)


def _say_goodbye(sock: Any) -> None:
    if not isinstance(sock, ssl.SSLSocket):
        return
    sock.settimeout(0)
    with contextlib.suppress(OSError, ValueError):  # nothing is there yet, or nobody any more; TLS may be off already
        sock.unwrap()


def end_reading(sock: socket.socket) -> None:
    """Make a read in another thread end, without freeing what that thread still uses. Raises OSError if it has ended."""
    if _needs_lock(sock):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # SSLSocket's own would let the reader read on without TLS
    else:
        sock.shutdown(socket.SHUT_RDWR)


def _needs_lock(sock: Any) -> bool:
    """Whether this is TLS between real threads; eventlet takes `poll` out of select when it patches a process."""
    return isinstance(sock, ssl.SSLSocket) and hasattr(select, "poll")


class SharedTls:
    """A TLS socket that two threads may use at once, one reading and one writing. Times are in seconds."""

    def __init__(self, sock: ssl.SSLSocket, *, read_seconds: float, write_seconds: float) -> None:
        self._sock = sock
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self._lock = threading.Lock()
        sock.settimeout(0)

    def wait_at_most(self, read_seconds: float) -> None:
        """How long a read waits, from the next one on."""
        self._read_seconds = read_seconds

    def read(self, size: int) -> bytes:
        """What has come, at least one byte; b"" at the end. Raises TimeoutError."""
        deadline = time.monotonic() + self._read_seconds
        while True:
            try:
                with self._lock:
                    return self._sock.recv(max(size, READ_BYTES))
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN, deadline)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT, deadline)

    def write(self, data: memoryview | bytes) -> None:
        """Send all of it. Raises TimeoutError; then part may have been sent."""
        deadline = time.monotonic() + self._write_seconds
        rest = memoryview(data)
        while rest:
            try:
                with self._lock:
                    sent = self._sock.send(rest)
            except ssl.SSLWantWriteError:
                self._wait(select.POLLOUT, deadline)
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN, deadline)
            else:
                rest = rest[sent:]

    def _wait(self, readiness: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(self._sock.fileno(), readiness)
        if not poller.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise TimeoutError("timed out")
