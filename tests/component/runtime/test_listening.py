"""The socket that the one-process platform answers on."""

from __future__ import annotations

import socket

from shared.runtime.embedded import listen


def test_no_connection_holds_back_what_was_written_until_its_reader_has_answered() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as client:
        connection, _ = listener.accept()

        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert client.getpeername() == listener.getsockname()
