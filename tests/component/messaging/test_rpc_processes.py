"""The client in processes that eventlet has not patched, beside a service in this one."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import eventlet
import pytest
from eventlet.green import subprocess
from nameko.containers import ServiceContainer

from shared.context import Caller
from shared.messaging.calls.client import RpcClient
from shared.messaging.calls.entrypoint import rpc
from tests.component.conftest import RABBITMQ_URL
from tests.support.waiting import eventually

ALEX = Caller(actor_id="alex-example")
pytestmark = pytest.mark.needs_rabbitmq


class Ledger:
    @rpc
    def echo(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return payload


@pytest.fixture
def ledger(run_container: Callable[..., ServiceContainer]) -> Any:
    service: Any = type("Ledger", (Ledger,), {"name": f"ledger-{uuid4().hex[:8]}"})
    run_container(service, RABBITMQ_URL)
    return service


@pytest.fixture
def tls_url(tmp_path: Path) -> Iterator[str]:
    """The broker behind TLS; `tmp_path` holds the certificate."""
    parts = urlsplit(str(RABBITMQ_URL))
    command = [sys.executable, "-m", "tests.support.tls_front", str(parts.hostname), str(parts.port or 5672)]
    front = subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE)
    port = int(front.stdout.readline())
    yield f"amqps://{parts.username}:{parts.password}@127.0.0.1:{port}{parts.path}"
    front.terminate()
    front.wait()
    front.stdout.close()


def call(url: str, service: str, way: str, **environment: str) -> dict[str, Any]:
    """What the calling process found."""
    command = [sys.executable, "-m", "tests.support.rpc_caller", url, service, way]
    caller = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    told, _ = caller.communicate()
    assert caller.returncode == 0
    found: dict[str, Any] = json.loads(told)
    return found


def test_threads_share_one_connection_and_each_call_gets_its_own_answer(ledger: Any) -> None:
    found = call(str(RABBITMQ_URL), ledger.name, "threads")

    assert found == {"calls": 640, "wrong": 0, "connections": 1}


def test_threads_may_share_a_tls_connection_too(ledger: Any, tls_url: str, tmp_path: Path) -> None:
    found = call(tls_url, ledger.name, "threads", SSL_CERT_FILE=str(tmp_path / "certificate.pem"))

    assert found == {"calls": 640, "wrong": 0, "connections": 1}


def test_a_service_may_read_its_calls_over_tls(
    run_container: Callable[..., ServiceContainer],
    tls_url: str,
    make_client: Callable[..., RpcClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    service: Any = type("Ledger", (Ledger,), {"name": f"ledger-{uuid4().hex[:8]}"})
    container = run_container(service, RABBITMQ_URL)
    over_tls = ServiceContainer(service, {"AMQP_URI": tls_url, "max_workers": 20})
    over_tls.start()
    container.stop()
    client = make_client(str(RABBITMQ_URL))
    payload = {"text": "0123456789" * 30_000}
    pool = eventlet.GreenPool(20)

    answers = list(pool.imap(lambda _: client.call(service.name, "echo", payload, ALEX), range(20)))
    over_tls.stop()
    eventually(lambda: not any(thread.name == "rpc-requests" for thread in threading.enumerate()))

    assert answers == [payload] * 20


def test_a_client_that_was_in_use_can_be_used_on_both_sides_of_a_fork(ledger: Any) -> None:
    found = call(str(RABBITMQ_URL), ledger.name, "fork")

    assert found == {"before": True, "child": 0, "after": True}
