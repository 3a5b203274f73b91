"""A council's payments to all its funds: drawn up, approved by another officer, posted once each through any crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from services.ledger.errors import BanksClosed, RunDiffers, RunNeedsAnotherApprover, RunNotAtThatStep, RunOpen
from services.ledger.handlers.payment_runs import lines_of
from services.ledger.model.payment_runs import LineCursor
from services.ledger.model.payments import part_period
from shared.context import Caller
from shared.dates import add_days
from shared.errors import Forbidden, KeyReused
from shared.messaging.aggregates import Decision
from shared.money import Pence
from tests.support.crashing import Died, Life
from tests.support.ledger_builders import COUNCIL, MONDAY, TODAY, Ledger, a_caller, a_fund, pounds
from tests.support.payment_runs import APPROVER, BANK, CARD, ENTERER, PREPARER, Runs

SATURDAY = add_days(TODAY, 5)


def end_support(runs: Runs, fund_id: str, on: date) -> None:
    cause = runs.ledger.cause("end", None)
    runs.ledger.funds.change(fund_id, lambda fund: Decision(state=replace(fund, support_ended_on=on)), cause=cause)


def test_every_open_fund_of_the_council_is_paid_four_weeks_in_advance_by_one_run() -> None:
    runs = Runs()
    funds = [runs.fund(), runs.fund(BANK), runs.fund(weekly_budget=pounds("40.01"))]

    run_id = runs.prepared()
    run = runs.approve(run_id)
    runs.sweep()

    assert (run.tally.lines, run.tally.amount) == (3, pounds("960.04"))
    assert [(each.method, each.lines, each.amount) for each in run.tally.by_method] == [
        ("card", 2, pounds("560.04")),
        ("bank", 1, pounds("400.00")),
        ("other", 0, Pence(0)),
    ]
    assert [runs.paid_in(fund) for fund in funds] == [[40000], [40000], [16004]]
    assert runs.run(run_id).status == "posted"
    assert runs.run(run_id).tally.posted_amount == pounds("960.04")
    assert {line.status for line in runs.lines(run_id).values()} == {"posted"}


def test_a_fund_that_cannot_be_paid_is_held_back_with_its_reason_and_one_that_is_not_due_is_counted() -> None:
    runs = Runs()
    no_plan, no_details = runs.ledger.open().id, runs.fund(None)
    not_due = runs.fund(starts_on=add_days(TODAY, 8))
    closed = runs.fund()
    runs.ledger.close(closed)

    run_id = runs.prepared()

    lines = runs.lines(run_id)
    assert {fund: line.reason for fund, line in lines.items()} == {
        no_plan: "no plan is agreed yet (CP 3.2.4)",
        no_details: "nobody entered where its payments go",
    }
    assert (runs.run(run_id).tally.held_back, runs.run(run_id).tally.not_due) == (2, 1)
    assert not_due not in lines


def test_weeks_in_which_support_ends_are_paid_in_full_and_the_line_and_the_entry_say_so() -> None:
    runs = Runs()
    fund = runs.fund()
    end_support(runs, fund, add_days(TODAY, 9))

    run_id = runs.prepared()
    line = runs.lines(run_id)[fund]
    runs.approve(run_id)
    runs.sweep()

    [entry] = runs.ledger.books.entries(fund)
    assert (line.status, line.amount) == ("due", pounds("400.00"))
    assert "paid in full, for the contract says nothing of part periods (CP 5.4)" in line.reason
    assert entry.draft.grounds is not None
    assert line.reason in entry.draft.grounds.reason


@pytest.mark.parametrize(
    ("days", "part_periods", "held_back", "word"),
    [
        (-1, "paid-in-full", True, "CP 5.3"),
        (0, "paid-in-full", False, "paid in full"),
        (26, "paid-in-full", False, "paid in full"),
        (26, "held-back", True, "by hand"),
        (26, "", True, "policy incomplete"),
    ],
)
def test_what_becomes_of_a_part_period_is_the_councils_policy(
    days: int, part_periods: Any, held_back: bool, word: str
) -> None:
    runs = Runs()
    terms = replace(runs.ledger.policies.payment_terms(COUNCIL, TODAY), part_periods=part_periods)
    fund = replace(a_fund(), support_ended_on=add_days(TODAY, days))

    part = part_period(fund, terms.period_from(TODAY), terms)

    assert part is not None
    assert (part.is_held_back, word in part.reason) == (held_back, True)


@pytest.mark.parametrize("days", [27, 28, None])
def test_weeks_that_support_lasts_through_are_no_part_period(days: int | None) -> None:
    runs = Runs()
    terms = runs.ledger.policies.payment_terms(COUNCIL, TODAY)
    fund = replace(a_fund(), support_ended_on=None if days is None else add_days(TODAY, days))

    assert part_period(fund, terms.period_from(TODAY), terms) is None


def test_a_fund_whose_support_has_ended_is_paid_nothing_more() -> None:
    runs = Runs()
    fund = runs.fund()
    end_support(runs, fund, add_days(TODAY, -1))

    line = runs.lines(runs.prepared())[fund]

    assert (line.status, line.reason) == ("held-back", f"support ended on {add_days(TODAY, -1)} (CP 5.3)")


def test_what_falls_due_later_is_paid_when_the_run_reaches_so_far() -> None:
    runs = Runs()
    fund = runs.fund(starts_on=add_days(TODAY, 8))

    run_id = runs.prepared(due_through=add_days(TODAY, 8))

    assert runs.lines(run_id)[fund].first_on == add_days(TODAY, 8)


def test_the_next_run_pays_the_following_days_and_nothing_twice() -> None:
    runs = Runs()
    fund = runs.fund()
    for pay_on in (TODAY, add_days(TODAY, 28)):
        runs.ledger.clock.at = MONDAY + (pay_on - TODAY)
        runs.approve(runs.prepared(pay_on=pay_on))
        runs.sweep()

    repeated = runs.prepared(pay_on=add_days(TODAY, 28))

    periods = [entry.draft.period for entry in runs.ledger.books.entries(fund)]
    assert [period.from_on for period in periods if period] == [TODAY, add_days(TODAY, 28)]
    assert (runs.run(repeated).tally.lines, runs.run(repeated).tally.not_due) == (0, 1)


@pytest.mark.parametrize("caller", [PREPARER, ENTERER], ids=["who prepared it", "who entered an account of it"])
def test_nobody_approves_what_they_prepared_or_an_account_they_entered(caller: Caller) -> None:
    runs = Runs()
    runs.fund()
    run_id = runs.prepared()

    with pytest.raises(RunNeedsAnotherApprover):
        runs.approve(run_id, caller=caller)

    assert runs.run(run_id).status == "prepared"


@pytest.mark.parametrize("changes", [{"lines": 2}, {"amount": Pence(39_999)}, {"amount": Pence(40_001)}])
def test_totals_that_are_not_the_run_s_are_not_approved(changes: dict[str, object]) -> None:
    runs = Runs()
    runs.fund()
    run_id = runs.prepared()

    with pytest.raises(RunDiffers, match="in all"):
        runs.approve(run_id, **changes)

    assert runs.run(run_id).status == "prepared"


def test_a_council_has_one_open_run_and_another_after_that_is_withdrawn() -> None:
    runs = Runs()
    first = runs.prepared()

    with pytest.raises(RunOpen):
        runs.prepare(pay_on=add_days(TODAY, 1))
    withdrawn = runs.withdraw(first)
    second = runs.prepare(pay_on=add_days(TODAY, 1))

    assert (withdrawn.status, withdrawn.reason) == ("withdrawn", "a wrong day")
    assert runs.run(second).status == "preparing"


def test_a_repeat_of_the_key_is_the_first_run_and_other_content_under_it_is_refused() -> None:
    runs = Runs()
    first = runs.prepare(key="key-1")

    assert runs.prepare(key="key-1") == first
    with pytest.raises(KeyReused):
        runs.prepare(key="key-1", pay_on=add_days(TODAY, 1))


def test_no_step_is_taken_twice_or_out_of_order() -> None:
    runs = Runs()
    runs.fund()
    run_id = runs.prepare()

    with pytest.raises(RunNotAtThatStep):
        runs.approve(run_id)
    runs.go_on(run_id)
    runs.approve(run_id)
    with pytest.raises(RunNotAtThatStep):
        runs.approve(run_id)
    runs.sweep()
    with pytest.raises(RunNotAtThatStep):
        runs.withdraw(run_id)


def test_a_run_of_a_day_on_which_banks_rest_is_refused() -> None:
    with pytest.raises(BanksClosed) as refusal:
        Runs().prepare(pay_on=SATURDAY)

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("pay_on", "banking-day")]


def test_payments_of_a_day_to_come_are_posted_on_that_day() -> None:
    runs = Runs()
    fund = runs.fund()
    run_id = runs.prepared(pay_on=add_days(TODAY, 2), due_through=add_days(TODAY, 2))
    runs.approve(run_id)

    assert (runs.sweep(), runs.go_on(run_id).status, runs.paid_in(fund)) == (0, "approved", [])

    runs.ledger.clock.at += timedelta(days=2)
    runs.sweep()

    assert runs.paid_in(fund) == [40000]
    assert [entry.effective_on for entry in runs.ledger.books.entries(fund)] == [add_days(TODAY, 2)]


def test_a_fund_paid_by_hand_meanwhile_is_refused_and_the_others_are_paid() -> None:
    runs = Runs()
    by_hand, other, closed = runs.fund(), runs.fund(), runs.fund()
    run_id = runs.prepared()
    runs.ledger.pay_in(by_hand)
    runs.ledger.close(closed)
    runs.approve(run_id)

    run = runs.go_on(run_id)

    lines = runs.lines(run_id)
    assert (run.status, run.tally.posted, run.tally.refused) == ("posted", 1, 2)
    assert "pays for 2026-03-02" in lines[by_hand].reason
    assert "closed" in lines[closed].reason
    assert (runs.paid_in(by_hand), runs.paid_in(other), runs.paid_in(closed)) == ([40000], [40000], [])


def test_a_spend_since_the_preview_does_not_hold_a_payment_up() -> None:
    runs = Runs()
    fund = runs.fund()
    runs.ledger.pay_in(fund, first_on=add_days(TODAY, -28))
    run_id = runs.prepared()
    runs.ledger.spend(fund)
    runs.approve(run_id)

    assert (runs.go_on(run_id).tally.posted, runs.paid_in(fund)) == (1, [40000, 40000])


def test_only_the_council_s_own_officers_prepare_its_run() -> None:
    runs = Runs()
    command = runs.ledger.cause("prepare_payment_run", {}, caller=a_caller(councils=("cheshire-east",)))

    from services.ledger.handlers.payment_runs import prepare
    from services.ledger.model.commands import PrepareRun

    with pytest.raises(Forbidden):
        prepare(PrepareRun(council_id="cambridgeshire-peterborough", pay_on=TODAY), cause=command, desk=runs.desk)


def test_lines_are_read_in_parts_and_by_what_became_of_them() -> None:
    runs = Runs(page_lines=2)
    due = sorted([runs.fund(CARD) for _ in range(5)])
    runs.fund(None)
    run_id = runs.prepared()

    seen: list[str] = []
    after: LineCursor | None = LineCursor()
    while after is not None:
        lines, after = lines_of(run_id, status="due", after=after, limit=2, caller=APPROVER, desk=runs.desk)
        seen += [line.fund_id for line in lines]

    assert seen == due


def test_through_a_death_at_every_moment_each_fund_is_paid_once() -> None:
    for dies_at in count():
        ledger = Ledger()
        healthy = Runs(ledger=ledger)
        funds = [healthy.fund() for _ in range(3)] + [healthy.fund(None)]
        run_id = healthy.prepare()
        mortal = Runs(ledger=ledger, life=Life(dies_at=dies_at))

        died = _work_through(mortal, healthy, run_id)

        assert [healthy.paid_in(fund) for fund in funds] == [[40000], [40000], [40000], []], f"died at {dies_at}"
        run = healthy.run(run_id)
        assert (run.status, run.tally.lines, run.tally.posted, run.tally.held_back) == ("posted", 3, 3, 1)
        assert [line.status for line in healthy.lines(run_id).values()].count("posted") == 3
        if not died:
            return


def _work_through(mortal: Runs, healthy: Runs, run_id: str) -> bool:
    """One replica works until it dies; another takes up what it left. Whether it died."""
    try:
        mortal.go_on(run_id)
        mortal.approve(run_id)
        mortal.go_on(run_id)
    except Died:
        healthy.go_on(run_id)
        if healthy.run(run_id).status == "prepared":
            healthy.approve(run_id)
        healthy.go_on(run_id)
        return True
    return False


def test_two_replicas_at_the_same_run_post_each_payment_once() -> None:
    ledger = Ledger()
    first = Runs(ledger=ledger)
    funds = [first.fund() for _ in range(5)]
    run_id = first.prepared()
    first.approve(run_id)
    life = Life()
    second = Runs(ledger=ledger, life=life)

    def meanwhile() -> None:
        life.between = lambda: None
        first.go_on(run_id)

    life.between = meanwhile
    second.go_on(run_id)

    assert [first.paid_in(fund) for fund in funds] == [[40000]] * 5
    assert (first.run(run_id).status, first.run(run_id).tally.posted) == ("posted", 5)
