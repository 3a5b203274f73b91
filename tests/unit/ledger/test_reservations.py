"""Two-phase spending: set aside once, resolved once, and never in the way of the limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ledger.errors import (
    FundNotEmpty,
    MoreThanReserved,
    ReservationNotFound,
    ReservationNotReversed,
    ReservationRanOut,
    ReservationResolved,
    SpendNotAllowed,
    WouldOverdrawFund,
)
from services.ledger.handlers.holds import follow_restriction
from services.ledger.handlers.reservations import list_reservations
from services.ledger.model.blocks import Posted
from services.ledger.model.entries import Period
from services.ledger.model.verification import verify
from shared.errors import Invalid, KeyReused
from shared.events.safeguarding import RestrictionImposed
from shared.messaging.cause import Cause
from shared.store.documents import StoreAway
from tests.support.ledger_builders import COUNCIL, MONDAY, TODAY, Ledger, a_caller, pounds


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def fund_id(ledger: Ledger) -> str:
    """A fund with £400.00."""
    return ledger.open_and_funded()


def standing(ledger: Ledger, fund_id: str) -> dict[str, int]:
    head = ledger.head(fund_id)
    return {account: balance.amount for account, balance in head.balances.items() if balance}


def statuses(ledger: Ledger, fund_id: str, **how: Any) -> list[str]:
    asked = {"status": None, "after": None, "limit": 50} | how
    page = list_reservations(fund_id, **asked, caller=a_caller(), funds=ledger.funds, books=ledger.books)
    return [each.status for each in page.items]


def test_what_is_set_aside_is_in_hand_but_not_free(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id, "30.00")

    head = ledger.head(fund_id)

    assert (head.in_hand, head.free) == (pounds("400.00"), pounds("370.00"))
    assert verify(ledger.stored(fund_id)) == []


def test_what_is_set_aside_cannot_be_spent_twice(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id, "399.99")

    with pytest.raises(WouldOverdrawFund, match=r"has £0\.01 free"):
        ledger.spend(fund_id, amount=pounds("0.02"))
    with pytest.raises(WouldOverdrawFund):
        ledger.reserve(fund_id, amount=pounds("0.02"))

    assert ledger.reserve(fund_id, amount=pounds("0.01")).posted


def test_a_reservation_is_paid_in_full_as_one_spend(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id, "30.00")

    paid = ledger.pay_reserved(fund_id, reservation)

    assert (paid.entry.type, paid.entry.amount, paid.in_hand) == ("spend", pounds("30.00"), pounds("370.00"))
    assert standing(ledger, fund_id) == {"council": -40000, "held": 37000, "payee:payee-pool": 3000}
    assert [entry.type for entry in ledger.books.entries(fund_id)][-2:] == ["post-reserved", "spend"]
    assert verify(ledger.stored(fund_id)) == []


def test_a_part_is_paid_and_the_rest_is_free_again(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id, "30.00")

    paid = ledger.pay_reserved(fund_id, reservation, amount=pounds("29.99"))

    assert paid.entry.draft.purpose
    assert paid.entry.draft.purpose.category == "activity"
    assert ledger.head(fund_id).free == pounds("370.01")
    assert statuses(ledger, fund_id) == ["posted"]


def test_not_a_penny_more_than_was_set_aside_is_paid_from_it(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id, "30.00")

    with pytest.raises(MoreThanReserved) as refusal:
        ledger.pay_reserved(fund_id, reservation, amount=pounds("30.01"))

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("amount_pence", "within-reservation")]
    assert statuses(ledger, fund_id) == ["open"]


def test_a_reservation_that_is_called_off_is_free_again(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id, "30.00")

    voided = ledger.void(fund_id, reservation)

    assert (voided.entry.type, voided.entry.draft.resolves) == ("void-reservation", reservation)
    assert standing(ledger, fund_id) == {"council": -40000, "held": 40000}
    assert statuses(ledger, fund_id) == ["voided"]


@pytest.mark.parametrize("first", ["pay_reserved", "void"])
@pytest.mark.parametrize("second", ["pay_reserved", "void"])
def test_a_reservation_is_resolved_once(ledger: Ledger, fund_id: str, first: str, second: str) -> None:
    reservation = ledger.reserved(fund_id)
    getattr(ledger, first)(fund_id, reservation)

    with pytest.raises(ReservationResolved, match=f"by entry {fund_id}.3.1"):
        getattr(ledger, second)(fund_id, reservation)

    assert len(ledger.stored(fund_id)) == 3


def test_of_two_who_resolve_it_at_once_one_is_refused(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id)
    ledger.memory.before_next_write(lambda: ledger.void(fund_id, reservation))

    with pytest.raises(ReservationResolved):
        ledger.pay_reserved(fund_id, reservation)

    assert statuses(ledger, fund_id) == ["voided"]
    assert verify(ledger.stored(fund_id)) == []


def test_a_repeat_gets_its_first_answer(ledger: Ledger, fund_id: str) -> None:
    made = [ledger.reserve(fund_id, key="k1") for _ in range(2)]
    reservation = _entry_id(made[0].posted)
    paid = [ledger.pay_reserved(fund_id, reservation, key="k2") for _ in range(2)]

    ledger.clock.at = MONDAY + timedelta(days=3)

    assert made[0] == made[1] == ledger.reserve(fund_id, key="k1")
    assert paid[0] == paid[1] == ledger.pay_reserved(fund_id, reservation, key="k2")
    with pytest.raises(KeyReused):
        ledger.pay_reserved(fund_id, reservation, key="k2", amount=pounds("1.00"))


def test_a_reply_that_was_lost_is_found_by_its_key(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id)
    ledger.memory.interrupt_next_write("after")

    with pytest.raises(StoreAway):
        ledger.pay_reserved(fund_id, reservation, key="k1")

    assert ledger.pay_reserved(fund_id, reservation, key="k1").entry.type == "spend"
    assert ledger.head(fund_id).number == 3


@pytest.mark.parametrize("unknown", ["nothing", "{fund}.9.1", "{fund}.1.1", "fund-other.2.1"])
def test_what_is_no_reservation_of_this_fund_is_not_found(ledger: Ledger, fund_id: str, unknown: str) -> None:
    entry_id = unknown.format(fund=fund_id)

    with pytest.raises(ReservationNotFound):
        ledger.pay_reserved(fund_id, entry_id)
    with pytest.raises(ReservationNotFound):
        ledger.void(fund_id, entry_id)


def test_a_prohibited_booking_is_refused_with_its_clause_and_kept_on_record(ledger: Ledger, fund_id: str) -> None:
    answer = ledger.reserve(fund_id, category="lottery")

    assert answer.refusal
    assert answer.refusal.decision.clause == "CP 6.17(e)"
    assert statuses(ledger, fund_id) == []


def test_a_payee_put_on_hold_since_is_not_paid_and_nobody_learns_why(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id)
    imposed = RestrictionImposed(party_id="payee-pool", kind="staff", from_at=MONDAY)
    cause = Cause(actor_id="lead-1", correlation_id="cor-1", causation_id="evt-1", incoming=("restriction/1", 1))
    follow_restriction(imposed, council_id=COUNCIL, cause=cause, holds=ledger.holds)

    with pytest.raises(SpendNotAllowed, match=r"^The payee is on hold\.$"):
        ledger.pay_reserved(fund_id, reservation)

    assert ledger.void(fund_id, reservation).entry.type == "void-reservation"


def test_a_reservation_runs_out_when_its_last_day_has_passed_and_not_before(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id, "30.00", until=TODAY + timedelta(days=1))
    lasting = ledger.reserved(fund_id, "5.00", until=TODAY + timedelta(days=30))

    ledger.clock.at = MONDAY + timedelta(days=1, hours=14, minutes=59)
    before = (ledger.sweep_reservations(), statuses(ledger, fund_id))
    ledger.clock.at = MONDAY + timedelta(days=1, hours=15)
    after = (ledger.sweep_reservations(), statuses(ledger, fund_id))

    assert before == (0, ["open", "open"])
    assert after == (1, ["open", "expired"])
    assert ledger.sweep_reservations() == 0
    assert ledger.head(fund_id).free == pounds("395.00")
    expired = list(ledger.books.entries(fund_id))[-1]
    assert (expired.type, expired.effective_on) == ("expire-reservation", TODAY + timedelta(days=1))
    assert ledger.pay_reserved(fund_id, lasting).entry.amount == pounds("5.00")


def test_nothing_is_paid_from_a_reservation_that_has_run_out_though_no_sweep_came_yet(
    ledger: Ledger, fund_id: str
) -> None:
    reservation = ledger.reserved(fund_id)
    ledger.clock.at = MONDAY + timedelta(days=1)

    with pytest.raises(ReservationRanOut):
        ledger.pay_reserved(fund_id, reservation)

    assert ledger.void(fund_id, reservation).entry.type == "void-reservation"


def test_two_replicas_that_find_it_run_out_free_it_once(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id)
    ledger.clock.at = MONDAY + timedelta(days=1)
    ledger.memory.before_next_write(lambda: ledger.expire(fund_id))

    ledger.expire(fund_id)

    assert [entry.type for entry in ledger.books.entries(fund_id)] == ["payment-in", "reserve", "expire-reservation"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_sweep_that_is_cut_short_is_finished_by_the_next(ledger: Ledger, fund_id: str, moment: Any) -> None:
    ledger.reserved(fund_id)
    ledger.clock.at = MONDAY + timedelta(days=1)
    ledger.memory.interrupt_next_write(moment)

    with pytest.raises(StoreAway):
        ledger.sweep_reservations()
    ledger.clock.at += timedelta(minutes=5)
    ledger.sweep_reservations()

    assert statuses(ledger, fund_id) == ["expired"]
    assert ledger.head(fund_id).number == 3


def test_a_reservation_that_was_never_made_leaves_a_day_at_which_nothing_happens(ledger: Ledger, fund_id: str) -> None:
    ledger.memory.interrupt_next_write("before")
    with pytest.raises(StoreAway):
        ledger.reserve(fund_id)
    ledger.clock.at = MONDAY + timedelta(days=1)

    assert (ledger.sweep_reservations(), ledger.sweep_reservations()) == (1, 0)
    assert ledger.head(fund_id).number == 1


def test_a_day_that_has_passed_is_no_last_day(ledger: Ledger, fund_id: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ledger.reserve(fund_id, until=TODAY - timedelta(days=1))

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("expires_on", "not-in-past")]


def test_a_reservation_and_its_end_are_not_reversed_but_the_payment_is(ledger: Ledger, fund_id: str) -> None:
    reservation = ledger.reserved(fund_id)
    with pytest.raises(ReservationNotReversed):
        ledger.reverse(fund_id, reservation)
    paid = ledger.pay_reserved(fund_id, reservation)
    with pytest.raises(ReservationNotReversed):
        ledger.reverse(fund_id, f"{fund_id}.3.1")

    ledger.reverse(fund_id, paid.entry.entry_id)

    assert standing(ledger, fund_id) == {"council": -40000, "held": 40000}
    assert verify(ledger.stored(fund_id)) == []


def test_a_fund_with_money_set_aside_is_not_closed(ledger: Ledger, fund_id: str) -> None:
    ledger.reserved(fund_id, "400.00")

    with pytest.raises(FundNotEmpty, match=r"still has £400\.00"):
        ledger.close(fund_id)


def test_a_booked_stay_counts_as_a_stay_until_it_is_called_off(ledger: Ledger, fund_id: str) -> None:
    stay = Period(from_on=TODAY, to_on=TODAY + timedelta(days=27))
    booked = ledger.reserved(fund_id, category="short_stay", period=stay)
    next_day = Period(from_on=TODAY + timedelta(days=28), to_on=TODAY + timedelta(days=28))

    refused = ledger.reserve(fund_id, category="short_stay", period=next_day)
    ledger.void(fund_id, booked)
    allowed = ledger.reserve(fund_id, category="short_stay", period=next_day)

    assert refused.refusal
    assert refused.refusal.decision.clause.startswith("CP 6.17")
    assert allowed.posted


def test_every_step_is_told(ledger: Ledger, fund_id: str) -> None:
    first, second = ledger.reserved(fund_id), ledger.reserved(fund_id, "7.00")
    ledger.pay_reserved(fund_id, first)
    ledger.void(fund_id, second)

    told = [(event["type"], event["sequence"], event["data"].get("how")) for event in ledger.told(fund_id)]

    assert told == [
        ("fund.funded", 1, None),
        ("fund.spend.reserved", 2, None),
        ("fund.spend.reserved", 3, None),
        ("fund.reservation.resolved", 4, "posted"),
        ("fund.spend.posted", 5, None),
        ("fund.reservation.resolved", 6, "voided"),
    ]


def test_reservations_are_listed_newest_first_by_pages_and_by_how_they_stand(ledger: Ledger, fund_id: str) -> None:
    made = [ledger.reserved(fund_id, "1.00") for _ in range(5)]
    ledger.void(fund_id, made[1])

    page = list_reservations(
        fund_id, status="open", after=None, limit=3, caller=a_caller(), funds=ledger.funds, books=ledger.books
    )
    rest = list_reservations(
        fund_id, status="open", after=page.next, limit=3, caller=a_caller(), funds=ledger.funds, books=ledger.books
    )

    assert [each.entry.entry_id for each in page.items] == [made[4], made[3], made[2]]
    assert ([each.entry.entry_id for each in rest.items], rest.next) == ([made[0]], None)


def _entry_id(posted: Posted | None) -> str:
    assert posted is not None
    return posted.entry.entry_id
