"""Setting a direct payment up, and telling the council how it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import payment_setup
from services.referrals.schemas import payment_setup as shapes
from services.referrals.schemas.direct_payments import payment_out
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class PaymentSetUpCalls(ReferralCalls):
    """Setting a direct payment up, and telling the council how it is run."""

    @rpc
    def say_use_of_payment(self, payload: JSON, caller: JSON) -> JSON:
        """Whether the person will employ a personal assistant."""
        return self._set_up(payment_setup.say_use_of_payment, shapes.UseOf(), payload, caller)

    @rpc
    def record_set_up_item(self, payload: JSON, caller: JSON) -> JSON:
        return self._set_up(payment_setup.record_set_up_item, shapes.DoneItem(), payload, caller)

    @rpc
    def plan_contingency(self, payload: JSON, caller: JSON) -> JSON:
        return self._set_up(payment_setup.plan_contingency, shapes.Planned(), payload, caller)

    @rpc
    def ask_start_up_funding(self, payload: JSON, caller: JSON) -> JSON:
        return self._set_up(payment_setup.ask_start_up_funding, shapes.AskedStartUp(), payload, caller)

    @rpc
    def decide_start_up_funding(self, payload: JSON, caller: JSON) -> JSON:
        return self._set_up(payment_setup.decide_start_up_funding, shapes.DecidedStartUp(), payload, caller)

    @rpc
    def tell_payment_change(self, payload: JSON, caller: JSON) -> JSON:
        return self._set_up(payment_setup.tell_payment_change, shapes.Changed(), payload, caller)

    @rpc
    def signpost_service(self, payload: JSON, caller: JSON) -> JSON:
        """Payroll and managed accounts: signposted only."""
        return self._set_up(payment_setup.signpost_service, shapes.SignpostTo(), payload, caller)

    def _set_up(self, use_case: Callable[..., Any], schema: Schema, payload: JSON, caller: JSON) -> JSON:
        """A use case that takes the command's fields by their own names."""
        given = load(schema, payload)
        given.pop("expected_version")
        cause = of_command(use_case.__name__, payload, caller)
        return payment_out(use_case(given.pop("id"), **given, desk=self.desk.payments, cause=cause))
