"""Payment runs: prepared by the ledger, approved by another officer, posted by the ledger.

Both preparing and posting go page by page, each page written before the run says so; whoever dies under way leaves a run
that falls due, and any replica goes on. A fund's entry is keyed by run and fund, so that it is posted once however often a
page is begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.ledger.handlers.posting import ForBook, key_of, post_to_books
from services.ledger.model.bacs import Originator, last_day_to_send
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.commands import ApproveRun, PrepareRun, WithdrawRun
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.model.payment_details import PaymentDetails
from services.ledger.model.payment_files import PaymentFile, payment_file, reference_of
from services.ledger.model.payment_runs import LineCursor, PaymentRun, RunLine, RunPage, due_lines
from services.ledger.model.payments import PaymentTerms, check_period_unpaid, next_unpaid, part_period, payment_draft
from services.ledger.model.standing_payments import StandingPayments, paid_among
from services.ledger.ports import Books, FundList, FundPolicies, RunPages
from shared.clock import Clock
from shared.context import Caller
from shared.dates import start_of_london_day
from shared.errors import Forbidden, StewardError, invalid
from shared.events.ledger import PaymentRunApproved, PaymentRunPosted, PaymentRunPrepared, PaymentRunWithdrawn
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause, Command
from shared.policy.calendars import BankHolidays


class _Overtaken(Exception):
    """Another replica has taken the run further."""


@dataclass(frozen=True, kw_only=True)
class PaymentRuns:
    """Everything that payment runs work with. `page_lines` funds go into a page; a page has `lease` to be done."""

    runs: Aggregates[PaymentRun]
    begin: Callable[[PaymentRun, Cause], Stored[PaymentRun]]
    pages: RunPages
    funds: FundList
    books: Books
    policies: FundPolicies
    holidays: BankHolidays
    clock: Clock
    attempts: int
    page_lines: int
    lease: timedelta


def prepare(command: PrepareRun, *, cause: Cause, desk: PaymentRuns) -> Stored[PaymentRun]:
    """Begins a run; the ledger draws it up by itself and then waits for approval.

    Raises `RunOpen`, `BanksClosed`, `Forbidden`, `Invalid`, `PolicyIncomplete`.
    """
    if cause.caller is not None and not cause.caller.may_see(command.council_id):
        raise Forbidden("payments are prepared only for a council of your own token")
    send_by = last_day_to_send(command.pay_on, desk.holidays)
    through = command.due_through or command.pay_on
    if through < command.pay_on:
        raise invalid(
            "due_through", "not-before-pay-on", "The last day that payments fall due is before they are made."
        )
    terms = desk.policies.payment_terms(command.council_id, command.pay_on)
    now = desk.clock.now()
    run = PaymentRun(
        run_id=cause.new_id("payrun"),
        council_id=command.council_id,
        pay_on=command.pay_on,
        due_through=through,
        policy_version=terms.policy_version,
        clause=terms.clause,
        prepared_by=cause.actor_id,
        prepared_at=now,
        correlation_id=cause.correlation_id,
        due_at=now,
        open_for=command.council_id,
        send_bacs_by=send_by,
    )
    return desk.begin(run, cause)


def approve(command: ApproveRun, *, cause: Cause, desk: PaymentRuns) -> Stored[PaymentRun]:
    """Another officer approves the totals; entries are posted on the day of payment, or at once when that has come.

    Raises `RunNotAtThatStep`, `RunNeedsAnotherApprover`, `RunDiffers`, `Stale`, `NotFound`.
    """
    now = desk.clock.now()

    def decide(run: PaymentRun) -> Decision[PaymentRun]:
        due_at = max(now, start_of_london_day(run.pay_on))
        approved = run.approved(by=cause.actor_id, at=now, due_at=due_at, lines=command.lines, amount=command.amount)
        told = PaymentRunApproved(
            run_id=run.run_id,
            payments=run.tally.lines,
            amount_pence=run.tally.amount.amount,
            pay_on=run.pay_on,
            approved_by=cause.actor_id,
        )
        return Decision(state=approved, events=[told])

    return desk.runs.change(command.run_id, decide, cause=cause)


def withdraw(command: WithdrawRun, *, cause: Cause, desk: PaymentRuns) -> Stored[PaymentRun]:
    """The run is not carried out. Raises `RunNotAtThatStep` once posting has begun."""
    now = desk.clock.now()

    def decide(run: PaymentRun) -> Decision[PaymentRun]:
        ended = run.withdrawn(by=cause.actor_id, at=now, reason=command.reason)
        return Decision(state=ended, events=[PaymentRunWithdrawn(run_id=run.run_id)])

    return desk.runs.change(command.run_id, decide, cause=cause)


def get_run(run_id: str, *, caller: Caller, desk: PaymentRuns) -> Stored[PaymentRun]:
    """The run. Raises `NotFound`."""
    return desk.runs.get(run_id, caller=caller)


def lines_of(
    run_id: str, *, status: str | None, after: LineCursor, limit: int, caller: Caller, desk: PaymentRuns
) -> tuple[list[RunLine], LineCursor | None]:
    """Some of the run's lines in the order of their funds, and where the following ones begin."""
    desk.runs.get(run_id, caller=caller)
    found: list[tuple[LineCursor, RunLine]] = []
    for place, line in _placed(desk.pages.of_run(run_id, first=after.page), after):
        if status in (None, line.status):
            found.append((place, line))
        if len(found) > limit:
            return [line for _, line in found[:limit]], found[limit][0]
    return [line for _, line in found], None


def file_of(
    run_id: str, *, format: str, caller: Caller, originators: Mapping[str, Originator], desk: PaymentRuns
) -> PaymentFile:
    """The file that has the run paid. Raises `RunNotAtThatStep`, `NothingToSend`, `OriginatorUnknown`."""
    run = desk.runs.get(run_id, caller=caller).state
    run.check_approved()
    lines = due_lines(desk.pages.of_run(run_id))
    originator = originators.get(run.council_id)
    return payment_file(run, lines, format=format, originator=originator, holidays=desk.holidays)


def _placed(pages: Iterator[RunPage], after: LineCursor) -> Iterator[tuple[LineCursor, RunLine]]:
    for page in pages:
        first = after.place if page.number == after.page else 0
        for place, line in enumerate(page.lines[first:], first):
            yield LineCursor(page=page.number, place=place), line


def go_on(run_id: str, *, desk: PaymentRuns) -> None:
    """Takes the run as far as it can go by itself. Raises `StoreAway`, `Unavailable`, `PolicyIncomplete`."""
    run = desk.runs.get(run_id).state
    try:
        while run.is_under_way and run.due_at is not None and _may_begin(run, desk.clock.now()):
            run = _prepare_page(run, desk) if run.status == "preparing" else _post_page(run, desk)
    except _Overtaken:
        return


def _may_begin(run: PaymentRun, now: datetime) -> bool:
    return run.status == "preparing" or now >= start_of_london_day(run.pay_on)


def _prepare_page(run: PaymentRun, desk: PaymentRuns) -> PaymentRun:
    page = desk.pages.keep(_drawn_up(run, desk), council_id=run.council_id)

    def decide(now: PaymentRun) -> Decision[PaymentRun]:
        if now.status != "preparing" or now.pages != run.pages:
            raise _Overtaken
        grown = now.with_page(page, due_at=_lease(desk))
        return Decision(state=grown, events=[_prepared(grown)] if grown.status == "prepared" else [])

    return desk.runs.change(run.run_id, decide, cause=_cause(run, run.prepared_by)).state


def _drawn_up(run: PaymentRun, desk: PaymentRuns) -> RunPage:
    """The next page: every fund of the council that is open, in the order of their ids."""
    terms = desk.policies.payment_terms(run.council_id, run.pay_on)
    found, after = desk.funds.page(run.council_id, after=run.after, limit=desk.page_lines)
    open_ones = [fund for fund in found if fund.status != "closed"]
    details = desk.funds.details_of([fund.fund_id for fund in open_ones])
    paid = desk.books.standing_payments_of([fund.fund_id for fund in open_ones])
    lines = [_line(run, fund, terms, details.get(fund.fund_id), paid[fund.fund_id]) for fund in open_ones]
    due = tuple(line for line in lines if line is not None)
    return RunPage(run_id=run.run_id, number=run.pages + 1, lines=due, not_due=len(open_ones) - len(due), next=after)


def _line(
    run: PaymentRun, fund: Fund, terms: PaymentTerms, details: PaymentDetails | None, book: StandingPayments
) -> RunLine | None:
    """What the run pays the fund: the next days that nothing is paid for, if they begin in time."""
    first_on = next_unpaid(fund, book.paid)
    if first_on > run.due_through:
        return None
    if fund.plan is None and terms.needs_plan:
        return RunLine(fund_id=fund.fund_id, status="held-back", reason="no plan is agreed yet (CP 3.2.4)")
    if details is None:
        return RunLine(fund_id=fund.fund_id, status="held-back", reason="nobody entered where its payments go")
    period = terms.period_from(first_on)
    part = part_period(fund, period, terms)
    if part is not None and part.is_held_back:
        return RunLine(fund_id=fund.fund_id, status="held-back", reason=part.reason)
    return RunLine(
        fund_id=fund.fund_id,
        status="due",
        head_number=book.number,
        first_on=first_on,
        to_on=period.to_on,
        amount=terms.amount_due(fund),
        pay_to=details.pay_to,
        details_by=details.entered_by,
        reason=part.reason if part else "",
    )


def _post_page(run: PaymentRun, desk: PaymentRuns) -> PaymentRun:
    page = desk.pages.get(run.run_id, run.next_page)
    settled = desk.pages.settle(_posted(run, page, desk))

    def decide(now: PaymentRun) -> Decision[PaymentRun]:
        if now.status != "approved" or now.next_page != run.next_page:
            raise _Overtaken
        grown = now.with_posted(settled, at=desk.clock.now(), due_at=_lease(desk))
        return Decision(state=grown, events=[_told(grown)] if grown.status == "posted" else [])

    return desk.runs.change(run.run_id, decide, cause=_cause(run, run.approved_by or "")).state


def _posted(run: PaymentRun, page: RunPage, desk: PaymentRuns) -> RunPage:
    """The page with each due line posted, or refused with its reason. What a repeat finds posted stays as it was."""
    due = [line for line in page.lines if line.status == "due"]
    funds = desk.funds.named([line.fund_id for line in due])
    terms = desk.policies.payment_terms(run.council_id, run.pay_on)
    wanted = [_for_book(run, line, funds[line.fund_id], terms, desk.books) for line in due]
    answers = post_to_books(wanted, books=desk.books, clock=desk.clock, attempts=desk.attempts)
    became = {line.fund_id: _became(line, answer) for line, answer in zip(due, answers, strict=True)}
    return replace(page, lines=tuple(became.get(line.fund_id, line) for line in page.lines))


def _for_book(run: PaymentRun, line: RunLine, fund: Fund, terms: PaymentTerms, books: Books) -> ForBook:
    first_on = line.first_on or run.pay_on
    command = Command(
        key=derived_id("key", run.run_id, fund.fund_id),
        input=input_hash([run.run_id, fund.fund_id, first_on.isoformat(), line.amount.amount]),
    )
    cause = replace(_cause(run, run.approved_by or ""), command=command)

    def decide(head: Head) -> Draft:
        if head.number != line.head_number:  # the book has grown since its line was drawn up
            since = list(books.entries(fund.fund_id, after=line.head_number))
            check_period_unpaid(terms.period_from(first_on), paid_among(since))
        return payment_draft(
            fund,
            terms,
            first_on=first_on,
            effective_on=run.pay_on,
            amount=line.amount,
            difference_reason=line.reason,
            reference=reference_of(run),
            evidence="",
            key=key_of(cause),
        )

    return ForBook(fund=fund, decide=decide, cause=cause, head_number=line.head_number)


def _became(line: RunLine, answer: Posted | StewardError) -> RunLine:
    if isinstance(answer, StewardError):
        return replace(line, status="refused", reason=answer.detail)
    return replace(line, status="posted", entry_id=answer.entry.entry_id)


def _lease(desk: PaymentRuns) -> datetime:
    return desk.clock.now() + desk.lease


def _cause(run: PaymentRun, actor_id: str) -> Cause:
    return Cause(actor_id=actor_id, correlation_id=run.correlation_id, causation_id=run.run_id)


def _prepared(run: PaymentRun) -> PaymentRunPrepared:
    return PaymentRunPrepared(
        run_id=run.run_id,
        payments=run.tally.lines,
        amount_pence=run.tally.amount.amount,
        held_back=run.tally.held_back,
        pay_on=run.pay_on,
        prepared_by=run.prepared_by,
    )


def _told(run: PaymentRun) -> PaymentRunPosted:
    return PaymentRunPosted(
        run_id=run.run_id,
        posted=run.tally.posted,
        amount_pence=run.tally.posted_amount.amount,
        refused=run.tally.refused,
    )
