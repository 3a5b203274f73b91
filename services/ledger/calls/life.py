"""A fund's life around its money."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import life
from services.ledger.handlers.life import FundLife
from services.ledger.model.sign_offs import SignOff
from services.ledger.schemas import life as shapes
from services.ledger.schemas.common import ById
from services.ledger.schemas.funds import fund_out
from shared.context import Caller
from shared.dates import london_day
from shared.events.envelope import Envelope
from shared.events.reviews import ReviewHeld
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command, of_event
from shared.messaging.consuming.durable import handles
from shared.problems import load


class LifeCalls(LedgerCalls):
    """A fund's life around its money."""

    @reads
    def get_fund_life(self, payload: JSON, caller: JSON) -> JSON:
        """The seven steps of CP 3.2 and what stands around the fund's money."""
        given = load(ById(), payload)
        return self._life_out(life.get_life(given["fund_id"], caller=Caller.from_dict(caller), desk=self.desk.life))

    @reads
    def get_fund_outcomes(self, payload: JSON, caller: JSON) -> JSON:
        """Each pound that was spent, by the outcome it served."""
        given = load(ById(), payload)
        found, money = life.get_outcomes(given["fund_id"], caller=Caller.from_dict(caller), desk=self.desk.life)
        return shapes.outcomes_out(found, money)

    @rpc
    def arrange_fund(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.ArrangeFundSchema(), payload)
        cause = of_command("arrange_fund", payload, caller)
        life.arrange_fund(**given, desk=self.desk.life, cause=cause)
        return self._life_of(given["fund_id"])

    @rpc
    def draft_plan(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.DraftPlanSchema(), payload)
        cause = of_command("draft_plan", payload, caller)
        life.draft_plan(given["fund_id"], tuple(given["lines"]), desk=self.desk.life, cause=cause)
        return self._life_of(given["fund_id"])

    @rpc
    def agree_draft(self, payload: JSON, caller: JSON) -> JSON:
        """The social worker agrees a draft as it was written."""
        given = load(shapes.AgreeDraftSchema(), payload)
        cause = of_command("agree_draft", payload, caller)
        return fund_out(life.agree_draft(given["fund_id"], given["draft"], desk=self.desk.life, cause=cause))

    @rpc
    def sign_off(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.SignOffSchema(), payload)
        cause = of_command("sign_off", payload, caller)
        at = self.desk.clock.now()
        signed = tuple(SignOff(**item, recorded_by=cause.actor_id, recorded_at=at) for item in given["items"])
        life.sign_off(
            given["fund_id"], signed, no_circle_reason=given["no_circle_reason"], desk=self.desk.life, cause=cause
        )
        return self._life_of(given["fund_id"])

    @rpc
    def record_path(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.PathSchema(), payload)
        cause = of_command("record_path", payload, caller)
        steps = tuple(given["steps"])
        life.record_path(given["fund_id"], drawn_on=given["drawn_on"], steps=steps, desk=self.desk.life, cause=cause)
        return self._life_of(given["fund_id"])

    @rpc
    def record_working_agreement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.WorkingAgreementSchema(), payload)
        cause = of_command("record_working_agreement", payload, caller)
        life.record_working_agreement(
            given["fund_id"],
            agreed_on=given["agreed_on"],
            agreed_with=tuple(given["agreed_with"]),
            reference=given["reference"],
            statements=tuple(given["statements"]),
            desk=self.desk.life,
            cause=cause,
        )
        return self._life_of(given["fund_id"])

    @rpc
    def start_plan(self, payload: JSON, caller: JSON) -> JSON:
        """The agreed plan is enacted and support starts."""
        given = load(shapes.StartPlanSchema(), payload)
        cause = of_command("start_plan", payload, caller)
        life.start_plan(given["fund_id"], started_on=given["started_on"], desk=self.desk.life, cause=cause)
        return self._life_of(given["fund_id"])

    @handles(ReviewHeld)
    def on_review_held(self, event: ReviewHeld, envelope: Envelope) -> None:
        """The council has reviewed the support that a fund pays for (CP 3.2.6, 3.2.7); a provider's own reviews are others."""
        if "council" in event.cycles:
            life.note_review(
                event.referral_id,
                review_id=event.review_id,
                held_on=event.held_on,
                council_id=envelope.councilid,
                desk=self.desk.life,
                cause=of_event(envelope),
            )

    def _life_of(self, fund_id: str) -> JSON:
        return self._life_out(life.get_life(fund_id, caller=None, desk=self.desk.life))

    def _life_out(self, found: FundLife) -> JSON:
        rules, council_id = self.desk.life.rules, found.fund.council_id
        today = london_day(self.desk.clock.now())
        return shapes.life_out(
            found,
            items=rules.rows(council_id, "sign_off_items", today),
            path_steps=rules.rows(council_id, "plan_steps", today),
        )
