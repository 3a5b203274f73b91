"""What the sample councils' people have done already when a visitor comes: answers, offers, funds and what was spent.

Everything carries an idempotency key, so loading the samples again changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.clock import Clock
from shared.dates import london_day
from shared.ids import derived_id
from shared.samples.checking import CE, CP
from shared.samples.client import Client, Refused
from shared.samples.payments import payment_is_tested

FUND_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
MISSED_DAYS = 35
"""So long ago a sample payment was implemented that its early help check has been missed (CE 3.2)."""
SPENDS = ((6250, "support", "INV-001"), (4175, "support", "INV-002"), (1800, "support", "INV-003"))


@dataclass(frozen=True, kw_only=True)
class SampleWork:
    """People of the sample councils at work. `referral_ids` are those that the case systems' events became."""

    address: str
    sign_in: Callable[..., str]
    clock: Clock

    def in_cheshire_east(self, referral_ids: Sequence[str]) -> None:
        """Six accepted, one refused, two waiting; two direct payments set up, one of them without its check in time, and
        somebody without capacity whose test is not met. The rest still wait for their answer."""
        adviser = self._as("adviser", CE, "demo-adviser-ce")
        today = self._today()
        taken_on = (*referral_ids[:4], *referral_ids[8:10])
        for referral_id in taken_on:
            _post(adviser, f"/referrals/{referral_id}/accept", {})
        refusal = {"reason": "not-resident", "told_verbally_on": today}
        _post(adviser, f"/referrals/{referral_ids[4]}/refuse", refusal)
        for referral_id, criteria in ((referral_ids[5], []), (referral_ids[7], ["no-care-in-place"])):
            waits = {"reason": "no adviser is free", "delay_reason": "no-care-available", "criteria": criteria}
            _post(adviser, f"/referrals/{referral_id}/place-on-waiting-list", waits)
        accepted = [adviser.get(f"/referrals/{referral_id}") for referral_id in taken_on]
        brokered = [one for one in accepted if one["component"] == "brokerage"]
        long_ago = self._today(days=-MISSED_DAYS)
        for referral, since in zip(brokered, (today, long_ago), strict=False):
            self._set_up_payment(adviser, referral, on=since)
        for referral in brokered[2:3]:
            self._test_without_capacity(adviser, referral, on=today)

    def in_cambridgeshire(self, referral_ids: Sequence[str]) -> None:
        """Two referrals offered to all providers of lot 1, answered yes by the first, chosen, and their funds in use."""
        brokerage = self._as("brokerage_team", CP, "demo-brokerage-cp")
        provider_id = derived_id("prov", CP, "PROV-01")
        provider = self._as("isf_provider", CP, "demo-provider-cp", organisation_id=provider_id)
        for referral_id in referral_ids[:2]:
            _post(brokerage, f"/referrals/{referral_id}/accept", {})
            _post(brokerage, f"/referrals/{referral_id}/offers", {"lot": 1})
            offer = next(o for o in provider.get(f"/referrals/{referral_id}")["offers"])
            answer = {"has_capacity": True, "can_start_on": self._today(days=7)}
            _post(provider, f"/offers/{offer['offer_id']}/answer", answer)
            chosen = _post(brokerage, f"/referrals/{referral_id}/choose-provider", {"provider_id": provider_id})
            self._use_fund(provider, self._fund_of(provider, chosen["person_id"]))
        _post(brokerage, f"/referrals/{referral_ids[2]}/accept", {})
        _post(brokerage, f"/referrals/{referral_ids[2]}/offers", {"lot": 1})

    def _set_up_payment(self, adviser: Client, referral: dict[str, Any], *, on: str) -> None:
        """Who may receive it is tested, every condition evidenced; then it is implemented."""
        place = f"/referrals/{referral['id']}/direct-payment"
        recipient = {"kind": "person", "party_id": referral["person_id"]}
        _post(adviser, f"{place}/capacity-test", {"has_capacity": True, "recipient": recipient})
        worker = self._as("social_worker", CE, "demo-social-worker-ce")
        payment_is_tested(worker, place, on=on, key=f"sample-{referral['id']}")
        _post(adviser, place, {"implemented_on": on})

    def _test_without_capacity(self, adviser: Client, referral: dict[str, Any], *, on: str) -> None:
        """Someone without capacity, whose sister would receive it: not met because she cannot manage it (CE 3.2)."""
        place = f"/referrals/{referral['id']}/direct-payment"
        recipient = {"kind": "suitable_person", "party_id": "sample-sister", "route": "c"}
        _post(adviser, f"{place}/capacity-test", {"has_capacity": False, "recipient": recipient})
        worker = self._as("social_worker", CE, "demo-social-worker-ce")
        payment_is_tested(worker, place, on=on, failing=("capable-of-managing",), key=f"sample-{referral['id']}")

    def _use_fund(self, provider: Client, fund: dict[str, Any]) -> None:
        """The plan is agreed, four weeks' money comes in, three invoices are paid, a lottery ticket is refused."""
        path, weekly = f"/funds/{fund['id']}", fund["weekly_budget_pence"]
        line = {"line_id": "support", "outcome_id": "out-and-about", "category": "support", "weekly_cost_pence": weekly}
        plan = {"lines": [line], "written_by": "demo-provider-cp"}
        _post(self._as("social_worker", CP, "demo-social-worker-cp"), f"{path}/plan", plan)
        payment = {"amount_pence": 4 * weekly, "effective_on": self._today(), "reference": "first four weeks"}
        _post(self._as("finance_officer", CP, "demo-finance-cp"), f"{path}/payments", payment)
        for amount, category, reference in SPENDS:
            _post(provider, f"{path}/spends", self._spend(amount, category, reference))
        try:
            _post(provider, f"{path}/spends", self._spend(500, "lottery", "TICKET-1"))
        except Refused as refused:
            if "CP 6.17(e)" not in str(refused):
                raise

    def _spend(self, amount: int, category: str, reference: str) -> dict[str, Any]:
        return {
            "amount_pence": amount,
            "category": category,
            "reference": reference,
            "effective_on": self._today(),
            "outcome_id": "out-and-about",
            "payee_id": "sample-swimming-club",
            "evidence": "invoice",
        }

    def _fund_of(self, provider: Client, person_id: str) -> dict[str, Any]:
        """Choosing a provider opens the fund, a moment later."""
        deadline = time.monotonic() + FUND_SECONDS
        while time.monotonic() < deadline:
            funds: list[dict[str, Any]] = provider.get("/funds", person_id=person_id)["items"]
            if funds:
                return funds[0]
            time.sleep(LOOK_AGAIN_SECONDS)
        raise TimeoutError(f"no fund was opened within {FUND_SECONDS:.0f} s")

    def _as(self, role: str, council_id: str, actor_id: str, *, organisation_id: str | None = None) -> Client:
        token = self.sign_in(role=role, councils=(council_id,), actor_id=actor_id, organisation_id=organisation_id)
        return Client(self.address, token)

    def _today(self, *, days: int = 0) -> str:
        return (london_day(self.clock.now()) + timedelta(days=days)).isoformat()


def _post(client: Client, path: str, body: dict[str, Any]) -> Any:
    """Posts under a key of the step itself: a second loading of the samples finds it done."""
    reference = body.get("reference", "")
    return client.post(path, body, key=f"sample-{derived_id('step', path, str(reference))}")
