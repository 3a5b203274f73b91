"""Variations, crises and notices."""

from __future__ import annotations

from typing import Any

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import fund_notices, variations
from services.ledger.handlers.funds import get_fund
from services.ledger.schemas import variations as shapes
from services.ledger.store.life import of_fund
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.fund_life import FundVariationApproved
from shared.messaging.aggregates import Aggregates, Found
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_event
from shared.messaging.consuming.durable import handles
from shared.problems import load


class VariationCalls(LedgerCalls):
    """Variations, crises and notices."""

    @rpc
    def open_crisis(self, payload: JSON, caller: JSON) -> JSON:
        """Care was adjusted in a crisis; the time to contact the representative runs (CP 4.3)."""
        given = load(shapes.OpenCrisisSchema(), payload)
        cause = of_command("open_crisis", payload, caller)
        return shapes.variation_out(variations.open_crisis(**given, desk=self.desk.life, cause=cause))

    @rpc
    def request_variation(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.RequestVariationSchema(), payload)
        cause = of_command("request_variation", payload, caller)
        return shapes.variation_out(variations.request_variation(**given, desk=self.desk.life, cause=cause))

    @rpc
    def follow_crisis(self, payload: JSON, caller: JSON) -> JSON:
        """The written request that a crisis is followed by."""
        given = load(shapes.FollowCrisisSchema(), payload)
        cause = of_command("follow_crisis", payload, caller)
        return shapes.variation_out(variations.follow_crisis(**given, desk=self.desk.life, cause=cause))

    @rpc
    def contact_representative(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.ContactSchema(), payload)
        cause = of_command("contact_representative", payload, caller)
        return shapes.variation_out(
            variations.contact_representative(given["id"], how=given["how"], desk=self.desk.life, cause=cause)
        )

    @rpc
    def decide_variation(self, payload: JSON, caller: JSON) -> JSON:
        """The council approves or refuses; the fund takes an approved variation over a moment later."""
        given = load(shapes.DecideVariationSchema(), payload)
        cause = of_command("decide_variation", payload, caller)
        variation_id = given.pop("id")
        return shapes.variation_out(
            variations.decide_variation(variation_id, **given, desk=self.desk.life, cause=cause)
        )

    @rpc
    def withdraw_variation(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.VariationCommand(), payload)
        cause = of_command("withdraw_variation", payload, caller)
        return shapes.variation_out(variations.withdraw_variation(given["id"], desk=self.desk.life, cause=cause))

    @reads
    def get_variation(self, payload: JSON, caller: JSON) -> JSON:
        given, who = load(shapes.VariationCommand(), payload), Caller.from_dict(caller)
        return shapes.variation_out(variations.seen_variation(given["id"], caller=who, desk=self.desk.life))

    @reads
    def list_variations(self, payload: JSON, caller: JSON) -> JSON:
        found = self._of_fund(self.desk.life.variations, payload, caller)
        return {"items": [shapes.variation_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def note_for_council(self, payload: JSON, caller: JSON) -> JSON:
        """Something that the council must be told of: needs decreased, finances changed (CP 4.4, 4.5)."""
        given = load(shapes.NoticeSchema(), payload)
        cause = of_command("note_for_council", payload, caller)
        return shapes.notice_out(fund_notices.note_for_council(**given, desk=self.desk.life, cause=cause))

    @rpc
    def give_notice(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.GiveNoticeSchema(), payload)
        cause = of_command("give_notice", payload, caller)
        return shapes.notice_out(
            fund_notices.give_notice(given["id"], to=given["to"], desk=self.desk.life, cause=cause)
        )

    @reads
    def list_notices(self, payload: JSON, caller: JSON) -> JSON:
        found = self._of_fund(self.desk.life.notices, payload, caller)
        return {"items": [shapes.notice_out(stored) for stored in found.items], "next": found.next}

    @handles(FundVariationApproved)
    def on_variation_approved(self, event: FundVariationApproved, envelope: Envelope) -> None:
        """The fund becomes what was approved."""
        variations.take_over(event.variation_id, desk=self.desk.life, cause=of_event(envelope))

    def _of_fund(self, records: Aggregates[Any], payload: JSON, caller: JSON) -> Found[Any]:
        given = load(shapes.OfFund(), payload)
        get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        return of_fund(given["fund_id"], records, after=given["after"], limit=given["limit"])
