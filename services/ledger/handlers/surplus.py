"""The path of a surplus: told by itself when a payment brings a fund over the limit, then step by step (CP 5.4, 9.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import structlog

from services.ledger.errors import NotYetPossible
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk
from services.ledger.model import surplus as rules
from services.ledger.model.funds import Fund
from services.ledger.model.surplus import OPEN, Said, Surplus, SurplusRuling, SurplusTerms
from shared.context import Caller
from shared.dates import add_days, london_day
from shared.errors import Conflict, NotFound, PolicyIncomplete
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.money import ZERO
from shared.store.documents import AnyOf, Equal

log = structlog.get_logger(__name__)


def notice_surplus(fund_id: str, *, desk: LifeDesk, cause: Cause) -> Stored[Surplus] | None:
    """Tells the council if what is in hand exceeds the limit and no surplus of the fund is open (CP 5.4)."""
    fund, at = desk.funds.get(fund_id).state, desk.clock.now()
    terms = desk.rules.surplus_terms(fund.council_id, london_day(at))
    in_hand = desk.books.head(fund_id).in_hand
    of_fund = [Equal(path="state.fund_id", value=fund_id)]
    if not terms.to_tell(in_hand, fund.weekly_budget) or fund.status == "closed":
        return None
    if desk.surpluses.count([*of_fund, AnyOf(path="state.state", values=list(OPEN))]):
        return None
    surplus_id = derived_id("sur", fund_id, str(desk.surpluses.count(of_fund) + 1))
    decision = rules.told_of(surplus_id, fund, terms, in_hand=in_hand, at=at)
    try:
        return desk.surpluses.create(surplus_id, decision, council_id=fund.council_id, cause=cause)
    except Conflict:  # somebody else saw it in the same moment
        return desk.surpluses.get(surplus_id)


def follow_surplus(fund_id: str, *, desk: LifeDesk, cause: Cause) -> None:
    """What money that came in, or a smaller budget, leaves to tell; nothing where the council's policy sets no limit."""
    try:
        notice_surplus(fund_id, desk=desk, cause=cause)
    except PolicyIncomplete:
        log.info("surplus.no_limit_set", fund_id=fund_id)


def report_surplus(fund_id: str, *, desk: LifeDesk, cause: Cause) -> Stored[Surplus]:
    """The provider tells the council of a surplus (CP 5.4). Raises `NotYetPossible` where there is none to tell."""
    get_fund(fund_id, caller=cause.caller, funds=desk.funds)
    found = notice_surplus(fund_id, desk=desk, cause=cause)
    if found is None:
        raise NotYetPossible("The fund holds no more than the limit, or its surplus has been told (CP 5.4).")
    return found


def give_notice(surplus_id: str, *, words: str, desk: LifeDesk, cause: Cause) -> Stored[Surplus]:
    """The notice in plain words; the time to answer is the council's policy's (CP 9.5). Raises `NotYetPossible`."""
    stored = seen_surplus(surplus_id, caller=cause.caller, desk=desk)

    def decide(state: Surplus, at: datetime) -> Decision[Surplus]:
        days = desk.rules.number(stored.council_id, "surplus_reply_days", london_day(at))
        reply_by_on = add_days(london_day(at), days)
        return rules.give_notice(state, Said(words=words, by=cause.actor_id, at=at), reply_by_on=reply_by_on)

    return _change(surplus_id, decide, desk, cause)


def reply(surplus_id: str, *, words: str, desk: LifeDesk, cause: Cause) -> Stored[Surplus]:
    """The person or the provider answers. Raises `NotYetPossible`."""
    return _change(
        surplus_id, lambda state, at: rules.reply(state, Said(words=words, by=cause.actor_id, at=at)), desk, cause
    )


def challenge(surplus_id: str, *, words: str, desk: LifeDesk, cause: Cause) -> Stored[Surplus]:
    """The person or the provider challenges the order. Raises `NotYetPossible`."""
    return _change(
        surplus_id, lambda state, at: rules.challenge(state, Said(words=words, by=cause.actor_id, at=at)), desk, cause
    )


def decide_surplus(surplus_id: str, *, keep: bool, reason: str, desk: LifeDesk, cause: Cause) -> Stored[Surplus]:
    """A named officer decides: the excess goes back, or stays for an agreed reason (CP 9.5).

    Raises `NotYetPossible`, `DecidedByAnother`, `PolicyIncomplete`.
    """

    def decide(state: Surplus, at: datetime) -> Decision[Surplus]:
        fund, terms = fund_and_terms(state, london_day(at), desk)
        excess = terms.to_return(desk.books.head(state.fund_id).in_hand, fund.weekly_budget)
        ruling = SurplusRuling(
            keep=keep,
            amount=ZERO if keep else excess,
            reason=reason,
            by=cause.actor_id,
            at=at,
            clause=terms.return_clause,
        )
        return rules.rule(state, ruling)

    return _change(surplus_id, decide, desk, cause)


def seen_surplus(surplus_id: str, *, caller: Caller | None, desk: LifeDesk) -> Stored[Surplus]:
    """A surplus of a fund that the caller may see. Raises `NotFound`."""
    stored = desk.surpluses.get(surplus_id, caller=caller)
    try:
        get_fund(stored.state.fund_id, caller=caller, funds=desk.funds)
    except NotFound:
        raise NotFound(f"there is no surplus {surplus_id}") from None
    return stored


def fund_and_terms(surplus: Surplus, on: date, desk: LifeDesk) -> tuple[Fund, SurplusTerms]:
    """The fund that has the surplus, and its council's terms on a day."""
    fund = desk.funds.get(surplus.fund_id).state
    return fund, desk.rules.surplus_terms(fund.council_id, on)


def _change(
    surplus_id: str, decide: Callable[[Surplus, datetime], Decision[Surplus]], desk: LifeDesk, cause: Cause
) -> Stored[Surplus]:
    seen_surplus(surplus_id, caller=cause.caller, desk=desk)
    at = desk.clock.now()
    return desk.surpluses.change(surplus_id, lambda state: decide(state, at), cause=cause)
