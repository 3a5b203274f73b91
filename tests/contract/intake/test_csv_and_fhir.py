"""The built-in formats beside CloudEvents keep the contract of every intake format."""

from __future__ import annotations

from shared.intake.csv_referrals import CSV, CSV_REFERRALS
from shared.intake.fhir.bars import BARS_MESSAGES, FHIR_JSON
from shared.plugins.points import IntakeFormat
from tests.contract.intake.intake_contract import IntakeContract, Sent
from tests.support.fhir_messages import a_message, a_request, as_body

HEADER = b"event,referral_reference,person.person_reference,person.born_on,has_eligible_needs,client_groups,reason\r\n"


class TestCsv(IntakeContract):
    @property
    def intake_format(self) -> IntakeFormat:
        return CSV_REFERRALS

    @property
    def good_messages(self) -> list[Sent]:
        rows = b"new,CE-1,P-1,1961-04-05,yes,autism;carer,\r\nupdate,CE-1,P-1,,no,,\r\ncancel,CE-1,,,,,moved away\r\n"
        return [Sent(body=HEADER + rows, content_type=CSV)]


class TestFhirMessages(IntakeContract):
    @property
    def intake_format(self) -> IntakeFormat:
        return BARS_MESSAGES

    @property
    def good_messages(self) -> list[Sent]:
        cancelled = a_message("update", request=a_request(status="revoked"))
        return [
            Sent(body=as_body(one), content_type=FHIR_JSON) for one in (a_message(), a_message("update"), cancelled)
        ]
