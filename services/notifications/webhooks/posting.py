"""One POST to an address outside: checked, pinned, limited in time, and followed nowhere.

The name is looked up once; every address found must be allowed, and the connection goes to one of those, so that a name which
changes its mind (DNS rebinding) leads nowhere else. Of the answer only status and headers are read.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from services.notifications.ports import Answer, PostFailed
from services.notifications.webhooks.addresses import AddressRules

PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True)
class Poster:
    """The use cases' `Post`. `timeout_seconds` is for the whole attempt."""

    rules: AddressRules
    timeout_seconds: float
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    monotonic: Callable[[], float] = time.monotonic

    def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, a redirect too. Raises `PostFailed`."""
        deadline = self.monotonic() + self.timeout_seconds
        try:
            return self._post(urlsplit(url), headers, body, deadline)
        except TimeoutError as error:
            raise PostFailed("timeout") from error
        except ssl.SSLError as error:
            raise PostFailed("tls") from error
        except socket.gaierror as error:
            raise PostFailed("name-not-found") from error
        except OSError as error:
            raise PostFailed("connection") from error
        except (HTTPException, ValueError) as error:
            raise PostFailed("not-http") from error

    def _post(self, place: SplitResult, headers: Mapping[str, str], body: bytes, deadline: float) -> Answer:
        host, port = place.hostname or "", place.port or PORTS[place.scheme]
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        with closing(self._connect(place.scheme, host, port, deadline)) as connected:
            connection = HTTPConnection(host, port)
            connection.sock = Limited(sock=connected, left=lambda: deadline - self.monotonic())
            connection.request("POST", target, body=body, headers={**headers, "Connection": "close"})
            response = connection.getresponse()
            return Answer(status=response.status, retry_after=response.getheader("Retry-After"))

    def _connect(self, scheme: str, host: str, port: int, deadline: float) -> socket.socket:
        plain = self._reach(self._addresses(host, port), deadline)
        try:
            plain.settimeout(_at_least_now(deadline - self.monotonic()))
            return self.tls.wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
        except BaseException:
            plain.close()
            raise

    def _addresses(self, host: str, port: int) -> list[Any]:
        """Where the name leads. Raises `PostFailed` if any of it is not allowed."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not all(self.rules.allows(str(entry[4][0])) for entry in found):
            raise PostFailed("address-not-allowed")
        return found

    def _reach(self, addresses: list[Any], deadline: float) -> socket.socket:
        failure: OSError = ConnectionError("the name has no address")
        for family, kind, protocol, _, address in addresses:
            plain = socket.socket(family, kind, protocol)
            try:
                plain.settimeout(_at_least_now(deadline - self.monotonic()))
                plain.connect(address)
            except OSError as error:
                plain.close()
                failure = error
            else:
                return plain
        raise failure


class Limited(io.RawIOBase):
    """A socket as `http.client` uses it, each step of which gets only the time that is left of the whole."""

    def __init__(self, *, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock = sock
        self._left = left

    def sendall(self, data: bytes) -> None:
        """Sends everything in the time left. Raises `TimeoutError`."""
        self._sock.settimeout(_at_least_now(self._left()))
        self._sock.sendall(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """What has come, at most the buffer. Raises `TimeoutError`."""
        self._sock.settimeout(_at_least_now(self._left()))
        return self._sock.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """The answer's bytes."""
        return io.BufferedReader(self)


def _at_least_now(left: float) -> float:
    if left <= 0:
        raise TimeoutError("the time for this attempt is over")
    return left
