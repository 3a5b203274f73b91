"""Early help and follow-up checks: made, missed, counted; what they find goes to social care at once (CE 3.2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import PaymentStepNotPossible
from services.referrals.handlers import payment_checks
from services.referrals.handlers.payment_checks import Contact
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.store import checks_counted
from shared.dates import london_day
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command
from tests.unit.referrals.payment_builders import a_running_payment, an_accepted_referral, begin

MARCH = {"council_id": CE, "since": date(2026, 3, 1), "until": date(2026, 4, 30)}


def contact(desk: ReferralsDesk, payment: Stored[DirectPayment], **given: Any) -> Stored[DirectPayment]:
    """A contact of today that reached the person by phone, unless said otherwise."""
    plain = {
        "kind": "early_help_check",
        "method": "phone",
        "made_on": london_day(desk.clock.now()),
        "reached": True,
        "outcome": "Sample: all is well.",
    }
    return payment_checks.record_check(
        payment.state.referral_id, contact=Contact(**plain | given), desk=desk.payments, cause=a_command()
    )


def states(payment: Stored[DirectPayment]) -> dict[str, str]:
    """Each clock's rule and state."""
    return {clock.rule: clock.state for clock in payment.state.clocks}


def test_a_check_in_time_stops_its_own_clock_only() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)
    desk.clock.advance(timedelta(weeks=2))

    checked = contact(desk, payment, understands=True, needs_support=False)

    assert states(checked) == {"C3": "stopped", "C4": "running"}
    (check,) = checked.state.checks
    assert (check.method, check.made_by, check.made_on) == ("phone", "adviser-1", date(2026, 3, 16))


def test_a_contact_that_reached_nobody_is_kept_and_the_check_is_still_due() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    tried = contact(desk, payment, reached=False, outcome=None)

    assert (states(tried)["C3"], len(tried.state.checks)) == ("running", 1)
    assert states(contact(desk, payment, method="email"))["C3"] == "stopped"


def test_the_early_help_check_begins_by_phone_unless_somebody_says_why_not() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    with pytest.raises(Invalid, match=r'begins by phone \(CE 3.2 "Early Help check"\)'):
        contact(desk, payment, method="email")

    done = contact(desk, payment, method="email", without_phone_because="the phone is unsafe for them")
    assert states(done)["C3"] == "stopped"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"method": "pigeon"}, "method", id="not one of the policy's ways"),
        pytest.param({"made_on": date(2026, 3, 3)}, "made_on", id="tomorrow"),
        pytest.param({"made_on": date(2026, 3, 1)}, "made_on", id="before the payment ran"),
        pytest.param({"outcome": None}, "outcome", id="reached, but nothing came of it"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_by_field(given: dict[str, Any], field: str) -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    with pytest.raises(Invalid) as refused:
        contact(desk, payment, **given)

    assert [error.field for error in refused.value.errors] == [field]


def test_a_missed_check_is_breached_with_its_explanation_and_made_late() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)
    desk.clock.advance(timedelta(weeks=4, days=1))

    desk.clocks.keep(payment.id, cause=of_schedule("clocks", payment.id))
    missed = desk.direct_payments.records.get(payment.id)

    assert states(missed) == {"C3": "breached", "C4": "running"}
    clock = missed.state.clocks[0]
    assert (clock.due_at.date(), clock.clause) == (date(2026, 3, 30), 'CE 3.2 "Early Help check"')
    assert clock.explanation["steps"]
    assert states(contact(desk, payment))["C3"] == "stopped_late"
    assert desk.direct_payments.types_told().count("clock.breached") == 1


def test_an_issue_starts_its_clock_at_once_and_stops_when_social_care_is_told() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    found = contact(desk, payment, issue="Sample: bills are unpaid.")
    (issue,) = found.state.issues
    desk.clock.advance(timedelta(hours=1))
    told = payment_checks.tell_check_issue(
        payment.state.referral_id, issue_id=issue.issue_id, how="phone", desk=desk.payments, cause=a_command()
    )

    assert (states(found)["C5"], states(told)["C5"]) == ("running", "stopped")
    assert issue.clock_id == found.state.clocks[-1].clock_id
    (known,) = told.state.issues
    assert (known.told_by, known.told_how) == ("adviser-1", "phone")
    sent = [event for event in desk.direct_payments.told() if event.type == "directpayment.issue.found"]
    assert [event.data["issue_id"] for event in sent] == [issue.issue_id]
    assert "unpaid" not in str(sent[0].data)


def test_of_two_issues_only_the_one_that_was_told_stops() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)
    contact(desk, payment, issue="Sample: one.")
    desk.clock.advance(timedelta(minutes=5))
    second = contact(desk, payment, kind="follow_up_check", issue="Sample: two.").state.issues[1]

    told = payment_checks.tell_check_issue(
        payment.state.referral_id, issue_id=second.issue_id, how="phone", desk=desk.payments, cause=a_command()
    )

    assert [clock.state for clock in told.state.clocks if clock.rule == "C5"] == ["running", "stopped"]
    with pytest.raises(NotFound):
        payment_checks.tell_check_issue(
            payment.state.referral_id, issue_id="iss-none", how="phone", desk=desk.payments, cause=a_command()
        )


def test_checks_are_for_a_payment_that_runs() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    payment = begin(desk, referral.id)

    with pytest.raises(PaymentStepNotPossible):
        contact(desk, payment)


def test_checks_are_counted_by_council_and_period() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    programmed = checks_counted(desk.direct_payments.records, **MARCH)
    contact(desk, payment)
    made = checks_counted(desk.direct_payments.records, **MARCH)
    elsewhere = checks_counted(desk.direct_payments.records, **MARCH | {"council_id": CP})

    assert programmed["early_help_check"] == {"made": 0, "states": {"running": 1}}
    assert made["early_help_check"] == {"made": 1, "states": {"stopped": 1}}
    assert made["follow_up_check"] == {"made": 0, "states": {"running": 1}}
    assert elsewhere["early_help_check"] == {"made": 0, "states": {}}
