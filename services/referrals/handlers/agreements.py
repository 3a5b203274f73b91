"""Data-sharing agreements: recorded, ended, and the one that an import stands on (CE 3.5)."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.model import importing
from services.referrals.model.importing import AgreementRecord, SharingAgreement
from services.referrals.ports import Records
from shared.clock import Clock
from shared.errors import Conflict, NotFound, invalid
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


def record_agreement(
    council_id: str, *, terms: SharingAgreement, agreements: Records[AgreementRecord], clock: Clock, cause: Cause
) -> Stored[AgreementRecord]:
    """Records an agreement.

    Raises `NotFound` outside the caller's councils, `Conflict` for a reference that is there, `Invalid`.
    """
    if cause.caller is not None and not cause.caller.may_see(council_id):
        raise NotFound(f"there is no council {council_id}")
    if terms.until_on is not None and terms.until_on < terms.from_on:
        raise invalid("until_on", "order", "an agreement ends after it begins")
    agreement_id = agreement_id_of(council_id, terms.reference)
    record = AgreementRecord(
        agreement_id=agreement_id,
        reference=terms.reference,
        from_on=terms.from_on,
        until_on=terms.until_on,
        recorded_by=cause.actor_id,
        recorded_at=clock.now(),
    )
    return agreements.create(agreement_id, Decision(state=record), council_id=council_id, cause=cause)


def end_agreement(
    agreement_id: str, *, until_on: date, agreements: Records[AgreementRecord], cause: Cause
) -> Stored[AgreementRecord]:
    """The agreement ends sooner than it said. Raises `NotFound`, `Invalid`."""
    agreements.get(agreement_id, caller=cause.caller)
    decide = partial(importing.end_agreement, ends_on=until_on, by=cause.actor_id)
    return agreements.change(agreement_id, decide, cause=cause)


def agreement_of(
    council_id: str, given: SharingAgreement, *, agreements: Records[AgreementRecord]
) -> SharingAgreement | None:
    """The recorded agreement of this reference; what is recorded counts. Raises `Invalid` where the caller says other days."""
    try:
        known = agreements.get(agreement_id_of(council_id, given.reference)).state.terms
    except NotFound:
        return None
    if given.from_on != known.from_on or given.until_on not in (None, known.until_on):
        until = f" until {known.until_on}" if known.until_on else ""
        raise invalid("agreement_from_on", "recorded", f"it is recorded as in force from {known.from_on}{until}")
    return known


def keep_agreement(
    council_id: str, given: SharingAgreement, *, agreements: Records[AgreementRecord], clock: Clock, cause: Cause
) -> None:
    """Records the agreement that an import names, if nobody has."""
    try:
        record_agreement(council_id, terms=given, agreements=agreements, clock=clock, cause=cause)
    except Conflict:
        return


def agreement_id_of(council_id: str, reference: str) -> str:
    """The id of an agreement's record."""
    return derived_id("dsa", council_id, reference)
