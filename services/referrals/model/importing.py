"""Bringing in people who are in support already, under a data-sharing agreement (CE 3.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import AgreementNotInForce
from services.referrals.model.referral import Imported, Referral
from shared.dates import start_of_london_day
from shared.errors import invalid
from shared.events.referrals import ReferralImported
from shared.messaging.aggregates import Decision


@dataclass(frozen=True, kw_only=True)
class SharingAgreement:
    """The data-sharing agreement that the import stands on."""

    reference: str
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementRecord:
    """A data-sharing agreement as it was recorded (CE 3.5): its reference, its days, who recorded it."""

    agreement_id: str
    reference: str
    from_on: date
    until_on: date | None = None
    recorded_by: str
    recorded_at: datetime
    ended_by: str | None = None

    @property
    def terms(self) -> SharingAgreement:
        return SharingAgreement(reference=self.reference, from_on=self.from_on, until_on=self.until_on)


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import, kept before its first row is written, so that whoever finds it unfinished finishes it.

    `rows` holds what is still to be written, as JSON; it is emptied when all of it is.
    """

    import_id: str
    by: str
    begun_at: datetime
    agreement: SharingAgreement
    row_count: int
    status: Literal["applying", "done"] = "applying"
    rows: str = ""
    due_at: datetime | None = None
    left_out: tuple[str, ...] = ()


def check_in_force(agreement: SharingAgreement, *, on: date) -> None:
    """Raises `AgreementNotInForce`."""
    if on < agreement.from_on or (agreement.until_on is not None and on > agreement.until_on):
        until = f" until {agreement.until_on}" if agreement.until_on else ""
        raise AgreementNotInForce(
            f"the agreement {agreement.reference} is in force from {agreement.from_on}{until}, not on {on} (CE 3.5)"
        )


def brought_in(given: Referral, *, implemented_on: date, imported: Imported) -> Decision[Referral]:
    """A referral that is in support from its first day here. What is past is not owed again: it has no clocks."""
    referral = replace(
        given,
        status="in_support",
        received_at=start_of_london_day(implemented_on),
        implemented_on=implemented_on,
        imported=imported,
        over_target=None,
        clocks=(),
    )
    told = ReferralImported(
        referral_id=given.referral_id,
        person_id=given.person_id,
        import_id=imported.import_id,
        implemented_on=implemented_on,
    )
    return Decision(state=referral, events=[told])


def finished(known: Import, *, left_out: tuple[str, ...]) -> Decision[Import]:
    """Every row is written; nothing of the people stays in the import's own record."""
    return Decision(state=replace(known, status="done", rows="", due_at=None, left_out=left_out))


def end_agreement(known: AgreementRecord, *, ends_on: date, by: str) -> Decision[AgreementRecord]:
    """The agreement ends on a day, never later than it said. Raises `Invalid`."""
    if ends_on < known.from_on or (known.until_on is not None and ends_on > known.until_on):
        raise invalid("until_on", "order", "an agreement ends after it begins, and no later than it said")
    return Decision(state=replace(known, until_on=ends_on, ended_by=by))
