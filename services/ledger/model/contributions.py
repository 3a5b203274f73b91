"""The person's contribution, invoiced by the council four weeks in arrears and apart from the fund (CP 5.4).

The fund is paid gross: the book only notes what was invoiced, on two memo accounts that hold none of its money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.ledger.errors import ContributionNotDue, ContributionNotInvoiced, PeriodAlreadyInvoiced
from services.ledger.model.entries import Draft, Entry, Grounds, Key, Leg, Period, standing
from services.ledger.model.funds import Fund
from services.ledger.model.series import Turn
from shared.money import Pence
from shared.policy.pack import PolicyPack

INVOICED, OTHER_SIDE = "contribution", "contribution-contra"
GROSS = "gross"


def invoices(entries: Sequence[Entry]) -> list[Entry]:
    """The invoices that count."""
    return [entry for entry in standing(entries) if entry.type == "contribution"]


def next_uninvoiced(fund: Fund, entries: Sequence[Entry]) -> date:
    """A day of the next stretch to invoice: the day after the last one invoiced, or the fund's first."""
    last = [entry.draft.period.to_on for entry in invoices(entries) if entry.draft.period]
    return date.fromordinal(max(last).toordinal() + 1) if last else fund.starts_on


def check_gross(pack: PolicyPack) -> str:
    """The clause by which the council invoices the contribution. Raises `ContributionNotInvoiced`, `PolicyIncomplete`."""
    mode = pack.entry("contribution_mode")
    if mode.value != GROSS:
        raise ContributionNotInvoiced(f"The council pays less the contribution and invoices none ({mode.clause}).")
    return mode.clause or ""


def contribution_draft(
    fund: Fund,
    turn: Turn,
    entries: Sequence[Entry],
    *,
    amount: Pence,
    invoiced_on: date,
    clause: str,
    policy_version: str,
    reference: str,
    key: Key | None,
) -> Draft:
    """The note of one invoice. Raises `FundClosed`, `ContributionNotDue`, `PeriodAlreadyInvoiced`."""
    fund.check_open()
    _check_uninvoiced(turn.days, entries)
    if invoiced_on < turn.deadline.due_on:
        days = f"{turn.days.from_on} to {turn.days.to_on}"
        raise ContributionNotDue(f"The contribution for {days} is invoiced on {turn.deadline.due_on} ({clause}).")
    return Draft(
        type="contribution",
        legs=(Leg(account=INVOICED, amount=amount), Leg(account=OTHER_SIDE, amount=-amount)),
        effective_on=invoiced_on,
        policy_version=policy_version,
        reference=reference,
        period=turn.days,
        grounds=Grounds(clause=clause, reason="Invoiced by the council in arrears; no money of the fund."),
        key=key,
    )


def _check_uninvoiced(days: Period, entries: Sequence[Entry]) -> None:
    for entry in invoices(entries):
        if entry.draft.period and entry.draft.period.meets(days):
            raise PeriodAlreadyInvoiced(f"Entry {entry.entry_id} is the invoice for these days already.")
