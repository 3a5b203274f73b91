"""What its sender does to a referral later: bringing it up to date, and never with what is older than the last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.referrals.errors import ReferralExists, StaleReferral, StepNotPossible
from services.referrals.model.clocks import started
from services.referrals.model.life import Status
from services.referrals.model.referral import Referral, possible_steps
from services.referrals.model.steps import FILLED, complete, filled_from
from shared.errors import FieldError
from shared.events.referrals import ReferralAmended
from shared.messaging.aggregates import Decision
from shared.policy.running import RunningClock

AMENDABLE: frozenset[Status] = frozenset({"incomplete", "submitted", "waiting", "accepted", "allocated", "offered"})
"""Until a provider is chosen or the support begins; from then on the case is the service's own record."""

COMPARED = ("urgency", "referrer_id", *(name for name in FILLED if name != "sender_updated_at"))


def amend(referral: Referral, given: Referral) -> Decision[Referral]:
    """The referral as its sender now has it; an incomplete one may so become complete (CE 4.3).

    A clock that the new urgency asks for begins to run; none that runs is stopped. Raises `ReferralExists`,
    `StepNotPossible`.
    """
    if given.person_id != referral.person_id:
        raise ReferralExists(f"the reference {referral.reference} belongs to a referral of another person")
    if referral.status not in AMENDABLE:
        possible = ", ".join(possible_steps(referral)) or "none"
        raise StepNotPossible(f"a referral that is {referral.status} cannot be updated; possible now: {possible}")
    if referral.status == "incomplete":
        return complete(replace(referral, urgency=given.urgency), given)
    amended = replace(filled_from(referral, given), urgency=given.urgency, missing=referral.missing)
    changed = tuple(name for name in COMPARED if getattr(amended, name) != getattr(referral, name))
    amended, clocks = started(amended, _new_clocks(referral, given.clocks))
    if not changed and not clocks:
        return Decision(state=amended)
    told = ReferralAmended(referral_id=referral.referral_id, person_id=referral.person_id, changed=changed)
    return Decision(state=amended, events=[told, *clocks])


def check_not_stale(referral: Referral, updated_at: datetime | None, *, prefix: str = "") -> None:
    """Who says when a referral last changed goes on saying so, and never goes back. Raises `StaleReferral`."""
    known = referral.sender_updated_at
    if known is None or (updated_at is not None and updated_at >= known):
        return
    rule = "required" if updated_at is None else "not-older"
    sentence = f"this referral was last changed at {known.isoformat()}; send what is not older, with its time"
    raise StaleReferral(sentence, errors=[FieldError(field=f"{prefix}updated_at", rule=rule, message=sentence)])


def _new_clocks(referral: Referral, wanted: Iterable[RunningClock]) -> list[RunningClock]:
    running = {clock.name for clock in referral.clocks}
    return [clock for clock in wanted if clock.name not in running]
