"""Offering a referral to providers, and the person's choice."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import offers, provider_changes
from services.referrals.model.referral import offers_shown_to
from services.referrals.schemas.offers import (
    AnswerOffer,
    ChooseProvider,
    EndProvider,
    ListOffers,
    OfferToLot,
    ProviderChangeAsk,
    offer_out,
)
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.events.schemas import dump_event
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class OfferCalls(ReferralCalls):
    """Offering a referral to providers, and the person's choice."""

    @reads
    def list_offers(self, payload: JSON, caller: JSON) -> JSON:
        """Open offers in the caller's scope; a provider sees its own only (CP 6.1)."""
        given, who = load(ListOffers(), payload), Caller.from_dict(caller)
        page = self.desk.store.referrals_seen_by(who, status="offered", **given)
        items = [offer_out(stored, offer) for stored in page.items for offer in offers_shown_to(who, stored.state)]
        return {"items": items, "next": page.next}

    @rpc
    def offer_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(OfferToLot(), payload)
        stored = offers.offer_referral(
            given["id"],
            lot=given["lot"],
            referrals=self.desk.store.referrals,
            register=self.desk.store,
            clock=self.desk.clock,
            cause=of_command("offer_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def answer_offer(self, payload: JSON, caller: JSON) -> JSON:
        given = load(AnswerOffer(), payload)
        stored = offers.answer_offer(
            given["id"],
            has_capacity=given["has_capacity"],
            can_start_on=given["can_start_on"],
            referrals=self.desk.store.referrals,
            register=self.desk.store,
            cause=of_command("answer_offer", payload, caller),
        )
        return next(dump_event(o) for o in stored.state.offers if o.offer_id == given["id"])

    @rpc
    def choose_provider(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ChooseProvider(), payload)
        stored = offers.choose_provider(
            given["id"],
            provider_id=given["provider_id"],
            referrals=self.desk.store.referrals,
            decisions=self.desk.case_lists,
            cause=of_command("choose_provider", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def ask_provider_change(self, payload: JSON, caller: JSON) -> JSON:
        """The person asks for another provider, or for none (CP 5.3)."""
        given = load(ProviderChangeAsk(), payload)
        stored = provider_changes.ask_provider_change(
            given["id"],
            wish=given["wish"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("ask_provider_change", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def end_provider(self, payload: JSON, caller: JSON) -> JSON:
        """The council ends the provider's services to this person (CP 5.3)."""
        given = load(EndProvider(), payload)
        stored = provider_changes.end_provider(
            given["id"],
            ended_on=given["ended_on"],
            at_wish_of=given["at_wish_of"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("end_provider", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))
