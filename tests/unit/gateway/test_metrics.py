from __future__ import annotations

import pytest

from gateway.metrics import MeasuredServices, Metrics
from shared.messaging.calls.client import RpcClient


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> RpcClient:
    """The real client, which connects at its first call only."""
    client = RpcClient("embedded://nobody/")
    MeasuredServices(services=client, timings=metrics)
    return client


def test_answers_that_come_too_late_are_counted(metrics: Metrics, client: RpcClient) -> None:
    assert client.watcher is not None

    client.watcher.late_reply()
    client.watcher.late_reply()

    assert b"steward_rpc_late_replies_total 2.0" in metrics.exposition()


def test_a_service_is_suspended_until_a_trial_is_answered(metrics: Metrics, client: RpcClient) -> None:
    assert client.watcher is not None

    for state in ("open", "half-open", "open", "half-open"):
        client.watcher.circuit_changed(service="ledger", state=state)
    suspended = metrics.exposition()
    client.watcher.circuit_changed(service="ledger", state="closed")

    assert b'steward_rpc_circuits_open{service="ledger"} 1.0' in suspended
    assert b'steward_rpc_circuits_open{service="ledger"} 0.0' in metrics.exposition()
    assert b'steward_rpc_circuit_opened_total{service="ledger"} 2.0' in metrics.exposition()
