"""Bringing in people who are in support already."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import agreements, importing
from services.referrals.model.importing import SharingAgreement
from services.referrals.schemas.importing import (
    EndAgreement,
    ImportCurrentUsers,
    ListAgreements,
    NewAgreement,
    agreement_out,
    report_out,
)
from services.referrals.store import agreements_seen_by
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ImportingCalls(ReferralCalls):
    """Bringing in people who are in support already."""

    @rpc
    def import_current_users(self, payload: JSON, caller: JSON) -> JSON:
        """Current users at mobilisation, all of them or none (CE 3.5)."""
        given = load(ImportCurrentUsers(), payload)
        agreement = SharingAgreement(
            reference=given["agreement_reference"],
            from_on=given["agreement_from_on"],
            until_on=given["agreement_until_on"],
        )
        report = importing.import_current_users(
            given["rows"],
            council_id=given["council_id"],
            agreement=agreement,
            is_dry_run=given["dry_run"],
            cause=of_command("import_current_users", payload, caller),
            imports=self.desk.imports,
            agreements=self.desk.agreements,
            desk=self.desk.intake,
        )
        return report_out(report)

    @rpc
    def record_agreement(self, payload: JSON, caller: JSON) -> JSON:
        """A data-sharing agreement that imports stand on (CE 3.5)."""
        given = load(NewAgreement(), payload)
        terms = SharingAgreement(reference=given["reference"], from_on=given["from_on"], until_on=given["until_on"])
        stored = agreements.record_agreement(
            given["council_id"],
            terms=terms,
            agreements=self.desk.agreements,
            clock=self.desk.clock,
            cause=of_command("record_agreement", payload, caller),
        )
        return agreement_out(stored)

    @rpc
    def end_agreement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(EndAgreement(), payload)
        cause = of_command("end_agreement", payload, caller)
        stored = agreements.end_agreement(
            given["id"], until_on=given["until_on"], agreements=self.desk.agreements, cause=cause
        )
        return agreement_out(stored)

    @reads
    def list_agreements(self, payload: JSON, caller: JSON) -> JSON:
        given, who = load(ListAgreements(), payload), Caller.from_dict(caller)
        found = agreements_seen_by(self.desk.agreements, who, **given)
        return {"items": [agreement_out(stored) for stored in found.items], "next": found.next}
