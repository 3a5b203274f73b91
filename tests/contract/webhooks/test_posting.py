"""Posting to real sockets: what is sent, how long it may take, and where it may not lead."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from services.notifications.ports import Answer, PostFailed
from services.notifications.webhooks.addresses import AddressRules
from services.notifications.webhooks.posting import Poster
from tests.support.addresses import nobody_listens
from tests.support.tls_front import write_certificate
from tests.support.waiting import patience
from tests.support.webhook_receiver import WebhookReceiver

BODY = b'{"id":"sample"}'


def a_poster(*, timeout: float | None = None, loopback: bool = True, **more: Any) -> Poster:
    seconds = patience(20) if timeout is None else timeout
    return Poster(rules=AddressRules(loopback=loopback), timeout_seconds=seconds, **more)


def what_fails(poster: Poster, url: str) -> str:
    """The code of the failure that this post ends in."""
    with pytest.raises(PostFailed) as failure:
        poster.post(url, headers={}, body=BODY)
    return failure.value.what


def test_body_headers_path_and_query_arrive_as_they_are() -> None:
    with WebhookReceiver() as receiver:
        status = a_poster().post(receiver.url, headers={"webhook-id": "evt-1"}, body=BODY).status

    [received] = receiver.received
    assert status == 204
    assert (received.path, received.body) == ("/alerts?for=sample", BODY)
    assert received.headers["webhook-id"] == "evt-1"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [200, 301, 307, 308, 410, 503])
def test_the_status_is_given_and_no_redirect_is_followed(status: int) -> None:
    with WebhookReceiver(answer=lambda _: status) as receiver:
        assert a_poster().post(receiver.url, headers={}, body=BODY).status == status

    assert len(receiver.received) == 1


def test_an_address_that_is_not_allowed_is_never_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)

        assert what_fails(a_poster(loopback=False), f"https://127.0.0.1:{listener.getsockname()[1]}/") == (
            "address-not-allowed"
        )
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"])
def test_however_loopback_is_written_it_is_seen(host: str) -> None:
    assert what_fails(a_poster(loopback=False), f"https://{host}:1/") == "address-not-allowed"


def test_one_bad_address_among_a_names_addresses_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert what_fails(a_poster(), "https://alerts.council.example/") == "address-not-allowed"


def test_the_name_is_looked_up_once_so_that_it_cannot_change_its_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []
    with WebhookReceiver() as receiver:

        def look_up(host: str, port: int, **_: Any) -> list[Any]:
            looked_up.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        status = a_poster().post("http://alerts.council.example/", headers={}, body=BODY).status

    assert status == 204
    assert looked_up == ["alerts.council.example"]
    assert receiver.received[0].headers["host"] == "alerts.council.example"


def test_an_answer_that_drips_is_cut_off_at_the_time_for_the_whole_attempt() -> None:
    over = threading.Event()

    def drip(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.05):
            out.write(b"X-Drip: 1\r\n")
            out.flush()

    with WebhookReceiver(speak=drip) as receiver:
        what = what_fails(a_poster(timeout=0.4), receiver.url)
        over.set()

    assert what == "timeout"


def test_a_server_that_takes_and_says_nothing_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert what_fails(a_poster(timeout=0.3), f"http://127.0.0.1:{silent.getsockname()[1]}/") == "timeout"


def test_nobody_listening_is_a_failed_connection() -> None:
    with nobody_listens() as port:
        assert what_fails(a_poster(), f"http://127.0.0.1:{port}/") == "connection"


@pytest.mark.parametrize(
    "said", [b"rubbish\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"A" * 70_000]
)
def test_an_answer_that_is_no_http_is_a_failure(said: bytes) -> None:
    with WebhookReceiver(speak=lambda out: out.write(said)) as receiver:
        assert what_fails(a_poster(), receiver.url) in ("not-http", "connection")


def test_a_huge_answer_is_left_unread() -> None:
    def flood(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 65_536)

    with WebhookReceiver(speak=flood) as receiver:
        assert a_poster().post(receiver.url, headers={}, body=BODY).status == 200


@pytest.mark.parametrize(("said", "asked"), [(b"Retry-After: 120\r\n", "120"), (b"", None)])
def test_how_long_the_subscriber_asks_to_wait_is_told(said: bytes, asked: str | None) -> None:
    def busy(out: Any) -> None:
        out.write(b"HTTP/1.1 503 Busy\r\n" + said + b"Content-Length: 0\r\n\r\n")

    with WebhookReceiver(speak=busy) as receiver:
        answer = a_poster().post(receiver.url, headers={}, body=BODY)

    assert answer == Answer(status=503, retry_after=asked)


def test_tls_is_checked_against_the_trusted_authorities(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)

    with WebhookReceiver(tls=server) as receiver:
        unknown = what_fails(a_poster(), receiver.url)
        trusted = a_poster(tls=ssl.create_default_context(cafile=str(certificate)))
        status = trusted.post(receiver.url, headers={}, body=BODY).status
        wrong_name = what_fails(trusted, receiver.url.replace("127.0.0.1", "127.1"))

    assert (unknown, status, wrong_name) == ("tls", 204, "tls")
