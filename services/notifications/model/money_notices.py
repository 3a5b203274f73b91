"""Who is told what of a fund's changes, surplus and end: one rule per event type, by the clause that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from services.notifications.model.notice_kinds import (
    AnyNotice,
    FundPartyNotice,
    Notice,
    TeamNotice,
    day_in_words,
    in_words,
    instant_in_words,
)
from shared.events.fund_life import (
    AgreementTerminated,
    CrisisOpened,
    FundItemised,
    FundNoticeDue,
    FundReturnOrdered,
    FundShortfallForecast,
    FundSurplusChallenged,
    FundSurplusEnded,
    FundSurplusExceeded,
    FundSurplusNoticed,
    FundSurplusReplied,
    FundVariationApproved,
    FundVariationRefused,
    FundVariationRequested,
)
from shared.events.language import Event
from shared.money import Pence, format_gbp

HOW_IT_ENDED: Mapping[str, str] = MappingProxyType(
    {
        "kept": "the money stays in the fund, for an agreed reason",
        "lapsed": "there is no surplus any more, and nothing goes back",
        "returned": "the surplus has gone back to the council",
    }
)


def _exceeded(event: FundSurplusExceeded) -> list[AnyNotice]:
    """The council is informed (CP 5.4)."""
    values = {
        "fund_id": event.fund_id,
        "surplus_id": event.surplus_id,
        "over": format_gbp(Pence(event.over_pence)),
        "weeks": str(event.weeks),
    }
    return [_to_council("surplus-exceeded", values)]


def _shortfall(event: FundShortfallForecast) -> list[AnyNotice]:
    """The council, which sets the budget and approves changes of it (CP 3.2.1, 4.2, 10.3)."""
    values = {
        "fund_id": event.fund_id,
        "shortfall_on": day_in_words(event.shortfall_on),
        "in_hand": format_gbp(Pence(event.balance_pence)),
        "weekly_cost": format_gbp(Pence(event.weekly_cost_pence)),
    }
    return [_to_council("shortfall-forecast", values)]


def _noticed(event: FundSurplusNoticed) -> list[AnyNotice]:
    """The person and the provider, with the time to answer (CP 9.5)."""
    values = {"surplus_id": event.surplus_id, "reply_by_on": day_in_words(event.reply_by_on)}
    return _to_both("surplus-noticed", event.fund_id, values)


def _answered(event: FundSurplusReplied | FundSurplusChallenged) -> list[AnyNotice]:
    """The council, whose officer decides (CP 9.5)."""
    what = "an answer to the notice" if isinstance(event, FundSurplusReplied) else "a challenge of the order"
    return [_to_council("surplus-answered", {"fund_id": event.fund_id, "surplus_id": event.surplus_id, "what": what})]


def _return_ordered(event: FundReturnOrdered) -> list[AnyNotice]:
    """The person and the provider, who may challenge it (CP 9.5)."""
    values = {"surplus_id": event.surplus_id, "amount": format_gbp(Pence(event.amount_pence))}
    return _to_both("return-ordered", event.fund_id, values)


def _surplus_ended(event: FundSurplusEnded) -> list[AnyNotice]:
    """The person and the provider (CP 9.5)."""
    values = {"surplus_id": event.surplus_id, "how": HOW_IT_ENDED[event.how]}
    return _to_both("surplus-ended", event.fund_id, values)


def _variation_requested(event: FundVariationRequested) -> list[AnyNotice]:
    """The Social Care Representative, who decides before anything changes (CP 4.1, 4.2)."""
    values = {"fund_id": event.fund_id, "variation_id": event.variation_id}
    return [_to_council("variation-requested", values)]


def _variation_decided(event: FundVariationApproved | FundVariationRefused) -> list[AnyNotice]:
    """The person and the provider (CP 4.2)."""
    decision = "refused"
    if isinstance(event, FundVariationApproved):
        decision = f"approved, from {day_in_words(event.from_on)} on"
    return _to_both("variation-decided", event.fund_id, {"variation_id": event.variation_id, "decision": decision})


def _crisis(event: CrisisOpened) -> list[AnyNotice]:
    """The Social Care Representative, within the 24 hours (CP 4.3)."""
    values = {
        "fund_id": event.fund_id,
        "variation_id": event.variation_id,
        "adjusted_at": instant_in_words(event.adjusted_at),
    }
    return [_to_council("crisis-opened", values)]


def _notice_due(event: FundNoticeDue) -> list[AnyNotice]:
    """The council, of decreased needs or changed finances, as soon as they are noticed (CP 4.4, 4.5)."""
    values = {"fund_id": event.fund_id, "notice_id": event.notice_id, "kind": in_words(event.kind)}
    return [_to_council("fund-notice", values)]


def _itemised(event: FundItemised) -> list[AnyNotice]:
    """The person whose fund was looked at entry by entry (CP 9.7)."""
    values = {
        "fund_id": event.fund_id,
        "from_on": day_in_words(event.from_on),
        "to_on": day_in_words(event.to_on),
    }
    return [Notice(template="fund-itemised", party_id=event.person_id, values=values)]


def _terminated(event: AgreementTerminated) -> list[AnyNotice]:
    """The provider, who repays at once, and the commissioner (CP 4.7)."""
    values = {"termination_id": event.termination_id, "terminated_on": day_in_words(event.terminated_on)}
    return [
        Notice(template="agreement-terminated-provider", party_id=event.provider_id, values=values),
        TeamNotice(template="agreement-terminated", mailbox="contact_commissioner", values=values),
    ]


def _to_council(template: str, values: Mapping[str, str]) -> TeamNotice:
    return TeamNotice(template=template, mailbox="contact_adult_social_care", values=values, needed=True)


def _to_both(template: str, fund_id: str, values: Mapping[str, str]) -> list[AnyNotice]:
    known = {"fund_id": fund_id, **values}
    return [
        FundPartyNotice(template=template, fund_id=fund_id, party="person", values=known),
        FundPartyNotice(template=f"{template}-provider", fund_id=fund_id, party="provider", values=known),
    ]


FUND_RULES: Mapping[type[Event], Callable[[Any], list[AnyNotice]]] = MappingProxyType(
    {
        FundSurplusExceeded: _exceeded,
        FundShortfallForecast: _shortfall,
        FundSurplusNoticed: _noticed,
        FundSurplusReplied: _answered,
        FundSurplusChallenged: _answered,
        FundReturnOrdered: _return_ordered,
        FundSurplusEnded: _surplus_ended,
        FundVariationRequested: _variation_requested,
        FundVariationApproved: _variation_decided,
        FundVariationRefused: _variation_decided,
        CrisisOpened: _crisis,
        FundNoticeDue: _notice_due,
        FundItemised: _itemised,
        AgreementTerminated: _terminated,
    }
)
"""Every event type of a fund's changes, surplus and end that someone is told of."""
