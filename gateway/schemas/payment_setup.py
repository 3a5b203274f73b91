"""Shapes: setting a direct payment up, and its checks."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Flag, Told, WholeNumber, day, identifier, instant, one_of, pence, words

CHECKS = ("early_help_check", "follow_up_check")


class UseOfPayment(Asked):
    """What the payment will be used for."""

    employs_personal_assistant = Flag(
        required=True, metadata={"description": "Whether the person will employ a personal assistant."}
    )


class DoneItem(Asked):
    """An item of the set-up checklist that is done."""

    item = words("The item's code in the council's checklist.", required=True, longest=200)
    done_on = day("The day it was done.", required=True)
    evidence = words("What shows it.", required=True)
    account_holder_id = identifier("Of a separate account: the person, or whoever is responsible for the payment.")


class PlannedContingency(Asked):
    """What is arranged for one situation."""

    situation = words("The situation's code: holiday, sickness, maternity, emergency.", required=True, longest=200)
    cover = words("The kind of cover, a code of the council's policy.", required=True, longest=200)
    arrangement = words("What is arranged.", required=True)


class StartUpAsking(Asked):
    """Money to start with."""

    item = words("What for, a code of the council's policy.", required=True, longest=200)
    amount_pence = pence("How much.", required=True, minimum=1)
    purpose = words("Why it is needed.", required=True)


class StartUpDecision(Asked):
    """Whether the practitioner agrees."""

    agreed = Flag(required=True)
    reason = words("Why, or why not.", required=True, longest=200)


class PaymentChange(Asked):
    """A change in how a direct payment is run."""

    reason = words("A reason code of the council's policy.", required=True, longest=200)
    details = words("What was noticed.", required=True)
    noticed_on = day("On which day.", required=True)


class SignpostedService(Asked):
    """A service that the payment does not contain."""

    service = words("payroll or managed-account (CE 1.2).", required=True, longest=200)


class CheckContact(Asked):
    """A contact of a check."""

    kind = one_of("Which check.", CHECKS, required=True)
    method = words("How: phone, email or face-to-face.", required=True, longest=200)
    made_on = day("On which day.", required=True)
    reached = Flag(required=True, metadata={"description": "Whether the person was reached; only then it is made."})
    understands = Flag(metadata={"description": "Whether roles and responsibilities are understood."})
    needs_support = Flag(metadata={"description": "Whether further support is needed."})
    outcome = words("What came of it; needed where the person was reached.")
    without_phone_because = words("Why an early help check does not begin by phone.", longest=200)
    issue = words("What social care has to know at once.")


class ToldOfIssue(Asked):
    """How social care was told."""

    how = words("phone, email, face-to-face.", required=True, longest=200)


class CheckFilter(Asked):
    """Which checks to count."""

    council_id = identifier("The council.", required=True)
    since = day("The first day.", required=True)
    until = day("The last day.", required=True)


class ChecklistItem(Told):
    """An item of the set-up checklist."""

    item = fields.String()
    label = fields.String()
    clause = fields.String()
    only_for = fields.String(metadata={"description": "Whom it is for, if not for everyone."})
    state = fields.String(metadata={"enum": ["open", "done", "left_out"]})
    done_on = day("When it was done.")
    done_by = identifier("Who recorded it.")
    evidence = fields.String()
    account_holder_id = identifier("In whose name the account is.")


class ContingencyLine(Told):
    """What is arranged for one situation."""

    situation = fields.String()
    label = fields.String()
    clause = fields.String()
    cover = fields.String()
    arrangement = fields.String()
    planned_by = identifier("Who arranged it.")
    planned_at = instant("When.")


class StartUpRequest(Told):
    """Money to start with, asked for by one and agreed by another."""

    request_id = identifier("The request.")
    item = fields.String()
    amount_pence = WholeNumber()
    purpose = fields.String()
    asked_by = identifier("Who asked.")
    asked_at = instant("When.")
    agreed = fields.Boolean()
    decided_by = identifier("Who decided.")
    decided_at = instant("When.")
    reason = fields.String()


class ChangeTold(Told):
    """A change that the council was told of."""

    reason = fields.String()
    details = fields.String()
    noticed_on = day("On which day.")
    told_by = identifier("Who told.")
    told_at = instant("When.")


class SignpostGiven(Told):
    """A service that the person was pointed to."""

    service = fields.String()
    agency_id = identifier("The care agency.")
    given_by = identifier("Who gave it.")
    given_at = instant("When.")
    withdrawn_at = instant("When the person was told that the agency is barred.")


class MadeCheck(Told):
    """A contact of a check."""

    check_id = identifier("The contact.")
    kind = fields.String(metadata={"enum": list(CHECKS)})
    method = fields.String()
    made_on = day("On which day.")
    made_by = identifier("By whom.")
    recorded_at = instant("When it was recorded.")
    reached = fields.Boolean()
    understands = fields.Boolean()
    needs_support = fields.Boolean()
    outcome = fields.String()
    without_phone_because = fields.String()
    issue_id = identifier("The issue that it found.")


class CheckIssue(Told):
    """What a check found that social care has to know at once."""

    issue_id = identifier("The issue.")
    check_id = identifier("The contact that found it.")
    details = fields.String()
    found_at = instant("When.")
    clock_id = identifier("The clock that runs until social care is told.")
    told_at = instant("When social care was told.")
    told_by = identifier("By whom.")
    told_how = fields.String()


class CheckCount(Told):
    """How many of one kind."""

    made = WholeNumber(metadata={"description": "Made in the period."})
    states = fields.Dict(metadata={"description": "How those of payments implemented in the period stand."})


class CheckCounts(Told):
    """How many checks a council's direct payments had."""

    early_help_check = fields.Nested(CheckCount)
    follow_up_check = fields.Nested(CheckCount)
