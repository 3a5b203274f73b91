"""The processes of the RPC benchmark: services that answer a read, and gateways that ask them, ours and nameko's.

`python -m tests.performance.rpc_parties BROKER steward|nameko` runs a service; the gateways are served by gunicorn.
"""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.context import Caller

if TYPE_CHECKING:
    from flask import Flask

STEWARD_SERVICE = "bench_steward"
NAMEKO_SERVICE = "bench_nameko"
SOCIAL_WORKER = Caller(actor_id="alex-example", roles=("social_worker",), councils=("cheshire-east",))
WORKERS = 50
POOL_SIZE = 16
CALL_SECONDS = 10.0

Ask = Callable[[str], dict[str, Any]]


def a_fund(fund_id: str) -> dict[str, Any]:
    """A resource of the size that the ledger answers with."""
    return {
        "id": fund_id,
        "version": 7,
        "council_id": "cheshire-east",
        "person_id": "person-0007",
        "status": "open",
        "balance": 125_000,
        "currency": "GBP",
        "plan": [{"purpose": f"purpose {number}", "amount": 1_000 * number} for number in range(6)],
        "opened_at": "2026-03-02T09:00:00Z",
    }


def serve(broker_url: str, kind: str) -> None:
    """Run the service of that kind until the process is ended."""
    from nameko.containers import ServiceContainer
    from nameko.rpc import rpc as namekos_rpc

    from shared.messaging.calls.entrypoint import rpc as stewards_rpc

    class Funds:
        name = STEWARD_SERVICE

        @stewards_rpc
        def get_fund(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
            return a_fund(payload["id"])

    class NamekoFunds:
        name = NAMEKO_SERVICE

        @namekos_rpc
        def get_fund(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
            return a_fund(payload["id"])

    service = Funds if kind == "steward" else NamekoFunds
    container = ServiceContainer(service, {"AMQP_URI": broker_url, "max_workers": WORKERS})
    container.start()
    container.wait()


def steward_gateway() -> Flask:
    """A gateway that asks through our client."""
    from shared.messaging.calls.client import RpcClient

    client = RpcClient(os.environ["BENCH_BROKER_URL"], timeout=CALL_SECONDS)
    service = os.environ["BENCH_SERVICE"]
    return _gateway(lambda fund_id: client.call(service, "get_fund", {"id": fund_id}, SOCIAL_WORKER))


def nameko_gateway() -> Flask:
    """A gateway that asks through a pool of nameko's standalone proxies, one per thread at a time."""
    pool = ProxyPool(os.environ["BENCH_BROKER_URL"], POOL_SIZE)
    service = os.environ["BENCH_SERVICE"]

    def ask(fund_id: str) -> dict[str, Any]:
        with pool.proxy() as proxy:
            fund: dict[str, Any] = proxy[service].get_fund({"id": fund_id}, SOCIAL_WORKER.as_dict())
            return fund

    return _gateway(ask)


class ProxyPool:
    """nameko's ClusterRpcProxy, pooled as its users do: made when needed, kept, thrown away when broken."""

    def __init__(self, broker_url: str, size: int) -> None:
        self._config = {"AMQP_URI": broker_url}
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)

    @contextmanager
    def proxy(self) -> Iterator[Any]:
        """A started proxy that nobody else uses meanwhile."""
        from nameko.standalone.rpc import ClusterRpcProxy

        proxy = self._free.get(timeout=CALL_SECONDS)
        try:
            started = proxy or ClusterRpcProxy(self._config, timeout=CALL_SECONDS).start()
        except BaseException:
            self._free.put(None)
            raise
        try:
            yield started
        except BaseException:
            self._free.put(None)
            raise
        self._free.put(started)


def _gateway(ask: Ask) -> Flask:
    from flask import Flask  # not at the top: eventlet cannot patch a service's process after it

    app = Flask("bench")

    @app.get("/api/v1/funds/<fund_id>")
    def read_fund(fund_id: str) -> dict[str, Any]:
        return ask(fund_id)

    return app


if __name__ == "__main__":
    import eventlet

    eventlet.monkey_patch()
    serve(sys.argv[1], sys.argv[2])
