"""Checks of direct payments, what they found, and how many there were."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import payment_checks
from services.referrals.schemas.direct_payments import payment_out
from services.referrals.schemas.payment_setup import ContactMade, CountChecks, ToldIssue
from services.referrals.store import checks_counted
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class PaymentCheckCalls(ReferralCalls):
    """Checks of direct payments, what they found, and how many there were."""

    @rpc
    def record_check(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ContactMade(), payload)
        given.pop("expected_version")
        referral_id, contact = given.pop("id"), payment_checks.Contact(**given)
        cause = of_command("record_check", payload, caller)
        return payment_out(
            payment_checks.record_check(referral_id, contact=contact, desk=self.desk.payments, cause=cause)
        )

    @rpc
    def tell_check_issue(self, payload: JSON, caller: JSON) -> JSON:
        """Social care has been told of what a check found."""
        given = load(ToldIssue(), payload)
        stored = payment_checks.tell_check_issue(
            given["id"],
            issue_id=given["issue_id"],
            how=given["how"],
            desk=self.desk.payments,
            cause=of_command("tell_check_issue", payload, caller),
        )
        return payment_out(stored)

    @reads
    def summarise_checks(self, payload: JSON, caller: JSON) -> JSON:
        """How many checks a council's payments had in a period, and how those of payments implemented in it stand."""
        given = load(CountChecks(), payload)
        if not Caller.from_dict(caller).may_see(given["council_id"]):
            raise NotFound(f"there is no council {given['council_id']}")
        return checks_counted(self.desk.store.direct_payments, **given)
