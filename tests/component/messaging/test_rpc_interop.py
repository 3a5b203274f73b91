from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from nameko.containers import ServiceContainer
from nameko.exceptions import RemoteError
from nameko.rpc import rpc as namekos_rpc
from nameko.standalone.rpc import ClusterRpcProxy

from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.calls.client import RpcClient, ServiceRefusal
from shared.messaging.calls.entrypoint import rpc
from tests.support.waiting import patience

ALEX = Caller(actor_id="alex-example")

RunContainer = Callable[..., ServiceContainer]


class OurLedger:
    @rpc
    def get_fund(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        if payload["id"] == "none":
            raise NotFound("There is no such fund.")
        return {"id": payload["id"], "actor_id": caller["actor_id"]}


class NamekosLedger:
    @namekos_rpc
    def get_fund(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        if payload["id"] == "none":
            raise KeyError("a text that must not be passed on")
        return {"id": payload["id"], "actor_id": caller["actor_id"]}


def named(service: type) -> Any:
    return type(service.__name__, (service,), {"name": f"ledger-{uuid4().hex[:8]}"})


def test_namekos_own_client_can_call_our_services(broker_url: str, run_container: RunContainer) -> None:
    ledger = named(OurLedger)
    run_container(ledger, broker_url)

    with ClusterRpcProxy({"AMQP_URI": broker_url}, timeout=patience(20)) as cluster:
        fund = cluster[ledger.name].get_fund({"id": "fund-1"}, ALEX.as_dict())
        with pytest.raises(RemoteError) as refusal:
            cluster[ledger.name].get_fund({"id": "none"}, ALEX.as_dict())

    assert fund == {"id": "fund-1", "actor_id": "alex-example"}
    assert (refusal.value.exc_type, refusal.value.value) == ("not-found", "There is no such fund.")


def test_our_client_can_call_namekos_own_services_and_passes_no_text_of_theirs_on(
    broker_url: str, run_container: RunContainer, make_client: Callable[..., RpcClient]
) -> None:
    ledger = named(NamekosLedger)
    run_container(ledger, broker_url)
    client = make_client(broker_url)

    fund = client.call(ledger.name, "get_fund", {"id": "fund-1"}, ALEX)
    with pytest.raises(ServiceRefusal) as refusal:
        client.call(ledger.name, "get_fund", {"id": "none"}, ALEX)

    assert fund == {"id": "fund-1", "actor_id": "alex-example"}
    assert "must not be passed on" not in repr(refusal.value.problem())
