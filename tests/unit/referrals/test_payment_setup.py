"""Setting a direct payment up: the checklist, contingencies, start-up money by two hands, signposts, changes told (CE 3.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.referrals.errors import PaymentStepNotPossible, SameHands
from services.referrals.handlers import payment_setup
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.payment_setup import items_asked
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CP, ReferralsDesk, a_command, an_adviser
from tests.unit.referrals.payment_builders import (
    PERSON_ID,
    a_running_payment,
    a_social_worker,
    an_accepted_referral,
    begin,
    conclude,
    find_all,
    sign,
)

TODAY = date(2026, 3, 2)


def a_payment(desk: ReferralsDesk) -> str:
    """A payment that is being set up; its referral's id."""
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    return referral.id


def do_item(desk: ReferralsDesk, referral_id: str, item: str, **given: Any) -> Stored[DirectPayment]:
    """An item is done today."""
    plain = {"done_on": TODAY, "evidence": "Sample: seen.", "account_holder_id": None}
    return payment_setup.record_set_up_item(
        referral_id, item=item, **plain | given, desk=desk.payments, cause=a_command()
    )


@pytest.mark.parametrize(("employs", "asked"), [(False, 4), (True, 12)])
def test_the_checklist_has_further_items_for_whoever_employs_a_personal_assistant(*, employs: bool, asked: int) -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    payment = payment_setup.say_use_of_payment(
        referral_id, employs_personal_assistant=employs, desk=desk.payments, cause=a_command()
    ).state

    assert len(items_asked(payment)) == asked
    assert all(item.clause == 'CE 3.2 "Service User Information"' for item in payment.checklist)


def test_an_item_is_done_by_somebody_on_a_day_with_evidence() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    payment = do_item(desk, referral_id, "contribution-understood").state

    done = next(item for item in payment.checklist if item.done_on)
    assert (done.item, done.done_by, done.evidence) == ("contribution-understood", "adviser-1", "Sample: seen.")


@pytest.mark.parametrize("holder", [None, "somebody-else"])
def test_the_account_is_the_persons_or_that_of_whoever_is_responsible(holder: str | None) -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(Invalid) as refused:
        do_item(desk, referral_id, "separate-account", account_holder_id=holder)

    assert [error.field for error in refused.value.errors] == ["account_holder_id"]
    assert do_item(desk, referral_id, "separate-account", account_holder_id=PERSON_ID).state.checklist[0].done_on


def test_the_agreement_is_done_once_somebody_signed_it() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(PaymentStepNotPossible, match="who signed"):
        do_item(desk, referral_id, "agreement-signed")
    find_all(desk, referral_id)
    conclude(desk, referral_id)
    sign(desk, referral_id, PERSON_ID)

    assert do_item(desk, referral_id, "agreement-signed").state.checklist[1].done_on == TODAY


def test_an_item_that_the_checklist_does_not_have_is_refused() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(Invalid, match="the checklist has: agreement-signed, audit-trail-understood"):
        do_item(desk, referral_id, "something-else")


def test_cover_is_planned_for_each_situation_and_what_lacks_it_is_seen() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    payment = payment_setup.plan_contingency(
        referral_id,
        situation="sickness",
        cover="casual-personal-assistant",
        arrangement="Sample: a friend of the family.",
        desk=desk.payments,
        cause=a_command(),
    ).state

    planned = {one.situation: one.planned_by for one in payment.contingency}
    assert planned == {"holiday": None, "sickness": "adviser-1", "maternity": None, "emergency": None}


@pytest.mark.parametrize(("situation", "cover"), [("moving", "agency-list"), ("sickness", "luck")])
def test_situations_and_covers_are_those_of_the_policy(situation: str, cover: str) -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(Invalid, match="policy"):
        payment_setup.plan_contingency(
            referral_id, situation=situation, cover=cover, arrangement="x", desk=desk.payments, cause=a_command()
        )


def ask(desk: ReferralsDesk, referral_id: str, *, item: str = "insurance") -> str:
    """Money is asked for; the request's id."""
    payment = payment_setup.ask_start_up_funding(
        referral_id, item=item, amount_pence=8500, purpose="Sample.", desk=desk.payments, cause=a_command()
    ).state
    return payment.start_up[-1].request_id


def test_whoever_asks_for_start_up_money_cannot_agree_to_it() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)
    request_id = ask(desk, referral_id)
    decision = {"request_id": request_id, "agreed": True, "reason": "Sample.", "desk": desk.payments}

    with pytest.raises(SameHands):
        payment_setup.decide_start_up_funding(referral_id, **decision, cause=a_command(an_adviser()))
    payment = payment_setup.decide_start_up_funding(referral_id, **decision, cause=a_command(a_social_worker())).state

    (request,) = payment.start_up
    assert (request.agreed, request.asked_by, request.decided_by) == (True, "adviser-1", "social-worker-1")
    with pytest.raises(PaymentStepNotPossible, match="decided"):
        payment_setup.decide_start_up_funding(referral_id, **decision, cause=a_command(a_social_worker()))


@pytest.mark.parametrize("item", ["payroll", "managed-account"])
def test_payroll_is_signposted_and_never_paid_for(item: str) -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(Invalid, match="the council's policy does not have this"):
        ask(desk, referral_id, item=item)
    payment = payment_setup.signpost_service(referral_id, service=item, desk=desk.payments, cause=a_command()).state

    assert [(given.service, given.given_by) for given in payment.signposts] == [(item, "adviser-1")]


def test_a_change_in_how_the_payment_is_run_is_told_to_the_council() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    payment_setup.tell_payment_change(
        payment.state.referral_id,
        reason="inappropriate-use",
        details="Sample: bought something else.",
        noticed_on=TODAY,
        desk=desk.payments,
        cause=a_command(),
    )

    told = desk.direct_payments.told()[-1]
    assert (told.type, told.data["reason"]) == ("directpayment.changed", "inappropriate-use")
    assert "bought" not in str(told.data)


def test_nobody_of_another_council_touches_it() -> None:
    desk = ReferralsDesk()
    referral_id = a_payment(desk)

    with pytest.raises(NotFound):
        payment_setup.signpost_service(
            referral_id, service="payroll", desk=desk.payments, cause=a_command(an_adviser(councils=(CP,)))
        )
