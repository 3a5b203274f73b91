"""The councils' policy packs: those in force, what differs between two, and publishing one."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask
from gateway.schemas.policies import (
    NewPack,
    NewSimulation,
    Pack,
    PackChanges,
    PackFilter,
    PackList,
    PackPair,
    PackWithdrawal,
    PublishedPack,
    Simulation,
)
from gateway.services import REFERRALS
from gateway.simulating import simulated

Fields = dict[str, Any]

policies = ApiBlueprint("policies", __name__, description="The councils' rules as dated, cited data.")


@policies.operation("GET", "/policies", "policies.list", answer=PackList)
def list_policies() -> Fields:
    """List every council's policy packs, the newest last, and which one is in force today."""
    return ask(REFERRALS, "list_policy_packs")


@policies.operation("GET", "/policies/<id:council_id>", "policies.read", query=PackFilter, answer=Pack)
def get_policy(query: Fields, council_id: str) -> Fields:
    """Read the pack in force on a day: every value and clock with its clause, and what is left unset."""
    return ask(REFERRALS, "get_policy_pack", {**query, "council_id": council_id})


@policies.operation(
    "GET", "/policies/<id:council_id>/differences", "policies.compare", query=PackPair, answer=PackChanges
)
def show_policy_difference(query: Fields, council_id: str) -> Fields:
    """Compare two versions of a council's pack: every value, clock and calendar that they do not have alike."""
    return ask(REFERRALS, "show_policy_difference", {**query, "council_id": council_id})


@policies.operation(
    "POST", "/policies/<id:council_id>", "policies.publish", body=NewPack, answer=PublishedPack, status=201
)
def publish_policy_pack(body: Fields, council_id: str) -> Fields:
    """Publish a new version of a council's pack.

    It must be valid, later than the newest version, and not in the past; no version that is there ever changes. Every
    service learns of it, and on its first day the clocks that run are reckoned anew.
    """
    return ask(REFERRALS, "publish_policy_pack", {**body, "council_id": council_id})


@policies.operation(
    "POST", "/policies/<id:council_id>/withdrawals", "policies.withdraw", body=PackWithdrawal, answer=PublishedPack
)
def withdraw_policy_pack(body: Fields, council_id: str) -> Fields:
    """Withdraw a version that was published and does not hold yet.

    It never holds, and every service is told. From its first day on a version can only be followed by a later one.
    """
    return ask(REFERRALS, "withdraw_policy_pack", {**body, "council_id": council_id})


@policies.operation(
    "POST", "/policies/<id:council_id>/simulations", "policies.simulate", body=NewSimulation, answer=Simulation
)
def simulate_policy_pack(body: Fields, council_id: str) -> Fields:
    """Look at what a pack would change before it is published: nothing is written.

    Goes through the council's referrals, and through all records with clocks, those of funds too, page by page: clocks
    whose due instant would move, with those that would be overdue at once, and referrals that would lack other fields, or
    be classed or refused otherwise. Ask again with `after` until `next` is empty.
    """
    return simulated({**body, "council_id": council_id})
