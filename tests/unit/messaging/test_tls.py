"""What `amqps://` believes and shows, tried on a listener of our own with certificates made for the test."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.messaging.wire.connection import LOST, broker_connection
from shared.messaging.wire.shared_socket import leave_tls_without_waiting
from shared.messaging.wire.tls import broker_address, without_options
from shared.runtime.settings import PlatformSettings
from shared.settings import BadSetting, read_settings
from tests.support.tls_front import write_certificate

NAME = "broker.example.org"
PATIENCE = 30.0


@dataclass(kw_only=True)
class Listener:
    """A broker as far as TLS goes: it greets, notes who came, and hangs up."""

    context: ssl.SSLContext
    came: list[str] = field(default_factory=list)
    _plain: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self._plain.getsockname()[1])

    def serve(self) -> None:
        """Until the socket is closed."""
        while True:
            try:
                plain, _ = self._plain.accept()
            except OSError:
                return
            plain.settimeout(PATIENCE)
            with plain, contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as secure:
                shown: Any = secure.getpeercert() or {}
                names = [value for part in shown.get("subject", ()) for _, value in part]
                self.came.append(names[0] if names else "somebody")

    def close(self) -> None:
        """No one else is greeted."""
        self._plain.shutdown(socket.SHUT_RDWR)
        self._plain.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The broker's, made for its name; its key lies beside it."""
    return write_certificate(tmp_path, host=NAME, name="broker-")[0]


@pytest.fixture
def listener(certificate: Path, tmp_path: Path) -> Iterator[Listener]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "broker-key.pem")
    listener = Listener(context=context)
    serving = threading.Thread(target=listener.serve)
    serving.start()
    yield listener
    listener.close()
    serving.join(PATIENCE)


def connect(listener: Listener, **options: Any) -> Exception:
    """How it ends: after the greeting, this broker always hangs up."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    address = f"amqps://guest:guest@127.0.0.1:{listener.port}/%2F?{query}"
    connection = broker_connection(broker_address(address), connect_timeout=PATIENCE)
    with pytest.raises(LOST) as raised:
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    return raised.value


@pytest.mark.enable_socket
def test_a_broker_of_an_unknown_authority_is_not_spoken_to(listener: Listener) -> None:
    error = connect(listener, server_name_indication=NAME)

    assert isinstance(error, ssl.SSLCertVerificationError)
    assert listener.came == []


@pytest.mark.enable_socket
def test_a_broker_with_another_name_is_not_spoken_to(listener: Listener, certificate: Path) -> None:
    error = connect(listener, cacertfile=certificate)

    assert isinstance(error, ssl.SSLCertVerificationError)
    assert "127.0.0.1" in str(error)
    assert listener.came == []


@pytest.mark.enable_socket
def test_a_broker_with_the_name_that_is_expected_is(listener: Listener, certificate: Path) -> None:
    error = connect(listener, cacertfile=certificate, server_name_indication=NAME)

    assert not isinstance(error, ssl.SSLCertVerificationError)
    assert listener.came == ["somebody"]


@pytest.mark.enable_socket
def test_a_certificate_of_our_own_is_shown_to_a_broker_that_asks(
    listener: Listener, certificate: Path, tmp_path: Path
) -> None:
    own, key = write_certificate(tmp_path, host="svc-ledger", name="own-")
    listener.context.load_verify_locations(own)
    listener.context.verify_mode = ssl.CERT_REQUIRED
    known = {"cacertfile": certificate, "server_name_indication": NAME}

    connect(listener, **known)
    connect(listener, **known, certfile=own, keyfile=key)

    assert listener.came == ["svc-ledger"]


@pytest.mark.enable_socket
def test_the_goodbye_of_tls_is_not_waited_for(certificate: Path, tmp_path: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, tmp_path / "broker-key.pem")
    client = ssl.create_default_context(cafile=str(certificate))
    ours, theirs = socket.socketpair()
    greeting = threading.Thread(target=lambda: silent.append(server.wrap_socket(theirs, server_side=True)))
    silent: list[ssl.SSLSocket] = []
    greeting.start()
    secure = client.wrap_socket(ours, server_hostname=NAME)
    greeting.join(PATIENCE)
    transport: Any = SimpleNamespace(sock=secure)

    leave_tls_without_waiting(transport)
    transport._shutdown_transport()

    with silent[0] as peer:
        assert peer.recv(1) == b""  # it did hear the goodbye
    secure.close()


def test_without_tls_nothing_is_changed() -> None:
    assert without_options("amqp://guest:guest@broker.example/%2F") == ("amqp://guest:guest@broker.example/%2F", None)


def test_the_host_in_the_address_is_the_name_that_is_checked() -> None:
    address, tls = without_options("amqps://guest:guest@broker.example/%2F?cacertfile=/certificates/ca.pem")

    assert address == "amqps://guest:guest@broker.example/%2F"
    assert tls == {"server_hostname": "broker.example", "ca_certs": "/certificates/ca.pem"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("verify=verify_none", "an address has no option verify"),
        ("cacertfile=/nowhere/ca.pem", "there is no file /nowhere/ca.pem"),
        ("certfile=/nowhere/own.pem", "certfile and keyfile go together"),
    ],
)
def test_an_option_that_can_not_be_meant_stops_the_start_and_shows_no_password(options: str, sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence) as refused:
        read_settings(PlatformSettings, {"STEWARD_BROKER_URL": f"amqps://guest:s3cret@broker.example/?{options}"})

    assert "s3cret" not in str(refused.value)


def test_options_without_tls_are_refused() -> None:
    with pytest.raises(BadSetting, match="only amqps:// addresses have options"):
        broker_address("amqp://broker.example/?cacertfile=/ca.pem")
