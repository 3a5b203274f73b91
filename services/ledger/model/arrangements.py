"""What stands around a fund's money: budget, outcomes, drafts of the plan, PATH, sign-offs, the start (CP 3.1 to 3.4, 6.6, 6.14).

The agreed plan itself is the fund's (`funds.Plan`), for the rules of spending look at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from services.ledger.errors import NoSuchDraft, NotYetPossible, OutcomesAgreedAlready, PlanNotAgreed, SignOffsMissing
from services.ledger.model.funds import Fund, PlanLine
from services.ledger.model.path import Path
from services.ledger.model.rates import BudgetLine
from services.ledger.model.sign_offs import SignOff, not_signed
from shared.errors import FieldError, Invalid
from shared.events.fund_life import FundArranged, FundPlanDrafted, FundSignedOff, FundStarted
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.money import Pence, format_gbp, total

Lot = Literal["lot-1", "lot-2"]
Entitlement = Literal["care-act", "section-117"]
Way = Literal["isf", "direct-payment", "council-managed"]
LOTS: tuple[Lot, ...] = ("lot-1", "lot-2")
"""Providers that are regulated and deliver care themselves, and brokers of care that others deliver (CP 3.1)."""
ENTITLEMENTS: tuple[Entitlement, ...] = ("care-act", "section-117")
"""Eligible needs under the Care Act 2014, or aftercare under section 117 of the Mental Health Act (CP 3.1)."""
WAYS: tuple[Way, ...] = ("isf", "direct-payment", "council-managed")
"""The ways to deploy a personal budget; they may be mixed (CP 1.3 Figure 1)."""


@dataclass(frozen=True, kw_only=True)
class HighLevelOutcome:
    """One outcome of the care and support plan, as the council set it (CP 3.2.1)."""

    outcome_id: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How much of the personal budget goes which way each week (CP 1.3)."""

    way: Way
    weekly: Pence


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """A version of the plan as provider and person wrote it, with its costs (CP 3.2.3)."""

    version: int
    lines: tuple[PlanLine, ...]
    written_by: str
    written_at: datetime
    agreed: bool = False


@dataclass(frozen=True, kw_only=True)
class WorkingAgreement:
    """The written agreement of how broker and person work together, and the values it was checked against (CP Sch V)."""

    version: int
    agreed_on: date
    agreed_with: tuple[str, ...]
    reference: str
    statements: tuple[str, ...]
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class CouncilReview:
    """A review that the council held (CP 3.2.6, 3.2.7)."""

    review_id: str
    held_on: date


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """One fund's arrangement. Everything is empty until somebody says it.

    `voucher_held` is the code as the council's list of codes has it, where this arrangement keeps it for its person.
    """

    arrangement_id: str
    fund_id: str
    person_id: str
    provider_id: str
    lot: Lot | None = None
    entitlement: Entitlement | None = None
    voucher_code: str = ""
    voucher_held: str = ""
    outcomes: tuple[HighLevelOutcome, ...] = ()
    deployment: tuple[Deployment, ...] = ()
    budget_lines: tuple[BudgetLine, ...] = ()
    arranged_on: date | None = None
    arranged_by: str = ""
    drafts: tuple[PlanDraft, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    no_circle_reason: str = ""
    paths: tuple[Path, ...] = ()
    working_agreements: tuple[WorkingAgreement, ...] = ()
    started_on: date | None = None
    started_by: str = ""
    reviews: tuple[CouncilReview, ...] = ()

    @property
    def outcome_ids(self) -> frozenset[str]:
        return frozenset(outcome.outcome_id for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """What is set or set anew; `None` leaves what is there."""

    lot: Lot | None = None
    entitlement: Entitlement | None = None
    voucher_code: str | None = None
    voucher_held: str | None = None
    outcomes: tuple[HighLevelOutcome, ...] | None = None
    deployment: tuple[Deployment, ...] | None = None
    budget_lines: tuple[BudgetLine, ...] | None = None


def plain_code(voucher_code: str) -> str:
    """A voucher code as it is compared: however it is written."""
    return voucher_code.strip().casefold()


def arrangement_id_of(fund_id: str) -> str:
    """The id of a fund's one arrangement."""
    return derived_id("arr", fund_id)


def arrangement_of(fund: Fund) -> Arrangement:
    """A fund's arrangement before anything is said of it."""
    return Arrangement(
        arrangement_id=arrangement_id_of(fund.fund_id),
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
    )


def arrange(arrangement: Arrangement, given: Arranged, *, fund: Fund, on: date, by: str) -> Decision[Arrangement]:
    """The council sets out the budget and what it is for (CP 3.2.1).

    Raises `OutcomesAgreedAlready` for other outcomes once the plan is agreed (CP 6.17(g)), `Invalid` where parts do not add
    up to the fund's weekly budget.
    """
    _refuse_other_outcomes(arrangement, given, fund)
    _check_deployment(given, fund)
    _check_budget_lines(given, fund)
    said = {name: value for name, value in vars(given).items() if value is not None}
    parts = tuple(sorted(said.keys() - {"voucher_held"}))
    told = FundArranged(fund_id=fund.fund_id, person_id=fund.person_id, parts=parts)
    return Decision(state=replace(arrangement, arranged_on=on, arranged_by=by, **said), events=[told])


def draft_plan(
    arrangement: Arrangement, lines: tuple[PlanLine, ...], *, fund: Fund, by: str, at: datetime
) -> Decision[Arrangement]:
    """Provider and person draw up the plan, or draw it up anew (CP 3.2.3). Raises `Invalid` for an outcome nobody set."""
    check_outcomes_known(lines, arrangement)
    version = len(arrangement.drafts) + 1
    draft = PlanDraft(version=version, lines=lines, written_by=by, written_at=at)
    cost = total(line.weekly_cost for line in lines)
    told = FundPlanDrafted(fund_id=fund.fund_id, draft=version, written_by=by, weekly_cost_pence=cost.amount)
    return Decision(state=replace(arrangement, drafts=(*arrangement.drafts, draft)), events=[told])


def draft_of(arrangement: Arrangement, version: int) -> PlanDraft:
    """This version of the plan. Raises `NoSuchDraft`; a draft that was followed by another is not agreed any more."""
    if not arrangement.drafts or version > len(arrangement.drafts) or version < 1:
        raise NoSuchDraft(f"There is no draft {version} of this plan.")
    if version < len(arrangement.drafts):
        raise NotYetPossible(f"Draft {version} was followed by draft {len(arrangement.drafts)}; agree the latest one.")
    return arrangement.drafts[-1]


def mark_agreed(arrangement: Arrangement, version: int) -> Decision[Arrangement]:
    """The draft has become the fund's plan."""
    drafts = tuple(replace(draft, agreed=draft.version == version) for draft in arrangement.drafts)
    return Decision(state=replace(arrangement, drafts=drafts))


def check_outcomes_known(lines: tuple[PlanLine, ...], arrangement: Arrangement) -> None:
    """Every line serves an outcome that the council set, once it has set any (CP 3.2.1, 3.2.3). Raises `Invalid`."""
    if not arrangement.outcomes:
        return
    message = "The council has set no such outcome; other outcomes need the Commissioner's agreement (CP 6.17(g))."
    errors = [
        FieldError(field=f"lines.{place}.outcome_id", rule="known-outcome", message=message)
        for place, line in enumerate(lines)
        if line.outcome_id not in arrangement.outcome_ids
    ]
    if errors:
        raise Invalid("The plan serves outcomes that nobody has set.", errors=errors)


def sign(
    arrangement: Arrangement, signed: tuple[SignOff, ...], *, fund: Fund, no_circle_reason: str
) -> Decision[Arrangement]:
    """Items of the information are signed off by the person and their circle of support (CP 6.6)."""
    told = FundSignedOff(fund_id=fund.fund_id, items=tuple(sorted({each.item for each in signed})))
    state = replace(
        arrangement,
        sign_offs=(*arrangement.sign_offs, *signed),
        no_circle_reason=no_circle_reason or arrangement.no_circle_reason,
    )
    return Decision(state=state, events=[told])


def begin(arrangement: Arrangement, *, fund: Fund, on: date, by: str) -> Decision[Arrangement]:
    """The plan is enacted and support starts (CP 3.2.5), never before the social worker has agreed it (CP 3.2.4).

    Raises `PlanNotAgreed`, `NotYetPossible` when it has started already.
    """
    plan = fund.agreed_plan()
    if on < plan.agreed_on:
        raise PlanNotAgreed(f"The plan was agreed on {plan.agreed_on}; support starts on that day or later (CP 3.2.4).")
    if arrangement.started_on is not None:
        raise NotYetPossible(f"Support under this plan started on {arrangement.started_on}.")
    told = FundStarted(fund_id=fund.fund_id, person_id=fund.person_id, started_on=on)
    return Decision(state=replace(arrangement, started_on=on, started_by=by), events=[told])


def check_signed(arrangement: Arrangement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raises `SignOffsMissing`, naming each of these items that is not signed off (CP 6.6)."""
    missing = not_signed(arrangement.sign_offs, rows, no_circle=bool(arrangement.no_circle_reason))
    if missing:
        errors = [
            FieldError(field=f"sign_offs.{each.item}", rule="signed-off", message=f"{each.label} ({each.clause}).")
            for each in missing
        ]
        raise SignOffsMissing(f"{len(missing)} items are not signed off yet (CP 6.6).", errors=errors)


def reviewed(arrangement: Arrangement, review: CouncilReview) -> Decision[Arrangement]:
    """The council has reviewed the arrangement (CP 3.2.6, 3.2.7); told twice, it counts once."""
    if any(known.review_id == review.review_id for known in arrangement.reviews):
        return Decision(state=arrangement)
    return Decision(state=replace(arrangement, reviews=(*arrangement.reviews, review)))


def _refuse_other_outcomes(arrangement: Arrangement, given: Arranged, fund: Fund) -> None:
    if given.outcomes is None or fund.plan is None or not arrangement.outcomes:
        return
    if frozenset(outcome.outcome_id for outcome in given.outcomes) != arrangement.outcome_ids:
        raise OutcomesAgreedAlready(
            "The plan is agreed on these outcomes; other ones are asked for as a variation and need the "
            "Commissioner's agreement first (CP 6.17(g))."
        )


def _check_deployment(given: Arranged, fund: Fund) -> None:
    if given.deployment is None:
        return
    by_fund = total(part.weekly for part in given.deployment if part.way == "isf")
    if by_fund != fund.weekly_budget:
        raise _not_the_budget("deployment", "The part deployed as a fund", by_fund, fund)


def _check_budget_lines(given: Arranged, fund: Fund) -> None:
    if given.budget_lines is None:
        return
    reckoned = total(line.weekly for line in given.budget_lines)
    if reckoned != fund.weekly_budget:
        raise _not_the_budget("budget_lines", "The lines", reckoned, fund)


def _not_the_budget(field: str, what: str, found: Pence, fund: Fund) -> Invalid:
    sentence = f"{what} comes to {format_gbp(found)} a week; the budget is {format_gbp(fund.weekly_budget)} a week."
    return Invalid(sentence, errors=[FieldError(field=field, rule="adds-up", message=sentence)])
