# ruff: noqa: E402  the process must be patched before anything else is imported
import eventlet

eventlet.monkey_patch()

import os
import socket
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import pytest_socket
from eventlet import hubs
from kombu import Connection
from nameko.containers import ServiceContainer

from shared.messaging.calls.client import RpcClient
from shared.messaging.embedded import register_transport, wake_transports
from tests.support.waiting import patience

# pytest-socket puts back after each test what it found at its own import: that must be what eventlet has put there.
pytest_socket._true_socket = socket.socket
pytest_socket._true_connect = socket.socket.connect
pytest_socket._true_getaddrinfo = socket.getaddrinfo
pytest_socket._true_gethostbyname = socket.gethostbyname

RABBITMQ_URL = os.environ.get("STEWARD_TEST_RABBITMQ_URL")

MakeContainer = Callable[..., ServiceContainer]
Connect = Callable[..., Connection]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a RabbitMQ its tests are deselected, and counted as such."""
    if RABBITMQ_URL:
        return
    unwanted = [item for item in items if item.get_closest_marker("needs_rabbitmq")]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


@pytest.fixture(autouse=True)
def no_wait_on_a_closed_file() -> Iterator[None]:
    """A greenthread left waiting on a closed file would be woken by, or break, whatever gets the file's number next."""
    yield
    waiting = [number for listeners in hubs.get_hub().listeners.values() for number in listeners]
    closed = [number for number in waiting if not os.path.exists(f"/proc/self/fd/{number}")]
    for number in closed:
        hubs.notify_opened(number)
    assert closed == []


@pytest.fixture
def embedded_url() -> str:
    """A broker of this test's own."""
    register_transport()
    return f"embedded://{uuid4().hex}/"


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.needs_rabbitmq)])
def broker_url(request: pytest.FixtureRequest, embedded_url: str) -> str:
    """Each broker in turn."""
    return embedded_url if request.param == "embedded" else str(RABBITMQ_URL)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens kombu connections that are closed after the test."""
    opened: list[Connection] = []

    def open_connection(url: str, **options: object) -> Connection:
        connection = Connection(url, **options)
        connection.connect()
        opened.append(connection)
        return connection

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def run_container(connect: Connect) -> Iterator[MakeContainer]:
    """Starts nameko containers that are stopped after the test, their RPC queues deleted."""
    running: list[ServiceContainer] = []

    def start(service_cls: type, url: str, **config: object) -> ServiceContainer:
        container = ServiceContainer(service_cls, {"AMQP_URI": url, "max_workers": 20, **config})
        running.append(container)
        container.start()
        return container

    yield start
    for container in running:
        stopping = eventlet.spawn(container.stop)
        while not stopping.dead:
            wake_transports()
            eventlet.sleep(0.01)
        connect(container.config["AMQP_URI"]).default_channel.queue_delete(f"rpc-{container.service_name}")


@pytest.fixture
def make_client() -> Iterator[Callable[..., RpcClient]]:
    """Makes RPC clients that are closed after the test."""
    made: list[RpcClient] = []

    def make(url: str, **options: float) -> RpcClient:
        client = RpcClient(url, **{"timeout": patience(20), **options})
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
