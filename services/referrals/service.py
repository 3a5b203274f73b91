"""The nameko class of referrals: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from typing import Any

from services.referrals import schemas
from services.referrals.dependencies import Desk
from services.referrals.handlers import answering, intake, support
from services.referrals.model import offers_shown_to
from services.referrals.store import CLOCKS_RUN_OUT
from shared.context import Caller
from shared.errors import Forbidden
from shared.events.contacts import ContactDetails
from shared.events.intake import ReferralSubmission
from shared.events.schemas import dump_event, schema_of
from shared.messaging.broker.topology import INTAKE
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_schedule
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.durable import falls_due, takes_in
from shared.messaging.consuming.incoming import council_of
from shared.problems import load
from shared.runtime.service import StewardService

JSON = dict[str, Any]


class ReferralsService(StewardService):
    """Referrals, the people in them, and the providers they are offered to."""

    name = "referrals"
    desk: Any = Desk()

    @takes_in(INTAKE)
    def on_council_message(self, delivery: Delivery) -> int:
        """A council's events by AMQP; what can't be taken in is answered on its results queue, never lost.

        Says how many were refused.
        """
        documents = self.desk.formats.documents_of(delivery)
        return intake.take_in_message(documents, council_id=council_of(delivery), desk=self.desk.intake)

    @rpc
    def take_in_events(self, payload: JSON, caller: JSON) -> JSON:
        """A council's events by HTTP."""
        given = load(schemas.TakeIn(), payload)
        if not Caller.from_dict(caller).may_see(given["council_id"]):
            raise Forbidden("a council may send only its own events")
        answers = [
            intake.take_in_event(document, council_id=given["council_id"], desk=self.desk.intake)
            for document in given["events"]
        ]
        return {"results": [dump_event(answer) for answer in answers]}

    @rpc
    def submit_referral(self, payload: JSON, caller: JSON) -> JSON:
        """A referral through the single point of access (CE 3.2)."""
        given = dict(payload)
        council_id = str(given.pop("council_id", ""))
        given.pop("expected_version", None)
        cause = of_command("submit_referral", payload, caller)
        stored = intake.submit_by_call(
            load(schema_of(ReferralSubmission), given), council_id=council_id, cause=cause, desk=self.desk.intake
        )
        return schemas.referral_out(stored)

    @reads
    def get_referral(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        return schemas.referral_out(self.desk.store.referral_seen_by(who, payload["id"]), who)

    @reads
    def list_offers(self, payload: JSON, caller: JSON) -> JSON:
        """Open offers in the caller's scope; a provider sees its own only (CP 6.1)."""
        given, who = load(schemas.ListOffers(), payload), Caller.from_dict(caller)
        page = self.desk.store.referrals_seen_by(who, status="offered", **given)
        items = [
            schemas.offer_out(stored, offer) for stored in page.items for offer in offers_shown_to(who, stored.state)
        ]
        return {"items": items, "next": page.next}

    @reads
    def list_referrals(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        found = self.desk.store.referrals_seen_by(who, **load(schemas.ListReferrals(), payload))
        return {"items": [schemas.referral_out(stored, who) for stored in found.items], "next": found.next}

    @rpc
    def accept_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.Accept(), payload)
        stored = answering.accept_referral(
            given["id"],
            worker_id=given["worker_id"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("accept_referral", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def refuse_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.Refuse(), payload)
        stored = answering.refuse_referral(
            given["id"],
            reason=given["reason"],
            told_verbally_on=given["told_verbally_on"],
            referrals=self.desk.store.referrals,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("refuse_referral", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def place_on_waiting_list(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.WithReason(), payload)
        stored = answering.place_on_waiting_list(
            given["id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("place_on_waiting_list", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def allocate_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.Accept(), payload)
        stored = answering.allocate_referral(
            given["id"],
            worker_id=given["worker_id"],
            referrals=self.desk.store.referrals,
            cause=of_command("allocate_referral", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def offer_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.OfferToLot(), payload)
        stored = support.offer_referral(
            given["id"],
            lot=given["lot"],
            referrals=self.desk.store.referrals,
            register=self.desk.store,
            cause=of_command("offer_referral", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def answer_offer(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.AnswerOffer(), payload)
        stored = support.answer_offer(
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
        given = load(schemas.ChooseProvider(), payload)
        stored = support.choose_provider(
            given["id"],
            provider_id=given["provider_id"],
            referrals=self.desk.store.referrals,
            cause=of_command("choose_provider", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def record_direct_payment(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.DirectPayment(), payload)
        stored = support.record_direct_payment(
            given["id"],
            implemented_on=given["implemented_on"],
            referrals=self.desk.store.referrals,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("record_direct_payment", payload, caller),
        )
        return schemas.referral_out(stored)

    @rpc
    def close_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.WithReason(), payload)
        stored = answering.close_referral(
            given["id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("close_referral", payload, caller),
        )
        return schemas.referral_out(stored)

    @reads
    def referral_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a referral, in order."""
        stored = self.desk.store.referral_seen_by(Caller.from_dict(caller), payload["id"])
        return {"items": self.history("referral", stored.id), "next": None}

    @reads
    def list_clocks(self, payload: JSON, caller: JSON) -> JSON:
        """Running clocks, the one due first at the top; with `overdue`, those past their due instant."""
        given = load(schemas.ListReferrals(), payload)
        who, page = Caller.from_dict(caller), {"after": given["after"], "limit": given["limit"]}
        overdue = given["overdue"]
        ask = self.desk.store.referrals_overdue_for if overdue else self.desk.store.referrals_with_clocks
        found = ask(who, **page)
        wanted = "breached" if overdue else "running"
        items = [
            schemas.clock_line(clock) | {"council_id": stored.council_id}
            for stored in found.items
            for clock in stored.state.clocks
            if clock.state == wanted
        ]
        return {"items": items, "next": found.next}

    @reads
    def get_clock(self, payload: JSON, caller: JSON) -> JSON:
        stored = self.desk.store.referral_of_clock(payload["id"], Caller.from_dict(caller))
        clock = next(c for c in stored.state.clocks if c.clock_id == payload["id"])
        return schemas.clock_out(clock, stored.council_id)

    @reads
    def get_communication_needs(self, payload: JSON, caller: JSON) -> JSON:
        return schemas.person_out(self.desk.store.person_seen_by(Caller.from_dict(caller), payload["id"]))

    @rpc
    def set_communication_needs(self, payload: JSON, caller: JSON) -> JSON:
        needs = {name: value for name, value in payload.items() if name not in ("id", "expected_version")}
        stored = support.set_communication_needs(
            payload["id"],
            needs=load(schema_of(ContactDetails), needs),
            persons=self.desk.store.persons,
            cause=of_command("set_communication_needs", payload, caller),
        )
        return schemas.person_out(stored)

    @falls_due(CLOCKS_RUN_OUT)
    def breach_overdue_clocks(self, record_id: str) -> None:
        """Marks the referral's clocks that have run out; each is told once, however many replicas look."""
        answering.breach_overdue_clocks(
            record_id,
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_schedule("clocks", record_id),
        )
