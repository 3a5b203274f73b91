"""Current users come in all or none: each row's fault is told by field and rule, and the same file again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import AgreementNotInForce
from services.referrals.handlers import agreements, direct_payments, importing, reviews
from services.referrals.handlers.importing import ImportReport
from services.referrals.model.importing import SharingAgreement
from services.referrals.schemas.importing import report_out
from shared.dates import london_day
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.events.referrals import ReferralImported
from shared.intake.current_users import read_current_users
from shared.messaging.cause import of_event, of_schedule
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

HEADER = "referral_reference,person.person_reference,person.name,person.born_on,client_groups,implemented_on"
AGREEMENT = SharingAgreement(reference="DSA-1", from_on=date(2026, 1, 1))
TODAY = london_day(A_MONDAY_MORNING)


def a_row(number: int, **changes: str) -> str:
    plain = {
        "reference": f"OLD-{number}",
        "person": f"P-9{number}",
        "name": f"Sample Person 9{number}",
        "born_on": "1961-04-05",
        "groups": "autism",
        "since": "2024-06-03",
    }
    return ",".join((plain | changes).values())


def rows(*lines: str) -> list[dict[str, Any]]:
    return read_current_users(("\n".join((HEADER, *lines)) + "\n").encode())


def bring_in(
    desk: ReferralsDesk, *lines: str, council_id: str = CE, dry_run: bool = False, **terms: Any
) -> ImportReport:
    return importing.import_current_users(
        rows(*lines),
        council_id=council_id,
        agreement=terms.get("agreement", AGREEMENT),
        is_dry_run=dry_run,
        cause=a_command(an_adviser(roles=("dpss_manager",))),
        imports=desk.imports.records,
        agreements=desk.agreements.records,
        desk=desk.intake,
    )


def outcomes(report: ImportReport) -> list[str]:
    return [item["outcome"] for item in report_out(report)["items"]]


def test_every_row_becomes_a_referral_in_support_with_its_person() -> None:
    desk = ReferralsDesk()

    report = bring_in(desk, a_row(1), a_row(2))

    (first, second) = [document["state"] for document in desk.everything()["referrals"]]
    assert outcomes(report) == ["imported", "imported"]
    assert {first["status"], second["status"]} == {"in_support"}
    assert (first["implemented_on"], first["clocks"]) == ("2024-06-03", [])
    assert desk.referrals.types_told() == ["referral.imported"] * 2
    assert len(desk.everything()["persons"]) == 2


def test_a_dry_run_tells_what_would_be_and_writes_nothing() -> None:
    desk = ReferralsDesk()

    report = bring_in(desk, a_row(1), a_row(2, since="2031-01-01"), dry_run=True)

    assert outcomes(report) == ["held_back", "refused"]
    assert outcomes(bring_in(desk, a_row(1), dry_run=True)) == ["would_be_imported"]
    assert not any(desk.everything().values())


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"reference": ""}, "referral_reference", "required"),
        ({"since": ""}, "implemented_on", "required"),
        ({"since": "2031-01-01"}, "implemented_on", "not-ahead"),
        ({"born_on": "1961-02-31"}, "person.born_on", "date"),
        ({"groups": "no-such-group"}, "client_groups.0", "policy"),
        ({"reference": "OLD-1"}, "referral_reference", "once"),
        ({"name": "x,y"}, "row.3", "cells"),
    ],
)
def test_one_row_that_is_wrong_holds_back_all_others(wrong: dict[str, str], field: str, rule: str) -> None:
    desk = ReferralsDesk()

    report = bring_in(desk, a_row(1), a_row(2, **wrong), a_row(3))

    assert outcomes(report) == ["held_back", "refused", "held_back"]
    assert field in {error.field for error in report.rows[1].errors}
    if rule != "date":
        assert rule in {error.rule for error in report.rows[1].errors}
    assert not any(desk.everything().values())


def test_the_same_file_again_changes_nothing_and_a_longer_one_brings_the_rest() -> None:
    desk = ReferralsDesk()
    bring_in(desk, a_row(1), a_row(2))
    before = desk.everything()

    again = bring_in(desk, a_row(1), a_row(2))

    assert outcomes(again) == ["already_there"] * 2
    assert desk.everything() == before
    assert outcomes(bring_in(desk, a_row(1), a_row(3))) == ["already_there", "imported"]


def test_a_reference_that_a_referral_has_already_is_refused() -> None:
    desk = ReferralsDesk()
    desk.take_in(an_event(data__referral_reference="OLD-1"))

    report = bring_in(desk, a_row(1), a_row(2))

    assert [(e.field, e.rule) for e in report.rows[0].errors] == [("referral_reference", "exists")]
    assert len(desk.everything()["referrals"]) == 1


@pytest.mark.parametrize(
    "agreement",
    [
        SharingAgreement(reference="DSA-1", from_on=TODAY + timedelta(days=1)),
        SharingAgreement(reference="DSA-1", from_on=date(2020, 1, 1), until_on=TODAY - timedelta(days=1)),
    ],
)
def test_without_an_agreement_in_force_nobody_is_imported_nor_tried(agreement: SharingAgreement) -> None:
    desk = ReferralsDesk()

    for dry_run in (True, False):
        with pytest.raises(AgreementNotInForce, match="DSA-1"):
            bring_in(desk, a_row(1), agreement=agreement, dry_run=dry_run)

    assert not any(desk.everything().values())


def test_another_councils_users_are_not_imported() -> None:
    with pytest.raises(Forbidden):
        bring_in(ReferralsDesk(), a_row(1), council_id=CP)


def test_an_import_that_broke_off_is_finished_by_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = ReferralsDesk()
    usual, written = importing.record_person, []

    def break_off(*arguments: Any, **named: Any) -> None:
        if written:
            raise Unavailable("the store is away")
        written.append(usual(*arguments, **named))

    monkeypatch.setattr(importing, "record_person", break_off)
    with pytest.raises(Unavailable):
        bring_in(desk, a_row(1), a_row(2), a_row(3))
    monkeypatch.setattr(importing, "record_person", usual)
    [begun] = desk.imports.documents.find(limit=10).items
    importing.finish_import(
        begun["_id"], imports=desk.imports.records, cause=of_schedule("imports", begun["_id"]), desk=desk.intake
    )

    done = desk.imports.records.get(begun["_id"]).state
    assert (done.status, done.rows, done.left_out, done.due_at) == ("done", "", (), None)
    assert len(desk.everything()["referrals"]) == len(desk.everything()["persons"]) == 3


def hear_of_imports(desk: ReferralsDesk) -> None:
    """What the service does when it hears who was brought in."""
    for envelope in desk.referrals.told():
        event = envelope.event()
        if isinstance(event, ReferralImported):
            cause, council_id = of_event(envelope), envelope.councilid
            direct_payments.bring_in_payment(event, council_id=council_id, desk=desk.payments, cause=cause)
            reviews.programme_reviews_of_imported(
                event.referral_id, began_on=event.implemented_on, council_id=council_id, desk=desk.reviews, cause=cause
            )


@pytest.mark.parametrize(
    ("since", "checks", "review"),
    [
        ("2026-02-20", {"C3": date(2026, 3, 20), "C4": date(2026, 6, 20)}, {"S1a": date(2026, 8, 20)}),
        ("2026-01-05", {"C4": date(2026, 5, 5)}, {"S1a": date(2026, 7, 5)}),
        ("2024-06-03", {}, {"S1b": date(2026, 6, 3)}),
        ("2011-06-03", {}, {"S1b": date(2026, 6, 3)}),
    ],
)
def test_whoever_is_brought_in_has_their_payment_with_the_checks_and_reviews_to_come(
    since: str, checks: dict[str, date], review: dict[str, date]
) -> None:
    desk = ReferralsDesk()
    bring_in(desk, a_row(1, since=since))

    for _ in range(2):
        hear_of_imports(desk)

    (payment,) = [stored.state for stored in desk.direct_payments.records.find(limit=5).items]
    (programme,) = [stored.state for stored in desk.programmes.records.find(limit=5).items]
    assert (payment.status, payment.council_decision, payment.implemented_on) == (
        "running",
        True,
        date.fromisoformat(since),
    )
    assert {clock.rule: london_day(clock.due_at) for clock in payment.clocks} == checks
    assert {clock.rule: london_day(clock.due_at) for clock in programme.clocks} == review


def test_an_agreement_that_an_import_names_is_recorded_with_it_and_by_no_dry_run() -> None:
    desk = ReferralsDesk()

    bring_in(desk, a_row(1), dry_run=True)
    assert desk.agreements.records.find(limit=5).items == []
    bring_in(desk, a_row(1))

    (recorded,) = desk.agreements.records.find(limit=5).items
    assert recorded.state.terms == AGREEMENT


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_recorded_of_an_agreement_counts(*, dry_run: bool) -> None:
    desk = ReferralsDesk()
    manager = an_adviser(roles=("dpss_manager",))
    recorded = agreements.record_agreement(
        CE, terms=AGREEMENT, agreements=desk.agreements.records, clock=desk.clock, cause=a_command(manager)
    )

    with pytest.raises(Invalid) as other_days:
        bring_in(desk, a_row(1), dry_run=dry_run, agreement=replace(AGREEMENT, from_on=date(2020, 1, 1)))
    agreements.end_agreement(
        recorded.id, until_on=date(2026, 2, 1), agreements=desk.agreements.records, cause=a_command(manager)
    )
    with pytest.raises(AgreementNotInForce):
        bring_in(desk, a_row(1), dry_run=dry_run)

    assert other_days.value.errors[0].field == "agreement_from_on"
    assert not any(desk.everything().values())


def test_an_agreement_is_recorded_once_for_a_council_of_ones_own_and_ends_after_it_begins() -> None:
    desk = ReferralsDesk()
    manager = an_adviser(roles=("dpss_manager",))

    def record(council_id: str = CE, **changes: Any) -> Any:
        return agreements.record_agreement(
            council_id,
            terms=replace(AGREEMENT, **changes),
            agreements=desk.agreements.records,
            clock=desk.clock,
            cause=a_command(manager),
        )

    recorded = record()
    with pytest.raises(Conflict):
        record(from_on=date(2025, 1, 1))
    with pytest.raises(NotFound):
        record(CP)
    with pytest.raises(Invalid):
        record(reference="DSA-2", until_on=date(2025, 1, 1))
    with pytest.raises(Invalid):
        agreements.end_agreement(
            recorded.id, until_on=date(2025, 1, 1), agreements=desk.agreements.records, cause=a_command(manager)
        )
