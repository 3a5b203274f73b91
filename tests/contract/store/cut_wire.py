"""A TCP forwarder that can lose a reply: the server does what it was asked, and the client never hears of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65_536


class CutWire:
    """Forwards connections made to `port` to a target."""

    def __init__(self, listener: socket.socket, target: tuple[str, int]) -> None:
        self.port: int = listener.getsockname()[1]
        self.messages_cut = 0
        self._target = target
        self._marker: bytes | None = None
        self._sockets = [listener]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def lose_replies_to(self, marker: bytes) -> None:
        """From now on, a message that holds `marker` is passed on, and its connection is cut once the server has answered."""
        self._marker = marker

    def mend(self) -> None:
        """Passes everything on again."""
        self._marker = None

    def close(self) -> None:
        for each in self._sockets:
            _shut(each)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                losing = threading.Event()
                threading.Thread(target=self._pass_on, args=(client, server, losing), daemon=True).start()
                threading.Thread(target=self._pass_back, args=(server, client, losing), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while sent := client.recv(CHUNK):
                if self._marker is not None and self._marker in sent:
                    self.messages_cut += 1
                    losing.set()
                server.sendall(sent)
        _shut(server)
        _shut(client)

    def _pass_back(self, server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        """Until the end, or until the server's answer to a marked message is there: what it asked has then been done."""
        with suppress(OSError):
            while (sent := server.recv(CHUNK)) and not losing.is_set():
                client.sendall(sent)
        _shut(client)


@contextmanager
def cut_wire(target: tuple[str, int]) -> Iterator[CutWire]:
    """A forwarder to `target`, closed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = CutWire(listener, target)
        yield wire
        wire.close()


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
