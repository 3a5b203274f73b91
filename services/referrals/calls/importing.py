"""Bringing in people who are in support already."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import importing
from services.referrals.model.importing import SharingAgreement
from services.referrals.schemas.importing import ImportCurrentUsers, report_out
from shared.messaging.calls.entrypoint import rpc
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
            desk=self.desk.intake,
        )
        return report_out(report)
