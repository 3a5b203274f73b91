"""Care agencies: known with their rating, rated anew, signposted to unless CQC rates them Inadequate (CE 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Protocol

from services.referrals.handlers.payments import PaymentDesk, change_payment, refuse_future
from services.referrals.model import agencies, payment_setup
from services.referrals.model.agencies import Agency, CqcRating, Rating
from services.referrals.model.direct_payments import DirectPayment
from services.referrals.model.payment_parts import Signpost
from services.referrals.model.referral import is_staff
from services.referrals.ports import PaymentRules, Records
from shared.clock import Clock
from shared.context import Caller
from shared.errors import NotFound
from shared.events.agencies import AgencyRated
from shared.events.direct_payments import Signposted
from shared.ids import derived_id
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause

BARRING = "signposting_barred_ratings"
SERVICE = "care-agency"


class SignpostedPayments(Protocol):
    """The question who was signposted where."""

    def payments_signposted_to(self, agency_id: str) -> Sequence[Stored[DirectPayment]]: ...


@dataclass(frozen=True, kw_only=True)
class AgencyDesk:
    """The records and rules that agencies work with."""

    agencies: Records[Agency]
    payments: PaymentDesk
    signposted: SignpostedPayments
    rules: PaymentRules
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody read of an agency's rating, and where."""

    rating: CqcRating
    rated_on: date
    source: str


def add_agency(
    council_id: str, *, reference: str, name: str, said: Said, desk: AgencyDesk, cause: Cause
) -> Stored[Agency]:
    """An agency of the council's area with its rating, its day and its source. Raises `Conflict` if it is known, `Invalid`."""
    at = desk.clock.now()
    refuse_future("rated_on", said.rated_on, at)
    agency_id = derived_id("agc", council_id, reference)
    agency = Agency(
        agency_id=agency_id,
        reference=reference,
        name=name,
        ratings=(_rating(said, cause, at),),
        policy=desk.rules.version(council_id, at),
    )
    listed = agencies.list_agency(agency, barring=desk.rules.texts(council_id, BARRING, at))
    return desk.agencies.create(agency_id, listed, council_id=council_id, cause=cause)


def rate_agency(agency_id: str, *, said: Said, desk: AgencyDesk, cause: Cause) -> Stored[Agency]:
    """Records a rating; one that bars the agency takes it off the lists at once. Raises `NotFound`, `Invalid`."""
    at = desk.clock.now()
    refuse_future("rated_on", said.rated_on, at)
    council_id = seen_agency(agency_id, desk=desk, caller=cause.caller).council_id
    decide = partial(
        agencies.rate_agency,
        rating=_rating(said, cause, at),
        barring=desk.rules.texts(council_id, BARRING, at),
        policy=desk.rules.version(council_id, at),
    )
    return desk.agencies.change(agency_id, decide, cause=cause)


def signpost_agency(referral_id: str, *, agency_id: str, desk: AgencyDesk, cause: Cause) -> Stored[DirectPayment]:
    """Points a person to an agency. Raises `AgencyBarred` for one that CQC rates Inadequate, `NotFound`."""
    agencies.refuse_barred(seen_agency(agency_id, desk=desk, caller=cause.caller).state)
    given = Signpost(service=SERVICE, agency_id=agency_id, given_by=cause.actor_id, given_at=desk.clock.now())
    decide = partial(payment_setup.signpost, given=given)
    return change_payment(referral_id, decide, desk=desk.payments, cause=cause)


def withdraw_signposts(event: AgencyRated, *, desk: AgencyDesk, cause: Cause) -> None:
    """Everybody who was signposted to an agency that is barred now is told so; a repeat tells nobody twice."""
    if not event.barred:
        return
    for stored in desk.signposted.payments_signposted_to(event.agency_id):
        _withdraw(stored, event.agency_id, desk=desk, cause=cause)


def check_signpost(event: Signposted, *, desk: AgencyDesk, cause: Cause) -> None:
    """Who was signposted in the very moment in which the agency was barred is told too.

    Whichever was written first, one of the two looks after the other is there: this, or `withdraw_signposts`.
    """
    if event.agency_id is None or not desk.agencies.get(event.agency_id).state.barred:
        return
    _withdraw(desk.payments.payments.get(event.payment_id), event.agency_id, desk=desk, cause=cause)


def _withdraw(stored: Stored[DirectPayment], agency_id: str, *, desk: AgencyDesk, cause: Cause) -> None:
    worker_id = desk.payments.referrals.get(stored.state.referral_id).state.worker_id
    decide = partial(payment_setup.withdraw_signpost, agency_id=agency_id, worker_id=worker_id, at=desk.clock.now())
    desk.payments.payments.change(stored.id, decide, cause=cause)


def seen_agency(agency_id: str, *, desk: AgencyDesk, caller: Caller | None) -> Stored[Agency]:
    """An agency, for staff of its council. Raises `NotFound`."""
    stored = desk.agencies.get(agency_id, caller=caller)
    if caller is not None and not is_staff(caller):
        raise NotFound(f"there is no agency {agency_id}")
    return stored


def _rating(said: Said, cause: Cause, at: datetime) -> Rating:
    return Rating(
        rating=said.rating, rated_on=said.rated_on, source=said.source, recorded_by=cause.actor_id, recorded_at=at
    )
