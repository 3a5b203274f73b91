"""What falls due with a fund again and again: begun with the fund and with support, met, ended with the fund."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from services.ledger.errors import NotYetPossible
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk
from services.ledger.model import duties as rules
from services.ledger.model.duties import OF_THE_COUNCIL, SERIES, Duty, FundDuties, MetDuty, duties_id_of, duties_of
from services.ledger.model.funds import Fund
from services.ledger.model.payments import next_unpaid
from shared.context import Caller
from shared.dates import london_day
from shared.errors import Conflict, Forbidden, NotFound, invalid
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock


def begin_duties(fund_id: str, *, desk: LifeDesk, cause: Cause) -> None:
    """The fund was opened: its payments, invoices and summaries are due from its first day on. A repeat changes nothing."""
    fund = desk.funds.get(fund_id).state
    first = rules.begin_duties(duties_of(fund), partial(_clocks_of, fund, desk))
    try:
        desk.duties.create(duties_id_of(fund_id), first, council_id=fund.council_id, cause=cause)
    except Conflict:  # what came with another event had begun them
        return


def begin_support(fund_id: str, *, began_on: date, desk: LifeDesk, cause: Cause) -> None:
    """Support has started: the month's data are due from then on (CP 10.3)."""
    fund = desk.funds.get(fund_id).state
    clocks_of = partial(_clocks_of, fund, desk)
    _change(fund, lambda state: rules.begin_support(state, began_on, clocks_of), desk=desk, cause=cause)


def follow_payments(fund_id: str, *, desk: LifeDesk, cause: Cause) -> None:
    """A payment came in or was reversed: as many are made as stand in the book, whichever event this is (CP 5.4)."""
    fund = desk.funds.get(fund_id).state
    paid, at = desk.books.standing_payments_of([fund_id])[fund_id].paid, desk.clock.now()
    standing, next_on = [each.entry_id for each in paid], next_unpaid(fund, paid)

    def decide(state: FundDuties) -> Decision[FundDuties]:
        clock_of = partial(_clocks_of, fund, desk)
        return rules.follow_payments(state, standing, clock_of, next_on=next_on, by=cause.actor_id, at=at)

    _change(fund, decide, desk=desk, cause=cause)


def end_duties(fund_id: str, *, desk: LifeDesk, cause: Cause) -> None:
    """The fund is closed: nothing of it is due any more."""
    fund, at = desk.funds.get(fund_id).state, desk.clock.now()
    _change(fund, lambda state: rules.end_duties(state, at=at), desk=desk, cause=cause)


def meet_duty(
    fund_id: str, duty: Duty, *, met_on: date | None, reference: str, desk: LifeDesk, cause: Cause
) -> Stored[FundDuties]:
    """A contribution was invoiced, a summary or the month's data were given (CP 5.4, 9.8, 10.3).

    Raises `NotFound`, `NotYetPossible`, `Invalid` for a day to come, `Forbidden` for the other side's duty.
    """
    fund, at = get_fund(fund_id, caller=cause.caller, funds=desk.funds).state, desk.clock.now()
    if met_on is not None and met_on > london_day(at):
        raise invalid("met_on", "not-in-future", "Record it on the day or later.")
    _refuse_others(duty, cause.caller)

    def decide(state: FundDuties) -> Decision[FundDuties]:
        met = MetDuty(
            duty=duty,
            occurrence=state.next_time(duty),
            met_on=met_on or london_day(at),
            met_by=cause.actor_id,
            reference=reference,
        )
        return rules.meet(state, met, partial(_clocks_of, fund, desk), at=at)

    return _change(fund, decide, desk=desk, cause=cause)


def get_duties(fund_id: str, *, caller: Caller, desk: LifeDesk) -> Stored[FundDuties]:
    """What is due for a fund. Raises `NotFound`, also in the moment before its duties have begun."""
    get_fund(fund_id, caller=caller, funds=desk.funds)
    return desk.duties.get(duties_id_of(fund_id))


def _change(
    fund: Fund, decide: Callable[[FundDuties], Decision[FundDuties]], *, desk: LifeDesk, cause: Cause
) -> Stored[FundDuties]:
    """Changes the fund's duties; those of a fund that has none yet begin with it."""
    duties_id = duties_id_of(fund.fund_id)
    try:
        return desk.duties.change(duties_id, decide, cause=cause)
    except NotFound:
        begun = rules.begin_duties(duties_of(fund), partial(_clocks_of, fund, desk))
        after = decide(begun.state)
        first = Decision(state=after.state, events=[*begun.events, *after.events])
        return desk.duties.create(duties_id, first, council_id=fund.council_id, cause=cause)


def _clocks_of(fund: Fund, desk: LifeDesk, duty: Duty, counted_from: date, occurrence: int) -> Sequence[RunningClock]:
    return desk.rules.clocks(
        fund.council_id,
        (SERIES[duty],),
        record_id=duties_id_of(fund.fund_id),
        started_at=desk.clock.now(),
        started_on=counted_from,
        occurrence=occurrence,
    )


def _refuse_others(duty: Duty, caller: Caller | None) -> None:
    if duty == "payment":
        raise NotYetPossible("A payment is made by taking it in; it is never only said to be made (CP 5.4).")
    if duty in OF_THE_COUNCIL and caller is not None and caller.organisation_id is not None:
        raise Forbidden("The council invoices the person's contribution (CP 5.4).")
