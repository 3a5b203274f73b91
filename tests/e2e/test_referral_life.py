"""A referral's life by HTTP, as advisers, the council and the person meet it, on a platform of real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from gateway.commands import development_token
from shared.clock import SystemClock
from shared.dates import london_day
from shared.samples.client import Client, Refused
from shared.samples.journey import CE, CP
from tests.support.platforms import embedded
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)
TODAY = london_day(SystemClock().now())


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running platform and who may sign in to it."""

    address: str
    sign_in: Callable[..., str]

    def role(self, role: str, council_id: str = CE, **who: Any) -> Client:
        return Client(self.address, self.sign_in(role=role, councils=(council_id,), **who))

    def submit(self, reference: str, **changes: Any) -> dict[str, Any]:
        """A complete referral from adult social care."""
        plain = {
            "council_id": CE,
            "referral_reference": reference,
            "source": "adult-social-care",
            "care_and_support_plan": f"CSP-{reference}",
            "has_eligible_needs": True,
            "person": {"person_reference": f"P-{reference}", "name": f"Sample {reference}", "email": "p@example.org"},
            "referrer": {"referrer_reference": "SW-1", "name": "Sample Worker", "email": "sw@example.org"},
        }
        stored: dict[str, Any] = self.role("adviser").post("/referrals", plain | changes)
        return stored


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One embedded platform for all tests of this module."""
    folder = tmp_path_factory.mktemp("life")
    with embedded(folder) as (_, address):
        sign_in = partial(development_token, data_dir=folder / "data", clock=SystemClock())
        yield Platform(address=address, sign_in=sign_in)


def test_from_receipt_to_support_every_state_says_what_is_possible(platform: Platform) -> None:
    adviser = platform.role("adviser")
    referral = platform.submit("LIFE-1", client_groups=["autism"], contact_type="other")
    path = f"/referrals/{referral['id']}"
    assert (referral["status"], referral["fhir"]["task"]) == ("submitted", "requested")

    assert adviser.post(f"{path}/see")["fhir"]["task"] == "received"
    placed = adviser.post(f"{path}/place-on-waiting-list", {"reason": "no adviser", "criteria": ["carer-at-risk"]})
    assert placed["waiting_place"]["points"][0]["label"]
    assert adviser.post(f"{path}/accept")["status"] == "accepted"
    allocated = adviser.post(f"{path}/allocate", {"worker_id": "worker-life"})
    assert (allocated["status"], allocated["worker_id"]) == ("allocated", "worker-life")

    with pytest.raises(Refused) as refused:
        adviser.post(f"{path}/refuse", {"reason": "other", "told_verbally_on": TODAY.isoformat()})
    assert refused.value.status == 409
    assert "possible now: allocate, close, implement, offer, place_on_waiting_list, withdraw" in str(refused.value)
    assert {"worker_id": "worker-life", "open_referrals": 1} in adviser.get("/caseloads")["items"]
    assert [one["id"] for one in adviser.get("/referrals", q="life-1", council_id=CE)["items"]] == [referral["id"]]

    def told() -> list[str]:
        history = [line["type"] for line in adviser.get(f"{path}/history")["items"]]
        return [type_ for type_ in history if type_.startswith("referral.")]

    so_far = ["submitted", "seen", "waitlisted", "accepted", "allocated"]
    assert eventually(lambda: told() == [f"referral.{step}" for step in so_far], within=60), told()


def test_the_waiting_list_is_in_the_order_of_the_councils_criteria(platform: Platform) -> None:
    adviser = platform.role("adviser")
    for reference, urgency in (("WAIT-1", "standard"), ("WAIT-2", "urgent")):
        waiting = platform.submit(reference, urgency=urgency)
        adviser.post(f"/referrals/{waiting['id']}/place-on-waiting-list", {"reason": "no adviser"})

    listed = platform.role("social_worker").get("/waiting-list", council_id=CE)["items"]

    assert [line["reference"] for line in listed if line["reference"].startswith("WAIT")] == ["WAIT-2", "WAIT-1"]
    themselves = platform.role("person", actor_id=waiting["person_id"])
    assert themselves.get(f"/referrals/{waiting['id']}")["waiting_place"]["position"] == 1


@pytest.mark.parametrize("role", ["person", "nominee"])
def test_a_referral_is_not_there_for_somebody_it_is_not_about(platform: Platform, role: str) -> None:
    referral = platform.submit(f"NOT-{role}")
    stranger = platform.role(role, actor_id="sample-stranger")

    with pytest.raises(Refused) as refused:
        stranger.get(f"/referrals/{referral['id']}")

    assert refused.value.status == 404


def test_a_refusal_is_closed_only_after_notifications_has_sent_the_letter(platform: Platform) -> None:
    adviser = platform.role("adviser")
    referral = platform.submit("REFUSE-1")
    path = f"/referrals/{referral['id']}"
    adviser.post(f"{path}/refuse", {"reason": "not-resident", "told_verbally_on": TODAY.isoformat()})

    told = eventually(lambda: adviser.get(path)["refusal"].get("written_on"), within=60)

    assert told == TODAY.isoformat()
    assert adviser.post(f"{path}/close", {"reason": "the refusal is told"})["status"] == "closed"
    period = {"council_id": CE, "first_on": TODAY.isoformat(), "last_on": TODAY.isoformat()}
    figures = platform.role("commissioner").get("/referrals/figures", **period)
    assert figures["refusal_reason"] == {"not-resident": 1}
    (line,) = adviser.get("/refusals", council_id=CE)["items"]
    assert (line["social_care_number"], line["refusal"]["lacking"]) == ("P-REFUSE-1", [])


def test_a_possible_duplicate_is_flagged_found_and_cleared(platform: Platform) -> None:
    adviser = platform.role("adviser")
    platform.submit("TWICE-1", person={"person_reference": "P-TWICE", "name": "Sample Twice"})
    second = platform.submit("TWICE-2", person={"person_reference": "P-TWICE", "name": "Sample Twice"})
    found = adviser.get("/referrals", possible_duplicate="true")["items"]
    (flag,) = next(one for one in found if one["id"] == second["id"])["possible_duplicates"]

    address = f"/referrals/{second['id']}/possible-duplicates/{flag['duplicate_id']}/clear"
    cleared = adviser.post(address, {"reason": "a second plan"})

    assert cleared["possible_duplicates"][0]["cleared_reason"] == "a second plan"
    assert second["id"] not in [one["id"] for one in adviser.get("/referrals", possible_duplicate="true")["items"]]


@pytest.mark.parametrize("role", ["social_worker", "brokerage_team"])
def test_a_self_funders_referral_is_not_there_for_the_council(platform: Platform, role: str) -> None:
    referral = platform.submit(f"PAYS-{role}", capital_pence=2_325_001)
    assert (referral["component"], referral["in_contract"]) == ("self-funder", False)

    with pytest.raises(Refused) as hidden:
        platform.role(role).get(f"/referrals/{referral['id']}")

    assert hidden.value.status == 404
    assert platform.role("dpss_manager").get(f"/referrals/{referral['id']}")["self_funder_because"] == "capital"


def test_the_council_leaves_a_monitored_provider_out_of_offers(platform: Platform) -> None:
    system = platform.role("council_system", CP)
    for number in (1, 2):
        event = {
            "specversion": "1.0",
            "id": f"life-provider-{number}",
            "source": f"/councils/{CP}",
            "type": "provider.listed",
            "data": {"provider_reference": f"LIFE-{number}", "name": f"Sample Provider {number}", "lots": [1]},
        }
        assert system.publish([event])[0]["outcome"] == "accepted"
    brokerage = platform.role("brokerage_team", CP)
    first, second = brokerage.get("/providers", council_id=CP)["items"]

    brokerage.post(f"/providers/{first['id']}/exclude", {"reason": "quality-monitoring", "until_on": TODAY.isoformat()})
    referral = brokerage.post(
        "/referrals",
        {
            "council_id": CP,
            "referral_reference": "OFFER-1",
            "source": "self",
            "lot": 1,
            "weekly_budget_pence": 10_000,
            "person": {"person_reference": "P-OFFER", "name": "Sample Offer"},
        },
    )
    brokerage.post(f"/referrals/{referral['id']}/accept")
    offered = brokerage.post(f"/referrals/{referral['id']}/offers", {"lot": 1})

    assert [offer["provider_id"] for offer in offered["offers"]] == [second["id"]]


BAD = [
    pytest.param({"client_groups": ["bank managers"]}, {"client_groups.0": "policy"}, id="a code of no list"),
    pytest.param({"client_groups": "autism"}, {"client_groups": "type"}, id="no list"),
    pytest.param({"client_groups": ["a" * 101]}, {"client_groups.0": "length"}, id="an oversized code"),
    pytest.param({"priority_groups": ["<script>alert(1)</script>"]}, {"priority_groups.0": "policy"}, id="a script"),
    pytest.param({"contact_type": "=cmd()"}, {"contact_type": "policy"}, id="a formula"),
    pytest.param({"primary_support_reason": "a\u0000"}, {"primary_support_reason": "printable"}, id="NUL"),
    pytest.param({"primary_support_reason": "a\u202eb"}, {"primary_support_reason": "printable"}, id="right-to-left"),
    pytest.param({"capital_pence": -1}, {"capital_pence": "range"}, id="less than nothing"),
    pytest.param({"capital_pence": 1.5}, {"capital_pence": "type"}, id="half a penny"),
    pytest.param({"resident": "yes"}, {"resident": "type"}, id="a word for a flag"),
]


@pytest.mark.parametrize(("changes", "named"), BAD)
def test_what_is_wrong_in_a_submission_is_named_by_field_and_nothing_is_kept(
    platform: Platform, changes: dict[str, Any], named: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        platform.submit("WRONG-1", **changes)

    assert refused.value.status in (400, 422)
    assert [error["field"] for error in refused.value.problem["errors"]] == list(named)
    assert platform.role("adviser").get("/referrals", q="WRONG-1")["items"] == []
