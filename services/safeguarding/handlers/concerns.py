"""Raising a concern and deciding about it (CE 7.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.safeguarding.errors import CouncilOutOfScope
from services.safeguarding.model import concerns as model
from services.safeguarding.model.concerns import Alleged, Concern, Consent, Section42
from services.safeguarding.ports import Records, Rules
from shared.clock import Clock
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class Account:
    """What someone tells when they raise a concern."""

    council_id: str
    person_id: str
    categories: tuple[str, ...]
    description: str
    alleged_kind: str | None = None
    alleged_id: str | None = None
    urgent: bool = False
    consent_sought: bool = False
    consent_not_sought_reason: str | None = None
    wishes: str | None = None


def raise_concern(
    account: Account, *, concerns: Records[Concern], rules: Rules, clock: Clock, cause: Cause
) -> Stored[Concern]:
    """Takes a concern and alerts the council's safeguarding team, in one write.

    Raises `Invalid` (consent left out without a reason), `CouncilOutOfScope`, `UnknownCouncil`.
    """
    if cause.caller is not None and not cause.caller.may_see(account.council_id):
        raise CouncilOutOfScope("a concern is raised with a council of your own scope")
    consent = Consent(
        sought=account.consent_sought,
        not_sought_reason=account.consent_not_sought_reason,
        wishes=account.wishes,
    )
    model.check_consent(consent)
    model.check_alleged(account.alleged_kind, account.alleged_id)
    concern = _concern_of(account, consent, rules=rules, clock=clock, cause=cause)
    return concerns.create(concern.concern_id, model.raise_concern(concern), council_id=account.council_id, cause=cause)


def triage_concern(
    concern_id: str,
    *,
    procedures_apply: bool,
    reason: str,
    concerns: Records[Concern],
    clock: Clock,
    cause: Cause,
) -> Stored[Concern]:
    """The nominated person decides whether safeguarding procedures apply."""
    at = clock.now()
    return _change(
        concern_id,
        lambda c: model.triage(c, procedures_apply=procedures_apply, reason=reason, by=cause.actor_id, at=at),
        concerns=concerns,
        cause=cause,
    )


def decide_section_42(
    concern_id: str,
    *,
    decision: Section42,
    reason: str,
    concerns: Records[Concern],
    clock: Clock,
    cause: Cause,
) -> Stored[Concern]:
    """The council decides on a section 42 enquiry."""
    at = clock.now()
    return _change(
        concern_id,
        lambda c: model.decide_section_42(c, decision=decision, reason=reason, by=cause.actor_id, at=at),
        concerns=concerns,
        cause=cause,
    )


def conclude_concern(
    concern_id: str,
    *,
    outcome: str,
    restriction_lifted: bool,
    concerns: Records[Concern],
    clock: Clock,
    cause: Cause,
) -> Stored[Concern]:
    """The council concludes, and says whether those alleged may work again."""
    at = clock.now()
    return _change(
        concern_id,
        lambda c: model.conclude(c, outcome=outcome, restriction_lifted=restriction_lifted, by=cause.actor_id, at=at),
        concerns=concerns,
        cause=cause,
    )


def _change(
    concern_id: str,
    decide: Callable[[Concern], Decision[Concern]],
    *,
    concerns: Records[Concern],
    cause: Cause,
) -> Stored[Concern]:
    def decide_unless_about_the_caller(concern: Concern) -> Decision[Concern]:
        model.check_conflict_of_interest(concern, cause.caller)
        return decide(concern)

    return concerns.change(concern_id, decide_unless_about_the_caller, cause=cause)


def _concern_of(account: Account, consent: Consent, *, rules: Rules, clock: Clock, cause: Cause) -> Concern:
    now = clock.now()
    concern_id = cause.new_id("con")
    alert = model.new_alert(
        derived_id("alr", concern_id),
        priority="urgent" if account.urgent else "normal",
        raised_at=now,
        minutes=rules.acknowledgement_minutes(account.council_id, now),
    )
    alleged = Alleged(kind=account.alleged_kind, party_id=account.alleged_id) if account.alleged_kind else None
    return Concern(
        concern_id=concern_id,
        person_id=account.person_id,
        categories=account.categories,
        description=account.description,
        alleged=alleged,
        consent=consent,
        raised_by=cause.actor_id,
        raised_at=now,
        alert=alert,
    )
