"""What every service with clocks answers about them. Its desk has `clocks` (a `ClockKeeper`) and `recalculations`."""

from __future__ import annotations

from typing import Any

from shared.context import Caller
from shared.errors import NotFound, invalid
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import Cause, of_command
from shared.messaging.consuming.durable import falls_due
from shared.policy.clock_forms import ClockNamed, ClockPausing, ListClocks, clock_listed, clock_out
from shared.policy.recalculating import RECALCULATIONS_DUE
from shared.policy.simulating import clock_page, trial_of
from shared.policy.simulation_forms import AskEffects, effects_out, read_place, write_place
from shared.problems import load

JSON = dict[str, Any]


def _stretch_after(stretch: int, stretches: int) -> str | None:
    return write_place(stretch + 1, None) if stretch + 1 < stretches else None


class AnswersForClocks:
    """Clocks and how they were reckoned. Goes before the service's own base class, whose desk it works at."""

    desk: Any
    resources: Any

    @reads
    def list_clocks(self, payload: JSON, caller: JSON) -> JSON:
        """Open clocks of all records, the one due first at the top; narrowed by council, rule, state, record or `overdue`."""
        given, who = load(ListClocks(), payload), Caller.from_dict(caller)
        page = self.desk.clocks.page(
            self.desk.clocks.wanted(
                who,
                council_id=given["council_id"],
                rule=given["rule"],
                state=given["state"],
                overdue=given["overdue"],
                record_id=given["record_id"],
            ),
            caller=who,
            after=given["after"],
            limit=given["limit"],
        )
        return {"items": [clock_listed(found) for found in page.items], "next": page.next}

    @reads
    def get_clock(self, payload: JSON, caller: JSON) -> JSON:
        """One clock with every day counted or skipped, and why."""
        return clock_out(self.desk.clocks.show(payload["id"], Caller.from_dict(caller)))

    @reads
    def list_clock_effects(self, payload: JSON, caller: JSON) -> JSON:
        """What a pack would change for this service's clocks, page by page; nothing is written."""
        given, who = load(AskEffects(), payload), Caller.from_dict(caller)
        keeper, (stretch, after), limit = self.desk.clocks, read_place(given.pop("after")), given.pop("limit")
        if not who.may_see(given["council_id"]):
            raise NotFound(f"there is no council {given['council_id']}")
        if stretch >= keeper.stretches:
            raise invalid("after", "cursor", "there is no such page")
        most = self.resources.settings.policy_pack_bytes
        trial = trial_of(**given, policies=keeper.policies, now=keeper.clock.now(), most_bytes=most)
        effects, then = clock_page(stretch, trial=trial, clocks=keeper, caller=who, after=after, limit=limit)
        following = write_place(stretch, then) if then is not None else _stretch_after(stretch, keeper.stretches)
        return effects_out(effects, trial=trial, looked_at=0, after=following)

    @rpc
    def pause_clock(self, payload: JSON, caller: JSON) -> JSON:
        """Has a clock stand still, if the council's pack lets it."""
        given = load(ClockPausing(), payload)
        cause = of_command("pause_clock", payload, caller)
        return clock_out(self.desk.clocks.pause(given["id"], reason=given["reason"], cause=cause))

    @rpc
    def resume_clock(self, payload: JSON, caller: JSON) -> JSON:
        """Has a clock run again."""
        given = load(ClockNamed(), payload)
        return clock_out(self.desk.clocks.resume(given["id"], cause=of_command("resume_clock", payload, caller)))

    def reckon_anew(self, council_id: str, cause: Cause) -> None:
        """Has the council's open clocks reckoned anew, as soon as a replica looks."""
        self.desk.recalculations.order(council_id, cause=cause)

    @falls_due(RECALCULATIONS_DUE)
    def recalculate_clocks(self, record_id: str) -> None:
        """Reckons a council's open clocks anew, where what they are reckoned under has changed."""
        self.desk.recalculations.go_on(record_id)
