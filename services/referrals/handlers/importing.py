"""Importing current users: every row is checked before the first is written, and what has begun is always finished."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from marshmallow import ValidationError

from services.referrals.handlers.agreements import agreement_of, keep_agreement
from services.referrals.handlers.intake import IntakeDesk
from services.referrals.handlers.parties import person_of, record_person, record_referrer, referrer_of
from services.referrals.handlers.reading import check_message
from services.referrals.handlers.submission import check_codes, referral_of
from services.referrals.model import importing
from services.referrals.model.importing import AgreementRecord, Import, SharingAgreement
from services.referrals.model.referral import Imported
from services.referrals.ports import Records
from shared.dates import london_day
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, StewardError
from shared.events.schemas import dump_event, schema_of
from shared.ids import derived_id, input_hash
from shared.intake.current_users import CurrentUser
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause
from shared.problems import field_errors

FINISHED_WITHIN = timedelta(minutes=5)
"""After that an import counts as abandoned by whoever began it, and is finished by whoever looks."""


@dataclass(frozen=True, kw_only=True)
class CheckedRow:
    """One row after its checks: `user` where it can be imported, `errors` where it can't."""

    number: int
    user: CurrentUser | None = None
    is_there: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What became of each row, or would."""

    import_id: str
    is_dry_run: bool
    rows: Sequence[CheckedRow]
    left_out: Sequence[str] = field(default_factory=tuple)

    @property
    def is_refused(self) -> bool:
        return any(row.errors for row in self.rows)


def import_current_users(
    rows: Sequence[Mapping[str, Any]],
    *,
    council_id: str,
    agreement: SharingAgreement,
    is_dry_run: bool,
    cause: Cause,
    imports: Records[Import],
    agreements: Records[AgreementRecord],
    desk: IntakeDesk,
) -> ImportReport:
    """All rows or none: one that is wrong holds back the others; rows that are there already stay as they are.

    The agreement that is recorded counts; one that nobody has recorded is recorded with the import.
    Raises `Forbidden`, `Invalid` for other days than those recorded, and `AgreementNotInForce` (CE 3.5).
    """
    if cause.caller is not None and not cause.caller.may_see(council_id):
        raise Forbidden("users can be imported only into a council of your own token")
    now = desk.clock.now()
    recorded = agreement_of(council_id, agreement, agreements=agreements)
    agreement = recorded or agreement
    importing.check_in_force(agreement, on=london_day(now))
    checked = _once_each([_checked(row, council_id, now, desk) for row in rows])
    new = [row for row in checked if row.user is not None and not row.is_there]
    import_id = derived_id("imp", council_id, input_hash([dump_event(row.user) for row in new]))
    report = ImportReport(import_id=import_id, is_dry_run=is_dry_run, rows=checked)
    if is_dry_run or report.is_refused or not new:
        return report
    own = replace(cause, caller=None, command=None, incoming=(f"import:{import_id}", 1), expected_version=None)
    if recorded is None:
        keep_agreement(council_id, agreement, agreements=agreements, clock=desk.clock, cause=own)
    begun = _begun(import_id, new, agreement=agreement, by=cause.actor_id, at=now)
    imports.create(import_id, Decision(state=begun), council_id=council_id, cause=own)
    return replace(report, left_out=finish_import(import_id, imports=imports, cause=own, desk=desk))


def finish_import(import_id: str, *, imports: Records[Import], cause: Cause, desk: IntakeDesk) -> tuple[str, ...]:
    """Writes the rows that are not written yet; a repeat finds them there. References that somebody else took meanwhile are
    left out, and told.
    """
    stored = imports.get(import_id)
    if stored.state.status == "done":
        return stored.state.left_out
    users = [schema_of(CurrentUser).load(row) for row in json.loads(stored.state.rows)]
    bring = partial(_bring_in, begun=stored.state, council_id=stored.council_id, cause=cause, desk=desk)
    left_out = tuple(user.referral_reference for user in users if not bring(user))
    done = replace(cause, incoming=None)
    imports.change(import_id, partial(importing.finished, left_out=left_out), cause=done)
    return left_out


def _begun(import_id: str, rows: Sequence[CheckedRow], *, agreement: SharingAgreement, by: str, at: datetime) -> Import:
    """What is kept before the first row is written."""
    return Import(
        import_id=import_id,
        by=by,
        begun_at=at,
        agreement=agreement,
        row_count=len(rows),
        rows=json.dumps([dump_event(row.user) for row in rows]),
        due_at=at + FINISHED_WITHIN,
    )


def _bring_in(user: CurrentUser, *, begun: Import, council_id: str, cause: Cause, desk: IntakeDesk) -> bool:
    """Whether the row is there now, as this import has it."""
    given = referral_of(user, council_id=council_id, rules=desk.rules, register=desk.register, now=begun.begun_at)
    own = replace(cause, incoming=(f"import:{begun.import_id}:{given.referral_id}", 1))
    imported = Imported(import_id=begun.import_id, row=_row_hash(user), at=begun.begun_at)
    decision = importing.brought_in(given, implemented_on=user.implemented_on, imported=imported)
    try:
        desk.referrals.create(given.referral_id, decision, council_id=council_id, cause=own)
    except Conflict:
        if not _is_same(user, council_id, desk):
            return False
    record_person(person_of(user.person, council_id), persons=desk.persons, council_id=council_id, cause=own)
    referrer = referrer_of(user.referrer, council_id)
    if referrer is not None:
        record_referrer(referrer, referrers=desk.referrers, council_id=council_id, cause=own)
    return True


def _checked(row: Mapping[str, Any], council_id: str, now: datetime, desk: IntakeDesk) -> CheckedRow:
    number = int(row["row"])
    try:
        user = _read(row)
        check_codes(user, council_id=council_id, rules=desk.rules, now=now)
        if user.implemented_on > london_day(now):
            raise _refused("implemented_on", "not-ahead", "the payment of a current user runs already")
        return CheckedRow(number=number, user=user, is_there=_is_there(user, council_id, desk))
    except StewardError as refusal:
        errors = refusal.errors or (FieldError(field="row", rule=refusal.code, message=refusal.detail),)
        return CheckedRow(number=number, errors=errors)


def _read(row: Mapping[str, Any]) -> CurrentUser:
    if "problem" in row:
        raise Invalid("the row cannot be read", errors=[FieldError(**row["problem"])])
    try:
        user: CurrentUser = schema_of(CurrentUser).load(row["data"])
    except ValidationError as error:
        raise Invalid("the row is not valid", errors=field_errors(error)) from error
    checked: CurrentUser = check_message(user)
    return checked


def _is_there(user: CurrentUser, council_id: str, desk: IntakeDesk) -> bool:
    """Whether just this row was imported before. Raises `Invalid` if the reference is another referral's."""
    try:
        desk.referrals.get(derived_id("ref", council_id, user.referral_reference))
    except NotFound:
        return False
    if not _is_same(user, council_id, desk):
        raise _refused(
            "referral_reference", "exists", "there is a referral of this reference already, and not this one"
        )
    return True


def _is_same(user: CurrentUser, council_id: str, desk: IntakeDesk) -> bool:
    """Whether the referral of this reference was imported from just this row."""
    known = desk.referrals.get(derived_id("ref", council_id, user.referral_reference)).state
    return known.imported is not None and known.imported.row == _row_hash(user)


def _once_each(rows: list[CheckedRow]) -> list[CheckedRow]:
    """A reference that stands in two rows is refused in the second."""
    first: dict[str, int] = {}
    for row in rows:
        if row.user is not None:
            first.setdefault(row.user.referral_reference, row.number)
    twice = FieldError(field="referral_reference", rule="once", message="another row has this reference")
    return [
        CheckedRow(number=row.number, errors=(twice,))
        if row.user is not None and first[row.user.referral_reference] != row.number
        else row
        for row in rows
    ]


def _row_hash(user: CurrentUser) -> str:
    return input_hash(dump_event(user))


def _refused(field_name: str, rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field=field_name, rule=rule, message=message)])
