"""A fund's life around its money: budget and outcomes, drafts of the plan, sign-offs, PATH, the start, reviews (CP 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

from services.ledger.handlers.funds import agree_plan, fund_of, get_fund
from services.ledger.handlers.vouchers import one_for_each_person, voucher_to_hold
from services.ledger.model import arrangements
from services.ledger.model.arrangements import (
    Arranged,
    Arrangement,
    CouncilReview,
    HighLevelOutcome,
    WorkingAgreement,
    arrangement_id_of,
    arrangement_of,
)
from services.ledger.model.commands import AgreePlan
from services.ledger.model.duties import FundDuties
from services.ledger.model.fund_notices import FundNotice
from services.ledger.model.funds import Fund, PlanLine
from services.ledger.model.path import Path, PathStep, check_path
from services.ledger.model.rates import BudgetLine, RateAsked, budget_line
from services.ledger.model.shortfall import ForecastShortfall
from services.ledger.model.sign_offs import SignOff, check_sign_offs
from services.ledger.model.spending import check_lines
from services.ledger.model.surplus import Surplus
from services.ledger.model.termination import Termination
from services.ledger.model.tracing import OutcomeMoney, money_by_outcome
from services.ledger.model.variations import Variation
from services.ledger.ports import Books, FundPolicies, LifeRules
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import FieldError, Invalid, NotFound, PolicyIncomplete, invalid
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause

Decide = Callable[[Arrangement], Decision[Arrangement]]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class LifeDesk:
    """The records and rules that a fund's life works with."""

    funds: Aggregates[Fund]
    arrangements: Aggregates[Arrangement]
    books: Books
    policies: FundPolicies
    rules: LifeRules
    clock: Clock
    duties: Aggregates[FundDuties]
    variations: Aggregates[Variation]
    notices: Aggregates[FundNotice]
    surpluses: Aggregates[Surplus]
    terminations: Aggregates[Termination]
    shortfalls: Aggregates[ForecastShortfall]
    attempts: int


@dataclass(frozen=True, kw_only=True)
class FundLife:
    """A fund with its arrangement; the arrangement's version is nought while nobody has said anything."""

    fund: Stored[Fund]
    arrangement: Arrangement
    version: int


def get_life(fund_id: str, *, caller: Caller | None, desk: LifeDesk) -> FundLife:
    """The fund and its arrangement. Raises `NotFound`, also for whom the fund is not shown to."""
    fund = get_fund(fund_id, caller=caller, funds=desk.funds)
    try:
        stored = desk.arrangements.get(arrangement_id_of(fund_id))
    except NotFound:
        return FundLife(fund=fund, arrangement=arrangement_of(fund.state), version=0)
    return FundLife(fund=fund, arrangement=stored.state, version=stored.version)


def arrange_fund(
    fund_id: str, given: Arranged, *, rates: Sequence[RateAsked] | None, desk: LifeDesk, cause: Cause
) -> Stored[Arrangement]:
    """The council sets out budget, outcomes, deployment and Lot (CP 1.3, 3.1, 3.2.1, 3.4).

    Raises `Invalid`, `OutcomesAgreedAlready`, `VoucherTaken`, `FundClosed`, and `PolicyIncomplete` for an average rate the
    pack lacks.
    """
    fund, today = _open_fund(fund_id, desk, cause), _today(desk)
    lines = None if rates is None else _budget_lines(rates, fund, today, desk)
    given = replace(given, budget_lines=lines)
    if given.voucher_code is not None:
        held = voucher_to_hold(fund, given.voucher_code, on=today, arrangements=desk.arrangements, rules=desk.rules)
        given = replace(given, voucher_held=held)
    with one_for_each_person():
        return _change(
            fund,
            lambda state: arrangements.arrange(state, given, fund=fund, on=today, by=cause.actor_id),
            desk=desk,
            cause=cause,
        )


def draft_plan(fund_id: str, lines: tuple[PlanLine, ...], *, desk: LifeDesk, cause: Cause) -> Stored[Arrangement]:
    """A draft of the plan; nothing prohibited goes into it (CP 3.2.3, 6.17). Raises `Invalid`, `PlanHasProhibitedSpend`."""
    fund, at = _open_fund(fund_id, desk, cause), desk.clock.now()
    check_lines(lines, desk.policies.spend_rules(fund.council_id, london_day(at)))
    return _change(
        fund,
        lambda state: arrangements.draft_plan(state, lines, fund=fund, by=cause.actor_id, at=at),
        desk=desk,
        cause=cause,
    )


def agree_draft(fund_id: str, version: int, *, desk: LifeDesk, cause: Cause) -> Stored[Fund]:
    """The social worker agrees the latest draft as the fund's plan (CP 3.2.4).

    The fund comes first: cut short there, the draft is marked by whoever repeats it, and the plan holds all the same.
    Raises `NoSuchDraft`, `NotYetPossible`, and what agreeing a plan raises.
    """
    life = get_life(fund_id, caller=cause.caller, desk=desk)
    draft = arrangements.draft_of(life.arrangement, version)
    agreed = agree_plan(
        AgreePlan(fund_id=fund_id, written_by=draft.written_by, lines=draft.lines),
        cause=cause,
        funds=desk.funds,
        policies=desk.policies,
        clock=desk.clock,
    )
    unguarded = replace(cause, expected_version=None)
    _change(agreed.state, lambda state: arrangements.mark_agreed(state, version), desk=desk, cause=unguarded)
    return agreed


def check_outcomes(command: AgreePlan, *, caller: Caller, desk: LifeDesk) -> None:
    """Raises `Invalid` where a plan serves outcomes that the council has not set (CP 3.2.1, 6.17(g))."""
    arrangements.check_outcomes_known(command.lines, get_life(command.fund_id, caller=caller, desk=desk).arrangement)


def sign_off(
    fund_id: str, signed: tuple[SignOff, ...], *, no_circle_reason: str, desk: LifeDesk, cause: Cause
) -> Stored[Arrangement]:
    """The person and their circle sign off what they were told (CP 6.6). Raises `Invalid`, `PolicyIncomplete`."""
    fund, at = _open_fund(fund_id, desk, cause), desk.clock.now()
    rows = desk.rules.rows(fund.council_id, "sign_off_items", london_day(at))
    recorded = tuple(replace(each, recorded_by=cause.actor_id, recorded_at=at) for each in signed)

    def decide(state: Arrangement) -> Decision[Arrangement]:
        check_sign_offs(recorded, state.sign_offs, rows, today=london_day(at))
        return arrangements.sign(state, recorded, fund=fund, no_circle_reason=no_circle_reason)

    return _change(fund, decide, desk=desk, cause=cause)


def record_path(
    fund_id: str, *, drawn_on: date, steps: tuple[PathStep, ...], desk: LifeDesk, cause: Cause
) -> Stored[Arrangement]:
    """A PATH that the person has drawn, as far as it has come (CP 6.14). Raises `Invalid`, `PolicyIncomplete`."""
    fund = _open_fund(fund_id, desk, cause)
    _refuse_future("drawn_on", drawn_on, desk)
    check_path(steps, drawn_on, desk.rules.rows(fund.council_id, "plan_steps", _today(desk)))

    def decide(state: Arrangement) -> Decision[Arrangement]:
        path = Path(version=len(state.paths) + 1, drawn_on=drawn_on, steps=steps, recorded_by=cause.actor_id)
        return Decision(state=replace(state, paths=(*state.paths, path)))

    return _change(fund, decide, desk=desk, cause=cause)


def record_working_agreement(
    fund_id: str,
    *,
    agreed_on: date,
    agreed_with: tuple[str, ...],
    reference: str,
    statements: tuple[str, ...],
    desk: LifeDesk,
    cause: Cause,
) -> Stored[Arrangement]:
    """Broker and person have agreed in writing how they work together (CP Sch V). Raises `Invalid`, `PolicyIncomplete`."""
    fund = _open_fund(fund_id, desk, cause)
    _refuse_future("agreed_on", agreed_on, desk)
    known = {row["code"] for row in desk.rules.rows(fund.council_id, "broker_statements", _today(desk))}
    _check_codes("statements", statements, known)

    def decide(state: Arrangement) -> Decision[Arrangement]:
        agreement = WorkingAgreement(
            version=len(state.working_agreements) + 1,
            agreed_on=agreed_on,
            agreed_with=agreed_with,
            reference=reference,
            statements=statements,
            recorded_by=cause.actor_id,
        )
        return Decision(state=replace(state, working_agreements=(*state.working_agreements, agreement)))

    return _change(fund, decide, desk=desk, cause=cause)


def start_plan(fund_id: str, *, started_on: date, desk: LifeDesk, cause: Cause) -> Stored[Arrangement]:
    """Support under the agreed plan starts (CP 3.2.5).

    Raises `PlanNotAgreed`, `NotYetPossible`, `FundClosed`, `Invalid`, and `SignOffsMissing` where the council's policy wants
    every item signed off first (CP 6.6).
    """
    fund = get_fund(fund_id, caller=cause.caller, funds=desk.funds).state
    _refuse_future("started_on", started_on, desk)
    needed = _needed_sign_offs(fund.council_id, started_on, desk)

    def decide(state: Arrangement) -> Decision[Arrangement]:
        begun = arrangements.begin(state, fund=fund, on=started_on, by=cause.actor_id)
        arrangements.check_signed(state, needed)
        return begun

    return _change(fund, decide, desk=desk, cause=cause)


def change_outcomes(
    fund: Fund, outcomes: tuple[HighLevelOutcome, ...], *, on: date, desk: LifeDesk, cause: Cause
) -> None:
    """Other outcomes, as the Commissioner has agreed to them (CP 6.17(g))."""
    _change(
        fund, lambda state: Decision(state=replace(state, outcomes=outcomes, arranged_on=on)), desk=desk, cause=cause
    )


def note_review(
    referral_id: str, *, review_id: str, held_on: date, council_id: str, desk: LifeDesk, cause: Cause
) -> None:
    """The council has reviewed a referral's support; where that has a fund, its life goes on (CP 3.2.6, 3.2.7)."""
    fund = _latest_fund(referral_id, council_id, desk)
    if fund is None:
        return
    review = CouncilReview(review_id=review_id, held_on=held_on)
    _change(fund, lambda state: arrangements.reviewed(state, review), desk=desk, cause=cause)


def get_outcomes(fund_id: str, *, caller: Caller, desk: LifeDesk) -> tuple[FundLife, tuple[OutcomeMoney, ...]]:
    """Each pound that was spent, by the outcome it served."""
    life = get_life(fund_id, caller=caller, desk=desk)
    return life, money_by_outcome(life.fund.state.plan, list(desk.books.entries(fund_id)))


def _change(fund: Fund, decide: Decide, *, desk: LifeDesk, cause: Cause) -> Stored[Arrangement]:
    """Changes the fund's arrangement, which begins with the first thing said of it."""
    arrangement_id = arrangement_id_of(fund.fund_id)
    try:
        return desk.arrangements.change(arrangement_id, decide, cause=cause)
    except NotFound:
        first = decide(arrangement_of(fund))
        return desk.arrangements.create(arrangement_id, first, council_id=fund.council_id, cause=cause)


def _latest_fund(referral_id: str, council_id: str, desk: LifeDesk) -> Fund | None:
    """The fund of the referral's present provider: the last of those that it had."""
    latest: Fund | None = None
    for round in count(1):
        try:
            latest = desk.funds.get(fund_of(council_id, referral_id, round)).state
        except NotFound:
            return latest
    return latest


def _open_fund(fund_id: str, desk: LifeDesk, cause: Cause) -> Fund:
    fund = get_fund(fund_id, caller=cause.caller, funds=desk.funds).state
    fund.check_open()
    return fund


def _needed_sign_offs(council_id: str, on: date, desk: LifeDesk) -> Rows:
    """The items to be signed off before support starts; none where the council's policy does not want that."""
    if not desk.rules.is_so(council_id, "sign_offs_before_start", on):
        return ()
    return desk.rules.rows(council_id, "sign_off_items", on)


def _today(desk: LifeDesk) -> date:
    return london_day(desk.clock.now())


def _refuse_future(field: str, day: date, desk: LifeDesk) -> None:
    if day > _today(desk):
        raise invalid(field, "not-in-future", "Record it on the day or later.")


def _budget_lines(rates: Sequence[RateAsked], fund: Fund, today: date, desk: LifeDesk) -> tuple[BudgetLine, ...]:
    known = {row["code"] for row in desk.rules.rows(fund.council_id, "service_models", today)}
    _check_codes("budget_lines", tuple(rate.service_model for rate in rates), known)
    return tuple(_budget_line(place, rate, fund, today, desk) for place, rate in enumerate(rates))


def _budget_line(place: int, asked: RateAsked, fund: Fund, today: date, desk: LifeDesk) -> BudgetLine:
    version = desk.rules.version(fund.council_id, today)
    if asked.basis == "declared":
        if asked.declared_rate is None:
            raise invalid(f"budget_lines.{place}.rate_pence", "required", "Give the rate that was declared (CP 3.4).")
        return budget_line(asked, rate=asked.declared_rate, policy_version=version)
    rate = desk.rules.average_rate(fund.council_id, asked.service_model, asked.unit, today)
    if rate is None:
        raise PolicyIncomplete(
            f"policy incomplete: {version} average_rates has no {asked.service_model} by the {asked.unit} (CP 3.4)"
        )
    return budget_line(asked, rate=rate, policy_version=version)


def _check_codes(field: str, given: tuple[str, ...], known: set[str]) -> None:
    errors = [
        FieldError(field=f"{field}.{place}", rule="known-code", message=f"The council's policy has no {code!r}.")
        for place, code in enumerate(given)
        if code not in known
    ]
    if errors:
        raise Invalid("The council's policy does not know all of these.", errors=errors)
