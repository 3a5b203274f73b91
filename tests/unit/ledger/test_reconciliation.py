"""Bank lines against the book: matched where certain, queued with a reason otherwise, each line once whatever comes again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from services.ledger.errors import (
    AccountDiffers,
    AccountUnknown,
    AmountsDiffer,
    EntryMatched,
    EntryNotFound,
    NoStatement,
)
from services.ledger.handlers import reconciliation
from services.ledger.handlers.reconciliation import ReconciliationDesk, Taken
from services.ledger.model.commands import ImportStatement, SettleLine
from services.ledger.model.entries import Draft, spent
from services.ledger.model.payment_details import PayTo
from services.ledger.model.reconciliation import FundLine
from services.ledger.store.bank_lines import (
    BANK_LINES,
    STATEMENT_IMPORT,
    STATEMENT_IMPORTS,
    StoredAccounts,
    StoredBankLines,
    imports_of,
)
from shared.bank_statements.loading import BUILT_IN, load_statement_formats
from shared.context import Caller
from shared.dates import add_days
from shared.errors import Invalid, KeyReused, NotFound, Stale
from shared.messaging.aggregates import Aggregates
from shared.money import parse_pounds
from tests.support import statement_files as files
from tests.support.crashing import Died, Life, MortalDocuments
from tests.support.ledger_builders import TODAY, Ledger, a_caller
from tests.support.payment_runs import BANK, Runs

HEADER = "Date,Amount,Description,Transaction ID\n"


@dataclass(kw_only=True)
class Bank:
    """Reconciliation over one ledger; a process may die between two writes."""

    ledger: Ledger = field(default_factory=Ledger)
    life: Life = field(default_factory=Life)

    def __post_init__(self) -> None:
        documents, clock = self.ledger.store.documents, self.ledger.clock
        self.runs = Runs(ledger=self.ledger)
        self.imports = Aggregates(
            documents=MortalDocuments(documents(STATEMENT_IMPORTS), self.life),
            kind=STATEMENT_IMPORT,
            clock=clock,
            nudge=lambda _: None,
        )
        self.desk = ReconciliationDesk(
            funds=self.ledger.funds,
            books=self.ledger.books,
            lines=StoredBankLines(documents=MortalDocuments(documents(BANK_LINES), self.life)),
            imports=self.imports,
            accounts=StoredAccounts(details=self.runs.details),
            formats=load_statement_formats(BUILT_IN, profiles="", most_bytes=100_000, most_lines=1000),
            clock=clock,
            match_days=5,
        )

    def take(
        self,
        body: bytes,
        *,
        fund_id: str | None = None,
        kind: str = "text/csv",
        key: str | None = None,
        caller: Caller | None = None,
    ) -> list[Taken]:
        """Takes a file in."""
        command = ImportStatement(body=body, content_type=kind, profile="signed", fund_id=fund_id)
        cause = self.ledger.cause("import_statement", command, key=key, caller=caller)
        return reconciliation.import_statement(command, cause=cause, desk=self.desk)

    def settle(self, action: Any, command: SettleLine, *, expected_version: int | None = None) -> FundLine:
        """A person settles a line."""
        cause = self.ledger.cause(action.__name__, command)
        line, _ = action(command, cause=replace(cause, expected_version=expected_version), desk=self.desk)
        assert isinstance(line, FundLine)
        return line

    def lines(self, fund_id: str) -> list[FundLine]:
        """The fund's lines by their day."""
        return sorted(self.desk.lines.of_fund(fund_id), key=lambda line: (line.booked_on, line.line_id))


def rows(*told: str) -> bytes:
    """A CSV of these lines."""
    return (HEADER + "".join(f"{row}\n" for row in told)).encode()


def a_funded(bank: Bank) -> str:
    """A fund with £400.00 in, on TODAY."""
    return bank.ledger.open_and_funded()


def spend(bank: Bank, fund_id: str, amount: str, *, reference: str = "", on: date = TODAY) -> str:
    """The id of a spend's entry."""
    command = {"amount": parse_pounds(amount), "effective_on": on}
    if not reference:
        answer = bank.ledger.spend(fund_id, **command)
        assert answer.posted is not None
        return answer.posted.entry.entry_id
    draft = Draft(
        type="spend",
        legs=spent(parse_pounds(amount), "payee-pool"),
        effective_on=on,
        policy_version="pack/1",
        reference=reference,
    )
    return bank.ledger.post(draft, fund=bank.ledger.funds.get(fund_id).state).entry.entry_id


def test_what_is_certain_is_matched_and_the_rest_waits_with_its_reason() -> None:
    bank = Bank()
    fund = a_funded(bank)
    named = spend(bank, fund, "12.50", reference="INV-1001")
    bank.runs.enter(fund, BANK)

    [taken] = bank.take(files.OFX, kind="application/x-ofx")

    first, second, third, fourth = bank.lines(fund)
    assert (taken.stored.state.new, taken.matched, taken.queued) == (4, 2, 2)
    assert (first.status, first.how) == ("matched", "amount-and-day")
    assert (second.status, second.how, second.entry_id) == ("matched", "reference", named)
    assert (third.status, third.reason) == ("queued", "no-entry")
    assert (fourth.status, fourth.reason) == ("queued", "no-entry")


def test_two_equal_lines_and_one_entry_are_not_guessed_between() -> None:
    bank = Bank()
    fund = a_funded(bank)
    entry = spend(bank, fund, "12.50")

    bank.take(rows("2026-03-02,-12.50,POOL,A", "2026-03-03,-12.50,POOL,B"), fund_id=fund)

    assert [(line.status, line.reason, line.candidates) for line in bank.lines(fund)] == [
        ("queued", "several-lines", (entry,)),
        ("queued", "several-lines", (entry,)),
    ]


def test_one_line_and_two_equal_entries_are_not_guessed_between() -> None:
    bank = Bank()
    fund = a_funded(bank)
    entries = (spend(bank, fund, "12.50"), spend(bank, fund, "12.50"))

    bank.take(rows("2026-03-02,-12.50,POOL,A"), fund_id=fund)

    [line] = bank.lines(fund)
    assert (line.status, line.reason, line.candidates) == ("queued", "several-entries", entries)


def test_a_reference_with_another_amount_is_told_and_not_matched() -> None:
    bank = Bank()
    fund = a_funded(bank)
    entry = spend(bank, fund, "12.50", reference="INV-1001")

    bank.take(rows("2026-03-02,-12.05,POOL INV 1001,A"), fund_id=fund)

    [line] = bank.lines(fund)
    assert (line.status, line.reason, line.candidates) == ("queued", "amount-differs", (entry,))
    assert "-£12.50" in line.words


@pytest.mark.parametrize(("days", "status"), [(5, "matched"), (-5, "matched"), (6, "queued"), (-6, "queued")])
def test_amount_alone_counts_only_about_the_day(days: int, status: str) -> None:
    bank = Bank()
    fund = a_funded(bank)

    bank.take(rows(f"{add_days(TODAY, days)},400.00,COUNCIL,A"), fund_id=fund)

    assert [line.status for line in bank.lines(fund)] == [status]


def test_a_reversed_entry_is_no_line_s_match() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.ledger.reverse(fund, spend(bank, fund, "12.50"))

    bank.take(rows("2026-03-02,-12.50,POOL,A"), fund_id=fund)

    assert [line.reason for line in bank.lines(fund)] == ["no-entry"]


def test_overlapping_files_in_any_format_bring_each_line_once() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.runs.enter(fund, BANK)
    part = files.CSV_SIGNED.replace(b"2026-03-09,-30.00,SAMPLE CARER,B-4,345.00\n", b"")

    [first] = bank.take(part, fund_id=fund)
    [second] = bank.take(files.OFX, kind="application/x-ofx")
    [third] = bank.take(files.camt053(), kind="application/xml")

    assert [each.stored.state.new for each in (first, second, third)] == [3, 1, 0]
    assert len(bank.lines(fund)) == 4


def test_equal_lines_of_one_day_without_a_bank_s_id_stay_two_when_they_come_again() -> None:
    bank = Bank()
    fund = a_funded(bank)
    body = b"Date,Amount,Description\n2026-03-02,-2.00,BUS\n2026-03-02,-2.00,BUS\n"

    bank.take(body, fund_id=fund)
    [again] = bank.take(body + b"2026-03-03,-2.00,BUS\n", fund_id=fund)

    assert (again.stored.state.lines, again.stored.state.new, len(bank.lines(fund))) == (3, 1, 3)


def test_a_queued_line_finds_an_entry_that_is_posted_later() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.take(rows("2026-03-02,-12.50,POOL,A"), fund_id=fund)
    entry = spend(bank, fund, "12.50")

    cause = bank.ledger.cause("match_bank_lines", fund)
    counted = reconciliation.match_again(fund, cause=cause, desk=bank.desk)

    assert counted == (1, 0)
    assert [line.entry_id for line in bank.lines(fund)] == [entry]


def test_a_person_matches_sets_aside_and_releases() -> None:
    bank = Bank()
    fund = a_funded(bank)
    one, other = spend(bank, fund, "12.50"), spend(bank, fund, "12.50")
    bank.take(rows("2026-03-02,-12.50,POOL,A", "2026-03-03,-1.00,CARD FEE,B"), fund_id=fund)
    line, fee = bank.lines(fund)

    matched = bank.settle(reconciliation.match_by_hand, SettleLine(fund_id=fund, line_id=line.line_id, entry_id=other))
    aside = bank.settle(
        reconciliation.set_aside, SettleLine(fund_id=fund, line_id=fee.line_id, reason="the bank gives it back")
    )
    released = bank.settle(reconciliation.release, SettleLine(fund_id=fund, line_id=line.line_id))

    assert (matched.status, matched.how, matched.entry_id, matched.settled_by) == (
        "matched",
        "by-hand",
        other,
        "officer-0001",
    )
    assert (aside.status, aside.words) == ("set-aside", "the bank gives it back")
    assert (released.status, released.entry_id) == ("queued", None)
    assert one != other


def test_no_entry_is_given_to_two_lines_nor_one_of_another_amount_or_fund() -> None:
    bank = Bank()
    fund, elsewhere = a_funded(bank), a_funded(bank)
    entry = spend(bank, fund, "12.50")
    foreign = spend(bank, elsewhere, "12.50")
    bank.take(rows("2026-03-02,-12.50,POOL,A", "2026-03-03,-12.50,POOL,B", "2026-03-03,-9.00,POOL,C"), fund_id=fund)
    lines = {line.amount.amount: line for line in bank.lines(fund)}
    first, second = [line for line in bank.lines(fund) if line.amount.amount == -1250]

    def match(line: FundLine, entry_id: str) -> FundLine:
        command = SettleLine(fund_id=fund, line_id=line.line_id, entry_id=entry_id)
        return bank.settle(reconciliation.match_by_hand, command)

    with pytest.raises(AmountsDiffer):
        match(lines[-900], entry)
    with pytest.raises(EntryNotFound):
        match(first, foreign)
    match(first, entry)
    with pytest.raises(EntryMatched):
        match(second, entry)


def test_who_read_another_version_settles_nothing() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.take(rows("2026-03-03,-1.00,CARD FEE,B"), fund_id=fund)
    [line] = bank.lines(fund)
    command = SettleLine(fund_id=fund, line_id=line.line_id, reason="fee")

    with pytest.raises(Stale):
        bank.settle(reconciliation.set_aside, command, expected_version=7)

    assert [each.status for each in bank.lines(fund)] == ["queued"]


def test_a_statement_finds_its_fund_by_its_account_and_says_when_it_cannot() -> None:
    bank = Bank()
    fund, twin = a_funded(bank), a_funded(bank)
    with pytest.raises(AccountUnknown, match="no fund has this account"):
        bank.take(files.OFX, kind="application/x-ofx")
    bank.runs.enter(fund, BANK)
    [taken] = bank.take(files.OFX, kind="application/x-ofx")
    bank.runs.enter(twin, BANK)

    assert taken.stored.state.fund_id == fund
    with pytest.raises(AccountUnknown, match="more than one fund"):
        bank.take(files.OFX, kind="application/x-ofx")
    with pytest.raises(AccountUnknown, match="does not name its account"):
        bank.take(rows("2026-03-03,-1.00,X,B"))


def test_a_statement_of_another_account_than_the_fund_s_is_refused() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.runs.enter(fund, PayTo(method="card", card_reference="CARD-1"))

    with pytest.raises(AccountDiffers):
        bank.take(files.OFX, kind="application/x-ofx", fund_id=fund)

    assert bank.lines(fund) == []


def test_a_fund_that_is_not_the_caller_s_is_not_there() -> None:
    bank = Bank()
    fund = a_funded(bank)
    stranger = a_caller(roles=("isf_provider",), organisation_id="provider-9999")

    with pytest.raises(NotFound):
        bank.take(rows("2026-03-03,-1.00,X,B"), fund_id=fund, caller=stranger)


def test_the_same_key_is_the_same_import_and_another_file_under_it_is_refused() -> None:
    bank = Bank()
    fund = a_funded(bank)
    [first] = bank.take(rows("2026-03-03,-1.00,X,B"), fund_id=fund, key="k")
    [again] = bank.take(rows("2026-03-03,-1.00,X,B"), fund_id=fund, key="k")

    assert again.stored == first.stored
    with pytest.raises(KeyReused):
        bank.take(rows("2026-03-03,-2.00,X,C"), fund_id=fund, key="k")
    assert len(bank.lines(fund)) == 1


def test_a_file_that_cannot_be_read_leaves_nothing_behind() -> None:
    bank = Bank()
    fund = a_funded(bank)

    with pytest.raises(Invalid):
        bank.take(rows("2026-03-03,-1.00,X,B", "2026-03-03,one,X,C"), fund_id=fund)

    assert (bank.lines(fund), imports_of(fund, bank.imports)) == ([], [])


def test_bank_and_book_are_explained_to_the_penny() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.runs.enter(fund, BANK)
    spend(bank, fund, "12.50", reference="INV-1001")
    late = spend(bank, fund, "99.00")
    bank.take(files.camt053(), kind="application/xml")

    found = reconciliation.get_reconciliation(fund, imports_of(fund, bank.imports), caller=a_caller(), desk=bank.desk)

    assert (found.on, found.bank, found.book) == (date(2026, 3, 9), parse_pounds("345.00"), parse_pounds("288.50"))
    assert sorted(line.amount.amount for line in found.lines) == [-3000, -1250]
    assert [entry.entry_id for entry in found.entries] == [late]
    assert (found.difference, found.unexplained) == (parse_pounds("56.50"), parse_pounds("0.00"))


def test_a_statement_that_is_missing_shows_as_unexplained() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.take(b"Date,Amount,Description,Balance\n2026-03-02,400.00,COUNCIL,400.00\n", fund_id=fund)
    bank.take(b"Date,Amount,Description,Balance\n2026-03-09,-1.00,POOL,350.00\n", fund_id=fund)

    found = reconciliation.get_reconciliation(fund, imports_of(fund, bank.imports), caller=a_caller(), desk=bank.desk)

    assert found.unexplained == parse_pounds("-49.00")


def test_without_a_closing_balance_nothing_is_held_against_the_book() -> None:
    bank = Bank()
    fund = a_funded(bank)
    bank.take(rows("2026-03-03,-1.00,X,B"), fund_id=fund)

    with pytest.raises(NoStatement):
        reconciliation.get_reconciliation(fund, imports_of(fund, bank.imports), caller=a_caller(), desk=bank.desk)


def test_an_import_cut_short_anywhere_is_completed_by_sending_it_again() -> None:
    for dies_at in range(100):
        ledger = Ledger()
        mortal = Bank(ledger=ledger, life=Life(dies_at=dies_at))
        fund = a_funded(mortal)
        spend(mortal, fund, "12.50", reference="INV-1001")
        died = False
        try:
            mortal.take(files.CSV_SIGNED, fund_id=fund, key="k")
        except Died:
            died = True
        healthy = Bank(ledger=ledger)

        [taken] = healthy.take(files.CSV_SIGNED, fund_id=fund, key="k")

        assert (taken.stored.state.lines, taken.matched, taken.queued) == (4, 2, 2), f"died at {dies_at}"
        assert len(healthy.lines(fund)) == 4
        assert len(imports_of(fund, healthy.imports)) == 1
        if not died:
            return
    raise AssertionError("it never lived to the end")
