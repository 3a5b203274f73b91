"""A surplus: told when unspent budget exceeds so many weeks', returned only after notice, reply and decision (CP 5.4, 9.5).

Telling and returning are two duties with two limits. Between them stand a notice in plain words, time to answer it, a named
officer's decision with its reason, and the right to challenge it; an agreed reason lifts the return, never the telling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import DecidedByAnother, NotYetPossible
from services.ledger.model.funds import Fund
from shared.dates import london_day
from shared.events.fund_life import (
    FundReturnOrdered,
    FundSurplusChallenged,
    FundSurplusEnded,
    FundSurplusExceeded,
    FundSurplusNoticed,
    FundSurplusReplied,
)
from shared.messaging.aggregates import Decision
from shared.money import ZERO, Pence
from shared.policy.pack import PolicyPack

State = Literal["told", "noticed", "replied", "ordered", "kept", "challenged", "returned", "lapsed"]
OPEN: tuple[State, ...] = ("told", "noticed", "replied", "ordered", "challenged")
"""While one of these is open the fund has no second one."""


@dataclass(frozen=True, kw_only=True)
class SurplusTerms:
    """The council's policy: above how many weeks' budget it is told, above how many it goes back, how long to answer."""

    policy_version: str
    inform_weeks: int
    inform_clause: str
    return_weeks: int
    return_clause: str
    reply_days: int | None

    def to_tell(self, in_hand: Pence, weekly_budget: Pence) -> Pence:
        """What is in hand above the limit of telling; nothing at the limit itself (CP 5.4: exceeds)."""
        return _above(in_hand, weekly_budget.times(self.inform_weeks))

    def to_return(self, in_hand: Pence, weekly_budget: Pence) -> Pence:
        """The excess above the limit of returning (CP 9.5)."""
        return _above(in_hand, weekly_budget.times(self.return_weeks))


def surplus_terms_of(pack: PolicyPack) -> SurplusTerms:
    """CP 5.4 and 9.5 as this pack reads them."""
    return SurplusTerms(
        policy_version=pack.version,
        inform_weeks=pack.number("surplus_inform_weeks"),
        inform_clause=pack.entry("surplus_inform_weeks").clause or "",
        return_weeks=pack.number("surplus_return_weeks"),
        return_clause=pack.entry("surplus_return_weeks").clause or "",
        reply_days=pack.number("surplus_reply_days") if pack.sets("surplus_reply_days") else None,
    )


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that somebody said, and when."""

    words: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SurplusRuling:
    """A named officer's decision: return this much, or keep it for the agreed reason."""

    keep: bool
    amount: Pence
    reason: str
    by: str
    at: datetime
    clause: str


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """One surplus of one fund, from its being told to its end; `returning` while its money is on its way back."""

    surplus_id: str
    fund_id: str
    person_id: str
    provider_id: str
    state: State
    opened_at: datetime
    in_hand: Pence
    over: Pence
    clause: str
    policy_version: str
    notice: Said | None = None
    reply_by_on: date | None = None
    reply: Said | None = None
    rulings: tuple[SurplusRuling, ...] = ()
    challenge: Said | None = None
    returned: Pence = ZERO
    entry_id: str | None = None
    returning: bool = False

    @property
    def ruling(self) -> SurplusRuling | None:
        """The decision that holds."""
        return self.rulings[-1] if self.rulings else None


def told_of(surplus_id: str, fund: Fund, terms: SurplusTerms, *, in_hand: Pence, at: datetime) -> Decision[Surplus]:
    """The council is told that unspent budget exceeds the limit (CP 5.4)."""
    surplus = Surplus(
        surplus_id=surplus_id,
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        state="told",
        opened_at=at,
        in_hand=in_hand,
        over=terms.to_tell(in_hand, fund.weekly_budget),
        clause=terms.inform_clause,
        policy_version=terms.policy_version,
    )
    told = FundSurplusExceeded(
        fund_id=fund.fund_id,
        surplus_id=surplus_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        balance_pence=in_hand.amount,
        over_pence=surplus.over.amount,
        weeks=terms.inform_weeks,
    )
    return Decision(state=surplus, events=[told])


def give_notice(surplus: Surplus, said: Said, *, reply_by_on: date) -> Decision[Surplus]:
    """The person and the provider are told in plain words what may go back, and until when to answer (CP 9.5)."""
    _expect(surplus, "told", "A notice is given once, after the council has been told.")
    told = FundSurplusNoticed(fund_id=surplus.fund_id, surplus_id=surplus.surplus_id, reply_by_on=reply_by_on)
    return Decision(state=replace(surplus, state="noticed", notice=said, reply_by_on=reply_by_on), events=[told])


def reply(surplus: Surplus, said: Said) -> Decision[Surplus]:
    """A reason to keep the money. Raises `NotYetPossible` without a notice, and once its time is over."""
    _expect(surplus, "noticed", "A notice of surplus is answered once.")
    if surplus.reply_by_on is not None and london_day(said.at) > surplus.reply_by_on:
        raise NotYetPossible(f"The time to answer ended on {surplus.reply_by_on}.")
    told = FundSurplusReplied(fund_id=surplus.fund_id, surplus_id=surplus.surplus_id)
    return Decision(state=replace(surplus, state="replied", reply=said), events=[told])


def rule(surplus: Surplus, ruling: SurplusRuling) -> Decision[Surplus]:
    """A named officer decides, once an answer has come or its time is over (CP 9.5).

    Nothing above the limit any more ends it. Raises `NotYetPossible`, `DecidedByAnother`.
    """
    _check_ruling(surplus, ruling)
    decided = replace(surplus, rulings=(*surplus.rulings, ruling))
    ids = {"fund_id": surplus.fund_id, "surplus_id": surplus.surplus_id}
    if ruling.keep:
        return Decision(state=replace(decided, state="kept"), events=[FundSurplusEnded(**ids, how="kept")])
    if not ruling.amount:
        return Decision(state=replace(decided, state="lapsed"), events=[FundSurplusEnded(**ids, how="lapsed")])
    told = FundReturnOrdered(**ids, amount_pence=ruling.amount.amount, decided_by=ruling.by)
    return Decision(state=replace(decided, state="ordered"), events=[told])


def challenge(surplus: Surplus, said: Said) -> Decision[Surplus]:
    """The person or the provider challenges the order; nothing goes back until another officer has decided, for good."""
    _expect(surplus, "ordered", "An order to return is challenged before it is carried out.")
    if surplus.returning:
        raise NotYetPossible("This order is being carried out; it is challenged before that.")
    if surplus.challenge is not None:
        raise NotYetPossible("The order was challenged once, and decided by another officer.")
    told = FundSurplusChallenged(fund_id=surplus.fund_id, surplus_id=surplus.surplus_id)
    return Decision(state=replace(surplus, state="challenged", challenge=said), events=[told])


def carrying_out(surplus: Surplus) -> Decision[Surplus]:
    """What was ordered is about to go back. Raises `NotYetPossible` before an order, and while it is challenged."""
    check_ordered(surplus)
    return Decision(state=surplus if surplus.state == "returned" else replace(surplus, returning=True))


def not_carried_out(surplus: Surplus) -> Decision[Surplus]:
    """The book refused it: the order stands as before."""
    return Decision(state=replace(surplus, returning=False))


def check_ordered(surplus: Surplus) -> None:
    """Raises `NotYetPossible` unless its return was ordered, or carried out."""
    if surplus.state not in ("ordered", "returned"):
        raise NotYetPossible(f"This surplus is {surplus.state}; it goes back once that is decided (CP 9.5).")


def carried_out(surplus: Surplus, *, amount: Pence, entry_id: str | None) -> Decision[Surplus]:
    """The money has gone back; a repeat changes nothing. Less than ordered, where less is left above the limit."""
    if surplus.state == "returned":
        return Decision(state=surplus)
    _expect(surplus, "ordered", "Only what was ordered back is returned (CP 9.5).")
    state = replace(surplus, state="returned", returned=amount, entry_id=entry_id, returning=False)
    told = FundSurplusEnded(fund_id=surplus.fund_id, surplus_id=surplus.surplus_id, how="returned")
    return Decision(state=state, events=[told])


def _check_ruling(surplus: Surplus, ruling: SurplusRuling) -> None:
    if surplus.state not in ("noticed", "replied", "challenged"):
        raise NotYetPossible(f"This surplus is {surplus.state}; a notice and time to answer come first (CP 9.5).")
    today = london_day(ruling.at)
    if surplus.state == "noticed" and surplus.reply_by_on is not None and today <= surplus.reply_by_on:
        raise NotYetPossible(f"The person and the provider have until {surplus.reply_by_on} to answer.")
    before = {each.by for each in surplus.rulings}
    heard = {said.by for said in (surplus.reply, surplus.challenge) if said}
    if ruling.by in before | heard:
        raise DecidedByAnother("Another officer than who answered, or decided what is challenged, decides this.")


def _expect(surplus: Surplus, state: State, sentence: str) -> None:
    if surplus.state != state:
        raise NotYetPossible(f"This surplus is {surplus.state}. {sentence}")


def _above(amount: Pence, limit: Pence) -> Pence:
    return max(amount - limit, ZERO)
