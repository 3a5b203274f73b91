"""Reviews of a person's support: programmed when it begins, held, asked for, ended with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from services.referrals.handlers.payments import refuse_future
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import best_interests, reviews, support
from services.referrals.model.referral import Referral
from services.referrals.model.reviews import (
    AskedReview,
    BudgetChange,
    Cycle,
    Review,
    ReviewProgramme,
    Satisfied,
    is_programme_shown_to,
    programme_id_of,
)
from services.referrals.ports import BestInterestQuestions, PaymentRules, Records
from shared.clock import Clock
from shared.context import Caller
from shared.dates import add_months, london_day
from shared.errors import Conflict, Forbidden, NotFound, PolicyIncomplete, invalid
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

SERIES: dict[Cycle, tuple[str, ...]] = {
    "council": ("council_review",),
    "provider": ("provider_review",),
    "statutory": ("statutory_first_review", "statutory_next_review"),
}
"""The clocks of each cycle: the first one for its first review, the last one for those after it."""


@dataclass(frozen=True, kw_only=True)
class ReviewDesk:
    """The records and rules that reviews work with."""

    programmes: Records[ReviewProgramme]
    referrals: Records[Referral]
    rules: PaymentRules
    decisions: BestInterestQuestions
    clock: Clock


def start_support(referral_id: str, *, began_on: date, desk: ReviewDesk, cause: Cause) -> Stored[Referral]:
    """Support by the chosen provider begins (CP 3.2.5, 6.4); what this tells programmes its reviews.

    Raises `StepNotPossible`, `Invalid`.
    """
    at = desk.clock.now()
    refuse_future("began_on", began_on, at)
    decide = partial(support.start_support, began_on=began_on, at=at)
    return change_seen(referral_id, decide, referrals=desk.referrals, cause=cause)


def programme_reviews(
    referral_id: str, *, began_on: date, council_id: str, desk: ReviewDesk, cause: Cause
) -> Stored[ReviewProgramme]:
    """The cycles that the council's policy has begin with the support. A repeat finds the programme there."""
    referral = desk.referrals.get(referral_id).state
    programme_id = programme_id_of(referral_id, referral.round)
    first = {cycle: _clocks_of(cycle, programme_id, began_on, council_id, desk) for cycle in reviews.CYCLES}
    programme = ReviewProgramme(
        programme_id=programme_id,
        referral_id=referral_id,
        person_id=referral.person_id,
        provider_id=referral.provider_id,
        support_began_on=began_on,
        cycles=tuple(cycle for cycle, clocks in first.items() if clocks),
    )
    begun = reviews.programmed(programme, [clock for clocks in first.values() for clock in clocks])
    try:
        return desk.programmes.create(programme_id, begun, council_id=council_id, cause=cause)
    except Conflict:
        return desk.programmes.get(programme_id)


def programme_reviews_of_imported(
    referral_id: str, *, began_on: date, council_id: str, desk: ReviewDesk, cause: Cause
) -> Stored[ReviewProgramme]:
    """The law's reviews of somebody whose payment began before they came: what was due by then is not owed again (CE 3.5).

    Within the first six months the first review is due. After that nobody here knows when the last one was: the next is due on
    the next anniversary of the beginning, which is never more than 12 months away (ours). A repeat finds the programme there.
    """
    programme_id = programme_id_of(referral_id)
    clocks = _statutory_to_come(programme_id, began_on, council_id, desk)
    programme = ReviewProgramme(
        programme_id=programme_id,
        referral_id=referral_id,
        person_id=desk.referrals.get(referral_id).state.person_id,
        support_began_on=began_on,
        cycles=("statutory",) if clocks else (),
    )
    begun = reviews.programmed(programme, clocks)
    try:
        return desk.programmes.create(programme_id, begun, council_id=council_id, cause=cause)
    except Conflict:
        return desk.programmes.get(programme_id)


def record_review(
    referral_id: str,
    *,
    held_on: date,
    outcome: str,
    satisfied: Sequence[tuple[Cycle, str]],
    advocate_id: str | None,
    desk: ReviewDesk,
    cause: Cause,
) -> Stored[ReviewProgramme]:
    """One meeting, recorded once, with why it counts for each cycle that it satisfied (CP 3.2.6-7, 7.4; reg 7).

    Raises `Invalid`, `ReviewNotPossible`, `AdvocateNeeded` where the person's advocate was not there (CP 5.2), and `Forbidden`
    where a provider claims the council's own review.
    """
    at = desk.clock.now()
    stored = seen_programme(referral_id, desk=desk, caller=cause.caller)
    refuse_future("held_on", held_on, at)
    cycles = [cycle for cycle, _ in satisfied]
    _refuse_wrong(stored.state, held_on, cycles, cause.caller)
    best_interests.refuse_without_advocate(desk.decisions.best_interests_of(referral_id), cycles, advocate_id)

    def decide(programme: ReviewProgramme) -> Decision[ReviewProgramme]:
        review = Review(
            review_id=cause.new_id("rvw"),
            held_on=held_on,
            held_by=cause.actor_id,
            recorded_at=at,
            outcome=outcome,
            satisfied=tuple(_satisfied(programme, cycle, because) for cycle, because in satisfied),
            advocate_id=advocate_id,
        )
        clocks = [
            clock
            for one in review.satisfied
            for clock in _next_clocks(programme, one, held_on, stored.council_id, desk)
        ]
        return reviews.hold(programme, review, next_clocks=clocks, at=at)

    return desk.programmes.change(stored.id, decide, cause=cause)


def ask_review(referral_id: str, *, reason: str, desk: ReviewDesk, cause: Cause) -> Stored[ReviewProgramme]:
    """Asks the council for a review, because circumstances changed (CP 3.2.7). Raises `ReviewNotPossible`."""
    asked = AskedReview(asked_by=cause.actor_id, asked_at=desk.clock.now(), reason=reason)
    return _change(referral_id, partial(reviews.ask, asked=asked), desk=desk, cause=cause)


def note_budget_change(
    referral_id: str,
    *,
    weekly_before_pence: int,
    weekly_after_pence: int,
    reason: str,
    desk: ReviewDesk,
    cause: Cause,
) -> Stored[ReviewProgramme]:
    """Tells the council of a significant change of the budget (CP 7.4). Raises `ReviewNotPossible`, `Invalid`."""
    change = BudgetChange(
        weekly_before_pence=weekly_before_pence,
        weekly_after_pence=weekly_after_pence,
        reason=reason,
        noted_by=cause.actor_id,
        noted_at=desk.clock.now(),
    )
    return _change(referral_id, partial(reviews.note_budget_change, change=change), desk=desk, cause=cause)


def end_reviews(
    referral_id: str, *, ended_on: date | None = None, round: int | None = None, desk: ReviewDesk, cause: Cause
) -> None:
    """No review is due any more once support has ended: that of this round, or of whichever is the referral's now."""
    at = desk.clock.now()
    programme_id = programme_id_of(referral_id, round or desk.referrals.get(referral_id).state.round)
    decide = partial(reviews.end, ended_on=ended_on or london_day(at), at=at)
    try:
        desk.programmes.get(programme_id)
    except NotFound:
        return
    desk.programmes.change(programme_id, decide, cause=cause)


def seen_programme(referral_id: str, *, desk: ReviewDesk, caller: Caller | None) -> Stored[ReviewProgramme]:
    """A referral's reviews, those of its last provider first. Raises `NotFound`, also for whom they are not shown to."""
    referral = seen_referral(referral_id, referrals=desk.referrals, caller=caller).state
    for round in range(referral.round, max(0, referral.round - 2), -1):
        try:
            stored = desk.programmes.get(programme_id_of(referral_id, round), caller=caller)
        except NotFound:
            continue
        if caller is None or is_programme_shown_to(caller, stored.state):
            return stored
    raise NotFound(f"referral {referral_id} has no reviews")


def _change(
    referral_id: str,
    decide: Callable[[ReviewProgramme], Decision[ReviewProgramme]],
    *,
    desk: ReviewDesk,
    cause: Cause,
) -> Stored[ReviewProgramme]:
    stored = seen_programme(referral_id, desk=desk, caller=cause.caller)
    return desk.programmes.change(stored.id, decide, cause=cause)


def _clocks_of(
    cycle: Cycle, programme_id: str, began_on: date, council_id: str, desk: ReviewDesk
) -> tuple[RunningClock, ...]:
    return desk.rules.start_clocks(
        council_id, SERIES[cycle][:1], record_id=programme_id, started_at=desk.clock.now(), started_on=began_on
    )


def _statutory_to_come(
    programme_id: str, began_on: date, council_id: str, desk: ReviewDesk
) -> tuple[RunningClock, ...]:
    """The clock of the first review that is still to come; none where no pack held on the day from which it is counted."""
    now = desk.clock.now()
    first, following = SERIES["statutory"]
    anniversaries = (add_months(began_on, 12 * year) for year in range(london_day(now).year - began_on.year + 1))
    for name, started_on in [(first, began_on), *((following, day) for day in anniversaries)]:
        try:
            clocks = desk.rules.start_clocks(
                council_id, [name], record_id=programme_id, started_at=now, started_on=started_on
            )
        except PolicyIncomplete:  # no pack held on that day: an anniversary after it is looked at
            continue
        if any(clock.due_at > now for clock in clocks):
            return clocks
    return ()


def _next_clocks(
    programme: ReviewProgramme, done: Satisfied, held_on: date, council_id: str, desk: ReviewDesk
) -> tuple[RunningClock, ...]:
    """The clock of the cycle's next review: a contract's series is counted from the start of support, the law's from the review
    before (the pack's readings)."""
    is_law = done.cycle == "statutory"
    return desk.rules.start_clocks(
        council_id,
        SERIES[done.cycle][-1:],
        record_id=programme.programme_id,
        started_at=desk.clock.now(),
        started_on=held_on if is_law else programme.support_began_on,
        occurrence=1 if is_law else done.occurrence + 1,
    )


def _satisfied(programme: ReviewProgramme, cycle: Cycle, because: str) -> Satisfied:
    clock = reviews.open_clock(programme, cycle, SERIES[cycle])
    return Satisfied(
        cycle=cycle,
        occurrence=reviews.occurrence_of(programme, cycle),
        because=because,
        clock_id=clock.clock_id if clock else None,
    )


def _refuse_wrong(programme: ReviewProgramme, held_on: date, cycles: Sequence[Cycle], caller: Caller | None) -> None:
    if held_on < programme.support_began_on:
        raise invalid("held_on", "order", "a review is held once support has begun")
    if len(set(cycles)) != len(cycles):
        raise invalid("satisfied", "once", "a meeting counts for each cycle once")
    foreign = sorted(set(cycles) - set(programme.cycles))
    if foreign:
        raise invalid("satisfied", "policy", f"the council's policy has no such reviews here: {', '.join(foreign)}")
    is_provider = caller is not None and caller.organisation_id is not None
    if is_provider and set(cycles) - {"provider"}:
        raise Forbidden("Only the council says that its own review was held (CP 3.2.6; reg 7).")
