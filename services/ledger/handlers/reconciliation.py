"""Taking statements in, and holding their lines against the book (CP 9.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ledger.errors import AccountDiffers, AccountUnknown, AmountsDiffer, EntryNotFound, NoStatement
from services.ledger.handlers.funds import get_fund
from services.ledger.model.commands import ImportStatement, SettleLine
from services.ledger.model.entries import movement_in_hand, standing
from services.ledger.model.funds import Fund
from services.ledger.model.reconciliation import (
    FundLine,
    Reconciliation,
    StatementImport,
    Verdict,
    judge,
    lines_of,
    reconcile,
)
from services.ledger.ports import Accounts, BankLines, Books
from shared.bank_statements.loading import StatementFormats
from shared.bank_statements.reading import BankStatement
from shared.clock import Clock
from shared.context import Caller
from shared.errors import FieldError, NotFound, Stale
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.money import format_gbp


@dataclass(frozen=True, kw_only=True)
class ReconciliationDesk:
    """Everything that reconciliation works with. `match_days` is how far apart bank and book may date one movement."""

    funds: Aggregates[Fund]
    books: Books
    lines: BankLines
    imports: Aggregates[StatementImport]
    accounts: Accounts
    formats: StatementFormats
    clock: Clock
    match_days: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A statement that was taken in, and how the fund's lines stand after it."""

    stored: Stored[StatementImport]
    matched: int
    queued: int


def import_statement(command: ImportStatement, *, cause: Cause, desk: ReconciliationDesk) -> list[Taken]:
    """Takes a file in: each line once, however often files that hold it come, and matches what is certain.

    A file is taken whole or not at all as far as its content goes; what is cut short by a crash is completed by sending it
    again. Raises `Invalid`, `TooLarge`, `AccountUnknown`, `AccountDiffers`, `NotFound`.
    """
    _check_key(cause, desk)
    statements = desk.formats.read(command.body, content_type=command.content_type, profile=command.profile)
    owners = [_fund_of(statement, statements, command, cause, desk) for statement in statements]
    return [
        _take(statement, fund, place, cause, desk)
        for place, (statement, fund) in enumerate(zip(statements, owners, strict=True))
    ]


def match_again(fund_id: str, *, cause: Cause, desk: ReconciliationDesk) -> tuple[int, int]:
    """Looks at the waiting lines again; how many are matched and how many wait. Raises `NotFound`."""
    return _match(get_fund(fund_id, caller=cause.caller, funds=desk.funds).state, desk)


def match_by_hand(command: SettleLine, *, cause: Cause, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    """A person says which entry a line is. Raises `AmountsDiffer`, `EntryNotFound`, `EntryMatched`, `Stale`, `NotFound`."""
    fund, line, version = _line(command, cause, desk)
    if line.entry_id == command.entry_id and line.status == "matched":
        return line, version
    entries = list(desk.books.entries(fund.fund_id))
    entry = next((each for each in standing(entries) if each.entry_id == command.entry_id), None)
    if entry is None:
        raise EntryNotFound(f"The book of fund {fund.fund_id} has no entry {command.entry_id} that stands.")
    if movement_in_hand(entry) != line.amount:
        raise AmountsDiffer(
            f"The bank moved {format_gbp(line.amount)}, the entry {format_gbp(movement_in_hand(entry))}: correct the entry first."
        )
    settled = line.matched(entry.entry_id, how="by-hand", by=cause.actor_id, at=desk.clock.now())
    return _write(settled, version, fund, desk)


def set_aside(command: SettleLine, *, cause: Cause, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    """A person says that a line is nothing of the book's, and why. Raises `Stale`, `NotFound`."""
    fund, line, version = _line(command, cause, desk)
    settled = line.set_aside(command.reason, by=cause.actor_id, at=desk.clock.now())
    return _write(settled, version, fund, desk)


def release(command: SettleLine, *, cause: Cause, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    """A line was settled wrongly and waits again. Raises `Stale`, `NotFound`."""
    fund, line, version = _line(command, cause, desk)
    return _write(line.released(), version, fund, desk)


def list_lines(
    fund_id: str, *, status: str | None, after: str | None, limit: int, caller: Caller, desk: ReconciliationDesk
) -> tuple[list[tuple[FundLine, int]], str | None]:
    """The fund's bank lines, the newest first. Raises `NotFound`, `BadCursor`."""
    get_fund(fund_id, caller=caller, funds=desk.funds)
    return desk.lines.page(fund_id, status=status, after=after, limit=limit)


def get_line(fund_id: str, line_id: str, *, caller: Caller, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    """One of the fund's bank lines. Raises `NotFound`."""
    get_fund(fund_id, caller=caller, funds=desk.funds)
    return _line_of(fund_id, line_id, desk)


def get_reconciliation(
    fund_id: str, imports: Sequence[StatementImport], *, caller: Caller, desk: ReconciliationDesk
) -> Reconciliation:
    """Bank and book on the last day that a statement tells of. Raises `NoStatement`, `NotFound`."""
    get_fund(fund_id, caller=caller, funds=desk.funds)
    found = reconcile(
        fund_id,
        imports=imports,
        lines=list(desk.lines.of_fund(fund_id)),
        entries=list(desk.books.entries(fund_id)),
    )
    if found is None:
        raise NoStatement(f"No statement with a closing balance has been taken in for fund {fund_id}.")
    return found


def _fund_of(
    statement: BankStatement,
    statements: Sequence[BankStatement],
    command: ImportStatement,
    cause: Cause,
    desk: ReconciliationDesk,
) -> Fund:
    """Whose statement it is: the fund that was named, or the one whose payments go to the account."""
    if command.fund_id is None:
        councils = cause.caller.councils if cause.caller else ("*",)
        owners = desk.accounts.funds_with(statement.account, council_ids=councils) if statement.account else []
        if len(owners) != 1:
            raise _unknown(statement.account, len(owners))
        return get_fund(owners[0], caller=cause.caller, funds=desk.funds).state
    if len(statements) > 1:
        raise AccountDiffers(
            "The file holds several accounts; a fund has one.", errors=[_about("several accounts in one file")]
        )
    fund = get_fund(command.fund_id, caller=cause.caller, funds=desk.funds).state
    own = desk.accounts.of_fund(fund.fund_id)
    if own and statement.account and own != statement.account:
        raise AccountDiffers(
            "The statement is of another account than the fund's.", errors=[_about("not the fund's account")]
        )
    return fund


def _take(statement: BankStatement, fund: Fund, place: int, cause: Cause, desk: ReconciliationDesk) -> Taken:
    step = replace(cause, command=None) if place else cause
    import_id = f"{cause.new_id('statement')}.{place}"
    lines = lines_of(statement, fund_id=fund.fund_id, import_id=import_id)
    new = desk.lines.add(lines, council_id=fund.council_id)
    matched, queued = _match(fund, desk)
    taken = StatementImport(
        import_id=import_id,
        fund_id=fund.fund_id,
        council_id=fund.council_id,
        account=statement.account,
        imported_by=cause.actor_id,
        imported_at=desk.clock.now(),
        lines=len(lines),
        new=new,
        from_on=statement.first_on,
        to_on=statement.last_on,
        opening=statement.opening,
        closing=statement.closing,
    )
    stored = _keep(taken, step, desk)
    return Taken(stored=stored, matched=matched, queued=queued)


def _check_key(cause: Cause, desk: ReconciliationDesk) -> None:
    """Raises `KeyReused` when the key came with another file before."""
    first = f"{cause.new_id('statement')}.0"
    try:
        desk.imports.get(first)
    except NotFound:
        return
    desk.imports.change(first, lambda taken: Decision(state=taken), cause=cause)


def _keep(taken: StatementImport, cause: Cause, desk: ReconciliationDesk) -> Stored[StatementImport]:
    """The first record of this import stays."""
    try:
        return desk.imports.get(taken.import_id)
    except NotFound:
        return desk.imports.create(taken.import_id, Decision(state=taken), council_id=taken.council_id, cause=cause)


def _match(fund: Fund, desk: ReconciliationDesk) -> tuple[int, int]:
    """Matches what is certain among the fund's waiting lines; how many of its lines are matched and how many wait."""
    lines = list(desk.lines.of_fund(fund.fund_id))
    waiting = [line for line in lines if line.status == "queued"]
    taken = [line.entry_id for line in lines if line.entry_id is not None]
    verdicts = judge(waiting, list(desk.books.entries(fund.fund_id)), taken=taken, days=desk.match_days)
    judged = [_judged(line, verdicts[line.line_id], desk) for line in waiting]
    changed = [after for before, after in zip(waiting, judged, strict=True) if after != before]
    desk.lines.settle_many(changed, council_id=fund.council_id)
    still = sum(line.status == "queued" for line in judged)
    return sum(line.status == "matched" for line in lines) + len(waiting) - still, still


def _judged(line: FundLine, verdict: Verdict, desk: ReconciliationDesk) -> FundLine:
    if verdict.entry_id is not None:
        return line.matched(verdict.entry_id, how=verdict.how, by=None, at=desk.clock.now())
    return replace(line, reason=verdict.reason, words=verdict.words, candidates=verdict.candidates)


def _line(command: SettleLine, cause: Cause, desk: ReconciliationDesk) -> tuple[Fund, FundLine, int]:
    fund = get_fund(command.fund_id, caller=cause.caller, funds=desk.funds).state
    line, version = _line_of(fund.fund_id, command.line_id, desk)
    if cause.expected_version not in (None, version):
        raise Stale(f"version {cause.expected_version} was expected, but the line is at {version}")
    return fund, line, version


def _line_of(fund_id: str, line_id: str, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    line, version = desk.lines.get(line_id)
    if line.fund_id != fund_id:
        raise NotFound(f"there is no bank line {line_id}")
    return line, version


def _write(line: FundLine, version: int, fund: Fund, desk: ReconciliationDesk) -> tuple[FundLine, int]:
    desk.lines.settle(line, version=version, council_id=fund.council_id)
    return line, version + 1


def _unknown(account: str, owners: int) -> AccountUnknown:
    sentence = "no fund has this account" if not owners else "more than one fund has this account"
    words = sentence if account else "the file does not name its account"
    return AccountUnknown(f"Say whose statement it is: {words}.", errors=[_about(words)])


def _about(words: str) -> FieldError:
    return FieldError(field="fund_id", rule="account", message=words)
